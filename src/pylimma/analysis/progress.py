"""What is being done, on a terminal and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

_WIDTH = 60


class Progress:
    """A line on the terminal that says which step is running."""

    def __init__(self, stream: IO[str] | None = None, *, enabled: bool | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._enabled = self._stream.isatty() if enabled is None else enabled

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Show a step while it runs."""
        self._show(f"{what} …")
        try:
            yield
        finally:
            self._show("")

    def _show(self, text: str) -> None:
        if self._enabled:
            self._stream.write(f"\r{text[:_WIDTH]:<{_WIDTH}}\r{text[:_WIDTH]}")
            self._stream.flush()
