"""Least squares for many groups from sums over the groups."""

import numpy as np
import pytest
import scipy.sparse as sp

from pylimma.numerics.regression.group_means import (
    add_block,
    centre_covariates,
    compare_with_last,
    empty_sums,
)

RNG = np.random.default_rng(8)
GROUP = RNG.permutation(np.repeat(np.arange(5), [1, 4, 9, 6, 20]))
SIZE = np.bincount(GROUP)
Z = np.column_stack([RNG.normal(50, 1, 40), RNG.integers(0, 2, 40)])
Y = np.where(RNG.random((40, 7)) < 0.6, 0.0, RNG.gamma(2, 1, (40, 7)))


def compared(y, z, parts=(slice(0, 40),), genes=(slice(0, 7),), shift=0.0):
    covariates = centre_covariates(z, GROUP, SIZE)
    sums = empty_sums(5, 7, covariates.centred.shape[1])
    sums.shift[:] = shift
    for cells in parts:
        for columns in genes:
            block = y[cells][:, columns]
            add_block(sums, block, GROUP[cells], covariates.centred[cells], columns)
    return compare_with_last(sums, SIZE, covariates)


def by_normal_equations(y, z):
    """Differences, their covariance and residual standard deviations, with the whole design."""
    x = np.column_stack([GROUP[:, None] == np.arange(5), z]).astype(float)
    inverse = np.linalg.pinv(x.T @ x)
    contrast = np.zeros((4, x.shape[1]))
    contrast[:, :4], contrast[:, 4] = np.eye(4), -1
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    df = len(x) - np.linalg.matrix_rank(x)
    rss = ((y - x @ beta) ** 2).sum(axis=0)
    return contrast @ beta, contrast @ inverse @ contrast.T, np.sqrt(rss / df), df


@pytest.mark.parametrize("columns", [0, 1, 2])
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array, sp.csc_array])
def test_comparisons_are_those_of_the_whole_design(kind, columns):
    found = compared(kind(Y), Z[:, :columns])
    difference, covariance, sigma, df = by_normal_equations(Y, Z[:, :columns])
    np.testing.assert_allclose(found.difference, difference, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-10)
    np.testing.assert_allclose(found.stdev_unscaled**2, np.diag(covariance), rtol=1e-10)
    np.testing.assert_allclose(found.sigma, sigma, rtol=1e-10)
    np.testing.assert_allclose(found.average, Y.mean(axis=0))
    assert found.df == df


def test_blocks_of_cells_and_genes_add_up_to_the_whole():
    whole = compared(Y, Z)
    parts, genes = (slice(0, 3), slice(3, 40)), (slice(0, 2), slice(2, 7))
    for kind in (np.asarray, sp.csr_array, sp.csc_array):
        split = compared(kind(Y), Z, parts, genes)
        for name in ("difference", "sigma", "average"):
            np.testing.assert_allclose(split[name], whole[name], rtol=1e-11, atol=1e-13)


def test_values_far_from_zero_keep_their_digits_after_a_shift():
    far = compared(Y * 1e-4 + 1e4, Z, shift=1e4)
    near = compared(Y * 1e-4, Z)
    np.testing.assert_allclose(far.sigma, near.sigma, rtol=1e-6)  # 1e4 keeps eight digits of 1e-4
    np.testing.assert_allclose(far.difference, near.difference, rtol=1e-5, atol=1e-11)
    np.testing.assert_allclose(far.average, near.average + 1e4)


def test_a_covariate_that_the_others_give_changes_nothing():
    repeated = np.column_stack([Z, Z[:, 0] - 3 * Z[:, 1], np.full(40, 0.1)])
    found, plain = compared(Y, repeated), compared(Y, Z)
    np.testing.assert_allclose(found.difference, plain.difference, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.covariance, plain.covariance, rtol=1e-9)
    assert found.df == plain.df


def test_groups_that_differ_in_what_is_constant_within_groups_are_not_compared():
    found = compared(Y, np.column_stack([Z, np.isin(GROUP, [1, 2])]))
    plain = compared(Y, Z)
    assert list(np.isnan(found.difference).all(axis=1)) == [False, True, True, False]
    np.testing.assert_allclose(found.difference[[0, 3]], plain.difference[[0, 3]])


def test_a_gene_without_variation_within_groups_has_variance_zero():
    found = compared(np.where(GROUP == 1, 0.3, 0.7)[:, None] * np.ones(7), Z)
    assert (found.sigma == 0).all()
    np.testing.assert_allclose(found.difference[1], -0.4)
