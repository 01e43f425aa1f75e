"""The Python of the pages: run block by block, its output compared, its pictures drawn.

A block of text that follows a block of Python is what this Python prints. A picture of the folder
``_static/pages`` that follows is the last figure that it drew.

Run as ``python docs/page_code.py`` to write the output of all pages anew, or of those named.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

DOCS = Path(__file__).parent
PICTURES = DOCS / "_static" / "pages"
_BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```(?:\n\n```text\n(?P<printed>.*?)^```)?"
    r"(?:\n\n!\[[^\]]*\]\([^)]*_static/pages/(?P<picture>[^)]+)\))?",
    flags=re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Ran:
    """A block of Python that was run: what the page says it prints, and what it printed."""

    code: str
    expected: str | None
    printed: str
    picture: str | None
    figures: int


def run_page(page: Path, names: dict[str, Any], folder: Path) -> Iterator[Ran]:
    """Run the blocks of a page one after the other in a folder; `names` holds what they define."""
    text = page.read_text()
    with contextlib.chdir(folder):
        for found in _BLOCK.finditer(text):
            before = set(plt.get_fignums())
            out = io.StringIO()
            line = text[: found.start("code")].count("\n")
            code = compile("\n" * line + found["code"], str(page), "exec")
            with contextlib.redirect_stdout(out):
                exec(code, names)  # noqa: S102 - our own page
            drawn = set(plt.get_fignums()) - before
            yield Ran(found["code"], found["printed"], out.getvalue(), found["picture"], len(drawn))


def pages_with_pictures() -> list[Path]:
    """Pages that show what their own code draws."""
    return [p for p in sorted(DOCS.glob("*/*.md")) if "_static/pages/" in p.read_text()]


def draw_pictures() -> None:
    """Draw the pictures of all pages."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    mpl.use("agg")
    for page in pages_with_pictures():
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for ran in run_page(page, {}, Path(folder)):
                if ran.picture:
                    plt.gcf().savefig(PICTURES / ran.picture, dpi=150)
        plt.close("all")


def write_output(page: Path) -> None:
    """Put what the code of a page prints into the page."""
    text = page.read_text()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for ran in run_page(page, {}, Path(folder)):
            if ran.expected is not None:
                block = f"```python\n{ran.code}```\n\n```text\n"
                text = text.replace(f"{block}{ran.expected}```", f"{block}{ran.printed}```")
    page.write_text(text)
    plt.close("all")


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "agg")
    for name in sys.argv[1:] or DOCS.glob("*/*.md"):
        if "```text" in Path(name).read_text():
            write_output(Path(name))
