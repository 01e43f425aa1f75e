"""Intensities as a program wrote them → a container of log2 intensities, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import flag
from pylimma.containers.expression import EList, EListRaw
from pylimma.errors import InputError, InputWarning, warn
from pylimma.readers.proteomics.row_filter import RowFilter
from pylimma.readers.proteomics.search_tables import SearchTable
from pylimma.record import Record
from pylimma.typing import AnyArray, FloatArray

_LOGGED = 64.0  # intensities count ions; values that never exceed this are logarithms


@dataclass(frozen=True, slots=True)
class Reading:
    """What a user chose, whatever the program."""

    samples: Any = None
    keep_contaminants: bool = False
    log: bool = True
    verbose: bool = True


def parse_reading(
    samples: Any, keep_contaminants: Any, log: Any, verbose: Any, level: str = "group"
) -> Reading:
    """The choices, checked; samples are when they are known."""
    if keep_contaminants is None:
        keep_contaminants = level == "precursor"
    return Reading(
        samples,
        flag(keep_contaminants, "keep_contaminants"),
        flag(log, "log"),
        flag(verbose, "verbose"),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Intensities(Record):
    """Features by samples; zero and NaN are missing."""

    matrix: FloatArray  # (features, samples)
    features: list[str]
    samples: list[str]
    genes: pd.DataFrame
    what: str  # rows and quantity, for the note
    targets: pd.DataFrame | None = None
    other: Mapping[str, FloatArray] = field(default_factory=dict)
    logged: bool = False  # whether the program took logarithms, so that 0 is a value

    def result(self, rows: RowFilter, reading: Reading) -> EList:
        """Container of log2 intensities, or of plain ones with zeros."""
        values = self.matrix
        missing = np.isnan(values) if self.logged else ~(values > 0)
        if not self.logged:
            self._check(rows.table.name)
            zeros = int((values == 0).sum())
            absent = np.log2(np.where(missing, np.nan, values))
            values = absent if reading.log else np.where(missing, 0.0, values)
        shape = f"{len(self.features):,} {self.what} in {len(self.samples)} samples"
        text = f"Read {shape}"
        if missing.any():
            text += f", {int(missing.sum()):,} of {missing.size:,} intensities missing"
            text += "" if self.logged or not zeros else f" ({zeros:,} written as 0)"
        rows.say(f"{text}.", aloud=reading.verbose)
        index = pd.Index(self.features)
        kind = EList if reading.log or self.logged else EListRaw
        return kind(
            E=pd.DataFrame(values, index=index, columns=pd.Index(self.samples)),
            genes=self.genes.set_axis(index, axis=0),
            targets=self.targets,
            other=dict(self.other) or None,
            dropped=dict(rows.dropped),
        )

    def _check(self, name: str) -> None:
        """Raise for negative intensities; warn of those that are logarithms."""
        below = np.argwhere(self.matrix < 0)
        if len(below):
            feature, sample = below[0]
            raise InputError(
                f"'{name}' has the intensity {self.matrix[feature, sample]:g} for "
                f"'{self.features[feature]}' in '{self.samples[sample]}'; intensities are positive."
            )
        largest = np.max(self.matrix, where=~np.isnan(self.matrix), initial=0)
        if 0 < largest < _LOGGED:
            warn(
                f"No intensity in '{name}' exceeds {largest:g}: they look logged already. Use "
                f"`EList(E=values)` for such values.",
                InputWarning,
            )


def annotation(
    table: SearchTable, names: Sequence[str], rows: AnyArray, numeric: Sequence[str] = ()
) -> pd.DataFrame:
    """Those of some columns that a table has, by the names given, at some rows."""
    parts = {}
    for name in names:
        column = table.find(name)
        if column is None:
            continue
        if name in numeric:
            values = table.numbers([column])[rows, 0]
            parts[name] = values.astype(int) if np.all(values == np.rint(values)) else values
        else:
            parts[name] = table.texts(column).to_numpy()[rows]
    return pd.DataFrame(parts, index=range(len(rows)))
