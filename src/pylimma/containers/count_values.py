"""A matrix of counts: read from what was given, and refused when it cannot hold reads."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import described, plain_array
from pylimma.containers.names import names_of
from pylimma.errors import (
    InputError,
    InputTypeError,
    Note,
    ShapeError,
    UnknownNameError,
    nearest,
    quoted,
    warn,
)
from pylimma.numerics.counts.summary import count_summary
from pylimma.numerics.lazy import LazyMatrix
from pylimma.record import Record
from pylimma.typing import AnyArray, BoolArray

_NO_COUNT = 1e100  # nothing is counted so often; products of larger values overflow


@dataclass(frozen=True, slots=True, eq=False)
class CountMatrix(Record):
    """Counts with their names."""

    matrix: AnyArray  # (genes, samples) reads, in the numeric type they came in
    gene_names: pd.Index | None = None  # names, where there are any
    sample_names: pd.Index | None = None  # names, where there are any
    annotation: pd.DataFrame | None = None  # columns that are not counts


def read_counts_matrix(counts: Any, annotation_columns: Any = None) -> CountMatrix:
    """Counts and names of an array, a table or a sparse matrix."""
    if isinstance(counts, pd.DataFrame):
        return _from_table(counts, annotation_columns)
    if annotation_columns is not None:
        raise InputTypeError("`annotation_columns` are columns of a DataFrame of counts.")
    if hasattr(counts, "obs_names"):
        raise InputTypeError("`counts` is an AnnData; use `as_dge_list(adata, layer=...)`.")
    array = plain_array(counts, "counts")
    if array.dtype.kind == "O":
        array = _as_float(array)
    if array.ndim != 2 or array.dtype.kind not in "iufb":
        raise InputTypeError(
            f"`counts` must be a numeric matrix of genes × samples; got "
            f"{type(counts).__name__} of {array.dtype.name}, {array.ndim} dimensions."
        )
    return CountMatrix(array.astype(float) if array.dtype.kind == "b" else array)


def check_count_values(
    counts: Any,
    gene_names: pd.Index | None = None,
    sample_names: pd.Index | None = None,
    argument: str = "counts",
) -> None:
    """Raise for a matrix that cannot hold counts."""
    if 0 in counts.shape:
        raise InputError(
            f"`{argument}` has {counts.shape[0]} genes and {counts.shape[1]} samples; "
            f"did a filter remove everything?"
        )
    if isinstance(counts, LazyMatrix):
        seen = count_summary(counts)
        lowest, highest = seen.low, seen.high
    else:
        stored = counts if isinstance(counts, np.ndarray) else counts.data
        lowest, highest = float(stored.min(initial=0)), float(stored.max(initial=0))
    if lowest >= 0 and highest < _NO_COUNT:
        return
    if lowest >= 0 and highest < np.inf:
        raise InputError(f"`{argument}` has values up to {highest:.1g}, which are no counts.")
    if isinstance(counts, LazyMatrix):
        at, n_wrong = seen.first_wrong, seen.n_unknown or seen.n_negative
    else:
        wrong = ~np.isfinite(stored) if not np.isfinite(lowest + highest) else stored < 0
        at, n_wrong = _first(counts, wrong), int(wrong.sum())
    cell = f"the first for gene {_name(gene_names, at[0])}, sample {_name(sample_names, at[1])}"
    if np.isfinite(lowest + highest):
        raise InputError(
            f"`{argument}` has {n_wrong} negative values, {cell}. Counts are not negative; "
            f"if these are log values, give the raw counts, or fit them as they are by `lm_fit`."
        )
    raise InputError(
        f"`{argument}` has {n_wrong} missing or infinite values, {cell}. Every count must be "
        f"known; for intensities with missing values use `vooma`."
    )


def _first(counts: Any, wrong: BoolArray) -> tuple[int, int]:
    if isinstance(counts, np.ndarray):
        row, column = np.unravel_index(int(np.argmax(wrong)), counts.shape)
        return int(row), int(column)
    entries = counts.tocoo()
    place = int(np.argmax((entries.data < 0) | ~np.isfinite(entries.data)))
    return int(entries.row[place]), int(entries.col[place])


def _name(names: pd.Index | None, position: int) -> str:
    return str(position) if names is None else f"'{names[position]}'"


def _from_table(table: pd.DataFrame, annotation_columns: Any) -> CountMatrix:
    annotates = _annotation_mask(table, annotation_columns)
    numbers = table.loc[:, ~annotates]
    if numbers.shape[1] == 0:
        raise InputError(
            f"`counts` has no numeric column after '{table.columns[-1]}', which annotates genes."
            if len(table.columns)
            else "`counts` has no columns."
        )
    plain = all(isinstance(dtype, np.dtype) and dtype.kind in "iuf" for dtype in numbers.dtypes)
    values = (
        numbers.to_numpy()
        if plain
        else np.column_stack([_as_float(numbers.iloc[:, k]) for k in range(numbers.shape[1])])
    )
    annotation = table.loc[:, annotates] if annotates.any() else None
    return CountMatrix(
        values, _gene_names(table.index, annotation), names_of(numbers.columns), annotation
    )


def _gene_names(index: pd.Index, annotation: pd.DataFrame | None) -> pd.Index | None:
    """Names of the rows, or else the first column of the annotation where it can serve."""
    names = names_of(index)
    if names is not None or annotation is None:
        return names
    ids = annotation.iloc[:, 0]
    if pd.api.types.is_numeric_dtype(ids) or not ids.is_unique or ids.isna().any():
        return None
    warn(f"Column '{ids.name}' of `counts` is used as gene names.", Note)
    return pd.Index(ids.to_numpy())


def _annotation_mask(table: pd.DataFrame, columns: Any) -> BoolArray:
    """Mark the columns that annotate genes."""
    size = table.shape[1]
    if columns is None:
        text = [_is_text(table.iloc[:, k]) for k in range(size)]
        last = max(np.flatnonzero(text), default=-1)
        return np.arange(size) <= last
    chosen = np.atleast_1d(plain_array(columns, "annotation_columns"))
    if chosen.ndim != 1:
        raise ShapeError(
            f"`annotation_columns` must be a list of columns; got {described(columns)}."
        )
    if chosen.dtype.kind == "b":
        if len(chosen) != size:
            raise ShapeError(f"`annotation_columns` has {len(chosen)} values for {size} columns.")
        return chosen
    mask = np.zeros(size, dtype=bool)
    for name in chosen.tolist():
        position = name if isinstance(name, int) else _position(table, name)
        if not -size <= position < size:
            raise UnknownNameError(f"`annotation_columns` has {name}; there are {size} columns.")
        mask[position] = True
    return mask


def _is_text(column: pd.Series) -> bool:
    """Whether a column holds no numbers; plain objects are looked at."""
    if column.dtype == object:
        return any(isinstance(value, str) for value in column.dropna().head(100))
    return not pd.api.types.is_numeric_dtype(column)


def _position(table: pd.DataFrame, name: object) -> int:
    if not isinstance(name, Hashable) or name not in table.columns:
        raise UnknownNameError(
            f"`counts` has no column '{name}'; it has {quoted(nearest(name, table.columns))}."
        )
    return int(np.flatnonzero(table.columns == name)[0])


def _as_float(values: Any) -> AnyArray:
    try:
        if isinstance(values, pd.Series):
            return values.to_numpy(dtype=float, na_value=np.nan)
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        label = f"column '{values.name}' of " if isinstance(values, pd.Series) else ""
        raise InputTypeError(f"{label}`counts` must hold numbers.".capitalize()) from None
