"""Windows of nearest neighbours against sorting all distances."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pylimma.numerics.smoothing.neighbours import (
    ascending_order,
    nearest_distance,
    points_within,
)

GRIDS = st.lists(st.integers(-8, 8), min_size=2, max_size=30).map(lambda v: np.sort(v) * 0.1)


@settings(max_examples=30, deadline=None)
@given(x=GRIDS, data=st.data())
def test_nearest_distance_is_the_sorted_distance_of_that_rank(x, data):
    rank = data.draw(st.integers(1, x.size))
    at = np.linspace(x[0] - 0.5, x[-1] + 0.5, 7)
    expected = [np.sort(np.abs(x - place))[rank - 1] for place in at]
    np.testing.assert_array_equal(nearest_distance(x, at, rank), expected)


@settings(max_examples=30, deadline=None)
@given(x=GRIDS, reach=st.integers(0, 12))
def test_points_within_a_distance_are_those_whose_difference_is(x, reach):
    first, stop = points_within(x, x, np.full(x.size, reach * 0.1))
    for place, begin, end in zip(x, first, stop, strict=True):
        inside = np.flatnonzero(np.abs(x - place) <= reach * 0.1)
        assert (begin, end) == (inside[0], inside[-1] + 1)


def test_tied_points_keep_their_order():
    x = np.array([2.0, 1.0, 2.0, 1.0] * 20)
    np.testing.assert_array_equal(ascending_order(x), np.argsort(x, kind="stable"))
