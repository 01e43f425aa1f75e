"""Checks of the vectors and numbers that smoothers take."""

from __future__ import annotations

from typing import SupportsFloat

import numpy as np
from numpy.typing import ArrayLike

from pylimma.errors import InputError, ShapeError
from pylimma.typing import FloatArray


def as_vector(values: ArrayLike, argument: str) -> FloatArray:
    """One-dimensional float array of what the user gave."""
    try:
        vector = np.asarray(values)
    except ValueError:
        raise ShapeError(f"`{argument}` has rows that differ in length.") from None
    if vector.dtype.kind == "c":
        raise InputError(f"`{argument}` holds complex numbers; real numbers are expected.")
    try:
        vector = np.asarray(vector, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"`{argument}` must be numeric; it is of type {vector.dtype}.") from None
    if vector.size != max(vector.shape, default=1):
        raise ShapeError(f"`{argument}` has shape {vector.shape}; a vector is expected.")
    return vector.reshape(-1)


def same_length(argument: str, values: FloatArray, other: str, reference: FloatArray) -> None:
    """Raise unless two vectors belong to the same points."""
    if values.size != reference.size:
        raise ShapeError(
            f"`{argument}` has {values.size} values and `{other}` {reference.size}; "
            "they must have one for each point."
        )


def require_finite(argument: str, values: FloatArray) -> None:
    """Raise if a vector has missing or infinite values."""
    bad = ~np.isfinite(values)
    if bad.any():
        raise InputError(
            f"`{argument}` has {int(bad.sum())} missing or infinite values, the first at "
            f"position {int(bad.argmax())}; leave these points out, or use `loess_fit`."
        )


def require_number(
    argument: str, value: SupportsFloat, low: float, *, exclusive: bool = False
) -> float:
    """A finite number above a bound, or an error."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = np.nan
    if not np.isfinite(number) or number < low or (exclusive and number == low):
        bound = "greater than" if exclusive else "at least"
        raise InputError(f"`{argument}` must be a finite number {bound} {low:g}; got {value!r}.")
    return number
