"""The colours of the plots as text, for pictures that Matplotlib does not draw."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

from pylimma.plotting.axes import group_colors


def hex_of_groups(number: int) -> list[str]:
    """The colours of so many groups."""
    return [to_hex(color) for color in group_colors(range(number)).values()]


def hex_of_map(name: str, number: int) -> list[str]:
    """A colour map at so many equal steps."""
    return [to_hex(color) for color in colormaps[name](np.linspace(0, 1, number))]
