"""Minimisation by a simplex, in the version of Nash.

Derivative-free minima of functions of few parameters are known only as well as the stopping
rule says, so that results can be compared between programs only if the simplex is moved by
the same rules: those of [1]_, algorithm 19, after [2]_.

References
----------
.. [1] Nash JC (1990). Compact Numerical Methods for Computers. Adam Hilger.
.. [2] Nelder JA, Mead R (1965). Comput J 7:308. https://doi.org/10.1093/comjnl/7.4.308
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pylimma.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from pylimma.typing import FloatArray

FIRST_STEP = 0.1  # of the largest starting value, along each axis
TOLERANCE = 2.0**-26  # difference between highest and lowest vertex, relative to the start
MOST_EVALUATIONS = 500
IMPOSSIBLE = 1e35  # stands for a value that is not finite


@dataclass(frozen=True, slots=True, eq=False)
class Minimum(Record):
    """Where the simplex ended."""

    point: FloatArray  # (parameters,) the lowest vertex
    value: float  # the function there


class _Simplex:
    """Vertices of a simplex, of shape (parameters + 1, parameters), and their values."""

    def __init__(self, function: Callable[[FloatArray], float], start: FloatArray) -> None:
        self.function = function
        self.evaluations = 0
        step = FIRST_STEP * np.abs(start).max() or FIRST_STEP
        self.points = np.vstack([start, start + step * np.eye(len(start))])
        self.values = np.array([self.value(point) for point in self.points])
        self.size = self._extent()

    def value(self, point: FloatArray) -> float:
        """Evaluate the function once."""
        self.evaluations += 1
        value = float(self.function(point))
        return value if np.isfinite(value) else IMPOSSIBLE

    def replace(self, vertex: int, point: FloatArray, value: float) -> None:
        """Move a vertex."""
        self.points[vertex] = point
        self.values[vertex] = value

    def shrink(self, low: int) -> bool:
        """Halve all distances to the lowest vertex; whether the simplex became smaller."""
        for vertex in range(len(self.points)):
            if vertex != low:
                self.points[vertex] = (
                    0.5 * (self.points[vertex] - self.points[low]) + self.points[low]
                )
        before, self.size = self.size, self._extent()
        for vertex in range(len(self.points)):
            if vertex != low:
                self.values[vertex] = self.value(self.points[vertex])
        return self.size < before

    def _extent(self) -> float:
        return float(np.abs(self.points - self.points[0]).sum())


def nelder_mead(function: Callable[[FloatArray], float], start: FloatArray) -> Minimum:
    """Point near the start at which a function is smallest."""
    simplex = _Simplex(function, np.asarray(start, dtype=float))
    spread = TOLERANCE * (abs(simplex.values[0]) + TOLERANCE)
    while simplex.evaluations <= MOST_EVALUATIONS:
        low, high = int(np.argmin(simplex.values)), int(np.argmax(simplex.values))
        if simplex.values[high] <= simplex.values[low] + spread or not _move(simplex, low, high):
            break
    low = int(np.argmin(simplex.values))
    return Minimum(simplex.points[low].copy(), float(simplex.values[low]))


def _move(simplex: _Simplex, low: int, high: int) -> bool:
    """Reflect, expand, contract or shrink; False when the simplex can get no smaller."""
    n_parameters = simplex.points.shape[1]
    centroid = (simplex.points.sum(axis=0) - simplex.points[high]) / n_parameters
    reflected = 2 * centroid - simplex.points[high]
    value = simplex.value(reflected)
    if value < simplex.values[low]:
        expanded = 2 * reflected - centroid
        further = simplex.value(expanded)
        if further < value:
            reflected, value = expanded, further
        simplex.replace(high, reflected, value)
        return True
    improved = value < simplex.values[high]
    if improved:
        simplex.replace(high, reflected, value)
    contracted = 0.5 * simplex.points[high] + 0.5 * centroid
    value = simplex.value(contracted)
    if value < simplex.values[high]:
        simplex.replace(high, contracted, value)
        return True
    return improved or simplex.shrink(low)
