"""Pictures in files, the same bytes for the same picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

_NO_DATE = {"png": {"Software": None}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}


def save_picture(axes: Any, path: Path, *, dpi: float = 150) -> None:
    """Write the figure of some axes into a file, and close it."""
    figure = np.ravel(axes)[0].figure
    metadata: Any = _NO_DATE.get(path.suffix[1:])
    with mpl.rc_context({"svg.hashsalt": "pylimma"}):
        figure.savefig(path, dpi=dpi, metadata=metadata, bbox_inches="tight")
    plt.close(figure)
