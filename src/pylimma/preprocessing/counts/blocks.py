"""Counts taken a block of genes at a time, and what comes out put back into the kind given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.anndata import is_anndata
from pylimma.adapters.expression import Expression
from pylimma.adapters.labels import aligned, per_gene
from pylimma.containers.counts import DGEList
from pylimma.errors import InputError, ShapeError
from pylimma.numerics.blocks import gene_blocks
from pylimma.preprocessing.counts.checks import library_sizes
from pylimma.typing import AnyArray, FloatArray

_DENSE_ELEMENTS = 2**22  # of a block of sparse counts made dense: 32 megabytes

Rows = slice
"""Consecutive genes."""


def is_sparse(matrix: Any) -> bool:
    """Whether a matrix is one of SciPy's sparse kinds."""
    return hasattr(matrix, "tocsr")


def by_blocks(data: Expression, function: Callable[[AnyArray, Rows], AnyArray]) -> AnyArray:
    """Results of a function of dense counts that treats genes independently."""
    if not is_sparse(data.matrix):
        return function(data.matrix, slice(0, data.matrix.shape[0]))
    matrix: Any = data.matrix
    blocks = gene_blocks(matrix.shape[0], matrix.shape[1], _DENSE_ELEMENTS)
    return np.concatenate([function(matrix[rows].toarray(), rows) for rows in blocks])


def dense(data: Expression) -> AnyArray:
    """All counts as one array, in their own numeric type."""
    matrix: Any = data.matrix
    return matrix.toarray() if is_sparse(matrix) else matrix


def rows_of(values: Any, rows: Rows, n_dims: int = 1) -> Any:
    """Rows of values that differ by gene; what is common to all genes as it is."""
    return values[rows] if np.ndim(values) >= n_dims else values


def rate_sizes(
    data: Expression, lib_size: Any = None, offset: Any = None, *, normalized: bool = True
) -> FloatArray:
    """What counts are divided by: library sizes, or exponentials of offsets."""
    if offset is None and lib_size is None and isinstance(data.source, DGEList):
        offset = data.source.get("offset")
    if offset is None:
        return library_sizes(data, lib_size, normalized=normalized)
    if isinstance(offset, pd.DataFrame):
        offset = aligned(offset, data.gene_names, "genes", "offset")
        offset = aligned(offset.T, data.sample_names, "samples", "offset").T
    elif isinstance(offset, pd.Series):
        offset = aligned(offset, data.sample_names, "samples", "offset")
    values = np.asarray(offset, dtype=float)
    n_samples = data.matrix.shape[1]
    if values.shape == (1, n_samples):
        values = values[0]
    if values.shape not in ((n_samples,), data.matrix.shape):
        raise ShapeError(
            f"`offset` has shape {values.shape}; allowed are ({n_samples},) and "
            f"{tuple(data.matrix.shape)}."
        )
    if not np.isfinite(values).all():
        raise InputError("`offset` must be finite; there are missing or infinite ones.")
    return np.exp(values)


def parse_prior_count(prior_count: Any, data: Expression) -> Any:
    """Average prior counts: one for all genes, or one for each."""
    prior = (
        np.asarray(prior_count, dtype=float)
        if np.size(prior_count) == 1
        else per_gene(prior_count, data.matrix.shape[0], data.gene_names, "prior_count").astype(
            float
        )
    )
    if not ((prior >= 0) & np.isfinite(prior)).all():
        raise InputError("`prior_count` must be finite and not negative.")
    return float(prior.item()) if prior.size == 1 else prior


def labelled(values: Any, data: Expression) -> Any:
    """Values for the same genes and samples, in the kind of object that was given."""
    if is_anndata(data.source):
        return data.like_source(values)
    if is_sparse(values) or (data.gene_names is None and data.sample_names is None):
        return values
    return pd.DataFrame(values, index=data.gene_names, columns=data.sample_names)


def labelled_by_gene(values: AnyArray, data: Expression) -> Any:
    """One value for each gene, with names where the data have any."""
    return values if data.gene_names is None else pd.Series(values, index=data.gene_names)
