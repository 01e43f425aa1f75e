"""Distances with missing values, and the order of leaves."""

import numpy as np
import pytest
from scipy.spatial.distance import squareform

from pylimma.numerics.clustering import cluster_tree, euclidean_distances, leaf_order


def slow_distances(rows):
    n_rows, n_columns = rows.shape
    result = np.zeros((n_rows, n_rows))
    for one in range(n_rows):
        for other in range(n_rows):
            both = np.isfinite(rows[one]) & np.isfinite(rows[other])
            squares = (rows[one, both] - rows[other, both]) ** 2
            result[one, other] = np.sqrt(squares.sum() * n_columns / both.sum())
    return result


def test_distances_over_shared_columns_are_scaled_up():
    rows = np.random.default_rng(1).normal(5, 1, size=(6, 9))
    rows[1, :4] = np.nan
    rows[4, 8] = np.nan
    np.testing.assert_allclose(squareform(euclidean_distances(rows)), slow_distances(rows))


def test_rows_that_share_no_column_have_no_distance():
    rows = np.array([[1.0, np.nan], [np.nan, 2.0], [1.0, 1.0]])
    assert np.isnan(euclidean_distances(rows)).tolist() == [True, False, False]


def test_the_cluster_formed_earlier_stands_on_the_left():
    rows = np.array([[10.0], [0.0], [10.4], [0.1], [5.0]])
    order = leaf_order(cluster_tree(rows, "complete"))
    assert order.tolist() == [0, 2, 4, 1, 3]


@pytest.mark.parametrize("agglomeration", ["complete", "average", "single", "ward", "mcquitty"])
def test_every_row_is_a_leaf_once(agglomeration):
    rows = np.random.default_rng(2).normal(size=(12, 3))
    assert sorted(leaf_order(cluster_tree(rows, agglomeration))) == list(range(12))
