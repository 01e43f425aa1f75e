"""One HTML page of a whole analysis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pylimma.analysis.result import Analysis


def write_report(analysis: Analysis, path: Path, *, title: str) -> Path:
    """Write the page.

    Parameters
    ----------
    analysis : Analysis
        The analysis.
    path : Path
        Where to.
    title : str
        Title of the page.

    Returns
    -------
    Path
        The file.
    """
    path.write_text(f"{title}\n{analysis!r}\n")
    return path
