"""Prior distribution of residual variances, and variances moderated by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pylimma.arguments import flag, number, numbers
from pylimma.errors import EstimationWarning, InputError, ShapeError, warn
from pylimma.numerics.moderation.f_likelihood import likelihood_fit
from pylimma.numerics.moderation.f_moments import moment_fit
from pylimma.numerics.moderation.f_robust import winsorized_fit
from pylimma.numerics.moderation.squeeze_var import SqueezedVariances, squeeze

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from pylimma.numerics.moderation.f_moments import ScaledF
    from pylimma.typing import FloatArray

_ROUNDING = 1e-15  # a variance may be negative by this much
_LEAST_DF = 0.01  # fewer degrees of freedom say nothing of a variance


def squeeze_var(
    var: ArrayLike,
    df: ArrayLike,
    covariate: ArrayLike | None = None,
    robust: bool = False,
    winsor_tail_p: float | Sequence[float] = (0.05, 0.1),
    legacy: bool | None = None,
    span: float | None = None,
) -> SqueezedVariances:
    r"""Posterior variances, squeezed towards a common or trended value.

    Parameters
    ----------
    var : array of shape (genes,)
        Residual variances; NaN where there is none.
    df : array of shape (genes,) or scalar
        Residual degrees of freedom.
    covariate : array of shape (genes,), optional
        What the prior variance follows, usually average log expression.
    robust : bool
        Whether hypervariable genes are kept from inflating the prior, and are squeezed less.
    winsor_tail_p : (float, float) or float
        Proportions of variances pulled in at the lower and upper end, each at least 0 and
        below 0.5; for `robust` with equal `df`.
    legacy : bool, optional
        Whether the prior is estimated by moments of log variances, as before limma 3.62,
        rather than by maximum likelihood; when not given, if all positive `df` are equal.
    span : float, optional
        Span of the variance trend, above 0 and at most 1. Asks for maximum likelihood.

    Returns
    -------
    SqueezedVariances
        Components `df_prior`, `var_prior` and `var_post`.

    Raises
    ------
    ShapeError
        If the arguments have different lengths.
    InputError
        If there are no variances, `df` is not finite, the covariate has missing values, an
        option is out of its range, or the prior cannot be estimated.

    Warns
    -----
    InputWarning
        If variances or degrees of freedom are infinite or negative; those are left out.
    EstimationWarning
        If more than half of the variances are zero.

    See Also
    --------
    e_bayes : Moderated tests of a fit, which uses this.
    fit_f_dist, fit_f_dist_robustly, fit_f_dist_unequal_df1 : The priors.

    Notes
    -----
    With :math:`s_g^2 \sim \sigma_g^2 \chi^2_{d_g}/d_g` and
    :math:`1/\sigma_g^2 \sim \chi^2_{d_0}/(d_0 s_0^2)`, the posterior mean gives [1]_

    .. math:: \tilde s_g^2 = \frac{d_0 s_0^2 + d_g s_g^2}{d_0 + d_g}.

    With `robust` each gene has its own :math:`d_0`, smaller for outliers [2]_. Fewer than
    three variances are returned as they are.

    References
    ----------
    .. [1] Smyth GK (2004). Stat Appl Genet Mol Biol 3:3. https://doi.org/10.2202/1544-6115.1027
    .. [2] Phipson B et al. (2016). Ann Appl Stat 10:946-963. https://doi.org/10.1214/16-AOAS920

    Examples
    --------
    >>> import numpy as np
    >>> from pylimma import squeeze_var
    >>> s2 = np.random.default_rng(1).chisquare(4, size=100) / 4
    >>> squeezed = squeeze_var(s2, df=4)
    >>> bool(squeezed.var_post.std() < s2.std())
    True
    """
    if not np.isfinite(_numbers(df, "df")).all():
        raise InputError("`df` must be finite; set it to 0 for genes without degrees of freedom.")
    x, df1 = _variances(var, df, "var", "df")
    _check_span(span)
    options: dict[str, Any] = {
        "robust": flag(robust, "robust"),
        "winsor_tail_p": _winsor_limits(winsor_tail_p),
        "legacy": None if legacy is None else flag(legacy, "legacy"),
        "span": span,
    }
    _warn_of_zeros(x, df1)
    result = squeeze(x, df1, _covariate(covariate, x), **options)
    if np.isnan(result.df_prior).any():
        raise InputError(
            "The prior of the variances cannot be estimated: fewer than two genes have a "
            "positive `var` on at least 0.01 `df`."
        )
    return result


def fit_f_dist(x: ArrayLike, df1: ArrayLike, covariate: ArrayLike | None = None) -> ScaledF:
    r"""Scaled F distribution of variances, by the moments of their logarithms.

    Parameters
    ----------
    x : array of shape (genes,)
        Variances; NaN is left out, infinite or negative values with a warning.
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
        If variances or degrees of freedom are infinite or negative; those are left out.
    EstimationWarning
        If more than half of the variances are zero.

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
    x, df = _variances(x, df1, "x", "df1")
    _warn_of_zeros(x, df)
    return moment_fit(x, df, _covariate(covariate, x))


def fit_f_dist_robustly(
    x: ArrayLike,
    df1: ArrayLike,
    covariate: ArrayLike | None = None,
    winsor_tail_p: float | Sequence[float] = (0.05, 0.1),
) -> ScaledF:
    r"""Scaled F distribution of variances, not led by hypervariable genes.

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
    x, df = _variances(x, df1, "x", "df1")
    usable = x[~np.isnan(x) & (df > 0)]
    if usable.size > 2 and np.median(usable) <= 0:
        raise InputError("More than half of the variances `x` are zero: no scale can be fitted.")
    return winsorized_fit(x, df, _covariate(covariate, x), _winsor_limits(winsor_tail_p))


def fit_f_dist_unequal_df1(
    x: ArrayLike,
    df1: ArrayLike,
    covariate: ArrayLike | None = None,
    robust: bool = False,
    prior_weights: ArrayLike | None = None,
    span: float | None = None,
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
    robust : bool
        Whether outliers, large or small, weigh less in a second fit.
    prior_weights : array of shape (genes,), optional
        Weights of the genes, not negative.
    span : float, optional
        Span of the trend, above 0 and at most 1; by the number of genes when not given.

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
    their bias, with weights :math:`w_g/\psi'(d_g/2)`; :math:`d_0` maximises the likelihood
    between 2 and 8135.

    Examples
    --------
    >>> import numpy as np
    >>> from pylimma import fit_f_dist_unequal_df1
    >>> rng = np.random.default_rng(1)
    >>> df1 = rng.integers(2, 8, size=1000)
    >>> 7 < fit_f_dist_unequal_df1(rng.f(df1, 10), df1).df2 < 14
    True
    """
    x, df = _variances(x, df1, "x", "df1")
    _check_span(span)
    weights = None if prior_weights is None else _per_gene(prior_weights, x, "prior_weights")
    if weights is not None and not ((weights >= 0) & np.isfinite(weights)).all():
        raise InputError("`prior_weights` must be finite, none missing and none negative.")
    return likelihood_fit(
        x,
        df,
        _covariate(covariate, x),
        robust=flag(robust, "robust"),
        prior_weights=weights,
        span=span,
    )


def _numbers(values: Any, name: str) -> FloatArray:
    array = np.atleast_1d(numbers(values, name))
    if array.ndim > 1:
        raise ShapeError(f"`{name}` must be a vector with one value per gene; got {array.shape}.")
    return array


def _per_gene(values: Any, x: FloatArray, name: str) -> FloatArray:
    array = _numbers(values, name)
    if array.size not in (1, x.size):
        raise ShapeError(f"`{name}` has {array.size} values and there are {x.size} variances.")
    return np.broadcast_to(array, x.shape)


def _variances(var: Any, df: Any, name: str, df_name: str) -> tuple[FloatArray, FloatArray]:
    x = _numbers(var, name)
    if x.size == 0:
        raise InputError(f"`{name}` is empty; one variance per gene is needed.")
    for odd, kind in ((np.isinf(x), "infinite"), (x < -_ROUNDING, "negative")):
        if odd.any():
            warn(f"`{name}` has {int(odd.sum())} {kind} values; they are taken as missing.")
    x = np.where(np.isinf(x) | (x < -_ROUNDING), np.nan, x)
    degrees = _per_gene(df, x, df_name)
    unusable = ~np.isfinite(degrees) | (degrees < 0)
    if unusable.any():
        warn(
            f"`{df_name}` has {int(unusable.sum())} values that are missing, infinite or "
            f"negative; those variances are left out."
        )
    return np.maximum(x, 0.0), np.where(unusable, 0.0, degrees)


def _covariate(covariate: Any, x: FloatArray) -> FloatArray | None:
    """Covariate with infinite values one beyond the others, as they are far but no further."""
    if covariate is None:
        return None
    values = _per_gene(covariate, x, "covariate")
    if np.isnan(values).any():
        raise InputError(
            f"`covariate` has {int(np.isnan(values).sum())} missing values; leave those genes out."
        )
    finite = values[np.isfinite(values)]
    if finite.size == values.size:
        return values
    lower, upper = (finite.min() - 1, finite.max() + 1) if finite.size else (-1.0, 1.0)
    return np.clip(values, lower, upper)


def _winsor_limits(winsor_tail_p: float | Sequence[float]) -> tuple[float, float]:
    limits = _numbers(winsor_tail_p, "winsor_tail_p")
    if limits.size not in (1, 2) or not ((limits >= 0) & (limits < 0.5)).all():  # noqa: PLR2004 - halves
        raise InputError(
            f"`winsor_tail_p` must be one or two proportions, each at least 0 and below 0.5; "
            f"got {winsor_tail_p!r}."
        )
    return float(limits[0]), float(limits[-1])


def _check_span(span: float | None) -> None:
    if span is not None and number(span, "span", 0, 1) == 0:
        raise InputError("`span` must be above 0 and at most 1; got 0.")


def _warn_of_zeros(x: FloatArray, df: FloatArray) -> None:
    known = x[(df > _LEAST_DF) & ~np.isnan(x)]
    if known.size and np.median(known) == 0:
        warn(
            "More than half of the residual variances are exactly zero: their prior is unreliable.",
            EstimationWarning,
        )
