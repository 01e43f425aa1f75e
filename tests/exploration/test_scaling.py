"""Leading distances against sorting pair by pair; coordinates against the distances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform

from pylimma.exploration.ordination import (
    classical_scaling,
    common_leading_distances,
    pairwise_leading_distances,
)

ROUNDING = 1e-10


def sorted_distances(values, top):
    n_samples = values.shape[1]
    squared = np.zeros((n_samples, n_samples))
    for one in range(n_samples):
        for other in range(n_samples):
            differences = np.sort((values[:, one] - values[:, other]) ** 2)[::-1]
            squared[one, other] = sum(differences[:top]) / top
    return squared


@pytest.mark.parametrize("top", [1, 7, 49, 50])
def test_pairwise_distances_are_those_of_sorted_differences(top):
    values = np.random.default_rng(top).normal(size=(50, 21))
    found = pairwise_leading_distances(values, top)
    np.testing.assert_allclose(found, sorted_distances(values, top), rtol=ROUNDING)


def test_common_distances_use_the_genes_of_largest_variance():
    values = np.random.default_rng(1).normal(size=(30, 5)) * np.arange(1, 31)[:, None]
    order = sorted(range(30), key=lambda gene: -np.var(values[gene]))
    expected = squareform(pdist(values[order[:8]].T, "sqeuclidean")) / 8
    np.testing.assert_allclose(common_leading_distances(values, 8), expected, rtol=ROUNDING)


def test_of_equally_variable_genes_the_first_count():
    values = np.array([[0.0, 1, 0], [0, 0, 1], [9, 9, 9]])
    expected = squareform(pdist(values[:1].T, "sqeuclidean"))
    np.testing.assert_array_equal(common_leading_distances(values, 1), expected)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(3, 8))
def test_coordinates_give_euclidean_distances_back(seed, n_samples):
    points = np.random.default_rng(seed).normal(size=(n_samples, 4))
    squared = squareform(pdist(points, "sqeuclidean"))
    found = classical_scaling(squared)
    coordinates = found.eigen_vectors * np.sqrt(np.maximum(found.eigen_values, 0))
    np.testing.assert_allclose(
        squareform(pdist(coordinates, "sqeuclidean")), squared, atol=1e-9, rtol=1e-9
    )


def test_shares_of_variation_leave_negative_eigenvalues_out():
    squared = squareform([1.0, 1.0, 9.0, 1.0, 1.0, 1.0])  # breaks the triangle inequality
    found = classical_scaling(squared)
    assert found.eigen_values.min() < 0
    assert found.var_explained.min() == 0
    assert found.var_explained.sum() == pytest.approx(1)


def test_the_largest_entry_of_each_vector_is_positive():
    vectors = classical_scaling(
        squareform(pdist(np.random.default_rng(2).normal(size=(6, 3)), "sqeuclidean"))
    ).eigen_vectors
    largest = np.argmax(np.abs(vectors), axis=0)
    assert (vectors[largest, range(6)] > 0).all()


def test_distances_leave_their_argument_alone():
    values = np.random.default_rng(3).normal(size=(20, 4))
    before = values.copy()
    pairwise_leading_distances(values, 5)
    common_leading_distances(values, 5)
    np.testing.assert_array_equal(values, before)
