"""AnnData (samples × genes) → genes × samples: the only place that transposes."""

from __future__ import annotations

from typing import Any

import numpy as np

from pylimma.containers.names import names_of
from pylimma.errors import UnknownNameError, quoted


def read_anndata(adata: Any, layer: str | None, *, sparse: bool = False) -> dict[str, Any]:
    """Values and labels of an AnnData, as fields of an `Expression`.

    Parameters
    ----------
    adata : AnnData
        Samples × genes; views and backed files are read, never changed.
    layer : str, optional
        Name of a layer; `X` when not given.
    sparse : bool
        Whether a sparse matrix stays sparse, compressed by genes.

    Returns
    -------
    dict
        `matrix`, `gene_names`, `sample_names`, `genes` and `samples`.

    Raises
    ------
    UnknownNameError
        If there is no such layer, or no `X`.
    """
    if layer is not None and layer not in adata.layers:
        raise UnknownNameError(f"No layer '{layer}'; there are {quoted(adata.layers) or 'none'}.")
    matrix = adata.X if layer is None else adata.layers[layer]
    if matrix is None:
        raise UnknownNameError(f"The AnnData has no `X`; name a layer: {quoted(adata.layers)}.")
    if hasattr(matrix, "to_memory"):
        matrix = matrix.to_memory()
    if sparse and hasattr(matrix, "tocsr"):
        matrix = matrix.T.tocsr()
    else:
        matrix = np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix).T
    return {
        "matrix": matrix,
        "gene_names": names_of(adata.var_names),
        "sample_names": names_of(adata.obs_names),
        "genes": adata.var if adata.var.shape[1] else None,
        "samples": adata.obs if adata.obs.shape[1] else None,
    }
