"""Linear interpolation through points that may be tied."""

from __future__ import annotations

import numpy as np

from pylimma.numerics.smoothing.neighbours import ascending_order
from pylimma.typing import FloatArray


def interpolate(x: FloatArray, y: FloatArray, xout: FloatArray) -> FloatArray:
    """Values of the broken line through points, constant beyond both ends."""
    order = ascending_order(x)
    x, y = x[order], y[order]
    first = np.flatnonzero(np.diff(x, prepend=-np.inf) > 0)
    if first.size < x.size:
        y = np.add.reduceat(y, first) / np.diff(first, append=x.size)
        x = x[first]
    line: FloatArray = np.interp(xout, x, y)
    return line
