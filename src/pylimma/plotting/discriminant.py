"""Samples along discriminant functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.typing import MarkerType
from numpy.typing import ArrayLike

from pylimma.arguments import check_keywords, sequence, whole
from pylimma.errors import InputError
from pylimma.exploration.discriminant import RLDF, rldf
from pylimma.plotting.axes import BLACK, Colors, Markers, as_list, axes_for, styled
from pylimma.plotting.labels import label_points, of_samples
from pylimma.plotting.legends import LegendPlace, dot
from pylimma.plotting.samples import draw_samples
from pylimma.typing import DesignLike, ExpressionLike

_OPTIONS = ("ndim", "var_prior", "df_prior", "trend", "robust")  # of `rldf`


@styled
def plot_rldf(
    y: ExpressionLike | RLDF,
    design: DesignLike | None = None,
    z: ExpressionLike | None = None,
    nprobes: int = 100,
    labels_y: ArrayLike | None = None,
    labels_z: ArrayLike | None = None,
    col_y: Colors | None = None,
    col_z: Colors = BLACK,
    show_dimensions: Sequence[int] = (0, 1),
    *,
    pch_y: Markers | None = None,
    pch_z: MarkerType = "D",
    main: str = "",
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Plot of samples along two discriminant functions of their groups.

    Parameters
    ----------
    y : array, DataFrame, AnnData or EList of shape (genes, samples), or RLDF
        Log2 expression, or what `rldf` returned.
    design : array, DataFrame or formula of shape (samples, coefs), optional
        Design whose first column is the intercept; the groups that `labels_y` names when not
        given.
    z : array or DataFrame of shape (genes, new samples), optional
        Further samples, scored by the same functions.
    nprobes : int
        Number of genes to use.
    labels_y, labels_z : sequence or str, optional
        Names of the samples, or the columns of their tables that hold them; names that repeat are
        groups.
    col_y, col_z : colour, colours or dict, optional
        Colours of the samples or their groups.
    show_dimensions : two ints
        The functions, counted from 0.
    pch_y, pch_z : marker
        Markers of the samples.
    main : str
        Title.
    legend : str or bool
        Where the legend stands: "outside", a corner such as "topright", or False.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `rldf`.

    Returns
    -------
    Axes
        Where it was drawn.

    Raises
    ------
    DesignError
        If nothing separates the samples, or there are no residual degrees of freedom.

    See Also
    --------
    rldf : The numbers.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(size=(50, 6)) + np.array([0, 0, 0, 2, 2, 2])
    >>> ax = pylimma.plot_rldf(y, labels_y=list("aaabbb"), nprobes=10)
    >>> ax.get_xlabel()
    'Discriminant function 1'
    """
    if isinstance(y, RLDF):
        check_keywords(kwargs, (), "plot_rldf")
        result = y
    else:
        check_keywords(kwargs, _OPTIONS, "plot_rldf")
        labels_y = of_samples(labels_y, y, "labels_y")
        labels_z = of_samples(labels_z, z, "labels_z")
        result = rldf(
            y, design, z, nprobes, labels_y, labels_z, show_dimensions=show_dimensions, **kwargs
        )
    return draw_rldf(
        result,
        show_dimensions=show_dimensions,
        col_y=col_y,
        col_z=col_z,
        pch_y=pch_y,
        pch_z=pch_z,
        main=main,
        legend=legend,
        ax=ax,
    )


@styled
def draw_rldf(
    result: RLDF,
    *,
    show_dimensions: Sequence[int] = (0, 1),
    col_y: Colors | None = None,
    col_z: Colors = BLACK,
    pch_y: Markers | None = None,
    pch_z: MarkerType = "D",
    main: str = "",
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
) -> Axes:
    """Draw what `rldf` found; the options are those of `plot_rldf`."""
    pair = sequence(show_dimensions, "show_dimensions")
    if len(pair) != 2:
        raise InputError(f"`show_dimensions` must be two dimensions; got {len(pair)}.")
    ax = axes_for(ax, (5.4, 4.2))
    first, second = (whole(place, "show_dimensions", 0) for place in pair)
    axis = "Discriminant function"
    ax.set(xlabel=f"{axis} {first + 1}", ylabel=f"{axis} {second + 1}", title=main)
    labels = np.asarray(result.labels_y)
    repeated = len(set(labels)) < len(labels)
    x, y = result.training[:, first], result.training[:, second]
    more = []
    if result.predicting is not None:
        new = result.predicting[:, [first, second]]
        style: dict[str, Any] = {
            "marker": pch_z,
            "s": 34,
            "linewidths": 0.5,
            "edgecolors": "white",
            "zorder": 3,
        }
        ax.scatter(new[:, 0], new[:, 1], c=as_list(col_z), **style)
        more = [dot(as_list(col_z)[0], f"new ({len(new)})", pch_z)]
    draw_samples(
        ax,
        x,
        y,
        labels=None if repeated else labels,
        pch=pch_y,
        group=labels if repeated else None,
        col=col_y,
        legend=legend,
        more=more,
    )
    if result.predicting is not None:
        label_points(ax, new[:, 0], new[:, 1], list(np.asarray(result.labels_z)))
    return ax
