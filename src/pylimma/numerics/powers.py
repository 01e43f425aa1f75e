"""Powers of two that bring values near 1, so that their squares are representable."""

from __future__ import annotations

import numpy as np

from pylimma.typing import FloatArray, IntArray


def binary_exponent(values: FloatArray, axis: int | None = None) -> IntArray:
    """Exponent of the largest value; `np.ldexp(values, -exponent)` changes no digit."""
    exponent: IntArray = np.frexp(np.abs(values).max(axis=axis, initial=0.0))[1]
    return exponent
