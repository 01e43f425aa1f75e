"""Tables in text files, read with an eye on the line where something is wrong."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.errors import InputError, nearest, quoted
from pylimma.record import Record

_GZIP, _ZIP = b"\x1f\x8b", b"PK"
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


def existing_file(path: Any) -> Path:
    """Path of a file that is there."""
    found = Path(path).expanduser()
    zipped = found.with_name(found.name + ".gz")
    if found.is_file():
        return found
    if zipped.is_file():
        return zipped
    beside = [item.name for item in found.parent.iterdir()] if found.parent.is_dir() else []
    there = quoted(nearest(found.name, sorted(beside)), 5) or "nothing"
    raise InputError(f"There is no file '{found}'; the folder holds {there}.")


def read_text(path: Any) -> str:
    """Text of a file, plain or compressed by gzip, in UTF-8 or UTF-16."""
    found = existing_file(path)
    content = found.read_bytes()
    if content.startswith(_GZIP):
        content = gzip.decompress(content)
    if content.startswith(_ZIP):
        raise InputError(f"'{found.name}' is a spreadsheet or archive; save it as text (CSV).")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(f"Line {line} of '{found.name}' is not UTF-8 text.") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_delimited(
    path: Any, *, sep: str | None = None, comment: str = "#", header: bool = True
) -> TextTable:
    """Table in a text file whose columns are separated by tabs, commas, semicolons or blanks."""
    found = existing_file(path)
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
    """Names of the columns; one is put in front where the header leaves out that of the rows."""
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
