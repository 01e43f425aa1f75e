"""The manifest of a run, `run.json`: versions, options and checksums, from which to repeat it.

Paths are relative to the manifest, so that a project can move.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import Any

from pylimma import release
from pylimma.errors import InputError, InputWarning, quoted, warn
from pylimma.record import Record

MANIFEST = "run.json"
PIPE = "-"  # stands for what was read from a pipe
_KERNELS = f"{release.DISTRIBUTION}-kernels"
_PACKAGES = (_KERNELS, "numpy", "scipy", "pandas", "matplotlib", "anndata", "pyarrow")
_CHUNK = 2**20  # bytes read at once for a checksum


@dataclass(frozen=True, slots=True, eq=False)
class EarlierRun(Record):
    """What a manifest says."""

    options: dict[str, Any]  # with paths as they are from here
    inputs: dict[str, str]  # path → checksum
    outputs: dict[str, str]  # path in the folder → checksum
    versions: dict[str, str]
    folder: Path


def write_manifest(
    folder: Path,
    place: Path,
    options: Mapping[str, Any],
    inputs: Iterable[Path],
    pipes: Iterable[Path] = (),
) -> None:
    """Write the manifest of a run whose results stand in a folder and will be put in a place."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    content = described_run(options, inputs, place, pipes)
    content["outputs"] = {path.relative_to(folder).as_posix(): checksum(path) for path in files}
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def described_run(
    options: Mapping[str, Any], inputs: Iterable[Path], place: Path, pipes: Iterable[Path] = ()
) -> dict[str, Any]:
    """What a run depends on, with paths as they are from a place."""
    place = Path(os.path.realpath(place))
    return {
        "command": "pylimma run",
        "versions": versions(),
        "options": {name: _relative(options[name], place) for name in sorted(options)},
        "inputs": {
            PIPE if path in pipes else _relative(path, place): checksum(path) for path in inputs
        },
        "outputs": {},
    }


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on."""
    found = {"python": platform.python_version(), "pylimma": release.version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def read_manifest(path: Path, paths: Iterable[str] = ()) -> EarlierRun:
    """An earlier run by its manifest or folder; `paths` are the options that name files."""
    file = path / MANIFEST if path.is_dir() else path
    try:
        return parse_run(json.loads(file.read_text(encoding="utf-8")), file, paths)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"'{file}' is not the manifest of a pylimma run.") from error


def parse_run(content: Mapping[str, Any], file: Path, paths: Iterable[str] = ()) -> EarlierRun:
    """What a file says of its run, with paths as they are from here."""
    parts = [dict(content[key]) for key in ("options", "inputs", "outputs", "versions")]
    options, inputs, outputs, former = parts
    folder = Path(os.path.realpath(file.parent))
    found = {name: _from_here(value, folder) for name, value in options.items() if name in paths}
    here = {str(_from_here(name, folder)): str(known) for name, known in inputs.items()}
    return EarlierRun(options | found, here, outputs, former, folder)


def check_inputs(earlier: EarlierRun, repeated: Iterable[Any], *, allow_changed: bool) -> None:
    """Raise unless the inputs of an earlier run are there, and unchanged unless that is allowed.

    `repeated` are the paths among its options that were not given anew.
    """
    lists = [item if isinstance(item, list | tuple) else [item] for item in repeated]
    roots = [path for paths in lists for path in paths if path]
    known = {
        name: checked
        for name, checked in earlier.inputs.items()
        if any(Path(name).is_relative_to(root) or fnmatch(name, str(root)) for root in roots)
    }
    if PIPE in known:
        raise InputError("That run read from a pipe; give this input anew.")
    gone = [name for name in known if not Path(name).is_file()]
    if gone:
        raise InputError(
            f"Inputs of that run are missing: {quoted(gone)}; give them anew, as in --counts FILE."
        )
    changed = [name for name, checked in known.items() if checksum(Path(name)) != checked]
    if changed and not allow_changed:
        raise InputError(
            f"Inputs have changed since that run: {quoted(changed)}; use --allow-changed to go on."
        )


def check_versions(earlier: EarlierRun) -> None:
    """Warn where an earlier run used other versions."""
    now = versions()
    other = [
        f"{name} {old}"
        for name, old in earlier.versions.items()
        if now.get(name) not in (None, old)
    ]
    if other:
        warn(
            f"That run used {', '.join(other)}; results may differ in the last digits.",
            InputWarning,
        )


def results_of(folder: Path) -> tuple[set[str], list[str]]:
    """Files that an earlier run wrote into a folder, and those of them that changed since."""
    if not (folder / MANIFEST).is_file():
        return set(), []
    same, changed = set(), []
    for name, known in read_manifest(folder).outputs.items():
        parts = PurePosixPath(name).parts
        inside = parts and not PurePosixPath(name).is_absolute() and ".." not in parts
        if not inside or not (folder / name).is_file():
            continue
        if checksum(folder / name) == known:
            same.add(name)
        else:
            changed.append(name)
    return same, changed


def checksum(path: Path) -> str:
    """The checksum of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return f"sha256:{found.hexdigest()}"


def _relative(value: Any, place: Path) -> Any:
    """Paths from the place of the manifest, with slashes; other values as they are."""
    if isinstance(value, list | tuple):
        return [_relative(item, place) for item in value]
    if not isinstance(value, Path):
        return value
    try:
        return Path(os.path.relpath(value, place)).as_posix()
    except ValueError:  # another drive of Windows
        return value.as_posix()


def _from_here(value: Any, folder: Path) -> Any:
    if isinstance(value, list):
        return [_from_here(item, folder) for item in value]
    if value is None or value == PIPE:
        return value
    return Path(os.path.normpath(folder / str(value)))
