"""Small tables beside the scans: short lines are filled up, the first cells may name the rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.arguments import path as as_path
from pylimma.arguments import text as as_text
from pylimma.errors import InputError, ShapeError, quoted
from pylimma.readers.cells import typed
from pylimma.readers.files import existing_file, read_text
from pylimma.readers.records import BLANK, find_separator, split_line
from pylimma.record import Record

# a comment begins a line or follows a blank; a colour such as #FF0000 is none
_COMMENT = re.compile(r"(?:^|\s+)#(?![0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?(?:\W|$)).*")


@dataclass(frozen=True, slots=True, eq=False)
class FilledTable(Record):
    """Cells of a table as text, all rows equally long."""

    path: Path
    columns: list[str]  # names, of which "" stands for none
    rows: list[list[str]]
    row_names: list[str] | None  # where rows have one cell more than there are names

    def texts(self, column: str) -> list[str]:
        """Cells of a column as they stand."""
        place = self.columns.index(column)
        return [row[place] for row in self.rows]

    def frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Columns that have names, or some of them, as numbers, truth values or text."""
        chosen = [name for name in self.columns if name] if columns is None else columns
        index = pd.RangeIndex(len(self.rows)) if self.row_names is None else self.row_names
        cells = {name: typed(pd.Series(self.texts(name), dtype=object)) for name in chosen}
        return pd.DataFrame(cells).set_axis(pd.Index(index), axis=0)


def file_in(path: Any, folder: Any) -> Path:
    """Existing file, in a folder where one is given."""
    return existing_file(
        path if folder is None else as_path(folder, "path") / as_path(path, "file")
    )


def read_filled(
    path: Path, sep: str | None = None, quote: str = '"', *, comment: bool = False, skip: int = 0
) -> FilledTable:
    """Table below some lines of a file; its separator is found unless it is given."""
    numbered = list(enumerate(read_text(path, or_latin=True).split("\n"), 1))[skip:]
    lines = [(k, _COMMENT.sub("", line) if comment else line) for k, line in numbered]
    lines = [(k, line) for k, line in lines if line.strip()]
    if not lines:
        raise InputError(f"'{path.name}' holds no table below line {skip}.")
    mark = _separator(sep) or find_separator(lines[0][1], lines[min(1, len(lines) - 1)][1])
    quotes = _has_quotes(quote)

    def cells(line: str, number: int) -> list[str]:
        if quotes or mark == BLANK:
            return split_line(line, mark, number, path.name)
        return line.split(mark)

    number, header = lines[0]
    names = [name.strip() for name in cells(header, number)]
    rows = [(k, cells(line, k)) for k, line in lines[1:]]
    named = bool(rows) and len(rows[0][1]) == len(names) + 1 and any(row[-1] for _, row in rows)
    width = len(names) + named
    for k, row in rows:
        if any(cell.strip() for cell in row[width:]):
            raise ShapeError(
                f"Line {k} of '{path.name}' has {len(row)} cells; line {number}, which names the "
                f"columns, has {len(names)}."
            )
    filled = [[*row[:width], *[""] * (width - len(row))] for _, row in rows]
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise InputError(
            f"Column names on line {number} of '{path.name}' repeat: {quoted(repeated)}."
        )
    first = [row[0] for row in filled] if named else None
    return FilledTable(path, names, [row[named:] for row in filled], first)


def _separator(sep: Any) -> str | None:
    """Separator, or None where it is to be found."""
    if sep is None:
        return None
    if as_text(sep, "sep") in ("", " ", BLANK):
        return BLANK
    if len(sep) != 1 or sep in '"\r\n':
        raise InputError(f"`sep` must be one character, not a quote; got {sep!r}.")
    return str(sep)


def _has_quotes(quote: Any) -> bool:
    """Whether cells may be quoted."""
    if as_text(quote, "quote") not in ('"', ""):
        raise InputError(f"`quote` must be '\"' or ''; got {quote!r}.")
    return bool(quote)
