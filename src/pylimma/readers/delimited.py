"""Tables in delimited text: one engine, driven by tables of column names.

`read_delimited` gives a whole table with the line of each row, so that a fault is reported where it
stands in the file. `read_columns` reads the output of a program whose columns a `Layout` names: a
further format is a further `Layout`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import flag
from pylimma.arguments import text as as_text
from pylimma.errors import InputError, UnknownNameError, nearest, quoted
from pylimma.readers.files import existing_file, read_text
from pylimma.record import Record

_SEPARATORS = ("\t", ",", ";")
_BLANK = r"\s+"


@dataclass(frozen=True, slots=True, eq=False)
class TextTable(Record):
    """A table with the lines its rows stood on."""

    frame: pd.DataFrame  # columns as in the header, all of them plain columns
    lines: list[int]  # line of each row, counted from 1
    path: Path  # the file

    def fault(self, row: int, what: str) -> InputError:
        """Error that says on which line something is wrong."""
        return InputError(f"Line {self.lines[row]} of '{self.path.name}': {what}.")

    def position(self, column: Any, argument: str) -> int:
        """Position of a column that an argument gives by position from 0, or by name."""
        n_columns = self.frame.shape[1]
        if isinstance(column, int):
            if not -n_columns <= column < n_columns:
                raise UnknownNameError(
                    f"`{argument}` has {column}; there are {n_columns} columns, counted from 0."
                )
            return column % n_columns
        if not isinstance(column, str) or column not in self.frame.columns:
            raise UnknownNameError(
                f"`{argument}` has {column!r}; the columns are "
                f"{quoted(nearest(column, self.frame.columns))}."
            )
        return int(self.frame.columns.get_loc(column))  # type: ignore[arg-type]

    def check_numeric(self, columns: Sequence[int]) -> None:
        """Raise for the first cell that is not a number."""
        for position in columns:
            column = self.frame.iloc[:, position]
            if column.dtype.kind not in "iuf":
                row = int(np.argmax(pd.to_numeric(column, errors="coerce").isna().to_numpy()))
                text = f"column '{column.name}' holds {column.iloc[row]!r}, which is not a count"
                raise self.fault(row, text)


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of the tables that a program writes."""

    program: str  # its name, for messages
    columns: Mapping[str, str]  # names used here → names in the file
    row_names: str | None = None  # column that names the rows; the first one when None
    hint: str = ""  # what to do with other files


def read_columns(path: Any, layout: Layout, needed: Sequence[str]) -> pd.DataFrame:
    """Table of a program, its rows named and its columns renamed; others keep their names.

    `needed` are the columns, by the names used here, that a file must have.
    """
    found = existing_file(path)
    frame = read_delimited(found, sep="\t").frame
    row_names = frame.columns[0] if layout.row_names is None else layout.row_names
    lacking = [
        name
        for name in (row_names, *(layout.columns[column] for column in needed))
        if name not in frame.columns
    ]
    if lacking:
        raise InputError(
            f"'{found}' is not output of {layout.program}: it has no column {quoted(lacking)}; its "
            f"columns are {quoted(frame.columns, 6)}.{layout.hint}"
        )
    renamed = {theirs: ours for ours, theirs in layout.columns.items()}
    return frame.set_index(row_names).rename(columns=renamed)


def read_delimited(
    path: Any, *, sep: str | None = None, comment: str = "#", header: bool = True
) -> TextTable:
    """Table in a text file whose columns are separated by tabs, commas, semicolons or blanks.

    Empty lines and comments are skipped. A first column without a name in the header is called "";
    without a header, columns are numbered.
    """
    found = existing_file(path)
    sep, comment, header = _parse_layout(sep, comment, header)
    text = read_text(found).split("\n")
    lines = [
        number
        for number, line in enumerate(text, 1)
        if line.strip() and not (comment and line.startswith(comment))
    ]
    if len(lines) <= header:
        raise InputError(f"'{found.name}' holds no rows of data.")
    first = text[lines[0] - 1]
    if sep is None:
        sep = next((mark for mark in _SEPARATORS if mark in first), _BLANK)
    body = lines[1:] if header else lines
    n_fields = _check_widths(text, body, sep, found.name)
    names: list[Any] = _names(first, lines[0], sep, n_fields, found.name) if header else []
    frame = pd.read_csv(
        io.StringIO("\n".join(text[number - 1] for number in body)),
        sep=sep,
        header=None,
        names=names or range(n_fields),
        index_col=False,
        keep_default_na=False,
        low_memory=False,
        skip_blank_lines=False,
    )
    return TextTable(frame, body, found)


def _parse_layout(sep: Any, comment: Any, header: Any) -> tuple[str | None, str, bool]:
    """Separator, mark of comments, and whether there is a header."""
    if sep is not None and len(as_text(sep, "sep")) != 1 and sep != _BLANK:
        raise InputError(f"`sep` must be one character; got {sep!r}.")
    return sep, as_text(comment, "comment"), flag(header, "header")


def _check_widths(text: list[str], body: list[int], sep: str, name: str) -> int:
    """Number of fields that all lines of the body have."""
    n_fields = _width(text[body[0] - 1], sep)
    for number in body:
        width = _width(text[number - 1], sep)
        if width != n_fields:
            raise InputError(
                f"Line {number} of '{name}' has {width} fields; line {body[0]} has {n_fields}."
            )
    return n_fields


def _width(line: str, sep: str) -> int:
    if sep != _BLANK and '"' not in line:
        return line.count(sep) + 1
    return len(_fields(line, sep))


def _fields(line: str, sep: str) -> list[str]:
    if sep == _BLANK:
        return [field.strip('"') for field in line.split()]
    return next(csv.reader([line], delimiter=sep))


def _names(first: str, number: int, sep: str, n_fields: int, name: str) -> list[str]:
    """Names of the columns; one is put in front where the header lacks that of the rows."""
    names = [field.strip() for field in _fields(first, sep)]
    if len(names) == n_fields - 1:
        names = ["", *names]
    if len(names) != n_fields:
        raise InputError(
            f"The header on line {number} of '{name}' has {len(names)} fields; the next line has "
            f"{n_fields}."
        )
    repeated = sorted({field for field in names if names.count(field) > 1})
    if repeated:
        raise InputError(f"Column names on line {number} of '{name}' repeat: {quoted(repeated)}.")
    return names
