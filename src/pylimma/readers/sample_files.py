"""One file or folder for each sample, with the names of the samples."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.errors import InputError, quoted


def sample_files(
    paths: Any,
    name_of: Callable[[Path], str],
    *,
    labels: Any = None,
    folder: Any = None,
) -> pd.DataFrame:
    """Table of samples with their files."""
    table = _table(paths, folder)
    if table.empty:
        raise InputError(f"No file is called {paths!r}.")
    files = [Path(folder or "") / Path(file).expanduser() for file in table["files"]]
    if labels is not None:
        names = list(labels)
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
    """Names of files, without the extension if all share one."""
    names = [file.name.removesuffix(".gz") for file in files]
    extensions = {Path(name).suffix for name in names}
    if len(extensions) > 1:
        return names
    return [name.removesuffix(extension) for name in names for extension in extensions]


def _table(paths: Any, folder: Any) -> pd.DataFrame:
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
        paths = [os.fspath(paths)]
        if glob.has_magic(paths[0]):
            root = Path(folder or "").expanduser()
            pattern = os.path.expanduser(paths[0])  # noqa: PTH111 - a pattern is no path
            paths = sorted(glob.glob(os.path.join(root, pattern)))  # noqa: PTH118, PTH207 - likewise
            paths = [os.path.relpath(path, root) if folder else path for path in paths]
    return pd.DataFrame({"files": [str(path) for path in paths]})
