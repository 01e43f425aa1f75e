"""Several results of one computation, by attribute and by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Self


class Archived:
    """Base of results that a file can hold: their parts, and how they are built of them."""

    __slots__ = ()

    def archive_parts(self) -> dict[str, Any]:
        """What the file holds of this result, by names that the constructor or method knows."""
        raise NotImplementedError

    @classmethod
    def from_archive(cls, parts: Mapping[str, Any]) -> Self:
        """The result of its parts."""
        return cls(**parts)


class Record(Archived, Mapping[str, Any]):
    """Base of frozen dataclasses that are also mappings of their fields.

    A subclass is decorated with ``@dataclass(frozen=True, slots=True, eq=False)``; then
    ``record.var_post`` and ``record["var_post"]`` are the same object. A field that holds
    None counts as absent from the mapping.
    """

    __slots__ = ()

    def archive_parts(self) -> dict[str, Any]:
        """Return all fields."""
        return {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]

    def __getitem__(self, key: str) -> Any:
        if key in self:
            return getattr(self, key)
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return any(key == name for name in self)

    def __iter__(self) -> Iterator[str]:
        return (f.name for f in fields(self) if getattr(self, f.name) is not None)  # type: ignore[arg-type]

    def __eq__(self, other: object) -> bool:
        return self is other  # arrays have no one answer to whether they are equal

    __hash__ = object.__hash__

    def __len__(self) -> int:
        return sum(1 for _ in self)
