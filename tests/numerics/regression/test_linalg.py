"""Orthogonal factors by R's rule of rank, and small systems for many genes."""

import numpy as np
import pytest

from pylimma.numerics.regression.linalg import (
    batched_backward_solve,
    batched_cholesky,
    batched_forward_solve,
    binary_units,
    pivoted_qr,
    triangular_inverse,
)


def test_factors_multiply_to_the_columns_in_pivot_order():
    x = np.random.default_rng(1).normal(size=(7, 4))
    qr = pivoted_qr(x)
    assert qr.rank == 4
    np.testing.assert_allclose(qr.basis @ qr.r, x[:, qr.pivot], atol=1e-14)
    np.testing.assert_allclose(qr.q.T @ qr.q, np.eye(4), atol=1e-14)


@pytest.mark.parametrize(
    ("columns", "pivot", "rank"),
    [
        ([0, 1, 0, 2], [0, 1, 3, 2], 3),  # a repeated column moves behind all others
        ([3, 3, 3], [0, 1, 2], 1),
        ([4, 0, 4, 1], [1, 3, 0, 2], 2),  # so does a column of zeros
    ],
)
def test_redundant_columns_move_to_the_end_in_their_order(columns, pivot, rank):
    base = np.column_stack([np.random.default_rng(2).normal(size=(6, 4)), np.zeros(6)])
    qr = pivoted_qr(base[:, columns])
    assert qr.rank == rank
    np.testing.assert_array_equal(qr.pivot, pivot)


def test_a_column_counts_as_redundant_below_the_tolerance_of_r():
    rng = np.random.default_rng(3)
    first, noise = rng.normal(size=(2, 50))
    assert pivoted_qr(np.column_stack([first, first + 1e-6 * noise])).rank == 2
    assert pivoted_qr(np.column_stack([first, first + 1e-9 * noise])).rank == 1


def test_more_columns_than_rows_leave_a_rank_of_the_rows():
    assert pivoted_qr(np.random.default_rng(4).normal(size=(3, 5))).rank == 3


def test_columns_beyond_a_full_rank_stay_before_the_redundant_ones():
    base = np.random.default_rng(4).normal(size=(3, 4))
    qr = pivoted_qr(base[:, [0, 0, 1, 2, 3]])
    np.testing.assert_array_equal(qr.pivot, [0, 2, 3, 4, 1])


def test_triangular_inverse_also_of_nothing():
    r = np.triu(np.random.default_rng(5).normal(size=(4, 4))) + 3 * np.eye(4)
    np.testing.assert_allclose(triangular_inverse(r) @ r, np.eye(4), atol=1e-14)
    assert triangular_inverse(np.empty((0, 0))).shape == (0, 0)


def test_batched_systems_are_solved():
    rng = np.random.default_rng(6)
    half = rng.normal(size=(3, 8, 10))
    matrices = np.einsum("ikg,jkg->ijg", half, half)
    right = rng.normal(size=(3, 2, 10))
    factors, margin = batched_cholesky(matrices)
    solved = batched_backward_solve(factors, batched_forward_solve(factors, right))
    for gene in range(10):
        expected = np.linalg.solve(matrices[..., gene], right[..., gene])
        np.testing.assert_allclose(solved[..., gene], expected, rtol=1e-10)
        np.testing.assert_allclose(
            factors[..., gene], np.linalg.cholesky(matrices[..., gene]), rtol=1e-12
        )
    assert (margin > 0).all()


def test_the_margin_of_a_singular_matrix_is_nothing():
    singular = np.ones((2, 2, 1))
    assert batched_cholesky(singular)[1][0] == 0
    assert batched_cholesky(np.eye(2)[:, :, None])[1][0] == 1
    assert batched_cholesky(np.zeros((1, 1, 1)))[1][0] == 0


def test_units_bring_every_gene_between_one_and_two():
    y = np.array([[3e200, -1e190], [1e-300, 0], [-0.7, 0.2], [1, 0.5]])
    units = binary_units(y)
    assert units.shape == (4, 1)
    largest = np.abs(y / units).max(axis=1)
    assert ((largest >= 1) & (largest < 2)).all()
    np.testing.assert_array_equal(y / units * units, y)


def test_genes_of_zeros_and_no_genes_have_units_too():
    assert binary_units(np.zeros((1, 3))).tolist() == [[1.0]]
    assert binary_units(np.zeros((0, 3))).shape == (0, 1)
