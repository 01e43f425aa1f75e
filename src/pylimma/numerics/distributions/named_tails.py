"""Tails of distributions called by the names that R gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from scipy import special

from pylimma.numerics.distributions import incomplete
from pylimma.numerics.distributions.hypergeometric import hyper_log_cdf, hyper_log_sf
from pylimma.numerics.distributions.tails import (
    broadcast,
    f_log_cdf,
    f_log_sf,
    gamma_log_cdf,
    gamma_log_sf,
    log_complement,
    t_log_sf,
)
from pylimma.typing import FloatArray

Tails: TypeAlias = tuple[FloatArray, FloatArray]  # logs of the lower and of the upper tail

_WHOLE = 1e-7  # counts this little below a whole number are that number


def _normal(q: FloatArray, mean: Any = 0.0, sd: Any = 1.0) -> Tails:
    z = (q - mean) / sd
    return special.log_ndtr(z), special.log_ndtr(-z)


def _log_normal(q: FloatArray, meanlog: Any = 0.0, sdlog: Any = 1.0) -> Tails:
    return _normal(np.log(np.maximum(q, 0.0)), meanlog, sdlog)


def _student(q: FloatArray, df: Any) -> Tails:
    return t_log_sf(-q, df), t_log_sf(q, df)


def _f(q: FloatArray, df1: Any, df2: Any) -> Tails:
    return f_log_cdf(q, df1, df2), f_log_sf(q, df1, df2)


def _gamma(q: FloatArray, shape: Any, rate: Any = 1.0, scale: Any = None) -> Tails:
    scale = 1 / np.asarray(rate, float) if scale is None else scale
    return gamma_log_cdf(q, shape, scale), gamma_log_sf(q, shape, scale)


def _chi_squared(q: FloatArray, df: Any) -> Tails:
    return _gamma(q, np.asarray(df, float) / 2, scale=2.0)


def _exponential(q: FloatArray, rate: Any = 1.0) -> Tails:
    upper = -np.maximum(q, 0.0) * rate
    return log_complement(upper), upper


def _weibull(q: FloatArray, shape: Any, scale: Any = 1.0) -> Tails:
    return _exponential((np.maximum(q, 0.0) / scale) ** shape)


def _logistic(q: FloatArray, location: Any = 0.0, scale: Any = 1.0) -> Tails:
    z = (q - location) / scale
    return -np.logaddexp(0.0, -z), -np.logaddexp(0.0, z)


def _cauchy(q: FloatArray, location: Any = 0.0, scale: Any = 1.0) -> Tails:
    return _student((q - location) / scale, 1.0)


def _uniform(q: FloatArray, min: Any = 0.0, max: Any = 1.0) -> Tails:  # noqa: A002 - R's names
    lower = np.clip((q - min) / (max - np.asarray(min, float)), 0.0, 1.0)
    return np.log(lower), np.log1p(-lower)


def _beta(q: FloatArray, shape1: Any, shape2: Any) -> Tails:
    x = np.clip(q, 0.0, 1.0)
    odds = (1 - x) / x
    lower = broadcast(incomplete.log_beta_tail, shape1, shape2, odds)
    return lower, broadcast(incomplete.log_beta_tail, shape2, shape1, 1 / odds)


def _binomial(q: FloatArray, size: Any, prob: Any) -> Tails:
    count, prob = _count(q), np.asarray(prob, float)
    lower, upper = _beta(1 - prob, size - count, count + 1)
    return _within(count, lower, upper, size)


def _poisson(q: FloatArray, lambda_: Any) -> Tails:
    count = _count(q)
    upper, lower = _gamma(np.asarray(lambda_, float), count + 1)
    return _within(count, lower, upper)


def _negative_binomial(q: FloatArray, size: Any, prob: Any = None, mu: Any = None) -> Tails:
    count, size = _count(q), np.asarray(size, float)
    odds = np.asarray(mu, float) / size if prob is None else 1 / np.asarray(prob, float) - 1
    lower = broadcast(incomplete.log_beta_tail, size, count + 1, odds)
    return _within(count, lower, broadcast(incomplete.log_beta_tail, count + 1, size, 1 / odds))


def _geometric(q: FloatArray, prob: Any) -> Tails:
    return _negative_binomial(q, 1.0, prob)


def _hypergeometric(q: FloatArray, m: Any, n: Any, k: Any) -> Tails:
    count = _count(q)
    return hyper_log_cdf(count, m, n, k), hyper_log_sf(count, m, n, k)


def _count(q: FloatArray) -> FloatArray:
    return np.floor(q + _WHOLE)


def _within(
    count: FloatArray, lower: FloatArray, upper: FloatArray, largest: Any = np.inf
) -> Tails:
    """Tails of counts: certain below zero and from the largest count on."""
    below = count < largest
    lower, upper = np.where(below, lower, 0.0), np.where(below, upper, -np.inf)
    return np.where(count < 0, -np.inf, lower), np.where(count < 0, 0.0, upper)


DISTRIBUTIONS: dict[str, Callable[..., Tails]] = {
    "beta": _beta,
    "binom": _binomial,
    "cauchy": _cauchy,
    "chisq": _chi_squared,
    "exp": _exponential,
    "f": _f,
    "gamma": _gamma,
    "geom": _geometric,
    "hyper": _hypergeometric,
    "lnorm": _log_normal,
    "logis": _logistic,
    "nbinom": _negative_binomial,
    "norm": _normal,
    "pois": _poisson,
    "t": _student,
    "unif": _uniform,
    "weibull": _weibull,
}
