"""Variances squeezed towards a common or trended prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pylimma.numerics.moderation.f_likelihood import likelihood_fit
from pylimma.numerics.moderation.f_moments import moment_fit
from pylimma.numerics.moderation.f_robust import winsorized_fit
from pylimma.record import Record
from pylimma.typing import FloatArray

if TYPE_CHECKING:
    from pylimma.numerics.moderation.f_moments import ScaledF

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
) -> SqueezedVariances:
    """Variances weighed against a prior that is estimated from all of them."""
    if var.size < _FEWEST_GENES:
        return SqueezedVariances(0.0, var if var.size > 1 else float(var[0]), var.copy())
    var = np.where(df == 0, 0.0, var)
    if legacy is None:
        positive = df[df > 0]
        legacy = positive.size == 0 or bool(positive.min() == positive.max())
    informative = _informative(var, df)
    if not legacy or span is not None:
        prior = likelihood_fit(informative, df, covariate, robust=robust, span=span)
    elif robust:
        prior = winsorized_fit(informative, df, covariate, winsor_tail_p)
    else:
        prior = moment_fit(informative, df, covariate)
    return _squeezed(var, df, prior)


def _informative(var: FloatArray, df: FloatArray) -> FloatArray:
    """Variances for the prior: where most are zero, these are missing as they tell no scale."""
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
    r"""Variances weighed with their prior by degrees of freedom.

    .. math:: \tilde s_g^2 = \frac{d_g s_g^2 + d_0 s_0^2}{d_g + d_0}
    """
    finite = np.isfinite(df_prior)
    d0 = np.where(finite, df_prior, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        weighed = (df * var + d0 * np.asarray(var_prior)) / (df + d0)
    return np.where(finite, weighed, var_prior)
