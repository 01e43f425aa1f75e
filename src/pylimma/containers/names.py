"""Names of genes, samples and coefficients: how they compare, choose elements, and read as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import plain_array
from pylimma.errors import InputError, UnknownNameError, nearest, quoted
from pylimma.typing import IntArray

INTERCEPT = "(Intercept)"
CONTRAST_INTERCEPT = "Intercept"
INTERCEPTS = (INTERCEPT, CONTRAST_INTERCEPT)  # R's name of it, and the one of a contrast
SIGNIFICANT_DIGITS = 15  # digits of a double that are surely right


def names_of(index: Any) -> pd.Index | None:
    """Names that say something; None where an index only counts."""
    if index is None:
        return None
    index = pd.Index(index)
    if isinstance(index, pd.RangeIndex) or len(index) == 0:
        return None
    first = index[0]
    if str(first) == "1" or (str(first) == "0" and not isinstance(first, str)):
        count = pd.RangeIndex(int(first), int(first) + len(index))
        if index.astype(str).equals(count.astype(str)):
            return None
    return index


def unique_names(index: pd.Index) -> pd.Index:
    """Names made unique: each of several equal ones gets a number, all of the same width."""
    if index.is_unique:
        return index
    text = pd.Series(index.astype(str))
    groups = text.groupby(text)
    number = (groups.cumcount() + 1).astype(str)
    size = groups.transform("size")
    padded = [n.zfill(len(str(k))) for n, k in zip(number, size, strict=True)]
    return pd.Index(np.where(size > 1, text + padded, text))


def same_names(one: pd.Index | None, other: pd.Index | None) -> bool:
    """Whether two sets of names agree in order, or one of them is absent."""
    if one is None or other is None:
        return True
    return len(one) == len(other) and bool(
        one.equals(other) or (one.astype(str) == other.astype(str)).all()
    )


def order_by_names(have: pd.Index, wanted: pd.Index, what: str, argument: str) -> IntArray:
    """Positions that put labelled rows into the wanted order."""
    have, wanted = have.astype(str), wanted.astype(str)
    missing, extra = wanted.difference(have, sort=False), have.difference(wanted, sort=False)
    if len(missing) or len(extra):
        parts = [f"missing: {quoted(missing)}"] if len(missing) else []
        parts += [f"not in the data: {quoted(extra)}"] if len(extra) else []
        raise UnknownNameError(
            f"{what.capitalize()} of `{argument}` do not match those of the data; "
            f"{'; '.join(parts)}."
        )
    for names, where in ((have, f"`{argument}`"), (wanted, "the data")):
        if not names.is_unique:
            repeated = names[names.duplicated()].unique()
            raise InputError(
                f"{what.capitalize()} of {where} repeat ({quoted(repeated)}), so they cannot be "
                f"matched by name; make them unique."
            )
    return have.get_indexer(wanted).astype(np.intp)


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


def label_text(label: object) -> str:
    """A label, such as a level of a factor, as text; a number as R writes it."""
    return number_text(float(label)) if isinstance(label, float | np.floating) else str(label)


def number_text(value: float) -> str:
    """A number as R writes it: up to 15 digits, in the shorter of both notations."""
    mantissa, _, exponent = f"{value + 0.0:.{SIGNIFICANT_DIGITS - 1}e}".partition("e")  # -0.0 is 0
    if not exponent:
        return {"inf": "Inf", "-inf": "-Inf"}.get(mantissa, "NaN")
    mantissa = mantissa.rstrip("0").rstrip(".")
    decimals = max(0, len(mantissa.lstrip("-").replace(".", "")) - 1 - int(exponent))
    fixed, scientific = f"{value + 0.0:.{decimals}f}", f"{mantissa}e{exponent}"
    return fixed if len(fixed) <= len(scientific) else scientific
