"""Legends that never take a third of the figure, and notes below the axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from pylimma.arguments import described
from pylimma.errors import InputError, InputTypeError, quoted, with_noun
from pylimma.plotting.axes import GREY, font_size

LegendPlace: TypeAlias = str | bool
"""Position of a legend: "outside" (True), a corner such as "topright", or nowhere (False)."""

_PLACES = {
    "topright": "upper right",
    "topleft": "upper left",
    "top": "upper center",
    "bottomright": "lower right",
    "bottomleft": "lower left",
    "bottom": "lower center",
    "right": "center right",
    "left": "center left",
    "center": "center",
}
_WIDEST, _TALLEST = 0.29, 0.94  # shares of a legend in the figure, or in its part of it
_LETTERS = (28, 6)  # of a word of the legend: the most, and the fewest where room is scarce
_TICK_LETTERS = 26  # of a name along an axis
_GAP = 0.02  # of the width of the axes, between them and the legend


def place_legend(ax: Axes, place: LegendPlace = "outside", **options: Any) -> None:
    """Legend beside the data, or in a corner, if there is anything to explain."""
    if not isinstance(place, str | bool | np.bool_):
        raise InputTypeError(f"`legend` must be a boolean or a place; got {described(place)}.")
    known = [*_PLACES, *_PLACES.values(), "best", "outside"]
    if isinstance(place, str) and place not in known:
        choices = ["outside", *_PLACES, "best"]
        raise InputError(f"`legend` must be a boolean or one of {quoted(choices)}; got {place!r}.")
    handles = options.pop("handles", None)
    handles = ax.get_legend_handles_labels()[0] if handles is None else handles
    if not place or not handles:
        return
    if place not in (True, "outside"):
        options = {"loc": _PLACES.get(str(place), place), "borderaxespad": 0.6, **options}
        fitted_legend(ax, handles, options, legend_room(ax))
        return
    options = {"loc": "upper left", "bbox_to_anchor": (1 + _GAP, 1.0), **options}
    fitted_legend(ax, handles, options, legend_room(ax))
    make_room(ax)


def fitted_legend(
    ax: Axes, handles: Sequence[Any], options: dict[str, Any], room: tuple[float, float]
) -> Legend:
    """Legend in some width and height: words are shortened, and the last entries of many cut."""
    width, height = room
    words, letters = [str(handle.get_label()) for handle in handles], _LETTERS[0]
    legend = ax.legend(handles, _wrapped(words, letters), **options)
    box = legend.get_window_extent()
    if box.width > width:
        letters = max(_LETTERS[1], int(letters * width / box.width) - 2)
        legend = ax.legend(handles, _wrapped(words, letters), **options)
        box = legend.get_window_extent()
    if box.height <= height:
        return legend
    n, rows = len(words), max(1, int(len(words) * height / box.height))
    places = rows * max(1, int(width / box.width))
    kept = n if n <= places else max(1, places - 1)
    rest = [] if kept == n else [dot("none", f"… {n - kept} more")]
    words = [*_wrapped(words[:kept], letters), *(str(more.get_label()) for more in rest)]
    return ax.legend([*handles[:kept], *rest], words, ncols=-(-len(words) // rows), **options)


def legend_room(ax: Axes) -> tuple[float, float]:
    """Largest width and height of a legend, in pixels: shares of the axes' part of the figure."""
    figure: Any = ax.figure
    whole, spec = figure.figure.bbox, ax.get_subplotspec()
    if spec is None:
        share = ax.get_position().width, ax.get_position().height
    else:
        spec = spec.get_topmost_subplotspec()
        rows, columns = spec.get_gridspec().get_geometry()
        share = len(spec.colspan) / columns, len(spec.rowspan) / rows
    return _WIDEST * share[0] * whole.width, _TALLEST * share[1] * whole.height


def make_room(ax: Axes, *, everywhere: bool = False) -> None:
    """Shrink axes by what stands beside them, where the figure has no layout of its own."""
    figure: Any = ax.figure
    if figure.figure.get_layout_engine() is not None:
        return
    inner, outer, part = (
        np.asarray(box.get_points())
        for box in (ax.bbox, ax.get_tightbbox() or ax.bbox, ax.get_position())
    )
    low, high = (inner[0] - outer[0]) / figure.bbox.size, (outer[1] - inner[1]) / figure.bbox.size
    if not everywhere:  # labels of the axes have their room
        low, high = np.zeros(2), high * [1, 0]
    whole = part[1] - part[0]
    size = np.maximum(whole - low - high, whole / 4)
    ax.set_position((*(part[0] + low), *size))
    ax.set_in_layout(True)


def _wrapped(words: Sequence[str], letters: int) -> list[str]:
    """Words in lines of so many letters, two at most."""
    return [fill(word, letters) for word in shortened(words, 2 * letters - 2)]


def dot(color: Any, label: str, marker: Any = "o") -> Line2D:
    """Entry of a legend for points."""
    return Line2D([], [], ls="", marker=marker, ms=4.5, mew=0, color=color, label=label)


def shortened(names: Sequence[str], most: int) -> list[str]:
    """Long names without their middle, unless they would then be alike."""
    first, last = most - most // 3 - 1, most // 3
    short = [n if len(n) <= most else f"{n[:first]}…{n[len(n) - last :]}" for n in names]
    return [s if short.count(s) == 1 else n for s, n in zip(short, names, strict=True)]


def tick_names(names: Iterable[Any]) -> list[str]:
    """Names along an axis, not so long that they leave no room for the data."""
    return shortened([str(name) for name in names], _TICK_LETTERS)


def counted(number: int, thing: str, rest: str) -> str:
    """How many things there are of a kind, or nothing where there is none."""
    return f"{with_noun(number, thing)} {rest}" if number else ""


def add_note(ax: Axes, *notes: str) -> None:
    """Small grey words below the label of the horizontal axis, if there is anything to say."""
    words = "; ".join(note for note in notes if note)
    if words:
        place: Any = (ax.transAxes, ax.xaxis.label if ax.get_xlabel() else ax.transAxes)
        ax.annotate(
            words, (1, 0), (0, -4 if ax.get_xlabel() else -28), xycoords=place, ha="right",
            textcoords="offset points", va="top", fontsize=font_size(7), color=GREY,
        )  # fmt: skip
