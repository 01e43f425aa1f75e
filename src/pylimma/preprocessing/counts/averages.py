"""Average abundance of genes, over all samples and within groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, check_same_shape
from pylimma.adapters.labels import aligned_matrix
from pylimma.arguments import flag, numbers
from pylimma.containers.counts import DGEList
from pylimma.numerics.counts import negative_binomial
from pylimma.numerics.counts.negative_binomial import DEFAULT_DISPERSION
from pylimma.numerics.counts.rates import log_per_kilobase, per_kilobase
from pylimma.numerics.threads import with_threads
from pylimma.preprocessing.counts.blocks import (
    by_blocks,
    labelled_by_gene,
    rows_of,
    rows_of_sizes,
)
from pylimma.preprocessing.counts.intake import (
    parse_dispersion,
    parse_gene_length,
    parse_group,
    parse_lib_size,
    parse_prior_count,
    parse_rate_sizes,
    parse_valid_counts,
)
from pylimma.typing import FloatArray

# Dispersions stored with counts, the first that is there being used.
_STORED_DISPERSIONS = ("tagwise_dispersion", "trended_dispersion", "common_dispersion")


def ave_log_cpm(
    y: Any,
    lib_size: Any = None,
    offset: Any = None,
    prior_count: Any = 2,
    dispersion: Any = None,
    weights: Any = None,
    *,
    normalized_lib_sizes: bool = True,
    layer: str | None = None,
    n_jobs: int | None = None,
) -> Any:
    """Average log2 counts per million of each gene.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, DGEList or AnnData
        Reads of genes × samples (AnnData: samples × genes).
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads; those of a DGEList, otherwise the column sums, when not given.
    offset : array of shape (samples,) or (genes, samples), optional
        Natural logarithms of library sizes, which take the place of all others; those of a
        DGEList are not used.
    prior_count : float or sequence of shape (genes,)
        Average count added to each count.
    dispersion : float or sequence of shape (genes,), optional
        Negative binomial dispersions, the mean of the others where missing; the common one of
        a DGEList, otherwise 0.05, when not given.
    weights : array of shape (genes, samples), optional
        Weights of the observations in the likelihood.
    normalized_lib_sizes : bool
        Whether the library sizes of a DGEList are multiplied by its normalisation factors.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    array or Series of shape (genes,)
        Log2 counts per million; labelled where genes have names.

    Raises
    ------
    InputError
        If counts are negative, missing or infinite, or a dispersion is negative.
    ShapeError
        If an argument is not as long as the data.

    See Also
    --------
    cpm_by_group : Averages within groups.

    Notes
    -----
    The average is the maximum likelihood estimate of one rate for all samples under a negative
    binomial model, after prior counts were added as for `cpm`.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.ave_log_cpm([[10, 20], [30, 60]]).round(3)
    array([18.019, 19.486])
    """
    data = parse_valid_counts(y, layer=layer, argument="y")
    normalized = flag(normalized_lib_sizes, "normalized_lib_sizes")
    size = _average_sizes(data, lib_size, offset, normalized=normalized)
    stored = data.source if isinstance(data.source, DGEList) else {}
    prior = parse_prior_count(prior_count, data)
    if dispersion is None:
        dispersion = stored.get("common_dispersion")
    phi = parse_dispersion(dispersion, data, DEFAULT_DISPERSION, may_miss=True)
    weights = aligned_matrix(weights, data.gene_names, data.sample_names, "weights")
    weights = stored.get("weights") if weights is None else numbers(weights, "weights")
    if weights is not None:
        check_same_shape(weights, data.matrix.shape, "weights")
    with with_threads(n_jobs):
        averages = by_blocks(
            data,
            lambda counts, rows: negative_binomial.ave_log_cpm(
                counts,
                rows_of_sizes(size, rows),
                rows_of(prior, rows),
                rows_of(phi, rows),
                None if weights is None else weights[rows],
            ),
        )
    return labelled_by_gene(averages, data)


def cpm_by_group(
    y: Any,
    group: Any = None,
    dispersion: Any = None,
    *,
    log: bool = False,
    prior_count: float = 2,
    lib_size: Any = None,
    offset: Any = None,
    normalized_lib_sizes: bool = True,
    layer: str | None = None,
) -> pd.DataFrame:
    """Counts per million of each gene in each group of samples, or their log2.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, DGEList or AnnData
        Reads of genes × samples (AnnData: samples × genes).
    group : sequence of shape (samples,) or str, optional
        Groups of the samples, or the column of their table that holds them; those of a DGEList,
        otherwise one group, when not given.
    dispersion : float or sequence of shape (genes,), optional
        Negative binomial dispersions; when not given the tagwise, trended or common ones of a
        DGEList, otherwise 0.05.
    log : bool
        Whether to return log2 values.
    prior_count : float
        Average count added to each count before the logarithm is taken.
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads.
    offset : array of shape (samples,) or (genes, samples), optional
        Natural logarithms of library sizes, which take the place of all others.
    normalized_lib_sizes : bool
        Whether the library sizes of a DGEList are multiplied by its normalisation factors.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    DataFrame of shape (genes, groups)
        Averages by the negative binomial likelihood; the one column "AveCPM" where there are
        no groups. A group without reads has 0.

    Raises
    ------
    InputError
        If counts are negative, missing or infinite, or a dispersion is negative.
    ShapeError
        If an argument is not as long as the data.

    See Also
    --------
    ave_log_cpm : Averages over all samples.
    rpkm_by_group : The same by length of the gene.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.cpm_by_group([[10, 20], [30, 60]], group=["a", "b"]).round()
              a         b
    0  250000.0  250000.0
    1  750000.0  750000.0
    """
    data = parse_valid_counts(y, layer=layer, argument="y")
    normalized = flag(normalized_lib_sizes, "normalized_lib_sizes")
    size = parse_rate_sizes(data, lib_size, offset, normalized=normalized)
    return _by_group(data, size, group, dispersion, prior_count, log=flag(log, "log"))


def rpkm_by_group(
    y: Any,
    group: Any = None,
    gene_length: Any = None,
    dispersion: Any = None,
    *,
    log: bool = False,
    prior_count: float = 2,
    lib_size: Any = None,
    offset: Any = None,
    normalized_lib_sizes: bool = True,
    layer: str | None = None,
) -> pd.DataFrame:
    """Reads per kilobase and million of each gene in each group of samples, or their log2.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, DGEList or AnnData
        Reads of genes × samples (AnnData: samples × genes).
    group : sequence of shape (samples,) or str, optional
        Groups of the samples, or the column of their table that holds them; those of a DGEList,
        otherwise one group, when not given.
    gene_length : sequence of shape (genes,) or str, optional
        Lengths in bases, or the column of the annotation that holds them, as for `rpkm`.
    dispersion : float or sequence of shape (genes,), optional
        Negative binomial dispersions, as for `cpm_by_group`.
    log : bool
        Whether to return log2 values.
    prior_count : float
        Average count added to each count before the logarithm is taken.
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads.
    offset : array of shape (samples,) or (genes, samples), optional
        Natural logarithms of library sizes, which take the place of all others.
    normalized_lib_sizes : bool
        Whether the library sizes of a DGEList are multiplied by its normalisation factors.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    DataFrame of shape (genes, groups)
        Averages by the negative binomial likelihood.

    Raises
    ------
    InputError
        If counts are negative, missing or infinite, or a length is not positive.
    UnknownNameError
        If the annotation has no such column, or several that could be meant.

    See Also
    --------
    cpm_by_group : Without lengths.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.rpkm_by_group([[10, 20], [30, 60]], ["a", "b"], [500, 2000]).round()
              a         b
    0  500000.0  500000.0
    1  375000.0  375000.0
    """
    data = parse_valid_counts(y, layer=layer, argument="y")
    length = parse_gene_length(gene_length, data)
    normalized = flag(normalized_lib_sizes, "normalized_lib_sizes")
    size = parse_rate_sizes(data, lib_size, offset, normalized=normalized)
    rates = _by_group(data, size, group, dispersion, prior_count, log=flag(log, "log"))
    by_length = log_per_kilobase if log else per_kilobase
    values = by_length(rates.to_numpy(), length)
    return pd.DataFrame(values, index=rates.index, columns=rates.columns)


def _by_group(
    data: Expression,
    size: FloatArray,
    group: Any,
    dispersion: Any,
    prior_count: Any,
    *,
    log: bool,
) -> pd.DataFrame:
    """Counts per million of each gene in each group."""
    log = flag(log, "log")
    stored = data.source if isinstance(data.source, DGEList) else None
    if group is None and stored is not None:
        group = stored.samples["group"]
    n_samples = data.matrix.shape[1]
    labels = pd.Categorical(["AveCPM"] * n_samples) if group is None else parse_group(group, data)
    if dispersion is None and stored is not None:
        dispersion = next((stored[kind] for kind in _STORED_DISPERSIONS if kind in stored), None)
    phi = parse_dispersion(dispersion, data, DEFAULT_DISPERSION)
    prior = parse_prior_count(prior_count, data)
    rates = by_blocks(
        data,
        lambda counts, rows: negative_binomial.cpm_by_group(
            counts,
            rows_of_sizes(size, rows),
            labels.codes.astype(np.intp),
            rows_of(phi, rows),
            log=log,
            prior_count=rows_of(prior, rows),
        ),
    )
    return pd.DataFrame(rates, index=data.gene_names, columns=list(labels.categories))


def _average_sizes(data: Expression, lib_size: Any, offset: Any, *, normalized: bool) -> FloatArray:
    """Library sizes for an average over all samples; zero where there are no reads at all."""
    if offset is not None:
        return parse_rate_sizes(data, None, offset)
    if lib_size is None and not data.matrix.sum():
        return np.zeros(data.matrix.shape[1])
    return parse_lib_size(data, lib_size, normalized=normalized)
