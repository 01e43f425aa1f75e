r"""Normalisation of library sizes for samples whose RNA differs in composition.

Factors :math:`f_j` of geometric mean one turn library sizes :math:`L_j` into effective ones,
:math:`f_j L_j`, which most genes agree on. TMM compares each sample with a reference sample *r* by
the log ratios and the average log abundances of the shares :math:`y_{gj} / L_j`,

.. math:: M_g = \log_2 \frac{y_{gj} / L_j}{y_{gr} / L_r}, \qquad
          A_g = \tfrac12 \log_2 \left( \frac{y_{gj}}{L_j} \frac{y_{gr}}{L_r} \right) ,

trims both, and takes :math:`\log_2 f_j` as the mean of the remaining :math:`M_g`, weighted by
their inverse asymptotic variances [1]. TMMwsp also pairs genes with reads in only one of the two.
RLE is the median ratio to the geometric mean over samples [2], upper quartile a quantile of the
counts [3].

References
----------
.. [1] Robinson MD, Oshlack A (2010). Genome Biol 11:R25.
   https://doi.org/10.1186/gb-2010-11-3-r25
.. [2] Anders S, Huber W (2010). Genome Biol 11:R106.
   https://doi.org/10.1186/gb-2010-11-10-r106
.. [3] Bullard JH, Purdom E, Hansen KD, Dudoit S (2010). BMC Bioinformatics 11:94.
   https://doi.org/10.1186/1471-2105-11-94
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression
from pylimma.arguments import flag, number, whole
from pylimma.containers.counts import DGEList
from pylimma.errors import InputError, UnknownNameError, check_choice, nearest, quoted
from pylimma.preprocessing.counts.blocks import dense
from pylimma.preprocessing.counts.intake import parse_lib_size, parse_valid_counts
from pylimma.typing import AnyArray, BoolArray, FloatArray, IntArray

ScalingMethod: TypeAlias = Literal["TMM", "TMMwsp", "RLE", "upperquartile", "none"]
_METHODS = ("TMM", "TMMwsp", "RLE", "upperquartile", "none")

_SAME_LOG_RATIO = 1e-6  # libraries this similar need no factor
_NO_QUARTILE = 1e-20  # most upper quartiles are zero: they cannot choose a reference
_ZERO_COUNT = 1e-14
_SMALLEST_VARIANCE = 1e-6  # keeps a gene that makes up a library from taking all weight
_HALF = 0.5  # of the genes trimmed at each end leaves nothing


@dataclass(frozen=True, slots=True)
class Trimming:
    """What is trimmed from the log ratios of two libraries, and how the rest is averaged."""

    logratio_trim: float = 0.3  # share of the genes trimmed at each end of the log ratios
    sum_trim: float = 0.05  # share trimmed at each end of the average log abundances
    weighted: bool = True  # whether log ratios are weighted by their inverse binomial variances
    acutoff: float = -1e10  # average log2 abundance that a gene must exceed (TMM only)


@dataclass(frozen=True, slots=True)
class _Library:
    """Counts of some genes in one sample, of shape (genes,), with the library size."""

    counts: FloatArray
    size: float

    def __getitem__(self, genes: BoolArray | IntArray) -> _Library:
        return _Library(self.counts[genes], self.size)

    @property
    def shares(self) -> FloatArray:
        return self.counts / self.size


def scaling_factors(
    counts: AnyArray,
    lib_size: FloatArray,
    method: ScalingMethod = "TMM",
    *,
    reference: int | None = None,
    trimming: Trimming | None = None,
    p: float = 0.75,
) -> FloatArray:
    """Factors of shape (samples,) that turn library sizes into effective ones."""
    n_samples = counts.shape[1]
    rows = np.flatnonzero(counts.any(axis=1))
    if method == "none" or n_samples == 1 or rows.size == 0:
        return np.ones(n_samples)
    if method == "RLE":
        factors = _median_ratios(counts) / lib_size
    elif method == "upperquartile":
        factors = _quantiles(counts, rows, p) / lib_size
    else:
        trimming = trimming or Trimming()
        if reference is None:
            reference = reference_sample(counts, lib_size, method)
        factors = _trimmed_mean_factors(counts, lib_size, rows, method, reference, trimming)
    return np.asarray(factors / np.exp(np.log(factors).mean()))


def reference_sample(counts: AnyArray, lib_size: FloatArray, method: ScalingMethod = "TMM") -> int:
    """Position of the reference sample.

    For TMM the one whose upper quartile is nearest the mean; for TMMwsp, or if most quartiles are
    zero, the one with the largest sum of square roots.
    """
    if method == "TMM":
        quartiles = _quantiles(counts, np.flatnonzero(counts.any(axis=1)), 0.75) / lib_size
        if np.median(quartiles) >= _NO_QUARTILE:
            return int(np.argmin(np.abs(quartiles - quartiles.mean())))
    return int(np.argmax([np.sqrt(column, dtype=np.float64).sum() for column in counts.T]))


def _quantiles(counts: AnyArray, rows: IntArray, p: float) -> FloatArray:
    """Quantile of the counts of each sample, over genes with reads in any sample."""
    return np.array([np.quantile(column[rows], p) for column in counts.T], dtype=np.float64)


def _median_ratios(counts: AnyArray) -> FloatArray:
    """Median ratio to the geometric mean over samples, of genes with reads in all of them."""
    positive = counts[(counts > 0).all(axis=1)]
    log_means = np.zeros(len(positive))
    for column in positive.T:
        log_means += np.log(column, dtype=np.float64)
    means = np.exp(log_means / counts.shape[1])
    return np.array([np.median(column / means) for column in positive.T])


def _trimmed_mean_factors(
    counts: AnyArray,
    lib_size: FloatArray,
    rows: IntArray,
    method: ScalingMethod,
    reference: int,
    trimming: Trimming,
) -> FloatArray:
    log_factor = _log_factor_tmm if method == "TMM" else _log_factor_tmmwsp

    def library(sample: int) -> _Library:
        return _Library(counts[rows, sample].astype(np.float64), float(lib_size[sample]))

    against = library(reference)
    samples = range(counts.shape[1])
    return np.exp2([log_factor(library(sample), against, trimming) for sample in samples])


def _log_factor_tmm(sample: _Library, reference: _Library, trimming: Trimming) -> float:
    shared = (sample.counts > 0) & (reference.counts > 0)
    sample, reference = sample[shared], reference[shared]
    log_ratio = _log_ratio(sample, reference)
    log_abundance = (np.log2(sample.shares) + np.log2(reference.shares)) / 2
    if trimming.acutoff > log_abundance.min(initial=np.inf):
        above = log_abundance > trimming.acutoff
        sample, reference = sample[above], reference[above]
        log_ratio, log_abundance = log_ratio[above], log_abundance[above]
    if np.abs(log_ratio).max(initial=0.0) < _SAME_LOG_RATIO:
        return 0.0
    kept = _ranked_within(log_ratio, trimming.logratio_trim)
    kept &= _ranked_within(log_abundance, trimming.sum_trim)
    log_ratio = log_ratio[kept]
    if not trimming.weighted:
        return _mean(log_ratio, np.ones_like(log_ratio))
    return _mean(log_ratio, 1 / _binomial_variance(sample[kept], reference[kept]))


def _log_factor_tmmwsp(sample: _Library, reference: _Library, trimming: Trimming) -> float:
    of_sample, of_reference = _pair_singletons(sample.counts, reference.counts)
    sample, reference = sample[of_sample], reference[of_reference]
    log_ratio = _log_ratio(sample, reference)
    log_abundance = np.log2(sample.shares * reference.shares) / 2
    if np.abs(log_ratio).max(initial=0.0) < _SAME_LOG_RATIO:
        return 0.0

    def damped_ratio(ties: IntArray) -> FloatArray:
        return _log_ratio(
            _Library(sample.counts[ties] + 0.5, sample.size + 0.5),
            _Library(reference.counts[ties] + 0.5, reference.size + 0.5),
        )

    kept = _ordered_within(log_ratio, trimming.logratio_trim, damped_ratio)
    kept &= _ordered_within(log_abundance, trimming.sum_trim)
    log_ratio = log_ratio[kept]
    if not trimming.weighted:
        return _mean(log_ratio, np.ones_like(log_ratio))
    variance = _binomial_variance(sample[kept], reference[kept])
    return _mean(log_ratio, (1 + _SMALLEST_VARIANCE) / (variance + _SMALLEST_VARIANCE))


def _log_ratio(sample: _Library, reference: _Library) -> FloatArray:
    """Log2 ratios of the shares in two libraries."""
    ratio = sample.shares
    ratio /= reference.shares
    return np.log2(ratio, out=ratio)


def _binomial_variance(sample: _Library, reference: _Library) -> FloatArray:
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
    split = np.partition(values, [low - 1, high - 1])
    lowest, highest = split[low - 1], split[high - 1]
    kept = values >= lowest if _average_rank(values, lowest) >= low else values > lowest
    kept &= values <= highest if _average_rank(values, highest) <= high else values < highest
    return np.asarray(kept)


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
    split = np.partition(values, [low - 1, high - 1])
    kept = (values >= split[low - 1]) & (values <= split[high - 1])
    for position, below in ((low - 1, True), (high, False)):
        value = split[position if below else position - 1]
        ties = np.flatnonzero(values == value)
        if tie_breaker is not None and len(ties) > 1:
            ties = ties[np.argsort(tie_breaker(ties), kind="stable")]
        cut = position - np.count_nonzero(values < value)
        kept[ties[:cut] if below else ties[cut:]] = False
    return np.asarray(kept)


def norm_lib_sizes(
    object: Any,
    method: ScalingMethod = "TMM",
    ref_column: int | str | None = None,
    logratio_trim: float = 0.3,
    sum_trim: float = 0.05,
    do_weighting: bool = True,
    acutoff: float = -1e10,
    p: float = 0.75,
    *,
    lib_size: Any = None,
    layer: str | None = None,
) -> Any:
    """Normalisation factors that turn library sizes into effective ones.

    Parameters
    ----------
    object : DGEList, array, DataFrame, sparse matrix or AnnData
        Reads of genes × samples (AnnData: samples × genes).
    method : {"TMM", "TMMwsp", "RLE", "upperquartile", "none"}
        Trimmed mean of log ratios [1]_, the same with singletons paired for sparse counts,
        median ratio to the geometric mean [2]_, or a quantile of the counts [3]_.
    ref_column : int or str, optional
        Reference sample of TMM and TMMwsp, by position or name. When not given: for TMM the
        one whose upper quartile is nearest the mean, for TMMwsp the one with the largest sum
        of square roots.
    logratio_trim : float
        Share of the log ratios trimmed at each end.
    sum_trim : float
        Share of the average abundances trimmed at each end.
    do_weighting : bool
        Whether log ratios are weighted by their precision.
    acutoff : float
        Average log2 abundance below which genes are excluded.
    p : float
        Quantile that "upperquartile" uses, between 0 and 1.
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads; those of a DGEList, otherwise the column sums, when not given.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    DGEList, array or Series of shape (samples,)
        A DGEList with new `norm_factors` where one was given; otherwise the factors, whose
        geometric mean is one.

    Raises
    ------
    InputError
        If counts or options cannot be used, or a sample has no reads.
    UnknownNameError
        If there is no such reference sample.

    See Also
    --------
    cpm : Rates that use these factors.

    References
    ----------
    .. [1] Robinson MD, Oshlack A (2010). Genome Biol 11:R25.
       https://doi.org/10.1186/gb-2010-11-3-r25
    .. [2] Anders S, Huber W (2010). Genome Biol 11:R106.
       https://doi.org/10.1186/gb-2010-11-10-r106
    .. [3] Bullard JH, Purdom E, Hansen KD, Dudoit S (2010). BMC Bioinformatics 11:94.
       https://doi.org/10.1186/1471-2105-11-94

    Examples
    --------
    >>> import pylimma
    >>> pylimma.norm_lib_sizes([[10, 20], [30, 60], [20, 40], [0, 500]]).round(3)
    array([2.273, 0.44 ])
    """
    check_choice(method, _METHODS, "method")
    trimming = Trimming(
        _trimmed_share(logratio_trim, "logratio_trim"),
        _trimmed_share(sum_trim, "sum_trim"),
        flag(do_weighting, "do_weighting"),
        number(acutoff, "acutoff"),
    )
    p = number(p, "p", 0, 1)
    data = parse_valid_counts(object, layer=layer, argument="object")
    size = parse_lib_size(data, lib_size, normalized=False)
    factors = scaling_factors(
        dense(data),
        size,
        method,
        reference=None if ref_column is None else _reference(ref_column, data),
        trimming=trimming,
        p=p,
    )
    if isinstance(data.source, DGEList):
        samples = data.source.samples.assign(norm_factors=factors, lib_size=size)
        return data.source.replace(samples=samples)
    return factors if data.sample_names is None else pd.Series(factors, index=data.sample_names)


def _reference(ref_column: int | str, data: Expression) -> int:
    n_samples = data.matrix.shape[1]
    if isinstance(ref_column, str):
        names = [] if data.sample_names is None else list(map(str, data.sample_names))
        if ref_column not in names:
            raise UnknownNameError(
                f"`ref_column` is '{ref_column}'; samples are {quoted(nearest(ref_column, names))}."
            )
        return names.index(ref_column)
    position = whole(ref_column, "ref_column")
    if not -n_samples <= position < n_samples:
        raise UnknownNameError(
            f"`ref_column` is {position}; there are {n_samples} samples, counted from 0."
        )
    return position % n_samples


def _trimmed_share(share: Any, argument: str) -> float:
    share = number(share, argument)
    if not 0 <= share < _HALF:
        raise InputError(f"`{argument}` must be at least 0 and below 0.5; got {share:g}.")
    return share
