"""Winsorised moments of the logarithm of an F variable."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from pylimma.numerics.quantiles import f_isf_log, f_ppf_log
from pylimma.numerics.tails import log_beta_kernel, log_gamma_kernel

if TYPE_CHECKING:
    from pylimma.typing import FloatArray

_NODES = 128
_USUAL_DF = 1e5  # beyond it SciPy's quantiles of the beta distribution lose digits


class Moments(NamedTuple):
    """Mean and variance."""

    mean: float
    variance: float


def winsorized_moments(z: FloatArray, lower_tail: float, upper_tail: float) -> Moments:
    """Mean and variance of values pulled in to two of their quantiles.

    Parameters
    ----------
    z : array of shape (n,)
        Values.
    lower_tail, upper_tail : float
        Proportions pulled in at each end.

    Returns
    -------
    Moments
        Mean, and variance with divisor n - 1.
    """
    pulled = np.clip(z, *np.quantile(z, [lower_tail, 1 - upper_tail]))
    return Moments(float(pulled.mean()), float(pulled.var(ddof=1)))


def winsorized_log_f(df1: float, df2: float, lower_tail: float, upper_tail: float) -> Moments:
    r"""Mean and variance of a Winsorised log F variable.

    Parameters
    ----------
    df1, df2 : float
        Degrees of freedom; `df2` may be infinite.
    lower_tail, upper_tail : float
        Proportions pulled in at each end.

    Returns
    -------
    Moments
        By Gauss-Legendre quadrature over :math:`f/(1+f)` between the quantiles, to which
        the tails add point masses.
    """
    ends = _quantiles(lower_tail, upper_tail, df1, df2)
    masses, log_ends = np.array([lower_tail, upper_tail]), np.log(ends)
    nodes, weights = _gauss_legendre()
    lower, upper = ends / (1 + ends)
    u = lower + (upper - lower) * (1 + nodes) / 2
    log_f = np.log(u) - np.log1p(-u)
    density = np.exp(_log_kernel(np.exp(log_f), df1, df2)) / (u * (1 - u))
    density *= weights * (upper - lower) / 2
    mean = float(density @ log_f + masses @ log_ends)
    return Moments(mean, float(density @ (log_f - mean) ** 2 + masses @ (log_ends - mean) ** 2))


def _quantiles(lower: float, upper: float, df1: float, df2: float) -> FloatArray:
    """Quantiles of F with given lower and upper tails, which are no extreme ones."""
    if max(df1, df2) > _USUAL_DF:
        return np.array([f_ppf_log(np.log(lower), df1, df2), f_isf_log(np.log(upper), df1, df2)])
    x = np.array(
        [
            special.betaincinv(df1 / 2, df2 / 2, lower),
            special.betainccinv(df1 / 2, df2 / 2, upper),
        ]
    )
    rest = np.array(  # one minus x, where x would not tell it well
        [
            special.betainccinv(df2 / 2, df1 / 2, lower),
            special.betaincinv(df2 / 2, df1 / 2, upper),
        ]
    )
    ratio: FloatArray = x / rest * (df2 / df1)
    return ratio


@cache
def _gauss_legendre() -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights


def _log_kernel(f: FloatArray, df1: float, df2: float) -> FloatArray:
    """Log of f times the F density at f: the density of log F."""
    half1 = np.full(f.shape, df1 / 2)
    if np.isinf(df2):
        return log_gamma_kernel(half1, half1 * f)
    return log_beta_kernel(np.full(f.shape, df2 / 2), half1, df1 / df2 * f)
