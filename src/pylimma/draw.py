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

# What R's functions for pictures take beside their own arguments.
_GRAPHICS = ("cex", "col", "lty", "lwd", "main", "pch", "xlab", "ylab")


def draw(name: str, options: Mapping[str, Any] | None = None, **data: Any) -> Any:
    """Draw a picture of what was computed, with options that the user chose."""
    from pylimma.plotting.pictures import PICTURES  # noqa: PLC0415 - the one door

    options = {} if options is None else options
    taken = signature(PICTURES[name]).parameters
    known = [*options, *taken] if "kwargs" in taken else taken
    check_keywords(options, [option for option in known if option not in data], name)
    return PICTURES[name](**data, **options)


def drawing(
    request: Any, argument: str, options: Mapping[str, Any], function: str, picture: str = ""
) -> bool:
    """Whether a picture is asked for; without one its options do nothing, others are errors."""
    wanted = flag(request, argument)
    if options and not wanted:
        known = [*_parameters(picture), *_GRAPHICS] if picture else []
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise InputError(
                f"`{function}` has no argument '{unknown[0]}' without `{argument}=True`."
            )
    return wanted


def _parameters(picture: str) -> Mapping[str, Any]:
    from pylimma.plotting.pictures import PICTURES  # noqa: PLC0415 - the one door

    return signature(PICTURES[picture]).parameters
