"""Probes of bead-chip files, side by side: each file has its own arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.errors import InputError, nearest, quoted
from pylimma.readers.arrays.bead_columns import Wanted, find_columns, has_word
from pylimma.readers.cells import typed
from pylimma.readers.delimited import table_below
from pylimma.readers.files import read_text
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
    text = read_text(path, or_latin=True).split("\n")
    header = next((k for k, line in enumerate(text, 1) if has_word(line, wanted.expr)), 0)
    if not header:
        longest = max(text[:_HEADER_LINES], key=lambda line: line.count(sep)).split(sep)
        raise InputError(
            f"'{path.name}' has no column '{wanted.expr}'; it has "
            f"{quoted(nearest(wanted.expr, [name.strip() for name in longest]))}. Give `expr`."
        )
    table = table_below(text, header, path, sep=sep, quotes=quotes)
    columns = find_columns(list(table.frame.columns), wanted, path.name, alone)
    other = {}
    for word, places in columns.other.items():
        known = [k for k, place in enumerate(places) if place is not None]
        other[word] = np.full((len(table.lines), len(places)), np.nan)
        other[word][:, known] = table.measurements([p for p in places if p is not None])
    return Profile(
        table.row_names(columns.probes),
        list(columns.arrays),
        table.measurements(list(columns.arrays.values())),
        table.texts(columns.annotation).apply(typed),
        other,
    )


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
