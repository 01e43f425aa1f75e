"""Elements of an axis chosen by position, mask or name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import plain_array
from pylimma.errors import InputError, UnknownNameError, nearest, quoted


def positions(key: Any, size: int, names: pd.Index | None, what: str) -> Any:
    """Positions that an index of any kind stands for."""
    if isinstance(key, slice):
        return key if not isinstance(key.start, str) else _name_slice(key, names, what)
    if isinstance(key, str):
        key = [key]
    array = np.atleast_1d(plain_array(key, what))
    if array.ndim > 1:
        raise InputError(f"Choose {what} by a vector; got an array of shape {array.shape}.")
    if array.dtype == bool:
        if len(array) != size:
            raise InputError(f"A mask of {len(array)} values cannot choose among {size} {what}.")
        return np.flatnonzero(array)
    if array.dtype.kind in "iu":
        wrong = array[(array < -size) | (array >= size)]
        if wrong.size:
            raise UnknownNameError(
                f"No {what} at position {wrong[0]}; there are {size}, counted from 0."
            )
        return array.astype(np.intp)
    if array.size == 0:
        return array.astype(np.intp)
    if array.dtype.kind == "f":
        raise InputError(f"Positions of {what} must be whole numbers; got {array[0]!r}.")
    return _by_name(array, names, what)


def _by_name(wanted: Any, names: pd.Index | None, what: str) -> Any:
    if names is None:
        raise UnknownNameError(f"The {what} have no names; choose them by position or mask.")
    text = names.astype(str)
    first = text[~text.duplicated()]
    place = first.get_indexer(pd.Index([str(name) for name in wanted]))
    if (place < 0).any():
        unknown = [str(name) for name, at in zip(wanted, place, strict=True) if at < 0]
        raise UnknownNameError(
            f"No {what} named {quoted(unknown)}; there are {quoted(nearest(unknown[0], text))}."
        )
    return np.flatnonzero(~text.duplicated())[place]


def _name_slice(key: slice, names: pd.Index | None, what: str) -> slice:
    ends = _by_name(np.array([key.start, key.stop], dtype=object), names, what)
    return slice(int(ends[0]), int(ends[1]) + 1, key.step)


def take_along(value: Any, axes: tuple[str, ...], chosen: Mapping[str, Any]) -> Any:
    """Array with the chosen positions along each of its axes."""
    if np.ndim(value) == 0:
        return value
    for dimension, axis in enumerate(axes):
        if axis in chosen:
            place = chosen[axis]
            if isinstance(place, slice):
                value = value[(slice(None),) * dimension + (place,)]
            else:
                value = np.take(value, place, axis=dimension)
    return value
