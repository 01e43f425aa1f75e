"""Lines of delimited text as records: their separator, their fields, the same number in each.

A record is one line. Fields that were quoted or separated by blanks are written anew with a mark
that no text holds, so that what follows need not know of quotes.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from pylimma.errors import InputError, ShapeError
from pylimma.record import Record

BLANK = r"\s+"
_SEPARATORS = ("\t", ",", ";")
_MARK = "\x1f"  # the unit separator of ASCII
_DECIMAL_COMMA = re.compile(r"(?<=;)(-?\d+),(\d+)(?=;|$)")  # after the names
_DECIMAL_POINT = re.compile(r";-?\d+\.\d+(?:;|$)")
_BLANK_FIELD = re.compile(r'"(?:[^"\\]|\\.|"")*"(?=\s|$)|\S+')


@dataclass(frozen=True, slots=True, eq=False)
class Records(Record):
    """Lines of a table with equally many fields."""

    lines: list[str]  # without quotes
    numbers: list[int]  # of the lines in the file, counted from 1
    sep: str  # one character that only separates
    n_fields: int

    def fields(self, row: int) -> list[str]:
        """Fields of a record."""
        return self.lines[row].split(self.sep)

    def columns(self, positions: Sequence[int]) -> list[list[str]]:
        """Cells of some columns, record by record."""
        most = max(positions, default=0) + 1
        rows = (line.split(self.sep, most) for line in self.lines)
        return [[row[k] for k in positions] for row in rows]

    @property
    def ends_empty(self) -> bool:
        """Whether the last field of every record is empty."""
        return all(line.endswith(self.sep) for line in self.lines)

    def without_end(self) -> Records:
        """Records without their last field."""
        lines = [line.rpartition(self.sep)[0] for line in self.lines]
        return replace(self, lines=lines, n_fields=self.n_fields - 1)


def split_line(line: str, sep: str, number: int, name: str) -> list[str]:
    """Fields of a line, without quotes."""
    if sep == BLANK:
        return [_unquoted(field, number, name) for field in _BLANK_FIELD.findall(line)]
    if '"' not in line:
        return line.split(sep)
    return _quoted_records([line], [number], sep, name)[0]


def split_lines(
    lines: list[str], numbers: list[int], sep: str, name: str, *, quotes: bool = True
) -> Records:
    """Lines as records; raise where a quote stays open, or the number of fields differs."""
    if sep == ";" and not any(_DECIMAL_POINT.search(line) for line in lines):
        lines = [_DECIMAL_COMMA.sub(r"\1.\2", line) for line in lines]
    if sep == BLANK:
        rows = [
            split_line(line, sep, number, name) for line, number in zip(lines, numbers, strict=True)
        ]
    elif quotes and (not sep.isascii() or any('"' in line for line in lines)):
        rows = _quoted_records(lines, numbers, sep, name)
    else:
        n_fields = lines[0].count(sep) + 1
        _check_widths([line.count(sep) + 1 for line in lines], numbers, name)
        return Records(lines, numbers, sep, n_fields)
    _check_widths([len(row) for row in rows], numbers, name)
    return Records([_MARK.join(row) for row in rows], numbers, _MARK, len(rows[0]))


def find_separator(header: str, line: str) -> str:
    """Separator of which two lines have equally many, or the first, as R writes it, one less."""
    found = []
    for mark in (*_SEPARATORS, BLANK):
        above, below = _width(header, mark), _width(line, mark)
        if below > 1 and above in (below, below - 1):
            found.append(((above == 1, mark == BLANK, above != below), mark))
    if found:
        return min(found, key=lambda pair: pair[0])[1]
    return next((mark for mark in _SEPARATORS if mark in header), "\t")


def _width(line: str, sep: str) -> int:
    """Number of fields, whatever is wrong with their quotes."""
    if sep == BLANK:
        return len(_BLANK_FIELD.findall(line))
    return (
        len(next(csv.reader([line], delimiter=sep), [""])) if '"' in line else line.count(sep) + 1
    )


def _quoted_records(
    lines: Sequence[str], numbers: Sequence[int], sep: str, name: str
) -> list[list[str]]:
    r"""Fields of lines with quotes, which are doubled or, as R does, escaped inside a field."""
    escaped = re.compile(rf'\\"(?!{re.escape(sep)}|$)')
    plain = [escaped.sub('""', line) if r"\"" in line else line for line in lines]
    reader: Any = csv.reader(chain(plain, [""]), delimiter=sep)
    rows: list[list[str]] = []
    while len(rows) < len(lines):
        try:
            row = next(reader)
        except csv.Error:
            row = []
        if reader.line_num != len(rows) + 1 or (not row and plain[len(rows)]):
            raise _open_quote(numbers[len(rows)], name)
        rows.append(row)
    return rows


def _unquoted(field: str, number: int, name: str) -> str:
    if not field.startswith('"'):
        return field
    if len(field) < 2 or not field.endswith('"'):
        raise _open_quote(number, name)
    return field[1:-1].replace(r"\"", '"').replace('""', '"')


def _open_quote(number: int, name: str) -> InputError:
    return InputError(
        f"Line {number} of '{name}' opens a quote (\") that does not end on the same line, so "
        f"that rows would be lost; remove it."
    )


def _check_widths(widths: list[int], numbers: list[int], name: str) -> None:
    for width, number in zip(widths, numbers, strict=True):
        if width != widths[0]:
            raise ShapeError(
                f"Line {number} of '{name}' has {width} fields; line {numbers[0]} has {widths[0]}."
            )
