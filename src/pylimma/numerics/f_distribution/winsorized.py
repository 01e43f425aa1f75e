"""Winsorised moments of the logarithm of an F variable."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from pylimma.numerics.tails import log_beta_kernel, log_gamma_kernel

if TYPE_CHECKING:
    from pylimma.typing import FloatArray

_NODES = 128
_HALF = 0.5  # from here one minus x is known better by its own


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
    ends = np.array([_lower_quantile(lower_tail, df1, df2), _upper_quantile(upper_tail, df1, df2)])
    masses, log_ends = np.array([lower_tail, upper_tail]), np.log(ends)
    nodes, weights = _gauss_legendre()
    lower, upper = ends / (1 + ends)
    u = lower + (upper - lower) * (1 + nodes) / 2
    log_f = np.log(u) - np.log1p(-u)
    density = np.exp(_log_kernel(np.exp(log_f), df1, df2)) / (u * (1 - u))
    density *= weights * (upper - lower) / 2
    mean = float(density @ log_f + masses @ log_ends)
    return Moments(mean, float(density @ (log_f - mean) ** 2 + masses @ (log_ends - mean) ** 2))


def _lower_quantile(p: float, df1: float, df2: float) -> float:
    """Quantile of F with lower tail p, which is no extreme one."""
    if np.isinf(df2):
        return float(special.gammaincinv(df1 / 2, p)) * 2 / df1
    x = float(special.betaincinv(df1 / 2, df2 / 2, p))
    share = x / (1 - x) if x < _HALF else 1 / float(special.betainccinv(df2 / 2, df1 / 2, p)) - 1
    return df2 / df1 * share


def _upper_quantile(p: float, df1: float, df2: float) -> float:
    """Quantile of F with upper tail p, which is no extreme one."""
    if np.isinf(df2):
        return float(special.gammainccinv(df1 / 2, p)) * 2 / df1
    x = float(special.betainccinv(df1 / 2, df2 / 2, p))
    share = x / (1 - x) if x < _HALF else 1 / float(special.betaincinv(df2 / 2, df1 / 2, p)) - 1
    return df2 / df1 * share


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
