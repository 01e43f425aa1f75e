"""What one pass over all genes tells of counts that are not in memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pylimma.numerics.blocks import map_genes
from pylimma.numerics.counts.rates import exact_sums
from pylimma.numerics.lazy import LazyMatrix
from pylimma.record import Record
from pylimma.typing import AnyArray, BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class CountSummary(Record):
    """What one pass over all genes tells of counts."""

    low: float  # least count; NaN where one is missing
    high: float
    whole: bool  # whether all counts are whole numbers
    counted: BoolArray  # (genes,) whether a gene has reads
    lib_size: FloatArray  # (samples,) reads
    highest: FloatArray  # (samples,) largest count
    highest_gene: IntArray  # (samples,) the gene that has it
    n_negative: int
    n_unknown: int  # missing or infinite
    first_wrong: tuple[int, int]  # gene and sample of an unknown count, or else a negative one


def count_summary(counts: LazyMatrix) -> CountSummary:
    """Summary of counts, by a pass over all genes unless there was one."""
    if "counts" not in counts.found:
        place = np.arange(len(counts))[:, None]
        parts = map_genes(_of_block, (counts, place), width=counts.shape[1])
        tops = np.array([part.highest for part, _ in parts])
        at = tops.argmax(axis=0)
        genes = np.array([part.highest_gene for part, _ in parts])
        sums = [vector for _, vectors in parts for vector in vectors]
        n_unknown = sum(part.n_unknown for part, _ in parts)
        wrong = (part for part, _ in parts if (part.n_unknown if n_unknown else part.n_negative))
        first = next(wrong, None)
        counts.found["counts"] = CountSummary(
            low=float(np.min([part.low for part, _ in parts])),
            high=float(np.max([part.high for part, _ in parts])),
            whole=all(part.whole for part, _ in parts),
            counted=np.concatenate([part.counted for part, _ in parts]),
            lib_size=np.array([math.fsum(column) for column in zip(*sums, strict=True)]),
            highest=np.take_along_axis(tops, at[None], axis=0)[0],
            highest_gene=np.take_along_axis(genes, at[None], axis=0)[0],
            n_negative=sum(part.n_negative for part, _ in parts),
            n_unknown=n_unknown,
            first_wrong=(-1, -1) if first is None else first.first_wrong,
        )
    found: CountSummary = counts.found["counts"]
    return found


def _of_block(counts: AnyArray, place: IntArray) -> tuple[CountSummary, list[FloatArray]]:
    """Summary of a block of genes, whose numbers are `place`, and exact parts of its sums."""
    low, high = float(counts.min()), float(counts.max())
    unknown = ~np.isfinite(counts) if not np.isfinite(low + high) else None
    wrong = np.argwhere(counts < 0 if unknown is None else unknown)
    gene = counts.argmax(axis=0)
    return CountSummary(
        low,
        high,
        counts.dtype.kind != "f" or bool((counts == np.rint(counts)).all()),
        np.asarray(counts.any(axis=1)),
        np.empty(0),
        counts[gene, np.arange(counts.shape[1])].astype(np.float64),
        place[gene, 0],
        0 if unknown is not None else len(wrong),
        0 if unknown is None else len(wrong),
        (int(place[wrong[0][0], 0]), int(wrong[0][1])) if len(wrong) else (-1, -1),
    ), exact_sums(counts)
