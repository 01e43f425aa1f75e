"""Arguments of public functions as numbers, flags and arrays, or refused with their name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pylimma.errors import InputError, InputTypeError, ShapeError

if TYPE_CHECKING:
    from pylimma.typing import FloatArray

MOST_STEPS = 1_000_000  # of an iteration; more would never end
_LONGEST_TEXT = 30  # what is longer is named by its type in a message


def flag(value: Any, argument: str) -> bool:
    """True or False."""
    if isinstance(value, bool | np.bool_) or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise InputTypeError(f"`{argument}` must be True or False; got {described(value)}.")


def number(
    value: Any,
    argument: str,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    inside: bool = False,
) -> float:
    """One number within limits."""
    try:
        array = np.asarray(value)
        result = float(array.item()) if array.dtype.kind in "biufO" else math.nan
    except (TypeError, ValueError, OverflowError):
        array, result = np.array(""), math.nan
    if array.dtype.kind not in "biuf" and math.isnan(result):
        raise InputTypeError(f"`{argument}` must be a number; got {described(value)}.")
    beyond = not low <= result <= high
    if beyond or (inside and math.isfinite(result) and result in (low, high)):
        raise InputError(f"`{argument}` {_within(low, high, inside=inside)}; got {result:g}.")
    return result


def whole(value: Any, argument: str, low: int, high: float = math.inf) -> int:
    """One whole number within limits."""
    result = number(value, argument, low, high)
    if not result.is_integer():
        raise InputError(f"`{argument}` must be a whole number; got {result:g}.")
    return int(result)


def numbers(values: Any, argument: str, ndim: int | None = None) -> FloatArray:
    """Array of floats of anything that holds real numbers."""
    if hasattr(values, "toarray"):
        values = values.toarray()
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(float), np.nan)
    try:
        array = np.asarray(values)
        if array.dtype.kind in "cUSMmV" or any(isinstance(x, str) for x in array.flat[:1]):
            raise TypeError  # noqa: TRY301 - one message for all ways
        array = np.asarray(_without_na(values, array), dtype=float)
    except (TypeError, ValueError, OverflowError, NotImplementedError):
        raise InputTypeError(
            f"`{argument}` must be numbers, real ones; got {described(values)}."
        ) from None
    if ndim is not None and array.ndim != ndim:
        raise ShapeError(f"`{argument}` has {array.ndim} dimensions; {ndim} are expected.")
    return array


def described(value: Any) -> str:
    """Short text for a value: itself, or its kind and shape."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"{type(value).__name__} of shape {shape}"
    text = repr(value) if isinstance(value, str | int | float | complex | None) else ""
    return text if 0 < len(text) <= _LONGEST_TEXT else f"an object of type {type(value).__name__}"


def _without_na(values: Any, array: Any) -> Any:
    """Values whose missing ones may be pandas' NA, which NumPy does not convert."""
    if array.dtype.kind == "O" and hasattr(values, "to_numpy"):
        return values.to_numpy(dtype=float, na_value=np.nan)
    return array


def _within(low: float, high: float, *, inside: bool) -> str:
    if math.isfinite(low) and math.isfinite(high):
        return f"must lie between {low:g} and {high:g}"
    if math.isfinite(low):
        return f"must be {'above' if inside else 'at least'} {low:g}"
    return "must be a number"
