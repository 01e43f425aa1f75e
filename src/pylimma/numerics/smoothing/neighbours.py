"""Points in order on a line, and the nearest neighbours of positions."""

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
    """First points of the windows that hold the nearest neighbours.

    Among windows of `size` consecutive points, the one of the nearest points is the first
    whose left end is closer than the point beyond its right end. This condition is
    monotone in the window's place, so the place is found by bisection.
    """
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
    first: IntArray  # (anchors,) the points `first` to `stop` - 1 enter
    stop: IntArray  # (anchors,) the points `first` to `stop` - 1 enter
    core_first: IntArray  # (anchors,) the points between these have kernel one
    core_stop: IntArray  # (anchors,) the points between these have kernel one

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
