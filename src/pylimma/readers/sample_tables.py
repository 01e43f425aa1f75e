"""Tables of samples in text files."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pylimma.errors import UnknownNameError, nearest, quoted
from pylimma.readers.cells import numbers_or_text
from pylimma.readers.delimited import read_delimited


def read_sample_table(path: Any, id_column: str | None = None) -> pd.DataFrame:
    """Table of samples, with the cells of a column, or of the first, as names.

    Columns of numbers are numeric, but names with zeros in front stay text; empty cells are
    missing values.
    """
    table = read_delimited(path)
    column = table.frame.columns[table.id_column()] if id_column is None else id_column
    if column not in table.frame.columns:
        raise UnknownNameError(
            f"'{table.path.name}' has no column '{column}'; it has "
            f"{quoted(nearest(column, table.frame.columns))}."
        )
    position = table.position(column, "id_column")
    first = position if id_column is None else 0  # what stands before are row numbers
    others = [k for k in range(first, table.frame.shape[1]) if k != position]
    names = table.row_names(position).rename(column)
    return table.texts(others).apply(numbers_or_text).set_axis(names, axis=0)
