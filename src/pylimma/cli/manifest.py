"""The record of a run: versions, options and checksums, from which it can be repeated."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pylimma.cli.folder import MANIFEST
from pylimma.errors import InputError, InputWarning, quoted, warn

_PACKAGES = ("pylimma", "numpy", "scipy", "pandas", "matplotlib", "anndata", "pyarrow")
_CHUNK = 2**20


def write_manifest(folder: Path, options: Mapping[str, Any], inputs: Iterable[Path]) -> None:
    """Write the record of a run beside its results."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    content = {
        "command": "pylimma run",
        "versions": versions(),
        "options": dict(sorted(options.items())),
        "inputs": {str(path): _checksum(path) for path in inputs},
        "outputs": {path.relative_to(folder).as_posix(): _checksum(path) for path in files},
    }
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that an analysis rests on."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def read_manifest(path: Path, *, allow_changed: bool = False) -> dict[str, Any]:
    """Options of an earlier run, once its inputs are known to be the same."""
    file = path / MANIFEST if path.is_dir() else path
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        options, inputs = dict(content["options"]), dict(content["inputs"])
        former = dict(content["versions"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"'{file}' is no record of a run of pylimma.") from error
    gone = [name for name in inputs if not Path(name).is_file()]
    if gone:
        raise InputError(f"Inputs of that run are gone: {quoted(gone)}.")
    changed = [name for name, known in inputs.items() if _checksum(Path(name)) != known]
    if changed and not allow_changed:
        raise InputError(
            f"Inputs have changed since that run: {quoted(changed)}; --allow-changed goes on."
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
