"""Distributions of expression values in each sample."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from pylimma.adapters.expression import parse_expression
from pylimma.adapters.labels import aligned
from pylimma.arguments import flag
from pylimma.containers.components import Components
from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EList, EListRaw
from pylimma.containers.two_color import MAList, RGList
from pylimma.errors import InputError, check_choice
from pylimma.numerics.counts.rates import log_cpm
from pylimma.numerics.smoothing.kernel_density import kernel_density
from pylimma.plotting.axes import (
    BLUE,
    GREEN,
    RASTER_FROM,
    VERMILLION,
    Colors,
    axes_for,
    color_list,
    group_colors,
    groups_of,
    styled,
)
from pylimma.plotting.labels import of_samples
from pylimma.plotting.legends import LegendPlace, place_legend, tick_names
from pylimma.preprocessing.arrays.background import BackgroundMethod, background_correct
from pylimma.typing import AnyArray, ExpressionLike, FloatArray

_MOST_NAMED = 20  # more samples than this share one colour


@styled
def plot_densities(
    object: ExpressionLike,
    group: ArrayLike | None = None,
    col: Colors | None = None,
    main: str | None = None,
    legend: LegendPlace = "outside",
    *,
    log: bool = True,
    bc_method: BackgroundMethod = "subtract",
    xlab: str | None = None,
    ylab: str = "Density",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    r"""Density plot of the expression values of each sample.

    Parameters
    ----------
    object : array, DataFrame, AnnData, EList, EListRaw, RGList, MAList or DGEList
        Log2 expression of genes × samples; of raw intensities, :math:`\log_2(v + 1)` after
        they are corrected for the background; of counts, log2 counts per million. Two-colour data
        give two curves for each array.
    group : sequence of shape (samples,) or str, optional
        Group of each sample, or the column of the table of samples that holds it, which gives its
        colour; each sample by itself by default.
    col : colour, colours or dict, optional
        Colours of the groups.
    main : str, optional
        Title.
    legend : str or bool
        Where the legend stands: "outside", a corner such as "topright", or False.
    log : bool
        Whether logarithms are shown; False undoes those of a container.
    bc_method : str
        How the background of raw intensities is corrected for, as in `background_correct`.
    xlab, ylab : str
        Labels of the axes.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.plot`.

    Returns
    -------
    Axes
        Where it was drawn, a line for each sample.

    Raises
    ------
    ShapeError
        If `group` has another number of values.
    InputError
        For a sample without any value.

    See Also
    --------
    plot_library_sizes : Numbers of reads.

    Notes
    -----
    Each density has a Gaussian kernel of bandwidth :math:`0.9 \min(s, IQR / 1.34) n^{-1/5}`. The
    axis tells the unit: log2 CPM of counts and of what `voom` returned, else log2 intensity of
    containers.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 4))
    >>> len(pylimma.plot_densities(y).lines)
    4
    """
    check_choice(bc_method, get_args(BackgroundMethod), "bc_method")
    if isinstance(object, RGList | EListRaw):
        object = background_correct(object, bc_method)
    values, names, channel = _curves(object, log=flag(log, "log"))
    for sample in np.flatnonzero(np.isnan(values).all(axis=0)):
        called = "" if names is None else f", called '{names[sample]}'"
        raise InputError(f"Sample {sample} of `object` has no value{called}.")
    group = of_samples(group, object, "group")
    ax = axes_for(ax)
    if channel is not None and group is None:
        group, col = channel, col or {"R": VERMILLION, "G": GREEN}
        main = "RG densities" if main is None else main
    elif channel is not None and group is not None:
        group = np.tile(groups_of(group, values.shape[1] // 2, names=names)[0], 2)
        names = None
    labels, levels = _lines(group, names, values.shape[1])
    many = group is None and len(levels) > _MOST_NAMED
    colors = group_colors(levels, BLUE if many and col is None else col)
    style = {"lw": 1.2, "alpha": 0.35 if many else 0.8, **kwargs}
    for label, column in zip(labels, values.T, strict=True):
        curve = kernel_density(column)
        ax.plot(curve.x, curve.y, **{"color": colors[label], **style})
    quantity = _quantity(object)
    quantity = rf"$\log_2$ {quantity}" if log else quantity[0].upper() + quantity[1:]
    ax.set(xlabel=quantity if xlab is None else xlab, ylabel=ylab)
    ax.set_title("" if main is None else main)
    ax.set_ylim(bottom=0)
    if len(levels) > 1 and not (many and legend in (True, "outside")):
        sizes = {level: f" ({(labels == level).sum()})" for level in levels}
        words = [f"{level}{'' if group is None else sizes[level]}" for level in levels]
        handles = [
            Line2D([], [], color=colors[level], label=word)
            for level, word in zip(levels, words, strict=True)
        ]
        place_legend(ax, legend, handles=handles)
    return ax


@styled
def plotlines(
    x: ExpressionLike,
    first_column_origin: bool = False,
    xlab: str = "Column",
    ylab: str = "x",
    col: Colors = "black",
    lwd: float = 1.0,
    *,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Line plot of the rows of a matrix, such as time courses of genes.

    Parameters
    ----------
    x : array or DataFrame of shape (rows, columns)
        The values.
    first_column_origin : bool
        Whether all lines start at zero.
    xlab, ylab : str
        Labels of the axes.
    col : colour or colours
        Used over again when there are fewer than rows.
    lwd : float
        Width of the lines, in points.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.plot`, or to `LineCollection` for more than 1,000 rows, which are pale.

    Returns
    -------
    Axes
        Where it was drawn.

    See Also
    --------
    plot_densities : One line for each sample.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> ax = pylimma.plotlines(np.array([[1.0, 2, 4], [3, 3, 1]]), first_column_origin=True)
    >>> float(ax.lines[0].get_ydata()[2])
    3.0
    """
    found = parse_expression(x, argument="x")
    values = found.matrix
    if flag(first_column_origin, "first_column_origin"):
        values = values - values[:, :1]
    ax = axes_for(ax)
    colors = color_list(aligned(col, found.gene_names, "rows", "col"), "col")
    at = np.arange(1, values.shape[1] + 1)
    if len(values) > RASTER_FROM:  # thousands of lines of their own would take seconds
        lines = np.stack(np.broadcast_arrays(at, values), axis=-1)
        opacity = float(np.clip(500 / len(values), 0.03, 1.0))
        style = {"color": colors, "linewidths": lwd, "alpha": opacity, "rasterized": True}
        ax.add_collection(LineCollection(list(lines), **{**style, **kwargs}))
        ax.autoscale_view()
    else:
        for k, row in enumerate(values):
            ax.plot(at, row, **{"color": colors[k % len(colors)], "lw": lwd, **kwargs})
    ax.set(xlabel=xlab, ylabel=ylab)
    if found.sample_names is None:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        ax.set_xticks(at, tick_names(found.sample_names), rotation=90)
    return ax


def _curves(data: Any, *, log: bool) -> tuple[FloatArray, Any, AnyArray | None]:
    """Values to be smoothed, names of the samples, and the channel of each column."""
    if isinstance(data, RGList):
        return _logs(np.hstack([data["R"], data["G"]]), log=log), data.col_names, _channels(data)
    if isinstance(data, MAList):
        half = data["M"] / 2
        values = np.hstack([data["A"] + half, data["A"] - half])
        return values if log else 2.0**values, data.col_names, _channels(data)
    if isinstance(data, EListRaw):
        return _logs(data["E"], log=log), data.col_names, None
    found = parse_expression(data)
    if isinstance(data, DGEList):
        values = log_cpm(found.matrix, data.effective_lib_size, 2.0)
        return values if log else 2.0**values, found.sample_names, None
    undo = not log and found.source is data and hasattr(data, "AXES")
    return 2.0**found.matrix if undo else found.matrix, found.sample_names, None


def _quantity(data: Any) -> str:
    """What the values are without their logarithm."""
    if isinstance(data, DGEList):
        return "CPM"
    if isinstance(data, Components):
        targets = data.get("targets")
        counted = "lib_size" in data or (targets is not None and "lib_size" in targets)
        return "CPM" if isinstance(data, EList) and counted else "intensity"
    return "expression"


def _logs(values: FloatArray, *, log: bool) -> FloatArray:
    """Logarithms of intensities, missing where there are none."""
    if not log:
        return values
    return np.log2(values + 1, out=np.full(values.shape, np.nan), where=values > -1)


def _channels(data: Any) -> AnyArray:
    return np.repeat(np.array(["R", "G"], dtype=object), data.shape[1])


def _lines(group: Any, names: pd.Index | None, n_lines: int) -> tuple[AnyArray, list[Any]]:
    """Label of each line, and the labels in order."""
    if group is not None:
        return groups_of(group, n_lines, names=names)
    labels = [str(k) for k in range(n_lines)] if names is None else [str(n) for n in names]
    return np.array(labels, dtype=object), list(dict.fromkeys(labels))
