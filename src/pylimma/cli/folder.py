"""The folder of results: it appears complete or not at all, with the manifest of its run."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pylimma.errors import InputError, InputWarning, quoted, warn

_MANIFEST = "run.json"
_PACKAGES = ("pylimma", "numpy", "scipy", "pandas", "matplotlib", "anndata", "pyarrow")
_CHUNK = 2**20  # bytes read at once for a checksum


@contextmanager
def whole_folder(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A folder beside the target that replaces it once everything is written."""
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
        raise InputError(f"'{target}' is a file; results go into a folder.")
    if not any(target.iterdir()):
        return
    if not (target / _MANIFEST).is_file():
        raise InputError(
            f"The folder '{target}' holds something other than results; name another one."
        )
    if not overwrite:
        raise InputError(
            f"The folder '{target}' already holds results; name another one, or use --overwrite."
        )


def _beside(target: Path, kind: str) -> Path:
    host = re.sub(r"[^A-Za-z0-9]", "_", socket.gethostname())
    return target.with_name(f".{target.name}.{kind}-{host}-{os.getpid()}")


def _put_in_place(partial: Path, target: Path) -> None:
    """At most two renames; the earlier results are deleted last."""
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


def write_manifest(folder: Path, options: Mapping[str, Any], inputs: Iterable[Path]) -> None:
    """Write the manifest of a run: versions, options and checksums, from which to repeat it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    content = {
        "command": "pylimma run",
        "versions": versions(),
        "options": dict(sorted(options.items())),
        "inputs": {str(path): _checksum(path) for path in inputs},
        "outputs": {path.relative_to(folder).as_posix(): _checksum(path) for path in files},
    }
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
    (folder / _MANIFEST).write_text(text + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def read_manifest(path: Path, *, allow_changed: bool = False) -> dict[str, Any]:
    """Options of an earlier run, whose inputs must be unchanged unless changes are allowed."""
    file = path / _MANIFEST if path.is_dir() else path
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        options, inputs = dict(content["options"]), dict(content["inputs"])
        former = dict(content["versions"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"'{file}' is not the manifest of a pylimma run.") from error
    gone = [name for name in inputs if not Path(name).is_file()]
    if gone:
        raise InputError(f"Inputs of that run are missing: {quoted(gone)}.")
    changed = [name for name, known in inputs.items() if _checksum(Path(name)) != known]
    if changed and not allow_changed:
        raise InputError(
            f"Inputs have changed since that run: {quoted(changed)}; use --allow-changed to go on."
        )
    now = versions()
    other = [f"{name} {old}" for name, old in former.items() if now.get(name) not in (None, old)]
    if other:
        warn(
            f"That run used {', '.join(other)}; results may differ in the last digits.",
            InputWarning,
        )
    return options


def _checksum(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return f"sha256:{found.hexdigest()}"
