"""Histograms of p-values, and the densities behind them."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from pylimma.arguments import numbers, whole
from pylimma.containers.fit import MArrayLM
from pylimma.errors import InputError
from pylimma.plotting.axes import BLUE, GREY, PALE, VERMILLION, axes_for, styled
from pylimma.plotting.labels import column_name
from pylimma.plotting.legends import LegendPlace, add_note, counted, place_legend
from pylimma.results.tables import Coef, select_coefs
from pylimma.typing import FloatArray

_MOST_BINS = 10_000  # each of them is drawn
_HALF = 0.5  # p-values above are taken for those of true null hypotheses


@styled
def plot_p_values(
    fit: MArrayLM | ArrayLike,
    coef: Coef = 0,
    *,
    bins: int = 40,
    main: str | None = None,
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Histogram of p-values, with the height it would have if no gene differed.

    Parameters
    ----------
    fit : MArrayLM or array of shape (genes,)
        From `e_bayes` or `treat`, or p-values.
    coef : int or name
        The coefficient of a fit.
    bins : int
        Number of bars between 0 and 1.
    main : str, optional
        Title; by default the name of the coefficient.
    legend : str or bool
        Where the legend stands: "outside", a corner such as "topright", or False.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.bar`.

    Returns
    -------
    Axes
        Where it was drawn. A note below counts genes without a p-value.

    Raises
    ------
    StageError
        If a fit has no p-values yet.
    InputError
        For p-values outside 0 and 1, or none at all.

    See Also
    --------
    volcanoplot : P-values against fold changes.

    Notes
    -----
    P-values of genes that do not differ are uniform, so a sound analysis is flat on the right
    with, at most, a peak on the left. A slope up to the right, or humps, are signs of a
    missing batch, a wrong model or dependence.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> ax = pylimma.plot_p_values(np.linspace(0, 1, 100), bins=10)
    >>> [int(bar.get_height()) for bar in ax.patches[:2]]
    [10, 10]
    """
    every, name = _p_values(fit, coef)
    p = every[~np.isnan(every)]
    bins = whole(bins, "bins", 1)
    ax = axes_for(ax)
    bins = whole(bins, "bins", 1, _MOST_BINS)
    counts, edges = np.histogram(p, bins=bins, range=(0.0, 1.0))
    style = {"color": PALE, "edgecolor": "white", "linewidth": 0.6, **kwargs}
    ax.bar(edges[:-1], counts, width=1 / bins, align="edge", **style)
    ax.axhline(p.size / bins, color=VERMILLION, lw=1.3, ls="--", label="if no gene differed")
    flat = 2 * float(np.mean(p > _HALF)) * p.size / bins
    ax.axhline(flat, color=BLUE, lw=1.3, label="level of p > 0.5")
    title = name if main is None else main
    ax.set(xlabel="p-value", ylabel="Number of genes", xlim=(0, 1), title=title)
    place_legend(ax, legend)
    add_note(ax, counted(every.size - p.size, "gene", "without p-value"))
    return ax


@styled
def convex_densities(
    p: FloatArray, densities: FloatArray, *, ax: Axes | None = None, **kwargs: Any
) -> Axes:
    """Histogram of p-values with the decreasing convex density that `convest` fits to it."""
    ax = axes_for(ax)
    ax.hist(p, bins=40, range=(0, 1), density=True, color=PALE, edgecolor="white", lw=0.6)
    grid = np.linspace(0, 1, densities.shape[1])
    ax.plot(grid, densities[:-1].T, color=GREY, lw=0.5, alpha=0.4)
    ax.plot(grid, densities[-1], **{"color": VERMILLION, "lw": 2, **kwargs})
    level = float(densities[-1, -1])
    ax.axhline(level, color=BLUE, lw=1.2, ls="--", label=f"no difference ({level:.0%})")
    ax.set(xlabel="p-value", ylabel="Density", xlim=(0, 1))
    place_legend(ax)
    return ax


def _p_values(fit: MArrayLM | ArrayLike, coef: Any) -> tuple[FloatArray, str]:
    """P-values, and the name of their coefficient."""
    if isinstance(fit, MArrayLM):
        at = int(select_coefs(fit, coef)[0])
        p = fit.require("p_value", "plot_p_values")[:, at]
        name = column_name(fit.names("coefs"), at)
    else:
        p, name = numbers(fit, "fit").ravel(), ""
    if np.isnan(p).all():
        raise InputError("There is no p-value to show.")
    low, high = np.nanmin(p), np.nanmax(p)
    if low < 0 or high > 1:
        raise InputError(f"P-values lie between 0 and 1; got {low:g} to {high:g}.")
    return p, name
