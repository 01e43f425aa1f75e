"""Cells of text as numbers: what is one, and which columns become numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

MISSING = ("", "NA", "NaN", "nan", "N/A", "null", "NULL")
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
