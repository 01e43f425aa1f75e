"""Tables that go with a matrix of counts: samples with their groups, and annotated genes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import described, numbers, plain_array
from pylimma.containers.names import check_labels, label_text, matching_order, names_of, same_names
from pylimma.errors import InputError, InputTypeError, InputWarning, Note, ShapeError, quoted, warn
from pylimma.numerics.counts.rates import library_sizes
from pylimma.typing import AnyArray, FloatArray

_R_NAMES = {"lib.size": "lib_size", "norm.factors": "norm_factors"}


def text_names(table: pd.DataFrame) -> pd.DataFrame:
    """Table of samples whose own columns have their names in snake case."""
    return table.rename(columns=_R_NAMES)


def without_sizes(table: pd.DataFrame, argument: str) -> pd.DataFrame:
    """Table of samples without columns that a DGEList would take for library sizes."""
    found = [name for name in table.columns if name in (*_R_NAMES, *_R_NAMES.values())]
    if not found:
        return table
    warn(
        f"Columns {quoted(found)} of `{argument}` are not used: library sizes are the sums of the "
        f"counts. Give others by `DGEList(counts, lib_size=..., norm_factors=...)`.",
        Note,
    )
    return table.drop(columns=found)


def as_table(value: Any, argument: str) -> pd.DataFrame:
    """DataFrame of a table, a dict of columns or one column."""
    if isinstance(value, pd.DataFrame):
        return value
    try:
        return pd.DataFrame(value)
    except (TypeError, ValueError, OverflowError):
        raise InputTypeError(
            f"`{argument}` must be a DataFrame or a dict of columns; got {described(value)}."
        ) from None


def keeps_rows(value: Any, known: Any) -> bool:
    """Whether a table has the row labels of the one in its place, whatever these are."""
    tables = isinstance(value, pd.DataFrame) and isinstance(known, pd.DataFrame)
    return bool(tables and value.index.equals(known.index))


def renamed_rows(table: pd.DataFrame, old: pd.Index | None, new: pd.Index | None) -> pd.DataFrame:
    """Copy of a table whose rows, where they were called like an axis, have its new names."""
    if old is None or new is None or not table.index.equals(old):
        return table.copy()
    return table.set_axis(new, axis=0)


def matched_table(
    table: Any,
    names: pd.Index | None,
    size: int,
    argument: str,
    across: pd.Index | None = None,
) -> pd.DataFrame | None:
    """Table with its rows in the order of the counts."""
    if table is None:
        return None
    if not isinstance(table, pd.DataFrame | dict):
        table = {argument: np.atleast_1d(_labels(table, argument))}
    frame = as_table(table, argument)
    frame = frame.iloc[
        _order(names_of(frame.index), names, len(frame), size, argument, argument, across)
    ]
    return frame if names is None else frame.set_axis(names, axis=0)


def in_order(value: Any, names: pd.Index | None, size: int, what: str, argument: str) -> AnyArray:
    """One value for each row or column of the counts, matched by name where it has names."""
    if isinstance(value, pd.Series):
        order = _order(names_of(value.index), names, len(value), size, what, argument)
        value = value.iloc[order].array
    array = _labels(value, argument)
    if array.ndim != 1 or len(array) != size:
        raise ShapeError(
            f"`{argument}` has {np.size(array)} values; the counts have {size} {what}."
        )
    return array


def complete_samples(table: pd.DataFrame, counts: AnyArray, names: pd.Index) -> pd.DataFrame:
    """Table of samples that begins with groups, library sizes and normalisation factors."""
    n_samples = counts.shape[1]
    total = library_sizes(counts)
    lib_size = total if "lib_size" not in table else numbers(table["lib_size"], "lib_size")
    _check_lib_size(lib_size, total, names)
    factors = (
        np.ones(n_samples)
        if "norm_factors" not in table
        else numbers(table["norm_factors"], "norm_factors")
    )
    if not ((factors > 0) & np.isfinite(factors)).all():
        raise InputError(f"`norm_factors` must be positive; got {factors.min():g} or missing.")
    own = {
        "group": as_group(table["group"] if "group" in table else np.full(n_samples, "1"), names),
        "lib_size": lib_size,
        "norm_factors": factors,
    }
    others = table.drop(columns=list(own), errors="ignore").set_axis(names, axis=0)
    return pd.concat([pd.DataFrame(own, index=names), others], axis=1)


def as_group(group: Any, names: pd.Index | None = None) -> pd.Categorical[str]:
    """Groups of samples as a factor."""
    labels = group if isinstance(group, pd.Series) else pd.Series(_labels(group, "group"))
    check_labels(labels, names, "group")
    if isinstance(labels.dtype, pd.CategoricalDtype):
        factor = pd.Categorical(labels).remove_unused_categories()
    else:
        factor = pd.Categorical(labels, categories=_sorted(labels))
    levels = [label_text(level) for level in factor.categories]
    return pd.Categorical.from_codes(factor.codes, categories=pd.Index(levels))


def _labels(values: Any, argument: str) -> Any:
    array = values if isinstance(values, pd.Categorical) else plain_array(values, argument)
    if array.ndim > 1 or array.dtype.kind == "V":
        raise InputTypeError(f"`{argument}` must hold one label for each; got {described(values)}.")
    return array


def _sorted(labels: pd.Series) -> Any:
    try:
        return np.sort(labels.unique())
    except TypeError:
        raise InputTypeError("`group` mixes labels of several types; make them text.") from None


def _check_lib_size(lib_size: FloatArray, total: FloatArray, names: pd.Index) -> None:
    wrong = ~np.isfinite(lib_size) | (lib_size < 0) | ((lib_size == 0) & (total > 0))
    if wrong.any():
        raise InputError(
            f"`lib_size` must be positive; it is {lib_size[wrong][0]:g} for sample "
            f"'{names[wrong][0]}'."
        )
    if (lib_size == 0).any():
        warn(f"Samples without reads: {quoted(names[lib_size == 0])}; leave them out.")


def _order(
    labels: pd.Index | None,
    names: pd.Index | None,
    n_rows: int,
    size: int,
    what: str,
    argument: str,
    across: pd.Index | None = None,
) -> Any:
    """Positions that bring rows into the order of the counts, leaving out what these lack."""
    if labels is not None and names is not None and not same_names(labels, names):
        known = np.flatnonzero(labels.astype(str).isin(names.astype(str)))
        transposed = across is not None and labels.astype(str).isin(across.astype(str)).all()
        if not len(known) and n_rows == size and not transposed:
            warn(
                f"No name of `{argument}` ({quoted(labels, 3)}) is one of the counts "
                f"({quoted(names, 3)}); they are matched by position.",
                InputWarning,
            )
            return slice(None)
        kept = known if len(known) >= size else np.arange(n_rows)
        order = matching_order(labels[kept], names, size, what, argument, across)
        return kept if order is None else kept[order]
    if n_rows != size:
        raise ShapeError(f"`{argument}` has {n_rows} rows; the counts have {size} {what}.")
    order = matching_order(labels, names, size, what, argument)
    return slice(None) if order is None else order
