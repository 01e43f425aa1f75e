"""Scaled F distribution by the moments of log variances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pylimma.numerics.distributions.special import logmdigamma, trigamma, trigamma_inverse
from pylimma.numerics.smoothing.splines import spline_trend
from pylimma.record import Record
from pylimma.typing import FloatArray

if TYPE_CHECKING:
    from pylimma.typing import BoolArray, FloatArray

_ZERO = 1e-15  # degrees of freedom or negative variances below this are rounding error
_FLOOR = 1e-5  # of the median, to which smaller variances are raised
_SPLINE_STEPS = (3, 6, 30)  # numbers of genes at which the trend gains a degree of freedom


@dataclass(frozen=True, slots=True, eq=False)
class ScaledF(Record):
    """Scaled F distribution of variances, with what the robust estimators add.

    Attributes
    ----------
    scale : float, or array of shape (genes,) under a trend
        Scale of the distribution: the prior variance.
    df2 : float
        Denominator degrees of freedom: the prior degrees of freedom, which may be infinite.
    tail_p_value : array of shape (genes,), optional
        Upper tail probability of each variance.
    prob_outlier : array of shape (genes,), optional
        Probability that each variance is an outlier.
    df2_outlier : float, optional
        Degrees of freedom of an outlier.
    df2_shrunk : array of shape (genes,), optional
        Degrees of freedom of each gene, smaller for outliers.
    """

    scale: float | FloatArray
    df2: float
    tail_p_value: FloatArray | None = None
    prob_outlier: FloatArray | None = None
    df2_outlier: float | None = None
    df2_shrunk: FloatArray | None = None


class LogVarianceMoments(NamedTuple):
    """How far log mean squares fall short of the log variance, and their sampling variance."""

    shortfall: FloatArray
    variance: FloatArray


def log_variance_moments(df: FloatArray) -> LogVarianceMoments:
    r"""Moments of the logarithm of a mean square on given degrees of freedom."""
    distinct, group = np.unique(df / 2, return_inverse=True)
    return LogVarianceMoments(logmdigamma(distinct)[group], trigamma(distinct)[group])


def moment_fit(x: FloatArray, df1: FloatArray, covariate: FloatArray | None = None) -> ScaledF:
    r"""Scaled F distribution fitted to variances by the moments of their logarithms.

    Notes
    -----
    :math:`e_g = \log x_g - \psi(d_g/2) + \log(d_g/2)` has expectation
    :math:`\log s_0^2 + \log(d_0/2) - \psi(d_0/2)` and variance
    :math:`\psi'(d_g/2) + \psi'(d_0/2)` [1]_.

    References
    ----------
    .. [1] Smyth GK (2004). Stat Appl Genet Mol Biol 3:3. https://doi.org/10.2202/1544-6115.1027
    """
    usable = np.isfinite(df1) & (df1 > _ZERO) & np.isfinite(x) & (x > -_ZERO)
    if usable.sum() <= 1:
        known = x[usable]
        return ScaledF(float(known[0]), 0.0) if known.size else ScaledF(np.nan, np.nan)
    raised, moments = _raised(x[usable]), log_variance_moments(df1[usable])
    e = np.log(raised) + moments.shortfall
    trend: float | FloatArray
    if covariate is None:
        trend, variance = float(e.mean()), float(e.var(ddof=1))
    else:
        trend, variance = _trend(covariate, usable, e)
    excess = variance - float(moments.variance.mean())
    with np.errstate(over="ignore"):  # far from the usable covariates a trend may leave the doubles
        if excess > 0:
            df2 = 2 * float(trigamma_inverse(excess))
            return ScaledF(_plain(np.exp(trend - logmdigamma(df2 / 2))), df2)
        scale = float(raised.mean()) if covariate is None else _plain(np.exp(trend))
    return ScaledF(scale, np.inf)


def _raised(x: FloatArray) -> FloatArray:
    x = np.maximum(x, 0)
    median = float(np.median(x))
    return np.maximum(x, _FLOOR * (median if median > 0 else 1.0))


def _trend(covariate: FloatArray, usable: BoolArray, e: FloatArray) -> tuple[FloatArray, float]:
    x = covariate[usable]
    df = min(1 + sum(x.size >= size for size in _SPLINE_STEPS), np.unique(x).size)
    if df < 2:
        return np.full(covariate.shape, e.mean()), float(e.var(ddof=1))
    return spline_trend(covariate, usable, e, df)


def _plain(value: FloatArray) -> float | FloatArray:
    return float(value) if value.ndim == 0 else value
