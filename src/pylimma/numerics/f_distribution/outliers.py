"""Degrees of freedom of genes whose variances are too large for the common distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pylimma.typing import FloatArray


def log_not_outlier(log_tail: FloatArray, f: FloatArray) -> FloatArray:
    """Log probability of not being an outlier, by the tail of an F statistic and its rank.

    Parameters
    ----------
    log_tail : array of shape (genes,)
        Log upper tail probabilities of the statistics.
    f : array of shape (genes,)
        The statistics.

    Returns
    -------
    array of shape (genes,)
        Log of the tail over the proportion of genes beyond, at most 0. Were all variances
        from one distribution the ratio would be about one.
    """
    beyond = (f.size - average_ranks(f) + 0.5) / f.size
    return np.minimum(log_tail - np.log(beyond), 0.0)


def average_ranks(values: FloatArray) -> FloatArray:
    """Ranks from 1, ties averaged.

    Parameters
    ----------
    values : array of shape (n,)
        Values without NaN.

    Returns
    -------
    array of shape (n,)
        Ranks of the values in ascending order.
    """
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[group]


def shrink_df(
    df2: float, df2_outlier: float, not_outlier: FloatArray, tail: FloatArray
) -> FloatArray:
    """Degrees of freedom of each gene, between those of an outlier and the common ones.

    Parameters
    ----------
    df2, df2_outlier : float
        Common degrees of freedom, and those of an outlier.
    not_outlier : array of shape (genes,)
        Probabilities of not being an outlier.
    tail : array of shape (genes,)
        Upper tail probabilities of the variances or their logarithms.

    Returns
    -------
    array of shape (genes,)
        Average of both degrees of freedom by the probability, made not to fall as the tail
        grows: the most extreme genes share the mean where their running mean is smallest,
        and from there the running maximum is taken.
    """
    shrunk = not_outlier * df2 + (1 - not_outlier) * df2_outlier
    order = np.argsort(tail, kind="stable")
    ordered = shrunk[order]
    running = np.cumsum(ordered) / np.arange(1, ordered.size + 1)
    lowest = int(np.argmin(running))
    ordered[: lowest + 1] = running[lowest]
    shrunk[order] = np.maximum.accumulate(ordered)
    return shrunk
