"""The values of an AnnData as they are stored, cells × genes."""

from __future__ import annotations

from typing import Any

import numpy as np

from pylimma.errors import UnknownNameError, quoted


def cell_matrix(adata: Any, layer: str | None) -> Any:
    """Values of an AnnData as they are stored, in memory."""
    names = layer_names(adata)
    if layer is not None and layer not in names:
        raise UnknownNameError(f"No layer '{layer}'; there are {quoted(names) or 'none'}.")
    matrix = adata.X if layer is None else adata.layers[layer]
    if matrix is None:
        raise UnknownNameError(f"The AnnData has no `X`; name a layer: {quoted(names)}.")
    if hasattr(matrix, "to_memory"):
        matrix = matrix.to_memory()
    return matrix if hasattr(matrix, "tocsr") else np.asarray(matrix)


def layer_names(adata: Any) -> list[str]:
    """Names of the layers of an AnnData, without `X`, which newer versions list as None."""
    return [name for name in adata.layers if name is not None]
