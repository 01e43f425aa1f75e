"""Names of genes and columns in pictures: which there are, and how they are written."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pylimma.adapters.anndata import is_anndata
from pylimma.adapters.labels import aligned, column_of_samples, per_gene
from pylimma.adapters.tables import as_pandas
from pylimma.arguments import plain_array, sequence, whole
from pylimma.containers.components import Components
from pylimma.containers.counts import DGEList
from pylimma.containers.decisions import TestResults
from pylimma.containers.names import matching_order, names_of, positions
from pylimma.errors import InputError, Note, UnknownNameError, nearest, quoted, warn
from pylimma.plotting.axes import BLACK, GREY, font_size
from pylimma.typing import AnyArray, BoolArray, FloatArray, IntArray

_GAP = 4.0  # pixels between a point and its label, and between the rings of places tried
_RINGS = 40
_MARGIN = (5.0, 1.0)  # pixels that names keep apart, sideways and upright
_LEADER_FROM = 12.0  # pixels from which a line leads from the label to its point
# What a place costs, in rings that one would rather go farther out.
_COST_POINT, _COST_OUTSIDE, _COST_LABEL = 5, 200, 1000
# Columns of an annotation with names that people use for a gene, the best first.
_NAMING = ("symbol", "genesymbol", "gene_symbol", "gene_name", "external_gene_name", "id")


def gene_labels(data: Any, names: Any, n_genes: int, argument: str = "names") -> AnyArray:
    """Name of each gene: as given, from an annotation or row names, or its number from 0."""
    index, names = gene_names_of(data), of_genes(names, data, argument)
    rows = np.asarray(pd.RangeIndex(n_genes) if index is None else index).astype(object).astype(str)
    if names is not None:
        labels = per_gene(names, n_genes, index, argument).astype(object)
        return np.where(pd.isna(labels), rows, labels.astype(str))
    return _annotated(data.get("genes"), rows) if isinstance(data, Components) else rows


def gene_names_of(data: Any) -> pd.Index | None:
    """Names of the genes of data of any kind."""
    if is_anndata(data):
        return names_of(data.var_names)
    if isinstance(data, Components):
        return data.row_names
    table = data if isinstance(data, pd.Series) else as_pandas(data)
    return None if table is None else names_of(table.index)


def of_genes(value: Any, data: Any, argument: str) -> Any:
    """What belongs to genes as given, or the column of their annotation that a text stands for."""
    if isinstance(data, Components):
        table = data.get("genes")
    else:
        table = data.var if is_anndata(data) else None
    return column_of_samples(value, table, argument, "genes")


def of_samples(value: Any, data: Any, argument: str) -> Any:
    """What belongs to samples as given, or the column of their table that a text stands for."""
    if isinstance(data, Components):
        table = data.get("samples" if isinstance(data, DGEList) else "targets")
    else:
        table = data.obs if is_anndata(data) else None
    return column_of_samples(value, table, argument)


def genes_named(wanted: Any, labels: AnyArray, data: Any, argument: str = "labels") -> IntArray:
    """Positions of genes by the names that are written, or else by the names of their rows."""
    if wanted is None:
        return np.empty(0, dtype=np.intp)
    names = [wanted] if isinstance(wanted, str) else [str(n) for n in sequence(wanted, argument)]
    index = gene_names_of(data)
    rows = labels if index is None else np.asarray(index).astype(str)
    places = [np.flatnonzero(labels == name) for name in names]
    places = [
        place if place.size else np.flatnonzero(rows == name)
        for name, place in zip(names, places, strict=True)
    ]
    unknown = [name for name, place in zip(names, places, strict=True) if not place.size]
    if unknown:
        near = quoted(nearest(unknown[0], pd.unique(labels)))
        raise UnknownNameError(f"`{argument}` has {quoted(unknown)}; there are {near}.")
    return np.concatenate([np.empty(0, dtype=np.intp), *places])


def name_genes(
    ax: Axes, x: FloatArray, y: FloatArray, labels: AnyArray, asked: IntArray, best: IntArray
) -> list[str]:
    """Write the names of genes, those asked for in any case; returns what could not be written."""
    order = np.concatenate([asked, best[~np.isin(best, asked)]])
    order = order[np.sort(np.unique(order, return_index=True)[1])]
    known = np.isfinite(x[order]) & np.isfinite(y[order])
    lost = labels[order[~known]]
    left = label_points(ax, x[order], y[order], labels[order], np.isin(order, asked))
    return [
        f"no value of {quoted(lost)}" if len(lost) else "",
        f"{left} of {len(order)} names left out for lack of room" if left else "",
    ]


def genes_of_set(
    index: Any, n_genes: int, names: pd.Index | None, argument: str
) -> tuple[IntArray, IntArray, pd.Index]:
    """Positions of the genes of a set, which of the given each is, and the given as labels."""
    given = plain_array(index, argument).ravel()
    if given.dtype.kind in "biuf":
        place = np.asarray(positions(given, n_genes, names, "genes"))
        if (place < 0).any():
            raise UnknownNameError(f"Positions of `{argument}` count from 0; got {place.min()}.")
        labels = pd.RangeIndex(place.size) if names is None else names[place]
        return place, np.arange(place.size), labels
    labels = pd.Index(given[~pd.isna(given)].astype(str))
    if names is None:
        raise UnknownNameError(f"The genes have no names; give `{argument}` by position or mask.")
    first = np.flatnonzero(~labels.duplicated())
    found = labels[first].get_indexer(names.astype(str))
    absent = labels[np.setdiff1d(first, first[found[found >= 0]])]
    if len(absent) == first.size > 0:
        raise UnknownNameError(
            f"None of the {first.size} genes of `{argument}` ({quoted(absent, 3)}) is among the "
            f"{n_genes} genes ({quoted(names, 3)})."
        )
    if len(absent):
        warn(
            f"{first.size - len(absent)} of the {first.size} genes of `{argument}` are among the "
            f"genes of the statistics; not there: {quoted(absent)}.",
            Note,
        )
    place = np.flatnonzero(found >= 0)
    return place, first[found[place]], labels


def status_of(status: Any, data: Any) -> Any:
    """Kinds of genes, or outcomes of tests, in the order of the genes of the data."""
    status = of_genes(status, data, "status")
    if isinstance(status, TestResults):
        n_genes, names = len(status), gene_names_of(data)
        order = matching_order(status.row_names, names, n_genes, "genes", "status")
        return status if order is None else status[order]
    return aligned(status, gene_names_of(data), "genes", "status")


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
    if isinstance(key, int | np.integer) and key < 0:
        raise InputError(f"Positions of {what} count from 0, not from the end; got {key}.")
    place = np.arange(size)[positions(key, size, names, what)]
    if place.size != 1:
        raise InputError(f"One of the {what} is shown; {place.size} are chosen.")
    return int(place[0])


def column_name(names: pd.Index | None, at: int) -> str:
    """Name of a sample or coefficient as a title; empty where it has none."""
    return "" if names is None else str(names[at])


def label_points(
    ax: Axes,
    x: FloatArray,
    y: FloatArray,
    labels: Sequence[Any] | AnyArray,
    required: BoolArray | None = None,
    **style: Any,
) -> int:
    """Write names near points, apart from each other, the first ones nearest.

    Names that are not required are left out where there is no room; returned is their number.
    """
    style = {"fontsize": font_size(7.5), "color": BLACK, **style}
    inside: BoolArray = np.isfinite(x) & np.isfinite(y)
    names = [str(label) for label, there in zip(labels, inside, strict=True) if there]
    if not names:
        return 0
    figure: Any = ax.figure
    with warnings.catch_warnings():  # of labels so long that they leave no place for the axes
        warnings.filterwarnings("ignore", "constrained_layout not applied")
        figure.figure.draw_without_rendering()  # the layout decides where data stand
    at = np.column_stack([x[inside], y[inside]])
    scale = 72 / figure.figure.dpi
    texts = [
        ax.annotate(name, xy, (0, 0), textcoords="offset points", ha="center", va="center", **style)
        for name, xy in zip(names, at, strict=True)
    ]
    sizes = np.array([text.get_window_extent().size for text in texts]) + _MARGIN
    needed = np.ones(len(names), bool) if required is None else required[inside]
    bounds = np.asarray(ax.get_window_extent().extents)
    shift = spread(ax.transData.transform(at), sizes, bounds, needed)
    line = {"arrowstyle": "-", "color": GREY, "lw": 0.5, "shrinkA": 0}
    for text, size, move in zip(texts, sizes, shift, strict=True):
        if np.isnan(move[0]):
            text.remove()
            continue
        text.set_position(tuple(move * scale))
        if (np.abs(move) - size / 2).max() > _LEADER_FROM:
            ax.annotate("", text.xy, move * scale, textcoords="offset points", arrowprops=line)
    return int(np.isnan(shift[:, 0]).sum())


def spread(
    points: FloatArray, sizes: FloatArray, bounds: FloatArray, required: BoolArray | None = None
) -> FloatArray:
    """Shifts (labels, 2) of labels from their points, so that they cover no label and few points.

    Labels are placed in turn at the best of the places on rings around their point; `points` and
    `sizes` are (labels, 2) and `bounds` left, bottom, right, top, all in pixels. Labels that are
    not required have no place, NaN, where they would cover another or leave the bounds.
    """
    angle = np.deg2rad(np.arange(30.0, 390.0, 30.0))
    rings = _GAP * np.arange(1, _RINGS + 1)
    direction = np.column_stack([np.cos(angle), np.sin(angle)])
    shifts = np.empty_like(points)
    for k, (point, half) in enumerate(zip(points, sizes / 2, strict=True)):
        reach = half[None, None, :] + rings[:, None, None]
        tried = (direction[None] * reach).reshape(-1, 2)
        centre = point + tried
        outside = (np.abs(centre - (bounds[:2] + bounds[2:]) / 2) + half) / (
            (bounds[2:] - bounds[:2]) / 2
        ) > 1
        there = np.isfinite(shifts[:k, 0])
        placed = (points + shifts)[:k][there]
        apart = np.abs(centre[:, None] - placed) >= half + sizes[:k][there] / 2
        covered = ~apart.any(axis=2)
        near = (np.abs(centre[:, None] - points) < half + _GAP / 2).all(axis=2)
        cost = (
            np.repeat(np.arange(_RINGS), angle.size)
            + _COST_POINT * near.sum(axis=1)
            + _COST_OUTSIDE * outside.any(axis=1)
            + _COST_LABEL * covered.sum(axis=1)
        )
        best = int(np.argmin(cost))
        crowded = outside[best].any() or covered[best].any()
        dropped = required is not None and not required[k] and crowded
        shifts[k] = np.nan if dropped else tried[best]
    return shifts
