r"""Scaled F distribution of variances by Winsorised moments, with hypervariable genes set apart.

The observed Winsorised variance of log variances is matched with that of a log F variable, which
gives the prior degrees of freedom; genes whose tail probability is small for its rank get fewer of
them [1]_.

References
----------
.. [1] Phipson B et al. (2016). Ann Appl Stat 10:946-963. https://doi.org/10.1214/16-AOAS920
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pylimma.arguments import vector
from pylimma.errors import InputError
from pylimma.moderation.f_moments import (
    ScaledF,
    moment_fit,
    parse_covariate,
    parse_variances,
)
from pylimma.numerics.distributions.incomplete import log_beta_kernel, log_gamma_kernel
from pylimma.numerics.distributions.quantiles import f_isf_log, f_ppf_log
from pylimma.numerics.distributions.tails import LOG_HALF, chi2_sf, f_log_cdf, f_log_sf
from pylimma.numerics.optimization import bracketed_root
from pylimma.numerics.ranks import average_ranks, rising_order
from pylimma.numerics.smoothing.lowess import lowess_sorted
from pylimma.typing import BoolArray, FloatArray

_NODES = 128
_USUAL_DF = 1e5  # beyond it SciPy's quantiles of the beta distribution lose digits
_FEWEST_GENES = 3
_LEAST_DF = 1e-6
_FLOOR = 1e-12  # of the median, to which smaller variances are raised
_SPAN, _ITERATIONS = 0.4, 3  # of the lowess trend
_HALF = 0.5  # of the values, which no end may exceed
_ROOT_TOLERANCE = 1e-8  # of df2 / (1 + df2)


def log_not_outlier(log_tail: FloatArray, f: FloatArray) -> FloatArray:
    """Log probability of not being an outlier, by the tail of an F statistic and its rank."""
    beyond = (f.size - average_ranks(f) + 0.5) / f.size
    return np.minimum(log_tail - np.log(beyond), 0.0)


def shrink_df(
    df2: float, df2_outlier: float, not_outlier: FloatArray, tail: FloatArray
) -> FloatArray:
    """Degrees of freedom of each gene, from those of an outlier to the common `df2`.

    They do not fall as the tail probability rises.
    """
    shrunk = not_outlier * df2 + (1 - not_outlier) * df2_outlier
    order = rising_order(tail)
    ordered = shrunk[order]
    running = np.cumsum(ordered) / np.arange(1, ordered.size + 1)
    lowest = int(np.argmin(running))
    ordered[: lowest + 1] = running[lowest]
    shrunk[order] = np.maximum.accumulate(ordered)
    return shrunk


class Moments(NamedTuple):
    """Mean and variance."""

    mean: float
    variance: float


def winsorized_moments(z: FloatArray, lower_tail: float, upper_tail: float) -> Moments:
    """Mean and variance of values pulled in to two of their quantiles."""
    pulled = np.clip(z, *np.quantile(z, [lower_tail, 1 - upper_tail]))
    return Moments(float(pulled.mean()), float(pulled.var(ddof=1)))


def winsorized_log_f(df1: float, df2: float, lower_tail: float, upper_tail: float) -> Moments:
    """Mean and variance of a Winsorised log F variable, by quadrature over F/(1 + F)."""
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
    """Quantiles of F with given lower and upper tails, which are not extreme."""
    if max(df1, df2) > _USUAL_DF:
        return np.array([f_ppf_log(np.log(lower), df1, df2), f_isf_log(np.log(upper), df1, df2)])
    x = np.array(
        [
            special.betaincinv(df1 / 2, df2 / 2, lower),
            special.betainccinv(df1 / 2, df2 / 2, upper),
        ]
    )
    rest = np.array(  # 1 - x to full precision
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
    half1 = np.array([df1 / 2])
    if np.isinf(df2):
        return log_gamma_kernel(half1, half1 * f)
    return log_beta_kernel(np.array([df2 / 2]), half1, df1 / df2 * f)


def winsorized_fit(
    x: FloatArray,
    df1: FloatArray,
    covariate: FloatArray | None = None,
    winsor_tail_p: tuple[float, float] = (0.05, 0.1),
) -> ScaledF:
    """Scaled F distribution fitted to variances, not led by the extreme ones."""
    usable = ~np.isnan(x) & np.isfinite(df1) & (df1 > _LEAST_DF)
    if not usable.all():
        return _on_usable(x, df1, covariate, winsor_tail_p, usable)
    if x.size < _FEWEST_GENES:
        return _with_common_df(moment_fit(x, df1, covariate), x.size)
    x = np.maximum(x, _FLOOR * float(np.median(x)))
    plain = moment_fit(x, df1, covariate)
    lower, upper = winsor_tail_p
    if lower < 1 / x.size and upper < 1 / x.size:
        return _with_common_df(plain, x.size)
    if df1.min() < df1.max():
        x = plain.scale * _at_most_df(x / plain.scale, df1, plain.df2)
    return _matched(np.log(x), float(df1.max()), covariate, (lower, upper), plain)


def _on_usable(
    x: FloatArray,
    df1: FloatArray,
    covariate: FloatArray | None,
    winsor_tail_p: tuple[float, float],
    usable: BoolArray,
) -> ScaledF:
    part = None if covariate is None else covariate[usable]
    fit = winsorized_fit(x[usable], df1[usable], part, winsor_tail_p)
    df2_shrunk = np.full(x.shape, fit.df2)
    df2_shrunk[usable] = fit.df2_shrunk
    if covariate is None or part is None or np.ndim(fit.scale) == 0:
        return ScaledF(fit.scale, fit.df2, df2_shrunk=df2_shrunk)
    at, first = np.unique(part, return_index=True)
    log_scale = np.log(fit.scale)
    scale = np.exp(np.interp(covariate, at, log_scale[first]))
    scale[usable] = fit.scale
    return ScaledF(scale, fit.df2, df2_shrunk=df2_shrunk)


def _with_common_df(fit: ScaledF, n_genes: int) -> ScaledF:
    return replace(fit, df2_shrunk=np.full(n_genes, fit.df2))


def _at_most_df(f: FloatArray, df1: FloatArray, df2: float) -> FloatArray:
    """F statistics on the largest numerator degrees of freedom, at equal tails."""
    largest = df1.max()
    upper, lower = f_log_sf(f, df1, df2), f_log_cdf(f, df1, df2)
    by_upper = upper < lower
    result = np.empty_like(f)
    result[by_upper] = f_isf_log(upper[by_upper], largest, df2)
    result[~by_upper] = f_ppf_log(lower[~by_upper], largest, df2)
    return result


def _matched(
    z: FloatArray,
    df1: float,
    covariate: FloatArray | None,
    winsor_tail_p: tuple[float, float],
    plain: ScaledF,
) -> ScaledF:
    """Fit whose theoretical Winsorised variance is that of the log variances `z`."""
    trend = _trend(z, covariate, winsor_tail_p[1])
    observed = winsorized_moments(z - trend, *winsor_tail_p)
    limit = winsorized_log_f(df1, np.inf, *winsor_tail_p)
    if observed.variance <= limit.variance:
        log_scale = trend + (observed.mean - limit.mean)
        return _beyond_infinity(z - log_scale, df1, np.exp(log_scale))
    if np.isinf(plain.df2):
        return _with_common_df(plain, z.size)
    df2 = _matching_df(df1, winsor_tail_p, observed.variance, plain.df2)
    log_scale = trend + (observed.mean - winsorized_log_f(df1, df2, *winsor_tail_p).mean)
    return _with_outliers(np.exp(z - log_scale), df1, np.exp(log_scale), df2)


def _trend(z: FloatArray, covariate: FloatArray | None, trim: float) -> float | FloatArray:
    if covariate is None:
        cut = math.floor(z.size * trim)
        ordered = np.sort(z)
        return float(ordered[cut : z.size - cut].mean())
    order = np.argsort(covariate, kind="stable")
    trend = np.empty_like(z)
    trend[order] = lowess_sorted(covariate[order], z[order], _SPAN, _ITERATIONS)
    return trend


def _matching_df(
    df1: float, winsor_tail_p: tuple[float, float], variance: float, df2_plain: float
) -> float:
    def excess(x: float) -> float:
        df2 = x / (1 - x) if x < 1 else np.inf
        return math.log(variance / winsorized_log_f(df1, df2, *winsor_tail_p).variance)

    start = df2_plain / (1 + df2_plain)
    if excess(start) >= 0:
        return df2_plain
    root = bracketed_root(excess, start, 1.0, _ROOT_TOLERANCE)
    return root / (1 - root)


def _beyond_infinity(log_f: FloatArray, df1: float, scale: float | FloatArray) -> ScaledF:
    """Infinite degrees of freedom but for genes that are outliers even so."""
    tail = chi2_sf(df1 * np.exp(log_f), df1)
    with np.errstate(divide="ignore"):
        not_outlier = np.exp(log_not_outlier(np.log(tail), log_f))
    shrunk = np.where(not_outlier < 1, not_outlier * log_f.size * df1, np.inf)
    order = np.argsort(tail, kind="stable")
    shrunk[order] = np.maximum.accumulate(shrunk[order])
    return ScaledF(scale, np.inf, tail_p_value=tail, df2_shrunk=shrunk)


def _with_outliers(f: FloatArray, df1: float, scale: float | FloatArray, df2: float) -> ScaledF:
    log_tail = f_log_sf(f, df1, df2)
    kept = log_not_outlier(log_tail, f)
    tail, outlier = np.exp(log_tail), -np.expm1(kept)
    if not (kept < 0).any():
        return ScaledF(scale, df2, tail, outlier, df2, np.full(f.shape, df2))
    df2_outlier = LOG_HALF / float(log_tail.min()) * df2
    if df2_outlier > 0:  # refined at the largest F
        refined = float(f_log_sf(f.max(), df1, df2_outlier))
        df2_outlier = df2_outlier * LOG_HALF / refined
    shrunk = shrink_df(df2, df2_outlier, 1 - outlier, log_tail)
    return ScaledF(scale, df2, tail, outlier, df2_outlier, shrunk)


def parse_winsor(winsor_tail_p: float | Sequence[float]) -> tuple[float, float]:
    """Proportions to pull in at the lower and upper end."""
    limits = vector(winsor_tail_p, "winsor_tail_p")
    if limits.size not in (1, 2) or not ((limits >= 0) & (limits < _HALF)).all():
        raise InputError(
            f"`winsor_tail_p` must be one or two proportions, each at least 0 and below 0.5; "
            f"got {winsor_tail_p!r}."
        )
    return float(limits[0]), float(limits[-1])


def fit_f_dist_robustly(
    x: ArrayLike,
    df1: ArrayLike,
    covariate: ArrayLike | None = None,
    winsor_tail_p: float | Sequence[float] = (0.05, 0.1),
) -> ScaledF:
    r"""Scaled F distribution of variances, robust against hypervariable genes.

    Parameters
    ----------
    x : array of shape (genes,)
        Variances; genes without one get the common degrees of freedom.
    df1 : array of shape (genes,) or scalar
        Their degrees of freedom.
    covariate : array of shape (genes,), optional
        What the scale follows.
    winsor_tail_p : (float, float) or float
        Proportions pulled in at the lower and upper end, each at least 0 and below 0.5.

    Returns
    -------
    ScaledF
        Components `scale`, `df2`, `df2_shrunk` (one per gene) and, where outliers were
        looked for, `tail_p_value`, `prob_outlier` and `df2_outlier`.

    Raises
    ------
    ShapeError
        If the arguments have different lengths.
    InputError
        If `x` is empty or mostly zero, the covariate has missing values, or the
        proportions are out of range.

    See Also
    --------
    fit_f_dist : By plain moments.
    squeeze_var : Moderated variances.

    Notes
    -----
    The Winsorised variance of :math:`\log x_g` is matched with that of a log F variable.
    A gene in the upper tail further than its rank explains is an outlier with some
    probability, and its degrees of freedom are lowered accordingly [1]_.

    References
    ----------
    .. [1] Phipson B et al. (2016). Ann Appl Stat 10:946-963. https://doi.org/10.1214/16-AOAS920

    Examples
    --------
    >>> import numpy as np
    >>> from pylimma import fit_f_dist_robustly
    >>> x = np.append(np.random.default_rng(1).f(5, 10, size=500), 1000)
    >>> fit = fit_f_dist_robustly(x, 5)
    >>> bool(fit.df2_shrunk[-1] < fit.df2)
    True
    """
    values, df = parse_variances(x, df1, "x", "df1")
    usable = values[~np.isnan(values) & (df > 0)]
    if usable.size > 2 and np.median(usable) <= 0:
        raise InputError("More than half of the variances `x` are zero: no scale can be fitted.")
    return winsorized_fit(values, df, parse_covariate(covariate, x), parse_winsor(winsor_tail_p))
