"""Venn diagrams of up to five sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Ellipse
from numpy.typing import ArrayLike
from scipy.ndimage import distance_transform_edt

from pylimma.arguments import flag, plain_array, sequence
from pylimma.errors import InputError, ShapeError
from pylimma.plotting.axes import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    Colors,
    axes_for,
    color_list,
    font_size,
    group_colors,
    styled,
)
from pylimma.plotting.legends import counted, tick_names
from pylimma.statistics.overlaps import venn_counts
from pylimma.typing import BoolArray, FloatArray

_COLORS = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION)
_GRID = 400  # points of the raster on which the middle of each zone is found
_FILL = 0.16
_SIDEWAYS = 1.4  # names farther from the middle lead away from it


@dataclass(frozen=True, slots=True)
class _Oval:
    """An ellipse and the place of its name."""

    x: float  # centre
    y: float  # centre
    width: float  # whole axes
    height: float  # whole axes
    angle: float  # degrees by which it is turned, counter-clockwise
    name_x: float  # place of the name
    name_y: float  # place of the name

    def contains(self, x: FloatArray, y: FloatArray) -> BoolArray:
        """Whether points lie inside."""
        turn = np.deg2rad(self.angle)
        along = (x - self.x) * np.cos(turn) + (y - self.y) * np.sin(turn)
        across = -(x - self.x) * np.sin(turn) + (y - self.y) * np.cos(turn)
        return np.asarray((2 * along / self.width) ** 2 + (2 * across / self.height) ** 2 < 1)


@styled
def venn_diagram(
    object: ArrayLike,
    include: str | Sequence[str] = "both",
    names: Sequence[str] | None = None,
    circle_col: Colors | None = None,
    counts_col: Colors | None = None,
    show_include: bool | None = None,
    *,
    main: str = "",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Venn diagram of up to five sets, with the number of genes in each zone.

    Parameters
    ----------
    object : TestResults, DataFrame or array of shape (genes, sets)
        Outcomes of tests, membership of sets, or what `venn_counts` returned.
    include : str or two of {"both", "up", "down"}
        Which outcomes put a gene into a set; two give two numbers in each zone.
    names : sequence of shape (sets,), optional
        Names of the sets.
    circle_col : colour or colours, optional
        Colours of the sets.
    counts_col : colour or two colours, optional
        Colours of the numbers.
    show_include : bool, optional
        Whether `include` is written; by default where there are two.
    main : str
        Title.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.text` for the numbers.

    Returns
    -------
    Axes
        Where it was drawn.

    Raises
    ------
    InputError
        For more than five sets, or another `include`.
    ShapeError
        If `names` has another number of values.

    See Also
    --------
    venn_counts : The numbers.

    Notes
    -----
    Areas are not proportional. Each number is placed where its zone is widest, and is exclusive: it
    counts the genes that are in exactly these sets.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> ax = pylimma.venn_diagram(np.array([[1, 0], [1, 1], [0, 1]]), names=["A", "B"])
    >>> len(ax.patches)
    2
    """
    include = [include] if isinstance(include, str) else sequence(include, "include")
    if len(include) not in (1, 2):
        raise InputError(f"`include` may be one or two choices; got {len(include)}.")
    tables = [_at_most_five(set_counts(object, kind)) for kind in include]
    sets = set_names(tables[0], names)
    ovals = _layout(len(sets))
    ax = axes_for(ax, (4.4, 4.2) if len(sets) < 4 else (5.6, 5.2))
    ax.set_axis_off()
    ax.set_aspect("equal")
    color = group_colors(range(len(sets)), _COLORS if circle_col is None else circle_col)
    for k, (oval, name) in enumerate(zip(ovals, tick_names(sets), strict=True)):
        ax.add_patch(
            Ellipse(
                (oval.x, oval.y), oval.width, oval.height, angle=oval.angle,
                fc=to_rgba(color[k], _FILL), ec=color[k], lw=1.5,
            )
        )  # fmt: skip
        style = {"weight": "bold", "color": color[k], "fontsize": font_size(10)}
        ax.text(oval.name_x, oval.name_y, name, ha=_side(oval), va="center", **style)
    _write_counts(ax, ovals, [t["Counts"].to_numpy() for t in tables], include, counts_col, kwargs)
    if len(include) > 1 if show_include is None else flag(show_include, "show_include"):
        _write_include(ax, include, counts_col)
    ax.text(
        0.0, 0.0, "\n".join(["Exclusive numbers: each gene is counted once", *uncounted(object)]),
        transform=ax.transAxes, va="top", fontsize=font_size(7), color=GREY,
    )  # fmt: skip
    ax.set_title(main)
    return ax


def uncounted(data: Any) -> list[str]:
    """How many genes have a missing outcome, if there are any."""
    if isinstance(data, pd.DataFrame) and data.columns[-1] == "Counts":
        return []
    lost = int(pd.isna(plain_array(data, "object")).any(axis=-1).sum())
    return [counted(lost, "gene", "with missing outcomes not counted")] if lost else []


def set_counts(data: Any, include: Any) -> pd.DataFrame:
    """Numbers of genes in every combination of sets, counted here or by the caller."""
    if isinstance(data, pd.DataFrame) and data.columns[-1] == "Counts":
        return data
    return venn_counts(data, include)


def _at_most_five(table: pd.DataFrame) -> pd.DataFrame:
    if table.shape[1] > len(_COLORS) + 1:
        raise InputError(
            f"A Venn diagram shows at most {len(_COLORS)} sets; got {table.shape[1] - 1}. "
            "`plot_upset` shows more, and `venn_counts` gives their numbers."
        )
    return table


def set_names(table: pd.DataFrame, names: Sequence[str] | None) -> list[str]:
    """Names of the sets of a table of counts, or as given."""
    sets = [str(name) for name in table.columns[:-1]]
    if names is None:
        return sets
    given = [str(name) for name in sequence(names, "names")]
    if len(given) != len(sets):
        raise ShapeError(f"`names` has {len(given)} values; there are {len(sets)} sets.")
    return given


def _layout(n_sets: int) -> list[_Oval]:
    """Ellipses of which every combination overlaps somewhere."""
    if n_sets == 1:
        return [_Oval(0, 0, 3, 3, 0, 0, 1.75)]
    if n_sets == 2:
        return [_Oval(x, 0, 3, 3, 0, 1.3 * x, 1.75) for x in (-0.9, 0.9)]
    if n_sets == 3:
        turns = np.deg2rad([150, 30, 270])
        at = [(np.cos(turn), np.sin(turn)) for turn in turns]
        names = [(-1.5, 2.15), (1.5, 2.15), (0, -2.75)]
        return [_Oval(x, y, 3, 3, 0, *name) for (x, y), name in zip(at, names, strict=True)]
    if n_sets == 4:
        outer = [_Oval(s * 0.64, -0.6, 4.4, 2.07, s * 41, s * 2.25, 1.35) for s in (-1, 1)]
        inner = [_Oval(s * 0.07, 0.0, 4.4, 2.07, s * 44, s * 1.35, 2.0) for s in (-1, 1)]
        return [outer[0], inner[0], inner[1], outer[1]]
    return [_petal(90.0 - 72.0 * k) for k in range(5)]


def _side(oval: _Oval) -> str:
    """Alignment by which a name leads away from the ellipses."""
    if abs(oval.name_x) < _SIDEWAYS:
        return "center"
    return "left" if oval.name_x > 0 else "right"


def _petal(turn: float) -> _Oval:
    """One of five ellipses around a centre, each a fifth of a turn from the next.

    Its lean makes the smallest of the 31 zones as wide as can be.
    """
    lean, tip = np.deg2rad(turn + 13.4), np.deg2rad(turn + 3)
    x, y = 0.73 * np.cos(lean), 0.73 * np.sin(lean)
    return _Oval(x, y, 4.4, 2.07, turn, 3.15 * np.cos(tip), 3.15 * np.sin(tip))


def _write_counts(
    ax: Axes,
    ovals: Sequence[_Oval],
    counts: Sequence[Any],
    include: Sequence[str],
    colors: Any,
    style: dict[str, Any],
) -> None:
    """Number of each zone where it is widest; that of no set below to the right."""
    room = 0.45 + 0.12 * len(ovals)
    x_names, y_names = [o.name_x for o in ovals], [o.name_y for o in ovals]
    low_x, high_x = min(-2.6, *x_names) - 0.5, max(2.6, *x_names) + 0.5
    low_y, high_y = min(-1.9, *y_names) - room, max(1.9, *y_names) + 0.4
    ax.set(xlim=(low_x, high_x), ylim=(low_y, high_y))
    x, y = np.meshgrid(np.linspace(low_x, high_x, _GRID), np.linspace(low_y, high_y, _GRID))
    bits = 2 ** np.arange(len(ovals))[::-1]
    zone = sum(bit * oval.contains(x, y) for bit, oval in zip(bits, ovals, strict=True))
    step = ((high_y - low_y) / _GRID, (high_x - low_x) / _GRID)
    ink = _ink(colors, include)
    for pattern in range(2 ** len(ovals)):
        place, width = _widest(x, y, np.asarray(zone == pattern), step)
        if pattern == 0:
            place, width = (high_x - 0.35, low_y + 0.3), 0.45
        size = float(np.clip(28 * width, 5.5, 10))
        for k, count in enumerate(counts):
            shift = 0.0 if len(counts) == 1 else (0.5 - k) * size * 0.035
            options = {"ha": "center", "va": "center", "fontsize": size, "color": ink[k], **style}
            ax.text(place[0], place[1] + shift, f"{count[pattern]:,}", **options)


def _widest(
    x: FloatArray, y: FloatArray, zone: Any, step: tuple[float, float]
) -> tuple[tuple[float, float], float]:
    """Point of a zone that is farthest from its border, and how far it is."""
    depth = distance_transform_edt(zone, sampling=step)
    at = np.unravel_index(np.argmax(depth), depth.shape)
    return (float(x[at]), float(y[at])), float(depth[at])


def _ink(colors: Any, include: Sequence[str]) -> list[Any]:
    if colors is not None:
        given = color_list(colors, "counts_col")
        return [given[k % len(given)] for k in range(len(include))]
    signs = {"up": VERMILLION, "down": BLUE, "both": "black"}
    return ["black"] if len(include) == 1 else [signs[kind] for kind in include]


def _write_include(ax: Axes, include: Sequence[str], colors: Any) -> None:
    ink = _ink(colors, include)
    left, bottom = ax.get_xlim()[0], ax.get_ylim()[0]
    for k, kind in enumerate(include):
        ax.text(
            left + 0.1,
            bottom + 0.45 - 0.3 * k,
            kind,
            color=ink[k],
            va="center",
            fontsize=font_size(9),
        )
