"""Roots and minima without derivatives, found at the points that R's algorithms try.

What is known only to a tolerance agrees between programs only if they try the same points: the
root and the minimum of Brent [1]_, and the simplex of Nelder and Mead [2]_ moved by the rules of
Nash [3]_, algorithm 19. SciPy's root and simplex end elsewhere, its minimum rounds differently and
so changes prior degrees of freedom by up to 2e-8 of them, and `scipy.optimize` is slow to load.

References
----------
.. [1] Brent RP (1973). Algorithms for Minimization without Derivatives. Prentice-Hall.
.. [2] Nelder JA, Mead R (1965). Comput J 7:308. https://doi.org/10.1093/comjnl/7.4.308
.. [3] Nash JC (1990). Compact Numerical Methods for Computers. Adam Hilger.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pylimma.record import Record
from pylimma.typing import FloatArray

_EPSILON = 2.0**-52
_GOLDEN = (3 - math.sqrt(5)) / 2
MINIMUM_TOLERANCE = _EPSILON**0.25
_MOST_STEPS = 1000

FIRST_STEP = 0.1  # of the largest starting value, along each axis
TOLERANCE = 2.0**-26  # difference between highest and lowest vertex, relative to the start
MOST_EVALUATIONS = 500
IMPOSSIBLE = 1e35  # stands for a value that is not finite


def bracketed_root(
    function: Callable[[float], float], lower: float, upper: float, tolerance: float
) -> float:
    """Where a continuous function crosses zero between two points of different sign."""
    # Inverse quadratic or linear interpolation, and bisection where that would be slow: [1] ch. 4.
    a, b = lower, upper
    fa, fb = function(a), function(b)
    c, fc = a, fa
    for _ in range(_MOST_STEPS):
        previous = b - a
        if abs(fc) < abs(fb):
            a, b, c = b, c, b
            fa, fb, fc = fb, fc, fb
        least = 2 * _EPSILON * abs(b) + tolerance / 2
        step = (c - b) / 2
        if abs(step) <= least or fb == 0:
            return b
        if abs(previous) >= least and abs(fa) > abs(fb):
            p, q = _interpolation(a, b, c, fa, fb, fc)
            if p < min(1.5 * step * q - abs(least * q) / 2, abs(previous * q / 2)):
                step = p / q
        if abs(step) < least:
            step = math.copysign(least, step)
        a, fa = b, fb
        b += step
        fb = function(b)
        if (fb > 0) == (fc > 0):
            c, fc = a, fa
    return b


def _interpolation(
    a: float, b: float, c: float, fa: float, fb: float, fc: float
) -> tuple[float, float]:
    """Step p/q from b, with p not negative, to the root of the interpolant."""
    if a == c:
        ratio = fb / fa
        p, q = (c - b) * ratio, 1 - ratio
    else:
        q, r, s = fa / fc, fb / fc, fb / fa
        p = s * ((c - b) * q * (q - r) - (b - a) * (r - 1))
        q = (q - 1) * (r - 1) * (s - 1)
    return (p, -q) if p > 0 else (-p, q)


def bounded_minimum(
    function: Callable[[float], float],
    lower: float,
    upper: float,
    tolerance: float = MINIMUM_TOLERANCE,
) -> float:
    """Where a function is smallest between two points, if it has one minimum there.

    The ends themselves are never tried.
    """
    # Parabolas through the three best points, and golden sections elsewhere: [1] ch. 5.
    a, b = lower, upper
    x = w = v = a + _GOLDEN * (b - a)
    fx = fw = fv = function(x)
    step = last = 0.0
    for _ in range(_MOST_STEPS):
        middle = (a + b) / 2
        least = math.sqrt(_EPSILON) * abs(x) + tolerance / 3
        if abs(x - middle) <= 2 * least - (b - a) / 2:
            return x
        p = q = r = 0.0
        if abs(last) > least:
            p, q = _parabola(x, w, v, fx, fw, fv)
            r, last = last, step
        if abs(p) >= abs(q * r / 2) or p <= q * (a - x) or p >= q * (b - x):
            last = (b if x < middle else a) - x
            step = _GOLDEN * last
        else:
            step = p / q
            if min(x + step - a, b - x - step) < 2 * least:
                step = least if x < middle else -least
        u = x + (step if abs(step) >= least else math.copysign(least, step))
        fu = function(u)
        if fu <= fx:
            a, b = (a, x) if u < x else (x, b)
            v, w, x, fv, fw, fx = w, x, u, fw, fx, fu
            continue
        a, b = (u, b) if u < x else (a, u)
        if fu <= fw or w == x:
            v, w, fv, fw = w, u, fw, fu
        elif fu <= fv or v in (x, w):
            v, fv = u, fu
    return x


def _parabola(x: float, w: float, v: float, fx: float, fw: float, fv: float) -> tuple[float, float]:
    """Step p/q from x, with q not negative, to the vertex through three points."""
    r = (x - w) * (fx - fv)
    q = (x - v) * (fx - fw)
    p = (x - v) * q - (x - w) * r
    q = 2 * (q - r)
    return (-p, q) if q > 0 else (p, -q)


@dataclass(frozen=True, slots=True, eq=False)
class Minimum(Record):
    """Where the simplex ended."""

    point: FloatArray  # (parameters,) the lowest vertex
    value: float  # the function there
    evaluations: int
    convergence: int  # 0 converged, 1 too many evaluations, 10 the simplex cannot shrink


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

    def lowest(self, so_far: int) -> int:
        """Vertex of the lowest value: the one so far, or the first of those below it."""
        first = int(np.argmin(self.values))
        return first if self.values[first] < self.values[so_far] else so_far

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
    low, convergence = 0, 1
    while simplex.evaluations <= MOST_EVALUATIONS:
        low, high = simplex.lowest(low), int(np.argmax(simplex.values))
        if simplex.values[high] <= simplex.values[low] + spread:
            convergence = 0
            break
        if not _move(simplex, low, high):
            convergence = 10
            break
    low = simplex.lowest(low)
    value = float(simplex.values[low])
    return Minimum(simplex.points[low].copy(), value, simplex.evaluations, convergence)


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
