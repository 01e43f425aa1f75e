r"""Adjustment of p-values for multiple testing, also by their logarithms.

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
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pylimma.typing import AdjustMethod, FloatArray, IntArray


def adjust_p_values(p: FloatArray, method: AdjustMethod = "BH") -> FloatArray:
    """P-values adjusted for multiple testing."""
    if method == "none":
        return p.copy()
    at, rising = _sorted(p)
    result = np.full(p.shape, np.nan)
    if method == "hommel":
        with np.errstate(divide="ignore"):
            result[at] = np.exp(_log_hommel(np.log(rising)))
    else:
        result[at] = _monotone(_constants(method, rising.size) * rising, method)
    return np.minimum(result, 1.0)


def adjust_log_p_values(log_p: FloatArray, method: AdjustMethod = "BH") -> FloatArray:
    """Logs of adjusted p-values, however small."""
    if method == "none":
        return log_p.copy()
    at, rising = _sorted(log_p)
    result = np.full(log_p.shape, np.nan)
    if method == "hommel":
        result[at] = _log_hommel(rising)
    else:
        result[at] = _monotone(np.log(_constants(method, rising.size)) + rising, method)
    return np.minimum(result, 0.0)


def _sorted(values: FloatArray) -> tuple[IntArray, FloatArray]:
    """Positions of the known values in ascending order, and the values there."""
    known = np.flatnonzero(~np.isnan(values))
    at = known[np.argsort(values[known], kind="stable")]
    return at, values[at]


def _constants(method: AdjustMethod, n: int) -> FloatArray:
    rank: FloatArray = np.arange(1, n + 1, dtype=float)
    if method == "bonferroni":
        return np.full(n, float(n))
    if method in ("holm", "hochberg"):
        return n + 1.0 - rank
    if method == "BY":
        return np.sum(1 / rank) * n / rank
    return n / rank


def _monotone(values: FloatArray, method: AdjustMethod) -> FloatArray:
    if method == "bonferroni":
        return values
    if method == "holm":
        return np.maximum.accumulate(values)
    return np.minimum.accumulate(values[::-1])[::-1]


def _log_hommel(rising: FloatArray) -> FloatArray:
    r"""Logs of Hommel's adjusted p-values of sorted log p-values.

    A hypothesis is rejected when Simes' test rejects every set that it belongs to. The
    worst sets of size :math:`m` hold it and the largest p-values. With :math:`C_m` the Simes
    p-value of the :math:`m` largest, which falls with :math:`m`, the adjusted p-value of
    rank :math:`r` is :math:`\max(C_{n-r+1}, \max_{m \le n-r} \min(m p_{(r)}, C_m))`: its
    second part lies where :math:`m p_{(r)}` crosses :math:`C_m`.
    """
    n = rising.size
    if n == 0:
        return rising.copy()
    log_size = np.log(np.arange(1, n + 1))
    simes = np.append(log_size + _smallest_ratios(rising)[::-1], -np.inf)
    crossing, beyond = (
        np.zeros(n, dtype=np.intp),
        n - np.arange(n),
    )  # m that fits, m that does not
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


def adjust_rows(p: FloatArray, method: AdjustMethod) -> FloatArray:
    """P-values adjusted for the tests of their own row."""
    if method == "none":
        return p.copy()
    order = np.argsort(p, axis=1)
    rising = np.take_along_axis(p, order, axis=1)
    n = (~np.isnan(p)).sum(axis=1, keepdims=True)
    rank = np.arange(1, p.shape[1] + 1)
    factor = {
        "bonferroni": lambda: n + 0.0 * rank,
        "holm": lambda: n - rank + 1.0,
        "hochberg": lambda: n - rank + 1.0,
        "BH": lambda: n / rank,
        "BY": lambda: n / rank * np.cumsum(1 / rank)[np.maximum(n, 1) - 1],
    }["BH" if method == "fdr" else method]()
    scaled = rising * factor
    if method == "holm":
        scaled = np.fmax.accumulate(scaled, axis=1)
    elif method != "bonferroni":
        scaled = np.fmin.accumulate(scaled[:, ::-1], axis=1)[:, ::-1]
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(scaled, 1.0), axis=1)
    return np.where(np.isnan(p), np.nan, adjusted)


def simes(p: FloatArray) -> FloatArray:
    """Combine the p-values of each row by Simes' rule."""
    n = p.shape[1]
    return np.fmin.reduce(np.sort(p, axis=1) * n / np.arange(1, n + 1), axis=1)
