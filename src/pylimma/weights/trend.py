"""What the functions of the voom family share: choice of span, plot data, plots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pylimma.containers.components import Components
from pylimma.draw import draw
from pylimma.errors import EstimationWarning, InputError, warn
from pylimma.numerics.precision.variance_trend import VarianceTrend
from pylimma.numerics.smoothing.lowess import choose_lowess_span
from pylimma.record import Record
from pylimma.typing import FloatArray

COUNT_LABEL = "log2( count size + 0.5 )"
DEVIATION_LABEL = "Sqrt( standard deviation )"


@dataclass(frozen=True, slots=True, eq=False)
class TrendPoints(Record):
    """The points of a mean-variance plot."""

    x: FloatArray  # (genes,) average log sizes and square roots of residual standard deviations
    y: FloatArray  # (genes,) average log sizes and square roots of residual standard deviations
    xlab: str  # labels of the axes
    ylab: str = DEVIATION_LABEL  # labels of the axes
    pch: int = 16  # r's number for the marker, a filled circle
    cex: float = 0.25  # size of the marker, relative to R's usual one


@dataclass(frozen=True, slots=True, eq=False)
class TrendLine(Record):
    """The curve of a mean-variance plot."""

    x: FloatArray  # (genes,) points of the curve, by ascending x
    y: FloatArray  # (genes,) points of the curve, by ascending x
    col: str | None = None  # r's name of its colour
    delta: float | None = None  # distance between the fitted points of a weighted curve


def choose_span(n_genes: int, span: float, *, adaptive: bool) -> float:
    """Span of the trend, from the number of genes if it is to adapt."""
    if not adaptive:
        return check_span(span)
    return float(choose_lowess_span(n_genes, small_n=50, min_span=0.3, power=1 / 3))


def check_span(span: float) -> float:
    """Span of a trend, once it is known to be positive."""
    if not 0 < span < np.inf:
        raise InputError(f"`span` is a share of the genes, above 0; got {span}.")
    return float(span)


def plot_components(trend: VarianceTrend, xlab: str, **line: Any) -> dict[str, Record]:
    """Components of an EList or fit that keep what a mean-variance plot shows."""
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
    """Keep what a mean-variance plot shows in a result, and draw it, where that is asked for."""
    if save_plot:
        result.update(plot_components(trend, xlab, **line))
    if plot:
        draw_trend(trend, xlab, f"{function}: mean-variance trend")


def draw_trend(trend: VarianceTrend, xlab: str, title: str) -> None:
    """Draw a mean-variance trend into the current figure, or a new one."""
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
