"""Counts by blocks of genes, and results in the kind of object that was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.anndata import is_anndata
from pylimma.adapters.expression import Expression
from pylimma.numerics.blocks import gene_blocks, map_genes
from pylimma.numerics.lazy import LazyMatrix
from pylimma.typing import AnyArray, IntArray

_HELD_BYTES = 2**28  # of counts of some samples that are held together: 256 megabytes
_DENSE_ELEMENTS = 2**20  # of a block of sparse counts made dense: 8 megabytes


def is_sparse(matrix: Any) -> bool:
    """Whether a matrix is one of SciPy's sparse kinds."""
    return hasattr(matrix, "tocsr")


def by_blocks(data: Expression, function: Callable[[AnyArray, slice], AnyArray]) -> AnyArray:
    """Results of a function of dense counts, and of the slice of genes that they belong to.

    The function treats genes independently and returns an array with genes first.
    """
    if isinstance(data.matrix, LazyMatrix):
        place = np.arange(len(data.matrix))[:, None]
        width = data.matrix.shape[1]
        return np.concatenate(map_genes(_of_genes, (data.matrix, place), function, width=width))
    if not is_sparse(data.matrix):
        return function(data.matrix, slice(0, data.matrix.shape[0]))
    matrix: Any = data.matrix
    blocks = gene_blocks(matrix.shape[0], matrix.shape[1], _DENSE_ELEMENTS)
    whole: AnyArray | None = None
    for rows in blocks:
        values = function(matrix[rows].toarray(), rows)
        if whole is None:
            whole = np.empty((matrix.shape[0], *values.shape[1:]), dtype=values.dtype)
        whole[rows] = values
    assert whole is not None  # noqa: S101 - there is a block of no genes, too
    return whole


def _of_genes(
    counts: AnyArray, place: IntArray, function: Callable[[AnyArray, slice], AnyArray]
) -> AnyArray:
    """Results of a function for consecutive genes, whose numbers are `place`."""
    return function(counts, slice(int(place[0, 0]), int(place[-1, 0]) + 1))


def by_samples(counts: Any) -> Iterator[tuple[slice, AnyArray]]:
    """Samples with their dense counts: all of an array, else as many as fit into some memory."""
    n_genes, n_samples = counts.shape
    if isinstance(counts, np.ndarray):
        yield slice(0, n_samples), counts
        return
    step = max(1, _HELD_BYTES // max(1, n_genes * counts.dtype.itemsize))
    for start in range(0, n_samples, step):
        samples = slice(start, min(start + step, n_samples))
        part = counts[:, samples]
        yield samples, part.compute() if isinstance(part, LazyMatrix) else part.toarray()


def dense(data: Expression) -> AnyArray:
    """All counts as one array, in their own numeric type."""
    matrix: Any = data.matrix
    return matrix.toarray() if is_sparse(matrix) else matrix


def rows_of(values: Any, rows: slice) -> Any:
    """Rows of values of shape (genes,), or the one value for all genes as it is."""
    return values[rows] if np.ndim(values) else values


def rows_of_sizes(size: AnyArray, rows: slice) -> AnyArray:
    """Rows of sizes of shape (genes, samples), or those of shape (samples,) as they are."""
    return size[rows] if size.ndim > 1 else size


def labelled(values: Any, data: Expression) -> Any:
    """Values for the same genes and samples, in the kind of object that was given.

    A container gives a DataFrame; a copy of an AnnData holds the values where it held the counts.
    """
    if is_anndata(data.source):
        return data.like_source(values)
    if is_sparse(values) or (data.gene_names is None and data.sample_names is None):
        return values
    return pd.DataFrame(values, index=data.gene_names, columns=data.sample_names)


def labelled_by_gene(values: AnyArray, data: Expression) -> Any:
    """One value for each gene, with names where the data have any."""
    return values if data.gene_names is None else pd.Series(values, index=data.gene_names)
