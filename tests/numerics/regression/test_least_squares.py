"""Least squares for all genes, against each gene on its own and published figures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pylimma.numerics.regression.least_squares import least_squares
from pylimma.numerics.regression.linalg import factor_design

# The batched normal equations in an orthonormal basis lose a digit or two to LAPACK's QR.
RTOL = 1e-10


def one_gene(y, design, weights=None):
    """Textbook weighted least squares on the samples a gene was seen in."""
    w = np.ones(len(y)) if weights is None else weights
    seen = np.isfinite(y) & (w > 0)
    root = np.sqrt(w[seen])
    x, z = design[seen] * root[:, None], y[seen] * root
    beta, _, rank, _ = np.linalg.lstsq(x, z, rcond=None)
    assert rank == design.shape[1]
    df = seen.sum() - rank
    sigma = np.sqrt(((z - x @ beta) ** 2).sum() / df)
    return beta, np.sqrt(np.diag(np.linalg.inv(x.T @ x))), sigma, df


def check_against_single_genes(y, design, weights=None):
    fit = least_squares(y, factor_design(design), weights)
    for gene in range(len(y)):
        own = None if weights is None else np.broadcast_to(weights, y.shape)[gene]
        beta, stdev, sigma, df = one_gene(y[gene], design, own)
        np.testing.assert_allclose(fit.coefficients[gene], beta, rtol=RTOL, atol=1e-12)
        np.testing.assert_allclose(fit.stdev_unscaled[gene], stdev, rtol=RTOL)
        np.testing.assert_allclose(fit.sigma[gene], sigma, rtol=RTOL)
        assert fit.df_residual[gene] == df


@pytest.fixture
def rng():
    return np.random.default_rng(20)


@pytest.fixture
def design(rng):
    return np.column_stack([np.ones(12), np.repeat([0, 1], 6), rng.normal(size=12)])


def test_complete_data_agree_with_each_gene_on_its_own(rng, design):
    check_against_single_genes(rng.normal(5, 2, size=(30, 12)), design)


def test_weights_of_observations_agree_with_each_gene_on_its_own(rng, design):
    check_against_single_genes(
        rng.normal(5, 2, size=(30, 12)), design, rng.gamma(1.0, size=(30, 12))
    )


def test_weights_of_samples_agree_with_each_gene_on_its_own(rng, design):
    check_against_single_genes(rng.normal(size=(30, 12)), design, rng.gamma(1.0, size=12))


def test_missing_values_agree_with_each_gene_on_its_own(rng, design):
    y = rng.normal(size=(40, 12))
    y[rng.random(y.shape) < 0.2] = np.nan
    check_against_single_genes(y, design)
    check_against_single_genes(y, design, rng.gamma(1.0, size=y.shape))


def test_weights_over_many_decades_keep_their_digits(rng, design):
    weights = 10.0 ** rng.uniform(-7, 1, size=(50, 12))
    y = rng.normal(size=(50, 12))
    fit = least_squares(y, factor_design(design), weights)
    for gene in range(50):
        root = np.sqrt(weights[gene])
        q, r = np.linalg.qr(design * root[:, None])
        beta = np.linalg.solve(r, q.T @ (y[gene] * root))
        np.testing.assert_allclose(fit.coefficients[gene], beta, rtol=1e-8)


def test_longley_has_the_certified_figures_of_nist():
    y = [60323, 61122, 60171, 61187, 63221, 63639, 64989, 63761, 66019, 67857, 68169, 66513,
         68655, 69564, 69331, 70551]  # fmt: skip
    x = np.column_stack([
        np.ones(16),
        [83, 88.5, 88.2, 89.5, 96.2, 98.1, 99, 100, 101.2, 104.6, 108.4, 110.8, 112.6, 114.2,
         115.7, 116.9],
        [234289, 259426, 258054, 284599, 328975, 346999, 365385, 363112, 397469, 419180, 442769,
         444546, 482704, 502601, 518173, 554894],
        [2356, 2325, 3682, 3351, 2099, 1932, 1870, 3578, 2904, 2822, 2936, 4681, 3813, 3931,
         4806, 4007],
        [1590, 1456, 1616, 1650, 3099, 3594, 3547, 3350, 3048, 2857, 2798, 2637, 2552, 2514,
         2572, 2827],
        [107608, 108632, 109773, 110929, 112075, 113270, 115094, 116219, 117388, 118734, 120445,
         121950, 123366, 125368, 127852, 130081],
        np.arange(1947, 1963),
    ])  # fmt: skip
    fit = least_squares(np.array([y], dtype=float), factor_design(x))
    certified = [-3482258.63459582, 15.0618722713733, -0.0358191792925910, -2.02022980381683,
                 -1.03322686717359, -0.0511041056535807, 1829.15146461355]  # fmt: skip
    errors = [890420.383607373, 84.9149257747669, 0.0334910077722432, 0.488399681651699,
              0.214274163161675, 0.226073200069370, 455.478499142212]  # fmt: skip
    # The condition of this design is 1e9: seven digits is what double precision leaves.
    np.testing.assert_allclose(fit.coefficients[0], certified, rtol=1e-7)
    np.testing.assert_allclose(fit.stdev_unscaled[0] * fit.sigma[0], errors, rtol=1e-7)
    np.testing.assert_allclose(fit.sigma[0], 304.854073561965, rtol=1e-9)


def test_an_exact_polynomial_has_no_residual_variance():
    x = np.arange(21.0)
    design = np.vander(x, 6, increasing=True)  # Wampler1 of NIST
    fit = least_squares(design.sum(axis=1)[None, :], factor_design(design))
    np.testing.assert_allclose(fit.coefficients[0], np.ones(6), rtol=1e-7)
    assert fit.sigma[0] < 1e-7


def test_a_constant_gene_has_variance_exactly_zero(design):
    assert least_squares(np.full((1, 12), 0.1), factor_design(design)).sigma[0] == 0


def test_a_redundant_column_is_the_later_one(rng):
    group = np.repeat([0.0, 1.0], 4)
    fit = least_squares(
        rng.normal(size=(5, 8)), factor_design(np.column_stack([group, 1 - group, np.ones(8)]))
    )
    assert np.isfinite(fit.coefficients[:, :2]).all()
    assert np.isnan(fit.coefficients[:, 2]).all()
    assert (fit.df_residual == 6).all()


def test_a_gene_missing_in_a_whole_group_loses_that_coefficient_alone(rng):
    design = np.column_stack([np.repeat([1.0, 0.0], 4), np.repeat([0.0, 1.0], 4)])
    y = rng.normal(size=(3, 8))
    y[1, :4] = np.nan
    fit = least_squares(y, factor_design(design))
    assert np.isnan(fit.coefficients[1, 0])
    np.testing.assert_allclose(fit.coefficients[1, 1], y[1, 4:].mean())
    np.testing.assert_allclose(fit.sigma[1], y[1, 4:].std(ddof=1))
    assert fit.df_residual[1] == 3


def test_a_gene_without_observations_is_missing_throughout(design):
    fit = least_squares(np.full((1, 12), np.nan), factor_design(design))
    assert np.isnan(fit.coefficients).all()
    assert np.isnan(fit.sigma[0])
    assert fit.df_residual[0] == 0


@pytest.mark.parametrize("unit", [1e200, 1e-300])
def test_extreme_units_scale_the_results(rng, design, unit):
    y = rng.normal(size=(4, 12))
    plain, scaled = (
        least_squares(y, factor_design(design)),
        least_squares(y * unit, factor_design(design)),
    )
    np.testing.assert_allclose(scaled.coefficients / unit, plain.coefficients, rtol=1e-10)
    np.testing.assert_allclose(scaled.sigma / unit, plain.sigma, rtol=1e-10)


def test_threads_and_neighbours_do_not_change_a_gene(rng, design):
    y = rng.normal(size=(30000, 12))
    weights = rng.gamma(1.0, size=y.shape)
    one, many = (least_squares(y, factor_design(design), weights, n_jobs=n) for n in (1, 3))
    for name in one:
        np.testing.assert_array_equal(one[name], many[name])
    part = least_squares(y[777:900], factor_design(design), weights[777:900])
    np.testing.assert_allclose(part.sigma, one.sigma[777:900], rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100))
def test_scaling_expression_scales_coefficients_and_sigma(seed, factor):
    rng = np.random.default_rng(seed)
    y, design = rng.normal(size=(5, 8)), rng.normal(size=(8, 3))
    weights = rng.gamma(2.0, size=y.shape)
    plain, scaled = (
        least_squares(y, factor_design(design), weights),
        least_squares(factor * y, factor_design(design), weights),
    )
    np.testing.assert_allclose(scaled.coefficients, factor * plain.coefficients, rtol=1e-7)
    np.testing.assert_allclose(scaled.sigma, factor * plain.sigma, rtol=1e-7)
    np.testing.assert_allclose(scaled.stdev_unscaled, plain.stdev_unscaled, rtol=1e-7)


def test_unit_weights_equal_none(rng, design):
    y = rng.normal(size=(5, 12))
    plain = least_squares(y, factor_design(design))
    for weights in (np.ones(12), np.ones((5, 12))):
        unit = least_squares(y, factor_design(design), weights)
        for name, value in plain.items():
            np.testing.assert_allclose(unit[name], value, rtol=1e-11)


def test_a_zero_weight_equals_leaving_the_sample_out(rng, design):
    y, weights = rng.normal(size=(6, 12)), rng.gamma(2.0, size=(6, 12))
    weights[:, 3] = 0
    without = np.delete(np.arange(12), 3)
    dropped = least_squares(y[:, without], factor_design(design[without]), weights[:, without])
    for name, value in least_squares(y, factor_design(design), weights).items():
        np.testing.assert_allclose(value, dropped[name], rtol=1e-9)


def test_a_group_that_a_gene_lacks_is_no_matter_of_rounding_errors():
    """Orthogonal factors leave 1e-17 where a column of the weighted design is zero."""
    rng = np.random.default_rng(139)
    for _ in range(30):
        design = np.eye(3)[rng.permutation(np.arange(9) % 3)]
        lacked = design[:, 1] == 1
        y = rng.normal(size=(4, 9))
        y[:, lacked] = np.nan
        fit = least_squares(y, factor_design(design), rng.gamma(2.0, size=9))
        assert np.isnan(fit.coefficients[:, 1]).all()
        assert (fit.df_residual == 4).all()
