"""Names of genes and columns in pictures: which there are, and how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pylimma.adapters.anndata import is_anndata
from pylimma.arguments import texts, whole
from pylimma.containers.components import Components
from pylimma.containers.names import names_of, positions
from pylimma.errors import ShapeError
from pylimma.plotting.axes import BLACK, GREY
from pylimma.typing import AnyArray, BoolArray, FloatArray, IntArray

_MOST_APART = 60  # beyond, moving labels apart takes long and helps little
_LABEL_STEPS = 60  # counted rather than timed, so that a picture is the same on any machine
# Columns of an annotation with names that people use for a gene, the best first.
_NAMING = ("symbol", "genesymbol", "gene_symbol", "gene_name", "external_gene_name", "id")


def gene_labels(data: Any, names: Any, n_genes: int) -> AnyArray:
    """Name of each gene: as given, from an annotation or row names, or its number from 1."""
    if names is not None:
        labels = texts(names, "names")
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
    index = names_of(data.index) if isinstance(data, pd.DataFrame | pd.Series) else None
    return rows if index is None else np.asarray(index, dtype=str)


def largest(values: FloatArray, number: int) -> IntArray:
    """Positions of the largest values, the largest first; missing ones never."""
    number = whole(number, "highlight", 0)
    order = np.argsort(-np.where(np.isnan(values), -np.inf, values), kind="stable")
    return np.asarray(order[: min(number, int(np.isfinite(values).sum()))], dtype=np.intp)


def _annotated(genes: Any, rows: AnyArray) -> AnyArray:
    """Symbols of an annotation, with the row's name where a gene has none."""
    columns = {} if genes is None else {str(name).lower(): name for name in genes.columns}
    column = next((columns[name] for name in _NAMING if name in columns), None)
    if column is None:
        return rows
    symbols = genes[column]
    return np.where(symbols.isna() | (symbols.astype(str) == ""), rows, symbols.astype(str))


def column_position(key: Any, size: int, names: pd.Index | None, what: str) -> int:
    """Position of one sample or coefficient, given by name or position."""
    return int(np.arange(size)[positions(key, size, names, what)][0])


def column_name(names: pd.Index | None, at: int) -> str:
    """Name of a sample or coefficient as a title; empty where it has none."""
    return "" if names is None else str(names[at])


def label_points(
    ax: Axes, x: FloatArray, y: FloatArray, labels: Sequence[Any], **style: Any
) -> None:
    """Write names beside points, moved apart where adjustText is installed."""
    style = {"fontsize": 7.5, "color": BLACK, **style}
    inside: BoolArray = np.isfinite(x) & np.isfinite(y)
    x, y = x[inside], y[inside]
    names = [str(label) for label, there in zip(labels, inside, strict=True) if there]
    if find_spec("adjustText") is None or len(names) > _MOST_APART:
        for at_x, at_y, name in zip(x, y, names, strict=True):
            ax.annotate(name, (at_x, at_y), (3, 3), textcoords="offset points", **style)
        return
    from adjustText import adjust_text  # noqa: PLC0415 - optional library

    figure: Any = ax.figure
    figure.figure.draw_without_rendering()
    texts = [ax.text(a, b, name, **style) for a, b, name in zip(x, y, names, strict=True)]
    adjust_text(
        texts,
        x=x,
        y=y,
        ax=ax,
        expand=(1.1, 1.5),
        ensure_inside_axes=True,
        iter_lim=_LABEL_STEPS,
        arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.5},
    )
