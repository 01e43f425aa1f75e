"""Matrices of which some values are missing (NaN), in memory or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pylimma.numerics.blocks import map_genes
from pylimma.numerics.lazy import LazyMatrix
from pylimma.record import Record
from pylimma.typing import AnyArray, BoolArray, FloatArray, IntArray

ABOUT_SAMPLED = 1000  # genes that show the scale of all


@dataclass(frozen=True, slots=True, eq=False)
class Summary(Record):
    """What one pass over all genes tells of values."""

    means: FloatArray  # (genes,) without missing values, of infinite values as they are
    n_observed: IntArray  # (genes,) finite values
    samples: BoolArray  # (samples,) whether a sample has a finite value
    low: float  # least finite value; infinite where there is none
    high: float
    n_infinite: int
    first_infinite: tuple[int, int]  # gene and sample
    sampled: FloatArray  # values of about a thousand genes


def row_means(values: Any) -> FloatArray:
    """Mean of each row without its missing values; NaN for a row that has none."""
    if isinstance(values, LazyMatrix):
        return summary(values).means
    return np.concatenate(map_genes(_row_means, (values,)))


def _row_means(values: FloatArray) -> FloatArray:
    means = np.asarray(values.mean(axis=1), dtype=float)
    incomplete = np.flatnonzero(np.isnan(means))
    if incomplete.size:
        part = np.ascontiguousarray(values[incomplete])
        seen = ~np.isnan(part)
        number = seen.sum(axis=1)
        total = np.where(seen, part, 0.0).sum(axis=1)
        means[incomplete] = np.divide(
            total, number, out=np.full(incomplete.size, np.nan), where=number > 0
        )
    return means


def all_finite(values: Any) -> bool:
    """Whether no value is missing or infinite; nearly always seen from their sum."""
    if isinstance(values, LazyMatrix):
        return bool((n_observed(values) == values.shape[1]).all())
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(values.sum()) or np.isfinite(values).all())


def n_observed(values: Any) -> IntArray:
    """Number of finite values of each row."""
    if not isinstance(values, LazyMatrix):
        return np.isfinite(values).sum(axis=1)
    return (
        np.broadcast_to(values.shape[1], len(values))
        if values.limits
        else summary(values).n_observed
    )


def all_positive(values: Any) -> bool:
    """Whether all values are known and above zero."""
    if isinstance(values, LazyMatrix):
        return all_finite(values) and limits(values)[0] > 0
    return bool((values > 0).all())


def limits(values: LazyMatrix) -> tuple[float, float]:
    """Least and largest finite value."""
    return values.limits or (summary(values).low, summary(values).high)


def sampled_rows(values: Any) -> FloatArray:
    """About a thousand rows, evenly spread."""
    if isinstance(values, LazyMatrix):
        return summary(values).sampled
    return values[:: max(1, len(values) // ABOUT_SAMPLED)]


def some_rows(values: Any, rows: IntArray) -> FloatArray:
    """Rows at some positions."""
    part: Any = values[rows]
    return part.compute() if isinstance(part, LazyMatrix) else part


def as_doubles(values: AnyArray) -> FloatArray:
    """Values in double precision, in the order of the memory."""
    return values.astype(np.float64)


def without_infinite(values: FloatArray) -> FloatArray:
    """Values with infinite ones missing."""
    return np.where(np.isinf(values), np.nan, values)


def summary(values: LazyMatrix) -> Summary:
    """Summary of values that are not in memory, by a pass over all genes unless there was one."""
    if "summary" not in values.found:
        n_genes, n_samples = values.shape
        place = np.arange(n_genes)[:, None]
        step = max(1, n_genes // ABOUT_SAMPLED)
        parts = map_genes(_summary_of_block, (values, place), step, width=n_samples)
        first = [part.first_infinite for part in parts if part.n_infinite]
        values.found["summary"] = Summary(
            means=np.concatenate([part.means for part in parts]),
            n_observed=np.concatenate([part.n_observed for part in parts]),
            samples=np.asarray(np.any([part.samples for part in parts], axis=0)),
            low=min(part.low for part in parts),
            high=max(part.high for part in parts),
            n_infinite=sum(part.n_infinite for part in parts),
            first_infinite=first[0] if first else (-1, -1),
            sampled=np.concatenate([part.sampled for part in parts]),
        )
    found: Summary = values.found["summary"]
    return found


def _summary_of_block(values: FloatArray, place: IntArray, step: int) -> Summary:
    """Summary of a block of genes, whose numbers are `place`."""
    with np.errstate(over="ignore", invalid="ignore"):
        means = _row_means(values)
    sampled = np.array(values[(-place[0, 0]) % step :: step])
    if np.isfinite(means).all() and not np.isnan(values.min()):
        every = np.full(len(values), values.shape[1]), np.ones(values.shape[1], dtype=bool)
        limits = float(values.min()), float(values.max())
        return Summary(means, *every, *limits, 0, (-1, -1), sampled)
    finite = np.isfinite(values)
    infinite = np.argwhere(np.isinf(values))
    first = (int(place[infinite[0, 0], 0]), int(infinite[0, 1])) if len(infinite) else (-1, -1)
    return Summary(
        means,
        finite.sum(axis=1),
        np.asarray(finite.any(axis=0)),
        float(np.min(values, initial=np.inf, where=finite)),
        float(np.max(values, initial=-np.inf, where=finite)),
        len(infinite),
        first,
        sampled,
    )
