"""Points in order on a line: their neighbourhoods, and curves known at a few of them.

Local lines are fitted at anchors, to the points around each, and the curve between the anchors is
interpolated. All points are sorted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pylimma.typing import AnyArray, BoolArray, FloatArray, IntArray


def ascending_order(x: FloatArray) -> IntArray:
    """Order that sorts points and keeps ties as they came."""
    order = np.argsort(x)  # much the faster sort, and the stable one if nothing is tied
    if np.any(np.diff(x[order]) == 0):
        order = np.argsort(x, kind="stable")
    return order


def ascending_orders(x: FloatArray) -> IntArray:
    """The same of every row."""
    orders = np.argsort(x, axis=1)
    ascending = np.take_along_axis(x, orders, axis=1)
    for row in np.flatnonzero((ascending[:, 1:] == ascending[:, :-1]).any(axis=1)):
        orders[row] = np.argsort(x[row], kind="stable")
    return orders


@dataclass(frozen=True, slots=True)
class Scatters:
    """Sorted scatters laid end to end, and anchors in them, scatter by scatter."""

    starts: IntArray  # (scatters + 1,) first point of each, and the number of points
    of: IntArray  # (anchors,) scatter of each anchor

    @classmethod
    def one(cls, n_points: int, n_anchors: int) -> Scatters:
        """A single scatter."""
        return cls(np.array([0, n_points]), np.zeros(n_anchors, dtype=np.intp))

    @property
    def low(self) -> IntArray:
        """First point of the scatter of each anchor."""
        return self.starts[self.of]

    @property
    def high(self) -> IntArray:
        """Point after the last of the scatter of each anchor."""
        return self.starts[self.of + 1]

    def places(self, x: FloatArray, values: FloatArray) -> IntArray:
        """First point of the scatter of each anchor that is not below a value of the anchor."""
        ends = np.searchsorted(self.of, np.arange(self.starts.size)).tolist()
        found = [
            begin + x[begin:end].searchsorted(values[first:stop])
            for (begin, end), (first, stop) in zip(
                pairwise(self.starts.tolist()), pairwise(ends), strict=True
            )
        ]
        return np.concatenate(found)


def bisected(
    low: IntArray | int, high: IntArray | int, is_before: Callable[[IntArray], BoolArray]
) -> IntArray:
    """First places from `low` to `high` - 1 that are not before the one sought, or `high`."""
    found, high = (np.array(end, dtype=np.intp) for end in np.broadcast_arrays(low, high))
    step = 1 << int(np.max(high - found, initial=0)).bit_length() >> 1
    while step:
        place = found + step  # all before it are before the one sought, if the last of them is
        within = place <= high
        within &= is_before(np.minimum(place, high) - 1)
        found += step * within
        step >>= 1
    return found


def found_near(
    guess: IntArray, low: IntArray, high: IntArray, is_before: Callable[[IntArray], BoolArray]
) -> IntArray:
    """The same from guesses that rounding may have put a place or two off."""
    place = np.clip(guess, low, high)
    for _ in range(3):
        up = (place < high) & is_before(np.minimum(place, high - 1))
        down = (place > low) & ~is_before(np.maximum(place - 1, low))
        if not (up | down).any():
            return place
        place += up
        place -= down & ~up
    return bisected(low, high, is_before)


def nearest_window(
    x: FloatArray,
    at: FloatArray,
    size: IntArray | int,
    low: IntArray | int = 0,
    high: IntArray | int | None = None,
) -> IntArray:
    """First points of the windows that hold the `size` nearest neighbours."""

    # Among windows of consecutive points, the one of the nearest points is the first whose left
    # end is closer than the point beyond its right end. This condition is monotone in the
    # window's place, so the place is found by bisection.
    def is_before(place: IntArray) -> BoolArray:
        return np.asarray(at - x[place] >= x[np.minimum(place + size, x.size - 1)] - at)

    low = np.broadcast_to(np.asarray(low, dtype=np.intp), at.shape)
    return bisected(low, x.size - size if high is None else high, is_before)


def nearest_distance(
    x: FloatArray, at: FloatArray, rank: IntArray | int, scatters: Scatters | None = None
) -> FloatArray:
    """Distances to the neighbours of a given rank."""
    if scatters is None:
        first = nearest_window(x, at, rank)
    else:
        first = nearest_window(x, at, rank, scatters.low, scatters.high - rank)
    return np.maximum(at - x[first], x[first + rank - 1] - at)


def points_within(
    x: FloatArray, at: FloatArray, distance: FloatArray, scatters: Scatters | None = None
) -> tuple[IntArray, IntArray]:
    """Ranges of the points of a scatter within a distance of positions, as differences round."""
    scatters = scatters or Scatters.one(x.size, at.size)
    left, right = scatters.places(x, at - distance), scatters.places(x, at + distance)
    first = found_near(left, scatters.low, scatters.high, lambda place: at - x[place] > distance)
    stop = found_near(right, first, scatters.high, lambda place: x[place] - at <= distance)
    return first, stop


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """Where local lines are fitted, and to which points."""

    at: FloatArray  # (anchors,) positions, ascending within a scatter
    # (anchors,) distance at which the kernel ends; where it is 0 the kernel is one throughout
    bandwidth: FloatArray
    # (anchors,) the points `first` to `stop` - 1 enter, and from `core_first` to `core_stop` - 1
    # with kernel one
    first: IntArray
    stop: IntArray
    core_first: IntArray
    core_stop: IntArray
    scatters: Scatters | None = None  # None where there is but one

    @classmethod
    def within(cls, x: FloatArray, at: FloatArray, bandwidth: FloatArray) -> Neighbourhoods:
        """Neighbourhoods of all points within a bandwidth."""
        first, stop = points_within(x, at, bandwidth)
        return cls(at, bandwidth, first, stop, first, first)

    @classmethod
    def clipped(
        cls, x: FloatArray, at: FloatArray, bandwidth: FloatArray, scatters: Scatters
    ) -> Neighbourhoods:
        """Neighbourhoods with kernel one up to 0.001 and zero beyond 0.999 bandwidths."""
        first, stop = points_within(x, at, 0.999 * bandwidth, scatters)
        core = points_within(x, at, 0.001 * bandwidth, scatters)
        return cls(at, bandwidth, first, stop, *core, scatters)


class AnchoredCurve:
    """Linear interpolation from anchors to all points; the mean of two within `closest`.

    The first anchor of a scatter is its first point, and the curve is level from the last one on.
    """

    def __init__(
        self,
        x: FloatArray,
        anchors: IntArray,
        scatters: Scatters,
        closest: FloatArray | float = 0.0,
    ) -> None:
        self._anchors = anchors
        self._counts = np.diff(anchors, append=x.size)  # points from each anchor to the next
        self._last = np.flatnonzero(np.diff(scatters.of, append=-1))
        at = x[anchors]
        gap = np.diff(at, append=np.inf)
        gap[self._last] = np.inf
        apart = gap > closest
        self._share = x - self._spread(at)
        self._share /= self._spread(np.where(apart, gap, 1.0))
        if not apart.all():
            self._share[~self._spread(apart)] = 0.5

    def _spread(self, values: AnyArray) -> AnyArray:
        """Values of the anchor before each point, and at it."""
        return np.repeat(values, self._counts, axis=-1)

    def at_points(self, values: FloatArray) -> FloatArray:
        """Values of the curve at every point."""
        rise = np.zeros_like(values)
        np.subtract(values[..., 1:], values[..., :-1], out=rise[..., :-1])
        rise[..., self._last] = 0.0
        curve = self._spread(rise)
        curve *= self._share
        curve += self._spread(values)
        curve[..., self._anchors] = values
        return curve
