"""Robust locally weighted lines through a scatter (lowess), and how much of it they should see."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from pylimma.arguments import MOST_STEPS, check_paired, number, numbers, vector, whole
from pylimma.errors import InputError
from pylimma.numerics.powers import extreme_exponent
from pylimma.numerics.smoothing.local_lines import Lines, LocalLines
from pylimma.numerics.smoothing.neighbours import (
    AnchoredCurve,
    Neighbourhoods,
    Scatters,
    ascending_order,
    nearest_distance,
)
from pylimma.record import Record
from pylimma.typing import FloatArray, IntArray

_LEAST_SPREAD = 1e-3  # of the range of x, below which a local line is taken as level
_CONVERGED = 1e-7  # of the mean residual, below which the median one counts as zero
_DELTA = 0.01  # of the range of x, between anchors
_FEW_ANCHORS = 0.05  # of the points, which are found one by one
_ROUNDING = 1e-7  # which the product of a span and a number of points may lack to a whole number


@dataclass(frozen=True, slots=True, eq=False)
class SmoothCurve(Record):
    """A curve through a scatter of points, in ascending order of x.

    Attributes
    ----------
    x : array of shape (points,)
        The predictor, sorted.
    y : array of shape (points,)
        The smoothed response at these.
    delta : float or None
        Distance between anchors, where it was chosen for the user.
    """

    x: FloatArray
    y: FloatArray
    delta: float | None = None


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
        If `x` and `y` are not vectors of one length.
    InputTypeError
        If an argument is not numeric.
    InputError
        If they are empty or hold missing or infinite values, `f` is not positive, or
        `iter` or `delta` is negative.

    See Also
    --------
    loess_fit : Fitted values and residuals in the order of the input, without missing values.
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
    check_paired(x, y, "x", "y")
    x = vector(x, "x", finite=True)
    y = vector(y, "y", x.size, "point of `x`", finite=True)
    if x.size == 0:
        raise InputError("`x` is empty; at least one point is needed.")
    f = number(f, "f", 0, inside=True, finite=True)
    iter = whole(iter, "iter", 0, MOST_STEPS)
    delta = None if delta is None else number(delta, "delta", 0, finite=True)
    order = ascending_order(x)
    x = x[order]
    return SmoothCurve(x, lowess_sorted(x, y[order], f, iter, delta))


def choose_lowess_span(
    n: ArrayLike = 1000, small_n: float = 50, min_span: float = 0.3, power: float = 1 / 3
) -> float | FloatArray:
    r"""Lowess span that shrinks as the number of points grows.

    Parameters
    ----------
    n : int or array-like
        Numbers of points, at least 1.
    small_n : float
        Up to this number the span is 1.
    min_span : float
        The span approached with many points, between 0 and 1.
    power : float
        How fast it is approached, not negative.

    Returns
    -------
    float, or array of the shape of `n`
        Spans between `min_span` and 1.

    Raises
    ------
    InputTypeError
        If an argument is not numeric.
    InputError
        If a number is not positive, or an option out of its range.

    See Also
    --------
    lowess : Where the span is called `f`.

    Notes
    -----
    .. math:: \min\{1,\; s_{\min} + (1 - s_{\min})(n_0/n)^{\mathrm{power}}\}

    References
    ----------
    .. [1] Cleveland WS (1979). J Am Stat Assoc 74:829-836. https://doi.org/10.2307/2286407

    Examples
    --------
    >>> from pylimma import choose_lowess_span
    >>> round(choose_lowess_span(10_000), 3)
    0.42
    """
    points = numbers(n, "n")
    if not (points > 0).all():
        raise InputError(f"`n` must be positive numbers of points; got {n!r}.")
    small_n = number(small_n, "small_n", 0, finite=True)
    min_span = number(min_span, "min_span", 0, finite=True)
    power = number(power, "power", 0, finite=True)
    span = np.minimum(1.0, min_span + (1 - min_span) * (small_n / points) ** power)
    return float(span) if span.ndim == 0 else span


def lowess_sorted(
    x: FloatArray, y: FloatArray, f: float, iterations: int, delta: float | None = None
) -> FloatArray:
    """Lowess values at sorted points; `delta` is 1% of the range when not given.

    `y` may have leading axes: several responses at the same points.
    """
    if x.size == 1:
        return y.copy()
    if exponent := extreme_exponent(x):
        scaled = None if delta is None else float(np.ldexp(delta, -exponent))
        return lowess_sorted(np.ldexp(x, -exponent), y, f, iterations, scaled)
    return lowess_scatters(x, y, np.array([0, x.size]), f, iterations, delta)


def lowess_scatters(
    x: FloatArray,
    y: FloatArray,
    starts: IntArray,
    f: float,
    iterations: int,
    delta: float | None = None,
) -> FloatArray:
    """Lowess values of sorted scatters laid end to end, which begin at `starts`."""
    sizes = np.diff(starts)
    extent = x[starts[1:] - 1] - x[starts[:-1]]
    gaps = _DELTA * extent if delta is None else np.full(extent.shape, delta)
    parts = [
        begin + _anchors(x[begin:end], gap)
        for (begin, end), gap in zip(pairwise(starts.tolist()), gaps.tolist(), strict=True)
    ]
    anchors = np.concatenate(parts)
    scatters = Scatters(starts, np.repeat(np.arange(sizes.size), [part.size for part in parts]))
    size = np.clip(np.floor(f * sizes + _ROUNDING), np.minimum(2, sizes), sizes).astype(np.intp)
    bandwidth = nearest_distance(x, x[anchors], size[scatters.of], scatters)
    where = Neighbourhoods.clipped(x, x[anchors], bandwidth, scatters)
    local, curve = LocalLines(x, y, where), AnchoredCurve(x, anchors, scatters)
    least_spread = (_LEAST_SPREAD * extent)[scatters.of]
    weights = np.ones_like(y)
    for remaining in range(iterations, -1, -1):
        fitted = curve.at_points(_heights(local.fit(weights), y[..., anchors], least_spread))
        if not remaining:
            break
        distance = np.abs(y - fitted)
        scale = 6 * medians(distance, starts)
        # a scatter that has converged keeps its weights, and so its curve
        moves = ~(scale <= _CONVERGED * np.add.reduceat(distance, starts[:-1], axis=-1) / sizes)
        if not moves.any():
            break
        spread = np.repeat(np.where(moves, scale, np.inf), sizes, axis=-1)
        weights = np.where(np.isinf(spread), weights, robustness_weights(distance, spread))
    return fitted


def medians(values: FloatArray, starts: IntArray) -> FloatArray:
    """Median of each scatter."""
    ends = pairwise(starts.tolist())
    return np.stack([median(values[..., first:stop]) for first, stop in ends], axis=-1)


def median(values: FloatArray) -> FloatArray:
    """Median along the last axis, much faster than NumPy's where nothing is missing."""
    middle = values.shape[-1] // 2
    parts = np.partition(values, middle, axis=-1)
    upper = parts[..., middle]
    if values.shape[-1] % 2:
        return upper
    return np.asarray(0.5 * (parts[..., :middle].max(axis=-1) + upper))


def _anchors(x: FloatArray, delta: float) -> IntArray:
    """Points at which lines are fitted: each the last within `delta` of the one before."""
    if delta == 0:
        return np.flatnonzero(np.diff(x, prepend=-np.inf) > 0)
    anchors, current, end = [0], 0, int(x.searchsorted(x[-1]))
    few = 2 * (x[-1] - x[0]) < _FEW_ANCHORS * x.size * delta  # two steps are longer than delta
    following = None if few else _following(x, x, delta).tolist()
    while current < end:
        here = slice(current, current + 1)
        current = int(_following(x, x[here], delta)[0]) if following is None else following[current]
        anchors.append(current)
    return np.array(anchors)


def _following(x: FloatArray, here: FloatArray, delta: float) -> IntArray:
    """The last points within `delta` of points, or the next beyond their ties."""
    reached = x.searchsorted(here + delta, side="right") - 1
    return reached + (x[reached] == here)


def _heights(lines: Lines, y: FloatArray, least_spread: FloatArray) -> FloatArray:
    """Heights of the lines at the anchors; y itself where no point has weight."""
    with np.errstate(divide="ignore", invalid="ignore"):
        level = ~(np.sqrt(lines.spread / lines.total) > least_spread)
    return np.where(lines.total > 0, lines.value(level), y)


def robustness_weights(distance: FloatArray, scale: FloatArray | float) -> FloatArray:
    """Biweights of absolute residuals, one below 0.001 and zero beyond 0.999 of `scale`."""
    weights = (1 - (distance / scale) ** 2) ** 2
    weights[distance <= 0.001 * scale] = 1
    weights[distance > 0.999 * scale] = 0
    return weights
