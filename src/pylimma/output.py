"""Files that appear complete or not at all: written beside their place, then renamed."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pylimma.errors import InputError, OutputError, PylimmaError


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Path to write to, which takes the place of the target once everything is written.

    Links are followed, permissions stay; pipes and devices are written to directly.
    """
    with output_errors(target):
        place = Path(os.path.realpath(target))
        if place.is_dir():
            raise InputError(f"'{target}' is a folder; name a file in it.")
        if not place.parent.is_dir():
            raise InputError(f"There is no folder '{target.parent}' to write '{target.name}' into.")
        if place.exists() and not os.access(place, os.W_OK):
            raise OutputError(f"'{target}' cannot be written: it is read-only.")
        if place.exists() and not place.is_file():
            yield place
            return
        partial = place.with_name(f".pylimma-{uuid.uuid4().hex}.partial")
        try:
            yield partial
            if place.exists():
                shutil.copymode(place, partial)
            partial.replace(place)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Path of a folder to write into, which takes the target's place once it is complete."""
    with output_errors(target):
        if os.path.lexists(target):
            raise InputError(f"'{target}' exists already; remove it first or name another folder.")
        if not target.parent.is_dir():
            raise InputError(f"There is no folder '{target.parent}' to write '{target.name}' into.")
        partial = target.with_name(f".pylimma-{uuid.uuid4().hex}.partial")
        try:
            yield partial
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def output_errors(target: Path) -> Iterator[None]:
    """Errors of the system, such as a full disk, as one that names the target."""
    try:
        yield
    except PylimmaError:
        raise
    except OSError as error:
        raise OutputError(f"'{target}' cannot be written: {error.strerror or error}.") from error
