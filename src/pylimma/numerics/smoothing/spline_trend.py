"""Natural cubic splines through a scatter, by least squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pylimma.typing import BoolArray, FloatArray

_ORDER = 4  # of cubic splines
_RANK_TOLERANCE = 1e-7  # singular values below this share of the largest count as zero


def spline_trend(
    x: FloatArray, known: BoolArray, y: FloatArray, df: int
) -> tuple[FloatArray, float]:
    """Values of a natural spline fitted to points, and the residual variance."""
    fitted_x = x[known]
    knots = np.quantile(fitted_x, np.linspace(0, 1, df)[1:-1])
    basis = natural_spline_basis(x, knots, (fitted_x.min(), fitted_x.max()))
    fitted_basis = basis[known]
    norms = np.linalg.norm(fitted_basis, axis=0)
    norms[norms == 0] = 1
    coefficients, _, rank, _ = np.linalg.lstsq(fitted_basis / norms, y, rcond=_RANK_TOLERANCE)
    coefficients /= norms
    residual = y - fitted_basis @ coefficients
    free = y.size - int(rank)
    return basis @ coefficients, float(residual @ residual) / free if free > 0 else np.nan


def natural_spline_basis(
    x: FloatArray, knots: FloatArray, boundary: tuple[float, float]
) -> FloatArray:
    """Basis of the natural cubic splines with given knots."""
    lower, width = boundary[0], boundary[1] - boundary[0]
    u, inner = (x - lower) / width, (np.sort(knots) - lower) / width
    extended = np.concatenate([np.zeros(_ORDER), inner, np.ones(_ORDER)])
    ends = np.array([0.0, 1.0])
    curvature = _b_splines(ends, extended, derivative=2)
    free = np.linalg.qr(curvature.T, mode="complete")[0][:, 2:]
    slope = _b_splines(ends, extended, derivative=1)
    inside = np.clip(u, 0, 1)
    basis = _b_splines(inside, extended)
    basis += np.minimum(u, 0)[:, None] * slope[0] + np.maximum(u - 1, 0)[:, None] * slope[1]
    return basis @ free


def _b_splines(x: FloatArray, knots: FloatArray, derivative: int = 0) -> FloatArray:
    """Cubic B-splines, or their derivatives, by the recursion of Cox and de Boor."""
    last = np.searchsorted(knots, knots[-1]) - 1  # the last interval that is not empty
    interval = np.minimum(np.searchsorted(knots, x, side="right") - 1, last)
    values = (np.arange(knots.size - 1) == interval[:, None]).astype(float)
    for degree in range(1, _ORDER):
        span = knots[degree:] - knots[:-degree]
        inverse = np.divide(1.0, span, out=np.zeros_like(span), where=span > 0)
        left, right = values[:, :-1] * inverse[:-1], values[:, 1:] * inverse[1:]
        if degree >= _ORDER - derivative:
            values = degree * (left - right)
        else:
            values = (x[:, None] - knots[: -degree - 1]) * left
            values += (knots[degree + 1 :] - x[:, None]) * right
    return values
