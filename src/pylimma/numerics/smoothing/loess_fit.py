"""Smooth fits that choose the smoother and exclude missing values."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from pylimma.arguments import MOST_STEPS, check_paired, flag, number, vector, whole
from pylimma.errors import check_choice
from pylimma.numerics.blocks import map_blocks
from pylimma.numerics.powers import extreme_exponent
from pylimma.numerics.smoothing.loess import locfit_sorted, loess_sorted
from pylimma.numerics.smoothing.lowess import lowess_scatters, lowess_sorted
from pylimma.numerics.smoothing.neighbours import ascending_order, ascending_orders
from pylimma.numerics.smoothing.weighted_lowess import (
    SmoothFit,
    anchor_distance,
    check_not_negative,
    weighted_lowess_scatters,
    weighted_lowess_sorted,
)
from pylimma.numerics.threads import with_threads
from pylimma.typing import FloatArray

SmoothingMethod: TypeAlias = Literal["weightedLowess", "loess", "locfit"]

WEIGHT_RANGE = 1e-5, 1e5
_ANCHORS = 200
ITERATIONS = 4
_BATCH = 20_000  # points of the scatters that are smoothed together
_RESPONSES = 8  # at the same points that are smoothed together
_FEWEST = 2  # points that are smoothed with others
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
    *,
    n_jobs: int | None = None,
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
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

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
    with with_threads(n_jobs):
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
    iterations: int = ITERATIONS,
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
    """Smoothed responses of many scatters, of shape (scatters, points), each as `fitted_values`.

    Scatters are smoothed in batches, laid end to end.
    """
    used = np.isfinite(x) & np.isfinite(y)
    sizes = used.sum(axis=1)
    batch = np.cumsum(sizes) // _BATCH
    starts = np.flatnonzero(np.diff(batch, prepend=-1))

    def of_batch(rows: slice) -> FloatArray:
        at = np.where(used[rows], x[rows], np.inf)  # what is not used comes last
        order = ascending_orders(at)
        at, responses = (np.take_along_axis(v, order, axis=1) for v in (at, y[rows]))
        scatters = []
        for row, size in enumerate(sizes[rows].tolist()):
            prior = None
            if weights is not None:
                prior = _prior(weights[rows][row, order[row, :size]], WEIGHT_RANGE)
            exponent = extreme_exponent(at[row, [0, size - 1]]) if size else 0
            place = np.ldexp(at[row, :size], -exponent) if exponent else at[row, :size]
            scatters.append(_Scatter(place, responses[row, :size], prior))
        fitted = np.full(at.shape, np.nan)
        for row, curve in enumerate(_smoothed(scatters, span, iterations)):
            fitted[row, order[row, : curve.size]] = curve
        return fitted

    ends = pairwise([*starts.tolist(), len(y)])
    return np.concatenate(map_blocks(of_batch, [slice(*rows) for rows in ends]))


def curves_along(
    y: FloatArray, x: FloatArray, weights: FloatArray | None, *, span: float
) -> FloatArray:
    """Smoothed responses, of shape (responses, points), at the same points; as `fitted_values`.

    Responses known at the same points share neighbourhoods and kernels.
    """
    shared = weights is None or np.ptp(np.clip(weights, *WEIGHT_RANGE)) < _EQUAL
    known = np.flatnonzero(np.isfinite(x))
    whole = np.full(len(y), shared and known.size > 0)
    whole &= np.isfinite(y[:, known]).all(axis=1)
    order = known[ascending_order(x[known])]
    at = np.ldexp(x[order], -extreme_exponent(x[order]))

    def of_responses(rows: slice) -> FloatArray:
        fitted = np.full(y[rows].shape, np.nan)
        together = np.flatnonzero(whole[rows])
        if together.size:
            curves = smooth_sorted(at, y[rows][np.ix_(together, order)], None, span, ITERATIONS)
            fitted[np.ix_(together, order)] = curves
        for row in np.flatnonzero(~whole[rows]):
            fitted[row] = fitted_values(y[rows][row], x, weights, span=span)
        return fitted

    starts = range(0, len(y), _RESPONSES)
    return np.concatenate(
        map_blocks(of_responses, [slice(start, start + _RESPONSES) for start in starts])
    )


class _Scatter(NamedTuple):
    """Sorted points with a response, and prior weights unless all are equal."""

    x: FloatArray
    y: FloatArray
    prior: FloatArray | None


def _prior(weights: FloatArray, weight_range: tuple[float, float]) -> FloatArray | None:
    """Weights within a range, missing ones 0 before; None where they are equal."""
    prior = np.clip(np.nan_to_num(weights, posinf=np.inf), *weight_range)
    return None if prior.size and np.ptp(prior) < _EQUAL else prior


def _smoothed(scatters: list[_Scatter], span: float, iterations: int) -> list[FloatArray]:
    """Smoothed responses of sorted scatters, those of one method in one go."""
    result = [np.empty(0)] * len(scatters)
    plain: list[int] = []
    weighted: list[int] = []
    for place, (x, y, prior) in enumerate(scatters):
        if x.size * span < 1 or x.size < _FEWEST or (prior is not None and x.size < 4 + 1 / span):
            result[place] = smooth_sorted(x, y, prior, span, iterations) if x.size else y
        else:
            (plain if prior is None else weighted).append(place)
    for places in (plain, weighted):
        if not places:
            continue
        chosen = [scatters[place] for place in places]
        starts = np.cumsum([0, *(scatter.x.size for scatter in chosen)])
        x, y = (np.concatenate([scatter[part] for scatter in chosen]) for part in range(2))
        if places is plain:
            fitted = lowess_scatters(x, y, starts, span, iterations - 1)
        else:
            prior = np.concatenate([scatter.prior for scatter in chosen])
            delta = np.array([anchor_distance(scatter.x, _ANCHORS) for scatter in chosen])
            fitted, _ = weighted_lowess_scatters(x, y, prior, starts, delta, span, iterations)
        for place, curve in zip(places, np.split(fitted, starts[1:-1]), strict=True):
            result[place] = curve
    return result


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
