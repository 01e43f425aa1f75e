"""Rank scores: area under a curve, overlaps of rankings, weighted median."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pylimma.numerics.f_distribution.outliers import average_ranks
from pylimma.numerics.hypergeometric import hyper_log_sf

if TYPE_CHECKING:
    from pylimma.typing import BoolArray, FloatArray, IntArray


def area_under_roc(truth: BoolArray, stat: FloatArray) -> float:
    """Probability that a positive has a larger statistic than a negative, ties as half.

    Parameters
    ----------
    truth : array of bool of shape (n,)
        Which are positives.
    stat : array of shape (n,)
        The statistic, none missing.

    Returns
    -------
    float
        The area; NaN if all are of one class.
    """
    n_positive = int(truth.sum())
    n_negative = truth.size - n_positive
    if n_positive == 0 or n_negative == 0:
        return np.nan
    excess = average_ranks(stat)[truth].sum() - n_positive * (n_positive + 1) / 2
    return float(excess / (n_positive * n_negative))


def cumulative_overlaps(position: IntArray) -> IntArray:
    """Number of items among the first j of two rankings, for every j.

    Parameters
    ----------
    position : array of int of shape (n,)
        Position in the second ranking, from 0, of the items in the order of the first.

    Returns
    -------
    array of int of shape (n,)
        Sizes of the overlaps.
    """
    later = np.maximum(np.arange(position.size), position)
    return np.cumsum(np.bincount(later, minlength=position.size))


def log_overlap_p_values(overlap: IntArray) -> FloatArray:
    """Logs of the probabilities of overlaps at least as large between random rankings.

    Parameters
    ----------
    overlap : array of int of shape (n,)
        Overlap of the first j, for every j.

    Returns
    -------
    array of shape (n,)
        Hypergeometric tails.
    """
    drawn = np.arange(1.0, overlap.size + 1)
    return hyper_log_sf(overlap - 1.0, drawn, overlap.size - drawn, drawn)


def weighted_median_of(x: FloatArray, weights: FloatArray) -> float:
    """Value at which half of the weight is passed.

    Parameters
    ----------
    x, weights : array of shape (n,)
        Values, and weights that are not negative; none missing.

    Returns
    -------
    float
        The smallest value with more than half of the weight up to it; the mean of a value
        with exactly half and the next. NaN without weight.
    """
    positive = weights > 0
    x, weights = x[positive], weights[positive]
    if x.size == 0:
        return np.nan
    order = np.argsort(x, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    at = int(np.searchsorted(share, 0.5, side="left"))
    if share[at] > 0.5:  # noqa: PLR2004 - half
        return float(x[order[at]])
    return float((x[order[at]] + x[order[at + 1]]) / 2)
