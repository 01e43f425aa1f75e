"""Blocks of anchors by points, over which sums are one matrix product."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pylimma.numerics.smoothing.neighbours import Neighbourhoods
from pylimma.typing import FloatArray

_TILE = 40_000  # entries of a tile: kernel and scratch stay in the processor's cache
_SHORTEST = 64  # points of a tile, however many its anchors
_SMALL = 1_024  # entries of a tile that cost less than another tile would
_MOST_ANCHORS = 16
_PADDING = 1.25  # entries of a tile over those within some bandwidth
_WIDEST = 6.0  # range of a tile in its smallest bandwidth, which bounds the rounding error


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
    """Tiles over all anchors, which share them while they stay compact.

    Parameters
    ----------
    x : array of shape (points,)
        Ascending.
    where : Neighbourhoods
        The anchors.

    Returns
    -------
    list of Tile
        Every anchor with all its points, in order.
    """
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
