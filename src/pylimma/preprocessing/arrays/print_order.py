"""Order in which the pins of a robot printed the spots of a slide, and the wells they came from.

Plates have 16 × 24 wells. Pins stand in as many columns as there are columns of grids, and dip into
neighbouring wells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from string import ascii_uppercase
from typing import Any

import numpy as np

from pylimma.arguments import whole
from pylimma.containers.components import Components
from pylimma.errors import InputError, check_choice
from pylimma.preprocessing.arrays.duplicates import duplicate_rows, get_spacing
from pylimma.preprocessing.arrays.layout import SIZES, parse_layout, positions
from pylimma.record import Record
from pylimma.typing import AnyArray, IntArray

_DIVIDED = {"columns": "nspot_c", "rows": "nspot_r", "topbottom": "ngrid_r"}  # by duplicates
_STARTS = ("topleft", "topright")
_PLATE_COLUMNS = 24
_WELLS = 16 * _PLATE_COLUMNS
_LETTERS = [*ascii_uppercase, *map("".join, product(ascii_uppercase, repeat=2))]  # rows of wells


@dataclass(frozen=True, slots=True, eq=False)
class PrintOrder(Record):
    """Order in which spots were printed, and the wells they came from.

    Attributes
    ----------
    printorder : array of shape (spots,)
        Number of the dip, from 1, in which the pin of the spot printed it.
    plate : array of shape (spots,)
        Plate of 384 wells, from 1.
    plate_r, plate_c : array of shape (spots,)
        Row and column of the well, from 1.
    plateposition : array of shape (spots,)
        Name of the well, such as "p1D07".
    """

    printorder: IntArray
    plate: IntArray
    plate_r: IntArray
    plate_c: IntArray
    plateposition: AnyArray


def printorder(
    layout: Any,
    ndups: int | None = None,
    spacing: str | int | None = None,
    npins: int | None = None,
    start: str | None = None,
) -> PrintOrder:
    """Order in which spots were printed, and the plates and wells they came from.

    Parameters
    ----------
    layout : PrintLayout, dict, RGList or MAList
        Rows and columns of grids and spots. What is not given below comes from the `printer` of a
        container.
    ndups : int, optional
        Spots printed from each dip into a well; 1 by default.
    spacing : {"columns", "rows", "topbottom"} or int, optional
        Where duplicates lie, or rows from one to the next; "columns" by default.
    npins : int, optional
        Number of pins; one for each grid by default, apart from duplicate grids.
    start : {"topleft", "topright"}, optional
        Corner of a grid that is printed first; "topleft" by default.

    Returns
    -------
    PrintOrder
        Order, plate, row and column of the well, and its name.

    Raises
    ------
    InputError
        If duplicates or pins do not fit the layout.

    See Also
    --------
    normalize_for_printorder : Trends along this order removed.

    Notes
    -----
    Plates have 16 × 24 wells. Pins stand in as many columns as there are columns of grids, and dip
    into neighbouring wells.

    Examples
    --------
    >>> import pylimma
    >>> layout = pylimma.PrintLayout(ngrid_r=1, ngrid_c=1, nspot_r=2, nspot_c=3)
    >>> pylimma.printorder(layout, start="topright").printorder
    array([3, 2, 1, 6, 5, 4])
    """
    slide = parse_layout(layout)
    stored: Mapping[str, Any] = slide if isinstance(layout, Components) else {}
    ndups = whole(stored.get("ndups", 1) if ndups is None else ndups, "ndups", 1)
    spacing = stored.get("spacing", "columns") if spacing is None else spacing
    npins = stored.get("npins") if npins is None else npins
    start = stored.get("start", "topleft") if start is None else start
    check_choice(start, _STARTS, "start")
    sizes = {name: int(slide[name]) for name in SIZES}
    direction = _direction(spacing, sizes)
    divided = _DIVIDED[direction]
    if sizes[divided] % ndups:
        raise InputError(
            f"`ndups` is {ndups} along {direction}; the {sizes[divided]} of `{divided}` are not a "
            f"multiple of it."
        )
    unique = {**sizes, divided: sizes[divided] // ndups}
    order, plate, row, column = _printed(unique, npins, reverse=start == "topright")
    step = get_spacing(direction, {**sizes, "ndups": ndups})
    rows = duplicate_rows(order.size * ndups, ndups, step)
    turned = slice(None, None, -1 if start == "topright" and direction == "columns" else 1)
    copies = (order[:, None] - 1) * ndups + np.arange(1, ndups + 1)[turned]

    def spread(values: IntArray) -> IntArray:
        """Values of the spots, from those of the dips."""
        result = np.empty(rows.size, dtype=np.intp)
        result[rows] = values
        return result

    plate, row, column = (spread(values[:, None]) for values in (plate, row, column))
    names = _well_names(plate, row, column, order.size)
    return PrintOrder(spread(copies), plate, row, column, names)


def _direction(spacing: Any, sizes: Mapping[str, int]) -> str:
    """Name of the direction in which duplicates lie."""
    if isinstance(spacing, str):
        check_choice(spacing, _DIVIDED, "spacing")
        return spacing
    distance = whole(spacing, "spacing", 1)
    half = int(np.prod(list(sizes.values()))) / 2
    named = {half: "topbottom", sizes["nspot_c"]: "rows", 1: "columns"}
    if distance not in named:
        raise InputError(
            f"`spacing` of {distance} rows is no place for duplicates: it is 1 along columns, "
            f"{sizes['nspot_c']} along rows, {half:g} from top to bottom of this slide."
        )
    return named[distance]


def _printed(sizes: Mapping[str, int], npins: Any, *, reverse: bool) -> tuple[IntArray, ...]:
    """Order, plate, and row and column of the well of each spot, all from 1."""
    n_grids, n_spots = sizes["ngrid_r"] * sizes["ngrid_c"], sizes["nspot_r"] * sizes["nspot_c"]
    npins = n_grids if npins is None else whole(npins, "npins", 1)
    pin_columns = sizes["ngrid_c"]
    pin_rows = npins // pin_columns
    if n_grids % npins or npins % pin_columns or pin_rows > _PLATE_COLUMNS or npins > _WELLS:
        raise InputError(
            f"`npins` is {npins}: the {n_grids} grids must be a multiple of it, and it one of "
            f"their {pin_columns} columns, with at most {_PLATE_COLUMNS} rows of pins."
        )
    grid_row, grid_column, row, column = (positions(sizes, axis) for axis in range(4))
    across = sizes["nspot_c"] - column + 1 if reverse else column
    pass_number = (grid_row - 1) // pin_rows
    order = pass_number * n_spots + sizes["nspot_c"] * (row - 1) + across
    pin_row = (grid_row - 1) % pin_rows + 1
    plate, dip = np.divmod(order - 1, _WELLS // npins)
    down, along = np.divmod(dip, _PLATE_COLUMNS // pin_rows)
    plate_row = down * pin_columns + pin_columns - grid_column + 1
    return order, plate + 1, plate_row, along * pin_rows + pin_row


def _well_names(plate: IntArray, row: IntArray, column: IntArray, n_wells: int) -> AnyArray:
    """Names such as p1A01, all plates with the same number of digits."""
    digits = len(str(max(1, n_wells // _WELLS)))
    return np.array(
        [
            f"p{p:0{digits}d}{_LETTERS[r - 1]}{c:02d}"
            for p, r, c in zip(plate.tolist(), row.tolist(), column.tolist(), strict=True)
        ]
    )
