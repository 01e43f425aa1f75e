"""Names of genes, samples and coefficients: how they compare, choose elements, and read as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import plain_array
from pylimma.errors import (
    InputError,
    InputWarning,
    Note,
    UnknownNameError,
    nearest,
    quoted,
    warn,
)
from pylimma.typing import IntArray

INTERCEPT = "(Intercept)"
CONTRAST_INTERCEPT = "Intercept"
INTERCEPTS = (INTERCEPT, CONTRAST_INTERCEPT)  # R's name of it, and the one of a contrast
SIGNIFICANT_DIGITS = 15  # digits of a double that are surely right


def names_of(index: Any) -> pd.Index | None:
    """Names; None where an index only counts its elements by whole numbers from 0."""
    if index is None:
        return None
    index = pd.Index(index)
    if len(index) == 0 or index.equals(pd.RangeIndex(len(index))):
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


def matching_order(
    labels: pd.Index | None,
    names: pd.Index | None,
    size: int,
    what: str,
    argument: str,
    across: pd.Index | None = None,
) -> IntArray | None:
    """Positions that bring labelled rows into the order of the data; None where they are in it.

    Data without names are numbered from 0, so that rows labelled by these numbers in another
    order are matched by them; any other labels are then taken in the order they stand. R numbers
    the rows of a table without names from 1: such rows are taken in their order where the data
    are not called so.
    """
    if labels is None or (same_names(labels, names) and names is not None):
        return None
    if names is not None and _are_others(labels, names):
        if counts_from_one(labels):
            warn(
                f"Rows of `{argument}` are numbered from 1 and the {what} of the data have names; "
                f"they are matched by position.",
                Note,
            )
            return None
        if names.equals(made_up_names(len(names))):
            names = None
    if names is not None:
        return order_by_names(labels, names, what, argument, across)
    if len(labels) != size or not are_numbers(labels):
        return None
    warn(
        f"Rows of `{argument}` are labelled by the numbers of the {what}, in another order, and "
        f"are matched by them; `reset_index(drop=True)` takes them in the order they stand.",
        Note,
    )
    return np.argsort(labels.to_numpy(dtype=np.intp))


def _are_others(labels: pd.Index, names: pd.Index) -> bool:
    """Whether there are as many labels as names, and no label is a name."""
    return len(labels) == len(names) and not labels.astype(str).isin(names.astype(str)).any()


def counts_from_one(labels: pd.Index) -> bool:
    """Whether labels, as numbers or text, only count from 1."""
    if str(labels[0]) != "1":
        return False
    return bool(labels.astype(str).equals(pd.RangeIndex(1, len(labels) + 1).astype(str)))


def made_up_names(n_samples: int) -> pd.Index:
    """Names that edgeR gives to samples without any."""
    return pd.Index([f"Sample{k + 1}" for k in range(n_samples)])


def only_numbers(labels: pd.Index, names: pd.Index) -> bool:
    """Whether rows are called by numbers, such as those of a larger table, and the data are not."""
    text = labels.astype(str)
    return bool(text.str.isdigit().all() and not text.isin(names.astype(str)).any())


def are_numbers(labels: pd.Index) -> bool:
    """Whether labels are the whole numbers from 0, in any order."""
    if not pd.api.types.is_integer_dtype(labels.dtype):
        return False
    return labels.sort_values().equals(pd.RangeIndex(len(labels)))


def order_by_names(
    have: pd.Index,
    wanted: pd.Index,
    what: str,
    argument: str,
    across: pd.Index | None = None,
) -> IntArray:
    """Positions that put labelled rows into the wanted order.

    `across` are the names along the other axis of the data, to recognise transposed data.
    """
    have, wanted = have.astype(str), wanted.astype(str)
    missing, extra = wanted.difference(have, sort=False), have.difference(wanted, sort=False)
    if len(missing) or len(extra):
        parts = [f"missing: {quoted(missing)}"] if len(missing) else []
        parts += [f"not in the data: {quoted(extra)}"] if len(extra) else []
        hint = ""
        if across is not None and len(missing) and have.isin(across.astype(str)).all():
            hint = " The data look transposed: pass genes × samples, as with `data.T`."
        raise UnknownNameError(
            f"{what.capitalize()} of `{argument}` do not match those of the data; "
            f"{'; '.join(parts)}.{hint}"
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


def check_labels(labels: Any, names: pd.Index | None, argument: str, what: str = "samples") -> None:
    """Raise where labels are missing, and warn of ones that differ only in case or blanks."""
    missing = np.flatnonzero(pd.isna(labels))
    if missing.size:
        which = missing if names is None else names[missing]
        raise InputError(
            f"`{argument}` is missing for {what} {quoted(which)}; give them labels, or remove "
            f"these {what} from the data."
        )
    check_levels(pd.unique(pd.Series(labels)), argument)


def check_levels(levels: Iterable[Any], argument: str) -> None:
    """Warn of levels that differ only in case or blanks."""
    alike: dict[str, list[str]] = {}
    for level in map(str, levels):
        alike.setdefault("".join(level.split()).casefold(), []).append(level)
    for several in alike.values():
        if len(several) > 1:
            warn(
                f"Levels {quoted(several)} of `{argument}` differ only in case or blanks and are "
                f"taken for different ones.",
                InputWarning,
            )


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
