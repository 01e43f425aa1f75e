"""What the readers of arrays are asked for: files, names, columns, separators."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.arguments import described, mapping, sequence
from pylimma.arguments import path as file_path
from pylimma.arguments import text as as_text
from pylimma.containers.sample_tables import as_table
from pylimma.errors import InputError, InputTypeError, ShapeError, nearest, quoted, warn
from pylimma.readers.arrays.sources import Source
from pylimma.readers.byte_tables import ByteTable
from pylimma.readers.files import without_common_extension
from pylimma.record import Record

_CHANNELS = ("R", "G", "Rb", "Gb")
_SINGLE = ("E", "Eb")


@dataclass(frozen=True, slots=True, eq=False)
class ArrayFiles(Record):
    """Files of the arrays, their names, and what is known of the arrays."""

    paths: list[Path]
    names: list[str]
    targets: pd.DataFrame


def parse_files(files: Any, path: Any, ext: Any, names: Any) -> ArrayFiles:
    """Files in a folder, by their names, a table with the column FileName, or an extension."""
    folder = Path() if path is None else file_path(path, "path")
    ending = "" if ext is None else "." + as_text(ext, "ext").removeprefix(".")
    targets = None
    if files is None:
        listed: list[Any] = _all_files(folder, ending)
    elif isinstance(files, pd.DataFrame | Mapping):
        targets = as_table(files, "files")
        if "FileName" not in targets:
            raise InputError(
                f"The table of `files` has no column 'FileName'; it has {quoted(targets.columns)}."
            )
        listed = targets["FileName"].tolist()
        names = targets.get("Label") if names is None else names
    else:
        listed = [files] if isinstance(files, str | os.PathLike) else sequence(files, "files")
    given = [file_path(file, "files") for file in listed]
    if not given:
        raise InputError("`files` names no file.")
    labels = default_names(given) if names is None else as_names(names, len(given))
    if targets is None:
        targets = pd.DataFrame({"FileName": [str(file) for file in given]})
    found = [folder / f"{file}{ending}" for file in given]
    return ArrayFiles(found, labels, targets.set_axis(labels, axis=0))


def _all_files(folder: Path, ending: str) -> list[str]:
    """Names, without their extension, of all files in a folder that have it."""
    if not ending or not folder.is_dir():
        raise InputError("Without `files`, `path` must be a folder and `ext` the extension in it.")
    found = sorted(file.name.removesuffix(ending) for file in folder.glob(f"*{ending}"))
    if not found:
        raise InputError(f"No file in '{folder}' ends in '{ending}'.")
    return found


def as_names(names: Any, size: int) -> list[str]:
    """Names of arrays that were given."""
    found = [
        str(name) for name in ([names] if isinstance(names, str) else sequence(names, "names"))
    ]
    if len(found) != size:
        raise ShapeError(f"`names` has {len(found)} names; there are {size} arrays.")
    return found


def default_names(files: Sequence[Path]) -> list[str]:
    """Files as they were given, without their common extension or the folder of a whole path."""
    stems = without_common_extension(list(files))
    if len(set(stems)) == len(stems) and any(file.is_absolute() for file in files):
        return stems
    return [str(file.parent / stem) for file, stem in zip(files, stems, strict=True)]


def parse_columns(columns: Any, source: Source, *, green_only: bool) -> dict[str, str]:
    """Columns of the file by channel, those of one channel as E and Eb."""
    if columns is None:
        found = dict(source.columns)
    elif isinstance(columns, str):
        found = {"E": columns}
    elif isinstance(columns, Sequence) and len(columns) == 1:
        found = {"E": as_text(columns[0], "columns")}
    elif isinstance(columns, Mapping | pd.Series):
        given = {
            str(key): as_text(name, "columns") for key, name in mapping(columns, "columns").items()
        }
        found = {{"Rf": "R", "Gf": "G"}.get(key, key): name for key, name in given.items()}
    else:
        raise InputTypeError(
            f"`columns` must be the name of a column or {{'R': name, 'G': name}}; got "
            f"{described(columns)}."
        )
    unknown = [key for key in found if key not in (*_CHANNELS, *_SINGLE)]
    if unknown:
        raise InputError(f"`columns` has {quoted(unknown)}; channels are R, G, Rb, Gb, or E, Eb.")
    two, one = bool({"R", "G"} & set(found)), "E" in found
    if two == one or (two and "Eb" in found):
        raise InputError(
            "`columns` must name R and G, with Rb and Gb if any, or E, with Eb if any."
        )
    if one:
        return found
    if not {"R", "G"} <= set(found) or green_only:
        single = "R" if "R" in found and not green_only else "G"
        if single not in found:
            raise InputError("`green_only` needs the column of G.")
        return {c: found[k] for c, k in (("E", single), ("Eb", f"{single}b")) if k in found}
    return found


def listed_names(names: Any, argument: str) -> list[str]:
    """Names of columns, one or several."""
    if names is None:
        return []
    given = [names] if isinstance(names, str) else sequence(names, argument)
    return list(dict.fromkeys(as_text(name, argument) for name in given))


def known_names(names: list[str], spots: ByteTable, argument: str) -> list[str]:
    """Those of the names that a file has; the others are warned of."""
    missing = [name for name in names if name not in spots.columns]
    if missing:
        near = quoted(nearest(missing[0], filter(None, spots.columns)), 6)
        warn(f"'{spots.name}' has no column {quoted(missing)} (`{argument}`); it has {near}.")
    return [name for name in names if name in spots.columns]


def parse_quote(quote: Any) -> bool:
    """Whether cells may be quoted."""
    if not isinstance(quote, str) or quote not in ("", '"'):
        raise InputError(f"`quote` must be '\"' or ''; got {described(quote)}.")
    return bool(quote)


def known_separator(sep: Any) -> str | None:
    """Separator of the cells; None finds it."""
    if sep is not None and (len(as_text(sep, "sep")) != 1 or not sep.isascii() or sep in '"\r\n'):
        raise InputError(f"`sep` must be one character, not a quote; got {sep!r}.")
    return None if sep is None else str(sep)


def parse_function(function: Any) -> Any:
    """A function of weights, or None."""
    if function is not None and not callable(function):
        raise InputTypeError(f"`wt_fun` must be a function; got {described(function)}.")
    return function
