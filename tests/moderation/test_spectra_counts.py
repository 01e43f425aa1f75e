"""Prior variances from peptide counts against SciPy, simulated truth and the paper."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.special import digamma, polygamma
from scipy.stats import t as t_distribution

import pylimma as pl
from pylimma.errors import EstimationWarning, InputError, InputTypeError, InputWarning

RNG = np.random.default_rng(8)
N = 400
COUNTS = RNG.integers(1, 25, N).astype(float)
DF_PRIOR = 6.0
VARIANCE = 0.4 / COUNTS * DF_PRIOR / RNG.chisquare(DF_PRIOR, N)
Y = 20 + RNG.normal(size=(N, 8)) * np.sqrt(VARIANCE)[:, None]
DESIGN = np.column_stack([np.ones(8), np.tile([0.0, 1.0], 4)])
FIT = pl.lm_fit(Y, DESIGN)
Z = Y.copy()
Z[3, ::2] = np.nan
Z[4] = np.nan
Z[5, 2:] = np.nan
Z[RNG.random(Z.shape) < 0.1] = np.nan


def fitted(y=Z):
    with pytest.warns(EstimationWarning):
        return pl.lm_fit(y, DESIGN)


def lack(df):
    return digamma(df / 2) - np.log(df / 2)


def slow_inverse(fit, counts):
    """The form a + b / count, by SciPy and the equations of the head of the module."""
    s2, df = fit["sigma"] ** 2, fit["df_residual"]
    slope, level = np.polyfit(1 / counts, s2, 1)
    curve = np.log(level + slope / counts)
    excess = np.mean((np.log(s2) - curve) ** 2 - polygamma(1, df / 2))
    d0 = brentq(lambda d: polygamma(1, d / 2) - excess, 1e-2, 1e4)
    prior = np.exp(curve - lack(df) + lack(d0))
    post = (d0 * prior + df * s2) / (d0 + df)
    t = fit["coefficients"] / (fit["stdev_unscaled"] * np.sqrt(post)[:, None])
    return d0, prior, t, 2 * t_distribution.sf(np.abs(t), (df + d0)[:, None])


def test_inverse_curve_agrees_with_the_equations_done_slowly():
    found = pl.spectra_count_e_bayes(FIT, COUNTS, "nls")
    d0, prior, t, p = slow_inverse(FIT, COUNTS)
    assert np.isclose(found["df_prior"], d0, rtol=1e-8)
    assert np.allclose(found["s2_prior"], prior)
    assert np.allclose(found["t"], t)
    assert np.allclose(found["p_value"], p, rtol=1e-8)


@pytest.mark.parametrize(("method", "most"), [("loess", 1.7), ("nls", 2.1)])
def test_truth_of_a_simulation_is_recovered(method, most):
    found = pl.spectra_count_e_bayes(FIT, COUNTS, method)
    assert 4 < found["df_prior"] < 9
    ratio = found["s2_prior"] / (0.4 / COUNTS)
    assert np.all((ratio > 0.6) & (ratio < most))
    assert (found["p_value"][:, 1] < 0.05).mean() == pytest.approx(0.05, abs=0.03)


def test_proteins_without_residuals_have_the_prior_variance_and_stay_in_their_place():
    fit = fitted()
    found = pl.spectra_count_e_bayes(fit, COUNTS)
    without = fit["df_residual"] == 0
    assert without[[4, 5]].all()
    assert np.array_equal(found["s2_post"][without], found["s2_prior"][without])
    assert np.all(found["df_total"][without] == found["df_prior"])
    assert np.isnan(found["t"][4]).all()
    keep = np.arange(N) > 5
    alone = pl.spectra_count_e_bayes(fit[keep], COUNTS[keep])
    assert np.allclose(alone["t"], found["t"][keep], rtol=0.2, equal_nan=True)


def test_missing_counts_take_their_proteins_alone():
    counts = COUNTS.copy()
    counts[7] = np.nan
    with pytest.warns(InputWarning, match="missing for 1 proteins"):
        found = pl.spectra_count_e_bayes(FIT, counts)
    assert np.isnan(found["p_value"][7]).all()
    assert np.isfinite(np.delete(found["p_value"], 7, axis=0)).all()


def test_one_is_added_to_all_counts_where_one_is_zero():
    lowered = pl.spectra_count_e_bayes(FIT, COUNTS - 1)
    assert np.array_equal(lowered["t"], pl.spectra_count_e_bayes(FIT, COUNTS)["t"])


def test_counts_are_matched_by_name():
    names = [f"p{k}" for k in range(N)]
    fit = pl.lm_fit(pd.DataFrame(Y, names), DESIGN)
    counts = pd.Series(COUNTS, names)
    assert np.array_equal(
        pl.spectra_count_e_bayes(fit, counts[::-1])["t"], pl.spectra_count_e_bayes(FIT, COUNTS)["t"]
    )


def test_coefficients_are_chosen():
    one = pl.spectra_count_e_bayes(FIT, COUNTS, coef=1)
    assert np.array_equal(one["t"][:, 0], pl.spectra_count_e_bayes(FIT, COUNTS)["t"][:, 1])


def test_tables_and_decisions_take_the_fit():
    found = pl.spectra_count_e_bayes(FIT, COUNTS)
    assert len(pl.top_table(found, coef=1, number=5)) == 5
    assert pl.decide_tests(found).shape == (N, 2)


@pytest.mark.parametrize("scale", [1e-140, 1e140])
def test_unit_of_expression_does_not_matter(scale):
    found = pl.spectra_count_e_bayes(pl.lm_fit(Y * scale, DESIGN), COUNTS)
    assert np.allclose(found["t"], pl.spectra_count_e_bayes(FIT, COUNTS)["t"], rtol=1e-6)


def test_no_excess_scatter_makes_the_prior_certain():
    rng = np.random.default_rng(1)
    signs = np.array([-1.0, 1, 1, -1, 1, -1, -1, 1])
    fit = pl.lm_fit(20 + 0.5 * signs + rng.normal(0, 1e-3, (60, 8)), DESIGN)
    found = pl.spectra_count_e_bayes(fit, rng.integers(1, 9, 60))
    assert found["df_prior"] == np.inf
    assert np.array_equal(found["s2_post"], found["s2_prior"])
    old = pl.spectra_count_e_bayes(fit, rng.integers(1, 9, 60), compat="DEqMS")
    assert old["df_prior"] == 60


def test_counts_that_are_all_the_same_make_a_level_prior():
    found = pl.spectra_count_e_bayes(FIT, np.full(N, 3))
    assert np.allclose(found["s2_prior"], found["s2_prior"][0])


def test_curve_below_zero_is_told_and_leaves_no_result():
    slope = np.where(COUNTS > 20, 1e-6, 1 / COUNTS**4)
    fit = pl.lm_fit(20 + RNG.normal(size=Y.shape) * np.sqrt(slope)[:, None], DESIGN)
    with pytest.warns(EstimationWarning, match="not positive for"):
        found = pl.spectra_count_e_bayes(fit, COUNTS, "nls")
    assert np.isnan(found["t"]).any()


def test_wrong_input_is_refused():
    with pytest.raises(InputTypeError, match="needs a fit"):
        pl.spectra_count_e_bayes(Y, COUNTS)
    with pytest.raises(InputError, match="1 negative"):
        pl.spectra_count_e_bayes(FIT, np.where(np.arange(N) == 2, -1, COUNTS))
    with pytest.raises(InputError, match="a curve needs 4"):
        pl.spectra_count_e_bayes(FIT[:3], COUNTS[:3])
    with pytest.raises(InputError, match="`compat` must be one of 'DEqMS'"):
        pl.spectra_count_e_bayes(FIT, COUNTS, compat="3.68")
