"""Straight lines fitted around anchors by kernel-weighted least squares.

Around an anchor :math:`a` with bandwidth :math:`h`, point :math:`j` enters with weight
:math:`k_j r_j`, where :math:`k_j = (1 - |x_j - a|^3 / h^3)^3` [1]_ and
:math:`r_j` is the point's own weight. The line follows from the five sums of
:math:`k_j r_j (1, v_j, v_j^2, y_j, v_j y_j)`, :math:`v_j = x_j - c`. A tile is a block of
anchors by points with one centre :math:`c`; its sums are one matrix product, and its
kernel, which does not depend on :math:`r` or :math:`y`, serves every robustness iteration.
Compiled loops, where there are any, form the same sums about each anchor in one pass.

References
----------
.. [1] Cleveland WS (1979). J Am Stat Assoc 74:829-836. https://doi.org/10.2307/2286407
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import NamedTuple

import numpy as np

from pylimma.numerics import compiled
from pylimma.numerics.smoothing.neighbours import Neighbourhoods, Scatters
from pylimma.typing import BoolArray, FloatArray, IntArray

_TILE = 40_000  # entries of a tile: kernel and scratch stay in the processor's cache
_SHORTEST = 64  # points of a tile, however many its anchors
_SMALL = 32_768  # entries of a tile that cost less than another tile would
_MOST_ANCHORS = 64
_PADDING = 1.5  # entries of a tile over those within some bandwidth
_WIDEST = 6.0  # range of a tile in its smallest bandwidth, which bounds the rounding error
_MOST_KEPT = 4_000_000  # entries of tiles remembered between fits (32 MB)
_SCALE = 8.0  # of the kernel in tiles: a power of two, which changes no digit
_CANCELLED = 1e-3  # spread over raw second moment below which a line is fitted about its mean


class Tile(NamedTuple):
    """A block of anchors by points, with the centre of its sums."""

    anchors: slice
    points: slice
    centre: float

    @property
    def rows(self) -> int:
        """Number of anchors."""
        return int(self.anchors.stop - self.anchors.start)

    @property
    def columns(self) -> int:
        """Number of points."""
        return int(self.points.stop - self.points.start)


def tiles_over(x: FloatArray, where: Neighbourhoods, scatters: Scatters) -> list[Tile]:
    """Tiles over all anchors: runs within a scatter, halved until they are compact."""
    n_anchors = where.at.size
    new = np.flatnonzero(np.diff(scatters.of, prepend=-1))
    place = np.arange(n_anchors) - np.repeat(new, np.diff(new, append=n_anchors))
    starts = place % _MOST_ANCHORS == 0
    width = np.where(where.bandwidth > 0, where.bandwidth, np.inf)
    while True:
        begin = np.flatnonzero(starts)
        rows = np.diff(begin, append=n_anchors)
        first = np.minimum.reduceat(where.first, begin)
        stop = np.maximum.reduceat(where.stop, begin)
        entries = np.add.reduceat(where.stop - where.first, begin)
        reach = x[stop - 1] - x[first]
        compact = ((stop - first) * rows <= np.maximum(_PADDING * entries, _SMALL)) & (
            reach <= _WIDEST * np.minimum.reduceat(width, begin)
        )
        halved = ~compact & (rows > 1)
        if not halved.any():
            break
        starts[begin[halved] + rows[halved] // 2] = True
    centre = 0.5 * (x[first] + x[stop - 1])
    return [
        Tile(slice(a, a + n), slice(start, min(start + max(_SHORTEST, _TILE // n), end)), middle)
        for a, n, low, end, middle in zip(
            *(part.tolist() for part in (begin, rows, first, stop, centre)), strict=True
        )
        for start in range(low, end, max(_SHORTEST, _TILE // n))
    ]


@dataclass(frozen=True, slots=True)
class Lines:
    """Weighted moments around each anchor, and the line they give, for one or more responses."""

    total: FloatArray  # (..., anchors) sum of the weights
    mean_x: FloatArray  # (..., anchors) weighted mean, from the anchor; NaN where the total is zero
    mean_y: FloatArray  # (..., anchors) weighted mean; NaN where the total is zero
    spread: FloatArray  # (..., anchors) weighted sum of squares of x about its mean
    product: FloatArray  # (..., anchors) weighted sum of products of x and y about their means

    def slope(self, level: BoolArray) -> FloatArray:
        """Slopes of the lines; zero where they are taken as `level`."""
        return np.divide(self.product, self.spread, out=np.zeros_like(self.spread), where=~level)

    def value(self, level: BoolArray) -> FloatArray:
        """Heights of the lines at their anchors."""
        return self.mean_y - self.slope(level) * self.mean_x


class LocalLines:
    """Local lines around fixed anchors, fitted again and again under changing weights.

    The responses may have leading axes; they share the points and so the kernels.
    """

    def __init__(self, x: FloatArray, y: FloatArray, where: Neighbourhoods) -> None:
        scatters = where.scatters or Scatters.one(x.size, where.at.size)
        self._x, self._where = x, where
        self._shape = (*y.shape[:-1], where.at.size)
        responses = y.reshape(-1, x.size)
        level = _common_levels(responses, scatters.starts)
        self._level = level[:, scatters.of]
        self._y = responses - np.repeat(level, np.diff(scatters.starts), axis=1)
        if compiled.KERNELS is None:
            self._make_tiles(scatters)

    def _make_tiles(self, scatters: Scatters) -> None:
        """Tiles, and their kernels if there is room to keep them."""
        x, where = self._x, self._where
        self._tiles = tiles_over(x, where, scatters)
        self._centre = np.empty_like(where.at)
        for tile in self._tiles:
            self._centre[tile.anchors] = tile.centre
        self._scaling = _scaling(self._centre, where.at, where.bandwidth)
        self._trimmed = _trimmed(x, where, scatters, self._tiles)
        sizes = [(tile.rows + 3) * tile.columns for tile in self._tiles]
        self._scratch = np.empty(max(sizes))
        self._kept = sum(sizes) <= _MOST_KEPT
        store = np.empty(sum(sizes) if self._kept else max(sizes))
        begins = np.cumsum([0, *sizes[:-1]]) if self._kept else np.zeros(len(sizes), dtype=int)
        self._blocks = [
            store[begin : begin + size].reshape(tile.rows + 3, tile.columns)
            for begin, size, tile in zip(begins.tolist(), sizes, self._tiles, strict=True)
        ]
        if self._kept:
            for tile, block in zip(self._tiles, self._blocks, strict=True):
                self._fill(block, tile)

    def fit(self, weights: FloatArray) -> Lines:
        """Weighted moments around every anchor."""
        weights = weights.reshape(-1, self._x.size)
        kernels = compiled.KERNELS
        lines = self._compiled(kernels, weights) if kernels else self._moments(weights)
        lines.mean_y[:] += self._level
        return Lines(*(getattr(lines, part).reshape(self._shape) for part in Lines.__slots__))

    def _compiled(self, kernels: ModuleType, weights: FloatArray) -> Lines:
        """Moments of every response around every anchor, about their means."""
        where, shape = self._where, self._y.shape
        positions = (np.ascontiguousarray(part) for part in (where.at, where.bandwidth))
        bounds = (where.first, where.stop, where.core_first, where.core_stop)
        moments = np.empty((5, shape[0], where.at.size))
        kernels.local_lines(
            np.ascontiguousarray(self._x),
            self._y,
            np.ascontiguousarray(np.broadcast_to(weights, shape)),
            *positions,
            *(np.ascontiguousarray(bound, dtype=np.int64) for bound in bounds),
            moments,
        )
        return Lines(*moments)

    def _moments(self, weights: FloatArray) -> Lines:
        """The same by tiles."""
        total, first, second, height, product = self._sums(weights)
        with np.errstate(divide="ignore", invalid="ignore"):  # anchors without weight
            mean_x, mean_y = first / total, height / total
            spread, product = second - first * mean_x, product - first * mean_y
            from_anchor = self._centre - self._where.at + mean_x
            lines = Lines(total, from_anchor, mean_y, spread, product)
            cancelled = (spread < _CANCELLED * second) & (self._where.bandwidth > 0)
            for response, anchor in np.argwhere(cancelled).tolist():
                self._fit_about_mean(response, anchor, weights[response], lines)
        return lines

    def _sums(self, weights: FloatArray) -> FloatArray:
        """Sums over the points, of shape (5, responses, anchors)."""
        n_responses = len(self._y)
        sums = np.zeros((5, n_responses, self._where.at.size))
        weighted_y = weights * self._y
        widest = max(tile.columns for tile in self._tiles)
        terms = np.empty(5 * n_responses * widest)
        for tile, block in zip(self._tiles, self._blocks, strict=True):
            if not self._kept:
                self._fill(block, tile)
            part = terms[: 5 * n_responses * tile.columns].reshape(5, n_responses, tile.columns)
            np.multiply(block[:3, None], weights[:, tile.points], out=part[:3])
            np.multiply(block[:2, None], weighted_y[:, tile.points], out=part[3:])
            products = part.reshape(-1, tile.columns) @ block[3:].T
            sums[:, :, tile.anchors] += products.reshape(5, n_responses, tile.rows)
        sums /= _SCALE
        return sums

    def _fill(self, block: FloatArray, tile: Tile) -> None:
        """Write 1, v and v squared, and below them eight times the kernel of each anchor."""
        powers, kernel = block[:3], block[3:]
        powers[0] = 1.0
        np.subtract(self._x[tile.points], tile.centre, out=powers[1])
        np.multiply(powers[1], powers[1], out=powers[2])
        distance = self._scratch[: kernel.size].reshape(kernel.shape)
        np.matmul(self._scaling[tile.anchors], powers[:2], out=distance)
        np.abs(distance, out=distance)
        np.multiply(distance, distance, out=kernel)
        kernel *= distance
        # 8 (1 - d³)³ = (t + |t|)³ with t = 1 - d³ up to d = 1, and 0 beyond: much faster than
        # the larger of t and 0
        np.subtract(1.0, kernel, out=kernel)
        np.abs(kernel, out=distance)
        kernel += distance
        np.multiply(kernel, kernel, out=distance)
        kernel *= distance
        start, end = tile.points.start, tile.points.stop
        for row, first, stop, core_first, core_stop in self._trimmed[tile.anchors.start]:
            if first > start:
                kernel[row, : first - start] = 0.0
            if stop < end:
                kernel[row, max(stop - start, 0) :] = 0.0
            if core_stop > start:
                kernel[row, max(core_first - start, 0) : core_stop - start] = _SCALE

    def _fit_about_mean(
        self, response: int, anchor: int, weights: FloatArray, lines: Lines
    ) -> None:
        """Replace one anchor's moments by sums of centred terms."""
        where, place = self._where, (response, anchor)
        first, core_first = int(where.first[anchor]), int(where.core_first[anchor])
        points = slice(first, int(where.stop[anchor]))
        u = self._x[points] - where.at[anchor]
        w = (1 - np.minimum(np.abs(u / where.bandwidth[anchor]), 1.0) ** 3) ** 3
        w[core_first - first : int(where.core_stop[anchor]) - first] = 1.0
        w *= weights[points]
        total = w.sum()
        y = self._y[response, points]
        mean_x, mean_y = w @ u / total, w @ y / total
        u -= mean_x
        lines.total[place], lines.mean_x[place], lines.mean_y[place] = total, mean_x, mean_y
        lines.spread[place], lines.product[place] = w @ (u * u), (w * u) @ (y - mean_y)


def _trimmed(
    x: FloatArray, where: Neighbourhoods, scatters: Scatters, tiles: list[Tile]
) -> dict[int, list[tuple[int, ...]]]:
    """Rows of each tile, by its first anchor, whose kernel the distance alone does not give.

    They are few, but for anchors without width.
    """
    at, h, last = where.at, where.bandwidth, x.size - 1
    before, after = where.first - 1, where.stop
    left = (before >= scatters.low) & (at - x[np.maximum(before, 0)] < h)
    right = (after < scatters.high) & (x[np.minimum(after, last)] - at < h)
    ends = x[np.minimum(where.core_first, last)], x[np.maximum(where.core_stop, 1) - 1]
    core = (where.core_stop > where.core_first) & ((ends[0] != at) | (ends[1] != at))
    anchors = np.flatnonzero((h == 0) | left | right | core)
    bounds = (where.first, where.stop, where.core_first, where.core_stop)
    begins = np.array([tile.anchors.start for tile in tiles])
    begin = begins[np.searchsorted(begins, anchors, side="right") - 1]
    rows: dict[int, list[tuple[int, ...]]] = {start: [] for start in begins.tolist()}
    parts = (part.tolist() for part in (begin, anchors - begin, *(b[anchors] for b in bounds)))
    for start, *row in zip(*parts, strict=True):
        rows[start].append(tuple(row))
    return rows


def _scaling(centre: FloatArray, at: FloatArray, bandwidth: FloatArray) -> FloatArray:
    """Shift and factor that take x - centre to (x - at) / bandwidth, of shape (anchors, 2)."""
    inverse = np.divide(1.0, bandwidth, out=np.zeros_like(bandwidth), where=bandwidth > 0)
    return np.stack([(centre - at) * inverse, inverse], axis=1)


def _common_levels(y: FloatArray, starts: IntArray) -> FloatArray:
    """Levels that all values of a scatter share, if large beside their differences, else 0."""
    low, high = (end.reduceat(y, starts[:-1], axis=1) for end in (np.minimum, np.maximum))
    return np.where(high - low < np.minimum(np.abs(low), np.abs(high)), low, 0.0)
