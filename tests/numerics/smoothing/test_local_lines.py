"""Sums over tiles against weighted least squares at each anchor."""

import numpy as np
import pytest

from pylimma.numerics.smoothing.local_lines import LocalLines
from pylimma.numerics.smoothing.neighbours import Neighbourhoods


def line_at(x, y, w, place):
    """Value and slope of the weighted line in extended precision."""
    x, y, w = (np.asarray(v, dtype=np.longdouble) for v in (x - place, y, w))
    mean_x, mean_y = w @ x / w.sum(), w @ y / w.sum()
    slope = w @ ((x - mean_x) * (y - mean_y)) / (w @ (x - mean_x) ** 2)
    return float(mean_y - slope * mean_x), float(slope)


@pytest.mark.parametrize("offset", [0, 1e6])
@pytest.mark.parametrize("narrow", [1, 1e-6])
def test_lines_are_accurate_wherever_the_points_lie(offset, narrow):
    rng = np.random.default_rng(1)
    x = np.sort(np.concatenate([rng.normal(size=150), 50 + narrow * rng.normal(size=150), [900]]))
    y, w = offset + rng.normal(size=x.size), rng.exponential(size=x.size)
    at = x[::7]
    bandwidth = np.array([np.sort(np.abs(x - place))[60] for place in at])
    lines = LocalLines(x, y, Neighbourhoods.within(x, at, bandwidth)).fit(w)
    level = np.zeros(at.size, dtype=bool)
    distance = np.abs(x[:, None] - at) / bandwidth
    kernels = np.clip(1 - distance**3, 0, None) ** 3
    expected = [line_at(x, y, w * k, place) for k, place in zip(kernels.T, at, strict=True)]
    np.testing.assert_allclose(lines.value(level), [e[0] for e in expected], rtol=1e-10)
    scale = np.array([1 / h for h in bandwidth])
    error = np.abs(lines.slope(level) - [e[1] for e in expected]) / scale
    assert error.max() < 1e-9 * max(1, offset)


def test_an_anchor_without_bandwidth_has_the_mean_of_its_window():
    x, y = np.array([0.0, 1, 1, 2]), np.array([5.0, 1, 3, 7])
    first, stop = np.array([1]), np.array([3])
    where = Neighbourhoods(np.array([1.0]), np.zeros(1), first, stop, first, first)
    lines = LocalLines(x, y, where).fit(np.array([1.0, 1, 3, 1]))
    np.testing.assert_allclose(lines.value(np.array([True])), [2.5])
    np.testing.assert_allclose(lines.total, [4])


def test_weights_that_leave_nothing_give_nan():
    x = np.arange(5.0)
    where = Neighbourhoods.within(x, x[[2]], np.array([1.5]))
    lines = LocalLines(x, x, where).fit(np.array([1.0, 0, 0, 0, 1]))
    assert np.isnan(lines.mean_y).all()
