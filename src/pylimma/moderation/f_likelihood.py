r"""Scaled F distribution of variances on unequal degrees of freedom, by maximum likelihood.

The scale follows the weighted log variances; given it, the likelihood is a function of the
denominator degrees of freedom alone. With :math:`s^2` the scale and :math:`d_1, d_2` the halved
degrees of freedom it is, up to a constant,

.. math::
    \sum_g w_g[\log\Gamma(d_1+d_2) - \log\Gamma(d_2) - d_1\log(d_2 s^2)
    - (d_1+d_2)\log(1 + d_1 x_g/(d_2 s^2))].
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pylimma.arguments import flag, number, parse_compat
from pylimma.errors import InputError
from pylimma.moderation.f_moments import (
    LEAST_DF,
    ScaledF,
    log_variance_moments,
    parse_covariate,
    parse_per_gene,
    parse_variances,
)
from pylimma.moderation.f_robust import log_not_outlier, shrink_df
from pylimma.numerics.distributions.special import logmdigamma
from pylimma.numerics.distributions.tails import LOG_HALF, f_cdf, f_log_sf, f_sf
from pylimma.numerics.optimization import bounded_minimum
from pylimma.numerics.p_values import adjust_p_values
from pylimma.numerics.smoothing.loess_fit import straight_line
from pylimma.numerics.smoothing.lowess import lowess_sorted
from pylimma.numerics.smoothing.weighted_lowess import anchor_distance, weighted_lowess_sorted
from pylimma.typing import FloatArray

_LEAST_SPAN, _GENES_OF_FULL_SPAN = 0.3, 500
_WEIGHT_RANGE = 1e-8, 100.0  # relative to the upper quartile
_ANCHORS = 200
_FEWEST_FOR_OPTIONS = 3  # informative genes for a trend, weights or robustness
_FLOOR = 1e-12  # of the median, to which smaller variances are raised
_RANGE = 0.5, 0.9998  # of d2 / (1 + d2), with d2 half the degrees of freedom: that of R
_STOPPED = 2.5e-4  # solutions of R this near to the lower end of its range stopped there
R_LEAST_DF2 = 2.0  # lower end of the range of R
_LEAST_D2 = 0.05
_OVERLAP = 0.01  # of the range beyond with that of R
_FINE = 1e-9  # tolerance of solutions beyond the range of R
_SMALL_TAIL = 1e-3  # lower tails below are computed as such
_UNSUSPICIOUS = 0.3  # false discovery rate from which a gene counts in full


def smooth_trend(
    covariate: FloatArray, y: FloatArray, weights: FloatArray, span: float | None = None
) -> FloatArray:
    """Values of one pass of weighted local lines at every gene; few genes get a straight line.

    The span is 0.3 + 0.7 (500/n)^(1/3), at most 1, when not given.
    """
    n = y.size
    if span is None:
        share = (_GENES_OF_FULL_SPAN / n) ** (1 / 3)
        span = min(1.0, _LEAST_SPAN + (1 - _LEAST_SPAN) * share)
    weights = np.clip(weights / np.quantile(weights, 0.75), *_WEIGHT_RANGE)
    order = np.argsort(covariate, kind="stable")
    x, y, weights = covariate[order], y[order], weights[order]
    if weights.min() == weights.max():
        sorted_trend = lowess_sorted(x, y, span, 0)
    elif n < 4 + 1 / span:
        sorted_trend = straight_line(x, y, weights)
    else:
        delta = anchor_distance(x, _ANCHORS)
        sorted_trend, _ = weighted_lowess_sorted(x, y, weights, delta, span, 1)
    trend = np.empty_like(sorted_trend)
    trend[order] = sorted_trend
    return trend


def likelihood_fit(
    x: FloatArray,
    df1: FloatArray,
    covariate: FloatArray | None = None,
    *,
    robust: bool = False,
    prior_weights: FloatArray | None = None,
    span: float | None = None,
    within_r: bool = False,
) -> ScaledF:
    """Scaled F distribution fitted to variances; NaN and zero carry no information."""
    weights = np.ones(x.shape) if prior_weights is None else prior_weights
    weights = np.where(np.isnan(x) | ~(df1 >= LEAST_DF), 0.0, weights)
    informative = (x > 0) & (weights > 0)
    n_informative = int(informative.sum())
    if n_informative <= 1:
        return ScaledF(np.nan, np.nan)
    if n_informative < _FEWEST_FOR_OPTIONS:
        covariate, robust, weights = None, False, (weights > 0).astype(float)
    floor = _FLOOR * float(np.median(x[informative]))
    x, df1 = np.where(np.isnan(x), 0.0, x), np.where(df1 >= LEAST_DF, df1, 1.0)
    raised, positive = np.maximum(x, floor), np.where(x > 0, weights, 0.0)
    first = _fit(raised, df1, covariate, weights, span, within_r=within_r)
    if first.df2 < R_LEAST_DF2 and (positive < weights).any():
        # the floor is no observation: only positive variances take df2 below the range of R
        alone = _fit(raised, df1, covariate, positive, span)
        first = _fit(raised, df1, covariate, weights, span, least_d2=alone.df2 / 2)
    return _refit(x, df1, covariate, first, within_r=within_r) if robust else first


def _fit(
    x: FloatArray,
    df1: FloatArray,
    covariate: FloatArray | None,
    weights: FloatArray,
    span: float | None,
    *,
    within_r: bool = False,
    least_d2: float = _LEAST_D2,
) -> ScaledF:
    log_x, moments = np.log(x), log_variance_moments(df1)
    e, precision = log_x + moments.shortfall, weights / moments.variance
    if covariate is None:
        trend: float | FloatArray = float(precision @ e / precision.sum())
    else:
        trend = smooth_trend(covariate, e, precision, span)
    profile = _profile(log_x - trend, df1 / 2, weights)
    d2 = _most_likely(profile, least_d2, within_r=within_r)
    scale = np.exp(trend - logmdigamma(d2))
    return ScaledF(float(scale) if covariate is None else scale, 2 * d2)


def _most_likely(profile: Callable[[float], float], least_d2: float, *, within_r: bool) -> float:
    """Half the denominator degrees of freedom."""

    def misfit(u: float) -> float:
        return -profile(u / (1 - u))

    low, high = _RANGE
    best = bounded_minimum(misfit, low, high)
    d2 = best / (1 - best)
    least = least_d2 / (1 + least_d2)
    if within_r or best > low + _STOPPED or least >= low:
        return d2  # the upper end of R's range is as good as infinity
    further = bounded_minimum(misfit, least, low + _OVERLAP, _FINE)
    further /= 1 - further
    return further if profile(further) > profile(d2) else d2


def _profile(
    log_ratio: FloatArray, half: FloatArray, weights: FloatArray
) -> Callable[[float], float]:
    """Log likelihood as a function of half the denominator degrees of freedom."""
    informative = weights > 0
    log_ratio, half, weights = log_ratio[informative], half[informative], weights[informative]
    numerator = half * np.exp(log_ratio)
    total, weighted_half = float(weights.sum()), weights * half
    total_half = float(weighted_half.sum())
    distinct, group = np.unique(half, return_inverse=True)
    weight_of = np.bincount(group, weights)

    def log_likelihood(d2: float) -> float:
        shift = float(logmdigamma(d2))
        log_terms = np.log1p(numerator * (math.exp(shift) / d2))
        gammas = float(weight_of @ special.gammaln(distinct + d2)) - total * math.lgamma(d2)
        spread = float(weighted_half @ log_terms) + d2 * float(weights @ log_terms)
        return gammas - total_half * (math.log(d2) - shift) - spread

    return log_likelihood


def _refit(
    x: FloatArray,
    df1: FloatArray,
    covariate: FloatArray | None,
    first: ScaledF,
    *,
    within_r: bool,
) -> ScaledF:
    """Second fit with weights by the false discovery rate of being an outlier.

    Genes without information take part here as variances of zero or on one degree of freedom.
    """
    f = x / first.scale
    right = f_sf(f, df1, first.df2)
    left = 1 - right
    small = np.flatnonzero(left < _SMALL_TAIL)
    left[small] = f_cdf(f[small], df1[small], first.df2)
    rate = adjust_p_values(2 * np.minimum(left, right), "BH")
    rate[rate > _UNSUSPICIOUS] = 1.0
    if (rate == 1).all():
        return first
    second = likelihood_fit(x, df1, covariate, prior_weights=rate, within_r=within_r)
    with np.errstate(divide="ignore"):
        log_right = np.log(right)
    not_outlier = np.exp(log_not_outlier(log_right, f))
    if (not_outlier == 1).all():
        return second
    largest = int(np.argmin(right))
    df2 = second.df2
    df2_outlier = LOG_HALF / float(log_right[largest]) * df2
    if df2_outlier > 0:
        refined = f_log_sf(f[largest], df1[largest], df2_outlier)
        df2_outlier = df2_outlier * LOG_HALF / float(refined)
    shrunk = shrink_df(df2, df2_outlier, not_outlier, right)
    return ScaledF(second.scale, second.df2, df2_outlier=df2_outlier, df2_shrunk=shrunk)


def check_span(span: float | None) -> None:
    """Raise unless a span is a share of the data."""
    if span is not None and number(span, "span", 0, 1) == 0:
        raise InputError("`span` must be above 0 and at most 1; got 0.")


def fit_f_dist_unequal_df1(
    x: ArrayLike,
    df1: ArrayLike,
    covariate: ArrayLike | None = None,
    span: float | None = None,
    robust: bool = False,
    prior_weights: ArrayLike | None = None,
    *,
    compat: str | None = None,
) -> ScaledF:
    r"""Scaled F distribution of variances on unequal degrees of freedom, by likelihood.

    Parameters
    ----------
    x : array of shape (genes,)
        Variances; NaN and zero are not informative.
    df1 : array of shape (genes,) or scalar
        Their degrees of freedom; those below 0.01 are not informative.
    covariate : array of shape (genes,), optional
        What the scale follows.
    span : float, optional
        Span of the trend, above 0 and at most 1; by the number of genes when not given.
    robust : bool
        Whether outliers, large or small, get less weight in a second fit.
    prior_weights : array of shape (genes,), optional
        Weights of the genes, not negative.
    compat : {"3.68"}, optional
        Whether `df2` is kept between 2 and 8135, as in limma 3.68.

    Returns
    -------
    ScaledF
        Components `scale` and `df2`; where `robust` finds outliers also `df2_outlier` and
        `df2_shrunk`. NaN with fewer than two informative genes.

    Raises
    ------
    ShapeError
        If the arguments have different lengths.
    InputError
        If `x` is empty, the covariate or weights have missing values, weights
        are negative or `span` is out of range.

    See Also
    --------
    fit_f_dist : By moments, for equal degrees of freedom.
    squeeze_var : Moderated variances.

    Notes
    -----
    The scale is the weighted mean, or a weighted lowess curve, of the logarithms less
    their bias, with weights :math:`w_g/\psi'(d_g/2)`; :math:`d_0`, at least 0.1, maximises the
    likelihood, where variances of zero do not take it below 2. R keeps it between 2 and 8135,
    which makes the scale up to ten times too large where variances differ more than that.

    Examples
    --------
    >>> import numpy as np
    >>> from pylimma import fit_f_dist_unequal_df1
    >>> rng = np.random.default_rng(1)
    >>> df1 = rng.integers(2, 8, size=1000)
    >>> 7 < fit_f_dist_unequal_df1(rng.f(df1, 10), df1).df2 < 14
    True
    """
    values, df = parse_variances(x, df1, "x", "df1")
    check_span(span)
    weights = None if prior_weights is None else parse_per_gene(prior_weights, x, "prior_weights")
    if weights is not None and not ((weights >= 0) & np.isfinite(weights)).all():
        raise InputError("`prior_weights` must be finite, none missing and none negative.")
    return likelihood_fit(
        values,
        df,
        parse_covariate(covariate, x),
        robust=flag(robust, "robust"),
        prior_weights=weights,
        span=span,
        within_r=parse_compat(compat),
    )
