import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pylimma.numerics.regression.linalg import factor_design
from pylimma.numerics.regression.robust_regression import HuberOptions, robust_regression

# What limma 3.54.1 and MASS 7.3-58 estimate from these data, to 15 digits.
DESIGN = np.column_stack([np.ones(7), [0, 0, 0, 1, 1, 1, 1]])
Y = np.array([[5.1, 4.9, 5.3, 6.2, 6.0, 9.7, 6.1], [2.0, 2.4, 1.1, 2.2, -3.0, 2.7, 2.5]])
WEIGHTS = np.array([[1, 2, 0.5, 1, 1, 3, 2], [1, 1, 4, 0.25, 1, 2, 1]])
FIGURES = {
    "MAD": (
        [[5.014285714285714, 1.260167013129458], [1.466666666666667, 0.683378851101674]],
        [[0.534522483824849, 0.723601764078226], [0.408248290463863, 0.670549178367987]],
        [0.299526328999914, 1.087225105016061],
    ),
    "Huber": (
        [[5.014285714285715, 1.678311212284483], [1.466666666666667, 0.628015084470988]],
        [[0.534522483824849, 0.703250823937756], [0.408248290463863, 0.668277064854461]],
        [1.009123672821525, 1.220968633512662],
    ),
}


@pytest.mark.parametrize("scale_est", FIGURES)
def test_estimates_agree_with_limmas_figures(scale_est):
    fit = robust_regression(Y, factor_design(DESIGN), WEIGHTS, HuberOptions(scale_est=scale_est))
    coefficients, stdev_unscaled, sigma = FIGURES[scale_est]
    np.testing.assert_allclose(fit.coefficients, coefficients, rtol=1e-12)
    np.testing.assert_allclose(fit.stdev_unscaled, stdev_unscaled, rtol=1e-12)
    np.testing.assert_allclose(fit.sigma, sigma, rtol=1e-12)


def contaminated(rng, n_genes=6, n_samples=14):
    """Expression values with outliers, and a design of two columns."""
    y = rng.normal(size=(n_genes, n_samples)) + 8
    y[rng.random(y.shape) < 0.1] += 6
    return y, np.column_stack([np.ones(n_samples), rng.normal(size=n_samples)])


def reweighted_by_hand(y, x, options):
    """Iterate one complete gene by lstsq to its end."""
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    for _ in range(options.maxit):
        residuals = y - x @ beta
        scale = np.median(np.abs(residuals)) / 0.6745
        weights = np.minimum(1, options.k * scale / np.abs(residuals))
        root = np.sqrt(weights)
        beta = np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0]
    return beta, scale


def test_converged_estimates_are_those_of_one_gene_at_a_time():
    y, x = contaminated(np.random.default_rng(5))
    options = HuberOptions(maxit=400, acc=1e-12)
    fit = robust_regression(y, factor_design(x), options=options)
    assert fit.converged.all()
    for gene, values in enumerate(y):
        beta, scale = reweighted_by_hand(values, x, options)
        np.testing.assert_allclose(fit.coefficients[gene], beta, rtol=1e-8)
        np.testing.assert_allclose(fit.sigma[gene], scale, rtol=1e-8)


@pytest.mark.parametrize("scale_est", ["MAD", "Huber", "proposal 2"])
def test_estimates_solve_hubers_estimating_equations(scale_est):
    y, x = contaminated(np.random.default_rng(6))
    fit = robust_regression(
        y, factor_design(x), options=HuberOptions(2.0, scale_est, maxit=500, acc=1e-13)
    )
    scaled = (y - fit.coefficients @ x.T) / fit.sigma[:, None]
    np.testing.assert_allclose(np.clip(scaled, -2, 2) @ x, 0, atol=1e-8)


def test_hubers_scale_is_consistent_for_normal_residuals():
    rng = np.random.default_rng(7)
    y = 3 * rng.normal(size=(2000, 60))
    options = HuberOptions(scale_est="proposal 2", maxit=50)
    fit = robust_regression(y, factor_design(np.ones((60, 1))), options=options)
    assert np.mean(fit.sigma) == pytest.approx(3, rel=0.02)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(1e-3, 1e3))
def test_scaling_the_data_scales_coefficients_and_sigma(seed, factor):
    y, x = contaminated(np.random.default_rng(seed))
    fit, scaled = (
        robust_regression(y, factor_design(x)),
        robust_regression(y * factor, factor_design(x)),
    )
    np.testing.assert_allclose(scaled.coefficients, fit.coefficients * factor, rtol=1e-6)
    np.testing.assert_allclose(scaled.sigma, fit.sigma * factor, rtol=1e-6)


def test_a_missing_value_equals_leaving_that_sample_out():
    y, x = contaminated(np.random.default_rng(8))
    weights = np.random.default_rng(9).uniform(0.2, 3, y.shape)
    missing = y.copy()
    missing[:, 4] = np.nan
    fit = robust_regression(missing, factor_design(x), weights)
    keep = np.arange(14) != 4
    expected = robust_regression(y[:, keep], factor_design(x[keep]), weights[:, keep])
    np.testing.assert_allclose(fit.coefficients, expected.coefficients, rtol=1e-10)
    np.testing.assert_allclose(fit.sigma, expected.sigma, rtol=1e-10)
    np.testing.assert_array_equal(fit.df_residual, expected.df_residual)


def test_weights_of_zero_drop_the_observation_and_nothing_is_written():
    y, x = contaminated(np.random.default_rng(10))
    weights = np.ones(y.shape)
    weights[2, 3] = 0
    before = y.copy(), weights.copy()
    dropped = y.copy()
    dropped[2, 3] = np.nan
    np.testing.assert_array_equal(
        robust_regression(y, factor_design(x), weights).coefficients,
        robust_regression(dropped, factor_design(x)).coefficients,
    )
    np.testing.assert_array_equal(y, before[0])
    np.testing.assert_array_equal(weights, before[1])


def test_genes_may_be_fitted_in_any_blocks():
    y, x = contaminated(np.random.default_rng(11), n_genes=40)
    y[::3, 2] = np.nan
    whole = robust_regression(y, factor_design(x))
    parts = [robust_regression(part, factor_design(x)) for part in (y[:7], y[7:])]
    joined = np.concatenate([part.coefficients for part in parts])
    np.testing.assert_allclose(joined, whole.coefficients, rtol=1e-12)


def test_a_gene_with_too_few_observations_is_nan_without_degrees_of_freedom():
    y, x = contaminated(np.random.default_rng(12))
    y[1, 2:] = np.nan
    fit = robust_regression(y, factor_design(x))
    assert np.isnan(fit.coefficients[1]).all()
    assert np.isnan(fit.sigma[1])
    assert fit.df_residual.tolist() == [12, 0, 12, 12, 12, 12]


def test_a_group_that_a_gene_lacks_leaves_the_other_coefficient():
    y = np.random.default_rng(13).normal(size=(3, 10))
    design = np.column_stack([np.ones(10), np.repeat([0, 1], 5)])
    y[1, 5:] = np.nan
    fit = robust_regression(y, factor_design(design))
    alone = robust_regression(y[1:2, :5], factor_design(np.ones((5, 1))))
    np.testing.assert_allclose(fit.coefficients[1], [alone.coefficients[0, 0], np.nan])
    assert fit.df_residual.tolist() == [8, 4, 8]


def test_a_gene_fitted_exactly_has_scale_zero():
    x = np.column_stack([np.ones(6), np.arange(6.0)])
    y = np.vstack([1 + 2 * np.arange(6.0), np.zeros(6)])
    fit = robust_regression(y, factor_design(x))
    np.testing.assert_allclose(fit.coefficients, [[1, 2], [0, 0]], atol=1e-14)
    assert fit.sigma.tolist() == [0, 0]
    assert fit.converged.all()


def test_very_large_and_very_small_values_are_fitted_alike():
    plain = robust_regression(Y, factor_design(DESIGN), WEIGHTS)
    for factor in (2.0**600, 2.0**-600):
        fit = robust_regression(Y * factor, factor_design(DESIGN), WEIGHTS)
        np.testing.assert_array_equal(fit.coefficients, plain.coefficients * factor)
        np.testing.assert_array_equal(fit.sigma, plain.sigma * factor)


def test_no_genes_give_no_estimates():
    fit = robust_regression(Y[:0], factor_design(DESIGN))
    assert fit.coefficients.shape == (0, 2)
    assert fit.sigma.shape == (0,)
