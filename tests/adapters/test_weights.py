"""Weights by gene, by sample and by observation."""

import numpy as np
import pandas as pd
import pytest

from pylimma import as_matrix_weights, modify_weights
from pylimma.adapters.weights import parse_weights
from pylimma.errors import InputError, InputWarning, ShapeError


@pytest.mark.parametrize(
    ("weights", "first_row", "second_row"),
    [
        ([1, 2, 3], [1, 2, 3], [1, 2, 3]),
        ([[1, 2, 3]], [1, 2, 3], [1, 2, 3]),
        ([1, 2], [1, 1, 1], [2, 2, 2]),
        ([[1], [2]], [1, 1, 1], [2, 2, 2]),
        (5, [5, 5, 5], [5, 5, 5]),
        ([[1, 2, 3], [4, 5, 6]], [1, 2, 3], [4, 5, 6]),
    ],
)
def test_weights_of_every_shape_become_a_matrix(weights, first_row, second_row):
    np.testing.assert_array_equal(as_matrix_weights(weights, (2, 3)), [first_row, second_row])


def test_a_vector_on_square_data_is_by_gene():
    np.testing.assert_array_equal(as_matrix_weights([1, 2], (2, 2)), [[1, 1], [2, 2]])


def test_weights_that_fit_nothing_are_refused_with_the_shapes_allowed():
    with pytest.raises(ShapeError, match=r"\(2, 3\), \(2,\) by gene and \(3,\) by sample"):
        as_matrix_weights(np.ones(4), (2, 3))


def test_labelled_weights_are_matched_by_name():
    genes, samples = pd.Index(["g", "h"]), pd.Index(["s", "t", "u"])
    full = pd.DataFrame([[6, 5, 4], [3, 2, 1]], index=["h", "g"], columns=["u", "t", "s"])
    np.testing.assert_array_equal(
        parse_weights(full, (2, 3), genes, samples), [[1, 2, 3], [4, 5, 6]]
    )
    by_sample = pd.Series([3, 2, 1], index=["u", "t", "s"])
    np.testing.assert_array_equal(parse_weights(by_sample, (2, 3), genes, samples), [1, 2, 3])


def test_weights_shared_by_all_genes_stay_a_vector():
    assert parse_weights([1, 2, 3], (2, 3)).shape == (3,)
    assert parse_weights([1, 2], (2, 3)).shape == (2, 3)
    assert parse_weights(None, (2, 3)) is None


def test_weights_that_cannot_be_are_left_out_with_a_warning():
    with pytest.warns(InputWarning, match="1 `weights` are negative or infinite"):
        parse_weights([1, -2, 3], (2, 3))


def test_all_weights_zero_is_an_error():
    with pytest.raises(InputError, match="nothing is left to fit"):
        parse_weights(np.zeros((2, 3)), (2, 3))


def test_weights_over_eight_decades_are_warned_of():
    with pytest.warns(InputWarning, match="eight decades"):
        parse_weights([1e-5, 1, 1e5], (2, 3))


def test_weights_are_multiplied_by_the_kind_of_spot():
    kinds = ["gene", "control", "gene"]
    changed = modify_weights([1, 2, 3], kinds, ["control", "gene"], [0, 2])
    np.testing.assert_array_equal(changed, [[2], [0], [6]])
    with pytest.raises(InputError, match="2 `multipliers` are given for 3"):
        modify_weights(None, kinds, ["a", "b", "c"], [1, 2])
