"""One bar for each sample: library sizes and quality weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from pylimma.adapters.expression import parse_counts
from pylimma.adapters.labels import aligned, per_sample
from pylimma.arguments import flag, numbers
from pylimma.containers.components import Components
from pylimma.containers.counts import DGEList
from pylimma.containers.names import names_of
from pylimma.errors import InputError, StageError, quoted
from pylimma.numerics.counts.rates import library_sizes
from pylimma.plotting.axes import BLACK, GREY, Colors, axes_for, group_colors, groups_of, styled
from pylimma.plotting.labels import of_samples
from pylimma.plotting.legends import LegendPlace, place_legend, tick_names
from pylimma.typing import AnyArray, ExpressionLike, FloatArray

_MOST_NAMED = 40  # more samples than this are not named along the axis
_MILLION = 1e6
_LETTER = 0.06  # inches of a letter of a name


@styled
def plot_library_sizes(
    counts: ExpressionLike,
    group: ArrayLike | None = None,
    *,
    col: Colors | None = None,
    normalized: bool = False,
    main: str = "",
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Bar plot of library sizes.

    Parameters
    ----------
    counts : array, DataFrame, AnnData or DGEList of shape (genes, samples)
        Reads; a DGEList has its library sizes.
    group : sequence of shape (samples,) or str, optional
        Group of each sample, or the column of the table of samples that holds it, which gives its
        colour.
    col : colour, colours or dict, optional
        Colours of the groups.
    normalized : bool
        Whether library sizes of a DGEList are multiplied by their normalisation factors.
    main : str
        Title.
    legend : str or bool
        Where the legend stands: "outside", a corner such as "topright", or False.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.bar`.

    Returns
    -------
    Axes
        Where it was drawn; a dashed line is the median.

    Raises
    ------
    InputError
        For negative or missing counts, or normalised sizes of plain counts.
    ShapeError
        If `group` has another number of values.

    See Also
    --------
    plot_sample_weights : Quality of the samples.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> ax = pylimma.plot_library_sizes(np.full((10, 2), 300_000))
    >>> float(ax.patches[0].get_height())
    3.0
    """
    if isinstance(counts, DGEList):
        size = np.asarray(counts["samples"]["lib_size"], dtype=float)
        size, names = (
            counts.effective_lib_size if flag(normalized, "normalized") else size,
            counts.col_names,
        )
    elif flag(normalized, "normalized"):
        raise InputError("`normalized` needs a DGEList with its normalisation factors.")
    else:
        found = parse_counts(counts)
        low = np.flatnonzero(~((found.matrix >= 0) & (found.matrix < np.inf)).all(axis=0))
        if low.size:
            which = low if found.sample_names is None else found.sample_names[low]
            raise InputError(
                f"`counts` has negative or missing values in samples {quoted(which)}; these are "
                f"not reads."
            )
        size, names = library_sizes(found.matrix), found.sample_names
    group = of_samples(group, counts, "group")
    group = None if group is None else groups_of(group, size.size, names=names)
    ax = _bars(ax, size / _MILLION, names, group, col, legend, kwargs)
    ax.axhline(float(np.median(size)) / _MILLION, color=BLACK, lw=1, ls="--")
    ax.set(ylabel="Library size (million reads)", title=main)
    return ax


@styled
def plot_sample_weights(
    weights: ArrayLike | Components,
    group: ArrayLike | None = None,
    *,
    names: ArrayLike | None = None,
    col: Colors | None = None,
    main: str = "Sample-specific weights",
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Bar plot of sample quality weights.

    Parameters
    ----------
    weights : sequence of shape (samples,), EList or MArrayLM
        Weights, or a container with them: as `sample_weights`, or as column ``sample_weight``
        or ``sample_weights`` of its targets.
    group : sequence of shape (samples,) or str, optional
        Group of each sample, or the column of the table of samples that holds it, which gives its
        colour.
    names : sequence of shape (samples,) or str, optional
        Names of the samples, or the column of their table that holds them.
    col : colour, colours or dict, optional
        Colours of the groups; without groups one colour, or one for each sample.
    main : str
        Title.
    legend : str or bool
        Where the legend stands: "outside", a corner such as "topright", or False.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.bar`.

    Returns
    -------
    Axes
        Where it was drawn; the dashed line is a weight of 1.

    Raises
    ------
    StageError
        If a container has no sample weights.
    ShapeError
        If `group` or `names` have another number of values.

    See Also
    --------
    plot_library_sizes : Numbers of reads.

    Examples
    --------
    >>> import pylimma
    >>> ax = pylimma.plot_sample_weights([1.2, 0.4, 1.4])
    >>> ax.get_ylabel()
    'Weight'
    """
    values, found = _sample_weights(weights)
    group, names = of_samples(group, weights, "group"), of_samples(names, weights, "names")
    group = None if group is None else groups_of(group, values.size, names=found)
    labels = found if names is None else pd.Index(per_sample(names, values.size, found, "names"))
    col = col if group is not None else aligned(col, found, "samples", "col")
    ax = _bars(ax, values, labels, group, col, legend, kwargs)
    ax.axhline(1.0, color=BLACK, lw=1, ls="--")
    ax.set(ylabel="Weight", title=main)
    return ax


def _bars(
    ax: Axes | None,
    heights: FloatArray,
    names: pd.Index | None,
    group: tuple[AnyArray, list[Any]] | None,
    col: Colors | None,
    legend: LegendPlace,
    style: dict[str, Any],
) -> Axes:
    n_samples = heights.size
    named = names is not None and n_samples <= _MOST_NAMED
    ticks = tick_names(names) if named and names is not None else []
    below = _LETTER * max(map(len, ticks), default=0)  # inches
    ax = axes_for(ax, (float(np.clip(1.8 + 0.16 * n_samples, 4.2, 9.0)), 3.0 + below))
    at = np.arange(1, n_samples + 1)
    options = {"width": 0.82, "linewidth": 0, **style}
    if group is None:
        ax.bar(at, heights, **{"color": GREY if col is None else col, **options})
    else:
        labels, levels = group
        color = group_colors(levels, col)
        for level in levels:
            chosen = labels == level
            label = f"{level} ({chosen.sum()})"
            ax.bar(
                at[chosen], heights[chosen], **{"color": color[level], "label": label, **options}
            )
        place_legend(ax, legend)
    ax.set_xlabel("Sample")
    ax.set_xlim(0.3, n_samples + 0.7)
    if ticks:
        ax.set_xticks(at, ticks, rotation=90)
        ax.set_xlabel("")
    return ax


def _sample_weights(weights: Any) -> tuple[FloatArray, pd.Index | None]:
    if not isinstance(weights, Components):
        names = names_of(weights.index) if isinstance(weights, pd.Series) else None
        return numbers(weights, "weights").ravel(), names
    names = weights.names("samples")
    if weights.get("sample_weights") is not None:
        return np.asarray(weights["sample_weights"], dtype=float), names
    targets = weights.get("targets")
    for column in ("sample_weight", "sample_weights"):
        if targets is not None and column in targets:
            return np.asarray(targets[column], dtype=float), names_of(targets.index)
    raise StageError(
        f"This {type(weights).__name__} has no sample weights; `voom_with_quality_weights` and "
        "`array_weights` estimate them."
    )
