"""Names of genes, samples and coefficients: when there are any, how they compare, as text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.errors import InputError, UnknownNameError, quoted

INTERCEPTS = ("(Intercept)", "Intercept")  # R's name of it, and the one of a contrast
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
