r"""Mean-variance trends, and the precision weights they imply.

A trend is a smooth curve f of the square root of the residual standard deviation on the
log size of an observation. An observation of fitted size :math:`\mu` then has variance
:math:`f(\mu)^4`, hence weight :math:`f(\mu)^{-4}`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pylimma.errors import EstimationWarning, InputError, warn
from pylimma.numerics.blocks import map_genes
from pylimma.numerics.lazy import LazyMatrix
from pylimma.numerics.smoothing.lowess import lowess_sorted
from pylimma.numerics.smoothing.weighted_lowess import weighted_lowess
from pylimma.record import Record
from pylimma.typing import BoolArray, FloatArray

ROBUSTNESS_ITERATIONS = 3
ROUNDING = 1e-15  # of a height: a smaller bend is a rounding error
CONSTANT = 1e-13  # of the largest average: a standard deviation that is rounding error
NEAR_ZERO = 1e-4  # of the largest root deviation: weights would span sixteen decades
SMALLEST_HEIGHT = 1e-75  # of a root deviation: the inverse of its fourth power is a number yet
NEAR_TIE = 1e-12  # of the range: sizes no further apart differ by rounding


class BrokenLine(NamedTuple):
    """A curve that is straight between its points."""

    x: FloatArray
    y: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class VarianceTrend(Record):
    """A mean-variance trend and the genes behind it."""

    x: FloatArray  # (genes,) average log size of each gene that takes part
    y: FloatArray  # (genes,) square root of its residual standard deviation
    line_x: FloatArray  # (genes,) the curve, by ascending size
    line_y: FloatArray  # (genes,) the curve, by ascending size
    delta: float | None = None  # distance between the points where a weighted curve was fitted

    @property
    def line(self) -> BrokenLine:
        """The curve by its bends."""
        return bends(self.line_x, self.line_y)


def weights_on_line(size: FloatArray, knots: FloatArray, heights: FloatArray) -> FloatArray:
    """Precision weights of observations, from a broken line of root deviations."""
    squared = np.interp(size, knots, heights)
    squared *= squared
    squared *= squared
    return np.divide(1.0, squared, out=squared)


def lowess_trend(x: FloatArray, y: FloatArray, span: float) -> VarianceTrend:
    """Mean-variance trend by lowess."""

    def trend(part: BoolArray | slice) -> VarianceTrend:
        order = np.argsort(x[part], kind="stable")
        size, root = x[part][order], y[part][order]
        line = lowess_sorted(size, root, span, ROBUSTNESS_ITERATIONS)
        return VarianceTrend(x, y, size, line)

    return _of_varying_genes(trend, x, y)


def weighted_trend(x: FloatArray, y: FloatArray, weights: FloatArray, span: float) -> VarianceTrend:
    """Mean-variance trend by weighted lowess, for genes that are not equally informative."""

    def trend(part: BoolArray | slice) -> VarianceTrend:
        line = weighted_lowess(x[part], y[part], weights[part], span=span, output_style="lowess")
        return VarianceTrend(x, y, line["x"], line["y"], line["delta"])

    return _of_varying_genes(trend, x, y)


def _of_varying_genes(
    trend: Callable[[BoolArray | slice], VarianceTrend], x: FloatArray, y: FloatArray
) -> VarianceTrend:
    """A trend of all genes, or of those that vary where the others would pull it to zero."""
    constant = y * y <= CONSTANT * np.abs(x).max(initial=0.0)
    if constant.all() and y.size:
        raise InputError(
            "The values have no variation: the design fits every gene exactly, so that there is "
            "no variance to weight by. Are the samples copies of one another?"
        )
    found = trend(slice(None))
    if not constant.any() or found.line_y.min() > NEAR_ZERO * y.max():
        return found
    warn(
        f"{constant.sum()} genes have no variation and would give infinite weights; the trend is "
        f"that of the others.",
        EstimationWarning,
    )
    return trend(~constant)


def bends(x: FloatArray, y: FloatArray) -> BrokenLine:
    """Points of a broken line between which it is straight to rounding error.

    Lowess interpolates linearly between the few points where it fits, so that a curve
    through thousands of genes has only about a hundred bends.
    """
    distinct = np.flatnonzero(np.diff(x, prepend=-np.inf) > NEAR_TIE * (x[-1] - x[0]))
    x, y = x[distinct], y[distinct]
    kept = np.zeros(len(x), dtype=bool)
    kept[[0, -1]] = True
    width, rise = np.diff(x), np.diff(y)
    gap = np.abs(rise[1:] * width[:-1] - rise[:-1] * width[1:])
    kept[1:-1] = gap > ROUNDING * np.abs(y[1:-1]) * (width[:-1] + width[1:])
    return BrokenLine(x[kept], y[kept])


def trend_weights(
    line: BrokenLine,
    coefficients: FloatArray,
    design: FloatArray,
    offset: FloatArray,
    n_jobs: int | None = None,
) -> FloatArray:
    """Precision weights of all observations of a fit."""
    _check_heights(line)
    weights = np.empty((len(coefficients), len(design)))
    map_genes(_fill_weights, (weights, coefficients, offset), design, *line, n_jobs=n_jobs)
    return weights


def lazy_weights(
    line: BrokenLine, coefficients: FloatArray, design: FloatArray, offset: FloatArray
) -> LazyMatrix:
    """The same weights, computed where they are wanted."""
    _check_heights(line)
    # f^-4 lies between its values at the bends; a rounding error further out matters nowhere
    low, high = (float(height**-4.0) for height in (line.y.max(), line.y.min()))
    shape = len(coefficients), len(design)
    arrays = coefficients, offset
    return LazyMatrix(_weights_of_block, arrays, design, *line, limits=(low, high), shape=shape)


def _check_heights(line: BrokenLine) -> None:
    lowest = float(np.abs(line.y).min(initial=np.inf))
    if lowest <= SMALLEST_HEIGHT:
        raise InputError(
            f"The residual variances come so close to zero ({lowest**4:.1g}) that weights would be "
            "infinite; check that the data are log2 values that vary."
        )


def _weights_of_block(
    coefficients: FloatArray, offset: FloatArray, design: FloatArray, *line: FloatArray
) -> FloatArray:
    weights = np.empty((len(coefficients), len(design)))
    _fill_weights(weights, coefficients, offset, design, *line)
    return weights


def _fill_weights(
    weights: FloatArray,
    coefficients: FloatArray,
    offset: FloatArray,
    design: FloatArray,
    knots: FloatArray,
    heights: FloatArray,
) -> None:
    size = coefficients @ design.T
    size += offset
    weights[:] = weights_on_line(size, knots, heights)
