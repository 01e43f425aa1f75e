"""Significant effects of one treatment, and what the other treatments do to the same genes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned_matrix
from pylimma.arguments import number, numbers, plain_array, sequence
from pylimma.containers.decisions import TestResults
from pylimma.containers.names import names_of
from pylimma.errors import InputWarning, ShapeError, check_choice, warn
from pylimma.plotting.axes import BLANK, BLUE, VERMILLION, axes_for, font_size, styled
from pylimma.plotting.color_maps import color_map, color_range
from pylimma.plotting.labels import column_position, gene_labels, gene_names_of
from pylimma.plotting.legends import tick_names
from pylimma.results.tables import Coef
from pylimma.typing import AnyArray, FloatArray

_MOST_NAMED = 60
_LONGEST_NAME = 15


@styled
def heat_diagram(
    results: ArrayLike,
    coef: ArrayLike,
    primary: Coef = 0,
    names: ArrayLike | None = None,
    treatments: Sequence[Any] | None = None,
    limit: float | None = None,
    orientation: Literal["landscape", "portrait"] = "landscape",
    low: ColorType | None = None,
    high: ColorType | None = None,
    ncolors: int = 123,
    *,
    main: str = "",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Heat map of the genes that change in one treatment, along with all other treatments.

    Parameters
    ----------
    results : TestResults or array of shape (genes, treatments)
        Outcomes of tests: 1 up, -1 down, 0 neither; a missing one counts as 0.
    coef : DataFrame or array of shape (genes, treatments)
        Log2 fold changes.
    primary : int or name
        The treatment that chooses and orders the genes.
    names : sequence of shape (genes,), optional
        Names of the genes, cut to 15 characters; by default those of `coef`, or numbers.
    treatments : sequence of shape (treatments,), optional
        Names of the treatments.
    limit : float, optional
        Fold changes beyond are shown like this one.
    orientation : {"landscape", "portrait"}
        Whether genes run from left to right or from top to bottom.
    low, high : colour, optional
        Colours of the largest decrease and increase; blue and red by default.
    ncolors : int
        Number of colours.
    main : str
        Title.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.pcolormesh`.

    Returns
    -------
    Axes
        Where it was drawn. Effects that are not significant are grey; a gap separates rising
        from falling genes.

    Raises
    ------
    ShapeError
        If `results` and `coef` differ in shape, or names in number.
    InputError
        For a `limit` that is not positive, or another `orientation`.
    UnknownNameError
        For a treatment that is not there.

    Warns
    -----
    InputWarning
        If no gene is significant in the primary treatment; the axes stay empty.

    See Also
    --------
    coolmap : Heat map ordered by clustering.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> ax = pylimma.heat_diagram(np.array([[1, 0], [-1, 1]]), np.array([[2.0, 1], [-1, 3]]))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['0', '1']
    """
    check_choice(orientation, ("landscape", "portrait"), "orientation")
    values = significant_effects(results, coef, primary, limit)
    genes = np.array(
        [name[:_LONGEST_NAME] for name in gene_labels(coef, names, len(plain_array(coef, "coef")))]
    )
    sides = _treatments(coef, treatments, values.shape[1])
    kept = values.index.to_numpy()
    portrait = orientation == "portrait"
    n_shown = min(len(kept), _MOST_NAMED)
    size = (
        (1.6 + 0.4 * len(sides), 1.2 + 0.16 * n_shown)
        if portrait
        else (2.2 + 0.16 * n_shown, 1.4 + 0.35 * len(sides))
    )
    ax = axes_for(ax, size)
    if kept.size == 0:
        warn("No gene is significant in the primary treatment; nothing is drawn.", InputWarning)
        return ax
    at = column_position(primary, values.shape[1], names_of(values.columns), "treatments")
    place = np.arange(len(kept)) + (values.to_numpy()[:, at] < 0)
    _draw_cells(
        ax, values.to_numpy(), place, _ramp(low, high, ncolors), portrait=portrait, **kwargs
    )
    _name_cells(ax, place, genes[kept], sides, portrait=portrait)
    ax.set_title(main)
    return ax


def significant_effects(
    results: ArrayLike, coef: ArrayLike, primary: Coef = 0, limit: float | None = None
) -> pd.DataFrame:
    """Effects of the genes that change in the primary treatment, the largest first."""
    columns = names_of(getattr(coef, "columns", None))
    if isinstance(results, TestResults):
        results = results.to_frame()
    results = aligned_matrix(results, gene_names_of(coef), columns, "results")
    outcomes, effects = numbers(results, "results"), numbers(coef, "coef")
    if outcomes.shape != effects.shape or effects.ndim != 2:
        raise ShapeError(f"`results` has shape {outcomes.shape} and `coef` {effects.shape}.")
    limit = None if limit is None else number(limit, "limit", 0, inside=True)
    first = column_position(primary, effects.shape[1], columns, "treatments")
    significant = np.rint(np.nan_to_num(outcomes)) != 0
    kept = np.flatnonzero(significant[:, first])
    kept = kept[np.argsort(-effects[kept, first], kind="stable")]
    shown = np.where(significant[kept], effects[kept], np.nan)
    if limit is not None:
        shown = np.clip(shown, -limit, limit)
    return pd.DataFrame(shown, index=kept, columns=columns)


def _ramp(low: ColorType | None, high: ColorType | None, ncolors: int) -> Colormap:
    if low is None and high is None:
        return color_map(None, "change").resampled(ncolors)
    ends = [BLUE if low is None else low, "white", VERMILLION if high is None else high]
    return LinearSegmentedColormap.from_list("given", ends, N=ncolors)


def _treatments(coef: Any, treatments: Any, n_treatments: int) -> list[str]:
    if treatments is None:
        names = names_of(getattr(coef, "columns", None))
        treatments = range(n_treatments) if names is None else names
    labels = sequence(treatments, "treatments")
    if len(labels) != n_treatments:
        raise ShapeError(
            f"`treatments` has {len(labels)} values; there are {n_treatments} columns."
        )
    return tick_names(labels)


def _draw_cells(
    ax: Axes, values: FloatArray, place: AnyArray, colors: Colormap, *, portrait: bool, **style: Any
) -> None:
    """Cells of each gene, with an empty line where rising genes end."""
    spread = np.full((place[-1] + 1, values.shape[1]), np.nan)
    blank = np.full(spread.shape, np.nan)
    spread[place], blank[place] = values, np.where(np.isnan(values), 1.0, np.nan)
    options = {"cmap": colors, "norm": color_range(values, symmetric=True), "rasterized": True}
    grey = {
        "cmap": LinearSegmentedColormap.from_list("blank", [BLANK, BLANK]),
        "rasterized": True,
    }
    borders = {"edgecolors": "white", "lw": 0.6} if len(place) <= _MOST_NAMED else {}
    for matrix, look in ((blank, grey), (spread, {**options, **style})):
        turned = matrix if portrait else matrix.T
        mesh = ax.pcolormesh(np.ma.masked_invalid(turned), **{**borders, **look})
    figure: Any = ax.figure
    bar = figure.colorbar(mesh, ax=ax, shrink=0.7, pad=0.02, aspect=12)
    bar.set_label(r"$\log_2$ fold change")
    bar.outline.set_linewidth(0)
    if portrait:
        ax.invert_yaxis()


def _name_cells(
    ax: Axes, place: AnyArray, genes: AnyArray, treatments: list[str], *, portrait: bool
) -> None:
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    if len(place) > _MOST_NAMED:
        place, genes = place[:0], genes[:0]
    across = np.arange(len(treatments)) + 0.5
    if portrait:
        ax.set_yticks(place + 0.5, genes, fontsize=font_size(7))
        ax.set_xticks(across, treatments, rotation=90)
        ax.xaxis.tick_top()
    else:
        ax.set_xticks(place + 0.5, genes, fontsize=font_size(7), rotation=90)
        ax.set_yticks(across, treatments)
