"""Points in order on a line: their neighbourhoods, and curves known at a few of them.

Local lines are fitted at anchors, to the points around each, and the curve between the anchors is
interpolated. All points are sorted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pylimma.typing import FloatArray, IntArray


def ascending_order(x: FloatArray) -> IntArray:
    """Order that sorts points and keeps ties as they came."""
    order = np.argsort(x)  # much the faster sort, and the stable one if nothing is tied
    if np.any(np.diff(x[order]) == 0):
        order = np.argsort(x, kind="stable")
    return order


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
    n = x.size
    low = np.broadcast_to(np.asarray(low, dtype=np.intp), at.shape)
    high = np.broadcast_to(np.asarray(n - size if high is None else high, dtype=np.intp), at.shape)
    while np.any(low < high):
        middle = (low + high) // 2
        beyond = np.minimum(middle + size, n - 1)
        moves = (low < high) & (at - x[middle] >= x[beyond] - at)
        low = np.where(moves, middle + 1, low)
        high = np.where(moves, high, middle)
    return low


def nearest_distance(x: FloatArray, at: FloatArray, rank: int) -> FloatArray:
    """Distances to the neighbours of a given rank."""
    first = nearest_window(x, at, rank)
    return np.maximum(at - x[first], x[first + rank - 1] - at)


def points_within(x: FloatArray, at: FloatArray, distance: FloatArray) -> tuple[IntArray, IntArray]:
    """Ranges of the points within a distance of positions."""
    return _left_end(x, at, distance), x.size - _left_end(-x[::-1], -at, distance)


def _left_end(x: FloatArray, at: FloatArray, distance: FloatArray) -> IntArray:
    """First points with ``at - x <= distance``, as the differences round."""
    first = np.searchsorted(x, at - distance)
    while True:
        before, here = x[np.maximum(first - 1, 0)], x[np.minimum(first, x.size - 1)]
        closer = (first > 0) & (at - before <= distance)
        farther = (first < x.size) & (at - here > distance)
        if not (closer.any() or farther.any()):
            return first
        first = np.where(closer, np.searchsorted(x, before), first)
        first = np.where(farther, np.searchsorted(x, here, side="right"), first)


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """Where local lines are fitted, and to which points."""

    at: FloatArray  # (anchors,) positions, ascending
    # (anchors,) distance at which the kernel ends; where it is 0 the kernel is one throughout
    bandwidth: FloatArray
    # (anchors,) the points `first` to `stop` - 1 enter, and from `core_first` to `core_stop` - 1
    # with kernel one
    first: IntArray
    stop: IntArray
    core_first: IntArray
    core_stop: IntArray

    @classmethod
    def within(cls, x: FloatArray, at: FloatArray, bandwidth: FloatArray) -> Neighbourhoods:
        """Neighbourhoods of all points within a bandwidth."""
        first, stop = points_within(x, at, bandwidth)
        return cls(at, bandwidth, first, stop, first, first)

    @classmethod
    def clipped(cls, x: FloatArray, at: FloatArray, bandwidth: FloatArray) -> Neighbourhoods:
        """Neighbourhoods with kernel one up to 0.001 and zero beyond 0.999 bandwidths."""
        ends, core = (points_within(x, at, share * bandwidth) for share in (0.999, 0.001))
        return cls(at, bandwidth, *ends, *core)


class AnchoredCurve:
    """Linear interpolation from anchors to all points; the mean of two within `closest`."""

    def __init__(self, x: FloatArray, anchors: IntArray, closest: float = 0.0) -> None:
        ends = np.append(anchors, x.size)
        self._anchors = anchors
        self._left = np.repeat(np.arange(anchors.size), np.diff(ends))
        self._right = np.minimum(self._left + 1, anchors.size - 1)
        at = x[anchors]
        gap = np.diff(at, append=at[-1])
        apart = gap > closest
        share = np.divide(x - at[self._left], np.where(apart, gap, 1.0)[self._left])
        self._share = np.where(apart[self._left], share, 0.5)
        self._share[anchors[-1] :] = 0.0

    def at_points(self, values: FloatArray) -> FloatArray:
        """Values of the curve at every point."""
        rise = np.diff(values, append=values[-1])
        curve = rise[self._left]
        curve *= self._share
        curve += values[self._left]
        curve[self._anchors] = values
        return curve
