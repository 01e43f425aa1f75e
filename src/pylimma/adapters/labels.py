"""What belongs to samples or genes, put into the order of the data by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import plain_array
from pylimma.containers.names import check_labels, matching_order, names_of
from pylimma.errors import ShapeError, UnknownNameError, nearest, quoted
from pylimma.typing import AnyArray


def aligned(
    value: Any,
    names: pd.Index | None,
    what: str,
    argument: str,
    across: pd.Index | None = None,
) -> Any:
    """Series or DataFrame with its rows in the order of the data."""
    if not isinstance(value, pd.DataFrame | pd.Series):
        return value
    size = len(value) if names is None else len(names)
    order = matching_order(names_of(value.index), names, size, what, argument, across)
    return value if order is None else value.iloc[order]


def aligned_matrix(
    value: Any, gene_names: pd.Index | None, sample_names: pd.Index | None, argument: str
) -> Any:
    """DataFrame of genes × samples with its rows and columns in the order of the data."""
    if not isinstance(value, pd.DataFrame):
        return value
    value = aligned(value, gene_names, "genes", argument)
    return aligned(value.T, sample_names, "samples", argument).T


def aligned_to(value: Any, other: Any, what: str, argument: str) -> Any:
    """Series or DataFrame in the order of another, where both have names.

    Columns are matched where both have the same ones; statistics often name theirs differently.
    """
    if not isinstance(other, pd.Series | pd.DataFrame) or np.size(value) == 1:
        return value
    value = aligned(value, names_of(other.index), what, argument)
    if isinstance(value, pd.DataFrame) and isinstance(other, pd.DataFrame):
        columns = names_of(other.columns)
        if columns is not None and set(columns) == set(value.columns):
            value = aligned(value.T, columns, "coefficients", argument).T
    return value


def matrix_names(values: Any) -> tuple[pd.Index | None, pd.Index | None]:
    """Names of the rows and columns of a table."""
    if isinstance(values, pd.DataFrame):
        return names_of(values.index), names_of(values.columns)
    return None, None


def per_sample(
    value: Any,
    n_samples: int,
    names: pd.Index | None,
    argument: str,
    genes: pd.Index | None = None,
) -> AnyArray:
    """One value for each sample, such as library sizes; `genes` help to tell transposed data."""
    return _per(value, n_samples, names, "samples", argument, genes)


def per_gene(value: Any, n_genes: int, names: pd.Index | None, argument: str) -> AnyArray:
    """One value for each gene, such as a covariate of the trend."""
    return _per(value, n_genes, names, "genes", argument)


def sample_labels(
    value: Any,
    n_samples: int,
    names: pd.Index | None,
    argument: str,
    genes: pd.Index | None = None,
) -> AnyArray:
    """One label for each sample, such as blocks, groups or batches; none may be missing."""
    labels = per_sample(value, n_samples, names, argument, genes)
    check_labels(labels, names, argument)
    return labels


def column_of_samples(
    value: Any, table: pd.DataFrame | None, argument: str, what: str = "samples"
) -> Any:
    """Labels of samples or genes as given, or the column of their table that a name stands for."""
    if not isinstance(value, str):
        return value
    columns = [] if table is None else list(table.columns)
    if table is None or value not in columns:
        raise UnknownNameError(
            f"`{argument}` is '{value}'; the table of {what} has "
            f"{quoted(nearest(value, columns)) or 'no columns'}."
        )
    return table[value].array  # which is in the order of the data


def block_labels(block: Any, n_samples: int, names: pd.Index | None) -> AnyArray | None:
    """Labels of blocks in the order of the samples."""
    return None if block is None else sample_labels(block, n_samples, names, "block")


def parse_block(block: Any, n_samples: int, names: pd.Index | None) -> AnyArray:
    """Blocks as numbers from 0, one for each sample."""
    return pd.factorize(sample_labels(block, n_samples, names, "block"))[0]


def _per(
    value: Any,
    size: int,
    names: pd.Index | None,
    what: str,
    argument: str,
    across: pd.Index | None = None,
) -> AnyArray:
    if isinstance(value, pd.Series | pd.DataFrame) and len(value) != size and names is None:
        raise ShapeError(f"`{argument}` has {len(value)} values; there are {size} {what}.")
    array = plain_array(aligned(value, names, what, argument, across), argument)
    if array.ndim == 2 and 1 in array.shape:
        array = array.ravel()
    if array.shape != (size,):
        raise ShapeError(
            f"`{argument}` has {len(array) if array.ndim else 1} values; there are {size} {what}."
        )
    return array
