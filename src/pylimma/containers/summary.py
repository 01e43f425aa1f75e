"""Containers in print: the first numbers of the main component, a line for each other one."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd

from pylimma.errors import quoted, with_noun
from pylimma.numerics.lazy import LazyMatrix
from pylimma.typing import AnyArray

# what completion leaves to those who know it
HIDDEN = {"AXES", "FRAMES", "MAIN", "NESTED", "archive_parts", "clear", "from_archive", "pop"}
HIDDEN |= {"popitem", "setdefault", "size_of"}
_UNITS = {"coefs": "coefficients", "design_columns": "columns of the design"}
_FEW_NAMES = 8  # fit on a line
_LONGEST = 60  # characters of a value that is written out
_ROWS, _COLUMNS = 3, 6  # of the main component in print; notebooks show twice as many rows
_FEW_NUMBERS = 3  # of other components
_DIGITS = ".4g"
_TOLD = ("description",)  # in words below the components


def unit_of(axis: str) -> str:
    """Word for the elements of an axis, in the plural."""
    return _UNITS.get(axis, axis)


def in_words(container: Any) -> str:
    """Size, first numbers and components of a container."""
    table = _head(container, _ROWS).to_string(justify="right")
    return "\n".join([headline(container), table, *component_lines(container)])


def in_html(container: Any, *notes: str) -> str:
    """The same for notebooks."""
    head = _head(container, 2 * _ROWS).to_html(border=0)
    rest = escape("\n".join([*component_lines(container), *notes]))
    return f"<p>{escape(headline(container))}</p>{head}<pre>{rest}</pre>"


def headline(container: Any) -> str:
    """Kind and size of a container, ``EList of 50 genes × 1 sample``."""
    axes = (unit_of(axis).removesuffix("s") for axis in container.AXES[container.MAIN])
    sizes = (with_noun(n, unit) for n, unit in zip(container.shape, axes, strict=True))
    return f"{type(container).__name__} of {' × '.join(sizes)}"


def component_lines(container: Any) -> list[str]:
    """A line for each component beside the main one."""
    names = [name for name in container if name not in (container.MAIN, *_TOLD)]
    width = max(map(len, names), default=0)
    sizes = {name: _size(container[name]) for name in names}
    wide = max(map(len, sizes.values()), default=0)
    return [
        f"  {name:<{width}}  {sizes[name]:<{wide}}  {_value(container, name)}".rstrip()
        for name in names
    ]


def _head(container: Any, most: int) -> pd.DataFrame:
    """The first rows and columns of the main component as text."""
    n_rows, n_columns = container.shape
    main = container[container.MAIN]
    shown = min(n_rows, most), min(n_columns, _COLUMNS)
    lazy = isinstance(main, LazyMatrix)  # nothing is read for a glance
    values = np.full(shown, np.nan) if lazy else np.asarray(main[:most, :_COLUMNS])
    rows, columns = (
        (container.names(axis) if container.names(axis) is not None else pd.RangeIndex(n))
        for axis, n in zip(container.AXES[container.MAIN], (n_rows, n_columns), strict=True)
    )
    text = [["…" if lazy else _number(x) for x in row] for row in values]
    head = pd.DataFrame(text, rows[:most].astype(str), columns[:_COLUMNS].astype(str), dtype=object)
    if n_columns > _COLUMNS:
        head["…"] = "…"
    if n_rows > most:
        head.loc["…"] = ["…"] * head.shape[1]
    return head


def _number(x: Any) -> str:
    """A number with four digits; whole numbers as they are."""
    if isinstance(x, str):
        return x
    return f"{int(x)}" if float(x).is_integer() and abs(x) < 1e15 else format(float(x), _DIGITS)  # noqa: PLR2004 - digits of a double


def _numbers(values: AnyArray) -> str:
    """The first few numbers, or the one that all are."""
    flat = values.ravel()[: _FEW_NUMBERS + 1]
    if values.size > 1 and (values == flat[0]).all():
        return f"all {_number(flat[0])}"
    shown = [_number(x) for x in flat[:_FEW_NUMBERS]]
    return ", ".join([*shown, *(["…"] * (values.size > _FEW_NUMBERS))])


def _size(value: Any) -> str:
    """Lengths of the axes of an array; nothing for other values."""
    shape = () if isinstance(value, pd.DataFrame) else getattr(value, "shape", ())
    return " × ".join(f"{n:,}" for n in shape)


def _value(container: Any, name: str) -> str:
    value = container[name]
    if name in container.NESTED:
        return quoted(value)
    if isinstance(value, pd.DataFrame):
        columns = ", ".join(map(str, value.columns[:_FEW_NAMES]))
        return f"table of {with_noun(len(value), 'row')}: {columns}"
    if isinstance(value, float | np.floating):
        return _number(value)
    if _size(value):
        plain = isinstance(value, np.ndarray) and value.size and value.dtype.kind in "biuf"
        return _numbers(value) if plain else ""
    text = repr(value)
    return text if len(text) < _LONGEST and "\n" not in text else type(value).__name__
