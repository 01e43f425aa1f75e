r"""P-values adjusted for multiple testing, also by their logarithms, or combined by Simes' rule.

Missing values stay missing and do not count as tests. All step procedures multiply the
sorted p-values :math:`p_{(1)} \le \dots \le p_{(n)}` by constants and make them monotone:

========== ==================================================== ===========
method     constant of :math:`p_{(i)}`                          direction
========== ==================================================== ===========
bonferroni :math:`n`                                            none
holm       :math:`n - i + 1`                                    up from the smallest
hochberg   :math:`n - i + 1`                                    down from the largest
BH, fdr    :math:`n / i`                                        down from the largest
BY         :math:`n / i \sum_k 1/k`                             down from the largest
hommel     by closed testing with Simes' tests
========== ==================================================== ===========

Simes' p-value of a set of tests, :math:`\min_k n p_{(k)} / k`, is the smallest by BH.
"""

from __future__ import annotations

import numpy as np

from pylimma.numerics.ranks import rising_order
from pylimma.typing import AdjustMethod, FloatArray, IntArray


def adjust_p_values(p: FloatArray, method: AdjustMethod = "BH") -> FloatArray:
    """P-values adjusted for multiple testing."""
    if method == "none":
        return p.copy()
    at, rising = _sorted(p)
    rank = np.arange(1.0, rising.size + 1)
    result = np.full(p.shape, np.nan)
    if method == "hommel":
        with np.errstate(divide="ignore"):
            result[at] = np.exp(_log_hommel(np.log(rising)))
    else:
        result[at] = _monotone(_constants(method, rising.size, rank) * rising, method)
    return np.minimum(result, 1.0)


def adjust_log_p_values(log_p: FloatArray, method: AdjustMethod = "BH") -> FloatArray:
    """Logs of adjusted p-values, however small."""
    if method == "none":
        return log_p.copy()
    at, rising = _sorted(log_p)
    rank = np.arange(1.0, rising.size + 1)
    result = np.full(log_p.shape, np.nan)
    if method == "hommel":
        result[at] = _log_hommel(rising)
    else:
        result[at] = _monotone(np.log(_constants(method, rising.size, rank)) + rising, method)
    return np.minimum(result, 0.0)


def adjust_rows(p: FloatArray, method: AdjustMethod = "BH") -> FloatArray:
    """P-values adjusted for the tests of their own row, by any method but "hommel"."""
    if method == "none":
        return p.copy()
    order = np.argsort(p, axis=1)  # missing values last
    n, rank = (~np.isnan(p)).sum(axis=1, keepdims=True), np.arange(1.0, p.shape[1] + 1)
    scaled = _constants(method, n, rank) * np.take_along_axis(p, order, axis=1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(_monotone(scaled, method), 1.0), axis=1)
    return np.where(np.isnan(p), np.nan, adjusted)


def simes(p: FloatArray, first: IntArray) -> FloatArray:
    """Simes' p-value of each group; `first` holds where groups begin in `p`, none being empty.

    A missing value counts as a test of its group, one that is not significant.
    """
    size = np.diff(first, append=p.size)
    group = np.repeat(np.arange(first.size), size)
    rank = np.arange(1, p.size + 1) - np.repeat(first, size)
    order = np.argsort(p)
    place = np.empty(p.size, dtype=np.int64)
    place[order] = np.arange(p.size)
    # ranks sorted within groups, which one sort of whole numbers does fastest
    rising = p[order][np.sort(group * p.size + place) - group * p.size]
    return np.fmin.reduceat(rising * size[group] / rank, first)


def _sorted(values: FloatArray) -> tuple[IntArray, FloatArray]:
    """Positions of the known values in ascending order, and the values there."""
    at = rising_order(values)
    rising = values[at]
    n_known = int(np.searchsorted(rising, np.nan))  # missing values come last
    return at[:n_known], rising[:n_known]


def _constants(method: AdjustMethod, n: int | IntArray, rank: FloatArray) -> FloatArray:
    """Constants of sorted p-values; `rank` runs along the last axis, from 1 to at least `n`."""
    if method == "bonferroni":
        return n + 0.0 * rank
    if method in ("holm", "hochberg"):
        return n + 1.0 - rank
    if method == "BY":
        harmonic = np.where(rank <= n, 1 / rank, 0.0).sum(axis=-1, keepdims=True)
        return np.asarray(harmonic * n / rank)
    return n / rank


def _monotone(values: FloatArray, method: AdjustMethod) -> FloatArray:
    """Running extremes along the last axis, which pass over missing values."""
    if method == "bonferroni":
        return values
    if method == "holm":
        return np.fmax.accumulate(values, axis=-1)
    return np.fmin.accumulate(values[..., ::-1], axis=-1)[..., ::-1]


def _log_hommel(rising: FloatArray) -> FloatArray:
    """Logs of Hommel's adjusted p-values of sorted log p-values."""
    # A hypothesis is rejected when Simes' test rejects every set that it belongs to. The worst
    # sets of size m hold it and the largest p-values. With C_m the Simes p-value of the m
    # largest, which falls with m, the adjusted p-value of rank r is the larger of C_{n-r+1} and
    # max_{m <= n-r} min(m p_(r), C_m), which lies where m p_(r) crosses C_m.
    n = rising.size
    if n == 0:
        return rising.copy()
    log_size = np.log(np.arange(1, n + 1))
    simes = np.append(log_size + _smallest_ratios(rising)[::-1], -np.inf)
    crossing, beyond = np.zeros(n, dtype=np.intp), n - np.arange(n)  # m that fits, that does not
    while np.any(beyond - crossing > 1):
        middle = (crossing + beyond) // 2
        index = np.maximum(middle, 1) - 1
        fits = (middle == 0) | (log_size[index] + rising <= simes[index])
        crossing, beyond = np.where(fits, middle, crossing), np.where(fits, beyond, middle)
    at_crossing = np.where(crossing > 0, log_size[crossing - 1] + rising, -np.inf)
    return np.maximum(at_crossing, simes[crossing])


def _smallest_ratios(rising: FloatArray) -> FloatArray:
    """Log of the smallest p_(j) / (j - k) over j > k, for every k from 0.

    The best j rises with k, so that those found for a coarse grid of k bound the search
    between: each halving of the grid costs one pass over the values.
    """
    n = rising.size
    smallest, best = np.empty(n), np.zeros(n + 1, dtype=np.intp)
    best[n] = n - 1
    stride = 1 << max(n - 1, 1).bit_length()
    start = np.zeros(1, dtype=np.intp)
    while start.size:
        low = np.maximum(best[np.maximum(start - stride, 0)], start)
        size = best[np.minimum(start + stride, n)] - low + 1
        first = np.cumsum(size) - size
        j = np.arange(size.sum()) - np.repeat(first - low, size)
        ratio = rising[j] - np.log(j + 1.0 - np.repeat(start, size))
        smallest[start] = np.minimum.reduceat(ratio, first)
        hits = np.flatnonzero(ratio == np.repeat(smallest[start], size))
        best[start] = j[hits[np.searchsorted(hits, first)]]
        stride //= 2
        start = np.arange(stride, n, 2 * stride) if stride else start[:0]
    return smallest
