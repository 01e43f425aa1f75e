"""Detection curves: likelihoods by other ways, known curves found again, and pictures."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import binom

import pylimma as pl
from pylimma.errors import InputError, InputTypeError, InputWarning, ShapeError, StageError
from pylimma.proteomics.observed_normal import maximise_curve, observed_normal

DATA = pl.sim_protein_data_set(n_peptides=1500, rng=2)


def loss(beta, rows, nsamples):
    eta = beta[0] + beta[1] * rows.mean - beta[1] ** 2 * rows.variance / 2
    p = expit(eta)
    return -(binom.logpmf(rows.n, nsamples, p) - np.log1p(-((1 - p) ** nsamples))).sum()


def test_the_curve_maximises_the_zero_truncated_likelihood():
    y = DATA.E[np.isfinite(DATA.E).any(axis=1)]
    rows = observed_normal(y)
    ours = maximise_curve(np.array([-3.0, 0.5]), rows, 10)
    found = minimize(loss, [-3.0, 0.5], args=(rows, 10), method="Nelder-Mead", tol=1e-10)
    assert loss(ours, rows, 10) <= found.fun + 1e-9
    assert_allclose(ours, found.x, rtol=1e-4)


@pytest.mark.parametrize("function", [pl.dpc_on, pl.dpc, pl.dpc_cn])
def test_a_known_curve_is_found_again(function):
    curve = function(DATA)
    assert_allclose(curve.dpc[1], 0.7, atol=0.15)
    assert_allclose(curve.dpc, DATA.dpc, atol=1.0)


def test_outlying_rows_count_less_in_the_robust_curve():
    y = DATA.E.copy()
    y[:60] = np.nan
    y[:60, 0] = 11.0  # strong and hardly ever detected
    plain, robust = pl.dpc_on(y), pl.dpc_on(y, robust=True)
    truth = DATA.dpc[1]
    assert abs(robust.dpc[1] - truth) < abs(plain.dpc[1] - truth)
    assert robust.outlier_fdr[:60].max() < 0.05


def test_two_samples_that_never_differ_more_than_chance_have_a_curve():
    rng = np.random.default_rng(1)
    y = rng.normal(7, 1, (60, 2))
    y[rng.random(y.shape) < 0.3] = np.nan
    assert np.isfinite(pl.dpc_on(y).dpc).all()


def test_bounds_of_the_slope_are_kept():
    curve = pl.dpc(DATA, b1_upper=0.3)
    assert_allclose(curve.dpc[1], 0.3, atol=1e-6)


def test_the_intercept_gives_the_number_of_detections():
    b = pl.estimate_dpc_intercept(DATA.E[:500], 0.7)
    complete = pl.impute_by_exp_tilt(DATA.E[:500], 0.7)
    assert_allclose(expit(b + 0.7 * complete).sum(), np.isfinite(DATA.E[:500]).sum(), rtol=1e-9)
    flat = pl.estimate_dpc_intercept(DATA.E, 0)
    assert_allclose(expit(flat), np.isfinite(DATA.E).mean())


def test_moments_agree_with_simulation():
    rng = np.random.default_rng(1)
    values = rng.normal(6, 1.2, 400_000)
    seen = values[rng.random(values.size) < expit(-4 + 0.7 * values)]
    found = pl.observed_moments_cn(6.0, 1.2, (-4, 0.7))
    assert_allclose([found.mean_obs, found.sd_obs], [seen.mean(), seen.std()], atol=0.01)
    assert_allclose(found.prob_obs, seen.size / values.size, atol=0.003)
    back = pl.complete_moments_on(found.mean_obs, found.sd_obs, (-4, 0.7))
    assert_allclose(back.mean_comp, 6.0, atol=0.05)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: pl.dpc_on(DATA.other["E_complete"]), InputError, "No value is missing"),
        (lambda: pl.dpc_on(np.diag([1.0, 2, 3]) / np.eye(3)), InputError, "several values"),
        (lambda: pl.dpc_cn(DATA[:, :1]), InputError, "two rows and two samples"),
        (lambda: pl.dpc_on(DATA, dpc_start=(1,)), ShapeError, "intercept"),
        (lambda: pl.observed_moments_cn(1.0, 1.0, None), StageError, "Give `dpc`"),
        (lambda: pl.plot_dpc(DATA), InputTypeError, "detection curve"),
        (lambda: pl.impute_by_exp_tilt(DATA, -1), InputError, "dpc_slope"),
        (lambda: pl.impute_by_exp_tilt(DATA, by="x"), InputError, "columns"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_what_tells_no_curve_is_said(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_imputed_values_lie_below_observed_ones_and_keep_the_kind():
    imputed = pl.impute_by_exp_tilt(DATA)
    assert isinstance(imputed, pl.EList)
    assert np.isfinite(imputed.E).all()
    seen = np.isfinite(DATA.E)
    assert np.array_equal(imputed.E[seen], DATA.E[seen])
    assert imputed.E[~seen].mean() < DATA.E[seen].mean() - 1
    raw = pl.EListRaw(E=np.where(seen, np.exp2(DATA.E), 0.0))
    assert_allclose(pl.impute_by_exp_tilt(raw).E, imputed.E)
    with pytest.warns(InputWarning, match="Fewer than two"):
        assert (pl.impute_by_exp_tilt(np.full((2, 3), np.nan)) == 0).all()


def test_the_zero_truncated_distribution_is_the_binomial_without_zero():
    x = np.arange(9)
    mass = binom.pmf(x, 8, 0.3) / (1 - 0.7**8) * (x > 0)
    assert_allclose(pl.dztbinom(x, 8, 0.3), mass)
    assert_allclose(pl.pztbinom(x, 8, 0.3), mass.cumsum())
    upper = pl.pztbinom(x, 8, 0.3, lower_tail=False)
    assert_allclose(upper, 1 - mass.cumsum(), atol=1e-12)
    extreme = pl.dztbinom(1, 50, -800.0, log=True, logit_p=True)
    assert_allclose(extreme, 0, atol=1e-12)  # a single success is all that can be


def test_a_capped_regression_finds_the_cap():
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(4000), rng.normal(0, 2, 4000)])
    size = 12
    k = rng.binomial(size, 0.8 * expit(x @ [0.5, 1.0]))
    fit = pl.fit_zt_logit(k[k > 0], size, x[k > 0], capped=True)
    assert_allclose(fit.alpha, 0.8, atol=0.03)
    assert_allclose(fit.beta, [0.5, 1.0], atol=0.15)
    with pytest.raises(InputError, match="between 1"):
        pl.fit_zt_logit([0, 1], 3)


def test_curves_are_drawn_with_their_equation():
    ax = pl.plot_dpc(pl.dpc_on(DATA))
    assert "log2 intensity" in ax.get_title(loc="left")
    assert pl.plot_dpc(pl.dpc_cn(DATA), main="Curve", ax=ax).get_title(loc="left") == "Curve"
