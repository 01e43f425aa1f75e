"""Tricube moving averages against their definition."""

import numpy as np
import pytest

from pylimma.errors import InputError, InputTypeError, ShapeError
from pylimma.numerics.smoothing.moving_average import tricube_moving_average


def slow_average(x, half, power):
    offsets = np.arange(-half, half + 1)
    u = offsets / half * (2 * half + 1) / (2 * half + 2)
    weights = (1 - np.abs(u) ** 3) ** power
    out = []
    for centre in range(len(x)):
        inside = [k for k in range(len(weights)) if 0 <= centre + offsets[k] < len(x)]
        out.append(np.average([x[centre + offsets[k]] for k in inside], weights=weights[inside]))
    return out


@pytest.mark.parametrize(
    ("n", "span", "power", "half"),
    [(25, 0.5, 3, 6), (24, 1, 3, 11), (25, 1, 1, 12), (4, 0.5, 3, 1), (9, 7, 0, 4)],
)
def test_each_value_is_the_weighted_mean_of_the_window_inside_the_series(n, span, power, half):
    x = np.random.default_rng(n).normal(size=n)
    np.testing.assert_allclose(
        tricube_moving_average(x, span, power), slow_average(x, half, power), rtol=1e-12
    )


def test_few_values_that_are_not_zero_are_smoothed_as_any_others():
    x = np.zeros(120)
    x[[0, 7, 60, 119]] = 1, 2, -3, 1
    np.testing.assert_allclose(
        tricube_moving_average(x, 0.3), slow_average(x, 18, 3), rtol=1e-12, atol=1e-15
    )
    x[60] = np.nan
    assert np.flatnonzero(np.isnan(tricube_moving_average(x, 0.3))).tolist() == list(range(42, 79))


def test_a_constant_series_stays_and_short_windows_change_nothing():
    np.testing.assert_allclose(tricube_moving_average(np.full(30, 4.0)), 4)
    for span in (0, -1, 0.05):
        np.testing.assert_array_equal(tricube_moving_average([1, 5, 2], span), [1, 5, 2])
    assert tricube_moving_average([]).size == 0


def test_a_missing_value_spreads_to_the_windows_that_hold_it():
    smooth = tricube_moving_average([1, 2, 3, 4, np.nan, 6, 7])
    np.testing.assert_array_equal(np.isnan(smooth), [0, 0, 0, 1, 1, 1, 0])
    np.testing.assert_allclose(smooth[[0, 6]], [1.161936, 6.838064], atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": np.ones((2, 2))}, ShapeError, "`x` has shape"),
        ({"x": ["a"]}, InputTypeError, "`x` must be real numbers"),
        ({"span": np.nan}, InputError, "`span` must be"),
        ({"power": -1}, InputError, "`power` must be"),
    ],
)
def test_unusable_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        tricube_moving_average(**({"x": [1, 2, 3]} | arguments))
