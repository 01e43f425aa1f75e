r"""Counts as rates: per million reads, per kilobase, and with prior counts added.

A count :math:`y_{gj}` of gene *g* in sample *j* becomes a rate by division by the library size
:math:`L_j`, or :math:`L_{gj}` where sizes differ by gene. Prior counts :math:`p_{gj} = c_g L_j /
\bar L` average :math:`c_g` over the samples. Given the library sizes, rows are independent, so that
counts may come in blocks of genes; they may be integers or floats of any width. Throughout,
`lib_size` has shape (samples,) or (genes, samples); `prior_count` is a number or of shape (genes,).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pylimma.numerics.blocks import gene_blocks
from pylimma.record import Record
from pylimma.typing import AnyArray, FloatArray

PER_MILLION = 1e6
LOG2_PER_MILLION = float(np.log2(PER_MILLION))
BASES_PER_KILOBASE = 1e3

_GRID_BITS = 32  # bits of each value that one step of an exact sum takes


@dataclass(frozen=True, slots=True, eq=False)
class PriorCounts(Record):
    """Counts with prior counts added, and the log library sizes that go with them.

    Attributes
    ----------
    y : array of shape (genes, samples)
        Augmented counts.
    offset : array of shape (samples,) or (genes, samples)
        Natural logarithms of the augmented library sizes; one row serves all genes when
        these share the prior count and the library sizes.
    """

    y: FloatArray
    offset: FloatArray


def library_sizes(counts: Any) -> FloatArray:
    """Correctly rounded sums of each sample, of up to 2^53 reads; the counts may be sparse.

    Estimated counts are fractional, and an ulp of a sum decides ties in the trimming of TMM.
    """
    if not isinstance(counts, np.ndarray):
        return _sparse_sizes(counts if counts.format in ("csr", "csc") else counts.tocsr())
    if counts.dtype.kind in "iub":  # 64 bits hold sums of any width
        return np.asarray(counts.sum(axis=0, dtype=np.int64), dtype=np.float64).ravel()
    blocks = [counts[rows] for rows in gene_blocks(*counts.shape)]
    parts = [part for block in blocks for part in exact_sums(block)]
    return np.array([math.fsum(column) for column in zip(*parts, strict=True)])


def _sparse_sizes(counts: Any) -> FloatArray:
    """Sums of each sample of a matrix compressed by gene or by sample, a part of it at a time."""
    n_samples, parts = counts.shape[1], list[FloatArray]()
    for stored in gene_blocks(counts.data.size, 1):
        if counts.format == "csr":
            sample = counts.indices[stored]
        else:
            place = np.arange(stored.start, stored.stop)
            sample = np.searchsorted(counts.indptr, place, side="right") - 1

        def by_sample(values: FloatArray, sample: AnyArray = sample) -> FloatArray:
            return np.asarray(np.bincount(sample, values, minlength=n_samples), dtype=np.float64)

        parts += _exact_parts(counts.data[stored], by_sample)
    return np.array([math.fsum(column) for column in zip(*parts, strict=True)])


def exact_sums(counts: AnyArray) -> list[FloatArray]:
    """Vectors whose sum is that of the genes, each of them exact."""
    if counts.dtype.kind in "iub":
        return [counts.sum(axis=0, dtype=np.int64).astype(np.float64)]
    return _exact_parts(counts, _sum_rows)


def _sum_rows(values: FloatArray) -> FloatArray:
    return np.asarray(values.sum(axis=0))


def _exact_parts(values: AnyArray, total: Callable[[FloatArray], FloatArray]) -> list[FloatArray]:
    """Totals of the parts of values on ever finer grids: each is exact, and so are their sums."""
    rest = np.asarray(values, dtype=np.float64)
    parts: list[FloatArray] = []
    while True:
        whole = np.rint(rest)
        parts.append(np.ldexp(total(whole), -_GRID_BITS * len(parts)))
        # the first grid does for whole numbers, and for what is no number
        if np.array_equal(whole, rest) or not np.isfinite(parts[0]).all():
            return parts
        rest = np.subtract(rest, whole, out=whole)
        rest *= 2.0**_GRID_BITS


def cpm(counts: AnyArray, lib_size: FloatArray) -> FloatArray:
    """Counts divided by library sizes in millions."""
    # the product first: it is exact for whole numbers, so that equal rates are equal numbers
    rate = np.multiply(counts, PER_MILLION, dtype=np.float64)
    rate /= lib_size
    return rate


def log_cpm(
    counts: AnyArray, lib_size: FloatArray, prior_count: FloatArray | float = 2.0
) -> FloatArray:
    """Log2 counts per million with prior counts; NaN where count and prior count are zero."""
    # log2 of (y + p) / (L + 2 p) 10^6 = (y/L + c/mean(L)) / (1 + 2 c/mean(L)) 10^6: the second form
    # needs no array of prior counts
    prior_rate = _per_gene(prior_count) / _mean_size(lib_size)
    rate = np.divide(counts, lib_size, dtype=np.float64)
    rate += prior_rate
    rate[rate <= 0] = np.nan
    np.log2(rate, out=rate)
    rate += LOG2_PER_MILLION - np.log2(1 + 2 * prior_rate)
    return rate


def per_kilobase(rate: FloatArray, gene_length: FloatArray) -> FloatArray:
    """Rates divided by gene lengths, which are in bases."""
    return np.asarray(rate / (gene_length / BASES_PER_KILOBASE)[:, None])


def log_per_kilobase(log_rate: FloatArray, gene_length: FloatArray) -> FloatArray:
    """Log2 rates less the log2 of gene lengths, which are in bases."""
    return np.asarray(log_rate - np.log2(gene_length / BASES_PER_KILOBASE)[:, None])


def tpm(counts: AnyArray, gene_length: FloatArray, total: FloatArray | None = None) -> FloatArray:
    """Reads per base as a share of a million; `total` is their sum if only some genes are given."""
    per_base = np.divide(counts, gene_length[:, None], dtype=np.float64)
    per_base *= PER_MILLION / (per_base.sum(axis=0) if total is None else total)
    return per_base


def add_prior_count(
    counts: AnyArray, lib_size: FloatArray, prior_count: FloatArray | float = 1.0
) -> PriorCounts:
    r"""Counts :math:`y + p`, and natural logarithms of the library sizes :math:`L + 2 p`."""
    prior_rate = _per_gene(prior_count) / _mean_size(lib_size)
    augmented = counts + prior_rate * lib_size
    log_size = np.log(lib_size) + np.log1p(2 * prior_rate)
    return PriorCounts(y=augmented, offset=log_size)


def _per_gene(values: FloatArray | float) -> AnyArray:
    """One value for each gene as a column; one value for all as it is."""
    values = np.asarray(values, dtype=np.float64)
    return values[:, None] if values.ndim else values


def _mean_size(lib_size: FloatArray) -> AnyArray:
    """Mean library size over samples: one, or one for each gene as a column."""
    return np.asarray(lib_size.mean(axis=-1, keepdims=lib_size.ndim > 1))
