"""Arrays normalised by their quantiles [1]_, their medians, or curves through their differences.

Cyclic loess subtracts curves from all arrays against their mean ("fast" [2]_), or divides the curve
between two arrays among them: all pairs at once ("affy"), or one after the other ("pairs") [1]_.
NaN is missing and stays so; with pairs of arrays, a row with a missing value becomes missing.

References
----------
.. [1] Bolstad BM et al. (2003). Bioinformatics 19:185-193.
   https://doi.org/10.1093/bioinformatics/19.2.185
.. [2] Ballman KV et al. (2004). Bioinformatics 20:2778-2786.
   https://doi.org/10.1093/bioinformatics/bth327
"""

from __future__ import annotations

from itertools import combinations
from typing import Literal, TypeAlias

import numpy as np

from pylimma.arguments import number, vector
from pylimma.numerics.blocks import map_blocks
from pylimma.numerics.ranks import ranks_of_sorted
from pylimma.numerics.smoothing.loess_fit import (
    ITERATIONS,
    curves_along,
    fitted_curves,
    fitted_values,
)
from pylimma.numerics.smoothing.weighted_lowess import check_not_negative
from pylimma.typing import FloatArray

CyclicMethod: TypeAlias = Literal["fast", "affy", "pairs"]


def quantile_normalized(values: FloatArray, *, ties: bool = True) -> FloatArray:
    """Columns with the same quantiles, the means over columns of their sorted values.

    Every column has at least two values. With `ties`, equal ones get the quantile of their mean
    rank.
    """
    columns = np.array(values.T, order="C")
    n_columns, n_rows = columns.shape
    order = np.empty(columns.shape, dtype=np.intp)
    one_by_one = [slice(place, place + 1) for place in range(n_columns)]

    def sort(column: slice) -> int:
        """Sort a column in place, missing values last, and count the others."""
        place = column.start
        order[place] = np.argsort(columns[place], kind=None if ties else "stable")
        columns[place] = columns[place, order[place]]
        return n_rows - int(np.isnan(columns[place]).sum())

    def replace(column: slice) -> None:
        """Write the common quantiles where the values of a column came from."""
        place, known = column.start, n_known[column.start]
        ascending = columns[place, :known]
        tied = ties and bool((ascending[1:] == ascending[:-1]).any())
        quantiles = target
        if tied or known < n_rows:
            ranks = ranks_of_sorted(ascending) if tied else np.arange(known)
            quantiles = np.interp(ranks * ((n_rows - 1) / (known - 1)), rows, target)
        result = np.full(n_rows, np.nan)
        result[order[place, :known]] = quantiles
        columns[place] = result

    n_known = map_blocks(sort, one_by_one)
    target, rows = np.zeros(n_rows), np.arange(n_rows)
    for column, known in zip(columns, n_known, strict=True):
        target += column if known == n_rows else _stretched(column[:known], n_rows)
    target /= n_columns
    map_blocks(replace, one_by_one)
    return np.ascontiguousarray(columns.T)


def _stretched(known: FloatArray, size: int) -> FloatArray:
    """Sorted values interpolated to another number of quantiles."""
    return np.interp(np.linspace(0, 1, size), np.linspace(0, 1, len(known)), known)


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
    """Columns without trends in their differences; `weights` are of rows."""
    if weights is not None:
        weights = vector(weights, "weights", len(values), "row")
        check_not_negative(weights)
    span = number(span, "span", 0, finite=True)
    columns = np.array(values.T)
    for _ in range(iterations):
        if method == "fast":
            level = _means_of_known(columns)
            columns -= curves_along(columns - level, level, weights, span=span)
            continue
        if method == "affy":
            columns += _shared_by_pairs(columns, weights, span) / len(columns)
            continue
        for one, other in combinations(range(len(columns)), 2):
            a, b = columns[one], columns[other]
            fitted = fitted_values(b - a, (a + b) / 2, weights, span=span)
            columns[one] += fitted / 2
            columns[other] -= fitted / 2
    return np.ascontiguousarray(columns.T)


def _shared_by_pairs(columns: FloatArray, weights: FloatArray | None, span: float) -> FloatArray:
    """Sums over all pairs of the curve through their differences, of opposite sign for the two."""
    change = np.zeros(columns.shape)
    for one, a in enumerate(columns[:-1]):
        others = columns[one + 1 :]
        prior = None if weights is None else np.broadcast_to(weights, others.shape)
        fitted = fitted_curves(
            others - a, (a + others) / 2, prior, span=span, iterations=ITERATIONS
        )
        change[one] += fitted.sum(axis=0)
        change[one + 1 :] -= fitted
    return change


def _means_of_known(columns: FloatArray) -> FloatArray:
    """Mean of each row over the columns that have a value; NaN if none has."""
    known = ~np.isnan(columns)
    n_known = known.sum(axis=0)
    total = np.where(known, columns, 0.0).sum(axis=0)
    return np.divide(total, n_known, out=np.full(len(total), np.nan), where=n_known > 0)
