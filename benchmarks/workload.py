"""A row of the table of workloads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature

from inputs import Arrays

Pair = tuple[str, str]


@dataclass(frozen=True)
class Workload:
    """A row of the table."""

    name: str
    make: Callable[..., Arrays] | None
    sizes: dict[str, int]
    python: str
    r: str | None
    prepare: Pair = ("", "")
    files: tuple[str, ...] = ()
    whole: bool = False
    random: bool = False  # the sums differ by chance
    large: bool = False  # only run on request
    grows: tuple[str, ...] = ()  # the sizes along which growth is measured

    def usual_sizes(self) -> dict[str, int]:
        """Every size of the data: genes, samples and whatever else they have."""
        if self.make is None:
            return {}
        sizes = signature(self.make).parameters.values()
        return {size.name: size.default for size in sizes} | self.sizes
