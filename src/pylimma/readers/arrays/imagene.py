"""Pairs of files of ImaGene, one for each channel of an array."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import flag, mapping, plain_array
from pylimma.arguments import text as as_text
from pylimma.containers.two_color import RGList
from pylimma.errors import InputError, Note, ShapeError, quoted, warn
from pylimma.readers.arrays.matching import SpotKeys
from pylimma.readers.arrays.printers import imagene_printer
from pylimma.readers.arrays.requests import (
    ArrayFiles,
    as_names,
    known_names,
    known_separator,
    listed_names,
    parse_files,
    parse_function,
    parse_quote,
)
from pylimma.readers.arrays.sources import SOURCES
from pylimma.readers.arrays.tables import ScanTable, in_order, read_scan, spot_weights, table_for
from pylimma.typing import AnyArray, FloatArray

_FOREGROUND = "Signal Mean"


def read_imagene(
    files: Any,
    path: Any = None,
    ext: str | None = None,
    names: Any = None,
    columns: Mapping[str, str] | None = None,
    other_columns: Any = None,
    wt_fun: Callable[[pd.DataFrame], Any] | None = None,
    verbose: bool = False,
    sep: str | None = None,
    quote: str = '"',
) -> RGList:
    r"""Intensities of two-colour arrays from pairs of files of ImaGene 1 to 8.

    Parameters
    ----------
    files : array of str of shape (arrays, 2), or sequence of str
        Files of the green and the red channel of each array; in a sequence, green 1, red 1,
        green 2, red 2 and so on.
    path : str or Path, optional
        Folder of the files.
    ext : str, optional
        Extension that is appended to the files.
    names : sequence of str, optional
        Names of the arrays; those of both files, joined by a full stop, when not given.
    columns : mapping of str to str, optional
        Columns of foreground and background, as ``{"f": …, "b": …}``. "Signal Mean" when not
        given, and "Background Mean" where the segmentation was automatic, else "Background
        Median".
    other_columns : sequence of str, optional
        Further columns, of numbers or text: matrices "G column" and "R column" in `other`.
    wt_fun : callable, optional
        Gives the weights of the spots of one array from the table of its red channel.
    verbose : bool
        Whether to say when an array is read.
    sep : str, optional
        Separator; tab, comma or semicolon, as found in the file, when not given.
    quote : str
        ``'"'`` where cells may be quoted, or ``""``.

    Returns
    -------
    RGList
        Intensities of shape (spots, arrays) with `genes`, `source`, `printer` where all fields
        are equally wide, `field_dimensions`, `weights` and `other`.

    Raises
    ------
    InputError
        If files do not come in pairs, lack columns, are cut off, or differ in their fields or
        spots; the message gives file and line.

    See Also
    --------
    read_maimages : Files of other scanners, and of ImaGene 9.
    read_imagene_header : What stands above the table.

    Examples
    --------
    >>> import pylimma, pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> head = (
    ...     "Begin Header\n\tBegin Field Dimensions\n"
    ...     "\t\tField\tMetarows\tMetacols\tRows\tCols\n\t\tA\t1\t1\t1\t2\n"
    ...     "\tEnd Field Dimensions\nEnd Header\nBegin Raw Data\n"
    ...     "Field\tGene ID\tSignal Mean\tBackground Median\n"
    ... )
    >>> for channel, value in (("cy3", 120), ("cy5", 240)):
    ...     rows = f"A\tg1\t{value}\t60\nA\tg2\t90\t61\n"
    ...     _ = (folder / f"{channel}.txt").write_text(f"{head}{rows}End Raw Data\n")
    >>> pylimma.read_imagene(["cy3", "cy5"], folder, "txt").frame("R")
       cy3.cy5
    0    240.0
    1     90.0
    """
    verbose, function = flag(verbose, "verbose"), parse_function(wt_fun)
    pairs, labels = _pairs(files, path, ext, names)
    given = None if columns is None else _columns(columns)
    mark, quotes = known_separator(sep), parse_quote(quote)
    asked = listed_names(other_columns, "other_columns")

    def read(pair: tuple[Path, Path]) -> tuple[ScanTable, ScanTable]:
        return _read_pair(pair, given, mark, quotes=quotes)

    scans = list(in_order(read, pairs))
    _check_arrays(scans)
    first, channels = scans[0][0], {"G": [g for g, _ in scans], "R": [r for _, r in scans]}
    other = known_names(asked, first.spots, "other_columns")
    if verbose:
        warn(f"Read {len(scans)} pairs of files.", Note)
    weights = None
    if function is not None:
        tables = [red.spots for red in channels["R"]]
        weights = np.column_stack(
            [spot_weights(function, table_for(function, t), t.name) for t in tables]
        )
    shown = [c for c in SOURCES["imagene"].annotation if c in first.spots.columns]
    dimensions = first.header["Field Dimensions"]
    return RGList(
        {f"{c}{e}": m for c, s in channels.items() for e, m in _intensities(s).items()},
        weights=weights,
        genes=pd.DataFrame({c: first.spots.typed(c) for c in shown}),
        other={f"{c} {n}": _matrix(s, n) for c, s in channels.items() for n in other} or None,
        source="imagene",
        field_dimensions=dimensions,
        printer=imagene_printer(dimensions),
    ).set_names(samples=labels)


def _check_arrays(scans: list[tuple[ScanTable, ScanTable]]) -> None:
    """Raise where an array has other fields or spots than the first."""
    first = scans[0][0]
    keys = SpotKeys(first.spots, SOURCES["imagene"].places, SOURCES["imagene"].identifiers)
    for pair in scans:
        if not pair[0].header["Field Dimensions"].equals(first.header["Field Dimensions"]):
            raise InputError(
                f"The fields of '{pair[0].spots.name}' are not those of '{first.spots.name}' "
                f"('Field Dimensions' of the headers): arrays of different layouts."
            )
        for scan in pair:
            said = keys.check(scan.spots)
            if said is not None:
                warn(said)


def _matrix(scans: list[ScanTable], column: str) -> AnyArray:
    """Numbers or text of a column, whichever the first file has."""
    text = scans[0].spots.holds_text(column)
    return np.column_stack(
        [s.spots.texts(column) if text else s.spots.numbers(column) for s in scans]
    )


def _intensities(scans: list[ScanTable]) -> dict[str, FloatArray]:
    """Foreground, and background where there is one, of one channel."""
    return {
        key.removeprefix("E"): np.column_stack([s.spots.numbers(s.columns[key]) for s in scans])
        for key in scans[0].columns
    }


def _read_pair(
    pair: tuple[Path, Path], given: dict[str, str] | None, sep: str | None, *, quotes: bool
) -> tuple[ScanTable, ScanTable]:
    """Both channels of an array; the header of the green one tells the usual columns."""
    source = SOURCES["imagene"]
    green = read_scan(pair[0], source, given or {}, sep, quotes=quotes)
    columns = given or _usual_columns(green)
    for name in columns.values():
        green.spots.check_column(name)
    red = read_scan(pair[1], source, columns, sep, quotes=quotes)
    return ScanTable(green.spots, columns, green.header), red


def _usual_columns(green: ScanTable) -> dict[str, str]:
    """Columns of foreground and background by the way spots were told from the background."""
    parameters = green.header.get("Measurement parameters")
    method = parameters.get("Segmentation Method") if isinstance(parameters, Mapping) else None
    return {"E": _FOREGROUND, "Eb": f"Background {'Mean' if method == 'auto' else 'Median'}"}


def _columns(columns: Any) -> dict[str, str]:
    """Foreground and background that were asked for."""
    given = {key: as_text(name, "columns") for key, name in mapping(columns, "columns").items()}
    if "f" not in given or not set(given) <= {"f", "b"}:
        raise InputError(f"`columns` must be {{'f': name, 'b': name}}; got {quoted(given)}.")
    return {key: given[short] for short, key in (("f", "E"), ("b", "Eb")) if short in given}


def _pairs(
    files: Any, path: Any, ext: Any, names: Any
) -> tuple[list[tuple[Path, Path]], list[str]]:
    """Files of green and red, and the names of the arrays."""
    if isinstance(files, pd.DataFrame) or np.ndim(plain_array(files, "files")) == 2:
        table = plain_array(files, "files")
        if table.shape[1] != 2:
            raise ShapeError(f"`files` has {table.shape[1]} columns; green and red are expected.")
        files = table.ravel().tolist()
    found: ArrayFiles = parse_files(files, path, ext, None)
    if len(found.paths) % 2:
        raise ShapeError(
            f"`files` has {len(found.paths)} files; each array has two, green and red."
        )
    pairs = list(zip(found.paths[::2], found.paths[1::2], strict=True))
    if names is not None:
        return pairs, as_names(names, len(pairs))
    return pairs, [".".join(pair) for pair in zip(found.names[::2], found.names[1::2], strict=True)]
