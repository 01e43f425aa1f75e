"""A folder of results that appears whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pylimma.errors import InputError

MANIFEST = "run.json"


@contextmanager
def whole_folder(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A folder beside the target that takes its place once everything is written."""
    check_target(target, overwrite=overwrite)
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_left_over(target)
    partial = _beside(target, "partial")
    partial.mkdir()
    try:
        yield partial
        _put_in_place(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_target(target: Path, *, overwrite: bool) -> None:
    """Raise if results may not be written to a place."""
    if not target.exists():
        return
    if not target.is_dir():
        raise InputError(f"'{target}' is a file; results need a folder.")
    if not any(target.iterdir()):
        return
    if not (target / MANIFEST).is_file():
        raise InputError(f"The folder '{target}' holds something else than results; name another.")
    if not overwrite:
        raise InputError(
            f"The folder '{target}' holds results already; name another, or use --overwrite."
        )


def _beside(target: Path, kind: str) -> Path:
    host = re.sub(r"[^A-Za-z0-9]", "_", socket.gethostname())
    return target.with_name(f".{target.name}.{kind}-{host}-{os.getpid()}")


def _put_in_place(partial: Path, target: Path) -> None:
    """Two renames at most; the earlier results are deleted last."""
    if not target.exists():
        partial.rename(target)
        return
    former = _beside(target, "former")
    target.rename(former)
    try:
        partial.rename(target)
    except OSError:
        former.rename(target)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _remove_left_over(target: Path) -> None:
    """Delete what a killed run on this machine left beside the target."""
    mine = re.compile(re.escape(_beside(target, "partial").name.rsplit("-", 1)[0]) + r"-(\d+)")
    for path in target.parent.iterdir():
        found = mine.fullmatch(path.name)
        if found and not _runs(int(found[1])):
            shutil.rmtree(path, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
