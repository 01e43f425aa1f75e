"""Roots and minima of functions of one variable on an interval, without derivatives.

Both follow Brent RP (1973), Algorithms for Minimization without Derivatives, chapters 4
and 5, down to his choice of points, so that an estimate known only to the tolerance is the
same wherever the algorithm is used.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_EPSILON = 2.0**-52
_GOLDEN = (3 - math.sqrt(5)) / 2
MINIMUM_TOLERANCE = _EPSILON**0.25
_MOST_STEPS = 1000


def bracketed_root(
    function: Callable[[float], float], lower: float, upper: float, tolerance: float
) -> float:
    """Where a function crosses zero between two points of different sign.

    Inverse quadratic or linear interpolation, and bisection where that would be slow.
    """
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

    Parabolas through the three best points, and golden sections where they do not help. The
    ends themselves are never tried.
    """
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
