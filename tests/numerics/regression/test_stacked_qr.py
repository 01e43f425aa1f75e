import numpy as np
import pytest

from pylimma.numerics.regression.stacked_qr import (
    independent_columns,
    observation_patterns,
    stacked_qr,
)


@pytest.fixture
def designs():
    """Designs of five genes, of shape (coefs, genes, samples)."""
    return np.random.default_rng(1).normal(size=(3, 5, 8))


def test_factors_multiply_to_the_designs_with_orthonormal_columns(designs):
    factors = stacked_qr(designs)
    product = np.einsum("kgs,kcg->cgs", factors.q, factors.r)
    np.testing.assert_allclose(product, designs, atol=1e-14)
    gram = np.einsum("kgs,cgs->gkc", factors.q, factors.q)
    np.testing.assert_allclose(gram, np.broadcast_to(np.eye(3), gram.shape), atol=1e-15)


def test_solutions_and_standard_errors_are_those_of_lstsq_gene_by_gene(designs):
    y = np.random.default_rng(2).normal(size=(5, 8))
    factors = stacked_qr(designs)
    coefficients = factors.solve(factors.effects(y))
    for gene in range(5):
        x = designs[:, gene].T
        expected = np.linalg.lstsq(x, y[gene], rcond=None)[0]
        np.testing.assert_allclose(coefficients[:, gene], expected, rtol=1e-12)
        np.testing.assert_allclose(factors.residuals(y)[gene], y[gene] - x @ expected, atol=1e-13)
        errors = np.sqrt(np.diag(np.linalg.inv(x.T @ x)))
        np.testing.assert_allclose(factors.stdev_unscaled()[:, gene], errors, rtol=1e-12)


def test_a_column_that_depends_on_earlier_ones_is_left_out(designs):
    designs[1, 2] = 3 * designs[0, 2]
    factors = stacked_qr(designs)
    assert factors.independent[:, 2].tolist() == [True, False, True]
    assert factors.rank.tolist() == [3, 3, 2, 3, 3]
    y = np.random.default_rng(3).normal(size=(5, 8))
    kept = designs[[0, 2], 2].T
    expected = np.linalg.lstsq(kept, y[2], rcond=None)[0]
    solved = factors.solve(factors.effects(y))[:, 2]
    np.testing.assert_allclose(solved, [expected[0], 0, expected[1]], rtol=1e-12)
    errors = np.sqrt(np.diag(np.linalg.inv(kept.T @ kept)))
    np.testing.assert_allclose(factors.stdev_unscaled()[[0, 2], 2], errors, rtol=1e-12)


def test_a_gene_without_its_group_cannot_tell_the_groups_coefficient():
    design = np.column_stack([np.ones(6), np.repeat([0.0, 1.0], 3)])
    observed = np.ones((3, 6), dtype=bool)
    observed[1, 3:] = False
    observed[2, :3] = False
    estimable = independent_columns(design, observed)
    assert estimable.tolist() == [[True, True], [True, False], [True, False]]


def test_patterns_reproduce_what_is_observed():
    observed = np.random.default_rng(4).random((50, 11)) < 0.8
    observed[30:] = observed[:20]
    patterns, membership = observation_patterns(observed)
    np.testing.assert_array_equal(patterns[membership], observed)
    assert len(patterns) == len(np.unique(observed, axis=0))
