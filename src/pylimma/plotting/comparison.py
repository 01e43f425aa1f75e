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
    PALE,
    VERMILLION,
    LegendPlace,
    axes_for,
    place_legend,
    scatter,
    size_for,
    styled,
)
from pylimma.statistics.quantile_plots import QuantilePoints
from pylimma.typing import FloatArray

_CHI2_95 = 5.991464547107979  # 95% point of chi-squared on two degrees of freedom


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
    style = {"s": size_for(len(points.x)), "color": BLACK, "alpha": 0.7, **kwargs}
    scatter(ax, points.x, points.y, **style)
    ax.set(xlabel=xlab, ylabel=ylab)
    ax.set_title(main)
    if ylim is not None:
        ax.set_ylim(*ylim)
    return ax


@styled
def association(
    x: FloatArray,
    y: FloatArray,
    technical: FloatArray,
    biological: FloatArray,
    *,
    labels: Sequence[str] | None = None,
    alpha: float = 0.4,
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Two effects of each gene, with ellipses of their technical and biological correlation."""
    ax = axes_for(ax, (5.4, 4.2))
    spread = (np.nanstd(x, ddof=1) + np.nanstd(y, ddof=1)) / 2
    kinds = [
        ("technical", correlation(technical), BLUE),
        ("biological", correlation(biological), GREEN),
    ]
    for kind, rho, color in sorted(kinds, key=lambda item: abs(item[1])):
        if np.isfinite(rho):
            ax.add_patch(_ellipse(float(spread), rho, color, alpha, f"{kind} ρ = {rho:.3f}"))
    ax.axhline(0, color=GREY, lw=0.8, zorder=0.5)
    ax.axvline(0, color=GREY, lw=0.8, zorder=0.5)
    style = {"s": size_for(len(x)), "color": BLACK, "alpha": 0.6, **kwargs}
    scatter(ax, x, y, **style)
    reach = 1.05 * float(np.nanmax(np.abs([x, y])))
    names = ["First coefficient", "Second coefficient"] if labels is None else labels
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel=names[0], ylabel=names[1])
    ax.set_box_aspect(1)
    place_legend(ax, legend)
    return ax


def correlation(covariance: FloatArray) -> float:
    """Correlation of two variables, NaN where one of them does not vary."""
    variances = covariance[0, 0] * covariance[1, 1]
    return float(covariance[0, 1] / np.sqrt(variances)) if variances > 0 else float("nan")


def _ellipse(spread: float, rho: float, color: str, alpha: float, label: str) -> Ellipse:
    width, height = (2 * spread * np.sqrt(_CHI2_95 * np.array([1 + rho, 1 - rho]))).tolist()
    fill = to_rgba(color, alpha)
    return Ellipse((0, 0), width, height, angle=45, fc=fill, ec=color, label=label, zorder=0.8)


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


@styled
def surrogate_variance(proportion: FloatArray, *, ax: Axes | None = None, **kwargs: Any) -> Axes:
    """Share of the residual variance that each surrogate variable explains."""
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
    """Probability of differential expression along a covariate, with a tick for each DE gene."""
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
