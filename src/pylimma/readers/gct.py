"""The layout of GCT files, versions 1.2 and 1.3: where annotation, samples and rows stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pylimma.errors import InputError
from pylimma.readers.cells import MISSING, numbers_or_text
from pylimma.record import Record

_VERSIONS = {"#1.2": 2, "#1.3": 4}  # sizes on the second line
_UNKNOWN = (*MISSING, "na", "-666")  # missing values in metadata
_HEADER = 3  # line of the names of the columns


@dataclass(frozen=True, slots=True, eq=False)
class GctLayout(Record):
    """Sizes that a GCT file announces."""

    n_rows: int
    n_columns: int  # samples
    n_annotation: int  # columns before the samples, with that of the names
    n_metadata: int  # lines about the samples below the header
    name: str  # the file, for messages

    @property
    def body(self) -> int:
        """Line of the first row."""
        return _HEADER + 1 + self.n_metadata

    def check(self, n_rows: int, n_fields: int) -> None:
        """Raise unless the table has the sizes announced."""
        n_columns = n_fields - self.n_annotation
        if (n_rows, n_columns) != (self.n_rows, self.n_columns):
            raise InputError(
                f"'{self.name}' announces {self.n_rows} rows and {self.n_columns} samples on line "
                f"2; it has {n_rows} and {n_columns}."
            )

    def samples(self, names: Sequence[str], lines: Sequence[Sequence[str]]) -> pd.DataFrame | None:
        """Metadata of the samples."""
        if not lines:
            return None
        cells = {line[0]: list(line[self.n_annotation :]) for line in lines}
        table = pd.DataFrame(cells, index=list(names[self.n_annotation :]), dtype=object)
        return table.apply(numbers_or_text, missing=_UNKNOWN)


def is_gct(line: str) -> bool:
    """Whether a file begins as a GCT file does."""
    return line.split("\t", maxsplit=1)[0].strip() in _VERSIONS


def gct_layout(text: Sequence[str], name: str) -> GctLayout:
    """Layout of a GCT file, from its first two lines."""
    sizes = text[1].split() if len(text) > _HEADER else []
    expected = _VERSIONS[text[0].split("\t")[0].strip()]
    if len(sizes) != expected or not all(size.isdigit() for size in sizes):
        raise InputError(
            f"The second line of '{name}' must be {expected} whole numbers, the sizes of a GCT "
            f"table; it is {text[1] if len(text) > 1 else ''!r}."
        )
    n_rows, n_columns, n_row_data, n_metadata = (*np.array(sizes, dtype=int).tolist(), 1, 0)[:4]
    return GctLayout(n_rows, n_columns, 1 + n_row_data, n_metadata, name)
