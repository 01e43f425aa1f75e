"""Cells of text as numbers: what is one, and which columns become numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

MISSING = ("", "NA", "NaN", "nan", "N/A", "null", "NULL")
_COMMA = r"-?\d+,\d+(?:[eE][-+]?\d+)?"  # a number with a decimal comma
_THOUSANDS = r"-?\d{1,3}(?:,\d{3})+"  # which may be one with commas between thousands
_TRUE, _FALSE = ("T", "TRUE", "true"), ("F", "FALSE", "false")
_PADDED = r"0\d"  # how a number begins that is a name


def is_number(cell: str) -> bool:
    """Whether a cell holds a finite number."""
    try:
        return abs(float(cell)) < float("inf")
    except ValueError:
        return False


def padded(column: pd.Series) -> bool:
    """Whether a column of text has numbers with zeros in front, which are names."""
    return bool(column.str.match(_PADDED).any())


def is_missing(column: pd.Series) -> pd.Series:
    """Which cells of a column of text are empty or say that a value is missing."""
    return column.str.strip().isin(MISSING)


def measured(column: pd.Series) -> pd.Series:
    """Numbers of a column of text; NaN for cells that hold none."""
    return pd.to_numeric(column.str.strip().where(~is_missing(column)), errors="coerce")


def has_decimal_commas(columns: Iterable[pd.Series]) -> bool:
    """Whether cells of text are numbers once commas stand for points, and only so."""
    commas = False
    for column in columns:
        cells = column.str.strip()
        others = cells[measured(column).isna() & ~is_missing(column)]
        if not others.str.fullmatch(_COMMA).all() or cells.str.contains(".", regex=False).any():
            return False
        commas |= bool((~others.str.fullmatch(_THOUSANDS)).any())
    return commas


def numbers_or_text(column: pd.Series, *, missing: tuple[str, ...] = MISSING) -> pd.Series:
    """A column of text: numbers where all cells but empty ones are; missing cells as such."""
    known = ~column.str.strip().isin(missing)
    numbers = pd.to_numeric(column.where(known), errors="coerce")
    if known.any() and numbers.notna().equals(known) and not padded(column):
        return numbers
    return column if known.all() else column.astype(object).where(known)


def lossless_numbers(column: pd.Series) -> pd.Series:
    """A column of text, as whole numbers only where nothing of the text is lost by it."""
    numbers: Any = pd.to_numeric(column, errors="coerce")
    if numbers.dtype.kind not in "iuf" or not np.isfinite(numbers).all():
        return column
    return numbers if (numbers.astype(str) == column).all() else column


def typed(column: pd.Series) -> pd.Series:
    """A column of text as truth values, numbers or text, whichever all its cells are.

    As in R, NA is missing in all, and an empty cell in all but text.
    """
    found = numbers_or_text(column, missing=("", "NA"))
    if found.dtype.kind in "iuf" or found.isna().all():
        return found if found.dtype.kind in "iuf" else pd.Series(np.nan, column.index)
    known = found.notna()
    if found[known].isin([*_TRUE, *_FALSE]).all():
        truth = found.isin(_TRUE)
        return truth if known.all() else truth.astype(object).where(known)
    return column.astype(object).where(column != "NA")
