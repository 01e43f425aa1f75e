"""Plots, drawn on given axes or new ones, never shown, without global changes of style."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pylimma.exploration.ordination import MDS, GeneSelection, mds
from pylimma.plotting.axes import style as style


def _mds_coordinates(
    matrix: Any, top: int = 500, gene_selection: GeneSelection = "pairwise", ndim: int = 2
) -> MDS:
    """Eigenvectors and eigenvalues of the first dimensions, which published tutorials use."""
    result = mds(matrix, top=top, gene_selection=gene_selection, ndim=ndim)
    return replace(
        result,
        eigen_values=result.eigen_values[:ndim],
        eigen_vectors=result.eigen_vectors[:, :ndim],
        var_explained=result.var_explained[:ndim],
    )
