"""Matrices with missing values."""

import numpy as np
import pytest

from pylimma.numerics.missing_values import all_finite, row_means


def test_row_means_leave_missing_values_out():
    means = row_means(np.array([[1.0, np.nan, 3.0], [np.nan] * 3, [1, 2, 3]]))
    np.testing.assert_array_equal(means, [2, np.nan, 2])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 2], True),
        ([1.7e308, 1.7e308], True),
        ([1, np.nan], False),
        ([np.inf, -np.inf], False),
    ],
)
def test_finite_values_are_seen_even_where_their_sum_overflows(values, expected):
    assert all_finite(np.array([values])) is expected
