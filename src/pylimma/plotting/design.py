"""The model of a design: each cell's fitted value as a path of its coefficients."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pylimma.plotting.axes import BLACK, FAINT, GREY, PALETTE, axes_for, styled
from pylimma.plotting.legends import add_note, place_legend
from pylimma.typing import FloatArray

_MOST_CELLS = 16  # drawn; beyond it the table says more
_BASE = (3.0, 2.4, 3.4, 2.7, 3.2, 2.2)  # schematic heights of what a cell starts from,
_STEPS = (1.2, 0.7, 1.6, 0.9, 0.5, 1.4)  # and of what is added to it
_WIDTH = 0.62  # of a cell's path


@styled
def draw_design(
    cells: Sequence[str],
    counts: Sequence[int],
    weights: pd.DataFrame,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw arrows for coefficients, one after the other, that end at each cell's fitted value."""
    shown = weights.to_numpy()[:_MOST_CELLS]
    n_cells = len(shown)
    ax = axes_for(ax, (max(4.0, 1.6 + 0.85 * n_cells), 3.8))
    heights = _heights(shown)
    colors = _colors(shown)
    for cell, row in enumerate(shown):
        _draw_path(ax, cell, row, heights, colors)
    ax.axhline(0, color=FAINT, lw=0.8)
    labels = [f"{name}\nn = {n}" for name, n in zip(cells, counts, strict=True)]
    ax.set_xticks(range(n_cells), labels[:n_cells])
    ax.set_xlim(-0.6, n_cells - 0.4)
    ax.set_yticks([0])
    ax.set(ylabel="Fitted value (heights schematic)")
    used = [k for k in range(shown.shape[1]) if np.nan_to_num(shown[:, k], nan=1.0).any()]
    dashed = np.isnan(shown).any(axis=0)
    lines = [
        Line2D([], [], color=colors[k], lw=2, ls="--" if dashed[k] else "-", label=name)
        for k, name in enumerate(weights.columns)
        if k in used
    ]
    lines.append(Line2D([], [], color=BLACK, lw=3, label="fitted value"))
    place_legend(ax, handles=lines)
    if dashed.any():
        add_note(ax, "Dashed: times the sample's own value of the covariate.")
    if len(cells) > n_cells:
        add_note(ax, f"The first {n_cells} of {len(cells)} cells.")
    return ax


def design_svg(cells: Sequence[str], counts: Sequence[int], weights: pd.DataFrame) -> str:
    """Return the picture as SVG text."""
    file = io.StringIO()
    figure = draw_design(cells, counts, weights).get_figure(root=True)
    figure.savefig(file, format="svg", bbox_inches="tight")  # type: ignore[union-attr]
    plt.close(figure)
    return "".join(file.getvalue().partition("<svg")[1:])


def _heights(weights: FloatArray) -> FloatArray:
    """A schematic height of each coefficient: those that cells start from are the tallest."""
    present = np.nan_to_num(weights, nan=1.0) != 0
    first = {int(np.flatnonzero(row)[0]) for row in present if row.any()}
    taken = [0, 0]
    heights = np.zeros(weights.shape[1])
    for k in range(weights.shape[1]):
        scale = _BASE if k in first else _STEPS
        heights[k] = scale[taken[k in first] % len(scale)]
        taken[k in first] += 1
    return heights


def _colors(weights: FloatArray) -> list[str]:
    """Grey for what all cells share, the palette for the rest."""
    colors, used = [], 0
    for column in weights.T:
        shared = bool(np.all(column == 1))
        colors.append(GREY if shared else PALETTE[used % len(PALETTE)])
        used += not shared
    return colors


def _draw_path(
    ax: Axes, cell: int, row: FloatArray, heights: FloatArray, colors: Sequence[str]
) -> None:
    """One cell: an arrow for each coefficient, side by side, and a bar at their sum."""
    steps = np.flatnonzero(np.nan_to_num(row, nan=1.0))
    gap = _WIDTH / max(len(steps), 4)
    places = cell + gap * (np.arange(len(steps)) - (len(steps) - 1) / 2)
    level = 0.0
    for place, k in zip(places, map(int, steps), strict=True):
        depends = bool(np.isnan(row[k]))
        end = level + heights[k] * (1.0 if depends else row[k])
        arrow = {"arrowstyle": "-|>", "color": colors[k], "lw": 2, "shrinkA": 0, "shrinkB": 0}
        ax.annotate(
            "",
            (place, end),
            (place, level),
            arrowprops={**arrow, "ls": "--" if depends else "-"},
        )
        if k != steps[-1]:
            ax.plot([place, place + gap], [end, end], color=FAINT, lw=0.8)
        level = end
    ax.plot([cell - _WIDTH / 2, cell + _WIDTH / 2], [level, level], color=BLACK, lw=3)
