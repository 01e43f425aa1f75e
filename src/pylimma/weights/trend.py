"""What the functions of the voom family share: checks, choice of span, plots, storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from pylimma.adapters.stored import store
from pylimma.arguments import flag, number
from pylimma.containers.components import Components
from pylimma.draw import draw
from pylimma.errors import EstimationWarning, InputError, warn
from pylimma.numerics.precision.variance_trend import VarianceTrend
from pylimma.numerics.regression.least_squares import LinearFit
from pylimma.numerics.smoothing.lowess import choose_lowess_span
from pylimma.record import Record
from pylimma.typing import FloatArray

Result = TypeVar("Result", bound=Components)

COUNT_LABEL = "log2( count size + 0.5 )"
DEVIATION_LABEL = "Sqrt( standard deviation )"


@dataclass(frozen=True, slots=True, eq=False)
class TrendPoints(Record):
    """The points of a mean-variance plot."""

    x: FloatArray  # (genes,) average log sizes
    y: FloatArray  # (genes,) square roots of residual standard deviations
    xlab: str
    ylab: str = DEVIATION_LABEL
    pch: int = 16  # R's number for the marker, a filled circle
    cex: float = 0.25  # size of the marker, relative to R's usual one


@dataclass(frozen=True, slots=True, eq=False)
class TrendLine(Record):
    """The curve of a mean-variance plot."""

    x: FloatArray  # (genes,) ascending
    y: FloatArray  # (genes,) height of the curve
    col: str | None = None  # R's name of its colour
    delta: float | None = None  # distance between the fitted points of a weighted curve


FIXED_SPAN = 0.5  # where it neither adapts nor is given


def choose_span(n_genes: int, span: float | None, *, adaptive: bool) -> float:
    """Span of the trend: as given, or from the number of genes if it is to adapt."""
    adaptive = flag(adaptive, "adaptive_span")
    if span is not None:
        return check_span(span)
    if not adaptive:
        return FIXED_SPAN
    return float(choose_lowess_span(n_genes, small_n=50, min_span=0.3, power=1 / 3))


def check_span(span: float) -> float:
    """Span of a trend, once it is known to be positive."""
    return number(span, "span", 0, inside=True, finite=True)


def check_block(
    block: Any, correlation: float | None, call: str = "voom_lm_fit(counts, design, block=block)"
) -> None:
    """Raise if blocks come without their correlation, or the other way round."""
    if block is not None and correlation is None:
        raise InputError(
            f"`block` needs its correlation; `{call}` estimates both in two rounds, as is "
            "recommended for repeated measures."
        )
    if correlation is not None and block is None:
        raise InputError("`correlation` is given without the `block` it belongs to.")


def has_replication(fit: LinearFit) -> bool:
    """Whether at least two genes have residual degrees of freedom."""
    return int((fit.df_residual > 0).sum()) > 1


def plot_components(trend: VarianceTrend, xlab: str, col: str | None = None) -> dict[str, Record]:
    """Components of an EList or fit that keep what a mean-variance plot shows."""
    return {
        "voom_xy": TrendPoints(trend.x, trend.y, xlab),
        "voom_line": TrendLine(trend.line_x, trend.line_y, col, trend.delta),
    }


def keep_and_draw(
    result: Components,
    trend: VarianceTrend,
    xlab: str,
    function: str,
    *,
    save_plot: bool,
    plot: bool,
    col: str | None = None,
) -> None:
    """Keep what a mean-variance plot shows in a result, and draw it, where that is asked for."""
    if flag(save_plot, "save_plot"):
        result.update(plot_components(trend, xlab, col))
    if flag(plot, "plot"):
        draw(
            "voom_trend",
            x=trend.x,
            y=trend.y,
            line_x=trend.line_x,
            line_y=trend.line_y,
            xlab=xlab,
            title=f"{function}: mean-variance trend",
        )


def warn_of_no_replication() -> None:
    """Say that there is nothing to estimate a variance from."""
    warn(
        "The design leaves fewer than two genes with residual degrees of freedom, so no variance "
        "can be estimated; all weights are 1.",
        EstimationWarning,
    )


def store_result(source: Any, result: Result, key_added: str | None) -> Result:
    """Return a result, after storing it in the AnnData of its data if that was asked for."""
    if key_added is not None:
        store(result, source, key_added)
    return result
