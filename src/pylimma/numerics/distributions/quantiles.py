r"""Quantiles of Student's t and F by the logarithm of the tail, however small.

The log of a tail of a log-concave variable is a concave function of the quantile; the logs
of beta odds and of gamma variables are such. Newton's method on the log tail in the log
quantile therefore converges from everywhere, after its first step from one side. Log tails may
be far below -745, the log of the smallest double; quantiles beyond the largest one are infinite.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pylimma.numerics.distributions import incomplete
from pylimma.numerics.distributions.incomplete import Kernel
from pylimma.numerics.distributions.tails import (
    INFINITE_DF,
    LOG_HALF,
    broadcast,
    log_complement,
    piecewise,
)
from pylimma.typing import AnyArray, FloatArray

_SMALLEST_START = -600.0  # log tails below start from here
_LOG_RANGE = 700.0  # logs of what can be represented
_MOST_STEPS = 100  # three to eight are needed
_CONVERGED = 1e-10  # quadratic: the next step is below rounding


def t_isf_log(log_p: ArrayLike, df: ArrayLike) -> FloatArray:
    """Quantiles of Student's t distribution by the log of the upper tail."""
    return broadcast(_t_isf_log, log_p, df)


def f_isf_log(log_p: ArrayLike, df1: ArrayLike, df2: ArrayLike) -> FloatArray:
    """Quantiles of the F distribution by the log of the upper tail."""
    return broadcast(_f_isf_log, log_p, df1, df2)


def f_ppf_log(log_p: ArrayLike, df1: ArrayLike, df2: ArrayLike) -> FloatArray:
    """Quantiles of the F distribution by the log of the lower tail."""
    with np.errstate(divide="ignore"):
        return 1 / f_isf_log(log_p, df2, df1)


def _t_isf_log(log_p: FloatArray, df: FloatArray) -> FloatArray:
    upper = log_p <= LOG_HALF
    both = np.minimum(np.where(upper, log_p, log_complement(log_p)) - LOG_HALF, 0.0)

    def finite(log_both: FloatArray, df: FloatArray) -> FloatArray:
        log_odds = _beta_log_odds(log_both, df / 2, np.full(df.shape, 0.5))
        return np.exp(0.5 * (log_odds + np.log(df)))

    def infinite(log_both: FloatArray, _: FloatArray) -> FloatArray:
        normal: FloatArray = -special.ndtri_exp(log_both + LOG_HALF)
        return normal

    size = piecewise(((df < INFINITE_DF, finite), (df >= INFINITE_DF, infinite)), both, df)
    return np.where(upper, size, -size)


def _f_isf_log(log_p: FloatArray, df1: FloatArray, df2: FloatArray) -> FloatArray:
    limit1, limit2 = df1 >= INFINITE_DF, df2 >= INFINITE_DF

    def finite(log_p: FloatArray, df1: FloatArray, df2: FloatArray) -> FloatArray:
        return np.exp(_beta_log_odds(log_p, df2 / 2, df1 / 2) + np.log(df2 / df1))

    def infinite2(log_p: FloatArray, df1: FloatArray, _: FloatArray) -> FloatArray:
        return _gamma_isf_log(log_p, df1 / 2) / (df1 / 2)

    def infinite1(log_p: FloatArray, _: FloatArray, df2: FloatArray) -> FloatArray:
        return df2 / 2 / _gamma_isf_log(log_complement(log_p), df2 / 2)

    parts = (
        (~limit1 & ~limit2, finite),
        (~limit1 & limit2, infinite2),
        (limit1 & ~limit2, infinite1),
        (limit1 & limit2, lambda log_p, _1, _2: np.ones(log_p.shape)),
    )
    return piecewise(parts, log_p, df1, df2)


def _beta_log_odds(log_p: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Log of q with log I_x(a, b) = `log_p` at x = 1/(1 + q)."""
    upper = log_p <= LOG_HALF
    smaller = np.where(upper, log_p, log_complement(log_p))
    shape1, shape2 = np.where(upper, a, b), np.where(upper, b, a)
    x = special.betaincinv(shape1, shape2, np.exp(np.maximum(smaller, _SMALLEST_START)))
    x = np.maximum(x, np.finfo(float).tiny)
    start = np.log(np.maximum(1 - x, np.finfo(float).eps)) - np.log(x)

    def at_odds(function: Kernel) -> Callable[[FloatArray, AnyArray], FloatArray]:
        def log_value(log_odds: FloatArray, at: AnyArray) -> FloatArray:
            near = np.minimum(log_odds, _LOG_RANGE)  # a pure power beyond
            value = function(shape1[at], shape2[at], np.exp(near))
            return value - shape1[at] * (log_odds - near)

        return log_value

    log_tail, log_kernel = at_odds(incomplete.log_beta_tail), at_odds(incomplete.log_beta_kernel)
    solution = _newton(log_tail, log_kernel, smaller, start)
    return np.where(upper, solution, -solution)


def _gamma_isf_log(log_p: FloatArray, a: FloatArray) -> FloatArray:
    """The value x with log Q(a, x) = `log_p`."""
    upper = log_p <= LOG_HALF
    lower_p = np.exp(log_complement(np.where(upper, LOG_HALF, log_p)))
    lower = special.gammaincinv(a, lower_p)
    start = special.gammainccinv(a, np.exp(np.clip(log_p, _SMALLEST_START, LOG_HALF)))
    start = np.where(log_p < _SMALLEST_START, np.maximum(start, -log_p), start)

    def log_tail(log_x: FloatArray, at: AnyArray) -> FloatArray:
        return incomplete.log_gamma_upper(a[at], np.exp(log_x))

    def log_kernel(log_x: FloatArray, at: AnyArray) -> FloatArray:
        return incomplete.log_gamma_kernel(a[at], np.exp(log_x))

    log_x = _newton(log_tail, log_kernel, np.minimum(log_p, LOG_HALF), np.log(start))
    return np.where(upper, np.exp(log_x), lower)


def _newton(
    log_tail: Callable[[FloatArray, AnyArray], FloatArray],
    log_kernel: Callable[[FloatArray, AnyArray], FloatArray],
    target: FloatArray,
    start: FloatArray,
) -> FloatArray:
    """Where a falling log tail reaches its target; its slope is -exp(log kernel - log tail)."""
    solution = start.copy()
    at = np.flatnonzero(np.isfinite(target))
    solution[target == -np.inf] = np.inf
    solution[np.isnan(target)] = np.nan
    for _ in range(_MOST_STEPS):
        now = solution[at]
        value = log_tail(now, at)
        step = (value - target[at]) * np.exp(value - log_kernel(now, at))
        solution[at] = now + step
        at = at[np.abs(step) > _CONVERGED]
        if at.size == 0:
            break
    return solution
