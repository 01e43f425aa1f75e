"""Scores of rankings: area under the ROC curve, overlap, weighted median."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned_to
from pylimma.arguments import described, flag, numbers, plain_array
from pylimma.errors import (
    EstimationWarning,
    InputError,
    InputTypeError,
    ShapeError,
    quoted,
    warn,
)
from pylimma.numerics.distributions.hypergeometric import hyper_log_sf
from pylimma.numerics.ranks import average_ranks, weighted_median_of
from pylimma.record import Record
from pylimma.typing import AnyArray, BoolArray, FloatArray, IntArray


def area_under_roc(truth: BoolArray, stat: FloatArray) -> float:
    """Probability that a positive has a larger statistic than a negative, ties as half."""
    n_positive = int(truth.sum())
    n_negative = truth.size - n_positive
    if n_positive == 0 or n_negative == 0:
        return np.nan
    excess = average_ranks(stat)[truth].sum() - n_positive * (n_positive + 1) / 2
    return float(excess / (n_positive * n_negative))


def cumulative_overlaps(position: IntArray) -> IntArray:
    """Number of items among the first j of two rankings, for every j."""
    later = np.maximum(np.arange(position.size), position)
    return np.cumsum(np.bincount(later, minlength=position.size))


def log_overlap_p_values(overlap: IntArray) -> FloatArray:
    """Logs of the probabilities of overlaps at least as large between random rankings."""
    drawn = np.arange(1.0, overlap.size + 1)
    return hyper_log_sf(overlap - 1.0, drawn, overlap.size - drawn, drawn)


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeOverlap(Record):
    """Overlap of the first j items of two rankings, for every j.

    Attributes
    ----------
    n_total : int
        Number of common items.
    n_min : int, optional
        The j with the smallest adjusted p-value.
    p_min : float, optional
        That p-value.
    n_overlap : array of int of shape (items,), optional
        Size of the overlap for every j.
    id_overlap : array of shape (overlap,), optional
        The common items among the first `n_min`, in the order of the first ranking.
    p_value, adj_p_value : array of shape (items,), optional
        Probability of an overlap as large by chance, and that times j.
    """

    n_total: int
    n_min: int | None = None
    p_min: float | None = None
    n_overlap: IntArray | None = None
    id_overlap: AnyArray | None = None
    p_value: FloatArray | None = None
    adj_p_value: FloatArray | None = None


def au_roc(truth: ArrayLike, stat: ArrayLike | None = None) -> float:
    """Area under the receiver operating curve.

    Parameters
    ----------
    truth : array of shape (n,)
        Whether each is a positive: booleans, or numbers of which those not 0 are positives.
    stat : array of shape (n,), optional
        Test statistic, larger for what is more likely positive. Without it `truth` is
        taken to be in order, the most likely first.

    Returns
    -------
    float
        Between 0 and 1; NaN if all are of one class or anything is missing.

    Raises
    ------
    InputTypeError
        If something is not numeric.
    ShapeError
        If there are not as many statistics as truths.

    See Also
    --------
    cum_overlap : Overlap of two rankings.

    Notes
    -----
    The area is the probability that a positive has a larger statistic than a negative,
    plus half that of a tie.

    Examples
    --------
    >>> from pylimma import au_roc
    >>> au_roc([1, 1, 0, 1, 0], stat=[5, 4, 3, 2, 1])
    0.8333333333333334
    """
    known, stat = _numbers(truth, "truth"), aligned_to(stat, truth, "values", "stat")
    values = -np.arange(float(known.size)) if stat is None else _numbers(stat, "stat")
    if values.size != known.size:
        raise ShapeError(f"`stat` has {values.size} values and `truth` {known.size}.")
    kinds = np.unique(known[~np.isnan(known)])
    if kinds.size > 2:
        raise InputError(
            f"`truth` must tell two kinds apart; it has {kinds.size} values, such as "
            f"{', '.join(f'{kind:g}' for kind in kinds[:3])}."
        )
    if np.isnan(values).any() or np.isnan(known).any():
        return float("nan")
    return area_under_roc(known != 0, values)


def cum_overlap(
    ol1: Sequence[Any] | ArrayLike, ol2: Sequence[Any] | ArrayLike
) -> CumulativeOverlap:
    """Overlap of two rankings from the top, and where it is most significant.

    Parameters
    ----------
    ol1, ol2 : sequence of identifiers
        The rankings, best first, each identifier once.

    Returns
    -------
    CumulativeOverlap
        Components `n_total`, `n_min`, `p_min`, `n_overlap`, `id_overlap`, `p_value` and
        `adj_p_value`; only `n_total` if nothing is common.

    Raises
    ------
    InputError
        If an identifier is repeated.

    See Also
    --------
    au_roc : Ranking against a known truth.

    Notes
    -----
    Identifiers in only one of the lists are excluded. The p-value for j is that of a
    hypergeometric variable; times j it allows, Bonferroni-like, for all sizes up to j.

    Examples
    --------
    >>> from pylimma import cum_overlap
    >>> overlap = cum_overlap(list("abcdefgh"), list("bacfhgde"))
    >>> overlap.n_min, list(overlap.id_overlap)
    (3, ['a', 'b', 'c'])
    """
    first, second = _ranking(ol1, "ol1"), _ranking(ol2, "ol2")
    first = first[first.isin(second)]
    second = second[second.isin(first)]
    if first.empty:
        return CumulativeOverlap(0)
    overlap = cumulative_overlaps(second.get_indexer(first))
    log_p = log_overlap_p_values(overlap)
    log_adjusted = log_p + np.log(np.arange(1, first.size + 1))
    best = int(np.argmin(log_adjusted))
    adjusted = np.exp(np.minimum(log_adjusted, 0.0))
    among = first[: best + 1].isin(second[: best + 1])
    ids = first[: best + 1][among].to_numpy()
    return CumulativeOverlap(
        first.size, best + 1, float(adjusted[best]), overlap, ids, np.exp(log_p), adjusted
    )


def weighted_median(
    x: ArrayLike,
    w: ArrayLike | None = None,
    na_rm: bool = False,
) -> float:
    """Weighted median.

    Parameters
    ----------
    x : array of shape (n,)
        Values.
    w : array of shape (n,), optional
        Weights, not negative; 1 each if not given.
    na_rm : bool
        Whether to exclude missing values and weights.

    Returns
    -------
    float
        The smallest value with more than half of the weight up to it, or the mean of two
        between which the halves meet. NaN if a value is missing.

    Raises
    ------
    InputTypeError
        If something is not numeric.
    ShapeError
        If there are not as many weights as values.
    InputError
        If a weight is negative or missing.

    Warns
    -----
    EstimationWarning
        If all weights are zero.

    Examples
    --------
    >>> from pylimma import weighted_median
    >>> weighted_median([1, 2, 3, 4], w=[1, 1, 1, 4])
    4.0
    """
    values = _numbers(x, "x")
    weights = np.ones(values.size) if w is None else _numbers(aligned_to(w, x, "values", "w"), "w")
    if weights.size != values.size:
        raise ShapeError(f"`w` has {weights.size} weights and `x` {values.size} values.")
    if flag(na_rm, "na_rm"):
        known = ~(np.isnan(values) | np.isnan(weights))
        values, weights = values[known], weights[known]
    if np.isnan(weights).any() or (weights < 0).any():
        raise InputError("`w` must be weights, none missing and none negative.")
    if np.isnan(values).any():
        return float("nan")
    if values.size and not weights.any():
        warn("All weights are zero: there is no median.", EstimationWarning)
    return weighted_median_of(values, weights)


def _numbers(values: Any, name: str) -> FloatArray:
    return np.atleast_1d(numbers(values, name)).ravel()


def _ranking(items: Any, name: str) -> pd.Index[Any]:
    names = plain_array(items, name)
    if names.ndim != 1:
        raise InputTypeError(f"`{name}` must be a sequence of items; got {described(items)}.")
    ranking = pd.Index(names)
    if not ranking.is_unique:
        repeated = ranking[ranking.duplicated()].unique()
        raise InputError(f"`{name}` names some items more than once: {quoted(repeated)}.")
    return ranking
