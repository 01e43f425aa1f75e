"""The one door from computation to plots.

Functions with an option ``plot=True`` compute first and then ask for a picture by name, so
that Matplotlib is loaded when something is drawn, and only then.
"""

from __future__ import annotations

from typing import Any


def draw(name: str, **data: Any) -> Any:
    """Draw a picture of what was computed."""
    from pylimma.plotting.pictures import PICTURES  # noqa: PLC0415 - the one door

    return PICTURES[name](**data)
