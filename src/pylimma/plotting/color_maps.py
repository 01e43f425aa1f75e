"""Colours of heat maps, and the range they cover."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize

from pylimma.arguments import sequence
from pylimma.errors import InputError, quoted
from pylimma.plotting.axes import BLUE, VERMILLION
from pylimma.typing import FloatArray

# The first two are the defaults: blue for less and vermillion for more, as in all pictures.
_RAMPS = {
    "change": [BLUE, "white", VERMILLION],
    "amount": ["white", BLUE],
    "redblue": ["#0000EE", "white", "#EE0000"],
    "yellowblue": ["#0000EE", "white", "#EEEE00"],
    "redgreen": ["#00FF00", "black", "#FF0000"],
    "whitered": ["white", "#EE0000"],
}


def color_map(col: Any, default: str) -> Colormap:
    """Return a colour map of what the caller gave."""
    if isinstance(col, Colormap):
        return col
    if col is None or isinstance(col, str):
        name = default if col is None else col
        if name in _RAMPS:
            return LinearSegmentedColormap.from_list(name, _RAMPS[name])
        if name not in mpl.colormaps:
            raise InputError(
                f"`col` must be a colour map of Matplotlib or one of {quoted(_RAMPS)}; got {col!r}."
            )
        return mpl.colormaps[name]
    return LinearSegmentedColormap.from_list("given", sequence(col, "col"))


def color_range(values: FloatArray, *, symmetric: bool) -> Normalize:
    """Range of the values, about zero where `symmetric`; empty ranges are widened."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if symmetric:
        high = max(abs(low), abs(high)) or 1.0
        low = -high
    return Normalize(low, high if high > low else low + 1.0)
