"""Names of genes in pictures, and which genes are named."""

from __future__ import annotations

from typing import Any

import numpy as np

from pylimma.adapters.anndata import is_anndata
from pylimma.containers.components import Components
from pylimma.containers.names import names_of
from pylimma.errors import InputError, ShapeError
from pylimma.typing import AnyArray, FloatArray, IntArray

# Columns of an annotation that hold what people call a gene, the best first.
_NAMING = ("symbol", "genesymbol", "gene_symbol", "gene_name", "external_gene_name", "id")


def gene_labels(data: Any, names: Any, n_genes: int) -> AnyArray:
    """Find a name for each gene."""
    if names is not None:
        labels = np.asarray(names, dtype=object).astype(str)
        if labels.shape != (n_genes,):
            raise ShapeError(f"`names` has {labels.size} values; there are {n_genes} genes.")
        return labels
    rows = np.array([str(k + 1) for k in range(n_genes)])
    if is_anndata(data):
        return np.asarray(data.var_names, dtype=str)
    if isinstance(data, Components):
        if data.row_names is not None:
            rows = np.asarray(data.row_names, dtype=str)
        return _annotated(data.get("genes"), rows)
    index = names_of(getattr(data, "index", None))
    return rows if index is None else np.asarray(index, dtype=str)


def largest(values: FloatArray, number: int) -> IntArray:
    """Positions of the largest values, the largest first; missing ones never."""
    if number < 0 or number != int(number):
        raise InputError(f"`highlight` must be a number of genes; got {number!r}.")
    order = np.argsort(-np.where(np.isnan(values), -np.inf, values), kind="stable")
    return np.asarray(order[: min(int(number), int(np.isfinite(values).sum()))], dtype=np.intp)


def _annotated(genes: Any, rows: AnyArray) -> AnyArray:
    """Symbols of an annotation, with the row's name where a gene has none."""
    columns = {} if genes is None else {str(name).lower(): name for name in genes.columns}
    column = next((columns[name] for name in _NAMING if name in columns), None)
    if column is None:
        return rows
    symbols = genes[column]
    return np.where(symbols.isna() | (symbols.astype(str) == ""), rows, symbols.astype(str))
