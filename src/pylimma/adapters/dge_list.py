"""Counts of any kind of object → DGEList."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pylimma.adapters.anndata import is_anndata
from pylimma.adapters.expression import parse_counts
from pylimma.adapters.tables import as_pandas
from pylimma.containers.counts import DGEList
from pylimma.containers.sample_tables import without_sizes
from pylimma.errors import UnknownNameError, nearest, quoted


def as_dge_list(
    data: Any,
    *,
    layer: str | None = None,
    samples: Any = None,
    group: Any = None,
    genes: Any = None,
) -> DGEList:
    """Counts of any kind of object as a DGEList.

    Parameters
    ----------
    data : AnnData, array, DataFrame of any library, sparse matrix or DGEList
        Reads of genes × samples (AnnData: samples × genes).
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    samples : DataFrame of samples, optional
        What is known of the samples; `obs` of an AnnData when not given.
    group : str or sequence of shape (samples,), optional
        Groups of the samples, or the column of `samples` that holds them.
    genes : DataFrame of genes, optional
        Annotation; `var` of an AnnData when not given.

    Returns
    -------
    DGEList
        The same object where it is one already and nothing else is given.

    Raises
    ------
    InputTypeError
        For a kind of object that is not read.
    InputError
        If counts are missing, infinite or negative.

    See Also
    --------
    DGEList : The constructor.
    pseudobulk : Sums over the cells of a sample.

    Examples
    --------
    >>> import pylimma
    >>> from scipy.sparse import csr_array
    >>> pylimma.as_dge_list(csr_array([[0, 3], [2, 0]]), group=["a", "b"]).shape
    (2, 2)
    """
    if isinstance(data, DGEList) and samples is None and group is None and genes is None:
        return data.replace()
    found = parse_counts(data, layer=layer, argument="data")
    table = found.samples if samples is None else as_pandas(samples)
    if is_anndata(data) and samples is None and table is not None:
        table = without_sizes(table, "adata.obs")
    if isinstance(group, str):
        table = pd.DataFrame() if table is None else table
        if group not in table.columns:
            raise UnknownNameError(
                f"No column '{group}' in the table of samples; "
                f"it has {quoted(nearest(group, table.columns)) or 'none'}."
            )
        group = table[group]
    counts = (
        found.matrix
        if found.gene_names is None and found.sample_names is None
        else pd.DataFrame(found.matrix, index=found.gene_names, columns=found.sample_names)
    )
    return DGEList(
        counts, samples=table, group=group, genes=found.genes if genes is None else genes
    )
