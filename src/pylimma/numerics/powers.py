"""Powers of two that bring values near 1, so that their squares are representable."""

from __future__ import annotations

import numpy as np

from pylimma.typing import FloatArray, IntArray

_SAFE_EXPONENT = 300  # of two: squares of values neither vanish nor overflow


def binary_exponent(values: FloatArray, axis: int | None = None) -> IntArray:
    """Exponent of the largest value; `np.ldexp(values, -exponent)` changes no digit."""
    exponent: IntArray = np.frexp(np.abs(values).max(axis=axis, initial=0.0))[1]
    return exponent


def extreme_exponent(values: FloatArray) -> int:
    """Exponent of the largest value where its squares may not be representable, else 0."""
    exponent = int(binary_exponent(values))
    return exponent if abs(exponent) > _SAFE_EXPONENT else 0
