"""Samples as points of a plane: multidimensional scaling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned, per_sample
from pylimma.arguments import described, flag, texts
from pylimma.errors import InputTypeError, ShapeError
from pylimma.exploration.ordination import MDS, GeneSelection, mds
from pylimma.plotting.axes import (
    BLACK,
    Colors,
    Markers,
    as_list,
    axes_for,
    font_size,
    group_colors,
    groups_of,
    styled,
)
from pylimma.plotting.labels import label_points, of_samples
from pylimma.plotting.legends import LegendPlace, dot, place_legend
from pylimma.typing import AnyArray, ExpressionLike, FloatArray

_SHORT = 3  # labels of up to so many characters are drawn in place of the points


@styled
def plot_mds(
    x: ExpressionLike | MDS,
    top: int = 500,
    labels: ArrayLike | None = None,
    pch: Markers | None = None,
    dim_plot: Sequence[int] = (0, 1),
    gene_selection: GeneSelection = "pairwise",
    xlab: str | None = None,
    ylab: str | None = None,
    *,
    var_explained: bool = True,
    group: ArrayLike | None = None,
    col: Colors | None = None,
    main: str = "",
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """MDS plot: samples at distances that are leading log fold changes.

    Parameters
    ----------
    x : array, DataFrame, AnnData, EList, MAList, DGEList or MDS of shape (genes, samples)
        Log2 expression, or what `mds` returned.
    top : int
        Number of genes behind each distance.
    labels : sequence of shape (samples,) or str, optional
        What is written for each sample, or the column of the table of samples that holds it; by
        default names of the samples, unless there are groups or markers. Short labels that repeat
        are coloured like groups.
    pch : marker or markers, optional
        Markers of Matplotlib, one for all samples or one for each group.
    dim_plot : two ints
        The dimensions, counted from 0.
    gene_selection : {"pairwise", "common"}
        The `top` genes for each pair of samples anew, or those that vary most over all.
    xlab, ylab : str, optional
        Labels of the axes.
    var_explained : bool
        Whether the share of variation is written along each axis.
    group : sequence of shape (samples,) or str, optional
        Group of each sample, or the column of the table of samples that holds it, which gives its
        colour.
    col : colour, colours or dict of group to colour, optional
        One colour, one for each sample, or one for each group.
    main : str
        Title.
    legend : str or bool
        Where the legend stands: "outside", a corner such as "topright", or False.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.scatter`; or to `Axes.text` where labels replace the points.

    Returns
    -------
    Axes
        Where it was drawn.

    Raises
    ------
    ShapeError
        For fewer than three samples, or labels or groups of another number.
    InputError
        For dimensions that are not there.

    See Also
    --------
    mds : The numbers.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> ax = pylimma.plot_mds(y, group=["a", "a", "a", "b", "b", "b"])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['a (3)', 'b (3)']
    """
    result = mds(x, top, gene_selection, dim_plot=dim_plot)
    return draw_mds(
        result,
        labels=of_samples(labels, x, "labels"),
        pch=pch,
        xlab=xlab,
        ylab=ylab,
        var_explained=var_explained,
        group=of_samples(group, x, "group"),
        col=col,
        main=main,
        legend=legend,
        ax=ax,
        **kwargs,
    )


@styled
def draw_mds(
    result: MDS,
    *,
    labels: ArrayLike | None = None,
    pch: Markers | None = None,
    xlab: str | None = None,
    ylab: str | None = None,
    var_explained: bool = True,
    group: ArrayLike | None = None,
    col: Colors | None = None,
    main: str = "",
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Draw what `mds` found; the options are those of `plot_mds`."""
    ax = axes_for(ax, (5.4, 4.2))
    written = [_axis_label(result, k, share=var_explained) for k in result.dim_plot]
    xlab, ylab = written[0] if xlab is None else xlab, written[1] if ylab is None else ylab
    ax.set(xlabel=xlab, ylabel=ylab, title=main)
    ax.set_aspect("equal", adjustable="datalim")  # distances mean the same along both axes
    draw_samples(
        ax,
        result.x,
        result.y,
        labels=_default_labels(labels, result.sample_names, group, pch, len(result.x)),
        names=result.sample_names,
        pch=pch,
        group=group,
        col=col,
        legend=legend,
        **kwargs,
    )
    return ax


def draw_samples(
    ax: Axes,
    x: FloatArray,
    y: FloatArray,
    *,
    labels: AnyArray | None,
    names: pd.Index | None = None,
    pch: Markers | None = None,
    group: ArrayLike | None = None,
    col: Colors | None = None,
    legend: LegendPlace = "outside",
    more: Sequence[Line2D] = (),
    **kwargs: Any,
) -> None:
    """Samples as points or as text, coloured by group."""
    if labels is not None and labels.shape != x.shape:
        raise ShapeError(f"`labels` has {labels.size} values; there are {x.size} samples.")
    short = labels is not None and max(map(len, labels), default=0) <= _SHORT
    if group is None and short and len(set(labels)) <= len(x) / 2:  # type: ignore[arg-type]
        group = labels
    colors, entries, markers = _appearance(group, col, pch, x.size, names)
    if short and pch is None:
        _write(ax, x, y, labels, colors, **kwargs)
    else:
        for marker in dict.fromkeys(map(_marker, markers)):
            at = np.flatnonzero([_marker(m) == marker for m in markers])
            edge = {"edgecolors": "white"} if MarkerStyle(marker).is_filled() else {}
            style = {"s": 34, "linewidths": 0.5, **edge, **kwargs}
            ax.scatter(x[at], y[at], c=[colors[k] for k in at], marker=marker, **style)
    if entries or more:
        place_legend(ax, legend, handles=[*entries, *more])
    if labels is not None and not (short and pch is None):
        ax.margins(0.12)
        label_points(ax, x, y, list(labels))


def _write(
    ax: Axes, x: FloatArray, y: FloatArray, labels: Any, colors: Sequence[Any], **style: Any
) -> None:
    """Labels in place of points, and room for them."""
    ax.scatter(x, y, s=40, alpha=0)
    ax.margins(0.08)
    style = {"ha": "center", "va": "center", "fontsize": font_size(9), **style}
    for at_x, at_y, label, color in zip(x, y, labels, colors, strict=True):
        ax.text(at_x, at_y, label, **{"color": color, **style})


def _appearance(
    group: Any, col: Any, pch: Any, n_samples: int, names: pd.Index | None
) -> tuple[list[Any], list[Any], list[Any]]:
    """Colour of each sample, entries of the legend, and marker of each sample."""
    markers = ["o"] if pch is None else as_list(aligned(pch, names, "samples", "pch"))
    if group is None:
        colors = [BLACK] if col is None else as_list(aligned(col, names, "samples", "col"))
        return _repeated(colors, n_samples, "col"), [], _repeated(markers, n_samples, "pch")
    labels, levels = groups_of(group, n_samples, names=names)
    col = aligned(col, names, "samples", "col") if _one_each(col, n_samples, levels) else col
    each = as_list(col) if _one_each(col, n_samples, levels) else []
    first = {level: int(np.flatnonzero(labels == level)[0]) for level in levels}
    color = {g: each[first[g]] for g in levels} if each else group_colors(levels, col)
    marker = {level: markers[k % len(markers)] for k, level in enumerate(levels)}
    sizes = pd.Series(labels).value_counts()
    entries = [dot(color[g], f"{g} ({sizes[g]})", marker[g]) for g in levels]
    return each or [color[g] for g in labels], entries, [marker[g] for g in labels]


def _one_each(col: Any, n_samples: int, levels: list[Any]) -> bool:
    """Whether colours are given for each sample rather than for each group."""
    if col is None or isinstance(col, Mapping):
        return False
    if isinstance(col, pd.Series) and set(map(str, col.index)) >= set(levels):
        return False
    return len(as_list(col)) == n_samples != len(levels)


def _repeated(values: list[Any], n_samples: int, argument: str) -> list[Any]:
    if len(values) == 1:
        return values * n_samples
    if len(values) != n_samples:
        raise ShapeError(f"`{argument}` has {len(values)} values; there are {n_samples} samples.")
    return values


def _default_labels(
    labels: Any, names: pd.Index | None, group: Any, pch: Any, n_samples: int
) -> AnyArray | None:
    if labels is not None:
        return texts(per_sample(labels, n_samples, names, "labels"), "labels")
    if group is not None or pch is not None:
        return None
    if names is not None:
        return np.asarray(names, dtype=object).astype(str)
    return np.array([str(k) for k in range(n_samples)])


def _marker(marker: Any) -> Any:
    """A marker, once Matplotlib is known to have it."""
    try:
        MarkerStyle(marker)
        hash(marker)
    except (TypeError, ValueError):
        raise InputTypeError(
            f"`pch` must be markers of Matplotlib; got {described(marker)}."
        ) from None
    return marker


def _axis_label(result: MDS, dimension: int, *, share: bool) -> str:
    text = f"{result.axislabel} {dimension + 1}"
    return (
        f"{text} ({100 * result.var_explained[dimension]:.0f}%)"
        if flag(share, "var_explained")
        else text
    )
