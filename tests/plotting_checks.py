"""What a picture shows, read from its artists."""

import numpy as np


def offsets(collection):
    """Coordinates of the points of a scatter, NaN where one is not drawn."""
    return np.ma.filled(collection.get_offsets(), np.nan)


def legend_texts(ax):
    """What the legend says."""
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]
