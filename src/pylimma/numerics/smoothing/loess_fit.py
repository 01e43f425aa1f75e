"""Smooth fits that choose the smoother and exclude missing values."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from pylimma.arguments import MOST_STEPS, check_paired, flag, number, vector, whole
from pylimma.errors import check_choice
from pylimma.numerics.powers import extreme_exponent
from pylimma.numerics.smoothing.loess import locfit_sorted, loess_sorted
from pylimma.numerics.smoothing.lowess import lowess_sorted
from pylimma.numerics.smoothing.neighbours import ascending_order
from pylimma.numerics.smoothing.weighted_lowess import (
    SmoothFit,
    anchor_distance,
    check_not_negative,
    weighted_lowess_sorted,
)
from pylimma.typing import FloatArray

SmoothingMethod: TypeAlias = Literal["weightedLowess", "loess", "locfit"]

WEIGHT_RANGE = 1e-5, 1e5
_ANCHORS = 200
_EQUAL = 1e-15  # range of weights that count as equal
_COLLINEAR = 1e-7  # of the length of x, below which its spread is rounding


def loess_fit(
    y: ArrayLike,
    x: ArrayLike,
    weights: ArrayLike | None = None,
    span: float = 0.3,
    iterations: int = 4,
    min_weight: float = 1e-5,
    max_weight: float = 1e5,
    equal_weights_as_null: bool = True,
    method: SmoothingMethod = "weightedLowess",
) -> SmoothFit:
    r"""Fitted values and residuals of a smooth curve, with weights and missing values.

    Parameters
    ----------
    y, x : array-like of shape (points,)
        Response and predictor, in any order; points where either is NaN or infinite are
        excluded.
    weights : array-like of shape (points,), optional
        Prior weights, not negative; NaN counts as 0.
    span : float
        Share of the points, or of their weight, in each neighbourhood.
    iterations : int
        Number of fits, at least 1; every fit after the first is robust.
    min_weight, max_weight : float
        Weights are limited to this range.
    equal_weights_as_null : bool
        Whether equal weights are treated as none.
    method : {"weightedLowess", "loess", "locfit"}
        Smoother for unequal weights.

    Returns
    -------
    SmoothFit
        Components `fitted` and `residuals` in the order of the input, NaN for points that
        were excluded.

    Raises
    ------
    ShapeError
        If `x`, `y` and `weights` are not vectors of one length.
    InputTypeError
        If an argument is not numeric.
    InputError
        If weights are negative, or an option is out of its range.

    See Also
    --------
    lowess : The smoother without weights.
    weighted_lowess : The default smoother with weights.

    Notes
    -----
    Without weights the fit is `lowess` [1]_ with its default `delta`. With fewer than
    ``4 + 1/span`` points of positive weight it is a weighted straight line; with a span
    below one point it is `y` itself. Method "loess" [2]_ fits once, whatever `iterations`,
    as the original does.

    References
    ----------
    .. [1] Cleveland WS (1979). J Am Stat Assoc 74:829-836. https://doi.org/10.2307/2286407
    .. [2] Cleveland WS, Grosse E (1991). Stat Comput 1:47-62. https://doi.org/10.1007/BF01890836

    Examples
    --------
    >>> from pylimma import loess_fit
    >>> loess_fit([1, 3, 2, float("nan")], [0, 1, 2, 3], span=0.2).fitted
    array([ 1.,  3.,  2., nan])
    """
    check_paired(y, x, "y", "x")
    check_paired(y, weights, "y", "weights")
    y = vector(y, "y")
    x = vector(x, "x", y.size, "value of `y`")
    prior = None
    if weights is not None:
        prior = vector(weights, "weights", y.size, "value of `y`")
        check_not_negative(prior)
    low = number(min_weight, "min_weight", finite=True)
    check_choice(method, ("weightedLowess", "loess", "locfit"), "method")
    fitted = fitted_values(
        y,
        x,
        prior,
        span=number(span, "span", 0, finite=True),
        iterations=whole(iterations, "iterations", 1, MOST_STEPS),
        weight_range=(max(low, 0.0), number(max_weight, "max_weight")),
        equal_weights_as_null=flag(equal_weights_as_null, "equal_weights_as_null"),
        method=method,
    )
    return SmoothFit(fitted, np.where(np.isfinite(x) & np.isfinite(y), y, np.nan) - fitted)


def fitted_values(
    y: FloatArray,
    x: FloatArray,
    weights: FloatArray | None,
    *,
    span: float,
    iterations: int = 4,
    weight_range: tuple[float, float] = WEIGHT_RANGE,
    equal_weights_as_null: bool = True,
    method: SmoothingMethod = "weightedLowess",
) -> FloatArray:
    """Smoothed response in the order of the input; NaN where `x` or `y` is not finite."""
    used = np.isfinite(x) & np.isfinite(y)
    order = np.flatnonzero(used)[ascending_order(x[used])]
    prior = None
    if weights is not None:
        prior = np.clip(np.nan_to_num(weights[order], posinf=np.inf), *weight_range)
        if equal_weights_as_null and prior.size and np.ptp(prior) < _EQUAL:
            prior = None
    fitted = np.full_like(y, np.nan)
    if order.size:
        at = np.ldexp(x[order], -extreme_exponent(x[order]))
        fitted[order] = smooth_sorted(at, y[order], prior, span, iterations, method)
    return fitted


def fitted_curves(
    y: FloatArray, x: FloatArray, weights: FloatArray | None, *, span: float, iterations: int
) -> FloatArray:
    """Smoothed responses of many scatters, of shape (scatters, points), each as `fitted_values`."""
    prior = [None] * len(y) if weights is None else weights
    curves = [
        fitted_values(*scatter, span=span, iterations=iterations)
        for scatter in zip(y, x, prior, strict=True)
    ]
    return np.reshape(curves, y.shape)


def smooth_sorted(
    x: FloatArray,
    y: FloatArray,
    prior: FloatArray | None,
    span: float,
    iterations: int,
    method: SmoothingMethod = "weightedLowess",
) -> FloatArray:
    """Smoothed response at sorted points, by the method that suits their number and weights."""
    if span < 1 / x.size:
        return y.copy()
    if prior is None:
        return lowess_sorted(x, y, span, iterations - 1)
    n_weighted = np.count_nonzero(prior)
    if n_weighted < 4 + 1 / span:
        return straight_line(x, y, prior)
    if method == "loess":
        return loess_sorted(x, y, prior, span)
    if method == "locfit":
        return locfit_sorted(x, y, prior, span, iterations)
    delta = anchor_distance(x, _ANCHORS)
    return weighted_lowess_sorted(x, y, prior, delta, span, iterations)[0]


def straight_line(x: FloatArray, y: FloatArray, prior: FloatArray) -> FloatArray:
    """Weighted least squares line; level where the weighted x do not differ."""
    total = prior.sum()
    if total == 0:
        return np.full_like(y, np.nan)
    mean_y = prior @ y / total
    u = x - prior @ x / total
    spread = prior @ u**2
    if spread <= _COLLINEAR**2 * (prior @ x**2):
        return np.full_like(y, mean_y)
    line: FloatArray = mean_y + u * ((prior * u) @ (y - mean_y) / spread)
    return line
