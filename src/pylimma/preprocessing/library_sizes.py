"""Normalisation of library sizes for samples whose RNA differs in composition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.ingest import Expression
from pylimma.containers.counts import DGEList
from pylimma.errors import InputError, UnknownNameError, check_choice, nearest, quoted
from pylimma.numerics.count_scaling import ScalingMethod, Trimming, scaling_factors
from pylimma.preprocessing.count_blocks import dense
from pylimma.preprocessing.count_checks import checked_counts, library_sizes

_METHODS = ("TMM", "TMMwsp", "RLE", "upperquartile", "none")


def norm_lib_sizes(
    object: Any,  # noqa: A002 - R's name
    method: ScalingMethod = "TMM",
    ref_column: int | str | None = None,
    logratio_trim: float = 0.3,
    sum_trim: float = 0.05,
    do_weighting: bool = True,  # noqa: FBT001, FBT002 - R's order
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
        Average log2 abundance below which genes are left out.
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
    _check_shares(logratio_trim=logratio_trim, sum_trim=sum_trim)
    if not 0 <= p <= 1:
        raise InputError(f"`p` must be between 0 and 1; got {p}.")
    data = checked_counts(object, layer=layer, argument="object")
    size = library_sizes(data, lib_size, normalized=False)
    factors = scaling_factors(
        dense(data),
        size,
        method,
        reference=None if ref_column is None else _reference(ref_column, data),
        trimming=Trimming(logratio_trim, sum_trim, do_weighting, acutoff),
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
    position = int(np.asarray(ref_column).item())
    if not -n_samples <= position < n_samples:
        raise UnknownNameError(
            f"`ref_column` is {position}; there are {n_samples} samples, counted from 0."
        )
    return position % n_samples


def _check_shares(**shares: float) -> None:
    for name, share in shares.items():
        if not 0 <= share < 0.5:  # noqa: PLR2004 - half at each end leaves nothing
            raise InputError(f"`{name}` must be at least 0 and below 0.5; got {share}.")
