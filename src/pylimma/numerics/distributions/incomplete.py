r"""Tails of the beta and gamma distributions, in linear and log scale, however small.

Every tail of Student's t, F, chi-squared and gamma is one of

.. math:: I_x(a, b), \qquad P(a, x), \qquad Q(a, x),

the regularised incomplete beta and gamma functions. Where these can be represented SciPy
computes them. Beyond, each is its leading term times a continued fraction or a series that
converges fast in the far tail, and the logarithm of the leading term is formed by deviances
[2]_, so that no two large logarithms cancel.

Shapes are positive and all arguments vectors of one length. The beta distribution is given its
odds :math:`q = (1-x)/x`, from 0 to infinity, which keep their digits near both ends of :math:`x`.

References
----------
.. [1] NIST Digital Library of Mathematical Functions, 8.7, 8.9 and 8.17. https://dlmf.nist.gov
.. [2] Loader C (2000). Fast and accurate computation of binomial probabilities.
.. [3] DiDonato AR, Morris AH (1992). ACM Trans Math Softw 18:360. https://doi.org/10.1145/131766.131776
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy import special

from pylimma.numerics.distributions.half_integers import (
    half_integer_tail,
    is_usual,
    log_half_integer_tail,
)
from pylimma.numerics.distributions.special import log_shortfall, stirling_error
from pylimma.typing import AnyArray, FloatArray

Kernel: TypeAlias = Callable[..., FloatArray]  # takes and returns vectors of one length

_NEAR_ONE = math.log(0.99)  # from here logarithms are taken of the other tail
_REPRESENTED = 1e-280  # smaller tails are computed by their logarithms
_LARGE_SHAPE = 1e4  # from here rounding of x alone would cost digits of x**a
_GAMMA_SHAPE = 10.0  # largest b, and largest odds, for the expansion by Q(b, u)
_GAMMA_ODDS = 0.05
_GAMMA_U = 600.0  # from here the tail nears the smallest double
_GAMMA_TERMS = 5
_ERF = 0.5  # the shape at which the gamma distribution is that of a squared normal variable
_CENTRE = 2.0  # standard deviations up to which the other tail is subtracted from one
_MOST_TERMS = 20_000
_TINY = 1e-300  # stands in for a zero denominator (modified Lentz)
_PRECISION = 2.0**-52


def log_beta_tail(a: FloatArray, b: FloatArray, odds: FloatArray) -> FloatArray:
    r"""Logarithm of the regularised incomplete beta function at :math:`x = 1/(1+q)`."""
    return _where_usual(_log_usual_beta, _log_general_beta, a, b, odds)


def beta_tail(a: FloatArray, b: FloatArray, odds: FloatArray) -> FloatArray:
    r"""Regularised incomplete beta function at :math:`x = 1/(1+q)`, down to denormals."""
    return _where_usual(half_integer_tail, _general_beta, a, b, odds)


def _where_usual(
    usual: Kernel, general: Kernel, a: FloatArray, b: FloatArray, odds: FloatArray
) -> FloatArray:
    """Values of one function where b is half a whole number, and of another elsewhere."""
    where = is_usual(a, b)
    if where.all():
        return usual(a, b, odds)
    result = np.empty(odds.shape)
    for at, kernel in ((where, usual), (~where, general)):
        if at.any():
            result[at] = kernel(a[at], b[at], odds[at])
    return result


def _log_usual_beta(a: FloatArray, b: FloatArray, odds: FloatArray) -> FloatArray:
    result = log_half_integer_tail(a, b, odds)
    centre = result > _NEAR_ONE
    if centre.any():  # by the other tail, which is the smaller
        with np.errstate(divide="ignore"):
            other = _represented_beta(b[centre], a[centre], 1 / odds[centre])
            result[centre] = np.log1p(-other)
    return result


def _log_general_beta(a: FloatArray, b: FloatArray, odds: FloatArray) -> FloatArray:
    return _log_of_tail(*_beta_tails(a, b, odds), lambda at: _far_beta(a[at], b[at], odds[at]))


def _general_beta(a: FloatArray, b: FloatArray, odds: FloatArray) -> FloatArray:
    direct, other = _beta_tails(a, b, odds)
    return np.where(np.isnan(direct), 1 - other, direct)


def log_gamma_upper(a: FloatArray, x: FloatArray) -> FloatArray:
    """Logarithm of the regularised upper incomplete gamma function."""
    upper, lower = special.gammaincc(a, x), special.gammainc(a, x)
    upper[upper > lower] = np.nan
    return _log_of_tail(upper, lower, lambda at: _far_upper_gamma(a[at], x[at]))


def log_gamma_lower(a: FloatArray, x: FloatArray) -> FloatArray:
    """Logarithm of the regularised lower incomplete gamma function."""
    lower, upper = special.gammainc(a, x), special.gammaincc(a, x)
    lower[lower > upper] = np.nan
    return _log_of_tail(lower, upper, lambda at: _far_lower_gamma(a[at], x[at]))


def gamma_upper(a: FloatArray, x: FloatArray) -> FloatArray:
    """Regularised upper incomplete gamma function Q(a, x), down to denormals."""
    upper = _usual_upper_gamma(a, x)
    far = upper < _REPRESENTED
    if far.any():
        upper[far] = np.exp(_far_upper_gamma(a[far], x[far]))
    return upper


def gamma_lower(a: FloatArray, x: FloatArray) -> FloatArray:
    """Regularised lower incomplete gamma function P(a, x), down to denormals."""
    lower: FloatArray = special.gammainc(a, x)
    far = lower < _REPRESENTED
    if far.any():
        lower[far] = np.exp(_far_lower_gamma(a[far], x[far]))
    return lower


def _log_of_tail(
    direct: FloatArray, other: FloatArray, far: Callable[[AnyArray], FloatArray]
) -> FloatArray:
    """Log of a tail known directly or (where that is NaN) as one minus the other."""
    with np.errstate(divide="ignore", invalid="ignore"):
        result = np.where(np.isnan(direct), np.log1p(-other), np.log(direct))
    at = direct < _REPRESENTED
    if at.any():
        result[at] = far(at)
    return result


def _beta_tails(a: FloatArray, b: FloatArray, odds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """I_x(a, b) where it is the smaller tail, and I_{1-x}(b, a) elsewhere; each NaN otherwise."""
    tail = odds >= b / a * (1 + _CENTRE / np.sqrt(b))
    central = odds < b / a * (1 + _CENTRE / np.sqrt(b))
    direct, other = np.full(odds.shape, np.nan), np.full(odds.shape, np.nan)
    near_gamma = (a > _LARGE_SHAPE) & (b <= _GAMMA_SHAPE)
    near_gamma &= odds < np.minimum(_GAMMA_ODDS, _GAMMA_U / a)
    if near_gamma.any():
        upper, lower = _gamma_tails(a[near_gamma], b[near_gamma], odds[near_gamma])
        direct[near_gamma] = np.where(tail[near_gamma], upper, np.nan)
        other[near_gamma] = np.where(central[near_gamma], lower, np.nan)
        tail, central = tail & ~near_gamma, central & ~near_gamma
    with np.errstate(divide="ignore"):
        direct[tail] = _represented_beta(a[tail], b[tail], odds[tail])
        other[central] = _represented_beta(b[central], a[central], 1 / odds[central])
    return direct, other


def _gamma_tails(a: FloatArray, b: FloatArray, odds: FloatArray) -> tuple[FloatArray, FloatArray]:
    r"""I_x(a, b) and I_{1-x}(b, a) for large a, by an expansion around the gamma distribution."""
    # [3] section 9: with c = a + (b - 1)/2, l = -log x and u = cl,
    # I_x(a, b) = Q(b, u) S(u)/S(0), S(u) = sum p_n K_n(u), K_0 = 1,
    # 4c² K_{n+1} = (b + 2n)(b + 2n + 1) K_n + (u + b + 2n + 1) (l/2)^{2n} h(u),
    # h = u^b e^{-u} / (Gamma(b) Q(b, u)); the excess S(u) - S(0) is summed without cancellation.
    log_odds = np.log1p(odds)
    u = (a + (b - 1) / 2) * log_odds
    scale, square = 4 * (a + (b - 1) / 2) ** 2, log_odds**2 / 4
    upper = _usual_upper_gamma(b, u)
    lower: FloatArray = special.erf(np.sqrt(u)) if (b == _ERF).all() else special.gammainc(b, u)
    density = np.exp(b * np.log(u) - u - special.gammaln(b))
    hazard = density / np.maximum(upper, _REPRESENTED)
    weights, excess = [np.ones(a.size)], np.zeros(a.size)
    at_zero, beyond, power = np.ones(a.size), np.zeros(a.size), hazard
    start = np.ones(a.size)
    for n in range(1, _GAMMA_TERMS):
        growth = (b + 2 * n - 2) * (b + 2 * n - 1)
        beyond = (growth * beyond + (u + b + 2 * n - 1) * power) / scale
        at_zero, power = growth * at_zero / scale, power * square
        weight = _gamma_weight(n, b, weights)
        weights.append(weight)
        excess += weight * beyond
        start += weight * at_zero
    excess /= start
    return upper * (1 + excess), lower - upper * excess


def _usual_upper_gamma(b: FloatArray, u: FloatArray) -> FloatArray:
    """Q(b, u); for one small half-integer b by the recurrence from Q(1/2, u) or Q(1, u)."""
    first = float(b[0]) if b.size else 0.0
    half_integer = 0 < first <= _GAMMA_SHAPE and (2 * first).is_integer()
    if not half_integer or b.min() < b.max() or np.isinf(u).any():
        upper: FloatArray = special.gammaincc(b, u)
        return upper
    order, root = 1 - first % 1, np.sqrt(u)
    upper, term = (np.exp(-u), u) if order == 1 else (special.erfc(root), root)
    term = term * np.exp(-u) / math.gamma(order + 1)
    while order < first:  # Q(s + 1, u) = Q(s, u) + u^s e^{-u} / Gamma(s + 1)
        upper, order = upper + term, order + 1
        term = term * u / order
    return upper


def _gamma_weight(n: int, b: FloatArray, weights: list[FloatArray]) -> FloatArray:
    """Coefficient p_n of the expansion around the gamma distribution."""
    total = (b - 1) / math.factorial(2 * n + 1)
    for m in range(1, n):
        total = total + (m * b - n) / n * weights[n - m] / math.factorial(2 * m + 1)
    return total


def _represented_beta(a: FloatArray, b: FloatArray, odds: FloatArray) -> FloatArray:
    """I_x(a, b) by SciPy, or by the continued fraction where that loses digits."""
    x = 1 / (1 + odds)
    result: FloatArray = special.betainc(a, b, x).astype(float, copy=False)
    large = np.maximum(a, b) > _LARGE_SHAPE
    tail = odds * (a + 1) > b + 1  # the fraction converges fast on this side
    at = np.flatnonzero((result < _REPRESENTED) | (large & tail))
    if at.size:
        result[at] = np.exp(_far_beta(a[at], b[at], odds[at]))
    at = np.flatnonzero(large & ~tail)
    if at.size:
        result[at] = -np.expm1(_far_beta(b[at], a[at], 1 / odds[at]))
    return result


def _far_beta(a: FloatArray, b: FloatArray, odds: FloatArray) -> FloatArray:
    return log_beta_kernel(a, b, odds) - np.log(_beta_fraction(a, b, odds))


def log_beta_kernel(a: FloatArray, b: FloatArray, odds: FloatArray) -> FloatArray:
    r"""Log of :math:`x^a (1-x)^b / B(a, b)`, minus the slope of :math:`I_x(a, b)` in log odds."""
    # With x = (1 + u) a/(a + b) and 1 - x = (1 + v) b/(a + b) the exponent is
    # -a (u - log(1 + u)) - b (v - log(1 + v)), because au + bv = 0.
    x = 1 / (1 + odds)
    far = np.isinf(odds)
    y = np.where(far, 1.0, odds * x)
    u = np.where(far, -1.0, (b / a - odds) * x)
    v = np.where(far, a / b, (a * odds / b - 1) * x)
    deviance = a * log_shortfall(x * (1 + b / a), u) + b * log_shortfall(y * (1 + a / b), v)
    stirling = stirling_error(a + b) - stirling_error(a) - stirling_error(b)
    return 0.5 * np.log(a / (a + b) * b / (2 * math.pi)) + stirling - deviance


def _beta_fraction(a: FloatArray, b: FloatArray, odds: FloatArray) -> FloatArray:
    r"""Kernel over tail, :math:`x^a (1-x)^b / (B(a, b) I_x(a, b))`, by a continued fraction."""
    # The even part of [1] 8.17.22 in the form of [3]: its first term, a (l + 1)/(a + 1) with
    # l = a - (a + b) x = (aq - b) x, has no cancellation however large a is.
    x = 1 / (1 + odds)
    excess = np.where(np.isinf(odds), a, (a * odds - b) * x)

    def step(n: int, at: AnyArray) -> tuple[FloatArray, FloatArray]:
        a_n, b_n, x_n = a[at], b[at], x[at]
        middle = a_n + abs(2 * n - 1)  # the size matters for n = 0 alone, where it is not used
        share = n * (b_n - n) * x_n / middle
        numerator = (a_n + n - 1) * (a_n + b_n + n - 1) / middle * x_n * share
        rest = excess[at] + 1 + n * (2 - x_n)
        return numerator, n + share + (a_n + n) / (a_n + 2 * n + 1) * rest

    return _fraction(step, a.size)


def _far_upper_gamma(a: FloatArray, x: FloatArray) -> FloatArray:
    """Log of Q(a, x) by Legendre's continued fraction, [1] 8.9.2 in even form."""

    def step(k: int, at: AnyArray) -> tuple[FloatArray, FloatArray]:
        return k * (a[at] - k), x[at] + 2 * k + 1 - a[at]

    tail = log_gamma_kernel(a, x) - np.log(_fraction(step, a.size))
    return np.where(np.isinf(x), -np.inf, tail)


def _far_lower_gamma(a: FloatArray, x: FloatArray) -> FloatArray:
    """Log of P(a, x) by the series [1] 8.7.1 in the form of 8.5.1, all terms positive."""
    total, term, at = np.ones(a.size), np.ones(a.size), np.arange(a.size)
    for k in range(1, _MOST_TERMS):
        term[at] *= x[at] / (a[at] + k)
        total[at] += term[at]
        at = at[term[at] > _PRECISION * total[at]]
        if at.size == 0:
            break
    return log_gamma_kernel(a, x) - np.log(a) + np.log(total)


def log_gamma_kernel(a: FloatArray, x: FloatArray) -> FloatArray:
    r"""Log of :math:`x^a e^{-x} / \Gamma(a)`, the slope of :math:`P(a, x)` in :math:`\log x`."""
    deviance = np.where(np.isinf(x), np.inf, a * log_shortfall(x / a, (x - a) / a))
    return 0.5 * np.log(a / (2 * math.pi)) - stirling_error(a) - deviance


def _fraction(
    step: Callable[[int, AnyArray], tuple[FloatArray, FloatArray]], size: int
) -> FloatArray:
    """Value of b0 + a1/(b1 + a2/(b2 + …)) by the modified Lentz method.

    `step` gives (a_k, b_k) at the positions it is handed: those that have not converged.
    """
    at = np.arange(size)
    value = step(0, at)[1].astype(float)
    value[value == 0] = _TINY
    c, d = value.copy(), np.zeros(size)
    for k in range(1, _MOST_TERMS):
        numerator, denominator = step(k, at)
        d[at] = denominator + numerator * d[at]
        c[at] = denominator + numerator / c[at]
        d[d == 0] = _TINY
        c[c == 0] = _TINY
        d[at] = 1 / d[at]
        change = c[at] * d[at]
        value[at] *= change
        at = at[np.abs(change - 1) > _PRECISION]
        if at.size == 0:
            break
    return value
