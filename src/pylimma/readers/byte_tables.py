"""Tables of delimited text as bytes: all cells are found at once, columns are parsed on demand.

NumPy finds the separators and the ends of lines in the whole text. A column is then parsed for all
rows together, without a line ever being split, so that a few columns of a wide table cost little.
Lines that are not regular (quotes around separators, empty lines) are split one by one and written
anew, with a separator that no text holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from pylimma.errors import InputError, ShapeError, UnknownNameError, nearest, quoted
from pylimma.readers.cells import MISSING, is_number
from pylimma.record import Record
from pylimma.typing import AnyArray, BoolArray, FloatArray, IntArray

SEPARATORS = ("\t", ",", ";")
_NEWLINE, _QUOTE, _ZERO, _MINUS, _POINT = (ord(mark) for mark in '\n"0-.')
_MARK = "\x1f"  # the unit separator of ASCII, which text read here never holds
_MOST_DIGITS = 15  # below 2^53, so that mantissa / 10^k has one rounding alone
_LONGEST = _MOST_DIGITS + 2  # with sign and point
_POWERS = 10.0 ** np.arange(_LONGEST + 1)
_NO_VALUE = frozenset({*MISSING, "Error"})  # the last is what GenePix writes for 0 / 0
Characters: TypeAlias = tuple[IntArray, list[AnyArray]]
_MOSTLY = 0.5  # share of cells above which words make a column one of text
_EMPTY = ("", "NA")
_TRUTH = dict.fromkeys(("T", "TRUE", "true", "True"), True) | dict.fromkeys(
    ("F", "FALSE", "false", "False"), False
)


@dataclass(frozen=True, slots=True, eq=False)
class ByteTable(Record):
    """Cells of a table by their places in its text."""

    name: str  # of the file
    columns: list[str]  # names, those that repeat followed by .1, .2 and so on
    text: AnyArray  # bytes
    marks: IntArray  # what stands before each cell, row by row, and after the last one
    lines: IntArray  # of the file, one for each row, counted from 1
    quotes: bool  # whether quotes around a cell are no part of it

    def __len__(self) -> int:
        return len(self.lines)

    def fault(self, row: int, what: str) -> InputError:
        """Error that says on which line something is wrong."""
        return InputError(f"Line {self.lines[row]} of '{self.name}': {what}.")

    def check_column(self, column: str) -> None:
        """Raise unless there is a column of a name."""
        if column not in self.columns:
            raise UnknownNameError(
                f"'{self.name}' has no column '{column}'; it has "
                f"{quoted(nearest(column, filter(None, self.columns)))}."
            )

    def numbers(self, column: str) -> FloatArray:
        """Values of a column; NaN where a cell is empty, an error where it is no number."""
        left, right = self.places(column)
        values, _, odd = _decimals(self.text, left, right)
        for row in np.flatnonzero(odd).tolist():
            cell = self._decoded(left[row], right[row]).strip()
            if cell and cell not in _NO_VALUE and ("_" in cell or not is_number(cell)):
                comma = "; numbers have decimal points" if is_number(cell.replace(",", ".")) else ""
                raise self.fault(row, f"column '{column}' holds {cell!r}, not a number{comma}")
            values[row] = np.nan if cell in _NO_VALUE else float(cell)
        return values

    def texts(self, column: str) -> list[str]:
        """Cells of a column as they stand."""
        left, right = self.places(column)
        raw = self.text.tobytes()
        bounds = zip(left.tolist(), right.tolist(), strict=True)
        if raw.isascii():
            text = raw.decode()
            cells = [text[a:b] for a, b in bounds]
        else:
            cells = [raw[a:b].decode() for a, b in bounds]
        return [cell.replace('""', '"') for cell in cells] if self.quotes else cells

    def holds_text(self, column: str) -> bool:
        """Whether most cells of a column that are not empty are no numbers."""
        left, right = self.places(column)
        odd = _decimals(self.text, left, right)[2]
        cells = [self._decoded(left[row], right[row]).strip() for row in np.flatnonzero(odd)]
        strange = [cell for cell in cells if cell not in _NO_VALUE]
        words = sum(not is_number(cell) for cell in strange)
        return words > _MOSTLY * (len(self) - len(cells) + len(strange))

    def typed(self, column: str) -> pd.Series:
        """Column as whole numbers, numbers, truth values or text, whichever fits all its cells."""
        left, right = self.places(column)
        values, whole, odd = _decimals(self.text, left, right)
        padded = bool(self._padded(left, right).any())
        if not padded and not odd.any():
            return pd.Series(values.astype(int) if whole.all() else values)
        cells = self.texts(column)
        known = [cell for cell in cells if cell not in _EMPTY]
        if known and all(cell in _TRUTH for cell in known):
            kind = bool if len(known) == len(cells) else object
            return pd.Series([_TRUTH.get(cell) for cell in cells], dtype=kind)
        if not padded and all("_" not in cell and is_number(cell) for cell in known):
            return pd.Series([np.nan if cell in _EMPTY else float(cell) for cell in cells])
        return pd.Series([None if cell == "NA" else cell for cell in cells], dtype=object)

    def frame(self) -> pd.DataFrame:
        """All columns that have names."""
        return pd.DataFrame({name: self.typed(name) for name in self.columns if name})

    def characters(self, column: str) -> Characters:
        """Lengths of the cells of a column, and their first, second, … bytes, 0 after the end."""
        left, right = self.places(column)
        size = right - left
        return size, [
            np.take(self.text, left + k, mode="clip") * (k < size)
            for k in range(int(size.max(initial=0)))
        ]

    def places(self, column: str) -> tuple[IntArray, IntArray]:
        """Where the cells of a column begin and end, without quotes and blanks around them."""
        self.check_column(column)
        k, width = self.columns.index(column), len(self.columns)
        left, right = self.marks[k:-1:width] + 1, self.marks[k + 1 :: width].copy()
        if self.quotes and (around := self.text[left] == _QUOTE).any():
            around &= (right - left > 1) & (self.text[right - 1] == _QUOTE)
            left, right = left + around, right - around
        return left, right

    def _decoded(self, left: int, right: int) -> str:
        return self.text[left:right].tobytes().decode()

    def _padded(self, left: IntArray, right: IntArray) -> BoolArray:
        """Which cells are digits with zeros in front, which are names."""
        long = right - left > 1
        second = self.text[np.where(long, left + 1, 0)]
        return long & (self.text[left] == _ZERO) & (second - np.uint8(_ZERO) <= 9)


def first_difference(one: Characters, other: Characters) -> int | None:
    """First row, of those that both columns have, whose cells differ."""
    both = min(len(one[0]), len(other[0]))
    differ = one[0][:both] != other[0][:both]
    for mine, theirs in zip(one[1], other[1], strict=False):
        differ |= mine[:both] != theirs[:both]
    return int(np.argmax(differ)) if differ.any() else None


def byte_table(
    content: bytes, columns: list[str], first: int, sep: str, name: str, *,
    quotes: bool, start: int = 0, stop: int | None = None,
) -> ByteTable:  # fmt: skip
    """Table of the rows in a text, from the end of the line of titles to the end of a line.

    Rows may have one cell more than there are titles: names of the rows, or nothing at all.
    """
    text = np.frombuffer(content, np.uint8)[start:stop]
    marked = text == _NEWLINE
    n_rows = int(np.count_nonzero(marked)) - 1
    if n_rows < 1:
        raise InputError(f"'{name}' holds no rows of data below line {first - 1}.")
    width = content.count(sep.encode(), start, content.find(b"\n", start + 1)) + 1
    marked |= text == ord(sep)
    marks = marked.nonzero()[0]
    regular = len(marks) == n_rows * width + 1 and width in (len(columns), len(columns) + 1)
    regular = regular and bool((text[marks[::width]] == _NEWLINE).all())
    regular = regular and not (width == 1 and b"\n\n" in content[start:stop])
    names = numbered(columns)
    if regular and width == len(columns) + 1:
        last = marks[width::width] - marks[width - 1 : -1 : width]
        names = [*names, ""] if (last == 1).all() else ["", *names]
    table = ByteTable(name, names, text, marks, np.arange(first, first + n_rows), quotes)
    n_quotes = int(np.count_nonzero(text == _QUOTE)) if quotes else 0
    if regular and (not n_quotes or _quoted_whole(table, n_quotes)):
        return table
    return _rewritten(content[start:stop], columns, first, sep, name, quotes=quotes)


def numbered(names: list[str]) -> list[str]:
    """Names of columns; those that were there before are followed by .1, .2 and so on."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, -1) + 1
        result.append(f"{name}.{seen[name]}" if seen[name] and name else name)
    return result


def split_cells(line: str, sep: str, *, quotes: bool = True) -> list[str]:
    """Cells of a line; a quoted one may hold the separator, and quotes inside a cell are text."""
    cells = line.split(sep)
    if not quotes or '"' not in line:
        return cells
    result: list[str] = []
    while cells:
        end = _end_of_quotes(cells)
        cell, cells = sep.join(cells[:end]), cells[end:]
        whole = len(cell) > 1 and cell.startswith('"') and cell.endswith('"')
        result.append(cell[1:-1].replace('""', '"') if whole else cell)
    return result


def _end_of_quotes(cells: list[str]) -> int:
    """How many of the cells the first one takes, where its quotes go around separators."""
    first = cells[0]
    if not first.startswith('"') or (len(first) > 1 and first.endswith('"')):
        return 1
    for k, cell in enumerate(cells[1:], 2):
        if cell.endswith('"') and (not cell.startswith('"') or cell == '"'):
            return k
        if cell.startswith('"'):
            return 1
    return 1


def _rewritten(
    body: bytes, columns: list[str], first: int, sep: str, name: str, *, quotes: bool
) -> ByteTable:
    """Table of lines that are split one by one; raise for the first that does not fit."""
    rows, lines = [], []
    for number, line in enumerate(body.decode().split("\n")[1:-1], first):
        if line.strip():
            rows.append(split_cells(line, sep, quotes=quotes))
            lines.append(number)
    width = len(columns)
    more = bool(rows) and all(len(row) == width + 1 for row in rows)
    for row, number in zip(rows, lines, strict=True):
        surplus = row[width + more :]
        if len(row) < width or any(cell.strip() for cell in surplus):
            raise ShapeError(
                f"Line {number} of '{name}' has {len(row)} cells; line {first - 1}, which names "
                f"the columns, has {width}."
            )
        del row[width + more :]
    text = "".join(f"{_MARK.join(row)}\n" for row in rows)
    table = byte_table(f"\n{text}".encode(), columns, first, _MARK, name, quotes=False)
    return ByteTable(name, table.columns, table.text, table.marks, np.array(lines), quotes=False)


def _quoted_whole(table: ByteTable, n_quotes: int) -> bool:
    """Whether all quotes go around whole cells, each column having them in all rows or in none."""
    marks, text, width = table.marks, table.text, len(table.columns)
    found = 0
    for k in range(width):
        left, right = int(marks[k]) + 1, int(marks[k + 1])
        if right - left > 1 and text[left] == _QUOTE and text[right - 1] == _QUOTE:
            begin, end = marks[k:-1:width] + 1, marks[k + 1 :: width] - 1
            around = (text[begin] == _QUOTE) & (text[end] == _QUOTE) & (begin < end)
            found += 2 * int(around.sum())
    return found == n_quotes


def _decimals(
    text: AnyArray, left: IntArray, right: IntArray
) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Values of cells of digits with a sign and a point; which are whole; which cells are odd."""
    size = right - left
    longest = min(int(size.max(initial=0)), _LONGEST)
    value = np.zeros(len(size))
    odd = (size < 1) | (size > _MOST_DIGITS)
    at = right.copy()
    for k in range(longest):
        # digits from the last one on; what stands before a shorter cell counts for nothing
        at -= 1
        digit = (np.take(text, at, mode="clip") - np.uint8(_ZERO)) * (k < size)
        odd |= digit > 9
        value += digit * _POWERS[k]
    whole = ~odd
    if odd.any():
        value[odd], whole[odd], odd[odd] = _signed(text, left[odd], right[odd])
    return value, whole, odd


def _signed(
    text: AnyArray, left: IntArray, right: IntArray
) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Values of cells that may have a sign and a point; which are whole; which are odd."""
    size = right - left
    value, digits, scale = (np.zeros(len(size), dtype=np.int64) for _ in range(3))
    negative = (size > 0) & (text[left] == _MINUS)
    pointed, odd = np.zeros(len(size), dtype=bool), size > _LONGEST
    for k in range(min(int(size.max(initial=0)), _LONGEST)):
        byte = np.take(text, left + k, mode="clip")
        digit, inside = byte - np.uint8(_ZERO), k < size
        is_digit = inside & (digit <= 9)
        value = np.where(is_digit, value * 10 + digit, value)
        digits += is_digit
        scale += is_digit & pointed
        point = inside & (byte == _POINT)
        odd |= inside & ~is_digit & ~(point & ~pointed) & ~((k == 0) & negative)
        pointed |= point
    odd |= (digits == 0) | (digits > _MOST_DIGITS)
    # m / 10^k of exact m and 10^k is the double nearest to the decimal number
    result = value / _POWERS[scale]
    return np.where(negative, -result, result), ~pointed, odd
