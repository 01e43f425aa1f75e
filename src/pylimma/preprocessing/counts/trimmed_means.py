"""Log ratios of two libraries, trimmed and averaged: TMM and TMMwsp for a pair of samples.

The notation and the papers are those of `library_sizes`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pylimma.typing import BoolArray, FloatArray, IntArray

_SAME_LOG_RATIO = 1e-6  # libraries this similar need no factor
_ZERO_COUNT = 1e-14
_SMALLEST_VARIANCE = 1e-6  # keeps a gene that makes up a library from taking all weight


@dataclass(frozen=True, slots=True)
class Trimming:
    """What is trimmed from the log ratios of two libraries, and how the rest is averaged."""

    logratio_trim: float = 0.3  # share of the genes trimmed at each end of the log ratios
    sum_trim: float = 0.05  # share trimmed at each end of the average log abundances
    weighted: bool = True  # whether log ratios are weighted by their inverse binomial variances
    acutoff: float = -1e10  # average log2 abundance that a gene must exceed (TMM only)


@dataclass(frozen=True, slots=True)
class Library:
    """Counts of some genes in one sample, of shape (genes,), with the library size."""

    counts: FloatArray
    size: float
    logs: FloatArray | None = None  # of the shares, where they are used again

    def __getitem__(self, genes: BoolArray | IntArray) -> Library:
        logs = None if self.logs is None else self.logs[genes]
        return Library(self.counts[genes], self.size, logs)

    @property
    def shares(self) -> FloatArray:
        """Of the library that each gene has."""
        return self.counts / self.size

    @property
    def log_shares(self) -> FloatArray:
        """Their log2."""
        return np.asarray(np.log2(self.shares)) if self.logs is None else self.logs


def log_factor_tmm(sample: Library, reference: Library, trimming: Trimming) -> float:
    """Log2 factor of a library against the reference, of the genes with reads in both."""
    shared = np.flatnonzero((sample.counts > 0) & (reference.counts > 0))
    sample, reference = sample[shared], reference[shared]
    log_ratio = _log_ratio(sample, reference)
    log_abundance = (sample.log_shares + reference.log_shares) / 2
    if trimming.acutoff > log_abundance.min(initial=np.inf):
        above = log_abundance > trimming.acutoff
        sample, reference = sample[above], reference[above]
        log_ratio, log_abundance = log_ratio[above], log_abundance[above]
    if np.abs(log_ratio).max(initial=0.0) < _SAME_LOG_RATIO:
        return 0.0
    within = _ranked_within(log_ratio, trimming.logratio_trim)
    within &= _ranked_within(log_abundance, trimming.sum_trim)
    kept = np.flatnonzero(within)
    log_ratio = log_ratio[kept]
    if not trimming.weighted:
        return _mean(log_ratio, np.ones_like(log_ratio))
    return _mean(log_ratio, 1 / _binomial_variance(sample[kept], reference[kept]))


def log_factor_tmmwsp(sample: Library, reference: Library, trimming: Trimming) -> float:
    """The same, with pairs of genes that have reads in one of the libraries alone."""
    of_sample, of_reference = _pair_singletons(sample.counts, reference.counts)
    sample, reference = sample[of_sample], reference[of_reference]
    log_ratio = _log_ratio(sample, reference)
    log_abundance = np.log2(sample.shares * reference.shares) / 2
    if np.abs(log_ratio).max(initial=0.0) < _SAME_LOG_RATIO:
        return 0.0

    def damped_ratio(ties: IntArray) -> FloatArray:
        return _log_ratio(
            Library(sample.counts[ties] + 0.5, sample.size + 0.5),
            Library(reference.counts[ties] + 0.5, reference.size + 0.5),
        )

    kept = _ordered_within(log_ratio, trimming.logratio_trim, damped_ratio)
    kept &= _ordered_within(log_abundance, trimming.sum_trim)
    log_ratio = log_ratio[kept]
    if not trimming.weighted:
        return _mean(log_ratio, np.ones_like(log_ratio))
    variance = _binomial_variance(sample[kept], reference[kept])
    return _mean(log_ratio, (1 + _SMALLEST_VARIANCE) / (variance + _SMALLEST_VARIANCE))


def _log_ratio(sample: Library, reference: Library) -> FloatArray:
    """Log2 ratios of the shares in two libraries."""
    ratio = sample.shares
    ratio /= reference.shares
    return np.log2(ratio, out=ratio)


def _binomial_variance(sample: Library, reference: Library) -> FloatArray:
    """Asymptotic variances of the log ratios, by the delta method."""
    return np.asarray(
        (sample.size - sample.counts) / sample.size / sample.counts
        + (reference.size - reference.counts) / reference.size / reference.counts
    )


def _mean(values: FloatArray, weights: FloatArray) -> float:
    """Weighted mean, zero where it is undefined."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = float(np.dot(values, weights) / weights.sum())
    return 0.0 if np.isnan(mean) else mean


def _pair_singletons(sample: FloatArray, reference: FloatArray) -> tuple[IntArray, IntArray]:
    """Genes with reads in both libraries, then pairs of genes with reads in only one.

    The most frequent genes of either library alone are paired by rank, as many as the library
    with fewer of them has.
    """
    in_sample, in_reference = sample > _ZERO_COUNT, reference > _ZERO_COUNT
    both = np.flatnonzero(in_sample & in_reference)
    alone = np.flatnonzero(in_sample & ~in_reference), np.flatnonzero(in_reference & ~in_sample)
    n_pairs = min(len(alone[0]), len(alone[1]))
    ranked = (
        only[np.argsort(-counts[only], kind="stable")[:n_pairs]]
        for only, counts in zip(alone, (sample, reference), strict=True)
    )
    of_sample, of_reference = (np.concatenate([both, only]) for only in ranked)
    return of_sample, of_reference


def _limits(n_genes: int, trim: float) -> tuple[int, int]:
    """First and last rank kept, counted from one; the last may precede the first."""
    low = int(np.floor(n_genes * trim)) + 1
    return low, n_genes + 1 - low


def _ranked_within(values: FloatArray, trim: float) -> BoolArray:
    """Values within the trimmed ranks; ties share their average rank."""
    low, high = _limits(len(values), trim)
    if high < low:
        return np.zeros(len(values), dtype=bool)
    lowest, highest = _ends(values, low, high)
    kept = values >= lowest if _average_rank(values, lowest) >= low else values > lowest
    kept &= values <= highest if _average_rank(values, highest) <= high else values < highest
    return np.asarray(kept)


def _ends(values: FloatArray, low: int, high: int) -> tuple[float, float]:
    """The values of two ranks; one after the other is found faster than both at once."""
    split = np.partition(values, high - 1)
    if low < high:
        split[: high - 1].partition(low - 1)
    return split[low - 1], split[high - 1]


def _average_rank(values: FloatArray, value: float) -> float:
    return (np.count_nonzero(values < value) + np.count_nonzero(values <= value) + 1) / 2


def _ordered_within(
    values: FloatArray,
    trim: float,
    tie_breaker: Callable[[IntArray], FloatArray] | None = None,
) -> BoolArray:
    """Values within the trimmed positions in the order of (value, tie breaker)."""
    low, high = _limits(len(values), trim)
    if high < low:
        return np.zeros(len(values), dtype=bool)
    lowest, highest = _ends(values, low, high)
    kept = (values >= lowest) & (values <= highest)
    for position, value, below in ((low - 1, lowest, True), (high, highest, False)):
        ties = np.flatnonzero(values == value)
        if tie_breaker is not None and len(ties) > 1:
            ties = ties[np.argsort(tie_breaker(ties), kind="stable")]
        cut = position - np.count_nonzero(values < value)
        kept[ties[:cut] if below else ties[cut:]] = False
    return np.asarray(kept)
