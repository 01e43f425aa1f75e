"""Weights of spots from flags, areas and filters."""

import pickle

import numpy as np
import pytest

import pylimma
from pylimma.errors import InputError, InputWarning, UnknownNameError


def slow_area(area, low, high):
    """Weight of one spot by cases."""
    if np.isnan(area):
        return np.nan
    if area <= low:
        return max(area, 0) / low
    if area <= high:
        return 1.0
    return max(0.0, (low + high - area) / low)


@pytest.mark.parametrize("ideal", [(160, 170), (170, 160), 200, [50, 100, 70], 1])
def test_weights_by_area_rise_to_the_ideal_and_fall_beyond_it(ideal):
    area = np.append(np.arange(-3.0, 500), np.nan)
    low, high = np.min(ideal), np.max(ideal)
    expected = [slow_area(value, low, high) for value in area]
    np.testing.assert_allclose(pylimma.wtarea(ideal)({"area": area}), expected, atol=1e-15)


def test_an_ideal_area_of_zero_counts_as_one():
    with pytest.warns(InputWarning, match="ideal area of 0 is not positive"):
        found = pylimma.wtarea([0, 10])
    np.testing.assert_allclose(found({"area": [0.5, 5, 10.5]}), [0.5, 1, 0.5])


def test_flagged_spots_have_the_weight_given():
    table = {"Flags": [0, -50, -100, 100]}
    assert pylimma.wtflags()(table).tolist() == [1, 0, 0, 1]
    assert pylimma.wtflags(0.1, -75)(table).tolist() == [1, 1, 0.1, 1]


def test_a_filter_is_the_weight_itself():
    assert pylimma.wt_ignore_filter({"Ignore Filter": [1, 0]}).tolist() == [1, 0]


def test_functions_of_weights_can_be_sent_to_other_processes():
    copy = pickle.loads(pickle.dumps(pylimma.wtflags(0.5)))  # noqa: S301 - our own
    assert copy({"Flags": [-1]}).tolist() == [0.5]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pylimma.wtflags()({"flag": [1]}), UnknownNameError, "a column 'Flags'; the table"),
        (lambda: pylimma.wtarea()({}), UnknownNameError, "has none"),
        (lambda: pylimma.wtarea([]), InputError, "holds no area"),
        (lambda: pylimma.wtflags(-1), InputError, "`weight` must be at least 0"),
    ],
)
def test_what_gives_no_weights_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
