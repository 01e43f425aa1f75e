"""Straight lines fitted around anchors by kernel-weighted least squares.

Around an anchor :math:`a` with bandwidth :math:`h`, point :math:`j` enters with weight
:math:`k_j r_j`, where :math:`k_j = (1 - |x_j - a|^3 / h^3)^3` [1]_ and
:math:`r_j` is the point's own weight. The line follows from the five sums of
:math:`k_j r_j (1, v_j, v_j^2, y_j, v_j y_j)`, :math:`v_j = x_j - c`. A tile is a block of
anchors by points with one centre :math:`c`; its sums are one matrix product, and its
kernel, which does not depend on :math:`r` or :math:`y`, serves every robustness iteration.

References
----------
.. [1] Cleveland WS (1979). J Am Stat Assoc 74:829-836. https://doi.org/10.2307/2286407
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pylimma.numerics.smoothing.neighbours import Neighbourhoods
from pylimma.typing import BoolArray, FloatArray

_TILE = 40_000  # entries of a tile: kernel and scratch stay in the processor's cache
_SHORTEST = 64  # points of a tile, however many its anchors
_SMALL = 1_024  # entries of a tile that cost less than another tile would
_MOST_ANCHORS = 16
_PADDING = 1.25  # entries of a tile over those within some bandwidth
_WIDEST = 6.0  # range of a tile in its smallest bandwidth, which bounds the rounding error
_MOST_KEPT = 4_000_000  # entries of tiles remembered between fits (32 MB)
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


class _Block(NamedTuple):
    """Consecutive anchors and the points around them."""

    begin: int
    end: int
    first: int
    stop: int
    entries: int  # points within bandwidths, summed over anchors
    narrowest: float

    def joined(self, other: _Block) -> _Block:
        return _Block(
            self.begin,
            other.end,
            min(self.first, other.first),
            max(self.stop, other.stop),
            self.entries + other.entries,
            min(self.narrowest, other.narrowest),
        )

    def is_compact(self, x: FloatArray) -> bool:
        rows = self.end - self.begin
        return (
            rows <= _MOST_ANCHORS
            and (self.stop - self.first) * rows <= max(_PADDING * self.entries, _SMALL)
            and bool(x[self.stop - 1] - x[self.first] <= _WIDEST * self.narrowest)
        )

    def tiles(self, x: FloatArray) -> list[Tile]:
        centre = float(0.5 * (x[self.first] + x[self.stop - 1]))
        step = max(_SHORTEST, _TILE // (self.end - self.begin))
        return [
            Tile(slice(self.begin, self.end), slice(start, min(start + step, self.stop)), centre)
            for start in range(self.first, self.stop, step)
        ]


def tiles_over(x: FloatArray, where: Neighbourhoods) -> list[Tile]:
    """Tiles over all anchors, which share them while they stay compact."""
    blocks: list[_Block] = []
    first, stop, bandwidth = where.first.tolist(), where.stop.tolist(), where.bandwidth.tolist()
    for anchor, (begin, end, h) in enumerate(zip(first, stop, bandwidth, strict=True)):
        block = _Block(anchor, anchor + 1, begin, end, end - begin, h or np.inf)
        joined = blocks[-1].joined(block) if blocks else block
        if blocks and joined.is_compact(x):
            blocks[-1] = joined
        else:
            blocks.append(block)
    return [tile for block in blocks for tile in block.tiles(x)]


@dataclass(frozen=True, slots=True)
class Lines:
    """Weighted moments around each anchor, and the line they give."""

    total: FloatArray  # (anchors,) sum of the weights
    mean_x: FloatArray  # (anchors,) weighted mean, from the anchor; NaN where the total is zero
    mean_y: FloatArray  # (anchors,) weighted mean; NaN where the total is zero
    spread: FloatArray  # (anchors,) weighted sum of squares of x about its mean
    product: FloatArray  # (anchors,) weighted sum of products of x and y about their means

    def slope(self, level: BoolArray) -> FloatArray:
        """Slopes of the lines; zero where they are taken as `level`."""
        return np.divide(self.product, self.spread, out=np.zeros_like(self.spread), where=~level)

    def value(self, level: BoolArray) -> FloatArray:
        """Heights of the lines at their anchors."""
        return self.mean_y - self.slope(level) * self.mean_x


class LocalLines:
    """Local lines around fixed anchors, fitted again and again under changing weights."""

    def __init__(self, x: FloatArray, y: FloatArray, where: Neighbourhoods) -> None:
        self._x, self._where = x, where
        self._level = _common_level(y)
        self._y = y - self._level
        self._ends = list(
            zip(
                where.first.tolist(),
                where.stop.tolist(),
                where.core_first.tolist(),
                where.core_stop.tolist(),
                strict=True,
            )
        )
        self._tiles = tiles_over(x, where)
        self._centre = np.empty_like(where.at)
        for tile in self._tiles:
            self._centre[tile.anchors] = tile.centre
        self._scaling = _scaling(self._centre, where.at, where.bandwidth)
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
        total, first, second, height, product = self._sums(weights)
        with np.errstate(divide="ignore", invalid="ignore"):  # anchors without weight
            mean_x, mean_y = first / total, height / total
            spread, product = second - first * mean_x, product - first * mean_y
            from_anchor = self._centre - self._where.at + mean_x
            lines = Lines(total, from_anchor, mean_y, spread, product)
            cancelled = (spread < _CANCELLED * second) & (self._where.bandwidth > 0)
            for anchor in np.flatnonzero(cancelled).tolist():
                self._fit_about_mean(anchor, weights, lines)
        lines.mean_y[:] += self._level
        return lines

    def _sums(self, weights: FloatArray) -> FloatArray:
        """Sums over the points, of shape (5, anchors)."""
        sums = np.zeros((5, self._where.at.size))
        weighted_y = weights * self._y
        terms = np.empty((5, max(tile.columns for tile in self._tiles)))
        for tile, block in zip(self._tiles, self._blocks, strict=True):
            if not self._kept:
                self._fill(block, tile)
            part = terms[:, : tile.columns]
            np.multiply(block[:3], weights[tile.points], out=part[:3])
            np.multiply(block[:2], weighted_y[tile.points], out=part[3:])
            sums[:, tile.anchors] += part @ block[3:].T
        return sums

    def _fill(self, block: FloatArray, tile: Tile) -> None:
        """Write 1, v and v squared, and below them the kernel of each anchor."""
        powers, kernel = block[:3], block[3:]
        powers[0] = 1.0
        np.subtract(self._x[tile.points], tile.centre, out=powers[1])
        np.multiply(powers[1], powers[1], out=powers[2])
        distance = self._scratch[: kernel.size].reshape(kernel.shape)
        np.matmul(self._scaling[tile.anchors], powers[:2], out=distance)
        np.abs(distance, out=distance)
        np.multiply(distance, distance, out=kernel)  # (1 - d³)³, in place
        kernel *= distance
        np.subtract(1.0, kernel, out=kernel)
        np.multiply(kernel, kernel, out=distance)
        kernel *= distance
        start = tile.points.start
        for row, (first, stop, core_first, core_stop) in zip(
            kernel, self._ends[tile.anchors], strict=True
        ):
            if first > start:
                row[: first - start] = 0.0
            if stop < tile.points.stop:
                row[max(stop - start, 0) :] = 0.0
            if core_stop > start:
                row[max(core_first - start, 0) : core_stop - start] = 1.0

    def _fit_about_mean(self, anchor: int, weights: FloatArray, lines: Lines) -> None:
        """Replace one anchor's moments by sums of centred terms."""
        first, stop, core_first, core_stop = self._ends[anchor]
        points = slice(first, stop)
        u = self._x[points] - self._where.at[anchor]
        w = (1 - np.abs(u / self._where.bandwidth[anchor]) ** 3) ** 3
        w[core_first - first : core_stop - first] = 1.0
        w *= weights[points]
        total = w.sum()
        y = self._y[points]
        mean_x, mean_y = w @ u / total, w @ y / total
        u -= mean_x
        lines.total[anchor], lines.mean_x[anchor], lines.mean_y[anchor] = total, mean_x, mean_y
        lines.spread[anchor], lines.product[anchor] = w @ (u * u), (w * u) @ (y - mean_y)


def _scaling(centre: FloatArray, at: FloatArray, bandwidth: FloatArray) -> FloatArray:
    """Shift and factor that take x - centre to (x - at) / bandwidth, of shape (anchors, 2)."""
    inverse = np.divide(1.0, bandwidth, out=np.zeros_like(bandwidth), where=bandwidth > 0)
    return np.stack([(centre - at) * inverse, inverse], axis=1)


def _common_level(y: FloatArray) -> float:
    """A level that all values share, if it is large beside their differences, else 0."""
    low, high = float(y.min()), float(y.max())
    return low if high - low < min(abs(low), abs(high)) else 0.0
