"""Curves known at a few anchors among sorted points."""

from __future__ import annotations

import numpy as np

from pylimma.typing import FloatArray, IntArray


class AnchoredCurve:
    """Linear interpolation from anchors to all points between them."""

    def __init__(self, x: FloatArray, anchors: IntArray, closest: float = 0.0) -> None:
        ends = np.append(anchors, x.size)
        self._anchors = anchors
        self._left = np.repeat(np.arange(anchors.size), np.diff(ends))
        self._right = np.minimum(self._left + 1, anchors.size - 1)
        at = x[anchors]
        gap = np.diff(at, append=at[-1])
        apart = gap > closest
        share = np.divide(x - at[self._left], np.where(apart, gap, 1.0)[self._left])
        self._share = np.where(apart[self._left], share, 0.5)
        self._share[anchors[-1] :] = 0.0

    def at_points(self, values: FloatArray) -> FloatArray:
        """Values of the curve at every point."""
        rise = np.diff(values, append=values[-1])
        curve = rise[self._left]
        curve *= self._share
        curve += values[self._left]
        curve[self._anchors] = values
        return curve
