"""Foreground and background of scanned arrays as containers: one engine for all scanners.

The first file says which columns there are, how many spots, and what they are; the others are read
on threads and must list the same spots in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import flag
from pylimma.arguments import text as as_text
from pylimma.containers.expression import EListRaw
from pylimma.containers.two_color import RGList
from pylimma.errors import InputError, Note, warn
from pylimma.readers.arrays.imagene import read_imagene
from pylimma.readers.arrays.matching import SpotKeys
from pylimma.readers.arrays.printers import agilent_printer, genepix_printer, imagene_printer
from pylimma.readers.arrays.requests import (
    ArrayFiles,
    known_names,
    known_separator,
    listed_names,
    parse_columns,
    parse_files,
    parse_function,
    parse_quote,
)
from pylimma.readers.arrays.sources import SOURCES, Source, full_name
from pylimma.readers.arrays.tables import ScanTable, in_order, read_scan, spot_weights, table_for
from pylimma.record import Record
from pylimma.typing import FloatArray


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read from each file."""

    source: Source
    columns: dict[str, str]  # channels → columns of the file
    other: list[str]
    texts: list[str]  # those of them that hold text
    identifiers: list[str]  # columns in which the files are compared
    sep: str | None
    quotes: bool
    wt_fun: Any  # function of weights, or None


@dataclass(frozen=True, slots=True, eq=False)
class Spots(Record):
    """Values of one file."""

    name: str
    channels: dict[str, FloatArray]
    other: dict[str, Any]  # vectors of numbers, or lists of text
    table: pd.DataFrame | None
    surplus: int  # rows beyond those of the first file
    said: str | None  # where its identifiers differ


def spots_of(scan: ScanTable, wanted: Wanted, keys: SpotKeys) -> Spots:
    """Values of a file whose spots are those of the first."""
    spots = scan.spots
    said = keys.check(spots)
    for name in wanted.other:
        if name not in spots.columns:
            raise InputError(
                f"'{spots.name}' has no column '{name}', which '{keys.first.name}' has."
            )
    size = len(keys.first)
    return Spots(
        spots.name,
        {channel: spots.numbers(name)[:size] for channel, name in wanted.columns.items()},
        {
            name: (spots.texts(name) if name in wanted.texts else spots.numbers(name))[:size]
            for name in wanted.other
        },
        None if wanted.wt_fun is None else table_for(wanted.wt_fun, spots).iloc[:size],
        len(spots) - size,
        said,
    )


def gather(files: ArrayFiles, first: ScanTable, wanted: Wanted, *, verbose: bool) -> dict[str, Any]:
    """Matrices of all files: channels, `other` and `weights`."""
    keys = SpotKeys(first.spots, wanted.source.places, wanted.identifiers)

    def read(file: Path) -> Spots:
        if file is files.paths[0]:
            return spots_of(first, wanted, keys)
        scan = read_scan(file, wanted.source, wanted.columns, wanted.sep, quotes=wanted.quotes)
        return spots_of(scan, wanted, keys)

    shape = (len(first.spots), len(files.paths))
    parts: dict[str, Any] = {c: np.empty(shape, order="F") for c in wanted.columns}
    other: dict[str, list[Any]] = {name: [] for name in wanted.other}
    weights = np.empty(shape, order="F") if wanted.wt_fun is not None else None
    for k, spots in enumerate(in_order(read, files.paths)):
        for channel, values in spots.channels.items():
            parts[channel][:, k] = values
        for name, values in spots.other.items():
            other[name].append(values)
        if weights is not None:
            weights[:, k] = spot_weights(wanted.wt_fun, spots.table, spots.name)
        if spots.said is not None:
            warn(spots.said)
        if spots.surplus:
            warn(
                f"'{spots.name}' has {spots.surplus:,} spots after the last one of "
                f"'{first.spots.name}'; they are not read."
            )
        if verbose:
            warn(f"Read '{spots.name}'.", Note)
    return {
        **parts,
        "weights": weights,
        "other": {n: np.column_stack(v) for n, v in other.items()} or None,
    }


def read_maimages(
    files: Any = None,
    source: str = "generic",
    path: Any = None,
    ext: str | None = None,
    names: Any = None,
    columns: Any = None,
    other_columns: Any = None,
    annotation: Any = None,
    green_only: bool = False,
    wt_fun: Callable[[pd.DataFrame], Any] | None = None,
    verbose: bool = False,
    sep: str | None = None,
    quote: str | None = None,
) -> RGList | EListRaw:
    r"""Foreground and background intensities of scanned arrays, two colours or one.

    Parameters
    ----------
    files : sequence of str or Path, or DataFrame of arrays, optional
        A file for each array, plain or compressed, or a table with the column "FileName" and
        perhaps "Label", the names of the arrays. All files in `path` that end in `ext` when not
        given. For ``source="imagene"`` see `read_imagene`.
    source : str
        The scanner's program: "agilent", "agilent.mean", "agilent.median", "arrayvision",
        "arrayvision.ARM", "arrayvision.MTM", "bluefuse", "genepix", "genepix.mean",
        "genepix.median", "genepix.custom", "imagene", "imagene9", "quantarray",
        "scanarrayexpress", "smd", "smd.old", "spot", "spot.close.open", or "generic", which needs
        `columns`. It may be shortened as long as it is unique.
    path : str or Path, optional
        Folder of the files.
    ext : str, optional
        Extension that is appended to the files.
    names : sequence of str, optional
        Names of the arrays; those of the files without their common extension when not given.
    columns : mapping of str to str, or str, optional
        Columns of the foreground and background, as ``{"R": …, "G": …, "Rb": …, "Gb": …}`` or, for
        one colour, ``{"E": …, "Eb": …}``; those of the source when not given.
    other_columns : sequence of str, optional
        Further columns, each a matrix of numbers or text in `other`.
    annotation : sequence of str, optional
        Columns that annotate the spots; those of the source when not given.
    green_only : bool
        Whether to read the green channel alone.
    wt_fun : callable, optional
        Gives the weights of the spots of one file from its table, such as `wtflags` or `wtarea`.
    verbose : bool
        Whether to say when a file is read.
    sep : str, optional
        Separator; tab, comma or semicolon, as found in the file, when not given.
    quote : str, optional
        ``'"'`` where cells may be quoted, or ``""``; as the source has it when not given.

    Returns
    -------
    RGList or EListRaw
        Intensities of shape (spots, arrays) with `genes`, `targets`, `source`, `printer` where
        the files tell how spots lie, `weights` and `other`. An EListRaw for one colour.

    Raises
    ------
    InputError
        If a file lacks columns, is cut off, is of another scanner, or a cell is not a number; if
        files differ in their spots. The message gives file and line, and what else may be read.

    Warns
    -----
    InputWarning
        If a column asked for is not there; if a file has spots after those of the first, or a
        grid of GenePix is not full.
    Note
        If the wavelengths of GenePix are not 635 and 532, or there is one channel alone.

    See Also
    --------
    read_imagene : Pairs of files of ImaGene 1 to 8.
    read_gpr_header : What stands above the table of GenePix.

    Notes
    -----
    Arrays are matched spot by spot: places and identifiers of the spots must agree between files.
    Without ``"ID"`` and the like in `annotation`, places alone are compared.

    Examples
    --------
    >>> import pylimma, pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> for k in (1, 2):
    ...     _ = (folder / f"a{k}.txt").write_text(f"ID\tRed\tGreen\ns1\t{k}00\t50\ns2\t80\t{k}0\n")
    >>> columns = {"R": "Red", "G": "Green"}
    >>> pylimma.read_maimages(path=folder, ext="txt", columns=columns, annotation="ID").frame("R")
           a1     a2
    0  100.0  200.0
    1   80.0   80.0
    """
    name = full_name(as_text(source, "source"))
    kind, mark = SOURCES[name], known_separator(sep)
    if name == "imagene":
        return read_imagene(
            files, path, ext, names, columns, other_columns, wt_fun, verbose, sep,
            "" if quote is None else quote,
        )  # fmt: skip
    green_only, verbose = flag(green_only, "green_only"), flag(verbose, "verbose")
    if name == "generic" and columns is None:
        raise InputError("Files of no known scanner need `columns`, as {'R': name, 'G': name}.")
    chosen = parse_columns(columns, kind, green_only=green_only)
    arrays = parse_files(files, path, ext, names)
    quotes = kind.quotes if quote is None else parse_quote(quote)
    kind = replace(kind, quotes=quotes)
    first = read_scan(arrays.paths[0], kind, chosen, mark, quotes=quotes, default=columns is None)
    if first.said is not None:
        warn(f"'{first.spots.name}': {first.said}.", Note)
    asked = listed_names(annotation, "annotation")
    shown = (
        [c for c in kind.annotation if c in first.spots.columns]
        if annotation is None
        else known_names(asked, first.spots, "annotation")
    )
    other = known_names(listed_names(other_columns, "other_columns"), first.spots, "other_columns")
    genes = pd.DataFrame({c: first.spots.typed(c) for c in shown}) if shown else None
    identifiers = [c for c in kind.identifiers if annotation is None or c in shown]
    if genes is not None and name == "generic":
        identifiers = [c for c in shown if genes[c].dtype == object]
    texts = [c for c in other if first.spots.holds_text(c)]
    wanted = Wanted(
        kind, first.columns, other, texts, identifiers, mark, quotes, parse_function(wt_fun)
    )
    parts = gather(arrays, first, wanted, verbose=verbose)
    parts |= {"targets": arrays.targets, "genes": genes, "source": name}
    parts["printer"] = _printer(kind, first, genes, other)
    return EListRaw(parts) if "E" in first.columns else RGList(parts)


def _printer(
    source: Source, first: ScanTable, genes: pd.DataFrame | None, other: Sequence[str]
) -> Any:
    """How the spots lie, where the format tells it."""
    if source.heading == "imagene":
        return imagene_printer(first.header["Field Dimensions"])
    if genes is None:
        return None
    if source.row:
        return agilent_printer(genes)
    if source.heading != "genepix":
        return None
    across = first.spots.numbers("X") if "X" in {*genes.columns, *other} else None
    return genepix_printer(genes, across, first.spots.name)
