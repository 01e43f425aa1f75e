"""Names of genes, samples and coefficients: when there are any, and how two sets compare."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.errors import InputError, UnknownNameError, quoted


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


def order_by_names(
    have: pd.Index, wanted: pd.Index, what: str, argument: str
) -> np.ndarray[Any, np.dtype[np.intp]]:
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
