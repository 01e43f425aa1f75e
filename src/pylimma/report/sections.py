"""The sections of a page."""

from __future__ import annotations

from typing import Any

from pylimma.arguments import sequence
from pylimma.errors import check_choice

SECTIONS = (
    "overview", "genes", "p_values", "heatmap", "sets", "samples", "correlations", "model",
    "methods",
)  # fmt: skip


def parse_sections(sections: Any) -> tuple[str, ...]:
    """The sections to show, each of them known; all where none are chosen."""
    if sections is None:
        return SECTIONS
    chosen = [sections] if isinstance(sections, str) else sequence(sections, "sections")
    for name in chosen:
        check_choice(name, SECTIONS, "sections")
    return tuple(chosen)
