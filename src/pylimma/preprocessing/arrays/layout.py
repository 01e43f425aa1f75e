"""Where spots lie on a slide: rows and columns of grids and of spots within them.

Spots are listed grid by grid, grids row by row, and row by row within a grid. Rows and columns
count from 1, as they do in the files of scanners.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import described, flag, whole
from pylimma.containers.components import Components
from pylimma.containers.sample_tables import as_table
from pylimma.containers.two_color import PrintLayout
from pylimma.errors import InputError, InputTypeError, ShapeError, quoted
from pylimma.preprocessing.arrays.duplicates import get_dup_spacing
from pylimma.typing import IntArray

SIZES = ("ngrid_r", "ngrid_c", "nspot_r", "nspot_c")
_GRID_COLUMNS = 4  # of a slide whose number of grids it divides


def parse_layout(layout: Any, n_spots: int | None = None) -> PrintLayout:
    """Layout with whole numbers of grids and spots, of a PrintLayout, dict or container."""
    if isinstance(layout, Components):
        layout = layout.get("printer")
    if not isinstance(layout, Mapping):
        raise InputTypeError(
            f"`layout` must be a PrintLayout, or data with one as `printer`; "
            f"got {described(layout)}."
        )
    known = PrintLayout(layout)
    lacking = [name for name in SIZES if known.get(name) is None]
    if lacking:
        raise InputError(f"`layout` lacks {', '.join(lacking)}.")
    known.update({name: whole(known[name], name, 1) for name in SIZES})
    n_grids, per_grid = known.ngrid_r * known.ngrid_c, known.nspot_r * known.nspot_c
    if n_spots is not None and n_grids * per_grid != n_spots:
        raise ShapeError(
            f"`layout` is of {n_grids} grids of {per_grid} spots; the data have {n_spots} rows."
        )
    return known


def positions(layout: Mapping[str, Any], axis: int) -> IntArray:
    """Position, from 1, of every spot along one axis of grids and spots."""
    sizes = [int(layout[name]) for name in SIZES]
    return np.indices(sizes).reshape(4, -1)[axis] + 1


def gridr(layout: Any) -> IntArray:
    """Row of the grid of each spot.

    Parameters
    ----------
    layout : PrintLayout, dict or container
        Rows and columns of grids, `ngrid_r` and `ngrid_c`, and of spots in each grid, `nspot_r`
        and `nspot_c`; a container's `printer` is its layout.

    Returns
    -------
    array of shape (spots,)
        From 1.

    See Also
    --------
    gridc : Column of the grid.
    spotr : Row within the grid.

    Examples
    --------
    >>> import pylimma
    >>> layout = pylimma.PrintLayout(ngrid_r=2, ngrid_c=1, nspot_r=1, nspot_c=3)
    >>> pylimma.gridr(layout)
    array([1, 1, 1, 2, 2, 2])
    """
    return positions(parse_layout(layout), 0)


def gridc(layout: Any) -> IntArray:
    """Column of the grid of each spot.

    Parameters
    ----------
    layout : PrintLayout, dict or container
        As in `gridr`.

    Returns
    -------
    array of shape (spots,)
        From 1.

    Examples
    --------
    >>> import pylimma
    >>> layout = pylimma.PrintLayout(ngrid_r=1, ngrid_c=2, nspot_r=1, nspot_c=3)
    >>> pylimma.gridc(layout)
    array([1, 1, 1, 2, 2, 2])
    """
    return positions(parse_layout(layout), 1)


def spotr(layout: Any) -> IntArray:
    """Row of each spot within its grid.

    Parameters
    ----------
    layout : PrintLayout, dict or container
        As in `gridr`.

    Returns
    -------
    array of shape (spots,)
        From 1.

    Examples
    --------
    >>> import pylimma
    >>> layout = pylimma.PrintLayout(ngrid_r=1, ngrid_c=1, nspot_r=2, nspot_c=3)
    >>> pylimma.spotr(layout)
    array([1, 1, 1, 2, 2, 2])
    """
    return positions(parse_layout(layout), 2)


def spotc(layout: Any) -> IntArray:
    """Column of each spot within its grid.

    Parameters
    ----------
    layout : PrintLayout, dict or container
        As in `gridr`.

    Returns
    -------
    array of shape (spots,)
        From 1.

    Examples
    --------
    >>> import pylimma
    >>> layout = pylimma.PrintLayout(ngrid_r=1, ngrid_c=1, nspot_r=2, nspot_c=3)
    >>> pylimma.spotc(layout)
    array([1, 2, 3, 1, 2, 3])
    """
    return positions(parse_layout(layout), 3)


def get_layout(gal: Any, guessdups: bool = False) -> PrintLayout:
    """Layout of a slide, from the block, row and column of every spot.

    Parameters
    ----------
    gal : DataFrame
        Annotation with columns Block, Row and Column; with `guessdups` also ID and Name.
    guessdups : bool
        Whether number and spacing of duplicates are found from equal IDs and names.

    Returns
    -------
    PrintLayout
        The number of grids is the largest block, in four columns where it is a multiple of 4,
        else in one.

    Raises
    ------
    InputError
        If a column is missing, or has no whole numbers.

    See Also
    --------
    get_layout2 : From the head of a GAL file, which tells the columns of grids.

    Examples
    --------
    >>> import pandas as pd
    >>> import pylimma
    >>> gal = pd.DataFrame({"Block": [1, 1, 2, 2], "Row": 1, "Column": [1, 2, 1, 2]})
    >>> pylimma.get_layout(gal)
    {'ngrid_r': 2, 'ngrid_c': 1, 'nspot_r': 1, 'nspot_c': 2}
    """
    table = as_table(gal, "gal")
    needed = ("Block", "Row", "Column", *(("ID", "Name") if flag(guessdups, "guessdups") else ()))
    lacking = [name for name in needed if name not in table]
    if lacking:
        raise InputError(f"`gal` has no columns {quoted(lacking)}; it has {quoted(table.columns)}.")
    n_grids, rows, columns = (_largest(table[name], name) for name in needed[:3])
    across = 1 if n_grids % _GRID_COLUMNS else _GRID_COLUMNS
    layout = PrintLayout(ngrid_r=n_grids // across, ngrid_c=across, nspot_r=rows, nspot_c=columns)
    if guessdups:
        layout.update(get_dup_spacing(table["ID"].astype(str) + " " + table["Name"].astype(str)))
    return layout


def _largest(column: pd.Series, name: str) -> int:
    """Largest of the whole numbers of a column, from 1."""
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.isna().all():
        raise InputError(f"Column '{name}' of `gal` has no numbers.")
    return whole(numbers.max(), f"gal['{name}']", 1)
