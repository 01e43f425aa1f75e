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
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression
from pylimma.arguments import flag, number, whole
from pylimma.containers.counts import DGEList
from pylimma.errors import InputError, UnknownNameError, check_choice, nearest, quoted
from pylimma.numerics.blocks import map_blocks
from pylimma.numerics.counts.summary import count_summary
from pylimma.numerics.lazy import LazyMatrix
from pylimma.preprocessing.counts.blocks import by_samples
from pylimma.preprocessing.counts.intake import parse_lib_size, parse_valid_counts
from pylimma.preprocessing.counts.trimmed_means import (
    Library,
    Trimming,
    log_factor_tmm,
    log_factor_tmmwsp,
)
from pylimma.typing import AnyArray, FloatArray, IntArray

ScalingMethod: TypeAlias = Literal["TMM", "TMMwsp", "RLE", "upperquartile", "none"]
_METHODS = ("TMM", "TMMwsp", "RLE", "upperquartile", "none")

_NO_QUARTILE = 1e-20  # most upper quartiles are zero: they cannot choose a reference
_SAMPLES_AT_ONCE = 8  # on a thread, copied together
_HALF = 0.5  # of the genes trimmed at each end leaves nothing


def scaling_factors(
    counts: Any,
    lib_size: FloatArray,
    method: ScalingMethod = "TMM",
    *,
    reference: int | None = None,
    trimming: Trimming | None = None,
    p: float = 0.75,
) -> FloatArray:
    """Factors of shape (samples,) that turn library sizes into effective ones.

    Counts that are sparse or outside memory are taken some samples at a time.
    """
    n_samples = counts.shape[1]
    rows = _counted(counts)
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


def reference_sample(counts: Any, lib_size: FloatArray, method: ScalingMethod = "TMM") -> int:
    """Position of the reference sample.

    For TMM the one whose upper quartile is nearest the mean; for TMMwsp, or if most quartiles are
    zero, the one with the largest sum of square roots.
    """
    if method == "TMM":
        quartiles = _quantiles(counts, _counted(counts), 0.75) / lib_size
        if np.median(quartiles) >= _NO_QUARTILE:
            return int(np.argmin(np.abs(quartiles - quartiles.mean())))
    every = np.arange(counts.shape[0])
    return int(np.argmax(_by_sample(counts, every, lambda y, _: float(np.sqrt(y).sum()))))


def _counted(counts: Any) -> IntArray:
    """Genes with reads in any sample."""
    if isinstance(counts, LazyMatrix):
        return np.flatnonzero(count_summary(counts).counted)
    any_read = [held.any(axis=1) for _, held in by_samples(counts)]
    return np.flatnonzero(np.any(any_read, axis=0))


def _quantiles(counts: Any, rows: IntArray, p: float) -> FloatArray:
    """Quantile of the counts of each sample, over genes with reads in any sample."""
    position = (len(rows) - 1) * p
    below = min(int(position), max(len(rows) - 2, 0))
    return _by_sample(counts, rows, lambda y, _: _interpolated(y, below, position - below))


def _interpolated(values: FloatArray, below: int, share: float) -> float:
    """Between two consecutive values in order, as NumPy's quantiles are; reorders the values."""
    values.partition(below)
    low = values[below]
    if share == 0:
        return float(low)
    high = values[below + 1 :].min()
    step = high - low
    return float(high - step * (1 - share) if share >= _HALF else low + step * share)


def _by_sample(
    counts: Any,
    rows: IntArray,
    function: Callable[[FloatArray, float], float],
    lib_size: FloatArray | None = None,
) -> FloatArray:
    """A function of the counts of some genes and the library size, for each sample."""
    sizes = np.ones(counts.shape[1]) if lib_size is None else lib_size

    def of_block(part: tuple[AnyArray, FloatArray]) -> list[float]:
        held, of_these = part
        columns = np.ascontiguousarray(held[rows].T, dtype=np.float64)
        return [function(y, size) for y, size in zip(columns, of_these, strict=True)]

    found = []
    for samples, held in by_samples(counts):
        own = sizes[samples]
        starts = range(0, len(own), _SAMPLES_AT_ONCE)
        blocks = [slice(start, start + _SAMPLES_AT_ONCE) for start in starts]
        found += map_blocks(of_block, [(held[:, block], own[block]) for block in blocks])
    return np.concatenate(found)


def _median_ratios(counts: Any) -> FloatArray:
    """Median ratio to the geometric mean over samples, of genes with reads in all of them."""
    all_read = [(held > 0).all(axis=1) for _, held in by_samples(counts)]
    positive = np.flatnonzero(np.all(all_read, axis=0))
    log_means = np.zeros(len(positive))
    for _, held in by_samples(counts):
        for column in held[positive].T:
            log_means += np.log(column, dtype=np.float64)
    means = np.exp(log_means / counts.shape[1])
    return _by_sample(counts, positive, lambda y, _: float(np.median(y / means)))


def _trimmed_mean_factors(
    counts: Any,
    lib_size: FloatArray,
    rows: IntArray,
    method: ScalingMethod,
    reference: int,
    trimming: Trimming,
) -> FloatArray:
    log_factor = log_factor_tmm if method == "TMM" else log_factor_tmmwsp
    here = slice(reference, reference + 1)
    _, held = next(by_samples(counts if isinstance(counts, np.ndarray) else counts[:, here]))
    column = held[rows, reference if held.shape[1] > 1 else 0].astype(np.float64)
    with np.errstate(divide="ignore"):
        logs = np.log2(column / lib_size[reference]) if method == "TMM" else None
    against = Library(column, float(lib_size[reference]), logs)

    def of_sample(column: FloatArray, size: float) -> float:
        return log_factor(Library(column, float(size)), against, trimming)

    return np.exp2(_by_sample(counts, rows, of_sample, lib_size))


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
    data = parse_valid_counts(object, layer=layer, argument="object", streams=True)
    size = parse_lib_size(data, lib_size, normalized=False)
    factors = scaling_factors(
        data.matrix,
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
