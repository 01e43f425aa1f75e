"""Probes of bead-chip files, side by side: each file has its own arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.errors import InputError, Note, nearest, quoted, warn
from pylimma.readers.arrays.bead_columns import Wanted, find_columns, has_word
from pylimma.readers.arrays.headers import ScanText, heading_of, open_scan
from pylimma.readers.byte_tables import ByteTable, byte_table
from pylimma.readers.cells import has_decimal_commas, measured
from pylimma.record import Record
from pylimma.typing import FloatArray

_HEADER_LINES = 200  # among which the longest line without `expr` is shown
_NEGATIVE = "negative"


@dataclass(frozen=True, slots=True, eq=False)
class Profile(Record):
    """Probes by arrays, with annotation and other quantities."""

    probes: pd.Index
    arrays: list[str]
    E: FloatArray
    genes: pd.DataFrame
    other: dict[str, FloatArray]

    def with_order(self, probes: Any, arrays: Any) -> Profile:
        """Probes and arrays at some positions."""
        other = {name: values[probes][:, arrays] for name, values in self.other.items()}
        return Profile(
            self.probes[probes],
            [self.arrays[k] for k in arrays],
            self.E[probes][:, arrays],
            self.genes.iloc[probes],
            other,
        )

    def with_status(self) -> Profile:
        """Controls with their kinds: the annotation that says "negative" most often."""
        counts = [
            int((column.astype(str).str.lower() == _NEGATIVE).sum())
            for _, column in self.genes.items()
        ]
        kinds = self.genes.iloc[:, int(np.argmax(counts))] if any(counts) else _NEGATIVE
        return replace(self, genes=self.genes.assign(Status=kinds))


def read_profiles(
    paths: Sequence[Path], names: Sequence[str], wanted: Wanted, sep: str, *, quotes: bool
) -> Profile:
    """Profiles of some files, joined by the identifiers of their probes."""
    parts = [
        _read_profile(path, name, wanted, sep, quotes=quotes)
        for path, name in zip(paths, names, strict=True)
    ]
    arrays = [array for part in parts for array in part.arrays]
    repeated = sorted({array for array in arrays if arrays.count(array) > 1})
    if repeated:
        raise InputError(f"Several files have an array {quoted(repeated, 4)}.")
    first = parts[0]
    parts = [
        _aligned(part, first.probes, path, paths[0])
        for part, path in zip(parts, paths, strict=True)
    ]
    return Profile(
        first.probes,
        arrays,
        np.hstack([part.E for part in parts]),
        first.genes,
        {word: np.hstack([part.other[word] for part in parts]) for word in wanted.other},
    )


def _read_profile(path: Path, alone: str, wanted: Wanted, sep: str, *, quotes: bool) -> Profile:
    text = open_scan(path)
    number, end, line = _header(text, wanted.expr, sep)
    titles = heading_of(number, end, line, sep).columns
    repeated = sorted({name for name in titles if name and titles.count(name) > 1})
    if repeated:
        raise text.fault(number, f"repeats names of columns: {quoted(repeated)}")
    table = byte_table(text.content, titles, number + 1, sep, path.name, quotes=quotes, start=end)
    names = table.columns
    columns = find_columns(names, wanted, path.name, alone)
    other = {}
    for word, places in columns.other.items():
        known = [k for k, place in enumerate(places) if place is not None]
        other[word] = np.full((len(table), len(places)), np.nan)
        other[word][:, known] = _numbers(table, [names[p] for p in places if p is not None])
    return Profile(
        pd.Index(table.texts(names[columns.probes]), dtype=object),
        list(columns.arrays),
        _numbers(table, [names[k] for k in columns.arrays.values()]),
        pd.DataFrame(
            {names[k]: table.typed(names[k]) for k in columns.annotation}, range(len(table))
        ),
        other,
    )


def _header(text: ScanText, expr: str, sep: str) -> tuple[int, int, str]:
    """Number, end and text of the first line that names a column of intensities."""
    longest = ""
    for number, end, line in text.lines():
        if has_word(line, expr):
            return number, end, line
        if number <= _HEADER_LINES:
            longest = max(longest, line, key=lambda line: line.count(sep))
    found = [name.strip() for name in longest.split(sep)]
    raise InputError(
        f"'{text.name}' has no column '{expr}'; it has {quoted(nearest(expr, found))}. Give `expr`."
    )


def _numbers(table: ByteTable, columns: Sequence[str]) -> FloatArray:
    """Values of columns, which may all be written with decimal commas."""
    values = np.empty((len(table), len(columns)))
    try:
        for k, column in enumerate(columns):
            values[:, k] = table.numbers(column)
    except InputError:
        texts = [pd.Series(table.texts(column), dtype=object) for column in columns]
        if not has_decimal_commas(texts):
            raise
        warn(f"Numbers of '{table.name}' are read with decimal commas.", Note)
        for k, cells in enumerate(texts):
            values[:, k] = measured(cells.str.replace(",", "."))
    return values


def _aligned(part: Profile, probes: pd.Index, path: Path, first: Path) -> Profile:
    """Probes in the order of the first file; raise where they are others."""
    if part.probes.equals(probes):
        return part
    missing, extra = probes.difference(part.probes), part.probes.difference(probes)
    if len(missing) or len(extra):
        raise InputError(
            f"'{first.name}' and '{path.name}' differ in their probes: {len(missing):,} are in the "
            f"first alone ({quoted(missing, 3)}), {len(extra):,} in the second alone "
            f"({quoted(extra, 3)}). Read them one by one and `merge` the results."
        )
    if not (probes.is_unique and part.probes.is_unique):
        raise InputError(
            f"Identifiers of '{path.name}' repeat, in another order than in '{first.name}', so "
            f"that they cannot be matched; give a unique column by `probeid`."
        )
    return part.with_order(part.probes.get_indexer(probes), range(len(part.arrays)))
