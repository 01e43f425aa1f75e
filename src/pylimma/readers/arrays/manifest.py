"""Manifests of Illumina's expression arrays (BGX): which probe has which address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pandas as pd

from pylimma.errors import InputError, InputWarning, nearest, quoted, warn
from pylimma.readers.delimited import TextTable, table_below
from pylimma.readers.files import read_text
from pylimma.record import Record
from pylimma.typing import AnyArray

_PARTS = {"[Probes]": "Number of Probes", "[Controls]": "Number of Controls"}
_ADDRESS, _PROBE, _GROUP = "Array_Address_Id", "Probe_Id", "Reporter_Group_Name"


@dataclass(frozen=True, slots=True, eq=False)
class Manifest(Record):
    """Probes, then controls."""

    addresses: AnyArray
    genes: pd.DataFrame


def read_manifest(path: Path, annotation: Sequence[str]) -> Manifest:
    """Probes and controls with their addresses, kinds, and some columns of annotation."""
    text = read_text(path, or_latin=True).split("\n")
    marks = [k for k, line in enumerate(text, 1) if line.startswith("[")] + [len(text) + 1]
    parts = {text[start - 1].strip(): (start, end) for start, end in pairwise(marks)}
    lacking = [name for name in _PARTS if name not in parts]
    if lacking:
        raise InputError(
            f"'{path.name}' is not a BGX manifest, or is cut off: it has no line '{lacking[0]}'."
        )
    tables = {name: _part(text, parts[name], path) for name in _PARTS}
    for name, told in _PARTS.items():
        table = tables[name]
        _check_size(text[: marks[1]], told, 0 if table is None else len(table.lines), path)
    rows = {name: table for name, table in tables.items() if table is not None}
    if not rows:
        raise InputError(f"'{path.name}' holds no probes.")
    known = [column for table in rows.values() for column in table.frame.columns]
    unknown = [name for name in annotation if name not in known]
    if unknown:
        warn(
            f"'{path.name}' has no annotation {quoted(unknown, 4)}; it has "
            f"{quoted(nearest(unknown[0], dict.fromkeys(known)))}.",
            InputWarning,
        )
    wanted = [name for name in annotation if name in known]
    frames = [_probes(rows[name], wanted, controls=name == "[Controls]") for name in rows]
    genes = pd.concat(frames, ignore_index=True)
    return Manifest(genes[_ADDRESS].to_numpy(), genes)


def _part(text: list[str], part: tuple[int, int], path: Path) -> TextTable | None:
    """Table between two marks, None where it has no rows."""
    start, end = part
    lines = [k for k in range(start + 1, end) if text[k - 1].strip()]
    return table_below(text, lines[0], path, end=end, quotes=False) if len(lines) > 1 else None


def _check_size(heading: Sequence[str], told: str, size: int, path: Path) -> None:
    """Raise where a table has another number of rows than the heading says."""
    found = re.search(rf"^{told}\s+(\d+)", "\n".join(heading), re.MULTILINE)
    if found is not None and int(found[1]) != size:
        raise InputError(
            f"'{path.name}' is cut off or changed: '{told}' is {found[1]}; it has {size:,}."
        )


def _probes(table: TextTable, annotation: Sequence[str], *, controls: bool) -> pd.DataFrame:
    """Rows of a table in the columns of all."""
    cells = table.texts()
    needed = [_PROBE, _ADDRESS, *([_GROUP] if controls else [])]
    lacking = [name for name in needed if name not in cells]
    if lacking:
        raise InputError(
            f"Line {table.lines[0] - 1} of '{table.path.name}' has no column {quoted(lacking)}; "
            f"it has {quoted(cells.columns)}."
        )
    address = cells[_ADDRESS].str.strip()
    wrong = ~address.str.fullmatch(r"\d{1,10}")
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise table.fault(row, f"'{_ADDRESS}' is {address.iloc[row]!r}, which is not a number")
    status = cells[_GROUP] if controls else "regular"
    own = pd.DataFrame({_PROBE: cells[_PROBE], _ADDRESS: address.astype("int64"), "Status": status})
    extra = [name for name in annotation if name in cells and name not in own]
    return pd.concat([own, cells[extra]], axis=1)
