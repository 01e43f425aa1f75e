r"""Tails of the beta distribution whose shape b is half a whole number, by elementary terms.

They are the tails of Student's t and of F on whole numerator degrees of freedom. From
:math:`I_x(a, \tfrac12)`, or :math:`I_x(a, 1) = x^a`, the recurrence in b adds terms that are all
positive ([1] 8.17.21). With :math:`l = -\log x`, :math:`\nu = a - \tfrac14` and :math:`u = \nu l`,

.. math::
    I_x(a, \tfrac12) = \mathrm{erfc}\sqrt u + \sqrt{u/\pi}\, e^{-u}
    \sum_m \frac{E_{m+1}}{E_0} \frac{u + 2m + 3/2}{4\nu^2} (l/2)^{2m}

for large a and small l: the expansion of [2] section 9 sorted by powers of l, with coefficients
:math:`E_k` of :math:`\nu` alone. A small a is raised first ([1] 8.17.20), by the first terms of the
power series that serves where l is large. Each value depends on its own arguments alone, to the
bit.

References
----------
.. [1] NIST Digital Library of Mathematical Functions, 8.17. https://dlmf.nist.gov
.. [2] DiDonato AR, Morris AH (1992). ACM Trans Math Softw 18:360. https://doi.org/10.1145/131766.131776
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import special

from pylimma.typing import BoolArray, FloatArray

_TERMS = 10  # of the expansion, which reach double precision in its range
_LARGE_A = 10.0  # from here the expansion serves
_SMALL_A = 5.0
_HALF = 0.5
_RAISED = 10  # by which a smaller a is raised, and half as far one of medium size
_NEAR = 0.9  # largest l for the expansion
_SERIES = 42  # terms of the power series beyond; each is below exp(-0.9) of the one before
_MOST_B, _MOST_A = 25.0, 1e10  # within which no term overflows
_SMALLEST = 1e-280  # smaller tails are computed by their logarithms


def _expansion_weights() -> tuple[float, ...]:
    """Coefficients of (sinh(l/2) / (l/2))^(b - 1) for b = 1/2, [2] section 9."""
    p = [1.0]
    for n in range(1, _TERMS + 1):
        total = -0.5 / math.factorial(2 * n + 1)
        for m in range(1, n):
            total += (0.5 * m - n) / n * p[n - m] / math.factorial(2 * m + 1)
        p.append(total)
    return tuple(p)


_WEIGHTS = _expansion_weights()


class _Region(NamedTuple):
    """A part of the plane of a and odds."""

    near: bool  # whether l is small enough for the expansion
    n_terms: int  # of the power series: what a is raised by, or all
    raised: int  # what makes a large


def is_usual(a: FloatArray, b: FloatArray) -> BoolArray:
    """Where these terms serve."""
    half_integer = np.rint(2 * b) == 2 * b
    return half_integer & (b > 0) & (b <= _MOST_B) & (a > 0) & (a <= _MOST_A)


def half_integer_tail(a: FloatArray, b: FloatArray, odds: FloatArray) -> FloatArray:
    r"""Regularised incomplete beta function at :math:`x = 1/(1+q)`, down to denormals."""
    result = _by_region(a, b, odds, log=False)
    far = result < _SMALLEST
    if far.any():
        result[far] = np.exp(_by_region(a[far], b[far], odds[far], log=True))
    return result


def log_half_integer_tail(a: FloatArray, b: FloatArray, odds: FloatArray) -> FloatArray:
    """Logarithm of the tail, whose relative precision is lost where the tail is near one."""
    return _by_region(a, b, odds, log=True)


def _by_region(a: FloatArray, b: FloatArray, odds: FloatArray, *, log: bool) -> FloatArray:
    """Values from the part of the plane each belongs to; what all have in common is done once."""
    result = np.empty(odds.shape)
    if not odds.size:
        return result
    one_a = float(a[0]) if a.min() == a.max() else None
    near, large, small = odds < math.expm1(_NEAR), a >= _LARGE_A, a < _SMALL_A
    regions = {
        _Region(near=True, n_terms=0, raised=0): near & large,
        _Region(near=True, n_terms=_RAISED // 2, raised=_RAISED // 2): near & ~large & ~small,
        _Region(near=True, n_terms=_RAISED, raised=_RAISED): near & small,
        _Region(near=False, n_terms=_SERIES, raised=0): ~near & large,
        _Region(near=False, n_terms=_SERIES, raised=_RAISED): ~near & ~large,
    }
    for half in [b[0]] if b.min() == b.max() else np.unique(b):
        for region, where in regions.items():
            at = np.flatnonzero(where & (b == half))
            if at.size == odds.size:
                return _tail(one_a or a, float(half), odds, region, log=log)
            if at.size:
                result[at] = _tail(one_a or a[at], float(half), odds[at], region, log=log)
    return result


def _tail(
    a: FloatArray | float, b: float, odds: FloatArray, region: _Region, *, log: bool
) -> FloatArray:
    """The tail or its logarithm in one region: erfc(sqrt(u)) + exp(-u) excess + x**a rest."""
    neg_log_x, x = np.log1p(odds), 1 / (1 + odds)
    y = odds * x if region.near else 1 - x
    power = -a * neg_log_x
    if b % 1 == 0:
        rest = _raised_in_b(1.0, a * y, a, 1.0, b, y)
        return np.asarray(np.log(rest) + power if log else np.exp(power) * rest)
    rest = 0.0
    if region.n_terms or b > _HALF:
        first = _leading(a, region.raised) * np.sqrt(y)
        rest = first * _power_series(a, x, region.n_terms) if region.n_terms else 0.0
        rest = _raised_in_b(rest, 2 * a * first, a, _HALF, b, y)
    tail = 0.0 if log or isinstance(rest, float) else np.exp(power) * rest
    if region.near:
        root_u, excess = _expansion(a + region.n_terms - 0.25, neg_log_x)
        if log:
            beyond = np.exp((0.25 - region.n_terms) * neg_log_x)
            rest = rest + beyond * (special.erfcx(root_u) + excess)
        else:
            tail = special.erfc(root_u) + (np.exp(-root_u * root_u) * excess + tail)
    return np.asarray(np.log(rest) + power if log else tail)


def _expansion(nu: FloatArray | float, neg_log_x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The root of u, and the sum behind erfc over exp(-u)."""
    u, z = nu * neg_log_x, neg_log_x * neg_log_x / 4
    scale, total, term = 1 / (4 * nu * nu), np.zeros(u.shape), np.empty(u.shape)
    e: FloatArray | float = _WEIGHTS[-1]
    for m in reversed(range(_TERMS)):
        total *= z
        np.add(u, 2 * m + 1.5, out=term)
        term *= e  # E_{m+1}
        total += term
        e = _next_coefficient(m, scale, e)
    root = np.sqrt(u)
    total *= root
    total *= scale / math.sqrt(math.pi) / e
    return root, total


def _next_coefficient(
    k: int, scale: FloatArray | float, e: FloatArray | float
) -> FloatArray | float:
    """E_k = p_k + (2k + 1/2)(2k + 3/2) / (4 nu²) E_{k+1}."""
    return e * scale * ((2 * k + 0.5) * (2 * k + 1.5)) + _WEIGHTS[k]


def _leading(a: FloatArray | float, raised: int) -> FloatArray | float:
    """Gamma(a + 1/2) / (Gamma(a + 1) Gamma(1/2)), which is 1 / (a B(a, 1/2))."""
    # the expansion is one at u = 0, so that E_0 = sqrt(nu) Gamma(a) / Gamma(a + 1/2) for large a
    nu = a + (raised - 0.25)
    scale = 1 / (4 * nu * nu)
    e: FloatArray | float = _WEIGHTS[-1]
    for k in reversed(range(_TERMS)):
        e = _next_coefficient(k, scale, e)
    value = np.sqrt(nu / math.pi) / ((a + raised) * e)
    for j in range(raised):
        value = value * ((a + (j + 1)) / (a + (j + 0.5)))
    return value if isinstance(a, np.ndarray) else float(value)


def _power_series(a: FloatArray | float, x: FloatArray, n_terms: int) -> FloatArray:
    """First terms of a x^-a (1-x)^-1/2 B(a, 1/2) I_x(a, 1/2), a power series in x."""
    total, ratio = np.ones(x.shape), np.empty(x.shape)
    for k in reversed(range(1, n_terms)):
        np.multiply(x, 1 - _HALF / (a + k), out=ratio)
        total *= ratio
        total += 1.0
    return total


def _raised_in_b(
    total: FloatArray | float,
    term: FloatArray,
    a: FloatArray | float,
    start: float,
    b: float,
    y: FloatArray,
) -> FloatArray | float:
    """The `total` at b = `start` with the terms added that lead to b, over x**a."""
    while start < b:
        total = total + term
        term = term * (y * ((a + start) / (start + 1)))
        start += 1
    return total
