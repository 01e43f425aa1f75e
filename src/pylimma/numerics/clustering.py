"""Order of rows by hierarchical clustering."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import pdist, squareform

from pylimma.typing import FloatArray, IntArray

# Names of agglomeration in the field, and how SciPy calls them.
LINKAGES = {
    "complete": "complete",
    "average": "average",
    "single": "single",
    "ward": "ward",
    "mcquitty": "weighted",
}


def euclidean_distances(rows: FloatArray) -> FloatArray:
    """Distances of all pairs of rows in condensed form, over the columns that both have."""
    # Squared distances are scaled up to all columns, and NaN where two rows share none.
    seen = np.isfinite(rows)
    if seen.all():
        return np.asarray(pdist(rows))
    weight = seen.astype(float)
    centre = np.nanmean(rows)
    filled = np.where(seen, rows - centre, 0.0)
    squares = (filled**2) @ weight.T
    shared = weight @ weight.T
    total = np.maximum(squares + squares.T - 2 * filled @ filled.T, 0.0)
    scaled = np.divide(
        total * rows.shape[1], shared, out=np.full(total.shape, np.nan), where=shared > 0
    )
    np.fill_diagonal(scaled, 0.0)
    return np.asarray(squareform(np.sqrt(scaled), checks=False))


def cluster_tree(rows: FloatArray, agglomeration: str) -> FloatArray:
    """Merges of rows by their Euclidean distances; NaN where a distance is not known."""
    method: Any = LINKAGES[agglomeration]
    distances = euclidean_distances(rows)
    if not np.isfinite(distances).all():
        return np.full((len(rows) - 1, 4), np.nan)
    return np.asarray(linkage(distances, method))


def leaf_order(tree: FloatArray) -> IntArray:
    """Order of the leaves, with the cluster that was formed earlier on the left."""
    return np.asarray(leaves_list(tree), dtype=np.intp)
