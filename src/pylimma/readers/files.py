"""Files and the samples they belong to: found, named, opened."""

from __future__ import annotations

import glob
import io
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.arguments import path as file_path
from pylimma.arguments import sequence
from pylimma.errors import InputError, PylimmaError, nearest, quoted
from pylimma.readers.compression import (
    STANDARD_INPUT,
    SUFFIXES,
    read_content,
    without_compression,
)

_ARCHIVES = (b"PK", b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf")  # first bytes of spreadsheets and archives
_NOT_TEXT = (b"\0", b"\x1f")
_HDF5 = b"\x89HDF\r\n\x1a\n"
_HDF5_FAULTS = (OSError, LookupError, ValueError, TypeError, AttributeError, RuntimeError)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_WITHOUT_MARK = {1: "utf-16-le", 0: "utf-16-be"}  # where the zero of its first letter stands


def existing_file(path: Any) -> Path:
    """Path of a file that can be read, which may be named without ``.gz`` and the like.

    A pipe is a file too, and so is ``-``, standard input.
    """
    found = file_path(path, "path")
    for candidate in (found, *(Path(f"{found}{suffix}") for suffix in SUFFIXES)):
        if candidate == STANDARD_INPUT or candidate.is_file() or _is_pipe(candidate):
            return candidate
    beside = [item.name for item in found.parent.iterdir()] if found.parent.is_dir() else []
    there = quoted(nearest(found.name, sorted(beside)), 5) or "nothing"
    raise InputError(f"There is no file '{found}'; the folder holds {there}.")


def read_text(path: Any, *, or_latin: bool = False) -> str:
    """Text of a file, plain or compressed, in UTF-8 or UTF-16; lines end in a newline."""
    return read_utf8(existing_file(path), or_latin=or_latin).decode()


def read_utf8(path: Path, *, or_latin: bool = False) -> bytes:
    """Text of a file as bytes of UTF-8; lines end in a newline.

    With `or_latin`, a file that is no UTF-8 is read as Windows-1252, the Latin-1 of scanners.
    """
    content = read_content(path)
    if content.startswith(_ARCHIVES):
        raise InputError(f"'{path.name}' is a spreadsheet or archive; save it as text (CSV).")
    if not content.isascii() or content[:2].count(b"\0") == 1:
        # byte order marks are left inside by joining files
        content = _decoded(content, path.name, or_latin=or_latin).replace("\ufeff", "").encode()
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for mark in _NOT_TEXT:
        if mark in content:
            line = content[: content.index(mark)].count(b"\n") + 1
            raise InputError(
                f"Line {line} of '{path.name}' holds {mark.decode()!r}: it is not text."
            )
    return content


def _decoded(content: bytes, name: str, *, or_latin: bool) -> str:
    """Text in UTF-16, with or without its mark, in UTF-8, or else in Windows-1252."""
    encoding = (
        "utf-16" if content.startswith(_UTF16) else _WITHOUT_MARK.get(content[:2].find(b"\0"))
    )
    try:
        return content.decode(encoding or "utf-8-sig")
    except UnicodeDecodeError as error:
        if or_latin and encoding is None:
            return content.decode("cp1252", errors="replace")
        line = content[: error.start].count(b"\n") + 1
        raise InputError(f"Line {line} of '{name}' is not UTF-8 text.") from None


def _is_pipe(path: Path) -> bool:
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except OSError:
        return False


def read_json(path: Path) -> dict[str, Any]:
    """Content of a file that holds one JSON object."""
    try:
        content = json.loads(read_text(path))
    except ValueError as error:
        if isinstance(error, PylimmaError):
            raise
        raise InputError(f"'{path}' is cut off or is not JSON: {error}.") from None
    if not isinstance(content, dict):
        raise InputError(f"'{path}' does not hold a JSON object.")
    return content


def sibling(path: Path, ending: str, other: str) -> Path:
    """File beside another, with another ending of the same name."""
    return path.with_name(without_compression(path.name).removesuffix(ending) + other)


@contextmanager
def open_hdf(path: Path) -> Iterator[Any]:
    """HDF5 file, plain or compressed; what goes wrong in it is an error that names it."""
    try:
        import h5py  # noqa: PLC0415 - an optional library
    except ImportError:
        raise InputError(
            f"The library h5py is needed to read '{path}': pip install h5py."
        ) from None
    source: Any = path
    if not h5py.is_hdf5(path):
        content = read_content(path)
        if not content.startswith(_HDF5):
            raise InputError(f"'{path}' is not a file in the hierarchical data format (HDF5).")
        source = io.BytesIO(content)
    try:
        with h5py.File(source, "r") as file:
            yield file
    except PylimmaError:
        raise
    except _HDF5_FAULTS as error:
        what = str(error).strip("\"'")
        raise InputError(f"'{path}' is cut off, damaged or of another kind: {what}.") from error


def sample_files(
    paths: Any, name_of: Callable[[Path], str], *, labels: Any = None, folder: Any = None
) -> pd.DataFrame:
    """Table of samples: the column `files` (paths), then what else a given table says of them.

    Names are `labels`, those that came with the paths, or those that `name_of` derives from paths.
    """
    table = _table_of_files(paths, folder)
    if table.empty:
        raise InputError(f"No file is called {paths!r}.")
    root = Path() if folder is None else file_path(folder, "path")
    files = [root / file_path(file, "paths") for file in table["files"]]
    if labels is not None:
        names = sequence(labels, "labels")
        if len(names) != len(files):
            raise InputError(f"`labels` has {len(names)} names; there are {len(files)} files.")
    elif isinstance(table.index, pd.RangeIndex):
        names = [name_of(file) for file in files]
    else:
        names = list(table.index)
    index = pd.Index([str(name) for name in names])
    if not index.is_unique:
        repeated = quoted(index[index.duplicated()].unique())
        raise InputError(
            f"Samples of the same name: {repeated}; name them, as in {{'a': path, 'b': path}}."
        )
    others = table.drop(columns="files").set_axis(index, axis=0)
    return pd.concat([pd.DataFrame({"files": files}, index=index), others], axis=1)


def files_by_name(samples: pd.DataFrame) -> dict[str, Path]:
    """Files of a table of samples."""
    return {str(name): Path(file) for name, file in samples["files"].items()}


def without_common_extension(files: list[Path]) -> list[str]:
    """Names of files, without the extension if all share one; ``.gz`` does not count."""
    names = [without_compression(file.name) for file in files]
    extensions = {Path(name).suffix for name in names}
    if len(extensions) > 1:
        return names
    return [name.removesuffix(extension) for name in names for extension in extensions]


def _table_of_files(paths: Any, folder: Any) -> pd.DataFrame:
    if isinstance(paths, pd.DataFrame):
        if "files" not in paths.columns:
            raise InputError(
                f"The table of files has no column 'files'; it has {quoted(paths.columns)}."
            )
        return paths
    if isinstance(paths, Mapping):
        return pd.DataFrame({"files": list(paths.values())}, index=list(paths))
    if isinstance(paths, pd.Series):
        return paths.to_frame("files")
    if isinstance(paths, str | os.PathLike):
        paths = _matching(os.fspath(paths), folder)
    return pd.DataFrame({"files": sequence(paths, "paths")}, dtype=object)


def _matching(path: str, folder: Any) -> list[str]:
    """Files that match a pattern such as ``"quants/*"``, in order; any other path as it is."""
    if not glob.has_magic(path):
        return [path]
    root = Path() if folder is None else file_path(folder, "path")
    pattern = os.path.expanduser(path)  # noqa: PTH111 - a pattern is not a path
    found = sorted(glob.glob(os.path.join(root, pattern)))  # noqa: PTH118, PTH207 - likewise
    return [os.path.relpath(file, root) if folder else file for file in found]
