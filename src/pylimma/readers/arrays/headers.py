"""What stands above the table in files of scanners: records, and the line that names the columns.

A heading is found where the format says, or else by the columns that are wanted. ATF: Axon Text
File of GenePix; ImaGene nests blocks of "Begin" and "End"; SMD: Stanford Microarray Database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import sequence
from pylimma.arguments import text as as_text
from pylimma.errors import InputError, quoted, warn
from pylimma.readers.byte_tables import SEPARATORS, split_cells
from pylimma.readers.files import existing_file, read_utf8
from pylimma.record import Record

_COUNTS = re.compile(r"\W*(\d+)\W+(\d+)\W*")
_PADDING = ' \t\n,;"'


@dataclass(frozen=True, slots=True, eq=False)
class Heading(Record):
    """The line that names the columns."""

    number: int  # counted from 1
    end: int  # where it ends, in bytes
    columns: list[str]  # names without quotes and blanks around them
    sep: str


@dataclass(frozen=True, slots=True, eq=False)
class ScanText(Record):
    """Text of a file of a scanner."""

    name: str
    content: bytes  # UTF-8; each line ends in a newline

    def lines(self) -> Iterator[tuple[int, int, str]]:
        """Number, end in bytes, and text of each line."""
        start, number = 0, 0
        while start < len(self.content):
            end = self.content.find(b"\n", start)
            end, number = end if end >= 0 else len(self.content), number + 1
            yield number, end, self.content[start:end].decode()
            start = end + 1

    def fault(self, number: int, what: str) -> InputError:
        """Error that says on which line something is wrong."""
        return InputError(f"Line {number} of '{self.name}' {what}.")

    def cut_off(self, what: str) -> InputError:
        """Error of a file that ends in its header."""
        return InputError(f"'{self.name}' ends before {what}: it is cut off or of another kind.")


def open_scan(path: Any) -> ScanText:
    """Text of a file, plain or compressed, in any of the usual encodings."""
    found: Path = existing_file(path)
    content = read_utf8(found, or_latin=True)
    return ScanText(found.name, content if content.endswith(b"\n") else content + b"\n")


def heading_of(number: int, end: int, line: str, sep: str | None) -> Heading:
    """Line of titles, at the separator that makes most of them unless one is given."""
    marks = SEPARATORS if sep is None else (sep,)
    cells = {mark: split_cells(line, mark) for mark in marks}
    best = max(marks, key=lambda mark: len(cells[mark]))
    return Heading(number, end, [cell.strip() for cell in cells[best]], best)


def find_heading(text: ScanText, wanted: Sequence[str], sep: str | None) -> Heading | None:
    """First line that names all the wanted columns."""
    for number, end, line in text.lines():
        if all(name in line for name in wanted):
            heading = heading_of(number, end, line, sep)
            if set(wanted) <= set(heading.columns):
                return heading
    return None


def nearest_heading(text: ScanText, wanted: Sequence[str], sep: str | None) -> Heading | None:
    """The line that names most of the wanted columns, if any."""
    best = max(text.lines(), key=lambda line: sum(name in line[2] for name in wanted), default=None)
    if best is None or not any(name in best[2] for name in wanted):
        return None
    return heading_of(*best, sep)


def genepix_header(text: ScanText, sep: str | None = None) -> tuple[dict[str, Any], Heading]:
    """Records of a file of GenePix (ATF), separated by tabs or commas, and its line of titles."""
    lines = text.lines()
    first = next(lines, (1, 0, ""))[2]
    if not first.lstrip(_PADDING).startswith("ATF"):
        raise text.fault(1, f"begins with {first[:20]!r}; files of GenePix begin with 'ATF'")
    counts = _COUNTS.fullmatch(next(lines, (2, 0, ""))[2])
    if counts is None:
        raise text.fault(2, "must give two numbers, of header records and of columns")
    n_records, n_columns = map(int, counts.groups())
    records: dict[str, Any] = {}
    for _ in range(n_records):
        record = _atf_record(lines, text)
        name, _, value = record.partition("=")
        records[name] = value.partition("=")[0] or np.nan
    number, end, line = next(lines, (0, 0, ""))
    heading = heading_of(number, end, line, sep)
    if number and len(heading.columns) < min(n_columns, 2):
        raise text.fault(
            number,
            f"must name {n_columns} columns, since line 2 counts {n_records} header records; it is "
            f"{line[:40]!r}",
        )
    if not number:
        raise text.cut_off("the line that names its columns")
    return {**records, "NHeaderRecords": number - 1, "NDataFields": n_columns}, heading


def _atf_record(lines: Iterator[tuple[int, int, str]], text: ScanText) -> str:
    """Next record without its quotes, which may go around the end of a line."""
    record = next(lines, (0, 0, ""))[2].rstrip(_PADDING[:-1])
    if not record.startswith('"'):
        return record
    while record.count('"') % 2:
        number, _, more = next(lines, (0, 0, ""))
        if not number:
            raise text.cut_off('the end of a header record in quotes (")')
        record = f"{record}\t{more.rstrip(_PADDING[:-1])}"
    return record.removeprefix('"').removesuffix('"')


def imagene_header(text: ScanText) -> tuple[dict[str, Any], Heading | None]:
    """Nested header of a file of ImaGene and its line of titles, None where the header has no end.

    The lines are trimmed; "Field Dimensions" and "Alerts" are tables, other blocks mappings.
    """
    blocks: list[tuple[str, list[list[Any]]]] = [("", [])]
    lines = ((number, end, line.strip()) for number, end, line in text.lines())
    for number, _, line in lines:
        if line == "End Header":
            if len(blocks) > 1:
                raise text.fault(number, f"ends the header within its block '{blocks[-1][0]}'")
            header = _as_mapping(blocks[0][1])
            return {**header, "NHeaderRecords": number + 1}, _raw_data(lines, text)
        word, _, name = ("", "", "") if "\t" in line else line.partition(" ")
        if word == "Begin" and name != "Header":
            blocks.append((name, []))
        elif word == "End":
            if len(blocks) == 1 or name != blocks[-1][0]:
                raise text.fault(number, f"ends a block '{name}' that is not begun above")
            name, pairs = blocks.pop()
            blocks[-1][1].append([name, _block(name, pairs, text, number)])
        elif line and line != "Begin Header":
            blocks[-1][1].append([part.strip() for part in _pieces(line)])
    return _as_mapping(blocks[0][1]), None


def _pieces(line: str) -> list[str]:
    return line.split("\t") if "\t" in line else line.split(": ", 1)


def _raw_data(lines: Iterator[tuple[int, int, str]], text: ScanText) -> Heading:
    """Line of titles, which follows the line "Begin Raw Data"."""
    begun = False
    for number, end, line in lines:
        if begun:
            return heading_of(number, end, line, None)
        if line and line != "Begin Raw Data":
            raise text.fault(number, f"must be 'Begin Raw Data'; it is {line[:40]!r}")
        begun = bool(line)
    raise text.cut_off("the line that names its columns")


def _as_mapping(pairs: list[list[Any]]) -> dict[str, Any]:
    """Names and values of the lines of a block."""
    return {
        name: "" if not values else values[0] if len(values) == 1 else values
        for name, *values in pairs
    }


def _block(name: str, pairs: list[list[Any]], text: ScanText, number: int) -> Any:
    """A block of a header as a table, where its name says so, or as a mapping."""
    if name not in {"Field Dimensions", "Alerts"} or not pairs:
        return _as_mapping(pairs)
    titles, *rows = pairs
    short = next((k for k, row in enumerate(rows) if len(row) != len(titles)), None)
    if short is not None:
        line = number - len(rows) + short
        raise text.fault(line, f"has {len(rows[short])} cells; the titles are {quoted(titles)}")
    table = pd.DataFrame(
        [row[1:] for row in rows], [row[0] for row in rows], titles[1:], dtype=object
    )
    if name == "Alerts":
        return table
    try:
        return table.astype(int)
    except ValueError:
        raise text.fault(number - 1, "must give whole numbers of rows and columns") from None


def smd_header(text: ScanText) -> dict[str, Any]:
    """Records of the leading lines that begin with an exclamation mark."""
    records: dict[str, Any] = {}
    for number, _, line in text.lines():
        if number == 1 and not line.strip():
            raise text.fault(1, "is empty; files of SMD begin with records such as '!Exptid=1'")
        if not line.startswith("!"):
            return {**records, "NHeaderRecords": number - 1}
        name, _, value = line[1:].rstrip(_PADDING).partition("=")
        records[name] = value.partition("=")[0] or np.nan
    raise text.cut_off("the line that names its columns")


def quantarray_heading(text: ScanText, sep: str | None) -> Heading:
    """Line of titles of a file of QuantArray, which follows the line "Begin Data"."""
    lines = text.lines()
    if any("Begin Data" in re.split(r"[\t,;]", line)[0] for _, _, line in lines):
        found = next(lines, None)
        if found is not None:
            return heading_of(*found, sep)
    raise text.cut_off("the line 'Begin Data' and its columns")


def read_generic_header(file: Any, columns: Any, sep: str = "\t") -> dict[str, Any]:
    r"""Lines above the first one that holds all the given headings.

    Parameters
    ----------
    file : str or Path
        Text, plain or compressed.
    columns : str or sequence of str
        Headings, found as parts of the line.
    sep : str
        Separator of the headings.

    Returns
    -------
    dict
        ``"NHeaderRecords"``, the number of lines above, and ``"ColumnNames"``, the headings as
        they stand, with their quotes.

    Raises
    ------
    InputError
        If no line holds them all.

    See Also
    --------
    read_maimages : Read the table below.

    Examples
    --------
    >>> import pylimma, pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "scan.txt"
    >>> _ = file.write_text("Scanner\tA\nID\tMean\n")
    >>> pylimma.read_generic_header(file, "Mean")
    {'NHeaderRecords': 1, 'ColumnNames': ['ID', 'Mean']}
    """
    wanted = [as_text(name, "columns") for name in _listed(columns)]
    mark, text = as_text(sep, "sep"), open_scan(file)
    if not mark or not wanted:
        raise InputError("`sep` and `columns` must not be empty.")
    for number, _, line in text.lines():
        if all(name in line for name in wanted):
            return {"NHeaderRecords": number - 1, "ColumnNames": line.split(mark)}
    there = nearest_heading(text, wanted, mark)
    near = "" if there is None else f"; line {there.number} has {quoted(there.columns)}"
    raise InputError(f"No line of '{text.name}' holds all of {quoted(wanted)}{near}.")


def _listed(names: Any) -> list[Any]:
    return [names] if isinstance(names, str) else sequence(names, "columns")


def read_gpr_header(file: Any) -> dict[str, Any]:
    r"""Header of a file of GenePix results.

    Parameters
    ----------
    file : str or Path
        Axon text (``.gpr``), separated by tabs or commas, plain or compressed.

    Returns
    -------
    dict
        Values of the records by their names, up to a second "=" as in R, NaN where empty; then
        ``"NHeaderRecords"``, the number of lines above the names of the columns, and
        ``"NDataFields"``, the number of columns.

    Raises
    ------
    InputError
        If the file does not begin with "ATF", or the second line does not count its records; the
        message gives the line.

    See Also
    --------
    read_maimages : Read the table below.

    Examples
    --------
    >>> import pylimma, pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "a.gpr"
    >>> _ = file.write_text('ATF\t1.0\n1\t2\n"Wavelengths=635\t532"\n"Block"\t"ID"\n1\t"g1"\n')
    >>> pylimma.read_gpr_header(file)["Wavelengths"]
    '635\t532'
    """
    return genepix_header(open_scan(file))[0]


def read_imagene_header(file: Any) -> dict[str, Any]:
    r"""Header of a file of ImaGene.

    Parameters
    ----------
    file : str or Path
        Text, plain or compressed.

    Returns
    -------
    dict
        Values of the records by their names. Blocks are dicts of their own, but for
        ``"Field Dimensions"``, a table of whole numbers with a row for each field, and
        ``"Alerts"``, a table of text. ``"NHeaderRecords"`` is the number of lines above the
        names of the columns.

    Warns
    -----
    InputWarning
        If the header has no end.

    See Also
    --------
    read_imagene : Read the tables below.

    Examples
    --------
    >>> import pylimma, pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "a.txt"
    >>> _ = file.write_text("Begin Header\n\tversion\t5.6\nEnd Header\nBegin Raw Data\nField\n")
    >>> pylimma.read_imagene_header(file)
    {'version': '5.6', 'NHeaderRecords': 4}
    """
    text = open_scan(file)
    header, heading = imagene_header(text)
    if heading is None:
        warn(f"'{text.name}' has no line 'End Header': it is cut off or not of ImaGene.")
    return header


def read_smd_header(file: Any) -> dict[str, Any]:
    r"""Header of a file of the Stanford Microarray Database.

    Parameters
    ----------
    file : str or Path
        Text, plain or compressed.

    Returns
    -------
    dict
        Values of the leading lines such as ``!Exptid=1``, up to a second "=" as in R, NaN where
        empty; and ``"NHeaderRecords"``, their number.

    Raises
    ------
    InputError
        If the first line is empty, or nothing follows the records.

    See Also
    --------
    read_maimages : Read the table below.

    Examples
    --------
    >>> import pylimma, pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "a.xls"
    >>> _ = file.write_text("!Exptid=12\nSPOT\tNAME\n1\tg1\n")
    >>> pylimma.read_smd_header(file)
    {'Exptid': '12', 'NHeaderRecords': 1}
    """
    return smd_header(open_scan(file))
