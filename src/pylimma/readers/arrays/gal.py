"""GenePix Array Lists (GAL): what is spotted where on a slide."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import number, whole
from pylimma.arguments import path as as_path
from pylimma.containers.two_color import PrintLayout
from pylimma.errors import InputError, InputWarning, quoted, warn
from pylimma.readers.arrays.filled_tables import file_in, read_filled
from pylimma.readers.files import existing_file, read_text

_HEADER_LINES = 100  # that are searched for blocks and names of columns
_GAL = re.compile(r".*\.gal(?:\.gz)?", re.IGNORECASE)
_BLOCK = re.compile(r"Block\s*\d+\s*=(.*)")
_BLOCK_FIELDS = 7  # x, y, diameter, columns, column spacing, rows, row spacing


def read_gal(
    galfile: Any = None,
    path: Any = None,
    sep: str | None = None,
    quote: str = '"',
    skip: int | None = None,
) -> pd.DataFrame:
    """Table of spots of a GenePix Array List, grid by grid, row by row.

    Parameters
    ----------
    galfile : str or Path, optional
        The file, plain or compressed; the first with the extension gal of the folder when not
        given.
    path : str or Path, optional
        Folder of the file.
    sep : str, optional
        Separator; tab, comma or semicolon, as found in the file, when not given.
    quote : str
        ``'"'`` where cells may be quoted, or ``""``.
    skip : int, optional
        Lines above the one that names the columns; as found when not given.

    Returns
    -------
    DataFrame
        A row for each spot; where the file lists them in another order, rows are called by their
        numbers in the file, from 1.

    Raises
    ------
    InputError
        If there is no such file, or no line names columns ID and Name.
    ShapeError
        If a line has more cells than there are columns.

    Warns
    -----
    InputWarning
        If the folder holds several such files.

    See Also
    --------
    get_layout : Layout of the slide, from this table.
    get_layout2 : Layout of the slide, from the head of the file.
    """
    file = _only_gal(path) if galfile is None else file_in(galfile, path)
    above = _lines_above(file) if skip is None else whole(skip, "skip", 0)
    table = read_filled(file, sep, quote, skip=above).frame()
    if not {"Block", "Row", "Column"} <= set(table.columns):
        return table
    block, row, column = (_places(table, name, file.name) for name in ("Block", "Row", "Column"))
    place = ((block - 1) * row.max() + row - 1) * column.max() + column
    if (np.diff(place) > 0).all():
        return table
    order = np.argsort(place, kind="stable")
    return table.iloc[order].set_axis(pd.Index((order + 1).astype(str)), axis=0)


def _only_gal(path: Any) -> Any:
    """GAL file of a folder."""
    folder = as_path("." if path is None else path, "path")
    found = sorted(file for file in folder.glob("*") if _GAL.fullmatch(file.name))
    if not found:
        raise InputError(f"The folder '{folder}' holds no file with the extension gal.")
    if len(found) > 1:
        names = quoted(file.name for file in found)
        warn(f"'{found[0].name}' is read of several GAL files: {names}.", InputWarning)
    return found[0]


def _lines_above(file: Any) -> int:
    """Number of lines above the one that names the columns."""
    for above, line in enumerate(read_text(file, or_latin=True).split("\n")[:_HEADER_LINES]):
        if {"ID", "Name"} <= {cell.strip('" ') for cell in re.split(r"[\t,;]", line)}:
            return above
    raise InputError(
        f"No line of the first {_HEADER_LINES} of '{file.name}' names columns ID and Name; give "
        f"`skip`, the number of lines above the names of the columns."
    )


def _places(table: pd.DataFrame, name: str, file: str) -> Any:
    """Whole numbers of a column."""
    found = pd.to_numeric(table[name], errors="coerce")
    if found.isna().any() or (found % 1 != 0).any():
        raise InputError(f"Column '{name}' of '{file}' must hold whole numbers alone.")
    return found.to_numpy(dtype=np.int64)


def get_layout2(galfile: Any) -> PrintLayout:
    """Layout of a slide, from the blocks that the head of a GAL file describes.

    Parameters
    ----------
    galfile : path
        GenePix Array List, plain or compressed.

    Returns
    -------
    PrintLayout
        Rows of grids are the different heights of blocks; spots are those of the first block.

    Raises
    ------
    InputError
        If the file describes no blocks, or a description is incomplete.

    See Also
    --------
    get_layout : From a table of spots.
    """
    path = existing_file(galfile)
    blocks = []
    for line, text in enumerate(read_text(path, or_latin=True).split("\n")[:_HEADER_LINES], 1):
        if (found := _BLOCK.search(text)) is None:
            continue
        fields = [field.strip() for field in re.split(r"[,\t]", found[1].rstrip('" \t'))]
        if len(fields) < _BLOCK_FIELDS:
            raise InputError(
                f"Line {line} of '{path.name}' describes a block by {len(fields)} numbers; "
                f"{_BLOCK_FIELDS} are expected."
            )
        where = f"line {line} of '{path.name}'"
        blocks.append([number(_float(field), where, finite=True) for field in fields])
    if not blocks:
        raise InputError(
            f"'{path.name}' describes no blocks, as in \"Block1= 400, 400, 100, 4, 185, 3, 180\", "
            f"in its first {_HEADER_LINES} lines."
        )
    height = [block[1] for block in blocks]
    return PrintLayout(
        ngrid_r=len(set(height)),
        ngrid_c=height.count(min(height)),
        nspot_r=whole(blocks[0][5], "rows of the first block", 1),
        nspot_c=whole(blocks[0][3], "columns of the first block", 1),
    )


def _float(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
