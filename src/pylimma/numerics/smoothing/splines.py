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

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.interpolate import BSpline

    from pylimma.typing import FloatArray

CUBIC = 3


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
    """The B-splines of a degree at given points."""
    basis = _b_splines(knots, boundary, degree)(x)
    return np.asarray(basis[:, 0 if intercept else 1 :])


def natural_spline_basis(
    x: FloatArray, knots: FloatArray, boundary: tuple[float, float], *, intercept: bool = False
) -> FloatArray:
    r"""A basis of the natural cubic splines at given points.

    With the second derivatives of the cubic B-splines at the boundary knots as the rows of
    :math:`C` and :math:`C^T = Q R`, the columns of :math:`B Q` but the first two span the
    splines with :math:`C \beta = 0`.
    """
    splines = _b_splines(knots, boundary, CUBIC)
    ends = np.asarray(boundary, dtype=np.float64)
    nearest_inside = np.clip(x, *ends)
    basis = splines(nearest_inside)
    outside = x != nearest_inside
    beyond = (x - nearest_inside)[outside, None]
    basis[outside] += beyond * splines(nearest_inside[outside], nu=1)
    kept = slice(None) if intercept else slice(1, None)
    curvature = splines(ends, nu=2)[:, kept]
    rotation = np.linalg.qr(curvature.T, mode="complete").Q
    return np.asarray((basis[:, kept] @ rotation)[:, 2:])


def _b_splines(knots: FloatArray, boundary: tuple[float, float], degree: int) -> BSpline:
    """All B-splines of a degree, as one function with a value per spline."""
    from scipy.interpolate import BSpline  # noqa: PLC0415 - slow to load, and only curves need it

    left, right = (np.repeat(end, degree + 1) for end in boundary)
    all_knots = np.concatenate([left, np.sort(knots), right])
    return BSpline(all_knots, np.eye(len(all_knots) - degree - 1), degree)


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
