"""Statistics of the neighbourhood of every cell of a matrix, or of every spot of a slide.

A neighbourhood is a cell with the up to eight around it. NaN is missing.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from pylimma.arguments import flag, numbers
from pylimma.containers.two_color import PrintLayout
from pylimma.errors import ShapeError, check_choice
from pylimma.preprocessing.arrays.layout import SIZES, parse_layout
from pylimma.typing import FloatArray

NeighbourStatistic: TypeAlias = Literal["mean", "min", "max", "median", "sum"]

_STATISTICS = ("mean", "min", "max", "median", "sum")
_NEIGHBOURHOOD = 9  # cells


def over_neighbours(
    x: FloatArray, statistic: NeighbourStatistic = "mean", *, skip_missing: bool = True
) -> FloatArray:
    """Statistic of each cell's neighbourhood; NaN where it has no value.

    Unless missing values are skipped, each makes its neighbours missing, as do the borders.
    """
    n_rows, n_columns = x.shape
    padded = np.pad(x, 1, constant_values=np.nan)
    cells = np.array(
        [padded[i : i + n_rows, j : j + n_columns] for i in range(3) for j in range(3)]
    )
    number = np.count_nonzero(~np.isnan(cells), axis=0)
    if statistic == "min":
        result = np.fmin.reduce(cells)
    elif statistic == "max":
        result = np.fmax.reduce(cells)
    elif statistic == "median":
        cells.sort(axis=0)  # missing ones last
        middle = np.array([np.maximum(number - 1, 0) // 2, number // 2])
        result = np.take_along_axis(cells, middle, axis=0).mean(axis=0)
    else:
        total = np.nansum(cells, axis=0)
        result = total / np.maximum(number, 1) if statistic == "mean" else total
    known = number > 0 if skip_missing else number == _NEIGHBOURHOOD
    return np.where(known, result, np.nan)


def over_neighbouring_spots(
    x: FloatArray, layout: PrintLayout, statistic: NeighbourStatistic = "mean"
) -> FloatArray:
    """Statistic of each spot's neighbourhood on the slide, by array; `x` is (spots, arrays)."""
    sizes = [int(layout[name]) for name in SIZES]
    grid_r, grid_c, spot_r, spot_c = sizes
    result = np.empty(x.shape)
    for place, column in enumerate(x.T):
        spots = column.reshape(sizes).transpose(0, 2, 1, 3)
        image = over_neighbours(spots.reshape(grid_r * spot_r, grid_c * spot_c), statistic)
        spots = image.reshape(grid_r, spot_r, grid_c, spot_c).transpose(0, 2, 1, 3)
        result[:, place] = spots.reshape(-1)
    return result


def ma3x3_matrix(x: Any, fun: NeighbourStatistic = "mean", na_rm: bool = True) -> Any:
    """Mean or another statistic of the neighbourhood of every cell of a matrix.

    Parameters
    ----------
    x : array or DataFrame of shape (rows, columns)
        Values; NaN is missing.
    fun : {"mean", "min", "max", "median", "sum"}
        Statistic of a cell with the up to eight around it.
    na_rm : bool
        Whether missing values are skipped. If not, each makes its neighbours missing, and
        everything along the border is missing.

    Returns
    -------
    array or DataFrame of shape (rows, columns)
        The kind that was given; NaN where a neighbourhood has no value.

    Raises
    ------
    InputError
        If there is no such statistic.
    ShapeError
        If `x` is not a matrix.

    See Also
    --------
    ma3x3_spottedarray : Neighbourhoods on a slide.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.ma3x3_matrix([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]], "max")
    array([[5., 9., 9.],
           [5., 9., 9.]])
    """
    check_choice(fun, _STATISTICS, "fun")
    result = over_neighbours(numbers(x, "x", 2), fun, skip_missing=flag(na_rm, "na_rm"))
    return pd.DataFrame(result, x.index, x.columns) if isinstance(x, pd.DataFrame) else result


def ma3x3_spottedarray(
    x: Any,
    printer: Any,
    fun: NeighbourStatistic = "mean",
    na_rm: bool = True,
) -> Any:
    """Mean or another statistic of the neighbourhood of every spot on its slide.

    Parameters
    ----------
    x : array, Series or DataFrame of shape (spots,) or (spots, arrays)
        Values in the order of printing: grid by grid, row by row; NaN is missing.
    printer : PrintLayout, dict or container
        Rows and columns of grids, `ngrid_r` and `ngrid_c`, and of spots in each grid, `nspot_r`
        and `nspot_c`.
    fun : {"mean", "min", "max", "median", "sum"}
        Statistic of a spot with the up to eight around it, across the borders of grids.
    na_rm : bool
        Missing values are skipped in any case.

    Returns
    -------
    array, Series or DataFrame
        The kind and shape that was given; NaN where a neighbourhood has no value.

    Raises
    ------
    InputError
        If there is no such statistic, or the layout is not complete.
    ShapeError
        If the layout has another number of spots.

    See Also
    --------
    ma3x3_matrix : Neighbourhoods in a matrix.

    Examples
    --------
    >>> import pylimma
    >>> layout = pylimma.PrintLayout(ngrid_r=1, ngrid_c=2, nspot_r=2, nspot_c=2)
    >>> pylimma.ma3x3_spottedarray([1, 2, 3, 4, 5, 6, 7, 8], layout, "max")
    array([4., 7., 4., 7., 8., 8., 8., 8.])
    """
    check_choice(fun, _STATISTICS, "fun")
    flag(na_rm, "na_rm")
    values = numbers(x, "x")
    if values.ndim not in (1, 2):
        raise ShapeError(f"`x` must be spots × arrays; it has shape {values.shape}.")
    layout = parse_layout(printer, len(values))
    result = over_neighbouring_spots(values.reshape(len(values), -1), layout, fun)
    result = result.reshape(values.shape)
    if isinstance(x, pd.DataFrame):
        return pd.DataFrame(result, x.index, x.columns)
    return pd.Series(result, x.index, name=x.name) if isinstance(x, pd.Series) else result
