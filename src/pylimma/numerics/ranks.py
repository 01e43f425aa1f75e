"""Ranks with ties, and the median under weights."""

from __future__ import annotations

import numpy as np

from pylimma.typing import FloatArray, IntArray

_HALF = 0.5  # of the total weight


def ranks_of_sorted(ascending: FloatArray) -> FloatArray:
    """Ranks from 0; equal values share the mean of theirs."""
    first = np.flatnonzero(np.diff(ascending, prepend=np.nan) != 0)
    size = np.diff(first, append=len(ascending))
    return np.repeat(first + (size - 1) / 2, size)


def rising_order(values: FloatArray) -> IntArray:
    """Order from the smallest to the largest, ties as they come, missing values last."""
    order = np.argsort(values)  # a stable sort takes four times as long
    ordered = values[order]
    if (ordered[1:] > ordered[:-1]).all():
        return order
    return np.argsort(values, kind="stable")


def average_ranks(values: FloatArray) -> FloatArray:
    """Ranks from 1, ties averaged."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[group]


def weighted_median_of(x: FloatArray, weights: FloatArray) -> float:
    """Smallest value with more than half of the weight up to it, or the middle of two."""
    positive = weights > 0
    x, weights = x[positive], weights[positive]
    if x.size == 0:
        return np.nan
    order = np.argsort(x, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    at = int(np.searchsorted(share, _HALF, side="left"))
    if share[at] > _HALF:
        return float(x[order[at]])
    return float((x[order[at]] + x[order[at + 1]]) / 2)
