"""Normal deviates with the same tail probabilities as statistics of other distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from pylimma.numerics.distributions.hypergeometric import hyper_log_cdf, hyper_log_pmf, hyper_log_sf
from pylimma.numerics.distributions.quantiles import t_isf_log
from pylimma.numerics.distributions.tails import broadcast, gamma_log_cdf, gamma_log_sf, t_log_sf

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from pylimma.typing import FloatArray

_LARGEST_DF = 1e100
_SQUARABLE = 1e150  # larger values have no finite square


def z_of_tails(log_lower: FloatArray, log_upper: FloatArray) -> FloatArray:
    """Normal deviates by the smaller of two tails, the lower one on ties."""
    by_upper = log_upper < log_lower
    z: FloatArray = special.ndtri_exp(np.where(by_upper, log_upper, log_lower))
    return np.where(by_upper, -z, z)


def z_of_t(t: ArrayLike, df: ArrayLike) -> FloatArray:
    """Normal deviates of t-statistics."""
    z: FloatArray = -special.ndtri_exp(t_log_sf(np.abs(t), df))
    return np.copysign(np.abs(z), np.asarray(t))


def t_of_z(z: ArrayLike, df: ArrayLike) -> FloatArray:
    """Values of a t variable with the tails of normal deviates."""
    log_tail: FloatArray = special.log_ndtr(-np.abs(z))
    return np.copysign(np.abs(t_isf_log(log_tail, df)), np.asarray(z))


def z_of_gamma(q: ArrayLike, shape: ArrayLike, scale: ArrayLike) -> FloatArray:
    """Normal deviates of gamma variables, by the upper tail above their mean."""
    q, shape, scale = np.broadcast_arrays(*(np.asarray(v, float) for v in (q, shape, scale)))
    above = q > shape * scale
    tail = np.where(above, gamma_log_sf(q, shape, scale), gamma_log_cdf(q, shape, scale))
    z: FloatArray = special.ndtri_exp(tail)
    return np.where(above, -z, z)


def z_of_hyper(q: ArrayLike, m: ArrayLike, n: ArrayLike, k: ArrayLike) -> FloatArray:
    """Normal deviates of hypergeometric counts, by mid-p tails."""
    half = hyper_log_pmf(q, m, n, k) - np.log(2)
    with np.errstate(invalid="ignore"):  # missing counts
        below = np.logaddexp(hyper_log_cdf(np.asarray(q, float) - 1, m, n, k), half)
        above = np.logaddexp(hyper_log_sf(q, m, n, k), half)
    return z_of_tails(below, above)


def z_of_t_bailey(t: ArrayLike, df: ArrayLike) -> FloatArray:
    r"""Normal deviates of t-statistics by Bailey's approximation."""

    def size(t: FloatArray, d: FloatArray) -> FloatArray:
        log_term = _log1p_ratio(t, d + 1 / 12)
        return (d + 1 / 8) / (d + 9 / 8) * np.sqrt((d + 19 / 12) * log_term)

    return np.copysign(broadcast(size, np.abs(t), np.minimum(df, _LARGEST_DF)), np.asarray(t))


def z_of_t_wallace(t: ArrayLike, df: ArrayLike) -> FloatArray:
    r"""Normal deviates of t-statistics by Wallace's approximation."""

    def size(t: FloatArray, d: FloatArray) -> FloatArray:
        return (d + 1 / 8) / (d + 3 / 8) * np.sqrt(d * _log1p_ratio(t, d))

    return np.copysign(broadcast(size, np.abs(t), np.minimum(df, _LARGEST_DF)), np.asarray(t))


def z_of_t_hill(t: ArrayLike, df: ArrayLike) -> FloatArray:
    r"""Normal deviates of t-statistics by Hill's approximation."""

    def size(t: FloatArray, d: FloatArray) -> FloatArray:
        a = d - 0.5
        b, w = 48 * a * a, a * _log1p_ratio(t, d)
        rest = (((-0.4 * w - 3.3) * w - 24) * w - 85.5) / (0.8 * w * w + 100 + b)
        return ((rest + w + 3) / b + 1) * np.sqrt(w)

    return np.copysign(broadcast(size, np.abs(t), np.minimum(df, _LARGEST_DF)), np.asarray(t))


def _log1p_ratio(t: FloatArray, d: FloatArray) -> FloatArray:
    """Log of 1 + t**2 / d for t of any size."""
    near = np.minimum(t, _SQUARABLE)
    return np.log1p(near / d * near) + 2 * np.log(np.maximum(t / _SQUARABLE, 1.0))
