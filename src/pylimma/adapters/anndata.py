"""AnnData (samples × genes) → genes × samples: the only place that transposes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.containers.names import names_of
from pylimma.errors import InputError, UnknownNameError, quoted


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


def open_h5ad(path: Any) -> Any:
    """AnnData of an ``.h5ad`` file.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    AnnData

    Raises
    ------
    InputError
        If there is no such file, or the library is not installed.
    """
    if not Path(path).is_file():
        raise InputError(f"There is no file '{path}'.")
    return _library(f"reading '{path}'").read_h5ad(path)


def new_anndata(matrix: Any, obs: pd.DataFrame, var: pd.DataFrame) -> Any:
    """AnnData of a matrix and its labels.

    Parameters
    ----------
    matrix : array or sparse array of shape (samples, genes)
        The values.
    obs, var : DataFrame
        What is known of samples and genes, named by their index.

    Returns
    -------
    AnnData

    Raises
    ------
    InputError
        If the library is not installed.
    """
    return _library("an AnnData").AnnData(matrix, obs=obs, var=var)


def _library(purpose: str) -> Any:
    try:
        import anndata  # noqa: PLC0415 - an optional library, slow to load
    except ImportError:
        raise InputError(
            f"The library anndata is needed for {purpose}: pip install 'pylimma[anndata]'."
        ) from None
    return anndata
