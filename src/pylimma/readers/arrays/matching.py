"""Whether the files of an experiment list the same spots in the same order."""

from __future__ import annotations

from collections.abc import Sequence

from pylimma.errors import InputError, ShapeError
from pylimma.readers.byte_tables import ByteTable, first_difference

_MOSTLY = 0.5  # share of cells that differ from each other above which a column tells spots apart


class SpotKeys:
    """What says which spot stands in each row of the first file."""

    def __init__(
        self, first: ByteTable, places: Sequence[str], identifiers: Sequence[str] = ()
    ) -> None:
        self.first = first
        self.places = [column for column in places if column in first.columns]
        self.identifiers = [column for column in identifiers if column in first.columns]
        self._cells = {c: first.characters(c) for c in (*self.places, *self.identifiers)}

    def check(self, other: ByteTable) -> str | None:
        """Raise where a file has fewer or other spots; say where only their identifiers differ."""
        if other is self.first:
            return None
        for column in self._cells:
            if column not in other.columns:
                raise InputError(
                    f"'{other.name}' has no column '{column}', which '{self.first.name}' has."
                )
        place = self._difference(other, self.places)
        if place is not None:
            raise self._other_spot(other, *place)
        differing = self._difference(other, self.identifiers)
        said = None if differing is None else self._other_identifiers(other, *differing)
        if len(other) < len(self.first):
            raise ShapeError(
                f"'{other.name}' has {len(other)} spots, up to line {other.lines[-1]}; "
                f"'{self.first.name}' has {len(self.first)}: it is cut off or of another array."
            )
        return said

    def _difference(self, other: ByteTable, columns: Sequence[str]) -> tuple[int, str] | None:
        """First row in which one of the columns differs, and that column."""
        rows = [(first_difference(self._cells[c], other.characters(c)), c) for c in columns]
        return min(((row, c) for row, c in rows if row is not None), default=None)

    def _other_identifiers(self, other: ByteTable, row: int, column: str) -> str:
        """Raise where identifiers are in another order, or all there is; else say how many differ.

        Probes may have been named anew since the arrays were printed.
        """
        mine, theirs = (table.texts(column) for table in (self.first, other))
        decisive = not self.places and len(set(mine)) > _MOSTLY * len(mine)
        if decisive or sorted(mine) == sorted(theirs):
            raise self._other_spot(other, row, column)
        differ = sum(a != b for a, b in zip(mine, theirs, strict=False))
        by = "their places" if self.places else "position"
        return (
            f"'{column}' of {differ:,} of {len(mine):,} spots in '{other.name}' differs from "
            f"'{self.first.name}', first in line {other.lines[row]}: {theirs[row]!r}, not "
            f"{mine[row]!r}. Spots are matched by {by}; check that the arrays are of one kind."
        )

    def _other_spot(self, other: ByteTable, row: int, column: str) -> InputError:
        mine, theirs = (table.texts(column)[row] for table in (self.first, other))
        return other.fault(
            row,
            f"column '{column}' holds {theirs!r}, but {mine!r} in '{self.first.name}' (line "
            f"{self.first.lines[row]}). Spots are matched by position: all files must list the "
            f"same ones in the same order",
        )
