"""The folder of results: all files of a run come into it at once, and none of others is lost.

A run writes into a folder of its own, beside a new target or within one that exists, and moves
its files when all are complete. It holds a lock as long as it lives; what a killed run left is
finished if its files were already being moved, and removed otherwise.
"""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pylimma.cli.manifest import MANIFEST, read_manifest, results_of
from pylimma.errors import InputError, OutputError, quoted
from pylimma.output import output_errors, whole_file

try:
    import fcntl
except ImportError:  # Windows: a folder that is left over is taken for that of a live run
    fcntl = None  # type: ignore[assignment]

_LOCK, _NEW, _MOVING = "lock", "new", "moving"
_MOST_TRIES = 5  # to get the place of a run that ends just now


@contextmanager
def whole_folder(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """An empty folder whose files are put into the target once all are written."""
    place = Path(os.path.realpath(target))
    inside = place.is_dir()
    stage = place / ".partial-run" if inside else place.with_name(f".{place.name}.partial-run")
    made = _make_parents(place, target)
    lock = None
    try:
        with output_errors(target):
            lock = _claim(stage, place, target)
            check_target(target, overwrite=overwrite)
            (stage / _NEW).mkdir()
        yield stage / _NEW
        with output_errors(target):
            _put_in_place(stage, place, target)
    finally:
        if lock is not None:
            if not _is_moving(stage):
                shutil.rmtree(stage, ignore_errors=True)
            lock.close()
        _remove_empty(made)


def check_target(target: Path, *, overwrite: bool) -> None:
    """Raise if results may not be written to a place."""
    if not target.exists():
        return
    if not target.is_dir():
        raise InputError(f"'{target}' is a file; results go into a folder.")
    if all(path.name.startswith(".partial-run") for path in target.iterdir()):
        return
    if not (target / MANIFEST).is_file():
        if target.samefile(Path.cwd()):
            return  # it may hold the inputs; nothing but results is replaced
        raise InputError(
            f"The folder '{target}' holds something other than results; name another one."
        )
    if not overwrite:
        raise InputError(
            f"The folder '{target}' already holds results; name another one, or use --overwrite."
        )
    _, changed = results_of(target)
    if changed:
        raise InputError(
            f"Files in '{target}' have changed since the run that wrote them: {quoted(changed)}; "
            f"move them elsewhere, or name another folder."
        )


def _make_parents(place: Path, target: Path) -> list[Path]:
    """Make the folders above a place; returns those that were not there, innermost first."""
    missing = [path for path in place.parents if not path.exists()]
    with output_errors(target):
        place.parent.mkdir(parents=True, exist_ok=True)
    return missing


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return


def _claim(stage: Path, place: Path, target: Path) -> IO[str]:
    """Make the folder of this run, locked before others can see it; returns the lock."""
    fresh = stage.with_name(f"{stage.name}-{uuid.uuid4().hex}")
    fresh.mkdir()
    lock = (fresh / _LOCK).open("w", encoding="utf-8")
    _try_to_lock(lock)
    try:
        for _ in range(_MOST_TRIES):
            if _is_renamed(fresh, stage):
                return lock
            _clear(stage, place, target)
        fresh.rename(stage)
    except BaseException:
        lock.close()
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return lock


def _is_renamed(fresh: Path, stage: Path) -> bool:
    """Whether a folder could be renamed; it cannot where there is one that is not empty."""
    try:
        fresh.rename(stage)
    except OSError:
        if not stage.is_dir():
            raise
        return False
    return True


def _clear(stage: Path, place: Path, target: Path) -> None:
    """Finish or remove what a killed run left; raise if that run lives."""
    try:
        lock = (stage / _LOCK).open("r+", encoding="utf-8")
    except FileNotFoundError:  # it ends just now, or was killed while it did
        shutil.rmtree(stage, ignore_errors=True)
        return
    with lock:
        if not _try_to_lock(lock):
            raise _is_running(stage, target)
        if _is_moving(stage):
            _move_all(stage, place)
        shutil.rmtree(stage)


def _is_running(stage: Path, target: Path) -> OutputError:
    return OutputError(
        f"Another run is writing to '{target}'. If there is none, remove the folder '{stage}'."
    )


def _try_to_lock(file: IO[str]) -> bool:
    """Whether a file could be locked for as long as it is open."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (OSError, AttributeError):
        return False
    return True


def _is_moving(stage: Path) -> bool:
    return (stage / _MOVING).exists() and (stage / _NEW / MANIFEST).exists()


def _put_in_place(stage: Path, place: Path, target: Path) -> None:
    """Move the files of a run where they belong."""
    new = stage / _NEW
    if stage.parent != place:
        try:
            new.rename(place)
        except OSError:
            if place.exists():
                raise OutputError(
                    f"'{target}' was made by something else meanwhile, and is left as it is."
                ) from None
            raise
        return
    own, _ = results_of(place)
    names = _files(new)
    others = [name for name in names if (place / name).exists() and name not in own | {MANIFEST}]
    if others:
        raise InputError(
            f"'{target}' has files of the same names that no run wrote: {quoted(others)}; move "
            f"them elsewhere, or name another folder."
        )
    for folder in {(place / name).parent for name in names}:
        folder.mkdir(parents=True, exist_ok=True)
    (stage / _MOVING).touch()
    try:
        _move_all(stage, place)
    except OSError:
        raise
    except BaseException:  # interrupted: what began is finished
        _move_all(stage, place)
        raise


def _move_all(stage: Path, place: Path) -> None:
    """Replace the results of an earlier run; can be taken up again wherever it was stopped."""
    new = stage / _NEW
    _remove_stale(place, set(read_manifest(new / MANIFEST).outputs))
    for name in _files(new):
        if name != MANIFEST:
            _move(new / name, place / name)
    _move(new / MANIFEST, place / MANIFEST)


def _remove_stale(place: Path, kept: set[str]) -> None:
    """Remove the results of an earlier run that this one does not have."""
    stale = [name for name in results_of(place)[0] - kept if not (place / name).is_symlink()]
    for name in stale:
        (place / name).unlink()
    folders = {parent for name in stale for parent in (place / name).relative_to(place).parents}
    deepest_first = sorted(folders, key=lambda folder: -len(folder.parts))
    for folder in deepest_first:
        if folder.parts and not (place / folder).is_symlink():
            _remove_empty([place / folder])


def _move(source: Path, destination: Path) -> None:
    """Move a file over another; a link is followed, also to another file system."""
    real = Path(os.path.realpath(destination))
    try:
        source.replace(real)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with whole_file(real) as partial:
            shutil.copyfile(source, partial)
        source.unlink()


def _files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
