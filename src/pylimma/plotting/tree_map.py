"""A coloured matrix with trees beside it, a bar of groups and a colour key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from scipy.cluster.hierarchy import dendrogram

from pylimma.plotting.axes import BLACK, font_size, inches
from pylimma.typing import AnyArray, FloatArray, IntArray

_MOST_ROWS_NAMED, _MOST_COLUMNS_NAMED = 100, 80
_MISSING = "#D9D9D9"
_TREE_ROOM, _BAR_ROOM, _KEY_ROOM = 0.55, 0.14, 0.13  # inches


@dataclass(frozen=True, slots=True)
class Side:
    """Order of the rows or columns, and the tree it came from."""

    order: IntArray  # positions from bottom to top, or from left to right
    tree: FloatArray | None  # merges, where there were any
    labels: AnyArray  # what is written, in the order of the data
    shown: bool = False  # whether the tree is drawn


@dataclass(frozen=True, slots=True)
class GroupBar:
    """Groups of the columns."""

    labels: AnyArray  # (columns,) group of each column, in the order of the data
    colors: dict[Any, Any]  # colour of each group


@dataclass(frozen=True, slots=True)
class TreeMap:
    """Matrix and everything around it."""

    values: FloatArray  # (rows, columns) in the order of the data
    rows: Side  # how they are ordered
    columns: Side  # how they are ordered
    colors: Colormap  # colours of the values
    limits: Normalize  # values of the first and the last colour
    quantity: str  # what the values are
    bar: GroupBar | None  # groups of the columns


def draw_tree_map(
    parts: TreeMap, main: str, size: tuple[float, float] | None, **kwargs: Any
) -> AnyArray:
    """Draw all parts into a new figure."""
    figure, axes = _panels(parts, size)
    heat, row_tree, column_tree, bar, key = axes
    ordered = parts.values[np.ix_(parts.rows.order, parts.columns.order)]
    options = {"cmap": parts.colors, "norm": parts.limits, "rasterized": True, **kwargs}
    heat.set_facecolor(_MISSING)
    mesh = heat.pcolormesh(np.ma.masked_invalid(ordered), **options)
    heat.spines[:].set_visible(False)
    _name_cells(heat, parts)
    _draw_tree(row_tree, parts.rows, along_x=False)
    _draw_tree(column_tree, parts.columns, along_x=True)
    _draw_bar(bar, parts)
    _part_groups(heat, parts)
    _draw_key(figure, key, mesh, parts)
    figure.suptitle(main, fontsize=font_size(10), weight="bold", x=0.02, ha="left")
    return axes


def _panels(parts: TreeMap, size: tuple[float, float] | None) -> tuple[Figure, AnyArray]:
    n_rows, n_columns = parts.values.shape
    width = float(np.clip(0.2 * n_columns, 2.2, 9.0))
    height = float(np.clip(0.16 * n_rows, 1.8, 11.0))
    left = _TREE_ROOM if parts.rows.shown else 0.02
    top = _TREE_ROOM if parts.columns.shown else 0.02
    bar = _BAR_ROOM if parts.bar is not None else 0.02
    figure = plt.figure(
        figsize=inches(left + width + 2.3, top + bar + height + 0.9) if size is None else size,
        layout="constrained",
    )
    engine: Any = figure.get_layout_engine()
    engine.set(w_pad=0.02, h_pad=0.01, wspace=0.0, hspace=0.0)
    grid = figure.add_gridspec(
        3, 3, width_ratios=[left, width, _KEY_ROOM], height_ratios=[top, bar, height]
    )
    heat = figure.add_subplot(grid[2, 1])
    panels = [
        heat,
        figure.add_subplot(grid[2, 0], sharey=heat),
        figure.add_subplot(grid[0, 1], sharex=heat),
        figure.add_subplot(grid[1, 1], sharex=heat),
        figure.add_subplot(grid[2, 2]),
    ]
    for panel in panels[1:]:
        panel.set_axis_off()
    return figure, np.array(panels, dtype=object)


def _name_cells(heat: Axes, parts: TreeMap) -> None:
    """Names of the rows on the right, of the columns below, where they can be read."""
    n_rows, n_columns = parts.values.shape
    heat.tick_params(length=0, labelsize=7, pad=2)
    heat.yaxis.tick_right()
    heat.set_yticks([])
    heat.set_xticks([])
    if n_rows <= _MOST_ROWS_NAMED:
        heat.set_yticks(np.arange(n_rows) + 0.5, parts.rows.labels[parts.rows.order])
    if n_columns <= _MOST_COLUMNS_NAMED:
        names = parts.columns.labels[parts.columns.order]
        heat.set_xticks(np.arange(n_columns) + 0.5, names, rotation=90)


def _draw_tree(panel: Axes, side: Side, *, along_x: bool) -> None:
    if not side.shown or side.tree is None:
        return
    drawn = dendrogram(side.tree, no_plot=True)
    place, height = np.array(drawn["icoord"]) / 10.0, np.array(drawn["dcoord"])
    points = (place, height) if along_x else (height, place)
    lines = LineCollection(list(np.stack(points, axis=-1)), colors=BLACK, linewidths=0.7)
    panel.add_collection(lines)
    top = 1.03 * float(height.max()) or 1.0
    if along_x:
        panel.set_ylim(0, top)
    else:
        panel.set_xlim(top, 0)


def _draw_bar(panel: Axes, parts: TreeMap) -> None:
    """Colour of each column's group."""
    if parts.bar is None:
        return
    labels = parts.bar.labels[parts.columns.order]
    colors = [parts.bar.colors[label] for label in labels]
    panel.bar(np.arange(len(labels)) + 0.5, 1.0, width=1.0, color=colors, linewidth=0)
    panel.set_ylim(-0.25, 1)


def _part_groups(heat: Axes, parts: TreeMap) -> None:
    """White lines where groups meet, if columns are ordered by group."""
    if parts.bar is None:
        return
    labels = parts.bar.labels[parts.columns.order]
    borders = np.flatnonzero(labels[1:] != labels[:-1]) + 1
    if len(borders) < len(parts.bar.colors):
        for border in borders:
            heat.axvline(float(border), color="white", lw=2.5)


def _draw_key(figure: Figure, panel: Axes, mesh: Any, parts: TreeMap) -> None:
    inside = panel.inset_axes((0.0, 0.55, 1.0, 0.45))
    bar = figure.colorbar(mesh, cax=inside)
    bar.set_label(parts.quantity, fontsize=font_size(8))
    inside.spines[:].set_visible(False)
    bar.outline.set_linewidth(0)
    inside.tick_params(labelsize=7, length=2)
    if parts.bar is not None:
        handles = [Patch(color=color, label=str(g)) for g, color in parts.bar.colors.items()]
        panel.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.0, 0.45))
