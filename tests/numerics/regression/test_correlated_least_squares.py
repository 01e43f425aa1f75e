import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pylimma.numerics.regression.correlated_blocks import BlockSums
from pylimma.numerics.regression.correlated_least_squares import correlated_least_squares, whiten
from pylimma.numerics.regression.least_squares import least_squares
from pylimma.numerics.regression.linalg import factor_design

BLOCK = np.array([0, 0, 0, 1, 1, 2, 2, 3, 3])
DESIGN = np.column_stack([np.ones(9), [0, 1, 0, 1, 1, 0, 1, 0, 0]])
Y = np.array(
    [
        [4.1, 5.2, 4.6, 7.3, 6.4, 3.0, 4.9, 5.5, 5.9],
        [2.2, 1.3, 0.4, 3.1, 2.7, np.nan, 1.9, 0.8, 2.5],
        [9.0, 7.7, 8.8, 6.1, 8.3, 7.2, 9.4, 8.0, 6.6],
    ]
)
WEIGHTS = np.array(
    [[1, 2, 1, 0.5, 1, 3, 1, 1, 2], [2, 1, 1, 1, 0.25, 1, 1, 2, 1], [1, 1, 4, 1, 2, 1, 0, 1, 1]]
)


def correlation_matrix(block, correlation):
    same = np.equal.outer(block, block)
    return correlation * same + (1 - correlation) * np.eye(len(block))


def whitened_by_cholesky(y, x, block, correlation, weights):
    """Generalised least squares of one gene: whiten, then lstsq."""
    seen = np.isfinite(y) & (weights > 0)
    y, x, root = y[seen], x[seen], np.sqrt(weights[seen])
    lower = np.linalg.cholesky(correlation_matrix(block[seen], correlation))
    x, y = np.linalg.solve(lower, x * root[:, None]), np.linalg.solve(lower, y * root)
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    df = len(y) - x.shape[1]
    sigma = np.sqrt(((y - x @ beta) ** 2).sum() / df)
    return beta, np.sqrt(np.diag(np.linalg.inv(x.T @ x))), sigma, df


def test_estimates_agree_with_limmas_figures():
    fit = correlated_least_squares(Y, DESIGN, BLOCK, 0.4, WEIGHTS)
    coefficients = [
        [4.285949959986144, 1.364232087729563],
        [1.620068496544203, 0.449454901996655],
        [8.292383028436456, -0.71759363831844],
    ]
    stdev_unscaled = [
        [0.379821732829701, 0.50920415373418],
        [0.455288884261496, 0.642383820056074],
        [0.375878044271306, 0.591780246890474],
    ]
    sigma = [1.339559854756025, 1.202714771528877, 1.343447951478245]
    np.testing.assert_allclose(fit.coefficients, coefficients, rtol=1e-12)
    np.testing.assert_allclose(fit.stdev_unscaled, stdev_unscaled, rtol=1e-12)
    np.testing.assert_allclose(fit.sigma, sigma, rtol=1e-12)
    np.testing.assert_array_equal(fit.df_residual, [7, 6, 6])


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    correlation=st.floats(-0.45, 0.95),
    kind=st.sampled_from(["none", "array", "full"]),
    missing=st.booleans(),
)
def test_estimates_are_those_of_one_gene_at_a_time(seed, correlation, kind, missing):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(4, 9)) + 5
    if missing:
        y[0, 3] = y[2, 8] = np.nan
    everywhere = {"none": 1.0, "array": rng.uniform(0.2, 4, 9), "full": rng.uniform(0.2, 4, (4, 9))}
    weights = None if kind == "none" else everywhere[kind]
    fit = correlated_least_squares(y, DESIGN, BLOCK, correlation, weights)
    for gene, own in enumerate(np.broadcast_to(everywhere[kind], y.shape)):
        beta, error, sigma, df = whitened_by_cholesky(y[gene], DESIGN, BLOCK, correlation, own)
        np.testing.assert_allclose(fit.coefficients[gene], beta, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(fit.stdev_unscaled[gene], error, rtol=1e-10)
        np.testing.assert_allclose(fit.sigma[gene], sigma, rtol=1e-10)
        assert fit.df_residual[gene] == df


def test_whitening_inverts_the_correlation_matrix():
    root = whiten(np.eye(9), BlockSums(BLOCK), np.ones(9, dtype=bool), 0.7)
    np.testing.assert_allclose(
        root @ correlation_matrix(BLOCK, 0.7) @ root.T, np.eye(9), atol=1e-14
    )


def test_no_correlation_gives_ordinary_least_squares():
    fit = correlated_least_squares(Y, DESIGN, BLOCK, 0.0, WEIGHTS)
    expected = least_squares(Y, factor_design(DESIGN), WEIGHTS.astype(float))
    for name in expected:
        np.testing.assert_allclose(fit[name], expected[name], rtol=1e-12)


def test_columns_that_cannot_be_told_apart_are_nan():
    redundant = np.column_stack([DESIGN, DESIGN.sum(axis=1)])
    fit = correlated_least_squares(Y, redundant, BLOCK, 0.3)
    plain = correlated_least_squares(Y, DESIGN, BLOCK, 0.3)
    np.testing.assert_allclose(fit.coefficients[:, :2], plain.coefficients, rtol=1e-12)
    np.testing.assert_allclose(fit.sigma, plain.sigma, rtol=1e-12)
    assert np.isnan(fit.coefficients[:, 2]).all()
    lacking = Y.copy()
    lacking[0, DESIGN[:, 1] == 1] = np.nan
    fit = correlated_least_squares(lacking, DESIGN, BLOCK, 0.3)
    assert np.isnan(fit.stdev_unscaled).tolist() == [[False, True], [False, False], [False, False]]
    assert fit.df_residual.tolist() == [4, 6, 7]


def test_a_gene_that_the_design_does_not_touch_has_the_size_of_its_whitened_data():
    y = Y.copy()
    y[0, DESIGN[:, 1] == 1] = np.nan
    fit = correlated_least_squares(y, DESIGN[:, 1:], BLOCK, 0.4)
    seen = DESIGN[:, 1] == 0
    inverse = np.linalg.inv(correlation_matrix(BLOCK[seen], 0.4))
    assert fit.sigma[0] == pytest.approx(np.sqrt(Y[0, seen] @ inverse @ Y[0, seen] / 5))
    assert fit.df_residual[0] == 5
    assert np.isnan(fit.coefficients[0, 0])


def test_a_gene_without_observations_is_nan():
    y = Y.copy()
    y[1] = np.nan
    fit = correlated_least_squares(y, DESIGN, BLOCK, 0.4, WEIGHTS)
    assert np.isnan(fit.coefficients[1]).all()
    assert np.isnan(fit.sigma[1])
    assert fit.df_residual[1] == 0


def test_constant_genes_have_sigma_exactly_zero():
    fit = correlated_least_squares(np.full((2, 9), 7.3), DESIGN, BLOCK, 0.4)
    assert fit.sigma.tolist() == [0, 0]


def test_very_large_and_very_small_values_are_fitted_alike():
    plain = correlated_least_squares(Y, DESIGN, BLOCK, 0.4, WEIGHTS)
    for factor in (2.0**600, 2.0**-600):
        fit = correlated_least_squares(Y * factor, DESIGN, BLOCK, 0.4, WEIGHTS)
        np.testing.assert_array_equal(fit.coefficients, plain.coefficients * factor)
        np.testing.assert_array_equal(fit.sigma, plain.sigma * factor)


def test_no_genes_give_no_estimates():
    for weights in (None, WEIGHTS[:0]):
        fit = correlated_least_squares(Y[:0], DESIGN, BLOCK, 0.4, weights)
        assert fit.coefficients.shape == (0, 2)
        assert fit.sigma.shape == (0,)
