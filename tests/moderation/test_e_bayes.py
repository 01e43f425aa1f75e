"""Moderated statistics: their formulas, their sizes under the null, their edges."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import pylimma
from pylimma.errors import EstimationWarning, InputError, InputTypeError, StageError

SIX = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
DESIGN = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4)])


def null_data(n_genes, rng, df_prior=4.0):
    sigma = np.sqrt(0.5 * df_prior / rng.chisquare(df_prior, size=n_genes))
    return rng.normal(6, 1, size=(n_genes, 1)) + sigma[:, None] * rng.normal(size=(n_genes, 8))


@pytest.fixture(scope="module")
def fit():
    return pylimma.lm_fit(null_data(4000, np.random.default_rng(11)), DESIGN)


@pytest.mark.parametrize("options", [{}, {"trend": True}, {"robust": True}, {"legacy": False}])
def test_p_values_are_uniform_under_the_null(fit, options):
    p = pylimma.e_bayes(fit, **options)["p_value"][:, 1]
    assert stats.kstest(p, "uniform").pvalue > 1e-3
    assert np.mean(p < 0.01) == pytest.approx(0.01, abs=0.005)


def test_the_prior_that_made_the_variances_is_found(fit):
    moderated = pylimma.e_bayes(fit)
    assert moderated["df_prior"] == pytest.approx(4, rel=0.15)
    assert moderated["s2_prior"] == pytest.approx(0.5, rel=0.1)


def test_posterior_variances_weigh_the_gene_against_the_prior(fit):
    m = pylimma.e_bayes(fit)
    d0, s0, d, s2 = m["df_prior"], m["s2_prior"], m["df_residual"], m["sigma"] ** 2
    np.testing.assert_allclose(m["s2_post"], (d0 * s0 + d * s2) / (d0 + d))
    t = m["coefficients"] / m["stdev_unscaled"] / np.sqrt(m["s2_post"])[:, None]
    np.testing.assert_allclose(m["t"], t)
    np.testing.assert_allclose(m["p_value"], 2 * stats.t.sf(np.abs(t), (d0 + d)[:, None]))


def test_f_of_all_coefficients_survives_a_change_of_basis(fit):
    rng = np.random.default_rng(12)
    y = rng.normal(size=(50, 8))
    group = np.column_stack([DESIGN[:, 0] - DESIGN[:, 1], DESIGN[:, 1]])
    one, other = (pylimma.e_bayes(pylimma.lm_fit(y, x)) for x in (DESIGN, group))
    np.testing.assert_allclose(one["F"], other["F"])
    np.testing.assert_allclose(one["F_p_value"], other["F_p_value"])
    contrast = pylimma.e_bayes(pylimma.contrasts_fit(pylimma.lm_fit(y, group), [-1, 1]))
    np.testing.assert_allclose(contrast["t"][:, 0], one["t"][:, 1])


def test_log_odds_rise_with_evidence(fit):
    m = pylimma.e_bayes(fit)
    order = np.argsort(np.abs(m["t"][:, 1]))
    assert (np.diff(m["lods"][order, 1]) > -1e-12).all()


def test_a_gene_missing_throughout_is_missing_alone():
    y = null_data(200, np.random.default_rng(13))
    y[7] = np.nan
    for trend in (False, True):
        m = pylimma.e_bayes(pylimma.lm_fit(y, DESIGN), trend=trend)
        assert np.isnan(m["t"][7]).all()
        assert np.isfinite(np.delete(m["t"], 7, axis=0)).all()


def test_a_gene_seen_in_one_sample_has_no_p_value():
    y = null_data(200, np.random.default_rng(14))
    y[7, 1:] = np.nan
    with pytest.warns(EstimationWarning):
        fit = pylimma.lm_fit(y, DESIGN)
    with pytest.warns(EstimationWarning, match="1 genes were observed in a single sample"):
        m = pylimma.e_bayes(fit)
    assert np.isnan(m["p_value"][7]).all()
    assert np.isfinite(m["coefficients"][7, 0])


def test_genes_without_variance_are_counted():
    y = null_data(200, np.random.default_rng(15))
    y[:3] = 5.0
    with pytest.warns(EstimationWarning, match="3 genes have residual variance zero"):
        m = pylimma.e_bayes(pylimma.lm_fit(y, DESIGN))
    assert (m["s2_post"] > 0).all()


@pytest.mark.parametrize("n_genes", [1, 2])
def test_one_or_two_genes_work_without_moderation(n_genes):
    y = np.random.default_rng(16).normal(size=(n_genes, 8))
    with pytest.warns(EstimationWarning, match="nothing can be moderated"):
        m = pylimma.e_bayes(pylimma.lm_fit(y, DESIGN))
    expected = stats.ttest_ind(y[:, 4:], y[:, :4], axis=1)
    np.testing.assert_allclose(m["t"][:, 1], expected.statistic)
    np.testing.assert_allclose(m["p_value"][:, 1], expected.pvalue)


def test_three_genes_are_moderated():
    y = np.random.default_rng(16).normal(size=(3, 8))
    m = pylimma.e_bayes(pylimma.lm_fit(y, DESIGN))  # warns of nothing
    assert m["df_prior"] > 0


@pytest.mark.parametrize("unit", [1e150, 1e-160, 1e200])
def test_extreme_units_do_not_change_the_tests(fit, unit):
    y = null_data(300, np.random.default_rng(17))
    plain, scaled = (pylimma.e_bayes(pylimma.lm_fit(x, DESIGN)) for x in (y, y * unit))
    np.testing.assert_allclose(scaled["t"], plain["t"], rtol=1e-9)
    np.testing.assert_allclose(scaled["p_value"], plain["p_value"], rtol=1e-8)


def test_a_trend_may_follow_a_covariate_matched_by_name():
    y = pd.DataFrame(null_data(100, np.random.default_rng(18)))
    y.index = [f"g{k}" for k in range(100)]
    fit = pylimma.lm_fit(y, DESIGN)
    covariate = pd.Series(np.linspace(0, 1, 100), index=y.index)
    straight = pylimma.e_bayes(fit, trend=covariate)
    shuffled = pylimma.e_bayes(fit, trend=covariate.sample(frac=1, random_state=1))
    np.testing.assert_array_equal(straight["s2_post"], shuffled["s2_post"])
    assert straight["s2_prior"].shape == (100,)


def test_steps_that_are_missing_are_named(fit):
    with pytest.raises(InputTypeError, match="needs a fit from `lm_fit`; got ndarray"):
        pylimma.e_bayes(np.ones((3, 3)))
    with pytest.raises(StageError, match="no 'Amean'"):
        pylimma.e_bayes(fit.replace(Amean=None), trend=True)


@pytest.mark.parametrize(
    ("y", "design", "message"),
    [
        (np.ones((5, 8)) * np.arange(5)[:, None], DESIGN, "All genes have residual variance zero"),
        (np.random.default_rng(1).normal(size=(5, 8)), np.eye(8), "8 samples, 8 coefficients, 0"),
    ],
)
def test_data_without_noise_are_refused(y, design, message):
    with pytest.raises(InputError, match=message):
        pylimma.e_bayes(pylimma.lm_fit(y, design))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"proportion": 1.5}, "`proportion` must lie between 0 and 1"),
        ({"stdev_coef_lim": (4, 0.1)}, "two increasing limits"),
        ({"trend": np.ones(3)}, "`trend` has 3 values; there are 4000 genes"),
    ],
)
def test_options_out_of_range_are_refused(fit, options, message):
    with pytest.raises(InputError, match=message):
        pylimma.e_bayes(fit, **options)


def test_the_fit_that_was_given_is_left_alone(fit):
    pylimma.e_bayes(fit)
    assert "t" not in fit


@pytest.mark.parametrize("trend", [False, True])
def test_genes_without_variance_do_not_inform_the_robust_prior_where_they_are_the_most(trend):
    y = np.random.default_rng(8).normal(8, 1, size=(80, 6))
    y[:50] = np.round(y[:50, :1])
    design = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    with pytest.warns(EstimationWarning, match="zero"):
        fit = pylimma.e_bayes(pylimma.lm_fit(y, design), trend=trend, robust=True)
    with pytest.warns(EstimationWarning, match="zero"):
        scaled = pylimma.e_bayes(pylimma.lm_fit(y * 1e-5, design), trend=trend, robust=True)
    alone = pylimma.e_bayes(pylimma.lm_fit(y[50:], design), trend=trend, robust=True)
    assert np.isfinite(fit["p_value"]).all()
    np.testing.assert_allclose(scaled["t"], fit["t"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        fit["s2_prior"][50:] if trend else fit["s2_prior"], alone["s2_prior"], rtol=1e-9
    )


@pytest.mark.parametrize("trend", [False, True])
def test_genes_without_variance_lower_the_prior_in_any_unit(trend):
    y = np.random.default_rng(8).normal(8, 1, size=(80, 6))
    y[:50] = np.round(y[:50, :1])
    for unit in (1, 1e-5):
        with pytest.warns(EstimationWarning, match="More than half of the genes, 50 of 80"):
            fit = pylimma.e_bayes(pylimma.lm_fit(y * unit, SIX), trend=trend)
        assert np.isfinite(fit["p_value"]).all()
        assert (np.abs(fit["t"][50:, 1]) > 0.01).any()
        assert fit["df_prior"] < 3
