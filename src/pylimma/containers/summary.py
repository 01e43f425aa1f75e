"""Containers in words: what an object holds, a line for each component."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.errors import quoted

_UNITS = {"coefs": "coefficients", "design_columns": "columns of the design"}
_FEW_NAMES = 8  # fit on a line
_LONGEST = 60  # characters of a value that is written out


def unit_of(axis: str) -> str:
    """Word for the elements of an axis, in the plural."""
    return _UNITS.get(axis, axis)


def in_words(container: Any) -> str:
    """Size and components of a container."""
    rows, columns = (unit_of(axis) for axis in container.AXES[container.MAIN])
    n_rows, n_columns = container.shape
    lines = [f"{type(container).__name__} of {n_rows:,} {rows} × {n_columns:,} {columns}"]
    width = max(len(name) for name in container)
    lines += [f"  {name:<{width}}  {_value(container, name)}" for name in container]
    return "\n".join(lines)


def _value(container: Any, name: str) -> str:
    value = container[name]
    if name in container.NESTED:
        return quoted(value)
    if isinstance(value, pd.DataFrame):
        return f"table of {len(value):,} rows: {', '.join(map(str, value.columns[:_FEW_NAMES]))}"
    if isinstance(value, np.ndarray) and value.ndim:
        size = " × ".join(f"{n:,}" for n in value.shape)
        names = container.names(container.AXES[name][-1]) if container.AXES[name] else None
        if names is None or len(names) > _FEW_NAMES:
            return size
        return f"{size}  {', '.join(map(str, names))}"
    text = repr(value)
    return text if len(text) < _LONGEST and "\n" not in text else type(value).__name__
