r"""Counts as rates: per million reads, per kilobase, and with prior counts added.

A count :math:`y_{gj}` of gene *g* in sample *j* becomes a rate by division by the library size
:math:`L_j`. Every function treats rows independently, given the library sizes, so that counts
may come in blocks of genes, and takes integer or floating counts of any width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pylimma.record import Record

if TYPE_CHECKING:
    from pylimma.typing import AnyArray, FloatArray

PER_MILLION = 1e6
LOG2_PER_MILLION = float(np.log2(PER_MILLION))
BASES_PER_KILOBASE = 1e3


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


def library_sizes(counts: AnyArray) -> FloatArray:
    """Sum the counts of each sample, in double precision."""
    return np.asarray(counts.sum(axis=0, dtype=np.float64))


def cpm(counts: AnyArray, lib_size: FloatArray) -> FloatArray:
    """Divide counts by library sizes in millions."""
    return np.asarray(counts * (PER_MILLION / lib_size))


def log_cpm(
    counts: AnyArray, lib_size: FloatArray, prior_count: FloatArray | float = 2.0
) -> FloatArray:
    r"""Log2 counts per million, damped by prior counts in proportion to the library sizes.

    With :math:`p_{gj} = c_g L_j / \bar L`, of average :math:`c_g` over the samples,

    .. math:: \log_2 \frac{y_{gj} + p_{gj}}{L_j + 2 p_{gj}} 10^6
              = \log_2 \frac{y_{gj}/L_j + c_g/\bar L}{1 + 2 c_g/\bar L} 10^6 ,

    and the second form needs no array of prior counts.
    """
    prior_rate = _per_gene(prior_count) / _mean_size(lib_size)
    rate = np.divide(counts, lib_size, dtype=np.float64)
    rate += prior_rate
    rate[rate <= 0] = np.nan
    np.log2(rate, out=rate)
    rate += LOG2_PER_MILLION - np.log2(1 + 2 * prior_rate)
    return rate


def per_kilobase(rate: FloatArray, gene_length: FloatArray) -> FloatArray:
    """Divide rates by gene lengths in kilobases."""
    return np.asarray(rate / (gene_length / BASES_PER_KILOBASE)[:, None])


def log_per_kilobase(log_rate: FloatArray, gene_length: FloatArray) -> FloatArray:
    """Subtract log2 gene lengths in kilobases from log2 rates."""
    return np.asarray(log_rate - np.log2(gene_length / BASES_PER_KILOBASE)[:, None])


def tpm(counts: AnyArray, gene_length: FloatArray, total: FloatArray | None = None) -> FloatArray:
    r"""Transcripts per million: reads per base as a share of their sum over genes [1]_.

    References
    ----------
    .. [1] Wagner GP, Kin K, Lynch VJ (2012). Theory Biosci 131:281-285.
       https://doi.org/10.1007/s12064-012-0162-3
    """
    per_base = np.divide(counts, gene_length[:, None], dtype=np.float64)
    per_base *= PER_MILLION / (per_base.sum(axis=0) if total is None else total)
    return per_base


def add_prior_count(
    counts: AnyArray, lib_size: FloatArray, prior_count: FloatArray | float = 1.0
) -> PriorCounts:
    r"""Add prior counts :math:`p_{gj} = c_g L_j / \bar L`, and :math:`2 p_{gj}` to the sizes."""
    prior_rate = _per_gene(prior_count) / _mean_size(lib_size)
    augmented = counts + prior_rate * lib_size
    log_size = np.log(lib_size) + np.log1p(2 * prior_rate)
    return PriorCounts(y=augmented, offset=log_size)


def _per_gene(values: FloatArray | float) -> AnyArray:
    """Shape one value per gene as a column; leave one value for all as it is."""
    values = np.asarray(values, dtype=np.float64)
    return values[:, None] if values.ndim else values


def _mean_size(lib_size: FloatArray) -> AnyArray:
    """Average the library sizes over samples: one mean, or one for each gene as a column."""
    return np.asarray(lib_size.mean(axis=-1, keepdims=lib_size.ndim > 1))
