"""Pictures of single computations: quantiles, association of two effects, surrogate variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Ellipse
from matplotlib.ticker import MaxNLocator

from pylimma.plotting.axes import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    VERMILLION,
    LegendPlace,
    axes_for,
    place_legend,
    scatter,
    size_for,
    styled,
)
from pylimma.results.quantile_plots import QuantilePairs
from pylimma.typing import FloatArray

_CHI2_95 = 5.991464547107979  # 95% point of chi-squared on two degrees of freedom


@styled
def quantiles(
    pairs: QuantilePairs,
    *,
    ylim: Sequence[float] | None = None,
    main: str = "",
    xlab: str = "Theoretical Quantiles",
    ylab: str = "Sample Quantiles",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Observed against theoretical quantiles, with the line of identity.

    Parameters
    ----------
    pairs : QuantilePairs
        From `qqt` or `qqf`.
    ylim : two floats, optional
        Limits of the vertical axis.
    main, xlab, ylab : str
        What is written.
    ax : Axes, optional
        Where to draw.
    **kwargs : object
        Passed to `Axes.scatter`.

    Returns
    -------
    Axes
        Where it was drawn.
    """
    ax = axes_for(ax, (4.2, 3.9))
    ax.axline((0, 0), slope=1, color=VERMILLION, lw=1.3, zorder=0.5)
    style = {"s": size_for(len(pairs.x)), "color": BLACK, "alpha": 0.7, **kwargs}
    scatter(ax, pairs.x, pairs.y, **style)
    ax.set(xlabel=xlab, ylabel=ylab)
    ax.set_title(main)
    if ylim is not None:
        ax.set_ylim(*ylim)
    return ax


@styled
def association(
    coefficients: FloatArray,
    technical_correlation: float,
    biological_correlation: float,
    *,
    names: Sequence[str] = ("first coefficient", "second coefficient"),
    alpha: float = 0.4,
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Two effects of each gene, with ellipses of their technical and biological correlation.

    Parameters
    ----------
    coefficients : array of shape (genes, 2)
        The log fold changes.
    technical_correlation, biological_correlation : float
        Between -1 and 1.
    names : two str
        What the effects are.
    alpha : float
        Opacity of the ellipses.
    legend : str or bool
        Where the correlations are written.
    ax : Axes, optional
        Where to draw.
    **kwargs : object
        Passed to `Axes.scatter`.

    Returns
    -------
    Axes
        Where it was drawn. Each ellipse would hold 95% of the genes if their effects were
        normal with this correlation and the mean of their standard deviations.
    """
    ax = axes_for(ax, (5.4, 4.2))
    spread = float(np.nanstd(coefficients, axis=0, ddof=1).mean())
    kinds = [
        ("technical", technical_correlation, BLUE),
        ("biological", biological_correlation, GREEN),
    ]
    for kind, rho, color in sorted(kinds, key=lambda item: abs(item[1])):
        half = spread * np.sqrt(_CHI2_95 * np.array([1 + rho, 1 - rho]))
        fill = to_rgba(color, alpha)
        label = f"{kind} ρ = {rho:.3f}"
        width, height = (2 * half).tolist()
        ax.add_patch(
            Ellipse((0, 0), width, height, angle=45, fc=fill, ec=color, label=label, zorder=0.8)
        )
    ax.axhline(0, color=GREY, lw=0.8, zorder=0.5)
    ax.axvline(0, color=GREY, lw=0.8, zorder=0.5)
    style = {"s": size_for(len(coefficients)), "color": BLACK, "alpha": 0.6, **kwargs}
    scatter(ax, coefficients[:, 0], coefficients[:, 1], **style)
    reach = 1.05 * float(np.nanmax(np.abs(coefficients)))
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel=names[0], ylabel=names[1])
    ax.set_aspect("equal", adjustable="datalim")
    place_legend(ax, legend)
    return ax


@styled
def surrogate_variance(proportion: FloatArray, *, ax: Axes | None = None, **kwargs: Any) -> Axes:
    """Share of the residual variance that each surrogate variable explains.

    Parameters
    ----------
    proportion : array of shape (variables,)
        Between 0 and 1, in decreasing order.
    ax : Axes, optional
        Where to draw.
    **kwargs : object
        Passed to `Axes.plot`.

    Returns
    -------
    Axes
        Where it was drawn.
    """
    ax = axes_for(ax)
    at = np.arange(1, len(proportion) + 1)
    ax.plot(at, proportion, **{"color": BLACK, "marker": "o", "ms": 4, "lw": 1, **kwargs})
    ax.set(xlabel="Surrogate variable", ylabel="Proportion of variance explained")
    ax.set_ylim(bottom=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return ax


@styled
def set_trend(
    covariate_rank: FloatArray,
    probability: FloatArray,
    index: Any,
    *,
    main: str = "DE status vs covariate",
    xlab: str = "Covariate rank",
    ylab: str = "Probability that a gene is DE",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Probability of differential expression along a covariate, with a tick for each DE gene.

    Parameters
    ----------
    covariate_rank : array of shape (genes,)
        Rank of each gene by the covariate.
    probability : array of shape (genes,)
        The trend, between 0 and 1.
    index : array of int or bool
        The genes that are differentially expressed.
    main, xlab, ylab : str
        What is written.
    ax : Axes, optional
        Where to draw.
    **kwargs : object
        Passed to `Axes.plot`.

    Returns
    -------
    Axes
        Where it was drawn.
    """
    ax = axes_for(ax)
    order = np.argsort(covariate_rank, kind="stable")
    style = {"color": VERMILLION, "lw": 2, **kwargs}
    ax.plot(np.asarray(covariate_rank)[order], np.asarray(probability)[order], **style)
    top = 1.1 * float(np.max(probability))
    ticks = np.asarray(covariate_rank)[index]
    ax.vlines(ticks, 0, top / 9, color=BLACK, lw=0.6, alpha=0.6, rasterized=True)
    ax.set(xlabel=xlab, ylabel=ylab, ylim=(0, top))
    ax.set_title(main)
    return ax
