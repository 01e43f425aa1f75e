"""A line on the terminal for work that takes more than two seconds, cleared at its end."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from types import FrameType
from typing import TypeVar

Result = TypeVar("Result")

_ALLOWED: ContextVar[bool] = ContextVar("progress allowed", default=True)
PATIENCE = 2.0  # seconds without a line
_PAUSE = 0.2  # seconds from one line to the next
_CLEAR = "\r\x1b[K"


@contextmanager
def no_progress() -> Iterator[None]:
    """Show nothing within a ``with`` block."""
    before = _ALLOWED.set(False)
    try:
        yield
    finally:
        _ALLOWED.reset(before)


def watched(results: Iterable[Result], number: int, of: str = "") -> list[Result]:
    """Return a number of results, shown on a terminal as parts of something while they come."""
    if not _ALLOWED.get() or not _on_terminal():
        return list(results)
    found: list[Result] = []
    start = shown = monotonic()
    name = ""
    try:
        for result in results:
            found.append(result)
            now = monotonic()
            if now - start > PATIENCE and now - shown > _PAUSE and len(found) < number:
                name = name or public_caller()
                sys.stderr.write(f"{_CLEAR}{name}: {len(found) / number:.0%}{of}")
                sys.stderr.flush()
                shown = now
    finally:
        if name:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
    return found


def _on_terminal() -> bool:
    """Whether the main thread is asking, and errors go to a terminal."""
    main = threading.current_thread() is threading.main_thread()
    return main and sys.stderr is not None and sys.stderr.isatty()


def public_caller() -> str:
    """The public function that was called first; the package where there is none."""
    public = set(getattr(sys.modules.get("pylimma"), "__all__", ()))
    name = "pylimma"
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - the documented way to the frames
    while frame is not None:
        own = frame.f_globals.get("__name__", "").startswith("pylimma.")
        if own and frame.f_code.co_name in public:
            name = frame.f_code.co_name
        frame = frame.f_back
    return name
