r"""Genes expressed well enough to be tested [1].

A gene is expressed in sample *j* if its counts per million reach :math:`10^6 c/\mathrm{median}(L)`:
the count *c* in a library of median size. It is kept if it is expressed in as many samples as the
smallest group has, or, for a design, as the inverse of its largest leverage says.

References
----------
.. [1] Chen Y, Lun ATL, Smyth GK (2016). F1000Research 5:1438.
   https://doi.org/10.12688/f1000research.8987.2
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pylimma.adapters.expression import Expression
from pylimma.arguments import number
from pylimma.containers.counts import DGEList
from pylimma.design.intake import parse_design
from pylimma.errors import Note, warn
from pylimma.numerics.blocks import map_genes
from pylimma.numerics.counts.rates import PER_MILLION
from pylimma.numerics.regression.linalg import pivoted_qr
from pylimma.preprocessing.counts.blocks import by_blocks, labelled_by_gene
from pylimma.preprocessing.counts.intake import parse_group, parse_lib_size, parse_valid_counts
from pylimma.typing import AnyArray, BoolArray, FloatArray, IntArray

_ROUNDING = 1e-14  # of counts and numbers of samples that reach their limits exactly


def smallest_group_size(group: IntArray) -> float:
    """Size of the smallest group that has samples."""
    return float(np.unique(group, return_counts=True)[1].min())


def effective_group_size(leverage: FloatArray) -> float:
    """Inverse of the largest leverage; in a one-way layout the size of the smallest group."""
    return float(1 / leverage.max())


def comparison_size(design: FloatArray) -> float:
    """Number of samples behind the comparison of a design with the fewest of them."""
    basis = pivoted_qr(np.column_stack([np.ones(len(design)), design])).basis
    return effective_group_size((basis**2).sum(axis=1))


def required_samples(group_size: float, large_n: float, min_prop: float) -> float:
    """Samples that must express a gene: all of a small group, a share beyond `large_n`."""
    return group_size if group_size <= large_n else large_n + (group_size - large_n) * min_prop


def sufficiently_expressed(
    counts: AnyArray,
    lib_size: FloatArray,
    min_samples: float,
    min_count: float = 10.0,
    min_total_count: float = 15.0,
) -> BoolArray:
    """Genes whose counts per million reach the cutoff in enough samples, with enough reads."""
    cutoff = min_count / np.median(lib_size) * PER_MILLION

    def kept(y: AnyArray) -> BoolArray:
        # with an odd number of samples `min_count` reads in one of them are the cutoff itself, and
        # rounding decides: both sides are rounded as in edgeR 4.10
        rate = np.multiply(y, PER_MILLION, dtype=np.float64)
        rate /= lib_size
        enough = np.count_nonzero(rate >= cutoff, axis=1) >= min_samples - _ROUNDING
        return np.asarray(enough & (y.sum(axis=1, dtype=np.float64) >= min_total_count - _ROUNDING))

    return np.concatenate(map_genes(kept, (counts,)))


def above_cutoff(
    counts: AnyArray, lib_size: FloatArray, min_samples: float, min_count: float
) -> BoolArray:
    """Genes whose counts per million exceed the cutoff in enough samples."""
    # y > c L_j / median(L) as y median(L) > c L_j, which is exact for whole numbers
    median, limits = float(np.median(lib_size)), min_count * lib_size
    n_above = np.zeros(len(counts))
    for column, limit in zip(counts.T, limits, strict=True):
        n_above += column * median > limit
    return np.asarray(n_above >= min_samples)


def filter_by_expr(
    y: Any,
    design: Any = None,
    group: Any = None,
    lib_size: Any = None,
    min_count: float = 10,
    min_total_count: float = 15,
    large_n: float = 10,
    min_prop: float = 0.7,
    *,
    samples: Any = None,
    layer: str | None = None,
) -> Any:
    r"""Mask of the genes with enough reads in enough samples to be tested.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, DGEList or AnnData
        Reads of genes × samples (AnnData: samples × genes).
    design : array or DataFrame of shape (samples, coefs), or formula, optional
        Design, which sets how many samples must express a gene where there are no groups.
    group : sequence of shape (samples,) or str, optional
        Groups of the samples, or the column of their table that holds them. When neither these
        nor a design are given, the design or else the groups of a DGEList; otherwise all samples
        are one group.
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads; the effective ones of a DGEList, otherwise the column sums,
        when not given.
    min_count : float
        Reads required in a sample of median library size.
    min_total_count : float
        Reads required over all samples.
    large_n : float
        Number of samples in a group beyond which only a share of them must express a gene.
    min_prop : float
        That share, between 0 and 1.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    bool array or Series of shape (genes,)
        True for genes to keep; labelled where genes have names.

    Raises
    ------
    InputError
        If counts are negative, missing or infinite, or a sample has no reads.
    ShapeError
        If design, groups or library sizes are not as many as samples.

    See Also
    --------
    filter_by_cpm : A simpler rule.

    Notes
    -----
    A gene is kept if its counts per million reach :math:`10^6 c / \mathrm{median}(L)` in *n*
    samples, with :math:`c` as `min_count`. Here *n* is the size of the smallest group, or the
    inverse of the largest leverage of the design, and above `large_n` grows by `min_prop` only.

    References
    ----------
    Chen Y, Lun ATL, Smyth GK (2016). F1000Research 5:1438.
    https://doi.org/10.12688/f1000research.8987.2

    Examples
    --------
    >>> import pylimma
    >>> counts = [[50, 60, 0, 2], [1, 0, 2, 1], [900, 800, 950, 990]]
    >>> pylimma.filter_by_expr(counts, group=["a", "a", "b", "b"])
    array([ True, False,  True])
    """
    data = parse_valid_counts(y, layer=layer, argument="y", streams=True)
    size = parse_lib_size(data, lib_size)
    large_n, min_prop = number(large_n, "large_n"), number(min_prop, "min_prop")
    min_count = number(min_count, "min_count")
    min_total_count = number(min_total_count, "min_total_count")
    min_samples = required_samples(_group_size(data, design, group, samples), large_n, min_prop)
    keep = by_blocks(
        data,
        lambda counts, _: sufficiently_expressed(
            counts, size, min_samples, min_count, min_total_count
        ),
    )
    return labelled_by_gene(keep, data)


def filter_by_cpm(
    y: Any,
    group: Any = None,
    min_count: float = 10,
    *,
    lib_size: Any = None,
    min_samples: float | None = None,
    layer: str | None = None,
) -> Any:
    r"""Mask of the genes above a count per million in as many samples as the smallest group.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, DGEList or AnnData
        Reads of genes × samples (AnnData: samples × genes).
    group : sequence of shape (samples,) or str, optional
        Groups of the samples, or the column of their table that holds them; those of a DGEList,
        otherwise one group, when not given.
    min_count : float
        Reads to be exceeded in a sample of median library size.
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads; the effective ones of a DGEList, otherwise the column sums,
        when not given.
    min_samples : float, optional
        How many samples must express a gene, in place of the size of the smallest group.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    bool array or Series of shape (genes,)
        True for genes to keep; labelled where genes have names.

    Raises
    ------
    InputError
        If counts are negative, missing or infinite, or a sample has no reads.
    ShapeError
        If groups or library sizes are not as many as samples.

    See Also
    --------
    filter_by_expr : The rule that also serves designs and large groups.

    Notes
    -----
    Counts per million are compared with :math:`10^6 c / \mathrm{median}(L)`, with :math:`c` as
    `min_count`; that is, :math:`y_{gj}\,\mathrm{median}(L) > c L_j`, which is exact for whole
    numbers.

    Examples
    --------
    >>> import pylimma
    >>> counts = [[50, 60, 0, 2], [1, 0, 2, 1], [900, 800, 950, 990]]
    >>> pylimma.filter_by_cpm(counts, group=["a", "a", "b", "b"])
    array([ True, False,  True])
    """
    data = parse_valid_counts(y, layer=layer, argument="y", streams=True)
    size = parse_lib_size(data, lib_size)
    min_count = number(min_count, "min_count")
    needed = (
        _group_size(data, None, group)
        if min_samples is None
        else number(min_samples, "min_samples")
    )
    keep = by_blocks(data, lambda counts, _: above_cutoff(counts, size, needed, min_count))
    return labelled_by_gene(keep, data)


def _group_size(data: Expression, design: Any, group: Any, samples: Any = None) -> float:
    """Number of samples behind the comparison with the fewest of them."""
    n_samples = data.matrix.shape[1]
    if design is None and group is None and isinstance(data.source, DGEList):
        design = data.design
        group = None if design is not None else data.source.samples["group"]
    if group is not None:
        return smallest_group_size(parse_group(group, data).codes.astype(np.intp))
    if design is None:
        warn("Neither `group` nor `design` is given; all samples are taken as one group.", Note)
        return float(n_samples)
    return comparison_size(parse_design(design, data, samples, quiet=True).matrix)
