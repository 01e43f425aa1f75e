"""Rows of a table of results that leave, and why: decoys, contaminants, errors above a cut-off."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pylimma.errors import InputError, Note, warn
from pylimma.readers.proteomics.search_tables import SearchTable
from pylimma.typing import AnyArray

# How the first protein of a decoy or contaminant is called, maybe behind the name of its database.
_DECOY = re.compile(r"(?i)(?:sp\||tr\|)?(?:REV__|rev_|DECOY_|XXX_)")
_CONTAMINANT = re.compile(r"(?i)(?:sp\||tr\|)?(?:CON__|contam_|cont_)")


class RowFilter:
    """Which rows of a table are kept, and how many left for which reason."""

    def __init__(self, table: SearchTable) -> None:
        self.table = table
        self.kept = np.ones(table.n_rows, dtype=bool)
        self.dropped: dict[str, int] = {}
        self._spared = np.zeros(table.n_rows, dtype=bool)

    def drop(self, rows: AnyArray, reason: str) -> None:
        """Drop some rows; those that have left before are not counted again."""
        leaving = np.asarray(rows, dtype=bool) & self.kept
        if leaving.any():
            self.dropped[reason] = self.dropped.get(reason, 0) + int(leaving.sum())
            self.kept &= ~leaving

    def drop_marks(self, reasons: Mapping[str, str], *, keep_contaminants: bool) -> None:
        """Drop rows that a column marks, where the table has it: column → reason."""
        for name, reason in reasons.items():
            column = self.table.find(name)
            if column is not None:
                self._drop(self.table.marks(column), reason, keep_contaminants)

    def drop_named(self, columns: Sequence[str], *, keep_contaminants: bool) -> None:
        """Drop rows whose first protein is called a decoy or a contaminant."""
        for column in filter(None, map(self.table.find, columns)):
            first = self.table.texts(column)
            names = [name for name in pd.unique(first) if isinstance(name, str)]
            for mark, reason in ((_DECOY, "decoys"), (_CONTAMINANT, "contaminants")):
                marked = first.isin([name for name in names if mark.match(name)])
                self._drop(marked.to_numpy(), reason, keep_contaminants)

    def drop_above(self, cutoffs: Mapping[str, float], *, keep_missing: bool = True) -> None:
        """Drop rows above the cut-off of any of some columns of errors."""
        values = self.table.numbers(list(cutoffs))
        for (column, cutoff), error in zip(cutoffs.items(), values.T, strict=True):
            self.drop(error > cutoff, f"with {column} > {cutoff:g}")
            if not keep_missing:
                self.drop(np.isnan(error), f"without {column}")

    def _drop(self, rows: AnyArray, reason: str, keep_contaminants: bool) -> None:
        if keep_contaminants and reason == "contaminants":
            self._spared |= rows
        else:
            self.drop(rows, reason)

    def check(self) -> None:
        """Raise if no row is left."""
        if not self.kept.any():
            reasons = self._reasons() or "it is empty"
            raise InputError(f"No row of '{self.table.name}' is left: {reasons}.")

    def say(self, text: str, *, aloud: bool) -> None:
        """Say in one note what was read and how many rows left."""
        gone = sum(self.dropped.values())
        if gone:
            text += f" {gone:,} of {len(self.kept):,} rows dropped: {self._reasons()}."
        spared = int((self._spared & self.kept).sum())
        if spared:
            text += f" {spared:,} rows of contaminants are kept."
        if aloud:
            warn(text, Note)

    def _reasons(self) -> str:
        return ", ".join(f"{count:,} {reason}" for reason, count in self.dropped.items())
