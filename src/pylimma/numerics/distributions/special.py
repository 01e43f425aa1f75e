"""Special functions of gamma and hyperbolic type, computed without cancellation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pylimma.arguments import numbers
from pylimma.typing import FloatArray

_ASYMPTOTIC_FROM = 8.0  # from here seven terms of the Stirling series reach full precision
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_SMALL, _LARGE = 1e-6, 1e7  # values of trigamma beyond which its leading term is enough
_NEWTON_STEPS = 50  # about six are needed
_CONVERGED = 1e-8  # of the solution; quadratic: the next step is below rounding
_ATANH = tuple(1 / (2 * k + 3) for k in range(17))  # artanh(s) = s + s³ (1/3 + s²/5 + …)


def _powers(coefficients: tuple[float, ...], z: FloatArray) -> FloatArray:
    total = np.zeros_like(z)
    for coefficient in reversed(coefficients):
        total = total * z + coefficient
    return total


def logmdigamma(x: ArrayLike) -> FloatArray:
    r"""Difference of logarithm and digamma function, :math:`\log x - \psi(x)`.

    Parameters
    ----------
    x : array
        Positive values.

    Returns
    -------
    array of the shape of `x`
        The difference, to full relative precision; 0 at infinity.

    Notes
    -----
    The expected logarithm of a mean square on :math:`d` degrees of freedom lies below the
    logarithm of its expectation by this function at :math:`d/2`. For large arguments the
    asymptotic series :math:`1/(2x) + \sum_k B_{2k}/(2k x^{2k})` replaces the difference of
    two nearly equal terms.

    Examples
    --------
    >>> from pylimma import logmdigamma
    >>> float(logmdigamma(0.5).round(6))
    1.270363
    """
    x = numbers(x, "x")
    with np.errstate(all="ignore"):
        inverse = 1 / np.maximum(x, _ASYMPTOTIC_FROM)
        series = inverse * (0.5 + inverse * _powers(_DIGAMMA, inverse * inverse))
        direct: FloatArray = np.log(x) - special.psi(x)
        return np.where(x >= _ASYMPTOTIC_FROM, series, direct)


def trigamma(x: ArrayLike) -> FloatArray:
    r"""Trigamma function :math:`\psi'(x)`, the variance of a log gamma variable; 0 at infinity."""
    x = np.asarray(x, float)
    return np.where(np.isinf(x), 0.0, special.zeta(2.0, np.where(np.isinf(x), 1.0, x)))


def trigamma_inverse(x: ArrayLike) -> FloatArray:
    r"""Solution :math:`y` of :math:`\psi'(y) = x`.

    Parameters
    ----------
    x : array
        Values of the trigamma function. NaN stays NaN.

    Returns
    -------
    array of the shape of `x`
        The arguments; infinite where `x` is 0, NaN where it is negative.

    Notes
    -----
    :math:`1/\psi'` is convex and nearly linear, so that Newton's method on
    :math:`1/\psi'(y) = 1/x` from :math:`\tfrac12 + 1/x` converges monotonically [1]_. Beyond
    1e7 and below 1e-6 the leading terms :math:`1/\sqrt x` and :math:`1/x` are used.

    References
    ----------
    .. [1] Smyth GK (2004). Stat Appl Genet Mol Biol 3:3. https://doi.org/10.2202/1544-6115.1027

    Examples
    --------
    >>> import numpy as np
    >>> from pylimma import trigamma_inverse
    >>> float(trigamma_inverse(np.pi**2 / 6))
    1.0
    """
    x = numbers(x, "x")
    with np.errstate(all="ignore"):
        result = np.where(x > _LARGE, 1 / np.sqrt(x), 1 / x)
    result = np.where(x < 0, np.nan, result)
    middle = (x >= _SMALL) & (x <= _LARGE)
    if not middle.any():
        return result
    target = x[middle]
    y = 0.5 + 1 / target
    for _ in range(_NEWTON_STEPS):
        value = special.zeta(2.0, y)
        step = value * (1 - value / target) / (-2 * special.zeta(3.0, y))
        y = y + step
        if np.max(-step / y) < _CONVERGED:
            break
    result[middle] = y
    return result


def logcosh(x: ArrayLike) -> FloatArray:
    r"""Logarithm of the hyperbolic cosine, without overflow or cancellation.

    Parameters
    ----------
    x : array
        Any values.

    Returns
    -------
    array of the shape of `x`
        :math:`\log\cosh x`, to full relative precision.

    Notes
    -----
    :math:`\log\cosh x = \log(1 + 2\sinh^2(x/2))`, and :math:`|x| - \log 2` where the rest is
    below rounding.

    Examples
    --------
    >>> from pylimma import logcosh
    >>> float(logcosh(1000.0).round(6))
    999.306853
    """
    size = np.abs(numbers(x, "x"))
    near = np.minimum(size, 20.0)
    log_cosh: FloatArray = np.log1p(2 * np.sinh(near / 2) ** 2)
    return np.where(size <= near, log_cosh, size - math.log(2))


def stirling_error(x: ArrayLike) -> FloatArray:
    r"""What Stirling's formula leaves of :math:`\log\Gamma(x)`, about :math:`1/(12x)`."""
    # log Gamma(x) - (x - 1/2) log x + x - log(2 pi)/2
    x = np.asarray(x, float)
    inverse = 1 / np.maximum(x, _ASYMPTOTIC_FROM)
    small = np.minimum(x, _ASYMPTOTIC_FROM)
    direct: FloatArray = (
        special.gammaln(small) - (small - 0.5) * np.log(small) + small - _HALF_LOG_2PI
    )
    series = inverse * _powers(_STIRLING, inverse * inverse)
    return np.where(x >= _ASYMPTOTIC_FROM, series, direct)


def log_shortfall(ratio: ArrayLike, excess: ArrayLike) -> FloatArray:
    r"""Shortfall of the logarithm below its tangent at one, :math:`r - 1 - \log r \ge 0`.

    The `excess` r - 1 is given besides the `ratio` r because each loses its digits at one end.
    """
    # With s = u/(2 + u), log(1 + u) = 2 artanh(s), and the shortfall is su - 2s³(1/3 + s²/5 + …).
    u = np.asarray(excess, float)
    near = np.clip(u, -0.5, 0.5)
    s = near / (2 + near)
    series = s * near - 2 * s**3 * _powers(_ATANH, s * s)
    with np.errstate(divide="ignore"):
        return np.where(u == near, series, u - np.log(ratio))
