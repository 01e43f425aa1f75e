"""Pictures in files, the same bytes for the same picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from pylimma.output import whole_file

_NO_DATE = {"png": {"Software": None}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}


def save_picture(axes: Any, path: Path, *, dpi: float = 150) -> None:
    """Write the figure of some axes into a file, and close it."""
    figure = np.ravel(axes)[0].figure
    kind = path.suffix[1:]
    metadata: Any = _NO_DATE.get(kind)
    try:
        with mpl.rc_context({"svg.hashsalt": "pylimma"}), whole_file(path) as place:
            figure.savefig(place, format=kind, dpi=dpi, metadata=metadata, bbox_inches="tight")
    finally:
        plt.close(figure)
