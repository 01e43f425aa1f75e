"""Single arguments: numbers, flags and arrays, or an error that names the argument."""

import math

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from pylimma.arguments import (
    cells,
    described,
    flag,
    mapping,
    number,
    numbers,
    path,
    plain_array,
    sequence,
    text,
    vector,
    whole,
)
from pylimma.errors import InputError, InputTypeError, ShapeError

VALUES = np.array([[1, 2], [3, 4]])


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.array([2.0]), pd.Series([2])])
def test_what_is_one_number_is_taken_as_one(value):
    assert number(value, "x", 0, 2) == 2.0
    assert whole(value, "x", 1) == 2


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (3, InputError, "`x` must lie between 0 and 2; got 3"),
        (math.nan, InputError, "got nan"),
        ("1", InputTypeError, "`x` must be a number; got '1'"),
        (None, InputTypeError, "got None"),
        (pd.NA, InputTypeError, "NAType"),
        ([1, 2], InputTypeError, "type list"),
        ([[1], [2, 3]], InputTypeError, "type list"),
        (np.ones(3), InputTypeError, r"ndarray of shape \(3,\)"),
        (1j, InputTypeError, "1j"),
        (10**400, InputTypeError, "type int"),
    ],
)
def test_what_is_no_number_within_the_limits_is_refused(value, error, message):
    with pytest.raises(error, match=message):
        number(value, "x", 0, 2)


def test_limits_may_be_excluded_and_infinite_ones_are_none():
    with pytest.raises(InputError, match="`x` must be above 0; got 0"):
        number(0, "x", 0, inside=True)
    assert number(math.inf, "x", 0, inside=True) == math.inf


@pytest.mark.parametrize(
    ("low", "message"),
    [(0, "must be finite and at least 0"), (-math.inf, "must be a finite number")],
)
def test_infinite_numbers_are_refused_on_request(low, message):
    with pytest.raises(InputError, match=f"`x` {message}; got inf"):
        number(math.inf, "x", low, finite=True)


def test_whole_numbers_have_no_fraction():
    with pytest.raises(InputError, match=r"must be a whole number; got 1\.5"):
        whole(1.5, "x", 1)
    with pytest.raises(InputError, match="must be at least 1; got 0"):
        whole(0, "x", 1)


def test_flags_are_true_or_false():
    assert flag(np.True_, "x") is True
    assert flag(0, "x") is False
    for value in ("yes", None, 2, np.ones(2), pd.NA):
        with pytest.raises(InputTypeError, match="`x` must be True or False"):
            flag(value, "x")


@pytest.mark.parametrize(
    "values",
    [
        [1, None],
        pd.Series([1, None], dtype="Int64"),
        np.ma.masked_array([1.0, 5.0], [False, True]),
        np.array([1, np.nan], dtype=object),
        np.array([1, np.nan], dtype=">f4"),
    ],
)
def test_missing_values_of_any_kind_are_nan(values):
    found = numbers(values, "x")
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [1.0, np.nan])


def test_sparse_matrices_are_made_dense():
    np.testing.assert_array_equal(numbers(scipy.sparse.csr_matrix(np.eye(2)), "x"), np.eye(2))


@pytest.mark.parametrize(
    "values", ["a", ["a"], ["1", "2"], [1, "b"], 1j, [[1], [2, 3]], b"1", object(), {}, pd.NaT]
)
def test_what_holds_anything_but_real_numbers_is_refused(values):
    with pytest.raises(InputTypeError, match="`x` must be real numbers"):
        numbers(values, "x")


def test_dimensions_are_checked():
    with pytest.raises(ShapeError, match="`x` has 2 dimensions; 1 are expected"):
        numbers(np.ones((2, 2)), "x", 1)


def test_rows_columns_and_single_numbers_are_vectors():
    for values in ([3.0, 4.0], np.array([[3.0, 4.0]]), np.array([[3], [4]]), pd.Series([3, 4])):
        np.testing.assert_array_equal(vector(values, "x", 2), [3.0, 4.0])
    np.testing.assert_array_equal(vector(3, "x"), [3.0])


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (np.ones((2, 2)), ShapeError, r"`x` has shape \(2, 2\); a vector is expected"),
        ([1, 2], ShapeError, "`x` has 2 values; 3 are expected, one for each gene"),
        ([1, np.inf, np.nan], InputError, "2 missing or infinite values, the first at position 1"),
    ],
)
def test_vectors_have_the_expected_length_and_finite_values(values, error, message):
    with pytest.raises(error, match=message):
        vector(values, "x", 3, "gene", finite=True)


def test_a_text_is_a_string():
    assert text("a", "sep") == "a"
    for value in (None, 1, b"a", ["a"]):
        with pytest.raises(InputTypeError, match="`sep` must be text"):
            text(value, "sep")


def test_lists_hold_several_things():
    assert sequence(pd.Series(["a", "b"]), "x") == sequence(("a", "b"), "x") == ["a", "b"]
    for value in (None, 1, "ab", b"ab", {"a": 1}, np.array(3.0)):
        with pytest.raises(InputTypeError, match="`x` must be a list"):
            sequence(value, "x")


def test_dicts_may_come_as_pairs():
    assert mapping({"a": 1}, "x") == mapping([("a", 1)], "x") == {"a": 1}
    for value in (None, 1, "ab", [1], np.ones((2, 3))):
        with pytest.raises(InputTypeError, match="`x` must be a dict"):
            mapping(value, "x")


def test_paths_are_strings_and_paths(tmp_path):
    assert path(str(tmp_path), "file") == path(tmp_path, "file") == tmp_path
    assert path("~", "file") == tmp_path.home()
    for value in (None, 1, b"a", ["a"], "", "a\0b", "~nobody-of-this-name/a"):
        with pytest.raises(InputTypeError, match="`file` must be the path of a file or folder"):
            path(value, "file")


@pytest.mark.parametrize(
    "kind", [np.asarray, np.ndarray.tolist, scipy.sparse.csr_array, scipy.sparse.dok_array]
)
def test_every_kind_of_matrix_becomes_an_array(kind):
    np.testing.assert_array_equal(plain_array(kind(VALUES), "x"), VALUES)


def test_an_array_is_not_copied():
    assert np.shares_memory(plain_array(VALUES, "x"), VALUES)


def test_masked_values_are_missing():
    found = plain_array(np.ma.masked_greater(VALUES, 3), "x")
    np.testing.assert_array_equal(found, [[1, 2], [3, np.nan]])
    assert type(found) is np.ndarray


def test_rows_of_different_length_are_refused():
    with pytest.raises(InputTypeError, match="rows of `x` differ in length"):
        plain_array([[1, 2], [3]], "x")


def test_a_description_stays_short():
    assert described("abc") == "'abc'"
    assert described("a" * 100) == "an object of type str"
    assert described(np.ones((2, 3))) == "ndarray of shape (2, 3)"


def test_cells_are_numbers_or_text():
    assert cells([[1, 2]], "x").tolist() == [[1.0, 2.0]]
    assert cells([["a", "b"]], "x").tolist() == [["a", "b"]]
    with pytest.raises(InputTypeError, match="`x` must be real numbers"):
        cells(np.array([["a", 1]], dtype=object), "x")
