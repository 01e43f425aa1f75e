"""Two-colour arrays by how they were printed: tip by tip, and along the order of printing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from pylimma.arguments import described, number, text, vector
from pylimma.containers.two_color import MAList, PrintLayout, RGList
from pylimma.errors import InputError, InputTypeError
from pylimma.numerics.smoothing.lowess import lowess_sorted
from pylimma.plotting.axes import (
    BLACK,
    BLANK,
    GREY,
    VERMILLION,
    axes_for,
    font_size,
    limits_of,
    scatter,
    size_for,
    styled,
)
from pylimma.plotting.fold_changes import INTENSITY, RED_TO_GREEN
from pylimma.plotting.intensities import on_log_scale
from pylimma.plotting.labels import column_name, column_position
from pylimma.plotting.legends import LegendPlace, add_note, counted
from pylimma.plotting.trend import print_order
from pylimma.preprocessing.arrays.layout import parse_layout, positions
from pylimma.preprocessing.arrays.print_order import printorder
from pylimma.preprocessing.arrays.print_order_trends import (
    PrintTrendMethod,
    PrintTrends,
    log_positive,
)
from pylimma.results.tables import Coef
from pylimma.typing import FloatArray

_ITERATIONS = 3  # robustness steps of the curves of print tips
_PANEL, _MARGIN = 1.5, (1.2, 1.1)  # inches of the panel of a tip, and beside all of them
_LARGEST = 9.0  # inches of all panels
_GAP = 0.05  # of a cell, between its points and those of the next


@styled
def plot_print_tip_loess(
    object: RGList | MAList,
    layout: PrintLayout | Mapping[str, Any] | None = None,
    array: Coef = 0,
    span: float = 0.4,
    *,
    main: str | None = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """MA plots of the spots of each print tip of one array, with a smooth curve.

    Parameters
    ----------
    object : RGList or MAList
        Two-colour data; intensities are taken less their background.
    layout : PrintLayout or dict, optional
        Rows and columns of grids and spots; the `printer` stored with the data when not given.
    array : int or name
        The array.
    span : float
        Share of the spots of a tip that each point of its curve sees.
    main : str, optional
        Title; by default the name of the array.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.scatter`.

    Returns
    -------
    Axes
        Where it was drawn: a cell for each tip, as they lie on the slide, all with the same limits.

    Raises
    ------
    InputTypeError
        If `object` is of another kind.
    InputError
        If there is no layout, or `span` is not positive.
    ShapeError
        If the layout has another number of spots.
    UnknownNameError
        If there is no such array.

    See Also
    --------
    plot_md : All spots in one plot.
    normalize_within_arrays : Subtracts such curves.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> rng = np.random.default_rng(1)
    >>> layout = pylimma.PrintLayout(ngrid_r=2, ngrid_c=3, nspot_r=5, nspot_c=6)
    >>> MA = pylimma.MAList(M=rng.normal(size=(180, 1)), A=rng.gamma(6, 2, (180, 1)))
    >>> len(pylimma.plot_print_tip_loess(MA, layout).lines)
    6
    """
    if not isinstance(object, RGList | MAList):
        raise InputTypeError(
            f"`plot_print_tip_loess` needs an RGList or MAList; got {described(object)}."
        )
    data, span = on_log_scale(object), number(span, "span", 0, inside=True, finite=True)
    at = column_position(array, data.shape[1], data.names("samples"), "samples")
    known = parse_layout(_layout_of(object, layout), data.shape[0])
    a, m = (np.asarray(data[part][:, at], dtype=float) for part in ("A", "M"))
    rows, columns = int(known["ngrid_r"]), int(known["ngrid_c"])
    row, column = positions(known, 0) - 1, positions(known, 1) - 1
    width, height = (min(_PANEL * n, _LARGEST) for n in (columns, rows))
    ax = axes_for(ax, (width + _MARGIN[0], height + _MARGIN[1]))
    cells = _Cells(limits_of([a]), limits_of([m]))
    _draw_frames(ax, cells, rows, columns)
    options = {"s": size_for(a.size) / 2, "color": BLACK, "opacity": 0.7, **kwargs}
    scatter(ax, column + cells.across(a), row + cells.down(m), **options)
    tip = row * columns + column
    for k in range(rows * columns):
        x, y = _curve(a[tip == k], m[tip == k], span)
        x, y = k % columns + cells.across(x), k // columns + cells.down(y)
        ax.plot(x, y, color=VERMILLION, lw=1.5)
    name = column_name(data.names("samples"), at)
    ax.set_title(name if main is None else text(main, "main"), pad=18)
    add_note(ax, counted(int((~np.isfinite(a + m)).sum()), "spot", "without values"))
    return ax


@styled
def plot_printorder(
    object: RGList | Mapping[str, Any],
    layout: PrintLayout | Mapping[str, Any] | None = None,
    start: str = "topleft",
    slide: Coef = 0,
    method: PrintTrendMethod = "loess",
    separate_channels: bool = False,
    span: float = 0.1,
    plate_size: float = 32,
    *,
    main: str | None = None,
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Log-intensities of one two-colour array along the order of printing, with their trend.

    Parameters
    ----------
    object : RGList or dict with R and G
        Foreground intensities of shape (spots, arrays), grid by grid.
    layout : PrintLayout or dict, optional
        Rows and columns of grids and spots; the `printer` stored with the data when not given.
    start : {"topleft", "topright"}
        Corner of a grid that was printed first.
    slide : int or name
        The array.
    method : {"loess", "plate"}
        A smooth curve along the order, or a level of each plate.
    separate_channels : bool
        Whether each channel has its own trend, rather than the mean of their logarithms.
    span : float
        Share of the spots in each neighbourhood, for "loess".
    plate_size : float
        Number of dips into a plate, for "plate".
    main : str, optional
        Title; by default the name of the array.
    legend : str or bool
        Where the legend stands: "outside", a corner such as "topright", or False.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.scatter`.

    Returns
    -------
    Axes
        Where it was drawn.

    Raises
    ------
    InputTypeError
        If there are no channels R and G.
    InputError
        If there is no layout, an option is out of its range, or a plate has no scale.
    ShapeError
        If the layout has another number of spots.
    UnknownNameError
        If there is no such array.

    See Also
    --------
    normalize_for_printorder : Subtracts such trends.
    normalize_for_printorder_rg : The trend of one array in numbers.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> layout = pylimma.PrintLayout(ngrid_r=1, ngrid_c=1, nspot_r=8, nspot_c=8)
    >>> rising = np.exp2(8 + np.arange(64.0) / 32)[:, None]
    >>> ax = pylimma.plot_printorder(pylimma.RGList(R=rising, G=rising), layout)
    >>> ax.get_xlabel()
    'Print order'
    """
    if not isinstance(object, Mapping) or not {"R", "G"} <= set(object):
        raise InputTypeError(
            f"`object` must be an RGList or have components R and G; got {described(object)}."
        )
    data = object if isinstance(object, RGList) else RGList(object)
    at = column_position(slide, data.shape[1], data.names("samples"), "samples")
    places = printorder(_layout_of(data, layout), start=start).printorder
    order = vector(places, "layout", data.shape[0], "spot")
    trends = PrintTrends.checked(method, separate_channels, span, plate_size)
    red, green = (log_positive(data[channel][:, at]) for channel in ("R", "G"))
    name = column_name(data.names("samples"), at) if main is None else text(main, "main")
    curves = trends.curves(red, green, order)
    return print_order(order, curves, main=name, legend=legend, ax=ax, **kwargs)


def _layout_of(data: RGList | MAList, layout: Any) -> Any:
    """Layout as given, or the data with that stored in them."""
    if layout is None and "printer" not in data:
        raise InputError("Give the `layout` of the slides; none is stored with the data.")
    return data if layout is None else layout


class _Cells(NamedTuple):
    """The unit square of each print tip: A runs across from left to right, M from bottom to top."""

    a_limits: tuple[float, float]
    m_limits: tuple[float, float]

    def across(self, a: FloatArray) -> FloatArray:
        """Places of A between the borders of a cell."""
        low, high = self.a_limits
        return _GAP / 2 + (1 - _GAP) * (np.asarray(a) - low) / (high - low)

    def down(self, m: FloatArray) -> FloatArray:
        """Places of M, from the top of a cell."""
        low, high = self.m_limits
        return _GAP / 2 + (1 - _GAP) * (high - np.asarray(m)) / (high - low)


def _draw_frames(ax: Axes, cells: _Cells, rows: int, columns: int) -> None:
    """Borders, ticks and lines of no difference of all cells, and the labels around them."""
    ax.set(xlim=(0, columns), ylim=(rows, 0), xlabel=INTENSITY, ylabel=RED_TO_GREEN)
    ax.spines[:].set_visible(False)
    sides = [_GAP / 2, 1 - _GAP / 2]
    for row in range(rows) if cells.m_limits[0] < 0 < cells.m_limits[1] else ():
        ax.hlines(row + cells.down(np.zeros(1)), 0, columns, color=GREY, lw=0.8, zorder=0.5)
    for row, column in np.ndindex(rows, columns):
        corner = (column + sides[0], row + sides[0])
        frame = Rectangle(corner, 1 - _GAP, 1 - _GAP, fill=False, ec=BLANK, lw=0.8, zorder=0.6)
        ax.add_patch(frame)
    a_ticks, m_ticks = (
        ticks[(ticks > low) & (ticks < high)]
        for low, high in cells
        for ticks in [np.asarray(MaxNLocator(3).tick_values(low, high))]
    )
    across, down = cells.across(a_ticks), cells.down(m_ticks)
    ax.set_xticks(
        np.add.outer(np.arange(columns), across).ravel(), [f"{t:g}" for t in a_ticks] * columns
    )
    ax.set_yticks(np.add.outer(np.arange(rows), down).ravel(), [f"{t:g}" for t in m_ticks] * rows)
    ax.tick_params(labelsize=font_size(7), length=2)
    style: dict[str, Any] = {"fontsize": font_size(7.5), "color": GREY, "clip_on": False}
    for column in range(columns):
        ax.text(column + 0.5, 0, f"tip column {column + 1}", ha="center", va="bottom", **style)
    for row in range(rows):
        ax.text(columns, row + 0.5, f"tip row {row + 1}", rotation=270, va="center", **style)


def _curve(a: FloatArray, m: FloatArray, span: float) -> tuple[FloatArray, FloatArray]:
    """Smooth curve of M along A, as far as both are known."""
    known = np.flatnonzero(np.isfinite(a) & np.isfinite(m))
    order = known[np.argsort(a[known], kind="stable")]
    x, y = a[order], m[order]
    return x, lowess_sorted(x, y, span, _ITERATIONS) if x.size else y
