"""Names of genes, samples and coefficients: when there are any, and how two sets compare."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.errors import InputError, UnknownNameError, nearest, quoted


def names_of(index: Any) -> pd.Index | None:
    """Names that say something; None where an index only counts.

    Parameters
    ----------
    index : Index, sequence of labels or None
        An index of a DataFrame, or names.

    Returns
    -------
    Index or None
        None for numbers that count from 0 or 1, and for text that counts from 1, as R gives
        to rows without names; genes without names get that text in tables, so nothing is
        lost. Text that counts from 0 is kept, as AnnData has it.
    """
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
    """Names made unique: each of several equal ones gets a number, all of the same width.

    Parameters
    ----------
    index : Index
        Names that may repeat.

    Returns
    -------
    Index
        ``a, a, b`` becomes ``a1, a2, b``.
    """
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


def order_by_names(
    have: pd.Index, wanted: pd.Index, what: str, argument: str
) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Positions that put labelled rows into the wanted order.

    Parameters
    ----------
    have, wanted : Index
        Names of what is there, and names in the order wanted.
    what : str
        What the names are, in the plural, for messages.
    argument : str
        The argument that holds `have`, for messages.

    Returns
    -------
    array of int
        ``have[result]`` equals `wanted`.

    Raises
    ------
    UnknownNameError
        If names are missing or left over; the message lists both.
    InputError
        If names repeat, so that they cannot be matched.
    """
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
    """Positions that an index of any kind stands for.

    Parameters
    ----------
    key : int, slice, mask, positions, name or names
        What was asked for; a single one keeps its dimension.
    size : int
        Length of the axis.
    names : Index or None
        Names along the axis.
    what : str
        What the axis holds, in the plural, for messages.

    Returns
    -------
    slice or array of int

    Raises
    ------
    UnknownNameError
        For a name or position that is not there.
    """
    if isinstance(key, slice):
        return key if not isinstance(key.start, str) else _name_slice(key, names, what)
    if isinstance(key, str):
        key = [key]
    array = np.atleast_1d(np.asarray(key))
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
    place = first.get_indexer(pd.Index(wanted).astype(str))
    if (place < 0).any():
        unknown = [str(name) for name, at in zip(wanted, place, strict=True) if at < 0]
        raise UnknownNameError(
            f"No {what} named {quoted(unknown)}; there are {quoted(nearest(unknown[0], text))}."
        )
    return np.flatnonzero(~text.duplicated())[place]


def _name_slice(key: slice, names: pd.Index | None, what: str) -> slice:
    ends = _by_name(np.array([key.start, key.stop], dtype=object), names, what)
    return slice(int(ends[0]), int(ends[1]) + 1, key.step)
