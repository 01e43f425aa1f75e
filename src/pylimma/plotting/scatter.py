"""Points: some of them highlighted, or against quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import is_color_like
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned_to
from pylimma.arguments import number, numbers, plain_array, texts
from pylimma.containers.decisions import TestResults
from pylimma.containers.names import positions
from pylimma.errors import InputError, ShapeError, UnknownNameError, quoted
from pylimma.plotting.axes import (
    BLACK,
    BLUE,
    PALE,
    PLAIN,
    RASTER_FROM,
    VERMILLION,
    Colors,
    Markers,
    as_list,
    axes_for,
    group_colors,
    scatter,
    size_for,
    styled,
)
from pylimma.plotting.labels import label_points
from pylimma.plotting.legends import LegendPlace, add_note, counted, dot, place_legend
from pylimma.statistics.quantile_plots import QuantilePoints
from pylimma.typing import AnyArray, FloatArray

DECISIONS = {1.0: "Up", -1.0: "Down", 0.0: "NotSig"}
_WORDS = {"Up": "up", "Down": "down", "Sig": "significant", "NotSig": "not significant"}
DECISION_COLORS = {"Up": VERMILLION, "Down": BLUE, "Sig": VERMILLION}


@styled
def plot_with_highlights(
    x: ArrayLike,
    y: ArrayLike,
    status: ArrayLike | None = None,
    values: ArrayLike | None = None,
    *,
    hl_col: Colors | None = None,
    hl_marker: Markers = "o",
    hl_size: float | None = None,
    legend: LegendPlace = "outside",
    bg_col: ColorType | None = None,
    bg_size: float | None = None,
    labels: Sequence[Any] | AnyArray | None = None,
    top: ArrayLike | None = None,
    xlab: str = "x",
    ylab: str = "y",
    main: str = "",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Scatter plot in which points of some kinds are highlighted.

    Parameters
    ----------
    x, y : array of shape (points,)
        Coordinates; points with a missing one are not drawn.
    status : sequence or TestResults of shape (points,), optional
        Kind of each point. Outcomes of a test, 1, 0 and -1, read Up, NotSig and Down.
    values : sequence of kinds, optional
        The kinds to highlight, in this order; by default Up and Down for outcomes of a test,
        else all but the commonest kind.
    hl_col : colour, colours or dict of kind to colour, optional
        Colours of the highlighted kinds.
    hl_marker : marker or markers
        Markers of the highlighted kinds.
    hl_size, bg_size : float, optional
        Area of highlighted and of other points, in square points.
    legend : str or bool
        Where the legend stands: "outside", a corner such as "topright", or False.
    bg_col : colour, optional
        Colour of all other points.
    labels : sequence of shape (points,), optional
        Names of the points.
    top : array of int or str, optional
        Positions or names of the points whose names are written.
    xlab, ylab : str
        Labels of the axes.
    main : str
        Title.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.scatter` for all points.

    Returns
    -------
    Axes
        Where it was drawn.

    Raises
    ------
    ShapeError
        If `x`, `y` and `status` differ in length.
    InputError
        For test results of several contrasts.

    See Also
    --------
    plot_md, volcanoplot : Plots of a fit.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> ax = pylimma.plot_with_highlights(np.arange(4), np.arange(4), ["a", "a", "a", "b"])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['b (1)', 'a (3)']
    """
    ax = draw_highlights(
        x, y, status, values, hl_col=hl_col, hl_marker=hl_marker, hl_size=hl_size, legend=legend,
        bg_col=bg_col, bg_size=bg_size, labels=labels, top=top, xlab=xlab, ylab=ylab, main=main,
        ax=ax, **kwargs,
    )  # fmt: skip
    lost = int((~np.isfinite(numbers(x, "x").ravel() + numbers(y, "y").ravel())).sum())
    add_note(ax, counted(lost, "point", "without coordinates"))
    return ax


def draw_highlights(
    x: ArrayLike,
    y: ArrayLike,
    status: ArrayLike | None = None,
    values: ArrayLike | None = None,
    *,
    hl_col: Colors | None = None,
    hl_marker: Markers = "o",
    hl_size: float | None = None,
    legend: LegendPlace = "outside",
    bg_col: ColorType | None = None,
    bg_size: float | None = None,
    labels: Sequence[Any] | AnyArray | None = None,
    top: ArrayLike | None = None,
    xlab: str = "x",
    ylab: str = "y",
    main: str = "",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Draw `plot_with_highlights`, without a note of the points that are missing."""
    y, status, labels = (
        aligned_to(value, x, "points", name)
        for name, value in (("y", y), ("status", status), ("labels", labels))
    )
    x, y = numbers(x, "x").ravel(), numbers(y, "y").ravel()
    if x.shape != y.shape:
        raise ShapeError(f"`x` has {x.size} values and `y` {y.size}.")
    kinds = kinds_of(status, x.size)
    about = getattr(status, "attrs", {})  # kinds and colours of `control_status`
    if hl_col is None and all(map(is_color_like, about.get("col", [None]))):
        hl_col = {"": PALE, **dict(zip(about["values"], about["col"], strict=True))}
    look = _highlights(kinds, values, hl_col, hl_marker, bg_col)
    small = size_for(x.size) if bg_size is None else number(bg_size, "bg_size", 0)
    ax = axes_for(ax)
    _draw_kinds(
        ax,
        x,
        y,
        look,
        (small, 1.6 * small if hl_size is None else number(hl_size, "hl_size", 0)),
        kwargs,
    )
    ax.set(xlabel=xlab, ylabel=ylab, title=main)
    ax.margins(y=0.08)
    _name_kinds(ax, look, legend)
    if top is not None and labels is not None:
        names = texts(labels, "labels").ravel()
        if names.size != x.size:
            raise ShapeError(f"`labels` has {names.size} values; there are {x.size} points.")
        shown = positions(top, x.size, pd.Index(names), "points")
        label_points(ax, x[shown], y[shown], list(names[shown]))
    return ax


def check_single(status: Any) -> None:
    """Raise for the outcomes of several tests."""
    shape = plain_array(status, "status").shape
    if len(shape) == 2 and shape[1] != 1:
        raise InputError(f"`status` has {shape[1]} tests; choose one, such as status[:, 0].")


def kinds_of(status: Any, n_points: int) -> AnyArray | None:
    """Kind of each point as text, None where missing; None where there are no kinds at all."""
    if status is None:
        return None
    check_single(status)
    array = np.ravel(np.asarray(status, dtype=object))
    if array.size != n_points:
        raise ShapeError(f"`status` has {array.size} values; there are {n_points} points.")
    missing = pd.isna(array)
    known = array[~missing]
    if known.size and all(isinstance(v, int | float | np.number) for v in known):
        outcomes = set(np.unique(known.astype(float)))
        if outcomes <= set(DECISIONS):
            words = dict(DECISIONS)
            if isinstance(status, TestResults) and not status.signed:
                words[1.0] = "Sig"
            array = np.array(
                [v if m else words[float(v)] for v, m in zip(array, missing, strict=True)]
            )
    return np.array([None if m else str(v) for v, m in zip(array, missing, strict=True)], object)


def _highlighted(kinds: AnyArray | None, values: Any) -> list[str]:
    """Highlighted kinds, in the order they are drawn."""
    if kinds is None:
        return []
    counts = (
        pd.Series(kinds).value_counts().sort_index().sort_values(ascending=False, kind="stable")
    )
    decided = set(counts.index) <= {"Up", "Down", "NotSig", "Sig"}
    if values is not None:
        shown = [str(value) for value in as_list(values)]
        if decided:  # the outcomes themselves may be given, and need not occur
            words = {"1": "Sig" if "Sig" in counts.index else "Up", "-1": "Down", "0": "NotSig"}
            shown = [words.get(value.removesuffix(".0"), value) for value in shown]
        unknown = [
            value
            for value in shown
            if value not in counts.index and not (decided and value in DECISION_COLORS)
        ]
        if unknown and len(unknown) == len(shown):
            raise UnknownNameError(
                f"`status` has no {quoted(unknown)}; it has {quoted(counts.index)}."
            )
        return shown
    if decided:
        return [kind for kind in ("Up", "Down", "Sig") if kind in counts.index]
    return [str(kind) for kind in counts.index[1:]]


@dataclass(frozen=True, slots=True)
class _Highlights:
    """Kinds of points, and how they look."""

    kinds: AnyArray | None  # (points,) kind of each point, None where unknown
    shown: list[str]  # the highlighted kinds
    colors: dict[str, Any]  # colours of these
    markers: dict[str, Any]  # markers of these
    background: Any  # colour of all other points

    @property
    def others(self) -> AnyArray:
        """Kinds of the points in the background."""
        return np.empty(0) if self.kinds is None else self.kinds[~np.isin(self.kinds, self.shown)]


def _highlights(
    kinds: AnyArray | None, values: Any, col: Any, marker: Any, back: Any
) -> _Highlights:
    shown = _highlighted(kinds, values)
    if col is None and set(shown) <= set(DECISION_COLORS):
        colors = {kind: DECISION_COLORS[kind] for kind in shown}
    else:
        colors = group_colors(shown, col)
    every = as_list(marker)
    markers = {kind: every[k % len(every)] for k, kind in enumerate(shown)}
    plain = PLAIN if kinds is None else PALE
    return _Highlights(kinds, shown, colors, markers, plain if back is None else back)


def _draw_kinds(
    ax: Axes,
    x: FloatArray,
    y: FloatArray,
    look: _Highlights,
    sizes: tuple[float, float],
    style: dict[str, Any],
) -> None:
    """Draw the background first, then each kind over it."""
    small, large = sizes
    dense = {"rasterized": x.size > RASTER_FROM}
    kinds = np.full(x.size, None) if look.kinds is None else look.kinds
    back = ~np.isin(kinds, look.shown)
    around = {"s": small, "color": look.background, "opacity": 0.7}
    scatter(ax, x[back], y[back], **{**dense, **around, **style})
    for kind in look.shown:
        chosen = kinds == kind
        own = {
            "s": large,
            "color": look.colors[kind],
            "marker": look.markers[kind],
            "opacity": 0.85,
        }
        scatter(ax, x[chosen], y[chosen], **{**dense, **own, **style})


def _name_kinds(ax: Axes, look: _Highlights, legend: LegendPlace) -> None:
    """Legend with the number of points of each kind."""
    if look.kinds is None:
        return
    entries = [
        dot(
            look.colors[kind], f"{_word(kind)} ({(look.kinds == kind).sum():,})", look.markers[kind]
        )
        for kind in look.shown
    ]
    if look.others.size:
        names = {str(kind) for kind in look.others if kind is not None}
        name = _word(names.pop()) if len(names) == 1 else "other"
        entries.append(dot(look.background, f"{name} ({look.others.size:,})"))
    place_legend(ax, legend, handles=entries)


def _word(kind: str) -> str:
    return _WORDS.get(kind, kind)


def single_column(status: Any, column: int) -> Any:
    """Outcomes of one contrast where those of several are given."""
    shape = () if status is None else plain_array(status, "status").shape
    if len(shape) == 2 and shape[1] > 1:
        place = positions(column, shape[1], None, "tests")
        if isinstance(status, TestResults):
            return status[:, place]
        return plain_array(status, "status")[:, place]
    return status


@styled
def quantiles(
    points: QuantilePoints,
    *,
    ylim: Sequence[float] | None = None,
    main: str = "",
    xlab: str = "Theoretical Quantiles",
    ylab: str = "Sample Quantiles",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Observed against theoretical quantiles, with the line of identity."""
    ax = axes_for(ax, (4.2, 3.9))
    ax.axline((0, 0), slope=1, color=VERMILLION, lw=1.3, zorder=0.5)
    style = {"s": size_for(len(points.x)), "color": BLACK, "opacity": 0.7, **kwargs}
    scatter(ax, points.x, points.y, **style)
    ax.set(xlabel=xlab, ylabel=ylab, title=main)
    if ylim is not None:
        ax.set_ylim(*ylim)
    return ax
