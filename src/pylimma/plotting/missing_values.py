"""Pictures of missing values: which are missing, and how detection depends on abundance."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from pylimma.adapters.expression import Expression, parse_expression
from pylimma.adapters.labels import column_of_samples
from pylimma.errors import Note, check_choice, warn
from pylimma.numerics.missing_values import row_means
from pylimma.plotting.axes import (
    BLUE,
    GREY,
    GRID,
    Colors,
    axes_for,
    group_colors,
    groups_of,
    styled,
)
from pylimma.plotting.legends import LegendPlace, place_legend, tick_names
from pylimma.typing import AnyArray, ExpressionLike, FloatArray

_MOST_NAMED = 40  # more samples than this are not named along the axis
_BINS = 20  # of abundance, for the share of values observed
_FEWEST = 5  # features of a bin that is drawn


@styled
def plot_missing_values(
    object: ExpressionLike,
    group: ArrayLike | str | None = None,
    kind: Literal["pattern", "detection"] = "pattern",
    *,
    col: Colors | None = None,
    main: str = "",
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    layer: str | None = None,
    **kwargs: Any,
) -> Axes:
    """Picture of which values are missing, or of how detection depends on abundance.

    Parameters
    ----------
    object : array, DataFrame, AnnData, EList or MAList of shape (genes, samples)
        Log2 expression; NaN is missing.
    group : sequence of shape (samples,), or str, optional
        Group of each sample, or the column of the samples' table with it. Samples of a group stand
        together, or have a curve.
    kind : {"pattern", "detection"}
        The pattern of the features with missing values, those seen most often first; or the share
        of values observed, by average abundance.
    col : colour, colours or dict, optional
        Colours of the groups.
    main : str
        Title.
    legend : str or bool
        Where the legend stands: "outside", a corner such as "topright", or False.
    ax : Axes, optional
        Where to draw; a new figure by default.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    **kwargs : object
        Passed to `Axes.imshow`, or to `Axes.plot` for detection.

    Returns
    -------
    Axes
        Where it was drawn.

    Raises
    ------
    ShapeError
        If `group` has another number of values.

    Warns
    -----
    Note
        If no value is missing.

    See Also
    --------
    missing_values : The numbers.
    on_off_table : Features that one group alone shows.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.array([[8.0, 8.1, np.nan, np.nan], [9.0, 9.1, 9.2, 9.3]])
    >>> ax = pylimma.plot_missing_values(y, group=["a", "a", "b", "b"])
    >>> ax.get_ylabel()
    '1 features with missing values'
    """
    check_choice(kind, ("pattern", "detection"), "kind")
    data = parse_expression(object, layer=layer)
    if np.isfinite(data.matrix).all():
        warn("No value is missing.", Note)
    n_samples = data.matrix.shape[1]
    group = ["samples"] * n_samples if group is None else group
    given = column_of_samples(group, data.samples, "group")
    labels, levels = groups_of(given, n_samples, names=data.sample_names)
    colors = group_colors(levels, col)
    ax = axes_for(ax)
    draw = _pattern if kind == "pattern" else _detection
    draw(ax, data, labels, colors, legend, kwargs)
    ax.set_title(main)
    return ax


def _pattern(
    ax: Axes,
    data: Expression,
    labels: AnyArray,
    colors: dict[Any, Any],
    legend: LegendPlace,
    options: dict[str, Any],
) -> None:
    """Features × samples, observed values in the colours of the groups."""
    levels = list(colors)
    order = np.concatenate([np.flatnonzero(labels == level) for level in levels])
    seen = np.isfinite(data.matrix)[:, order]
    seen = seen[~seen.all(axis=1)]
    number = np.array([levels.index(label) for label in labels[order]])
    by_group = np.column_stack([seen[:, number == k].sum(axis=1) for k in range(len(levels))])
    # features seen most often first; among them those that the first groups show
    rows = np.lexsort((*-by_group.T[::-1], -seen.sum(axis=1)))
    image = np.where(seen[rows], number + 1, 0) if len(seen) else (number + 1)[None]
    shades = ListedColormap([GRID, *colors.values()])
    style = {"aspect": "auto", "interpolation": "nearest", "rasterized": True, **options}
    ax.imshow(image, cmap=shades, vmin=-0.5, vmax=len(levels) + 0.5, **style)
    ax.spines[:].set_visible(False)
    ax.set_yticks([])
    ax.set_ylabel(f"{len(seen):,} features with missing values")
    for edge in np.flatnonzero(np.diff(number)) + 0.5:
        ax.axvline(edge, color="white", lw=1.5)
    names = data.sample_names
    if names is not None and len(names) <= _MOST_NAMED:
        ax.set_xticks(range(len(names)), tick_names(names[order]), rotation=90)
        ax.tick_params(axis="x", length=0)
    else:
        ax.set_xticks([])
        ax.set_xlabel(f"{len(labels)} samples")
    handles = [Patch(color=color, label=str(level)) for level, color in colors.items()]
    handles = [] if len(levels) == 1 else handles
    place_legend(ax, legend, handles=[*handles, Patch(color=GRID, label="missing")])


def _detection(
    ax: Axes,
    data: Expression,
    labels: AnyArray,
    colors: dict[Any, Any],
    legend: LegendPlace,
    options: dict[str, Any],
) -> None:
    """Share of values observed, by average abundance of the feature over all samples."""
    average = row_means(data.matrix)
    known = np.isfinite(average)
    edges = np.quantile(average[known], np.linspace(0, 1, _BINS + 1))
    place = np.clip(np.searchsorted(edges, average, side="right") - 1, 0, _BINS - 1)
    for level, color in colors.items():
        share = np.isfinite(data.matrix[:, labels == level]).mean(axis=1)
        x, y = _binned(place[known], average[known], share[known])
        name = str(level) if len(colors) > 1 else None
        tint = BLUE if name is None and len(colors) == 1 else color
        ax.plot(x, y, **{"color": tint, "marker": "o", "ms": 3, "label": name, **options})
    ax.axhline(1, color=GREY, lw=0.8, zorder=0.5)
    ax.set(ylim=(0, 1.03), xlabel="Average log2 expression", ylabel="Share of values observed")
    place_legend(ax, legend)


def _binned(place: AnyArray, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Means of points in bins that hold enough of them, or of all points where none does."""
    number = np.bincount(place)
    kept = number >= min(_FEWEST, number.max())
    means = [np.bincount(place, values)[kept] / number[kept] for values in (x, y)]
    return means[0], means[1]
