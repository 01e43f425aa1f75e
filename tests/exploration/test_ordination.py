"""Leading distances pair by pair, coordinates against them, labels, and what cannot be scaled."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform

import pylimma
from pylimma.errors import EstimationWarning, InputError, InputWarning, ShapeError
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


@pytest.fixture
def values():
    rng = np.random.default_rng(4)
    names = [f"s{k}" for k in range(6)]
    shift = np.array([0, 0, 0, 2, 2, 2])
    return pd.DataFrame(rng.normal(size=(40, 6)) + shift, columns=names)


def test_the_first_dimension_parts_shifted_samples(values):
    first = pylimma.mds(values, top=10).x
    assert (np.sign(first[:3]) != np.sign(first[3:])).all()


def test_coordinates_are_labelled_by_sample(values):
    result = pylimma.mds(values, ndim=3)
    assert list(result.coordinates.index) == list(values.columns)
    assert list(result.coordinates.columns) == [f"Leading logFC dim {k}" for k in (1, 2, 3)]
    np.testing.assert_array_equal(result.coordinates.iloc[:, 0], result.x)


def test_a_result_can_be_looked_at_along_other_dimensions(values):
    result = pylimma.mds(values)
    other = pylimma.mds(result, dim_plot=(1, 2))
    np.testing.assert_allclose(other.x, result.y)
    assert other.dim_plot == (1, 2)


def test_genes_with_a_missing_value_are_left_out(values):
    holed = values.copy()
    holed.iloc[3, 2] = np.nan
    one, other = pylimma.mds(holed, top=10), pylimma.mds(values.drop(index=3), top=10)
    np.testing.assert_allclose(one.eigen_values, other.eigen_values)


def test_more_genes_than_there_are_count_as_all(values):
    assert pylimma.mds(values, top=500).top == 40


def test_common_selection_is_called_principal_component(values):
    assert pylimma.mds(values, gene_selection="common").axislabel == "Principal Component"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"gene_selection": "all"}, InputError, "`gene_selection` must be one of"),
        ({"dim_plot": (0, 0)}, InputError, "two different dimensions"),
        ({"dim_plot": (0, 6)}, InputError, "between 0 and 5"),
        ({"ndim": 7}, InputError, "`ndim` must lie between 1 and 6"),
        ({"top": 0}, InputError, "`top` must be at least 1"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(values, options, error, message):
    with pytest.raises(error, match=message):
        pylimma.mds(values, **options)


def test_two_samples_are_too_few(values):
    with pytest.raises(ShapeError, match="2 samples; scaling needs 3"):
        pylimma.mds(values.iloc[:, :2])


@pytest.mark.filterwarnings("ignore:Every value of:pylimma.errors.InputWarning")
def test_no_complete_gene_is_an_error(values):
    with pytest.raises(InputError, match="Every gene of `x` has a missing value"):
        pylimma.mds(values.assign(s0=np.nan))


def test_counts_raise_a_warning():
    counts = np.random.default_rng(1).poisson(500, size=(40, 5))
    with pytest.warns(InputWarning, match="too large for log2 expression"):
        pylimma.mds(counts)


def test_a_dimension_without_extent_raises_a_warning():
    flat = np.outer(np.arange(10.0), [0, 1, 2, 3])
    with pytest.warns(EstimationWarning, match="Dimension 2 has no extent"):
        pylimma.mds(flat, dim_plot=(0, 2))


def test_a_picture_is_drawn_when_asked_for(values):
    import matplotlib.pyplot as plt  # noqa: PLC0415 - only this test draws

    pylimma.mds(values, plot=True, main="all samples")
    assert plt.gca().get_title(loc="left") == "all samples"
    plt.close("all")


def test_published_tutorials_find_their_coordinates(values):
    from pylimma.plotting import _mds_coordinates  # noqa: PLC0415 - what they import

    found = _mds_coordinates(values.to_numpy(), top=10, ndim=2)
    coordinates = found["eigen_vectors"] * np.sqrt(np.maximum(found["eigen_values"], 0))
    expected = pylimma.mds(values, top=10).coordinates
    np.testing.assert_allclose(coordinates, expected)
    assert found["var_explained"].shape == (2,)
