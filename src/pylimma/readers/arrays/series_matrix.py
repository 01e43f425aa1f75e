"""Series matrix files of GEO: what is said of the series and its samples, and the table.

A line of the header is a label, ``!Series_...`` or ``!Sample_...``, and a cell for each sample.
Cells are quoted, and a quoted cell may go over several lines. The table stands between two marks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pylimma.errors import InputError
from pylimma.readers.delimited import TextTable, table_below
from pylimma.record import Record

BEGIN, END = "!series_matrix_table_begin", "!series_matrix_table_end"
SAMPLE = "!Sample_"
_FIELD = re.compile(r'((?:"[^"]*"|[^"\t]+)*)(?:\t|\Z)')
_KEY = re.compile(r"(.*?):(?:\s+(.*))?")  # and the value, which may be empty
_INSIDE = re.compile(r'^\s*(?:!Sample_|!Series_|!series_matrix_|"?ID_REF)', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Line(Record):
    """A line of the header."""

    number: int  # in the file, counted from 1
    label: str
    cells: list[str]  # without quotes


@dataclass(frozen=True, slots=True, eq=False)
class SeriesMatrix(Record):
    """Content of a series matrix file."""

    path: Path
    lines: list[Line]
    text: list[str]
    begin: int | None  # line of the mark above the table, counted from 1

    def cells(self, label: str) -> list[str]:
        """Cells of all lines with a label."""
        return [cell for line in self.lines if line.label == label for cell in line.cells]

    def table(self) -> TextTable | None:
        """The table, None where it has no rows; raise where it is not there once and whole."""
        name = self.path.name
        begins = [k for k, line in enumerate(self.text, 1) if line.strip() == BEGIN]
        ends = [k for k, line in enumerate(self.text, 1) if line.strip() == END]
        if self.begin is None:
            raise InputError(f"'{name}' has no line '{BEGIN}': it is not a series matrix file.")
        if len(begins) > 1:
            raise InputError(
                f"'{name}' has {len(begins)} tables, on lines {begins[0]} and {begins[1]}: files "
                f"of several series were joined. Read them one by one."
            )
        if len(ends) != 1 or ends[0] < self.begin:
            raise InputError(
                f"'{name}' is cut off: the table that begins on line {self.begin} has no end, "
                f"the line '{END}'. Copy or download it again."
            )
        after = [k for k in range(ends[0], len(self.text)) if self.text[k].strip()]
        if after:
            raise InputError(f"Line {after[0] + 1} of '{name}' stands behind the end of the table.")
        rows = [line for line in self.text[self.begin : ends[0] - 1] if line.strip()]
        if len(rows) < 2:  # a header at most
            return None
        header = self.text.index(rows[0], self.begin) + 1
        return table_below(self.text, header, self.path, end=ends[0])


def parse_series_matrix(text: list[str], path: Path) -> SeriesMatrix:
    """Header of a series matrix file, with the place of its table."""
    lines: list[Line] = []
    start = 0
    while start < len(text):
        if text[start].strip() == BEGIN:
            return SeriesMatrix(path, lines, text, start + 1)
        stop = _end_of_record(text, start, path)
        record = "\n".join(text[start:stop])
        if record.strip():
            if not record.startswith("!"):
                raise InputError(
                    f"Line {start + 1} of '{path.name}' is not one of a series matrix file, whose "
                    f"header lines begin with '!': {record[:40]!r}."
                )
            label, *cells = [unquoted(cell) for cell in split_fields(record)]
            lines.append(Line(start + 1, label.strip(), cells))
        start = stop
    return SeriesMatrix(path, lines, text, None)


def split_fields(record: str) -> list[str]:
    """Cells of a line between tabs that stand outside quotes, with their quotes."""
    fields = [match[1] for match in _FIELD.finditer(record)]
    return fields if record.endswith("\t") else fields[:-1]  # the last match is empty


def unquoted(cell: str) -> str:
    """Text of a cell on one line, without its quotes; doubled quotes inside are one."""
    text = " ".join(cell.split("\n")).strip()
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        text = text[1:-1].replace('""', '"')
    return text.strip()


def sample_table(lines: Sequence[Line], n_samples: int) -> pd.DataFrame:
    """What lines say of the samples, by label; a label that repeats is numbered."""
    columns: dict[str, list[str]] = {}
    for line in lines:
        name, k = line.label.removeprefix(SAMPLE), 1
        while name in columns:
            k += 1
            name = f"{line.label.removeprefix(SAMPLE)}_{k}"
        columns[name] = line.cells
    return pd.DataFrame(columns, index=range(n_samples), dtype=object)


def split_characteristics(lines: Sequence[Line], n_samples: int, unnamed: str = "") -> pd.DataFrame:
    """Columns by the key in front of the first colon; missing where a sample has none.

    Cells without a key are under `unnamed`; values of one key and sample are joined.
    """
    columns: dict[str, list[str | None]] = {}
    for line in lines:
        for sample, cell in enumerate(line.cells):
            if not cell:
                continue
            parts = _KEY.fullmatch(cell)
            key, value = (unnamed, cell) if parts is None else (parts[1], parts[2] or "")
            column = columns.setdefault(key, [None] * n_samples)
            known = column[sample]
            column[sample] = value if known in (None, value) else f"{known}; {value}"
    return pd.DataFrame(columns, index=range(n_samples), dtype=object)


def _end_of_record(text: Sequence[str], start: int, path: Path) -> int:
    """Line, from 0, behind a record, which goes on while a quote is open."""
    n_quotes, stop = 0, start
    while stop < len(text):
        n_quotes += text[stop].count('"')
        stop += 1
        if n_quotes % 2 == 0:
            break
    if n_quotes % 2 or any(_INSIDE.match(line) for line in text[start + 1 : stop]):
        raise InputError(
            f"Line {start + 1} of '{path.name}' opens a quote (\") that does not end before the "
            f"next line of the header; remove it."
        )
    return stop
