"""AnnData (samples × genes) → genes × samples: the only place that transposes."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import path as file_path
from pylimma.arguments import text
from pylimma.containers.names import names_of
from pylimma.errors import InputError, UnknownNameError, quoted
from pylimma.numerics.lazy import not_streamed


def is_anndata(data: object) -> bool:
    """Whether an object is an AnnData, found out without importing anndata."""
    module = sys.modules.get("anndata")
    return module is not None and isinstance(data, module.AnnData)


def read_anndata(
    adata: Any, layer: str | None, *, sparse: bool = False, lazy: Callable[[Any], Any] | None = None
) -> dict[str, Any]:
    """Values and labels of an AnnData, as fields of an `Expression`.

    What `lazy` returns for the values as they are stored, unless None, is taken in their place.
    """
    matrix = lazy(stored_matrix(adata, layer)) if lazy else None
    if matrix is None:
        matrix = cell_matrix(adata, layer)
        if sparse and hasattr(matrix, "tocsr"):
            matrix = matrix.T.tocsr()
        else:
            matrix = np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix).T
    return {
        "matrix": matrix,
        "gene_names": names_of(adata.var_names),
        "sample_names": names_of(adata.obs_names),
        "genes": _table(adata.var),
        "samples": _table(adata.obs),
        "layer": layer,
        **_beside(adata, layer, lazy),
    }


def _table(table: Any) -> pd.DataFrame | None:
    """Table of an AnnData in memory; None without columns."""
    if not table.shape[1]:
        return None
    return pd.DataFrame(table.to_memory() if hasattr(table, "to_memory") else table)


def cell_matrix(adata: Any, layer: str | None) -> Any:
    """Values of an AnnData in memory, sparse or as an array."""
    matrix = stored_matrix(adata, layer)
    if hasattr(matrix, "dask"):
        raise not_streamed("a lazy AnnData")
    if hasattr(matrix, "to_memory"):
        matrix = matrix.to_memory()
    return matrix if hasattr(matrix, "tocsr") else np.asarray(matrix)


def stored_matrix(adata: Any, layer: str | None) -> Any:
    """Values of an AnnData as they are stored."""
    names = layer_names(adata)
    if layer is not None and text(layer, "layer") not in names:
        raise UnknownNameError(f"No layer '{layer}'; there are {quoted(names) or 'none'}.")
    matrix = adata.X if layer is None else adata.layers[layer]
    if matrix is None:
        raise UnknownNameError(f"The AnnData has no `X`; name a layer: {quoted(names)}.")
    return matrix


def layer_names(adata: Any) -> list[str]:
    """Names of the layers of an AnnData, without `X`, which newer versions list as None."""
    return [name for name in adata.layers if name is not None]


def write_layer(adata: Any, name: str, values: Any) -> None:
    """Put values into a layer of an AnnData."""
    with writable(adata):
        adata.layers[name] = _by_sample(values)


def like_anndata(adata: Any, layer: str | None, values: Any) -> Any:
    """Copy of an AnnData in memory, with other values where they were read."""
    copied = adata.to_memory() if adata.isbacked else adata.copy()
    if layer is None:
        copied.X = _by_sample(values)
    else:
        write_layer(copied, layer, values)
    return copied


def _by_sample(values: Any) -> Any:
    """Values of shape (samples, genes), sparse ones compressed by sample."""
    if hasattr(values, "tocsr"):
        return values.T.tocsr()
    return np.ascontiguousarray(np.asarray(values).T)


@contextmanager
def writable(adata: Any) -> Iterator[None]:
    """Let a view become an AnnData of its own without a warning: the caller asked for it."""
    with warnings.catch_warnings():
        if adata.is_view:
            warnings.simplefilter("ignore", sys.modules["anndata"].ImplicitModificationWarning)
        yield


def _beside(
    adata: Any, layer: str | None, lazy: Callable[[Any], Any] | None = None
) -> dict[str, Any]:
    """Weights and design that `voom` stored with the layer of its log-counts."""
    stem = (layer or "").removesuffix("_E")
    if not layer or stem == layer or f"{stem}_weights" not in adata.layers:
        return {}
    stored = adata.layers[f"{stem}_weights"]
    weights = lazy(stored) if lazy else None
    found: dict[str, Any] = {"weights": np.asarray(stored).T if weights is None else weights}
    held = adata.uns.get(stem, {})
    names = held.get("names", {}) if isinstance(held, Mapping) else {}
    if list(names.get("samples", ())) == list(adata.obs_names) and "design" in held["arrays"]:
        columns = names.get("design_columns")
        found["design"] = pd.DataFrame(
            np.asarray(held["arrays"]["design"]), index=adata.obs_names, columns=columns
        )
        found["description"] = json.loads(str(held["values"])).get("description")
    return found


def open_h5ad(path: Any) -> Any:
    """AnnData of an ``.h5ad`` file."""
    if not file_path(path, "path").is_file():
        raise InputError(f"There is no file '{path}'.")
    return _library(f"reading '{path}'").read_h5ad(path)


def new_anndata(matrix: Any, obs: pd.DataFrame, var: pd.DataFrame) -> Any:
    """AnnData of a matrix and its labels."""
    return _library("an AnnData").AnnData(matrix, obs=obs, var=var)


def _library(purpose: str) -> Any:
    try:
        import anndata  # noqa: PLC0415 - an optional library, slow to load
    except ImportError:
        raise InputError(
            f"The library anndata is needed for {purpose}: pip install anndata."
        ) from None
    return anndata
