"""Variances squeezed towards a common or trended prior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pylimma.arguments import flag, parse_compat, vector
from pylimma.errors import InputError
from pylimma.moderation.f_likelihood import check_span, likelihood_fit
from pylimma.moderation.f_moments import (
    ScaledF,
    moment_fit,
    parse_covariate,
    parse_variances,
    warn_of_zeros,
)
from pylimma.moderation.f_robust import parse_winsor, winsorized_fit
from pylimma.numerics.threads import with_threads
from pylimma.record import Record
from pylimma.typing import FloatArray

_FEWEST_GENES = 3  # with fewer there is nothing to borrow


@dataclass(frozen=True, slots=True, eq=False)
class SqueezedVariances(Record):
    """Posterior variances and the prior behind them.

    Attributes
    ----------
    df_prior : float, or array of shape (genes,) if outliers have their own
        Prior degrees of freedom, which may be infinite.
    var_prior : float, or array of shape (genes,) under a trend
        Prior variance.
    var_post : array of shape (genes,)
        Posterior variances.
    """

    df_prior: float | FloatArray
    var_prior: float | FloatArray
    var_post: FloatArray


def squeeze(
    var: FloatArray,
    df: FloatArray,
    covariate: FloatArray | None = None,
    *,
    robust: bool = False,
    winsor_tail_p: tuple[float, float] = (0.05, 0.1),
    legacy: bool | None = None,
    span: float | None = None,
    within_r: bool = False,
) -> SqueezedVariances:
    """Variances weighted against a prior that is estimated from all of them."""
    if var.size < _FEWEST_GENES:
        return SqueezedVariances(0.0, var if var.size > 1 else float(var[0]), var.copy())
    if (df == 0).any():
        var = np.where(df == 0, 0.0, var)
    if legacy is None:
        positive = df[df > 0]
        legacy = positive.size == 0 or bool(positive.min() == positive.max())
    if not legacy or span is not None:
        prior = likelihood_fit(var, df, covariate, robust=robust, span=span, within_r=within_r)
    elif robust:
        prior = winsorized_fit(_mostly_positive(var, df), df, covariate, winsor_tail_p)
    else:
        prior = moment_fit(var, df, covariate)
    return _squeezed(var, df, prior)


def _mostly_positive(var: FloatArray, df: FloatArray) -> FloatArray:
    """Variances for the robust prior; zeros, which carry no scale, are missing if most are zero."""
    known = var[(df > 0) & np.isfinite(var)]
    if known.size == 0 or np.median(known) > 0:
        return var
    return np.where(var > 0, var, np.nan)


def _squeezed(var: FloatArray, df: FloatArray, prior: ScaledF) -> SqueezedVariances:
    df_prior = prior.df2 if prior.df2_shrunk is None else prior.df2_shrunk
    return SqueezedVariances(
        df_prior, prior.scale, posterior_variance(var, df, prior.scale, df_prior)
    )


def posterior_variance(
    var: FloatArray,
    df: FloatArray,
    var_prior: float | FloatArray,
    df_prior: float | FloatArray,
) -> FloatArray:
    r"""Variances weighted with their prior by degrees of freedom.

    .. math:: \tilde s_g^2 = \frac{d_g s_g^2 + d_0 s_0^2}{d_g + d_0}
    """
    finite = np.isfinite(df_prior)
    d0 = np.where(finite, df_prior, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        weighted = (df * var + d0 * np.asarray(var_prior)) / (df + d0)
    return weighted if finite.all() else np.where(finite, weighted, var_prior)


def squeeze_var(
    var: ArrayLike,
    df: ArrayLike,
    covariate: ArrayLike | None = None,
    span: float | None = None,
    robust: bool = False,
    winsor_tail_p: float | Sequence[float] = (0.05, 0.1),
    legacy: bool | None = None,
    *,
    compat: str | None = None,
    n_jobs: int | None = None,
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
    span : float, optional
        Span of the variance trend, above 0 and at most 1. Asks for maximum likelihood.
    robust : bool
        Whether hypervariable genes are kept from inflating the prior, and are squeezed less.
    winsor_tail_p : (float, float) or float
        Proportions of variances pulled in at the lower and upper end, each at least 0 and
        below 0.5; for `robust` with equal `df`.
    legacy : bool, optional
        Whether the prior is estimated by moments of log variances, as before limma 3.62,
        rather than by maximum likelihood; when not given, if all positive `df` are equal.
    compat : {"3.68"}, optional
        Whether prior degrees of freedom by maximum likelihood are kept between 2 and 8135, as
        in limma 3.68.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    SqueezedVariances
        Components `df_prior`, `var_prior` and `var_post`.

    Raises
    ------
    ShapeError
        If the arguments have different lengths.
    InputError
        If there are no variances or all are zero, `df` is not finite, the covariate has missing
        values, an option is out of its range, or the prior cannot be estimated.

    Warns
    -----
    InputWarning
        If variances or degrees of freedom are infinite or negative; those are excluded.
    EstimationWarning
        If variances are zero; the message says how to keep them out of the prior.

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
    if not np.isfinite(vector(df, "df")).all():
        raise InputError("`df` must be finite; set it to 0 for genes without degrees of freedom.")
    x, df1 = parse_variances(var, df, "var", "df")
    check_span(span)
    options: dict[str, Any] = {
        "robust": flag(robust, "robust"),
        "winsor_tail_p": parse_winsor(winsor_tail_p),
        "legacy": None if legacy is None else flag(legacy, "legacy"),
        "span": span,
        "within_r": parse_compat(compat),
    }
    if x.size >= _FEWEST_GENES:
        warn_of_zeros(x, df1, robust=options["robust"])
        if not (x[df1 > 0] > 0).any() and (df1 > 0).any() and not np.isnan(x).all():
            raise InputError("All variances `var` are zero: there is no noise to be moderated.")
    with with_threads(n_jobs):
        result = squeeze(x, df1, parse_covariate(covariate, var), **options)
    if np.isnan(result.df_prior).any():
        raise InputError(
            "The prior of the variances cannot be estimated: fewer than two genes have a "
            "positive `var` on at least 0.01 `df`."
        )
    return result
