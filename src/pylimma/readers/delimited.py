"""Tables in delimited text: one engine, driven by tables of column names.

`read_delimited` gives a whole table with the line of each row, so that a fault is reported where it
stands in the file. `read_columns` reads the output of a program whose columns a `Layout` names: a
further format is a further `Layout`.

Cells are text. In `frame`, columns after the first become numbers where every cell is one; names
stay as they are written, with their zeros in front. `texts` gives any column as it stands.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import flag
from pylimma.arguments import text as as_text
from pylimma.errors import (
    InputError,
    Note,
    ShapeError,
    UnknownNameError,
    nearest,
    quoted,
    warn,
)
from pylimma.readers.cells import (
    has_decimal_commas,
    is_missing,
    is_number,
    lossless_numbers,
    measured,
    padded,
)
from pylimma.readers.files import existing_file, read_text
from pylimma.readers.gct import gct_layout, is_gct
from pylimma.readers.headers import (
    column_names,
    is_commented_header,
    is_header,
    without_empty_end,
)
from pylimma.readers.records import BLANK, Records, find_separator, split_line, split_lines
from pylimma.record import Record
from pylimma.typing import FloatArray

_PADDED = "0[0-9]"  # how a number begins that is a name
_SEPARATOR_LINE = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)  # a hint for spreadsheets


@dataclass(frozen=True, slots=True, eq=False)
class TextTable(Record):
    """A table with the lines its rows stood on."""

    frame: pd.DataFrame  # columns as in the header, all of them plain columns
    lines: list[int]  # line of each row, counted from 1
    path: Path  # the file
    records: Records  # the same cells as text
    n_annotation: int | None = None  # leading columns that annotate rows, where the format says so
    samples: pd.DataFrame | None = None  # what the format says of the other columns
    has_header: bool = True  # whether the file names its columns

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

    def numbers(self, columns: Sequence[int]) -> pd.DataFrame:
        """Columns by position as numbers; raise for the first cell that is none."""
        chosen = self.frame.iloc[:, list(columns)]
        plain = [dtype.kind in "iuf" for dtype in chosen.dtypes]
        if all(plain):
            return chosen
        result = chosen.copy()
        for k in np.flatnonzero(~np.array(plain)).tolist():
            column = chosen.iloc[:, k]
            found = pd.to_numeric(column, errors="coerce")
            if found.isna().any():
                row = int(np.argmax(found.isna().to_numpy()))
                text = f"column '{column.name}' holds {column.iloc[row]!r}, which is not a count"
                raise self.fault(row, text)
            result.isetitem(k, found.to_numpy())
        return result

    def measurements(self, columns: Sequence[int]) -> FloatArray:
        """Columns by position as finite numbers, NaN for empty cells; raise for other cells."""
        chosen = self.frame.iloc[:, list(columns)]
        texts = {k: chosen.iloc[:, k] for k in range(chosen.shape[1]) if not _is_plain(chosen, k)}
        if has_decimal_commas(texts.values()):
            warn(f"Numbers of '{self.path.name}' are read with decimal commas.", Note)
            texts = {k: column.str.replace(",", ".") for k, column in texts.items()}
        values = np.empty(chosen.shape)
        for k in range(chosen.shape[1]):
            column = chosen.iloc[:, k] if k not in texts else measured(texts[k])
            values[:, k] = column
            wrong = ~np.isfinite(values[:, k])
            if k in texts:
                wrong &= ~is_missing(texts[k]).to_numpy()
            if wrong.any():
                row = int(wrong.argmax())
                cell = f"column '{chosen.columns[k]}' holds {str(chosen.iloc[row, k])!r}"
                raise self.fault(row, f"{cell}, which is not a number")
        return values

    def texts(self, columns: Sequence[int] | None = None) -> pd.DataFrame:
        """Columns, all or by position, as text."""
        chosen = list(range(self.frame.shape[1]) if columns is None else columns)
        cells = self.records.columns(chosen)
        return pd.DataFrame(cells, columns=range(len(chosen)), dtype=object).set_axis(
            self.frame.columns[chosen], axis=1
        )

    def id_column(self) -> int:
        """Position of the names of the rows: 0, or 1 behind a column that numbers the rows."""
        if self.frame.columns[0] != "" or self.frame.shape[1] < 2:
            return 0
        first, second = self.texts([0, 1]).to_numpy().T.tolist()
        counted = [[str(k + start) for k in range(len(first))] for start in (0, 1)]
        named = len(set(second)) == len(second) and not any(is_number(cell) for cell in second)
        if first not in counted or not named:
            return 0
        warn(
            f"The first column of '{self.path.name}' numbers the rows; their names are taken from "
            f"'{self.frame.columns[1]}'.",
            Note,
        )
        return 1

    def row_names(self, column: int = 0) -> pd.Index:
        """Cells of a column as names."""
        return pd.Index(self.texts([column]).iloc[:, 0].to_numpy())


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of the tables that a program writes."""

    program: str  # its name, for messages
    columns: Mapping[str, str]  # names used here → names in the file
    row_names: str | None = None  # column that names the rows; the first one when None
    texts: tuple[str, ...] = ()  # columns, by the names used here, that stay text
    hint: str = ""  # what to do with other files


def read_columns(path: Any, layout: Layout, needed: Sequence[str]) -> pd.DataFrame:
    """Table of a program, its rows named and its columns renamed; others keep their names.

    `needed` are the columns, by the names used here, that a file must have.
    """
    found = existing_file(path)
    table = read_delimited(found, sep="\t")
    frame = table.frame
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
    names = table.row_names(table.position(row_names, "row_names"))
    if row_names != frame.columns[0]:
        frame = frame.assign(**{frame.columns[0]: lossless_numbers(frame.iloc[:, 0])})
    named = [layout.columns[ours] for ours in layout.texts]
    kept = [table.position(theirs, "texts") for theirs in named if theirs in frame.columns]
    frame = frame.assign(**table.texts(kept))
    renamed = {theirs: ours for ours, theirs in layout.columns.items()}
    return frame.drop(columns=row_names).set_axis(names, axis=0).rename(columns=renamed)


def read_delimited(
    path: Any, *, sep: str | None = None, comment: str = "#", header: bool | None = True
) -> TextTable:
    """Table in a text file whose columns are separated by tabs, commas, semicolons or blanks.

    Empty lines and comments are skipped, but for a header behind the mark of comments. A first
    column without a name in the header is called ""; without a header, columns are numbered.
    With ``header=None`` the first line is a header unless it holds numbers as the others do.
    """
    found = existing_file(path)
    sep, comment, header = _parse_layout(sep, comment, header)
    text = read_text(found).split("\n")
    if is_gct(text[0]):
        return _read_gct(text, found)
    hint = _SEPARATOR_LINE.fullmatch(text[0])
    if hint is not None:
        sep, text[0] = sep or hint[1], ""
    lines = [
        number
        for number, line in enumerate(text, 1)
        if line.strip() and not (comment and line.startswith(comment))
    ]
    if not lines:
        raise InputError(f"'{found.name}' holds no rows of data.")
    if sep is None:
        sep = find_separator(text[lines[0] - 1], text[lines[min(1, len(lines) - 1)] - 1])
    names, records = _split(text, lines, sep, comment, header, found.name)
    return TextTable(
        _typed(records, names), records.numbers, found, records, has_header=bool(names)
    )


def table_below(
    text: Sequence[str],
    header: int,
    path: Path,
    *,
    sep: str = "\t",
    body: int | None = None,
    end: int | None = None,
    quotes: bool = True,
) -> TextTable:
    """Table of the lines below a header, which are counted from 1, up to but not with `end`."""
    first = header + 1 if body is None else body
    lines = text[first - 1 : None if end is None else end - 1]
    numbers = [first + k for k, line in enumerate(lines) if line.strip()]
    if not numbers:
        raise InputError(f"'{path.name}' holds no rows of data.")
    rows = split_lines([text[k - 1] for k in numbers], numbers, sep, path.name, quotes=quotes)
    above = split_line(text[header - 1], sep, header, path.name)
    names, rows = without_empty_end(above, rows)
    names = column_names(names, header, rows.n_fields, path.name)
    return TextTable(_typed(rows, names), numbers, path, rows)


def parse_separator(sep: Any) -> str:
    """Separator of columns; a blank stands for any number of them."""
    if as_text(sep, "sep") != BLANK and (len(sep) != 1 or sep in '"\r\n'):
        raise InputError(f"`sep` must be one character, not a quote; got {sep!r}.")
    return BLANK if sep == " " else str(sep)


def _parse_layout(sep: Any, comment: Any, header: Any) -> tuple[str | None, str, bool | None]:
    """Separator, mark of comments, and whether there is a header."""
    known = None if header is None else flag(header, "header")
    return None if sep is None else parse_separator(sep), as_text(comment, "comment"), known


def _split(
    text: list[str], lines: list[int], sep: str, comment: str, header: bool | None, name: str
) -> tuple[list[str], Records]:
    """Names of the columns, none without a header, and the rows."""

    def rows(numbers: list[int]) -> Records:
        return split_lines([text[number - 1] for number in numbers], numbers, sep, name)

    first = split_line(text[lines[0] - 1], sep, lines[0], name)
    above = text[lines[0] - 2] if lines[0] > 1 else ""
    if header is not False and comment and above.startswith(comment):
        bare = above.lstrip(comment)
        fields = [
            field.strip('" ') for field in (bare.split() if sep == BLANK else bare.split(sep))
        ]
        if len(fields) == len(first):
            records = rows(lines)
            if is_commented_header(above, comment, fields, records):
                return column_names(fields, lines[0] - 1, records.n_fields, name), records
    below = rows(lines[1:]) if len(lines) > 1 else None
    if header is False or (header is None and not is_header(first, below)):
        return [], rows(lines)
    if below is None:
        raise InputError(f"'{name}' holds no rows of data.")
    first, below = without_empty_end(first, below)
    return column_names(first, lines[0], below.n_fields, name), below


def _read_gct(text: list[str], path: Path) -> TextTable:
    """Table of a GCT file with what it says of the samples."""
    layout = gct_layout(text, path.name)
    table = table_below(text, 3, path, body=layout.body)
    names = list(table.frame.columns)
    layout.check(len(table.lines), table.records.n_fields)
    told = range(4, layout.body)
    metadata = [split_line(text[k - 1], "\t", k, path.name)[: len(names)] for k in told]
    for number, line in zip(told, metadata, strict=True):
        if len(line) != len(names):
            raise ShapeError(
                f"Line {number} of '{path.name}' has {len(line)} fields; line 3 has {len(names)}."
            )
    return replace(
        table,
        n_annotation=layout.n_annotation,
        samples=layout.samples(names, metadata),
    )


def _typed(records: Records, names: list[str]) -> pd.DataFrame:
    """Text in the first column; in others numbers, where all cells are, and text."""
    frame = _parse(records)
    doubtful = [k for k in range(records.n_fields) if _is_doubtful(frame[k])]
    mark = re.escape(records.sep)
    if any(re.search(f"{mark}{_PADDED}", line) for line in records.lines):
        numeric = [k for k in range(records.n_fields) if frame[k].dtype.kind in "iuf"]
        doubtful += [k for k in numeric if k not in doubtful]
    if doubtful:
        for k, cells in zip(doubtful, zip(*records.columns(doubtful), strict=True), strict=True):
            text = pd.Series(cells, dtype=object)
            if _is_doubtful(frame[k]) or padded(text):
                frame[k] = text
    return frame.set_axis(names, axis=1) if names else frame


def _is_plain(frame: pd.DataFrame, position: int) -> bool:
    """Whether a column by position holds numbers already."""
    return frame.dtypes.iloc[position].kind in "iuf"


def _is_doubtful(column: pd.Series) -> bool:
    """Whether words such as TRUE or nan were taken for values."""
    return column.dtype.kind == "b" or (column.dtype.kind == "f" and bool(column.isna().any()))


def _parse(records: Records) -> pd.DataFrame:
    """Columns of the records, numbered; the first is text."""
    return pd.read_csv(
        io.StringIO("\n".join(records.lines)),
        sep=records.sep,
        header=None,
        names=range(records.n_fields),
        index_col=False,
        dtype={0: str},
        quoting=csv.QUOTE_NONE,
        float_precision="round_trip",
        na_filter=False,
        low_memory=False,
        skip_blank_lines=False,
    )
