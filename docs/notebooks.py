"""The notebooks of ``examples``: run in their folders, kept tidy, shown in the documentation.

Run as ``python docs/notebooks.py`` to refresh the stored output of all of them, or of those named.
"""

from __future__ import annotations

import base64
import io
import shutil
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from PIL import Image

EXAMPLES = Path(__file__).parents[1] / "examples"
TIMEOUT = 300  # seconds for one cell


def notebooks() -> list[Path]:
    """Paths of all notebooks."""
    return sorted(EXAMPLES.glob("*/*.ipynb"))


def executed(path: Path) -> Any:
    """Run a notebook in its own folder; the file stays as it is."""
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=TIMEOUT, resources=folder, coalesce_streams=True).execute()
    return notebook


def tidied(notebook: Any) -> Any:
    """Leave out what differs from one run to the next, such as times and versions."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number:02}", {}
        for output in cell.get("outputs", []):
            output.pop("metadata", None)
            if "data" in output:
                output.metadata = {}
                if "image/png" in output.data:
                    output.data["image/png"] = with_palette(output.data["image/png"])
    return notebook


def with_palette(picture: str) -> str:
    """PNG in base64 with its 256 main colours, at about a third of the size."""
    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    image = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    file = io.BytesIO()
    image.save(file, "png", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def copy_to(folder: Path) -> None:
    """Put the notebooks into a folder of the documentation."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in notebooks():
        shutil.copy(path, folder)


if __name__ == "__main__":
    for path in [Path(name) for name in sys.argv[1:]] or notebooks():
        nbformat.write(tidied(executed(path)), path)
