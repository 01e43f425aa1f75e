"""The one door from computation to plots.

Functions with an option ``plot=True`` compute first and then ask for a picture by name, so
that Matplotlib is loaded when something is drawn, and only then.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import Any

from pylimma.arguments import check_keywords, flag
from pylimma.errors import InputError


def draw(name: str, options: Mapping[str, Any] | None = None, **data: Any) -> Any:
    """Draw a picture of what was computed, with options that the user chose."""
    from pylimma.plotting.pictures import PICTURES  # noqa: PLC0415 - the one door

    options = {} if options is None else options
    taken = signature(PICTURES[name]).parameters
    known = [*options, *taken] if "kwargs" in taken else taken
    check_keywords(options, [option for option in known if option not in data], name)
    return PICTURES[name](**data, **options)


def drawing(request: Any, argument: str, options: Mapping[str, Any], function: str) -> bool:
    """Whether a picture is asked for; options of one that is not are errors."""
    wanted = flag(request, argument)
    if options and not wanted:
        raise InputError(
            f"`{function}` has no argument '{min(options)}' without `{argument}=True`."
        )
    return wanted
