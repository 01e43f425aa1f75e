"""Counts per million, per kilobase and million, and transcripts per million."""

from __future__ import annotations

from typing import Any

import numpy as np

from pylimma.adapters.expression import Expression
from pylimma.arguments import flag
from pylimma.numerics.counts import rates as count_rates
from pylimma.numerics.counts.rates import BASES_PER_KILOBASE, PER_MILLION, PriorCounts
from pylimma.preprocessing.counts.blocks import (
    by_blocks,
    dense,
    is_sparse,
    labelled,
    rows_of,
    rows_of_sizes,
)
from pylimma.preprocessing.counts.intake import (
    parse_gene_length,
    parse_prior_count,
    parse_rate_sizes,
    parse_valid_counts,
)
from pylimma.typing import FloatArray


def cpm(
    y: Any,
    normalized_lib_sizes: bool = True,
    log: bool = False,
    prior_count: Any = 2,
    *,
    lib_size: Any = None,
    offset: Any = None,
    offset_prior: Any = None,
    layer: str | None = None,
) -> Any:
    r"""Counts per million reads, or their log2.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, DGEList or AnnData
        Reads of genes × samples (AnnData: samples × genes).
    normalized_lib_sizes : bool
        Whether the library sizes of a DGEList are multiplied by its normalisation factors.
    log : bool
        Whether to return log2 values.
    prior_count : float or sequence of shape (genes,)
        Average count added to each count before the logarithm is taken.
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads; those of a DGEList, otherwise the column sums, when not given.
    offset : array of shape (samples,) or (genes, samples), optional
        Natural logarithms of library sizes, which take the place of all others; by default
        those of a DGEList.
    offset_prior : array of shape (samples,) or (genes, samples), optional
        Natural logarithms of factors of the library sizes; by default those of a DGEList.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    array, sparse array, DataFrame or AnnData
        As `y`; a DataFrame for a DGEList, and dense where logarithms are taken. The log2 of a
        zero count without prior count is NaN.

    Raises
    ------
    InputError
        If counts are negative, missing or infinite, or a library size is not positive.
    ShapeError
        If `lib_size`, `offset` or `prior_count` are not as many as samples or genes.

    Warns
    -----
    Note
        If an offset replaces library sizes or prior offsets that are given too.

    See Also
    --------
    rpkm : The same by length of the gene.
    ave_log_cpm : Average of each gene.

    Notes
    -----
    With counts :math:`y_{gj}`, library sizes :math:`L_j` of mean :math:`\bar L` and prior count
    :math:`c`, scaled to each library as :math:`p_j = c L_j / \bar L`, the log2 values are

    .. math:: \log_2 \frac{y_{gj} + p_j}{L_j + 2 p_j} 10^6 .

    Examples
    --------
    >>> import pylimma
    >>> pylimma.cpm([[10, 0], [30, 20]])
    array([[ 250000.,       0.],
           [ 750000., 1000000.]])
    """
    data = parse_valid_counts(y, layer=layer, argument="y")
    normalized = flag(normalized_lib_sizes, "normalized_lib_sizes")
    size = parse_rate_sizes(data, lib_size, offset, offset_prior, normalized=normalized)
    return labelled(_rates(data, size, prior_count if flag(log, "log") else None), data)


def rpkm(
    y: Any,
    gene_length: Any = None,
    normalized_lib_sizes: bool = True,
    log: bool = False,
    prior_count: Any = 2,
    *,
    lib_size: Any = None,
    offset: Any = None,
    offset_prior: Any = None,
    layer: str | None = None,
) -> Any:
    """Reads per kilobase of gene and million reads, or their log2.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, DGEList or AnnData
        Reads of genes × samples (AnnData: samples × genes).
    gene_length : sequence of shape (genes,) or str, optional
        Lengths in bases, or the column of the annotation that holds them. When not given: the
        column "Length", "length", or the only one whose name contains "length".
    normalized_lib_sizes : bool
        Whether the library sizes of a DGEList are multiplied by its normalisation factors.
    log : bool
        Whether to return log2 values.
    prior_count : float or sequence of shape (genes,)
        Average count added to each count before the logarithm is taken.
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads.
    offset : array of shape (samples,) or (genes, samples), optional
        Natural logarithms of library sizes, which take the place of all others; by default
        those of a DGEList.
    offset_prior : array of shape (samples,) or (genes, samples), optional
        Natural logarithms of factors of the library sizes; by default those of a DGEList.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    array, sparse array, DataFrame or AnnData
        As `y`; a DataFrame for a DGEList, and dense where logarithms are taken.

    Raises
    ------
    InputError
        If counts are negative, missing or infinite, or a library size or a length is not
        positive.
    UnknownNameError
        If the annotation has no such column, or several that could be meant.

    See Also
    --------
    cpm : Without lengths.
    tpm : The same with a common sum for all samples.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.rpkm([[10, 0], [30, 20]], gene_length=[500, 2000])
    array([[500000.,      0.],
           [375000., 500000.]])
    """
    data = parse_valid_counts(y, layer=layer, argument="y")
    length = parse_gene_length(gene_length, data)
    normalized = flag(normalized_lib_sizes, "normalized_lib_sizes")
    size = parse_rate_sizes(data, lib_size, offset, offset_prior, normalized=normalized)
    rates = _rates(data, size, prior_count if flag(log, "log") else None)
    if is_sparse(rates):
        return labelled(rates.multiply(BASES_PER_KILOBASE / length[:, None]).tocsr(), data)
    per_kilobase = count_rates.log_per_kilobase if log else count_rates.per_kilobase
    return labelled(per_kilobase(rates, length), data)


def tpm(y: Any, gene_length: Any = None, *, layer: str | None = None) -> Any:
    """Transcripts per million: reads per base, as a share of their sum.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, DGEList or AnnData
        Reads of genes × samples (AnnData: samples × genes).
    gene_length : sequence of shape (genes,) or str, optional
        Lengths in bases, or the column of the annotation that holds them, as for `rpkm`.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    array, DataFrame or AnnData
        As `y`, dense; a DataFrame for a DGEList. Every sample sums to a million.

    Raises
    ------
    InputError
        If counts are negative, missing or infinite, or a length is not positive.

    See Also
    --------
    rpkm : By library size instead.

    References
    ----------
    Wagner GP, Kin K, Lynch VJ (2012). Theory Biosci 131:281-285.
    https://doi.org/10.1007/s12064-012-0162-3

    Examples
    --------
    >>> import pylimma
    >>> pylimma.tpm([[10, 1], [30, 36]], gene_length=[500, 2000]).round()
    array([[571429., 100000.],
           [428571., 900000.]])
    """
    data = parse_valid_counts(y, layer=layer, argument="y")
    parse_rate_sizes(data)
    length = parse_gene_length(gene_length, data)
    total = np.asarray((1 / length) @ data.matrix).ravel() if is_sparse(data.matrix) else None
    values = by_blocks(data, lambda counts, rows: count_rates.tpm(counts, length[rows], total))
    return labelled(values, data)


def add_prior_count(
    y: Any,
    lib_size: Any = None,
    offset: Any = None,
    prior_count: Any = 1,
    *,
    layer: str | None = None,
) -> PriorCounts:
    r"""Counts with prior counts added in proportion to the library sizes, and log sizes to match.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, DGEList or AnnData
        Reads of genes × samples (AnnData: samples × genes).
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads; those of a DGEList, otherwise the column sums, when not given.
    offset : array of shape (samples,) or (genes, samples), optional
        Natural logarithms of library sizes, which take the place of all others.
    prior_count : float or sequence of shape (genes,)
        Average count to add.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    PriorCounts
        `y`, the counts with prior counts, and `offset`, an array of shape (genes, samples) of
        natural logarithms of library sizes.

    Raises
    ------
    InputError
        If counts are negative, missing or infinite, or a library size is not positive.

    See Also
    --------
    cpm : Log2 counts per million use the same prior counts.

    Notes
    -----
    With library sizes :math:`L_j` of mean :math:`\bar L`, :math:`p_{gj} = c_g L_j / \bar L` is
    added to the count and :math:`2 p_{gj}` to the library size.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.add_prior_count([[10, 0], [30, 60]]).y
    array([[10.8,  1.2],
           [30.8, 61.2]])
    """
    data = parse_valid_counts(y, layer=layer, argument="y")
    size = parse_rate_sizes(data, lib_size, offset)
    prior = parse_prior_count(prior_count, data)
    found = count_rates.add_prior_count(dense(data), size, prior)
    return PriorCounts(labelled(found.y, data), np.broadcast_to(found.offset, found.y.shape))


def _rates(data: Expression, size: FloatArray, prior_count: Any | None) -> Any:
    """Counts per million, sparse if the counts are, or their log2 where there is a prior."""
    if prior_count is not None:
        prior = parse_prior_count(prior_count, data)
        return by_blocks(
            data,
            lambda counts, rows: count_rates.log_cpm(
                counts, rows_of_sizes(size, rows), rows_of(prior, rows)
            ),
        )
    matrix: Any = data.matrix
    if is_sparse(matrix):
        rates = matrix.tocsr().astype(np.float64)
        rates.data = rates.data * PER_MILLION / size[rates.indices]
        return rates
    return count_rates.cpm(matrix, size)
