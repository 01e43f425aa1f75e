"""Tables of any library as pandas, and their columns as numbers."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd

from pylimma.containers.names import names_of
from pylimma.errors import InputError, Note, quoted, warn
from pylimma.typing import AnyArray


def as_pandas(table: Any) -> pd.DataFrame | None:
    """Return a pandas table of a table of any library."""
    if isinstance(table, pd.DataFrame):
        return table
    for library, kind in (("polars", "DataFrame"), ("pyarrow", "Table")):
        module = sys.modules.get(library)
        if module is not None and isinstance(table, getattr(module, kind)):
            import narwhals as nw  # noqa: PLC0415 - slow to load

            frame = nw.from_native(table, eager_only=True)
            if library == "polars":  # whose categories are numbered as they come, without order
                frame = frame.with_columns(nw.selectors.by_dtype(nw.Categorical).cast(nw.String))
            return frame.to_pandas()
    return None


def split_annotation(
    table: pd.DataFrame, argument: str
) -> tuple[AnyArray, pd.DataFrame | None, pd.Index | None]:
    """Split a table into numbers, the annotation in its leading columns, and gene names."""
    n_text = 0
    while n_text < table.shape[1] and _is_text(table.iloc[:, n_text]):
        n_text += 1
    if n_text == table.shape[1] and n_text:
        raise InputError(
            f"`{argument}` has no numeric column; column '{table.columns[0]}' holds text such as "
            f"{table.iloc[0, 0]!r}."
        )
    names = names_of(table.index)
    genes = table.iloc[:, :n_text] if n_text else None
    if genes is not None and names is None:
        ids = genes.iloc[:, 0]
        if ids.is_unique:
            names = pd.Index(ids).rename(None)
            warn(f"Column '{genes.columns[0]}' of `{argument}` is used as gene names.", Note)
    numbers = table.iloc[:, n_text:] if n_text else table
    return _matrix(numbers, argument), genes, names


def _matrix(table: pd.DataFrame, argument: str) -> AnyArray:
    """Return columns as one numeric array, without a copy where they already are one."""
    kinds = {dtype.kind for dtype in table.dtypes if isinstance(dtype, np.dtype)}
    if len(kinds) == 1 and kinds <= {"i", "u", "f"} and len(set(table.dtypes)) == 1:
        return table.to_numpy()
    columns = [_numeric_column(table.iloc[:, k], argument) for k in range(table.shape[1])]
    return np.column_stack(columns) if columns else np.empty(table.shape)


def _numeric_column(column: pd.Series, argument: str) -> AnyArray:
    if column.dtype.kind == "c":
        raise InputError(f"Column '{column.name}' of `{argument}` holds complex numbers.")
    try:
        if _is_text(column):
            raise ValueError  # noqa: TRY301 - one message for both ways
        return column.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        sample = next((x for x in column if isinstance(x, str)), column.iloc[0])
        raise InputError(
            f"Column '{column.name}' of `{argument}` is not numeric: it holds {sample!r}."
        ) from None


def _is_text(column: pd.Series) -> bool:
    """Whether a column holds text, strings of digits among them."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return True
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return False
    return any(isinstance(value, str) for value in column.dropna().head(100))


def numeric_values(array: AnyArray, argument: str) -> AnyArray:
    """Return an array of real numbers, in native byte order."""
    if array.dtype.kind == "c":
        raise InputError(f"`{argument}` holds complex numbers; expression values are real.")
    if array.dtype.kind in "iuf":
        return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
    if array.dtype.kind == "b":
        return array.astype(float)
    if array.dtype.kind == "O" and not any(isinstance(x, str) for x in array.ravel()[:1000]):
        try:
            return array.astype(float)
        except (TypeError, ValueError):
            pass
    raise InputError(
        f"`{argument}` must hold numbers; it holds {quoted(array.ravel()[:3])} "
        f"({array.dtype.name})."
    )
