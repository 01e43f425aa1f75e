"""Robust local lines with prior weights (weighted lowess)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pylimma.arguments import MOST_STEPS, check_paired, number, vector, whole
from pylimma.errors import InputError, check_choice
from pylimma.numerics.powers import extreme_exponent
from pylimma.numerics.smoothing.local_lines import Lines, LocalLines
from pylimma.numerics.smoothing.lowess import SmoothCurve
from pylimma.numerics.smoothing.neighbours import (
    AnchoredCurve,
    Neighbourhoods,
    Scatters,
    ascending_order,
    bisected,
    nearest_window,
)
from pylimma.record import Record
from pylimma.typing import FloatArray, IntArray

_NARROW = 1e-7  # bandwidth, spread of x and relative scale of residuals that count as zero
_DOUBT = 1e-9  # of the total weight, within which a running sum may round either way


@dataclass(frozen=True, slots=True, eq=False)
class SmoothFit(Record):
    """A smooth fit in the order of the input.

    Attributes
    ----------
    fitted : array of shape (points,)
        The smoothed response.
    residuals : array of shape (points,)
        Response minus `fitted`.
    weights : array of shape (points,) or None
        Robustness weights, between 0 and 1.
    delta : float or None
        Distance between anchors.
    """

    fitted: FloatArray
    residuals: FloatArray
    weights: FloatArray | None = None
    delta: float | None = None


def weighted_lowess(
    x: ArrayLike,
    y: ArrayLike,
    weights: ArrayLike | None = None,
    delta: float | None = None,
    npts: float = 200,
    span: float = 0.3,
    iterations: int = 4,
    output_style: Literal["loess", "lowess"] = "loess",
) -> SmoothFit | SmoothCurve:
    r"""Smooth fit to a scatter by robust local lines that respect prior weights.

    A point of weight 2 counts as two points, both in a line and in the size of its
    neighbourhood.

    Parameters
    ----------
    x, y : array-like of shape (points,)
        Predictor and response; finite numbers in any order.
    weights : array-like of shape (points,), optional
        Prior weights, not negative; by default all 1.
    delta : float, optional
        Lines are fitted at anchors further apart than this, in units of `x`; 0 makes
        every distinct value an anchor. By default chosen for about `npts` anchors.
    npts : int
        Approximate number of anchors, at least 1.
    span : float
        Share of the total weight in each neighbourhood, between 0 and 1.
    iterations : int
        Number of fits, at least 1; every fit after the first is robust.
    output_style : {"loess", "lowess"}
        Order of the result: that of the input, or ascending `x`.

    Returns
    -------
    SmoothFit or SmoothCurve
        Style "loess": `fitted`, `weights` (robustness weights after the last fit),
        `residuals` and `delta`. Style "lowess": `x` and `y`, sorted, and `delta`.

    Raises
    ------
    ShapeError
        If `x`, `y` and `weights` are not vectors of one length.
    InputTypeError
        If an argument is not numeric.
    InputError
        If there are fewer than two points, missing or infinite values, negative weights,
        or an option out of its range.

    See Also
    --------
    lowess : Without prior weights.
    loess_fit : Chooses between the two, and excludes missing values.

    Notes
    -----
    The neighbourhood of an anchor collects the nearest points until their prior weights
    reach `span` of the total; :math:`h` is its largest distance. A point enters the line
    with :math:`w_j r_j (1 - |x_j - x|^3/h^3)^3`, where :math:`w_j` is its prior and
    :math:`r_j = (1 - e_j^2/s^2)_+^2` its robustness weight, :math:`s` being six times the
    weighted median of the absolute residuals :math:`|e_j|` [1]_ [2]_. Between anchors the
    curve is linear.

    References
    ----------
    .. [1] Cleveland WS (1979). J Am Stat Assoc 74:829-836. https://doi.org/10.2307/2286407
    .. [2] Ritchie ME et al. (2015). Nucleic Acids Res 43:e47. https://doi.org/10.1093/nar/gkv007

    Examples
    --------
    >>> from pylimma import weighted_lowess
    >>> weighted_lowess([1, 2, 3, 4], [1, 2, 9, 4], weights=[1, 1, 0, 1], span=1).delta
    0.0
    """
    check_paired(x, y, "x", "y")
    check_paired(x, weights, "x", "weights")
    x = vector(x, "x", finite=True)
    y = vector(y, "y", x.size, "point of `x`", finite=True)
    prior = np.ones_like(x)
    if weights is not None:
        prior = vector(weights, "weights", x.size, "point of `x`", finite=True)
    if x.size < 2:
        raise InputError(f"`x` has {x.size} values; at least two points are needed.")
    check_not_negative(prior)
    check_choice(output_style, ("loess", "lowess"), "output_style")
    n_anchors = whole(npts, "npts", 1)
    fits = whole(iterations, "iterations", 1, MOST_STEPS)
    span = number(span, "span", 0, finite=True)

    order = ascending_order(x)
    x = x[order]
    delta = (
        anchor_distance(x, n_anchors) if delta is None else number(delta, "delta", 0, finite=True)
    )
    exponent = extreme_exponent(x)
    fitted, robustness = weighted_lowess_sorted(
        np.ldexp(x, -exponent),
        y[order],
        prior[order],
        float(np.ldexp(delta, -exponent)),
        span,
        fits,
    )
    if output_style == "lowess":
        return SmoothCurve(x, fitted, delta)
    back = np.empty_like(order)
    back[order] = np.arange(order.size)
    fitted = fitted[back]
    return SmoothFit(fitted, y - fitted, robustness[back], delta)


def check_not_negative(weights: FloatArray) -> None:
    """Raise if a weight is negative."""
    if (weights < 0).any():
        raise InputError(f"`weights` has {int((weights < 0).sum())} negative values.")


def anchor_distance(x: FloatArray, n_anchors: int) -> float:
    """Distance between anchors that leaves about as many as asked for."""
    if n_anchors >= x.size:
        return 0.0
    # Without the k largest gaps, the range is shared by the other anchors; the least share counts.
    # Evenly spaced points lie exactly this far apart, so the sum must not round early.
    covered = np.cumsum(np.sort(np.diff(x)), dtype=np.longdouble).astype(np.float64)
    taken = np.arange(n_anchors)
    return float(np.min(covered[x.size - 2 - taken] / (n_anchors - taken)))


def weighted_lowess_sorted(
    x: FloatArray, y: FloatArray, prior: FloatArray, delta: float, span: float, fits: int
) -> tuple[FloatArray, FloatArray]:
    """Weighted lowess values at sorted points, and the robustness weights after the last fit."""
    starts = np.array([0, x.size])
    return weighted_lowess_scatters(x, y, prior, starts, np.array([delta]), span, fits)


def weighted_lowess_scatters(
    x: FloatArray,
    y: FloatArray,
    prior: FloatArray,
    starts: IntArray,
    delta: FloatArray,
    span: float,
    fits: int,
) -> tuple[FloatArray, FloatArray]:
    """The same for sorted scatters laid end to end, which begin at `starts`."""
    sizes, ends = np.diff(starts), list(pairwise(starts.tolist()))
    parts = [
        begin + _anchors(x[begin:end], gap)
        for (begin, end), gap in zip(ends, delta.tolist(), strict=True)
    ]
    anchors = np.concatenate(parts)
    scatters = Scatters(starts, np.repeat(np.arange(sizes.size), [part.size for part in parts]))
    where = _neighbourhoods(x, anchors, prior, span, scatters)
    local = LocalLines(x, y, where)
    closest = 1e-7 * (x[starts[1:] - 1] - x[starts[:-1]]) / sizes
    curve = AnchoredCurve(x, anchors, scatters, closest[scatters.of])
    robustness = np.ones_like(y)
    for _ in range(fits):
        lines = local.fit(prior * robustness)
        fitted = curve.at_points(_heights(lines, where))
        distance = np.abs(y - fitted)
        scale = np.array([_residual_scale(distance[a:b], prior[a:b]) for a, b in ends])
        # a scatter that has converged keeps its weights, and so its curve
        moves = ~(scale <= _NARROW * np.add.reduceat(distance, starts[:-1]) / sizes)
        if not moves.any():
            break
        with np.errstate(divide="ignore", invalid="ignore"):
            share = distance / np.repeat(np.where(moves, scale, np.inf), sizes)
        weights = np.where(share < 1, (1 - share**2) ** 2, 0.0)
        robustness = np.where(np.repeat(moves, sizes), weights, robustness)
    return fitted, robustness


def _anchors(x: FloatArray, delta: float) -> IntArray:
    """First and last point, and those further than `delta` from the anchor before."""
    last = x.size - 1
    if delta == 0:
        distinct = np.flatnonzero(np.diff(x[:-1], prepend=-np.inf) > 0)
        return np.append(distinct, last)
    points, anchors = x.tolist(), [0]
    while anchors[-1] < last:
        anchors.append(_first_beyond(points, anchors[-1], delta))
    return np.array(anchors)


def _first_beyond(points: list[float], anchor: int, delta: float) -> int:
    """First point further than `delta` from an anchor, as the difference rounds, or the last."""
    here = points[anchor]

    def distance(value: float) -> float:
        return value - here

    return bisect_right(points, delta, anchor + 1, len(points) - 1, key=distance)


class _Weight(NamedTuple):
    """Weight of any consecutive points of a scatter, from sums over those before."""

    sums: FloatArray  # (points + scatters,) each scatter's begin with 0
    total: FloatArray  # (scatters,)

    @classmethod
    def of(cls, prior: FloatArray, starts: IntArray) -> _Weight:
        """Sums of every scatter for itself, which so round as they would alone."""
        sums = np.zeros(prior.size + starts.size - 1)
        for place, (begin, end) in enumerate(pairwise(starts.tolist())):
            np.cumsum(prior[begin:end], out=sums[begin + place + 1 : end + place + 1])
        return cls(sums, sums[starts[1:] + np.arange(starts.size - 1)])

    def between(self, first: IntArray, size: IntArray, scatter: IntArray) -> FloatArray:
        """Weights of `size` points from `first` on."""
        return self.sums[first + scatter + size] - self.sums[first + scatter]


def _neighbourhoods(
    x: FloatArray, anchors: IntArray, prior: FloatArray, span: float, scatters: Scatters
) -> Neighbourhoods:
    """Windows of the nearest points that hold the share `span` of the prior weight."""
    at, weight = x[anchors], _Weight.of(prior, scatters.starts)
    total = weight.total[scatters.of]
    target = span * total
    doubt = 0.0 if np.all(prior == np.rint(prior)) else _DOUBT * total
    size, first = _least_window(x, anchors, weight, target - doubt, scatters)
    if np.any(doubt):
        uncertain = weight.between(first, size, scatters.of) < target + doubt
        uncertain &= size < scatters.high - scatters.low
        for number in np.flatnonzero(uncertain):
            own = slice(*scatters.starts[scatters.of[number] + np.arange(2)])
            anchor = anchors[number] - own.start
            size[number] = _counted_size(x[own], anchor, prior[own], target[number])
        if uncertain.any():
            first = _window(x, anchors, size, scatters)
    last = first + size - 1
    bandwidth = np.maximum(at - x[first], x[last] - at)
    # both ends take in what is tied
    left, right = x[first], x[last]
    first = bisected(scatters.low, first, lambda place: x[place] < left)
    stop = bisected(last, scatters.high, lambda place: x[place] <= right)
    bandwidth[bandwidth < _NARROW] = 0.0
    return Neighbourhoods(at, bandwidth, first, stop, first, first, scatters)


def _window(x: FloatArray, anchors: IntArray, size: IntArray, scatters: Scatters) -> IntArray:
    """First of the `size` nearest points, the anchor among them."""
    low = np.maximum(anchors - size + 1, scatters.low)
    return nearest_window(x, x[anchors], size, low, np.minimum(anchors, scatters.high - size))


def _least_window(
    x: FloatArray, anchors: IntArray, weight: _Weight, target: FloatArray, scatters: Scatters
) -> tuple[IntArray, IntArray]:
    """Sizes and first points of the least windows of nearest points that reach a weight."""
    # By bisection between a window too light, of size `short` from `inner` on, and a larger one
    # from `outer` on. Windows of nearest points are nested, so these bound those between.
    short, inner = np.ones_like(anchors), anchors
    enough = weight.between(inner, short, scatters.of) >= target
    size = np.where(enough, 1, scatters.high - scatters.low)
    outer = np.where(enough, anchors, scatters.low)
    while (size - short > 1).any():
        middle = (short + size) // 2
        low = np.maximum(outer, inner - (middle - short))
        high = np.minimum(inner, outer + (size - middle))
        first = nearest_window(x, x[anchors], middle, low, high)
        light = weight.between(first, middle, scatters.of) < target
        short, inner = np.where(light, middle, short), np.where(light, first, inner)
        size, outer = np.where(light, size, middle), np.where(light, outer, first)
    return size, outer


def _counted_size(x: FloatArray, anchor: int, prior: FloatArray, target: float) -> int:
    """The same for one anchor, adding the weights one by one in order of distance."""
    outwards = np.concatenate([np.arange(anchor, x.size), np.arange(anchor - 1, -1, -1)])
    outwards = outwards[np.argsort(np.abs(x[outwards] - x[anchor]), kind="stable")]
    outwards = np.concatenate([[anchor], outwards[outwards != anchor]])
    reached = np.cumsum(prior[outwards]) >= target
    return int(reached.argmax()) + 1 if reached.any() else x.size


def _heights(lines: Lines, where: Neighbourhoods) -> FloatArray:
    """Heights of the lines; the mean where the points are all but at one place."""
    return lines.value((where.bandwidth == 0) | ~(lines.spread >= _NARROW))


def _residual_scale(distance: FloatArray, prior: FloatArray) -> float:
    """Six times the weighted median of the absolute residuals."""
    order = np.argsort(distance)
    cumulated = np.cumsum(prior[order])
    half = cumulated[-1] / 2
    place = int(np.searchsorted(cumulated, half))
    median = distance[order[place]]
    if cumulated[place] == half and place + 1 < order.size:
        return float(3 * (median + distance[order[place + 1]]))
    return float(6 * median)
