"""Ranks and weighted medians against SciPy and brute force."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from pylimma.numerics.ranks import (
    average_ranks,
    ranks_of_sorted,
    rising_order,
    weighted_median_of,
)


def test_ranks_average_ties():
    values = np.array([3.0, 1.0, 3.0, 2.0, 1.0])
    assert_allclose(average_ranks(values), stats.rankdata(values))


def test_ranks_of_sorted_values_count_from_zero():
    values = np.array([1.0, 1.0, 2.0, 3.0, 3.0, 3.0])
    assert_allclose(ranks_of_sorted(values), stats.rankdata(values) - 1)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 4)), min_size=1, max_size=12))
def test_whole_weights_are_repetitions(pairs):
    x, weights = np.array(pairs, float).T
    repeated = np.repeat(x, weights.astype(int))
    median = weighted_median_of(x, weights)
    if repeated.size == 0:
        assert np.isnan(median)
    else:
        assert median == np.median(repeated)


def test_the_rising_order_keeps_ties_and_missing_values_as_they_come():
    values = np.array([3.0, np.nan, 1.0, 2.0, 1.0, np.nan, -np.inf])
    assert rising_order(values).tolist() == [6, 2, 4, 3, 0, 1, 5]
    assert rising_order(values[[0, 2, 3]]).tolist() == [1, 2, 0]
    assert rising_order(values[[0, 1, 3]]).tolist() == [2, 0, 1]
