"""Robust locally weighted lines through a scatter (lowess)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pylimma.numerics.smoothing.anchors import AnchoredCurve
from pylimma.numerics.smoothing.curve import SmoothCurve
from pylimma.numerics.smoothing.local_lines import Lines, LocalLines
from pylimma.numerics.smoothing.neighbours import Neighbourhoods, ascending_order, nearest_distance
from pylimma.numerics.smoothing.vectors import (
    as_vector,
    require_finite,
    require_number,
    same_length,
)
from pylimma.typing import FloatArray, IntArray

_LEAST_SPREAD = 1e-3  # of the range of x, below which a local line is taken as level
_SETTLED = 1e-7  # of the mean residual, below which the median one counts as zero


def lowess(
    x: ArrayLike,
    y: ArrayLike,
    f: float = 2 / 3,
    iter: int = 3,
    delta: float | None = None,
) -> SmoothCurve:
    r"""Smooth curve through a scatter, by robust local lines.

    Parameters
    ----------
    x, y : array-like of shape (points,)
        Predictor and response; finite numbers in any order.
    f : float
        Share of the points in each neighbourhood, above 0; 1 or more takes all.
    iter : int
        Robustness iterations, 0 or more; the line is fitted ``iter + 1`` times.
    delta : float, optional
        Points within this distance of the last fitted one are interpolated, in units of
        `x`. By default 1% of the range of `x`; 0 fits at every distinct value.

    Returns
    -------
    SmoothCurve
        Components `x`, ascending, and `y`, the smoothed response.

    Raises
    ------
    ShapeError
        If `x` and `y` are no vectors of one length.
    InputError
        If they are empty or hold missing or infinite values, `f` is not positive, or
        `iter` or `delta` is negative.

    See Also
    --------
    loess_fit : Fitted values and residuals in the order of the input, missing values left out.
    weighted_lowess : The same idea with prior weights.

    Notes
    -----
    The line at :math:`x_i` is weighted by :math:`(1 - |x_j - x_i|^3/h_i^3)^3` times a
    robustness weight, where :math:`h_i` reaches the :math:`\lfloor f n \rfloor`-th nearest
    point. Robustness weights are :math:`(1 - r_j^2/s^2)^2` with :math:`s` six times the
    median absolute residual [1]_. As in Cleveland's program [2]_, kernel and robustness
    weight are one below 0.001 and zero beyond 0.999 of :math:`h` or :math:`s`.

    References
    ----------
    .. [1] Cleveland WS (1979). J Am Stat Assoc 74:829-836. https://doi.org/10.2307/2286407
    .. [2] Cleveland WS (1981). Am Stat 35:54. https://doi.org/10.2307/2683591

    Examples
    --------
    >>> from pylimma import lowess
    >>> curve = lowess([1, 2, 3, 4, 5, 6], [2, 4, 5, 4, 5, 9], f=0.8)
    >>> curve.y.round(2)
    array([...])
    """
    x, y = as_vector(x, "x"), as_vector(y, "y")
    same_length("x", x, "y", y)
    require_number("`x` points", x.size, 1)
    require_finite("x", x)
    require_finite("y", y)
    f = require_number("f", f, 0, exclusive=True)
    iter = int(require_number("iter", iter, 0))
    delta = None if delta is None else require_number("delta", delta, 0)
    order = ascending_order(x)
    x = x[order]
    return SmoothCurve(x, lowess_sorted(x, y[order], f, iter, delta))


def lowess_sorted(
    x: FloatArray, y: FloatArray, f: float, iterations: int, delta: float | None = None
) -> FloatArray:
    """Lowess values at sorted points."""
    if x.size == 1:
        return y.copy()
    extent = x[-1] - x[0]
    anchors = _anchors(x, 0.01 * extent if delta is None else delta)
    size = int(np.clip(np.floor(f * x.size + 1e-7), 2, x.size))
    at = x[anchors]
    where = Neighbourhoods.clipped(x, at, nearest_distance(x, at, size))
    local, curve = LocalLines(x, y, where), AnchoredCurve(x, anchors)
    weights = np.ones_like(y)
    for remaining in range(iterations, -1, -1):
        heights = _heights(local.fit(weights), y[anchors], _LEAST_SPREAD * extent)
        fitted = curve.at_points(heights)
        distance = np.abs(y - fitted)
        scale = 6 * np.median(distance) if remaining else 0.0
        if scale <= _SETTLED * distance.mean():
            break
        weights = _robustness(distance, scale)
    return fitted


def _anchors(x: FloatArray, delta: float) -> IntArray:
    """Points at which lines are fitted: each the last within `delta` of the one before."""
    if delta == 0:
        return np.flatnonzero(np.diff(x, prepend=-np.inf) > 0)
    anchors, current, last = [0], 0, x.size - 1
    while x[current] < x[last]:
        reached = int(x.searchsorted(x[current] + delta, side="right")) - 1
        if x[reached] == x[current]:
            reached += 1
        anchors.append(reached)
        current = reached
    return np.array(anchors)


def _heights(lines: Lines, y: FloatArray, least_spread: float) -> FloatArray:
    """Heights of the lines at the anchors; y itself where no point has weight."""
    with np.errstate(divide="ignore", invalid="ignore"):
        level = ~(np.sqrt(lines.spread / lines.total) > least_spread)
    return np.where(lines.total > 0, lines.value(level), y)


def _robustness(distance: FloatArray, scale: float) -> FloatArray:
    """Biweights of absolute residuals, one below 0.001 and zero beyond 0.999 of `scale`."""
    weights = (1 - (distance / scale) ** 2) ** 2
    weights[distance <= 0.001 * scale] = 1
    weights[distance > 0.999 * scale] = 0
    return weights
