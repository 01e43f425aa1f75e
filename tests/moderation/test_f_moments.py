from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from pylimma.moderation.f_likelihood import likelihood_fit
from pylimma.moderation.f_moments import moment_fit
from pylimma.moderation.f_robust import winsorized_fit

N = 20_000
ESTIMATORS = [moment_fit, winsorized_fit, likelihood_fit]


@pytest.fixture
def variances():
    return 0.3 * np.random.default_rng(7).f(5, 9, size=N)


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_the_parameters_of_simulated_variances_are_recovered(estimate, variances):
    fit = estimate(variances, np.full(N, 5.0))
    assert_allclose(fit.scale, 0.3, rtol=0.03)
    assert_allclose(fit.df2, 9, rtol=0.08)


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_a_unit_of_variance_scales_the_scale_alone(estimate, variances):
    x, df1 = variances[:300], np.full(300, 5.0)
    fit, scaled = estimate(x, df1), estimate(4096 * x, df1)
    assert_allclose(scaled.scale, 4096 * fit.scale, rtol=1e-10)
    assert_allclose(scaled.df2, fit.df2, rtol=1e-7)


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_a_trend_is_followed(estimate, variances):
    covariate = np.linspace(-2, 2, N)
    fit = estimate(variances * np.exp(covariate), np.full(N, 5.0), covariate)
    assert_allclose(fit.scale, 0.3 * np.exp(covariate), rtol=0.15)
    assert_allclose(fit.df2, 9, rtol=0.1)


@pytest.mark.parametrize("estimate", ESTIMATORS)
@pytest.mark.parametrize("with_covariate", [False, True])
def test_genes_may_be_permuted(estimate, with_covariate, variances):
    rng = np.random.default_rng(8)
    x, df1, order = variances[:200], rng.integers(2, 7, 200).astype(float), rng.permutation(200)
    covariate = rng.normal(size=200) if with_covariate else None
    moved = covariate[order] if with_covariate else None
    fit, other = estimate(x, df1, covariate), estimate(x[order], df1[order], moved)
    assert_allclose(other.df2, fit.df2, rtol=1e-6)
    scale = fit.scale[order] if with_covariate else fit.scale
    assert_allclose(other.scale, scale, rtol=1e-8)


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_genes_without_variance_are_left_out(estimate, variances):
    x, df1 = variances[:100], np.full(100, 5.0)
    gaps = np.append(x, [np.nan, 7.0])
    fit = estimate(gaps, np.append(df1, [5.0, 0.0]))
    alone = estimate(x, df1)
    assert_allclose([fit.scale, fit.df2], [alone.scale, alone.df2], rtol=1e-9)


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_inputs_are_left_alone(estimate, variances):
    x, df1 = variances[:50].copy(), np.full(50, 5.0)
    x[3] = 0
    x.flags.writeable = df1.flags.writeable = False
    estimate(x, df1, np.arange(50.0))


def test_variances_of_one_true_value_have_infinite_prior_df():
    x = np.random.default_rng(1).chisquare(4, 50) / 40  # spread less than chi-squared
    x = x.mean() + 0.5 * (x - x.mean())
    fit = moment_fit(x, np.full(50, 4.0))
    assert np.isinf(fit.df2)
    assert_allclose(fit.scale, x.mean())


@pytest.mark.parametrize("estimate", [moment_fit, likelihood_fit])
def test_nothing_usable_gives_nothing(estimate):
    fit = estimate(np.array([np.nan, 1.0]), np.array([3.0, 0.0]))
    assert np.isnan(fit.scale)
    assert np.isnan(fit.df2)


def test_the_likelihood_is_highest_at_the_estimate(variances):
    x, df1 = variances[:400], np.tile([3.0, 6.0], 200)
    fit = likelihood_fit(x, df1)

    def log_likelihood(df2):  # along the scale that the log variances imply for each df2
        shift = np.log(df2 / 2) - stats.gamma(df2 / 2).expect(np.log)
        reference = np.log(fit.df2 / 2) - stats.gamma(fit.df2 / 2).expect(np.log)
        scale = fit.scale * np.exp(reference - shift)
        return stats.f.logpdf(x / scale, df1, df2).sum() - x.size * np.log(scale)

    best = log_likelihood(fit.df2)
    assert best >= log_likelihood(fit.df2 * 1.05)
    assert best >= log_likelihood(fit.df2 / 1.05)


@pytest.mark.parametrize("unequal", [False, True])
@pytest.mark.parametrize("likelihood", [False, True])
def test_outliers_get_fewer_prior_df_and_leave_the_rest_alone(unequal, likelihood, variances):
    x = variances[:2000].copy()
    x[:10] *= 1e4
    df1 = np.tile([3.0, 6.0], 1000) if unequal else np.full(2000, 5.0)
    fit = likelihood_fit(x, df1, robust=True) if likelihood else winsorized_fit(x, df1)
    assert np.all(fit.df2_shrunk[:10] < 0.5 * fit.df2)
    assert fit.df2_outlier < fit.df2_shrunk[:10].min()
    assert np.median(fit.df2_shrunk[10:]) == fit.df2
    assert fit.df2 > (moment_fit(x, df1).df2 if not unequal else 0)


def test_tails_shorter_than_one_gene_leave_the_plain_fit(variances):
    x, df1 = variances[:60], np.full(60, 5.0)
    plain, fit = moment_fit(x, df1), winsorized_fit(x, df1, winsor_tail_p=(0.01, 0.01))
    assert fit.df2 == plain.df2
    assert fit.scale == plain.scale
    assert np.all(fit.df2_shrunk == plain.df2)
    assert "tail_p_value" not in fit


def test_the_scale_of_a_gene_without_variance_is_interpolated(variances):
    covariate = np.arange(101.0)
    x = np.append(variances[:100], np.nan)[np.r_[0:50, 100, 50:100]]
    fit = winsorized_fit(x, np.full(101, 5.0), covariate)
    log_scale = np.log(fit.scale)
    assert_allclose(log_scale[50], (log_scale[49] + log_scale[51]) / 2)


def test_prior_weights_of_zero_leave_genes_out(variances):
    x, df1 = variances[:80], np.tile([3.0, 6.0], 40)
    weights = np.append(np.ones(60), np.zeros(20))
    fit, alone = likelihood_fit(x, df1, prior_weights=weights), likelihood_fit(x[:60], df1[:60])
    assert_allclose([fit.scale, fit.df2], [alone.scale, alone.df2], rtol=1e-7)
