"""Arrays made alike: by their quantiles, their medians, or curves through their differences."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from pylimma.numerics.smoothing.loess_fit import loess_fit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pylimma.typing import FloatArray

CyclicMethod: TypeAlias = Literal["fast", "affy", "pairs"]


def quantile_normalized(values: FloatArray, *, ties: bool = True) -> FloatArray:
    """Columns with the same quantiles: the means over columns of their sorted values, as in [1]_.

    References
    ----------
    .. [1] Bolstad BM et al. (2003). Bioinformatics 19:185-193.
       https://doi.org/10.1093/bioinformatics/19.2.185
    """
    n_rows, n_columns = values.shape
    target = np.zeros(n_rows)
    for column in values.T:
        known = np.sort(column[~np.isnan(column)])
        target += known if len(known) == n_rows else _stretched(known, n_rows)
    target /= n_columns
    result = np.full(values.shape, np.nan)
    rows = np.arange(n_rows)
    for number, column in enumerate(values.T):
        known = np.flatnonzero(~np.isnan(column))
        order = known[np.argsort(column[known], kind=None if ties else "stable")]
        ranks = _mean_ranks(column[order]) if ties else np.arange(len(order))
        position = ranks * ((n_rows - 1) / (len(order) - 1))
        result[order, number] = np.interp(position, rows, target)
    return result


def _stretched(known: FloatArray, size: int) -> FloatArray:
    """Sorted values interpolated to another number of quantiles."""
    return np.interp(np.linspace(0, 1, size), np.linspace(0, 1, len(known)), known)


def _mean_ranks(ascending: FloatArray) -> FloatArray:
    """Ranks from 0; equal values share the mean of theirs."""
    first = np.flatnonzero(np.diff(ascending, prepend=np.nan) != 0)
    number = np.diff(first, append=len(ascending))
    return np.repeat(first + (number - 1) / 2, number)


def median_scaled(values: FloatArray, medians: FloatArray) -> FloatArray:
    """Columns divided so that their medians become the geometric mean of all medians."""
    log_medians = np.log(medians)
    return np.asarray(values / np.exp(log_medians - log_medians.mean()))


def cyclic_loess(
    values: FloatArray,
    weights: FloatArray | None = None,
    *,
    span: float,
    iterations: int = 3,
    method: CyclicMethod = "fast",
) -> FloatArray:
    """Columns without trends in their differences, by cycles of smooth curves.

    References
    ----------
    .. [1] Ballman KV et al. (2004). Bioinformatics 20:2778-2786.
       https://doi.org/10.1093/bioinformatics/bth327
    .. [2] Bolstad BM et al. (2003). Bioinformatics 19:185-193.
       https://doi.org/10.1093/bioinformatics/19.2.185
    """
    columns = np.array(values.T)

    def curve(difference: FloatArray, level: FloatArray) -> FloatArray:
        return loess_fit(difference, level, weights, span=span).fitted

    for _ in range(iterations):
        if method == "fast":
            level = _means_of_known(columns)
            columns -= [curve(column - level, level) for column in columns]
        elif method == "affy":
            change = np.zeros(columns.shape)
            for one, other in _pairs(len(columns)):
                a, b = columns[one], columns[other]
                fitted = curve(b - a, (a + b) / 2)
                change[one] += fitted
                change[other] -= fitted
            columns += change / len(columns)
        else:
            for one, other in _pairs(len(columns)):
                a, b = columns[one], columns[other]
                fitted = curve(b - a, (a + b) / 2)
                columns[one] += fitted / 2
                columns[other] -= fitted / 2
    return np.ascontiguousarray(columns.T)


def _pairs(n_columns: int) -> Iterator[tuple[int, int]]:
    return combinations(range(n_columns), 2)


def _means_of_known(columns: FloatArray) -> FloatArray:
    """Mean of each row over the columns that have a value; NaN if none has."""
    known = ~np.isnan(columns)
    number = known.sum(axis=0)
    total = np.where(known, columns, 0.0).sum(axis=0)
    return np.divide(total, number, out=np.full(len(total), np.nan), where=number > 0)
