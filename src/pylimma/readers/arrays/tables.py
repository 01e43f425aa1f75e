"""The table of spots in one file of a scanner: found, cut out, checked against others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pylimma.arguments import vector
from pylimma.errors import (
    InputError,
    PylimmaError,
    ShapeError,
    UnknownNameError,
    nearest,
    quoted,
)
from pylimma.numerics.threads import thread_number, thread_pool
from pylimma.readers.arrays.headers import (
    Heading,
    ScanText,
    find_heading,
    genepix_header,
    imagene_header,
    nearest_heading,
    open_scan,
    quantarray_heading,
    smd_header,
)
from pylimma.readers.arrays.sources import SOURCES, Source, genepix_channels
from pylimma.readers.arrays.spot_weights import ByColumn
from pylimma.readers.byte_tables import ByteTable, byte_table
from pylimma.record import Record
from pylimma.typing import FloatArray

_SHOWN = 8  # names of columns in a message
_MOST_THREADS = 8  # more only wait for the disk


@dataclass(frozen=True, slots=True, eq=False)
class ScanTable(Record):
    """Spots of one file, with its header."""

    spots: ByteTable
    columns: dict[str, str]  # channels → columns of the file
    header: dict[str, Any] = field(default_factory=dict)
    said: str | None = None  # what is to be said of the choice of columns


def read_scan(
    path: Any,
    source: Source,
    columns: Mapping[str, str],
    sep: str | None,
    *,
    quotes: bool,
    default: bool = False,
) -> ScanTable:
    """Table of the spots in a file.

    Where the columns are the `default` of the source, the first file may tell that they are called
    otherwise or that there is one channel.
    """
    text = open_scan(path)
    header: dict[str, Any] = {}
    said = None
    if source.heading == "genepix":
        header, heading = _genepix(text, sep)
        if default:
            columns, said = genepix_channels(columns, heading.columns, header)
    elif source.heading == "imagene":
        header, heading = _imagene(text, sep)
    elif source.heading == "quantarray":
        heading = quantarray_heading(text, sep)
    else:
        if source.heading == "smd":
            header = smd_header(text)
        columns, heading, said = _generic(text, source, columns, sep, default=default)
    _check_titles(text, source, columns, heading)
    spots = byte_table(
        text.content, heading.columns, heading.number + 1, heading.sep, text.name,
        quotes=quotes and source.quotes, start=heading.end, stop=_end(text, source, heading),
    )  # fmt: skip
    _check_rows(spots, source, header)
    return ScanTable(spots, dict(columns), header, said)


def base_names(columns: Mapping[str, str]) -> list[str]:
    """Headings of columns, which stand there twice for one with a number behind it."""
    return [re.sub(r"^(Bkgd|.* Dens - .*)\.1$", r"\1", name) for name in columns.values()]


def _genepix(text: ScanText, sep: str | None) -> tuple[dict[str, Any], Heading]:
    try:
        return genepix_header(text, sep)
    except InputError as error:
        raise InputError(f"{error}{_kind(text, sep)}") from None


def _imagene(text: ScanText, sep: str | None) -> tuple[dict[str, Any], Heading]:
    header, heading = imagene_header(text)
    if heading is None:
        fault = text.cut_off("the line 'End Header'")
        raise InputError(f"{fault}{_kind(text, sep)}")
    return header, heading


def _generic(
    text: ScanText, source: Source, columns: Mapping[str, str], sep: str | None, *, default: bool
) -> tuple[Mapping[str, str], Heading, str | None]:
    """Columns, the line that names them, and whether there is but one channel."""
    heading = find_heading(text, base_names(columns), sep)
    if heading is not None:
        return columns, heading, None
    if default:
        one = {c: columns[k] for c, k in (("E", "G"), ("Eb", "Gb")) if k in columns}
        heading = find_heading(text, base_names(one), sep) if one else None
        if heading is not None and columns["R"] not in heading.columns:
            return one, heading, "it has the green channel alone: the result is an EListRaw"
    return columns, _refuse(text, source, columns, sep), None


def _refuse(text: ScanText, source: Source, columns: Mapping[str, str], sep: str | None) -> Any:
    """Raise for a file that does not have the columns."""
    wanted = base_names(columns)
    heading = nearest_heading(text, [*wanted, *source.annotation], sep)
    if heading is None:
        raise InputError(
            f"'{text.name}' has no line that names the columns {quoted(wanted)}.{_kind(text, sep)}"
        )
    raise _lacking(text, wanted, heading, sep)


def _lacking(
    text: ScanText, wanted: Sequence[str], heading: Heading, sep: str | None
) -> InputError:
    """Error that names the columns that are not there, and those like them."""
    missing = [name for name in dict.fromkeys(wanted) if name not in heading.columns]
    near = [name for name in nearest(missing[0], filter(None, heading.columns)) if name]
    return InputError(
        f"Line {heading.number} of '{text.name}' names no column {quoted(missing)}; it names "
        f"{quoted(near, _SHOWN)}.{_kind(text, sep)} Other columns can be chosen by `columns`."
    )


def _kind(text: ScanText, sep: str | None) -> str:
    """Sentence that names the sources whose columns a file has, if any."""
    found = [
        name
        for name, source in SOURCES.items()
        if source.columns and find_heading(text, base_names(source.columns), sep) is not None
    ]
    return f" It has the columns of {quoted(found)}: give that `source`." if found else ""


def _check_titles(
    text: ScanText, source: Source, columns: Mapping[str, str], heading: Heading
) -> None:
    """Raise unless each wanted column is there, once, or twice where each channel has its own."""
    names, often = base_names(columns), 2 if source.heading == "arrayvision" else 1
    if not set(names) <= set(heading.columns):
        raise _lacking(text, names, heading, heading.sep)
    for name in names:
        times = heading.columns.count(name)
        if times > often or (times < often and f"{name}.1" in columns.values()):
            what = f"names the column '{name}' {times} times; {often} expected"
            raise text.fault(heading.number, what)


def _end(text: ScanText, source: Source, heading: Heading) -> int:
    """Where the rows end: at the line below the table, or at lines of separators alone."""
    content, stop = text.content, len(text.content)
    if source.end is not None:
        line = rb"\n" + source.end.rstrip("!").encode() + rb"[\t ,;]*\n"
        found = re.compile(line, re.IGNORECASE).search(content, heading.end)
        if found is None and source.end.endswith("!"):
            raise text.cut_off(f"the line '{source.end[:-1]}'")
        stop = stop if found is None else found.start() + 1
    while stop > heading.end + 1:
        start = content.rfind(b"\n", heading.end, stop - 1) + 1
        if content[start:stop].strip(b"\t ,;\n"):
            return stop
        stop = start
    return stop


def _check_rows(spots: ByteTable, source: Source, header: Mapping[str, Any]) -> None:
    """Raise for a line that is no spot, or if there are not as many as the header says."""
    if source.row and spots.columns[0] == "FEATURES":
        for row, word in enumerate(spots.texts("FEATURES")):
            if word != source.row:
                raise spots.fault(row, f"a spot begins with '{source.row}'; this begins {word!r}")
    if source.heading == "imagene":
        n_spots = number_of_spots(header, spots.name)
        if n_spots != len(spots):
            raise ShapeError(
                f"'{spots.name}' has {len(spots)} spots, up to line {spots.lines[-1]}; its header "
                f"('Field Dimensions') says {n_spots}: it is cut off or was edited."
            )


def number_of_spots(header: Mapping[str, Any], name: str) -> int:
    """Spots of a file of ImaGene by its header."""
    fields = header.get("Field Dimensions")
    if fields is None or getattr(fields, "shape", (0, 0))[1] != 4:
        raise InputError(
            f"The header of '{name}' has no 'Field Dimensions' with Metarows, Metacols, Rows and "
            f"Cols."
        )
    return int(fields.prod(axis=1).sum())


def table_for(wt_fun: Any, spots: ByteTable) -> pd.DataFrame:
    """Columns of a file that a function of weights may want."""
    if isinstance(wt_fun, ByColumn) and wt_fun.column in spots.columns:
        return pd.DataFrame({wt_fun.column: spots.typed(wt_fun.column)})
    return spots.frame()


def spot_weights(
    wt_fun: Callable[[pd.DataFrame], Any], table: pd.DataFrame, name: str
) -> FloatArray:
    """Weights that a function gives to the spots of a table."""
    try:
        weights = wt_fun(table)
    except PylimmaError:
        raise
    except KeyError as error:
        raise UnknownNameError(
            f"`wt_fun` wants {error} of '{name}', which has the columns {quoted(table.columns)}."
        ) from error
    except Exception as error:
        raise InputError(f"`wt_fun` fails on the table of '{name}': {error!r}.") from error
    return vector(weights, "wt_fun", len(table), "spot")


def in_order(task: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[Any]:
    """Results of a task for each item, made on threads."""
    with thread_pool(max(1, min(_MOST_THREADS, thread_number(None), len(items)))) as pool:
        yield from pool.map(task, items)
