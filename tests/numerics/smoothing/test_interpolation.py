"""Linear interpolation with ties."""

import numpy as np

from pylimma.numerics.smoothing.interpolation import interpolate


def test_line_is_constant_beyond_both_ends_and_goes_through_the_points():
    x, y = np.array([3.0, 1.0, 2.0]), np.array([30.0, 10.0, 40.0])
    np.testing.assert_allclose(
        interpolate(x, y, np.array([[-5, 1, 1.5], [2, 2.5, 9]])), [[10, 10, 25], [40, 35, 30]]
    )


def test_tied_points_count_as_their_mean_in_any_order():
    x, y = np.array([2.0, 1.0, 2.0, 1.0, 2.0]), np.array([1.0, 4.0, 2.0, 6.0, 6.0])
    at = np.array([0.0, 1.0, 1.5, 2.0])
    np.testing.assert_allclose(interpolate(x, y, at), [5, 5, 4, 3])
    np.testing.assert_allclose(interpolate(np.ones(3), y[:3], at), np.full(4, y[:3].mean()))


def test_missing_positions_stay_missing():
    line = interpolate(np.arange(2.0), np.arange(2.0), np.array([np.nan, 0.5]))
    np.testing.assert_array_equal(line, [np.nan, 0.5])
