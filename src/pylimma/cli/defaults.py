"""What the styles choose for an analysis: their tools' defaults, and their tools' numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pylimma.record import Record

_OWN = {"span": None, "compat": None, "rounds": 2}


@dataclass(frozen=True, slots=True, eq=False)
class Style(Record):
    """The tool whose files a run writes."""

    defaults: Mapping[str, Any]  # options of an analysis that a user may give otherwise
    numbers: Mapping[str, Any] = field(default_factory=lambda: _OWN)  # how its tool calculates
    statement: str = ""  # what these numbers are, for the log

    def choices(self, *, own_numbers: bool) -> dict[str, Any]:
        """Options of an analysis in this style; its numbers may be pylimma's own."""
        return dict(self.defaults) | dict(_OWN if own_numbers else self.numbers)


_LIMMA_3_58 = (
    "approximate standard errors of contrasts where the design is not orthogonal, and a trend with "
    "a span of 0.5"
)
STYLES: Mapping[str, Style] = {
    "pylimma": Style({"filter": True, "robust": False, "treat": True, "subset_samples": False}),
    "nf-core": Style(
        {
            "filter": {"count": 1, "samples": 1},
            "robust": False,
            "treat": False,
            "subset_samples": True,
        },
        {"span": 0.5, "compat": "3.68", "rounds": 1},
        f"Numbers as nf-core's module gives them: {_LIMMA_3_58}; with blocks, one round of weights "
        f"and correlation. --pylimma-numbers gives exact ones and two rounds.",
    ),
    "galaxy": Style(
        {"filter": False, "robust": True, "treat": False, "subset_samples": False},
        {"span": 0.5, "compat": "3.68", "rounds": 2},
        f"Numbers as Galaxy's tool gives them: {_LIMMA_3_58}. --pylimma-numbers gives exact ones.",
    ),
}
