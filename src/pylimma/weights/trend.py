"""What the functions of the voom family share: choice of span, plot data, plots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pylimma.containers.components import Components
from pylimma.draw import draw
from pylimma.errors import EstimationWarning, InputError, warn
from pylimma.numerics.precision.variance_trend import VarianceTrend
from pylimma.numerics.smoothing.span import choose_lowess_span
from pylimma.record import Record
from pylimma.typing import FloatArray

COUNT_LABEL = "log2( count size + 0.5 )"
DEVIATION_LABEL = "Sqrt( standard deviation )"


@dataclass(frozen=True, slots=True, eq=False)
class TrendPoints(Record):
    """The points of a mean-variance plot.

    Attributes
    ----------
    x, y : array of shape (genes,)
        Average log sizes and square roots of residual standard deviations.
    xlab, ylab : str
        Labels of the axes.
    pch : int
        R's number for the marker, a filled circle.
    cex : float
        Size of the marker, relative to R's usual one.
    """

    x: FloatArray
    y: FloatArray
    xlab: str
    ylab: str = DEVIATION_LABEL
    pch: int = 16
    cex: float = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class TrendLine(Record):
    """The curve of a mean-variance plot.

    Attributes
    ----------
    x, y : array of shape (genes,)
        Points of the curve, by ascending x.
    col : str, optional
        R's name of its colour.
    delta : float, optional
        Distance between the fitted points of a weighted curve.
    """

    x: FloatArray
    y: FloatArray
    col: str | None = None
    delta: float | None = None


def chosen_span(n_genes: int, span: float, *, adaptive: bool) -> float:
    """Span of the trend, from the number of genes if it is to adapt.

    Parameters
    ----------
    n_genes : int
        All genes, those without counts among them.
    span : float
        Used as it is when not adaptive.
    adaptive : bool
        Whether fewer genes get a wider span.

    Returns
    -------
    float

    Raises
    ------
    InputError
        If a span that is not adaptive is not positive.
    """
    if not adaptive:
        return checked_span(span)
    return float(choose_lowess_span(n_genes, small_n=50, min_span=0.3, power=1 / 3))


def checked_span(span: float) -> float:
    """Span of a trend, once it is known to be positive.

    Parameters
    ----------
    span : float
        Share of the genes in each neighbourhood.

    Returns
    -------
    float
        The same.

    Raises
    ------
    InputError
        If it is not positive.
    """
    if not 0 < span < np.inf:
        raise InputError(f"`span` is a share of the genes, above 0; got {span}.")
    return float(span)


def plot_components(trend: VarianceTrend, xlab: str, **line: Any) -> dict[str, Record]:
    """Components of an EList or fit that keep what a mean-variance plot shows.

    Parameters
    ----------
    trend : VarianceTrend
        The trend.
    xlab : str
        Label of the sizes.
    **line : object
        Further fields of the curve.

    Returns
    -------
    dict
        `voom_xy` and `voom_line`.
    """
    return {
        "voom_xy": TrendPoints(trend.x, trend.y, xlab),
        "voom_line": TrendLine(trend.line_x, trend.line_y, **line),
    }


def keep_and_draw(
    result: Components,
    trend: VarianceTrend,
    xlab: str,
    function: str,
    *,
    save_plot: bool,
    plot: bool,
    **line: Any,
) -> None:
    """Keep what a mean-variance plot shows in a result, and draw it, where that is asked for.

    Parameters
    ----------
    result : EList or MArrayLM
        Changed if the plot data are to be kept.
    trend : VarianceTrend
        The trend.
    xlab : str
        Label of the sizes.
    function : str
        Name of the function that estimated the trend, for the title.
    save_plot, plot : bool
        What is asked for.
    **line : object
        Further fields of the curve.
    """
    if save_plot:
        result.update(plot_components(trend, xlab, **line))
    if plot:
        draw_trend(trend, xlab, f"{function}: mean-variance trend")


def draw_trend(trend: VarianceTrend, xlab: str, title: str) -> None:
    """Draw a mean-variance trend into the current figure, or a new one.

    Parameters
    ----------
    trend : VarianceTrend
        The trend.
    xlab : str
        Label of the sizes.
    title : str
        Title of the plot.
    """
    draw(
        "voom_trend",
        x=trend.x,
        y=trend.y,
        line_x=trend.line_x,
        line_y=trend.line_y,
        xlab=xlab,
        title=title,
    )


def warn_of_no_replication() -> None:
    """Say that there is nothing to estimate a variance from."""
    warn(
        "The design leaves fewer than two genes with residual degrees of freedom, so no variance "
        "can be estimated; all weights are 1.",
        EstimationWarning,
    )
