r"""Curves in a covariate: B-splines, natural cubic splines and orthogonal polynomials.

A spline of degree :math:`d` with knots :math:`t_1 \le t_2 \le \dots` is a sum of B-splines
:math:`B_{j,d}`, each positive on :math:`d + 1` neighbouring intervals only [1]_. A natural spline
is the cubic spline whose second derivative vanishes at both boundary knots, beyond which it is
continued by straight lines.

References
----------
.. [1] de Boor C (2001). A Practical Guide to Splines, revised edition. Springer.
"""

from __future__ import annotations

import numpy as np

from pylimma.typing import BoolArray, FloatArray

CUBIC = 3
_RANK_TOLERANCE = 1e-7  # singular values below this share of the largest count as zero


def quantile_knots(x: FloatArray, n_knots: int, boundary: tuple[float, float]) -> FloatArray:
    """Interior knots at equally spaced quantiles of the values between the boundary knots."""
    inside = x[(x >= boundary[0]) & (x <= boundary[1])]
    return np.quantile(inside, np.linspace(0.0, 1.0, n_knots + 2)[1:-1])


def b_spline_basis(
    x: FloatArray,
    knots: FloatArray,
    boundary: tuple[float, float],
    degree: int = CUBIC,
    *,
    intercept: bool = False,
) -> FloatArray:
    """The B-splines of a degree at given points, of shape (points, knots + degree + intercept)."""
    basis = _b_splines(x, _repeated_ends(knots, boundary, degree), degree)
    return basis[:, 0 if intercept else 1 :]


def natural_spline_basis(
    x: FloatArray, knots: FloatArray, boundary: tuple[float, float], *, intercept: bool = False
) -> FloatArray:
    """A basis of the natural cubic splines, of shape (points, knots + 1 + intercept)."""
    # The basis does not depend on the unit; between 0 and 1 derivatives are of one size.
    lower, width = boundary[0], boundary[1] - boundary[0]
    u, ends = (x - lower) / width, np.array([0.0, 1.0])
    all_knots = _repeated_ends((knots - lower) / width, (0.0, 1.0), CUBIC)
    kept = slice(0 if intercept else 1, None)
    basis = _b_splines(np.clip(u, 0, 1), all_knots, CUBIC)[:, kept]
    slope = _b_splines(ends, all_knots, CUBIC, derivative=1)[:, kept]
    basis += np.minimum(u, 0)[:, None] * slope[0] + np.maximum(u - 1, 0)[:, None] * slope[1]
    # With the second derivatives at the ends as the rows of C and C' = QR, the columns of BQ but
    # the first two span the splines B b with C b = 0.
    curvature = _b_splines(ends, all_knots, CUBIC, derivative=2)[:, kept]
    rotation = np.linalg.qr(curvature.T, mode="complete").Q
    return np.asarray(basis @ rotation[:, 2:])


def spline_trend(
    x: FloatArray, known: BoolArray, y: FloatArray, df: int
) -> tuple[FloatArray, float]:
    """Values at all `x` of a natural spline fitted to `y` at the known ones; residual variance."""
    fitted_x = x[known]
    boundary = float(fitted_x.min()), float(fitted_x.max())
    knots = quantile_knots(fitted_x, df - 2, boundary)
    basis = natural_spline_basis(x, knots, boundary, intercept=True)
    fitted_basis = basis[known]
    norms = np.linalg.norm(fitted_basis, axis=0)
    norms[norms == 0] = 1
    coefficients, _, rank, _ = np.linalg.lstsq(fitted_basis / norms, y, rcond=_RANK_TOLERANCE)
    coefficients /= norms
    residual = y - fitted_basis @ coefficients
    free = y.size - int(rank)
    return basis @ coefficients, float(residual @ residual) / free if free > 0 else np.nan


def _repeated_ends(knots: FloatArray, boundary: tuple[float, float], degree: int) -> FloatArray:
    left, right = (np.repeat(end, degree + 1) for end in boundary)
    return np.concatenate([left, np.sort(knots), right])


def _b_splines(x: FloatArray, knots: FloatArray, degree: int, *, derivative: int = 0) -> FloatArray:
    """All B-splines of a degree, or their derivatives; beyond the ends their last polynomials."""
    # The first and last interval that are not empty go on beyond the ends.
    first = np.searchsorted(knots, knots[0], side="right") - 1
    last = np.searchsorted(knots, knots[-1]) - 1
    interval = np.clip(np.searchsorted(knots, x, side="right") - 1, first, last)
    values = (np.arange(knots.size - 1) == interval[:, None]).astype(float)
    for k in range(1, degree + 1):
        span = knots[k:] - knots[:-k]
        inverse = np.divide(1.0, span, out=np.zeros_like(span), where=span > 0)
        left, right = values[:, :-1] * inverse[:-1], values[:, 1:] * inverse[1:]
        if k > degree - derivative:
            # B'_{j,k} = k (B_{j,k-1} / (t_{j+k} - t_j) - B_{j+1,k-1} / (t_{j+k+1} - t_{j+1}))
            values = k * (left - right)
        else:
            # B_{j,k} = (x - t_j) B_{j,k-1} / (t_{j+k} - t_j)
            #           + (t_{j+k+1} - x) B_{j+1,k-1} / (t_{j+k+1} - t_{j+1})     (Cox, de Boor)
            values = (x[:, None] - knots[: -k - 1]) * left
            values += (knots[k + 1 :] - x[:, None]) * right
    return values


def orthogonal_polynomials(
    x: FloatArray, degree: int
) -> tuple[FloatArray, tuple[FloatArray, FloatArray]]:
    r"""Polynomials of degree 1, 2, … that are orthonormal over the values.

    They follow :math:`b_k p_k = (x - a_k) p_{k-1} - b_{k-1} p_{k-2}` from
    :math:`p_0 = n^{-1/2}`, with leading coefficients above zero.
    """
    basis = np.empty((len(x), degree + 1))
    centres, scales = np.empty(degree), np.empty(degree + 1)
    scales[0] = np.sqrt(len(x))
    basis[:, 0] = 1.0 / scales[0]
    for k in range(1, degree + 1):
        last, earlier = basis[:, k - 1], basis[:, :k]
        centres[k - 1] = x @ last**2
        raised = (x - centres[k - 1]) * last
        for _ in range(2):  # a second pass keeps high degrees orthogonal to machine precision
            raised = raised - earlier @ (earlier.T @ raised)
        scales[k] = np.linalg.norm(raised)
        basis[:, k] = raised / scales[k]
    return basis[:, 1:], (centres, scales)


def continued_polynomials(x: FloatArray, centres: FloatArray, scales: FloatArray) -> FloatArray:
    """Orthogonal polynomials at other values than those they were made for."""
    before, last = np.zeros_like(x), np.full_like(x, 1.0 / scales[0])
    columns = []
    for k, centre in enumerate(centres):
        step = scales[k] if k else 0.0
        before, last = last, ((x - centre) * last - step * before) / scales[k + 1]
        columns.append(last)
    return np.column_stack(columns)
