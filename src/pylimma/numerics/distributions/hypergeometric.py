"""Hypergeometric probabilities and tails by their logarithms."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pylimma.numerics.distributions.incomplete import log_beta_kernel
from pylimma.numerics.distributions.tails import broadcast, log_complement
from pylimma.typing import FloatArray

_PRECISION = 2.0**-53


def hyper_log_pmf(q: ArrayLike, m: ArrayLike, n: ArrayLike, k: ArrayLike) -> FloatArray:
    """Log probability of `q` marked among `k` drawn from `m` marked and `n` others, or -inf."""
    return broadcast(_log_pmf, q, m, n, k)


def hyper_log_sf(q: ArrayLike, m: ArrayLike, n: ArrayLike, k: ArrayLike) -> FloatArray:
    """Log probability of more than `q` marked among `k` drawn."""
    return broadcast(lambda *x: _log_tail(x[0] + 1, x[1], x[2], x[3]), q, m, n, k)


def hyper_log_cdf(q: ArrayLike, m: ArrayLike, n: ArrayLike, k: ArrayLike) -> FloatArray:
    """Log probability of at most `q` marked among `k` drawn."""
    return broadcast(lambda *x: _log_tail(x[3] - x[0], x[2], x[1], x[3]), q, m, n, k)


def _log_tail(q: FloatArray, m: FloatArray, n: FloatArray, k: FloatArray) -> FloatArray:
    """Log of P(X >= q), summed from `q` away from the mean."""
    above = q > k * m / np.maximum(m + n, 1)
    marked, others = np.where(above, m, n), np.where(above, n, m)
    start = np.where(above, q, k - q + 1)  # at most q - 1 marked: at least this many others
    log_sum = _log_pmf(start, marked, others, k) + np.log(_outward(start, marked, others, k))
    log_sum = np.minimum(np.where(start > np.minimum(marked, k), -np.inf, log_sum), 0.0)
    return np.where(above, log_sum, log_complement(log_sum))


def _outward(q: FloatArray, m: FloatArray, n: FloatArray, k: FloatArray) -> FloatArray:
    """P(X >= q) / P(X = q), by the ratios of successive probabilities."""
    total, term = np.ones(q.size), np.ones(q.size)
    at, x = np.flatnonzero(q < np.minimum(m, k)), q.copy()
    while at.size:
        here, room = x[at], n[at] - k[at]
        term[at] *= (m[at] - here) * (k[at] - here) / ((here + 1) * (room + here + 1))
        total[at] += term[at]
        x[at] += 1
        at = at[term[at] > _PRECISION * total[at]]
    return total


def _log_pmf(q: FloatArray, m: FloatArray, n: FloatArray, k: FloatArray) -> FloatArray:
    """Three binomial probabilities of one success rate, which cancels."""
    odds = (m + n - k) / k
    value = _log_binomial(q, m, odds) + _log_binomial(k - q, n, odds)
    value -= _log_binomial(k, m + n, odds)
    possible = (q >= 0) & (q <= m) & (k - q >= 0) & (k - q <= n)
    certain = (k == 0) | (k == m + n)
    return np.where(possible, np.where(certain, 0.0, value), -np.inf)


def _log_binomial(x: FloatArray, size: FloatArray, odds: FloatArray) -> FloatArray:
    """Log probability of `x` successes when failure has `odds` to success."""
    rest = size - x
    inner = log_beta_kernel(x, rest, odds) + np.log(size / x / rest)
    none, every = -size * np.log1p(1 / odds), -size * np.log1p(odds)
    return np.where(x == 0, none, np.where(rest == 0, every, inner))
