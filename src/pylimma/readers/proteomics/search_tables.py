"""Results of search engines as tables: text, Parquet or frames, whose columns are found by name.

A name is found whatever its case and its marks: tables written by R have dots in place of blanks,
so that "Only.identified.by.site" is "Only identified by site".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.tables import as_pandas
from pylimma.arguments import path as file_path
from pylimma.errors import InputError, nearest, quoted
from pylimma.readers.cells import MISSING, is_number
from pylimma.readers.delimited import read_delimited
from pylimma.readers.files import existing_file
from pylimma.record import Record
from pylimma.typing import AnyArray, FloatArray

_PARQUET = b"PAR1"  # the first bytes of such files
_NO_NUMBER = (*MISSING, "-nan", "#N/A", "Filtered")  # the last of Spectronaut
_YES = ("+", "true", "1", "1.0", "yes")
_DECIMAL_COMMA = r"-?\d+,\d+(?:[eE][-+]?\d+)?"
_DECIMAL_POINT = r"-?\d*\.\d+(?:[eE][-+]?\d+)?"
_MOST_SHOWN = 8  # columns that a message lists


def key(name: Any) -> str:
    """A name without regard to case and marks, of the same length."""
    return re.sub(r"[^0-9A-Za-z]", ".", str(name)).lower()


@dataclass(frozen=True, slots=True)
class Program:
    """A search engine: its name, its files in the order of preference, how columns get there."""

    name: str
    files: tuple[str, ...]
    hint: str = ""
    signs: tuple[tuple[str, ...], ...] = ()  # columns that together tell its tables

    def wrote(self, header: str) -> bool:
        """Whether the first line of a file is that of a table of the program."""
        names = {key(name.strip('"\ufeff ')) for name in re.split(r"[\t,;]", header)}
        return any(names.issuperset(map(key, sign)) for sign in self.signs)


@dataclass(frozen=True, slots=True, eq=False)
class SearchTable(Record):
    """A table of results, read column by column."""

    program: Program
    name: str  # of the file, for messages
    columns: list[str]
    n_rows: int
    cells: Callable[[str], pd.Series]  # a column as it was read
    lines: Sequence[int] | None = None  # of the rows in a text file

    def find(self, *names: str) -> str | None:
        """The first of some columns that the table has, by its own spelling."""
        known = {key(column): column for column in reversed(self.columns)}
        return next((known[key(name)] for name in names if key(name) in known), None)

    def need(self, *names: str, hint: str = "") -> str:
        """As `find`; raise where there is none."""
        found = self.find(*names)
        if found is None:
            wanted = " or ".join(quoted([name]) for name in names)
            there = quoted(nearest(names[0], self.columns), _MOST_SHOWN)
            raise InputError(
                f"'{self.name}' has no column {wanted}, which {self.program.name} writes; it has "
                f"{there}.{hint or self.program.hint}"
            )
        return found

    def texts(self, column: str) -> pd.Series:
        """A column as text, empty cells as missing values."""
        codes, values = pd.factorize(self.cells(column))  # reports repeat the same cells often
        plain = [str(value).strip() for value in values]
        known = [np.nan if value in MISSING else value for value in plain]
        return pd.Series(np.array([*known, np.nan], dtype=object)[codes], dtype=object)

    def marks(self, column: str) -> AnyArray:
        """Whether a column says yes, be it by "+", True or 1."""
        return np.asarray(self.texts(column).fillna("").str.lower().isin(_YES))

    def numbers(self, columns: Sequence[str]) -> FloatArray:
        """Columns as numbers, decimal commas in all of them or in none; Filtered is missing."""
        result, texts = np.empty((self.n_rows, len(columns))), {}
        has_point = False
        for k, column in enumerate(columns):
            cells = self.cells(column)
            if pd.api.types.is_numeric_dtype(cells):
                result[:, k] = cells.to_numpy(float, na_value=np.nan)
                if np.isinf(result[:, k]).any():
                    row = int(np.argmax(np.isinf(result[:, k])))
                    raise self.fault(row, f"column '{column}' holds an infinite value")
                has_point |= cells.dtype.kind == "f"
            else:
                texts[k] = cells.astype(object).where(cells.notna(), "").astype(str).str.strip()
                has_point |= bool(texts[k].str.fullmatch(_DECIMAL_POINT).any())
        for k, text in texts.items():
            known = ~text.isin(_NO_NUMBER)
            plain = text.where(known, "nan")
            if not has_point and plain.str.fullmatch(_DECIMAL_COMMA).any():
                plain = plain.str.replace(",", ".")
            wrong = known & ~plain.map(is_number)
            if wrong.any():
                row = int(np.argmax(wrong))
                raise self.fault(
                    row, f"column '{columns[k]}' holds {text.iloc[row]!r}, which is not a number"
                )
            result[:, k] = plain.astype(float)
        return result

    def fault(self, row: int, what: str) -> InputError:
        """Error that says in which line something is wrong."""
        place = f"Row {row + 1}" if self.lines is None else f"Line {self.lines[row]}"
        return InputError(f"{place} of '{self.name}': {what}.")


def open_table(file: Any, program: Program) -> SearchTable:
    """Table in a text or Parquet file, in a folder that has one, or in a frame."""
    frame = as_pandas(file)
    if frame is not None:
        return _of_frame(frame, program)
    found = _in_folder(file, program)
    with found.open("rb") as content:
        is_parquet = content.read(len(_PARQUET)) == _PARQUET
    return _open_parquet(found, program) if is_parquet else _open_text(found, program)


def _of_frame(frame: pd.DataFrame, program: Program) -> SearchTable:
    names = [str(name) for name in frame.columns]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"Columns of the table repeat: {quoted(repeated)}.")
    plain = frame.set_axis(names, axis=1).reset_index(drop=True)
    return SearchTable(program, "the table", names, len(plain), plain.__getitem__)


def _in_folder(file: Any, program: Program) -> Path:
    """The file itself, or the one in a folder that the program writes."""
    folder = file_path(file, "file")
    if not folder.is_dir():
        return existing_file(folder)
    there = [folder / name for name in program.files if (folder / name).is_file()]
    if not there:
        raise InputError(f"The folder '{folder}' holds none of {quoted(program.files)}.")
    return there[0]


def _open_text(path: Path, program: Program) -> SearchTable:
    table = read_delimited(path, comment="")
    columns = [str(name) for name in table.frame.columns]
    cells = table.frame.__getitem__
    return SearchTable(program, path.name, columns, len(table.lines), cells, table.lines)


def _open_parquet(path: Path, program: Program) -> SearchTable:
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415 - an optional library
    except ImportError:
        raise InputError(
            f"The library pyarrow is needed to read '{path}': pip install pyarrow."
        ) from None
    try:
        file = parquet.ParquetFile(path)
        columns = list(file.schema_arrow.names)
    except (OSError, ValueError, ArrowException) as error:
        raise InputError(f"'{path}' is cut off, damaged or not a Parquet file.") from error

    def cells(column: str) -> pd.Series:
        try:
            read: Any = file.read(columns=[column]).to_pandas()[column]
        except (OSError, ValueError, ArrowException) as error:
            raise InputError(f"'{path}' is cut off or damaged at column '{column}'.") from error
        return read.astype(object) if isinstance(read.dtype, pd.CategoricalDtype) else read

    return SearchTable(program, path.name, columns, file.metadata.num_rows, cells)
