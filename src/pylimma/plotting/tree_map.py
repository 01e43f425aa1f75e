"""A coloured matrix with trees beside it, a bar of groups and a colour key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, Normalize
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation, blended_transform_factory
from scipy.cluster.hierarchy import dendrogram

from pylimma.arguments import vector
from pylimma.plotting.axes import BLACK, BLANK, axes_for, font_size, inches
from pylimma.plotting.legends import fitted_legend, legend_room, make_room, tick_names
from pylimma.typing import AnyArray, FloatArray, IntArray

_MOST_ROWS_NAMED, _MOST_COLUMNS_NAMED = 100, 80
_TREE_ROOM, _BAR_ROOM, _KEY_ROOM, _KEY_GAP = 0.55, 0.18, 0.13, 0.15  # inches
_SMALLEST = 3.5  # points of the names of rows
_THIN, _INCH = 0.01, 72  # inches of a panel that is empty, and points of one
_KEY_SHARE = 0.45  # of the height of the map, in the scale of colours


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
    parts: TreeMap, main: str, size: tuple[float, float] | None, ax: Axes | None, **kwargs: Any
) -> AnyArray:
    """Draw the map into axes, and everything else around them."""
    given = None if size is None else vector(size, "size", 2, finite=True) / inches(1.0)[0]
    heat = axes_for(ax, _size(parts) if given is None else (given[0], given[1]))
    ordered = parts.values[np.ix_(parts.rows.order, parts.columns.order)]
    options = {"cmap": parts.colors, "norm": parts.limits, "rasterized": True, **kwargs}
    heat.set_facecolor(BLANK)
    mesh = heat.pcolormesh(np.ma.masked_invalid(ordered), **options)
    heat.spines[:].set_visible(False)
    _name_cells(heat, parts)
    axes = np.array([heat, *_panels(heat, parts)], dtype=object)
    _, row_tree, column_tree, bar, key = axes
    _draw_tree(row_tree, parts.rows, along_x=False)
    _draw_tree(column_tree, parts.columns, along_x=True)
    _draw_bar(bar, parts)
    _part_groups(heat, parts)
    _draw_key(heat, key, mesh, parts)
    heat.set_title(main, pad=8 + _INCH * sum(_above(parts)), wrap=True)
    make_room(heat, everywhere=True)
    return axes


def _size(parts: TreeMap) -> tuple[float, float]:
    """Width and height of a figure of its own, in inches."""
    n_rows, n_columns = parts.values.shape
    left = _TREE_ROOM if parts.rows.shown else 0.02
    width = float(np.clip(0.2 * n_columns, 2.2, 9.0))
    height = float(np.clip(0.16 * n_rows, 1.8, 11.0))
    return left + width + 2.3, sum(_above(parts)) + height + 0.9


def _above(parts: TreeMap) -> tuple[float, float]:
    """Heights of the bar of groups and of the tree above the map, in inches."""
    return _BAR_ROOM * (parts.bar is not None), _TREE_ROOM * parts.columns.shown


def _panels(heat: Axes, parts: TreeMap) -> list[Axes]:
    """Axes of both trees, the bar and the key, in inches beside those of the map."""
    bar, tree = _above(parts)
    figure: Any = heat.figure
    labels = heat.yaxis.get_tightbbox()
    names = 0.0 if labels is None else labels.x1 - heat.get_window_extent().x1  # in pixels
    right = names / figure.figure.dpi + _KEY_GAP
    across = {"sharex": heat}
    panels = [
        _beside(heat, (-_TREE_ROOM, 0, _TREE_ROOM, 1), (0, 0), "x", sharey=heat),
        _beside(heat, (0, bar, 1, tree or _THIN), (0, 1), "y", **across),
        _beside(heat, (0, 0, 1, bar or _THIN), (0, 1), "y", **across),
        _beside(heat, (right, 0, _KEY_ROOM, 1), (1, 0), "x"),
    ]
    for panel in panels:
        panel.set_axis_off()
    panels[0].set_visible(parts.rows.shown)
    panels[1].set_visible(parts.columns.shown)
    return panels


def _beside(
    heat: Axes,
    bounds: tuple[float, float, float, float],
    corner: tuple[int, int],
    along: str,
    **shared: Any,
) -> Axes:
    """Axes within bounds that are inches from a corner of the map one way, its shares the other."""
    figure: Any = heat.figure
    map_corner: Any = heat.transAxes
    inches_from = figure.dpi_scale_trans + ScaledTranslation(*corner, map_corner)
    ways = (inches_from, heat.transAxes) if along == "x" else (heat.transAxes, inches_from)
    return heat.inset_axes(bounds, transform=blended_transform_factory(*ways), **shared)


def _name_cells(heat: Axes, parts: TreeMap) -> None:
    """Names of the rows on the right, of the columns below, where they can be read."""
    n_rows, n_columns = parts.values.shape
    figure: Any = heat.figure
    room = heat.get_window_extent().height / figure.figure.dpi * _INCH / n_rows
    heat.tick_params(length=0, pad=2)
    heat.yaxis.tick_right()
    heat.set_yticks([])
    heat.set_xticks([])
    size = font_size(7)
    if n_rows <= _MOST_ROWS_NAMED and room >= _SMALLEST:
        names = tick_names(parts.rows.labels[parts.rows.order])
        heat.set_yticks(np.arange(n_rows) + 0.5, names, fontsize=min(size, room))
    if n_columns <= _MOST_COLUMNS_NAMED:
        names = tick_names(parts.columns.labels[parts.columns.order])
        heat.set_xticks(np.arange(n_columns) + 0.5, names, rotation=90, fontsize=size)


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


def _draw_key(heat: Axes, panel: Axes, mesh: Any, parts: TreeMap) -> None:
    """Scale of the colours, and below it the legend of the groups."""
    inside = panel.inset_axes((0.0, 1 - _KEY_SHARE, 1.0, _KEY_SHARE))
    figure: Any = panel.figure
    bar = figure.colorbar(mesh, cax=inside)
    bar.set_label(parts.quantity, fontsize=font_size(8))
    inside.spines[:].set_visible(False)
    bar.outline.set_linewidth(0)
    inside.tick_params(labelsize=font_size(7), length=2)
    if parts.bar is not None:
        handles = [Patch(color=color, label=str(g)) for g, color in parts.bar.colors.items()]
        options = {"loc": "upper left", "bbox_to_anchor": (0.0, 0.9 - _KEY_SHARE)}
        width, height = legend_room(heat)
        below = (0.9 - _KEY_SHARE) * heat.get_window_extent().height
        fitted_legend(panel, handles, options, (width, min(height, below)))
