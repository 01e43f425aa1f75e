"""Contrast codings."""

import numpy as np
import pandas as pd
import pytest

from pylimma.design.formula.codings import contrast_coding, custom_coding
from pylimma.errors import DesignError, InputError

# contr.poly(5) of R
POLY_5 = [
    [-0.632455532034, 0.534522483825, -0.316227766017, 0.119522860933],
    [-0.316227766017, -0.267261241912, 0.632455532034, -0.478091443734],
    [0, -0.534522483825, 0, 0.717137165601],
    [0.316227766017, -0.267261241912, -0.632455532034, -0.478091443734],
    [0.632455532034, 0.534522483825, 0.316227766017, 0.119522860933],
]


@pytest.mark.parametrize(
    ("kind", "matrix", "suffixes", "brackets"),
    [
        ("treatment", [[0, 0], [1, 0], [0, 1]], ("b", "c"), ("T.b", "T.c")),
        ("contr.SAS", [[1, 0], [0, 1], [0, 0]], ("a", "b"), ("T.a", "T.b")),
        ("sum", [[1, 0], [0, 1], [-1, -1]], ("1", "2"), ("S.a", "S.b")),
        ("helmert", [[-1, -1], [1, -1], [0, 2]], ("1", "2"), ("H.b", "H.c")),
    ],
)
def test_codings_of_three_levels(kind, matrix, suffixes, brackets):
    coding = contrast_coding(kind, ["a", "b", "c"])
    np.testing.assert_array_equal(coding.matrix, matrix)
    assert (coding.suffixes, coding.brackets) == (suffixes, brackets)


def test_polynomial_contrasts_are_those_of_r():
    coding = contrast_coding("poly", list("abcde"))
    np.testing.assert_allclose(coding.matrix, POLY_5, atol=1e-12)
    assert coding.suffixes == (".L", ".Q", ".C", "^4")


def test_polynomial_contrasts_of_many_levels_stay_orthonormal():
    matrix = contrast_coding("poly", list(map(str, range(40)))).matrix
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(39), atol=1e-13)
    np.testing.assert_allclose(matrix.sum(axis=0), 0, atol=1e-13)


def test_rows_of_a_custom_coding_are_matched_by_name():
    matrix = pd.DataFrame({"up": [1, 0, -1]}, index=["c", "b", "a"])
    coding = custom_coding(matrix, ["a", "b", "c"])
    assert coding.matrix.ravel().tolist() == [-1, 0, 1]
    assert coding.suffixes == ("up",)


def test_codings_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="`contrasts` must be one of 'treatment'"):
        contrast_coding("summ", ["a", "b"])
    with pytest.raises(DesignError, match="must have 3 rows"):
        custom_coding(np.eye(2), ["a", "b", "c"])
    with pytest.raises(DesignError, match="independent"):
        custom_coding(np.eye(3), ["a", "b", "c"])


def test_a_vector_is_a_coding_of_one_column():
    coding = custom_coding([0.5, -0.5], ["a", "b"])
    np.testing.assert_array_equal(coding.matrix, [[0.5], [-0.5]])
