"""Trends: of residual standard deviations along expression, and of other quantities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from pylimma.arguments import flag
from pylimma.containers.fit import MArrayLM
from pylimma.errors import StageError
from pylimma.numerics.distributions.tails import f_cdf, f_sf
from pylimma.numerics.p_values import adjust_p_values
from pylimma.plotting.axes import (
    BLACK,
    BLUE,
    GREEN,
    VERMILLION,
    Colors,
    axes_for,
    color_list,
    group_colors,
    scatter,
    size_for,
    styled,
)
from pylimma.plotting.legends import LegendPlace, add_note, counted, dot, place_legend
from pylimma.record import Record
from pylimma.results.tables import check_fit
from pylimma.typing import BoolArray, FloatArray

_NO_DF = 1e-6  # degrees of freedom that are none, up to rounding
_MOST_TICKS = 1000  # genes of a set that have a tick each
_OUTLIER_FDR = 0.5  # half of the genes that are marked are outliers of the prior


@styled
def voom_trend(
    x: FloatArray,
    y: FloatArray,
    line_x: FloatArray,
    line_y: FloatArray,
    *,
    first_line: tuple[FloatArray, FloatArray] | None = None,
    title: str = "Mean–variance trend",
    xlab: str = r"$\log_2$(count + 0.5)",
    ylab: str = "√(standard deviation)",
    ax: Axes | None = None,
    **options: Any,
) -> Axes:
    """Mean-variance trend of all genes, as `voom` and `vooma` estimate it."""
    ax = axes_for(ax)
    _points(ax, x, y, **options)
    if first_line is not None:
        ax.plot(*_sorted(*first_line), ls="--", lw=1.3, color=BLUE, label="first pass")
    label = "trend" if first_line is None else "final"
    ax.plot(*_sorted(line_x, line_y), color=VERMILLION, lw=2, label=label)
    ax.set(title=title, xlabel=xlab, ylabel=ylab)
    if first_line is not None:
        place_legend(ax)
    return ax


@styled
def group_trends(
    points: Mapping[str, tuple[FloatArray, FloatArray]],
    lines: Mapping[str, tuple[FloatArray, FloatArray]],
    *,
    col: Colors | None = None,
    legend: LegendPlace = "outside",
    title: str = "Mean–variance trend by group",
    xlab: str = r"Average expression ($\log_2$)",
    ylab: str = "√(standard deviation)",
    ax: Axes | None = None,
    **options: Any,
) -> Axes:
    """Mean-variance trend of each group of samples, as `vooma_by_group` estimates them."""
    ax = axes_for(ax)
    colors = group_colors(list(points), col)
    for group, (x, y) in points.items():
        _points(ax, x, y, **{"color": colors[group], "opacity": 0.5, **options})
    for group, line in lines.items():
        ax.plot(*_sorted(*line), color="white", lw=3.4)
        ax.plot(*_sorted(*line), color=colors[group], lw=2, label=str(group))
    ax.set(title=title, xlabel=xlab, ylabel=ylab)
    place_legend(ax, legend)
    return ax


@styled
def plot_sa(
    fit: MArrayLM,
    xlab: str = r"Average expression ($\log_2$)",
    ylab: str = "√(residual standard deviation)",
    *,
    zero_weights: bool = False,
    col: tuple[str, str] = (BLACK, VERMILLION),
    main: str = "",
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    r"""Residual standard deviation against average expression, with the prior of `e_bayes`.

    Parameters
    ----------
    fit : MArrayLM
        A fit; after `e_bayes` the prior is drawn as well.
    xlab, ylab : str
        Labels of the axes.
    zero_weights : bool
        Whether to show genes whose weights are all zero or that have no residual degrees of
        freedom.
    col : two colours
        Of ordinary genes, and of outliers where the prior was estimated robustly.
    main : str
        Title.
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
        If `fit` is not a fit.
    StageError
        If average expression or residual standard deviations are missing.

    See Also
    --------
    pylimma.e_bayes : Estimates the prior.

    Notes
    -----
    Square roots of standard deviations are about symmetric. Where the prior was estimated
    robustly, :math:`\sigma^2 / s_0^2` is compared with its F distribution, and genes whose
    two-sided p-value, adjusted by Benjamini and Hochberg, is at most 0.5 count as outliers.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6)) + np.arange(100)[:, None] / 10
    >>> fit = pylimma.e_bayes(pylimma.lm_fit(y, np.ones((6, 1))))
    >>> pylimma.plot_sa(fit).get_ylabel()
    '√(residual standard deviation)'
    """
    found = spread_of(fit, zero_weights=flag(zero_weights, "zero_weights"))
    colors = color_list(col, "col") * 2  # one colour serves both
    ax = axes_for(ax)
    ordinary, outlier = ~found.outlier, found.outlier
    _points(ax, found.x[ordinary], found.y[ordinary], **{"color": colors[0], **kwargs})
    entries = [] if found.line_y is None else [_draw_prior(ax, found)]
    if outlier.any():
        style = {"s": 9, "color": colors[1], "opacity": 0.8, **kwargs}
        scatter(ax, found.x[outlier], found.y[outlier], **style)
        entries.append(dot(colors[1], f"outlier ({outlier.sum():,})"))
        entries.append(dot(colors[0], f"other ({ordinary.sum():,})"))
    ax.set(title=main, xlabel=xlab, ylabel=ylab)
    if entries:
        place_legend(ax, legend, handles=entries)
    lost = int((~np.isfinite(found.x + found.y)).sum())
    add_note(ax, counted(lost, "gene", "without residual variance or weight"))
    return ax


@dataclass(frozen=True, slots=True, eq=False)
class Spread(Record):
    """Points and line of `plot_sa`."""

    x: FloatArray  # (genes,) average expression
    # (genes,) square roots of the residual standard deviations, NaN for genes not shown
    y: FloatArray
    outlier: BoolArray  # (genes,) genes beyond the prior
    # (genes,) average expression in ascending order; None where the prior is constant
    line_x: FloatArray | None = None
    # fourth root of the prior variance; one value where it is constant
    line_y: FloatArray | None = None


def spread_of(fit: MArrayLM, *, zero_weights: bool = False) -> Spread:
    """Average expression and variability of all genes, outliers, and the prior."""
    check_fit(fit, "plot_sa")
    for name in ("Amean", "sigma", "df_residual"):
        if name not in fit:
            raise StageError(f"`plot_sa` needs a fit with '{name}', as `lm_fit` returns it.")
    x, y = fit["Amean"], np.sqrt(fit["sigma"])
    df = np.broadcast_to(np.asarray(fit["df_residual"], dtype=float), x.shape)
    if not zero_weights:
        hidden = df < _NO_DF
        if fit.get("weights") is not None:
            hidden = hidden | ~(np.asarray(fit["weights"]) > 0).any(axis=1)
        y = np.where(hidden, np.nan, y)
    prior = fit.get("s2_prior")
    outlier = _outliers(fit, np.maximum(df, _NO_DF))
    if prior is None:
        return Spread(x, y, outlier)
    level = np.asarray(prior, dtype=float) ** 0.25
    if level.ndim == 0:
        return Spread(x, y, outlier, None, level)
    order = np.argsort(x, kind="stable")
    return Spread(x, y, outlier, x[order], level[order])


def _outliers(fit: MArrayLM, df: FloatArray) -> BoolArray:
    """Genes whose variance the prior cannot explain, where it was estimated robustly."""
    df_prior = fit.get("df_prior")
    if df_prior is None or np.ndim(df_prior) == 0:
        return np.zeros(df.shape, dtype=bool)
    ratio = fit["sigma"] ** 2 / fit["s2_prior"]
    df2 = float(np.max(df_prior))
    tails = 2 * np.minimum(f_cdf(ratio, df, df2), f_sf(ratio, df, df2))
    return np.asarray(adjust_p_values(tails) <= _OUTLIER_FDR)


def _draw_prior(ax: Axes, found: Spread) -> Line2D:
    height = np.asarray(found.line_y)
    if found.line_x is None:
        return ax.axhline(float(height), color=BLUE, lw=2, label="prior")
    return ax.plot(found.line_x, height, color=BLUE, lw=2, label="prior trend")[0]


def _points(ax: Axes, x: FloatArray, y: FloatArray, **style: Any) -> None:
    scatter(ax, x, y, **{"s": size_for(len(x)), "color": BLACK, "opacity": 0.8, **style})


def _sorted(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    order = np.argsort(x, kind="stable")
    return np.asarray(x)[order], np.asarray(y)[order]


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
    ticks = np.asarray(covariate_rank, float)[index]
    if ticks.size > _MOST_TICKS:  # as many as can be told apart
        step = np.ptp(ticks) / _MOST_TICKS
        ticks = np.unique(np.round(ticks / step)) * step
    ax.vlines(ticks, 0, top / 9, color=BLACK, lw=0.6, alpha=0.6, rasterized=True)
    ax.set(xlabel=xlab, ylabel=ylab, ylim=(0, top), title=main)
    return ax


@styled
def print_order(
    order: FloatArray,
    curves: Mapping[str, tuple[FloatArray, FloatArray]],
    *,
    main: str = "",
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Log-intensities along the order of printing, with the curve of each channel or of both."""
    ax = axes_for(ax)
    colors = {"red": VERMILLION, "green": GREEN}
    for channel, (values, curve) in curves.items():
        color = colors.get(channel, BLACK)
        _points(ax, order, values, **{"color": color, "opacity": 0.5, **kwargs})
        line = _sorted(order, curve)
        ax.plot(*line, color="white", lw=3.4)
        ax.plot(*line, color=color, lw=2, label=channel)
    ax.set(xlabel="Print order", ylabel=r"$\log_2$ intensity", title=main)
    place_legend(ax, legend)
    lost = int(np.isnan([values for values, _ in curves.values()]).any(axis=0).sum())
    add_note(ax, counted(lost, "spot", "without positive intensity"))
    return ax
