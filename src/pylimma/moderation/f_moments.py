r"""Scaled F distribution of variances, by the moments of their logarithms.

Variances :math:`x_g` on :math:`d_g` degrees of freedom follow :math:`s_0^2 F_{d_g, d_0}` where the
true ones follow a scaled inverse chi-squared distribution. Their bias-corrected logarithms
:math:`e_g = \log x_g - \psi(d_g/2) + \log(d_g/2)` have expectation
:math:`\log s_0^2 + \log(d_0/2) - \psi(d_0/2)` and variance
:math:`\psi'(d_g/2) + \psi'(d_0/2)` [1]_.

References
----------
.. [1] Smyth GK (2004). Stat Appl Genet Mol Biol 3:3. https://doi.org/10.2202/1544-6115.1027
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned_to
from pylimma.arguments import vector
from pylimma.errors import EstimationWarning, InputError, ShapeError, warn
from pylimma.numerics.distributions.special import logmdigamma, trigamma, trigamma_inverse
from pylimma.numerics.smoothing.splines import spline_trend
from pylimma.record import Record
from pylimma.typing import FloatArray

LEAST_DF = 0.01  # fewer degrees of freedom carry no information on a variance
_ROUNDING = 1e-15  # a variance may be negative by this much
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

    shortfall: FloatArray  # (genes,) log(d/2) - psi(d/2)
    variance: FloatArray  # (genes,) psi'(d/2)


def log_variance_moments(df: FloatArray) -> LogVarianceMoments:
    """Moments of the logarithm of a mean square on given degrees of freedom."""
    if df.size > 1 and df.min() == df.max():  # of complete data, without a sort
        one = log_variance_moments(df[:1])
        return LogVarianceMoments(*(np.full(df.size, moment[0]) for moment in one))
    distinct, group = np.unique(df / 2, return_inverse=True)
    return LogVarianceMoments(logmdigamma(distinct)[group], trigamma(distinct)[group])


def moment_fit(x: FloatArray, df1: FloatArray, covariate: FloatArray | None = None) -> ScaledF:
    """Scaled F distribution fitted to variances by the moments of their logarithms."""
    usable = np.isfinite(df1) & (df1 > _ZERO) & np.isfinite(x) & (x > -_ZERO)
    if usable.sum() <= 1:
        known = x[usable]
        return ScaledF(float(known[0]), 0.0) if known.size else ScaledF(np.nan, np.nan)
    spline_df = 0
    if covariate is not None:
        steps = 1 + sum(usable.sum() >= size for size in _SPLINE_STEPS)
        spline_df = min(steps, np.unique(covariate[usable]).size)
        if spline_df == 1:  # there is nothing to follow
            common = moment_fit(x, df1)
            return ScaledF(np.full(x.shape, common.scale), common.df2)
    raised, moments = _raised(x[usable]), log_variance_moments(df1[usable])
    e = np.log(raised)
    e += moments.shortfall
    trend: float | FloatArray
    if covariate is None:
        trend, variance = float(e.mean()), float(e.var(ddof=1))
    else:
        trend, variance = spline_trend(covariate, usable, e, spline_df)
    excess = variance - float(moments.variance.mean())
    with np.errstate(over="ignore"):  # a trend far beyond the usable covariates
        if excess > 0:
            df2 = 2 * float(trigamma_inverse(excess))
            return ScaledF(_plain(np.exp(trend - logmdigamma(df2 / 2))), df2)
        scale = float(raised.mean()) if covariate is None else _plain(np.exp(trend))
    return ScaledF(scale, np.inf)


def _raised(x: FloatArray) -> FloatArray:
    """Variances raised to a small part of their median, or where that is zero to R's 1e-5."""
    x = np.maximum(x, 0)
    typical = float(np.median(x))
    if typical == 0:
        # R's floor, unless in the unit of the data it would raise most variances that vary.
        varying = float(np.median(x[x > 0])) if x.any() else 1.0
        typical = 1.0 if varying > _FLOOR else varying
    return np.maximum(x, _FLOOR * typical)


def _plain(value: FloatArray) -> float | FloatArray:
    return float(value) if value.ndim == 0 else value


def parse_per_gene(values: Any, var: Any, argument: str) -> FloatArray:
    """One number for each variance, matched to them by name, or one that serves for all."""
    array, n_genes = vector(aligned_to(values, var, "genes", argument), argument), np.size(var)
    if array.size not in (1, n_genes):
        raise ShapeError(f"`{argument}` has {array.size} values and there are {n_genes} variances.")
    return np.broadcast_to(array, (n_genes,))


def parse_variances(
    var: Any, df: Any, argument: str, df_argument: str
) -> tuple[FloatArray, FloatArray]:
    """Variances, NaN where unusable, and their degrees of freedom, 0 where unusable."""
    x = vector(var, argument)
    if x.size == 0:
        raise InputError(f"`{argument}` is empty; one variance per gene is needed.")
    for unusual, kind in ((np.isinf(x), "infinite"), (x < -_ROUNDING, "negative")):
        if unusual.any():
            warn(f"`{argument}` has {int(unusual.sum())} {kind} values; they are taken as missing.")
    unusable = np.isinf(x) | (x < -_ROUNDING)
    x = np.maximum(x, 0.0)
    x[unusable] = np.nan
    degrees = parse_per_gene(df, var, df_argument)
    unusable = ~np.isfinite(degrees) | (degrees < 0)
    if unusable.any():
        warn(
            f"`{df_argument}` has {int(unusable.sum())} values that are missing, infinite or "
            f"negative; those variances are excluded."
        )
        degrees = np.where(unusable, 0.0, degrees)
    return x, degrees


def parse_covariate(covariate: Any, var: Any) -> FloatArray | None:
    """Covariate with infinite values one beyond the others, as they are far but no further."""
    if covariate is None:
        return None
    values = parse_per_gene(covariate, var, "covariate")
    if np.isnan(values).any():
        raise InputError(
            f"`covariate` has {int(np.isnan(values).sum())} missing values; remove those genes."
        )
    finite = values[np.isfinite(values)]
    if finite.size == values.size:
        return values
    lower, upper = (finite.min() - 1, finite.max() + 1) if finite.size else (-1.0, 1.0)
    return np.clip(values, lower, upper)


def warn_of_zeros(x: FloatArray, df: FloatArray, *, robust: bool = False) -> None:
    """Warn of variances that are exactly zero, and say how to keep them out of the prior."""
    known = x[(df > LEAST_DF) & ~np.isnan(x)]
    n = int((known == 0).sum())
    if n == 0:
        return
    many = 2 * n > known.size
    who = f"More than half of the genes, {n} of {known.size}," if many else f"{n} genes"
    effect = "have a moderated variance from the prior alone"
    if not robust:
        effect = "lower the prior degrees of freedom"
        effect += ", and the prior is unreliable" if many else ""
    remedy = "Remove them before the fit, for example by a filter on expression or variance"
    if not (many or robust):
        remedy = "Keep them out by `robust=True` if they are few, or by a filter if they are many"
    warn(
        f"{who} have residual variance zero (constant within groups). They {effect}. {remedy}.",
        EstimationWarning,
    )


def fit_f_dist(x: ArrayLike, df1: ArrayLike, covariate: ArrayLike | None = None) -> ScaledF:
    r"""Scaled F distribution of variances, by the moments of their logarithms.

    Parameters
    ----------
    x : array of shape (genes,)
        Variances; NaN is excluded, infinite or negative values with a warning.
    df1 : array of shape (genes,) or scalar
        Their degrees of freedom.
    covariate : array of shape (genes,), optional
        What the scale follows.

    Returns
    -------
    ScaledF
        Components `scale` (one per gene under a covariate) and `df2`, which may be infinite;
        both NaN without usable variances.

    Raises
    ------
    ShapeError
        If the arguments have different lengths.
    InputError
        If `x` is empty, or the covariate has missing values.

    Warns
    -----
    InputWarning
        If variances or degrees of freedom are infinite or negative; those are excluded.
    EstimationWarning
        If variances are zero.

    See Also
    --------
    fit_f_dist_robustly : Not led by outliers.
    fit_f_dist_unequal_df1 : Maximum likelihood.
    squeeze_var : Moderated variances.

    Notes
    -----
    :math:`x_g \sim s_0^2 F_{d_g, d_0}`. The variance of
    :math:`e_g = \log x_g - \psi(d_g/2) + \log(d_g/2)` beyond the mean of
    :math:`\psi'(d_g/2)` is :math:`\psi'(d_0/2)` [1]_. Under a covariate :math:`e_g` is
    regressed on a natural cubic spline with up to four degrees of freedom.

    References
    ----------
    .. [1] Smyth GK (2004). Stat Appl Genet Mol Biol 3:3. https://doi.org/10.2202/1544-6115.1027

    Examples
    --------
    >>> import numpy as np
    >>> from pylimma import fit_f_dist
    >>> x = 0.3 * np.random.default_rng(1).f(5, 10, size=2000)
    >>> round(fit_f_dist(x, 5).scale, 1)
    0.3
    """
    values, df = parse_variances(x, df1, "x", "df1")
    warn_of_zeros(values, df)
    return moment_fit(values, df, parse_covariate(covariate, x))
