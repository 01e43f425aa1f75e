"""Several results of one computation, by attribute and by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any


class Record(Mapping[str, Any]):
    """Base of frozen dataclasses that are also mappings of their fields.

    A subclass is decorated with ``@dataclass(frozen=True, slots=True, eq=False)``; then
    ``record.var_post`` and ``record["var_post"]`` are the same object. A field that holds
    None counts as absent from the mapping.
    """

    __slots__ = ()

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
