"""Quality weights of spots from what the program of the scanner says of them.

Each function gives, or is, one that `read_maimages` takes as `wt_fun`: from the table of one array
to the weights of its spots.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from pylimma.arguments import number, vector
from pylimma.containers.sample_tables import as_table
from pylimma.errors import InputError, InputWarning, UnknownNameError, nearest, quoted, warn
from pylimma.typing import FloatArray

WeightFunction: TypeAlias = Callable[[pd.DataFrame], FloatArray]


@dataclass(frozen=True, slots=True)
class ByColumn:
    """Weights by one column of the table of an array, so that the others need not be read."""

    column: str
    weights: Callable[[FloatArray], FloatArray]

    def __call__(self, table: Any) -> FloatArray:
        """Weights of the spots of a table."""
        return self.weights(_column(table, self.column))


def wtflags(weight: float = 0, cutoff: float = 0) -> WeightFunction:
    """Function that gives flagged spots of GenePix a smaller weight.

    Parameters
    ----------
    weight : float
        Weight of flagged spots; all others have 1.
    cutoff : float
        Spots are flagged whose `Flags` are below this.

    Returns
    -------
    callable
        From the table of an array, with a column `Flags`, to an array of weights.

    See Also
    --------
    read_maimages : Takes it as `wt_fun`.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.wtflags(weight=0.1)({"Flags": [0, -50, 100]})
    array([1. , 0.1, 1. ])
    """
    weight, cutoff = number(weight, "weight", 0), number(cutoff, "cutoff")
    return ByColumn("Flags", partial(_by_flag, weight=weight, cutoff=cutoff))


def _by_flag(flags: FloatArray, *, weight: float, cutoff: float) -> FloatArray:
    return np.where(flags < cutoff, weight, 1.0)


def wtarea(ideal: Any = (160, 170)) -> WeightFunction:
    """Function that gives spots of SPOT a weight by their area.

    Parameters
    ----------
    ideal : float or sequence of float
        Area of a perfect spot in pixels, or smallest and largest of such.

    Returns
    -------
    callable
        From the table of an array, with a column `area`, to an array of weights: 1 within the
        limits, falling to 0 at area 0 and at the sum of the limits. A missing area has a missing
        weight.

    Warns
    -----
    InputWarning
        If an ideal area is not positive; it counts as 1.

    See Also
    --------
    read_maimages : Takes it as `wt_fun`.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.wtarea([160, 170])({"area": [80, 165, 330, 500]})
    array([0.5, 1. , 0. , 0. ])
    """
    areas = vector(ideal, "ideal", finite=True)
    if not areas.size:
        raise InputError("`ideal` holds no area.")
    if areas.min() <= 0:
        warn(f"An ideal area of {areas.min():g} is not positive; it counts as 1.", InputWarning)
    low, high = np.maximum([areas.min(), areas.max()], 1.0)
    return ByColumn("area", partial(_by_area, low=low, high=high))


def _by_area(areas: FloatArray, *, low: float, high: float) -> FloatArray:
    return np.interp(areas, [0.0, low, high, low + high], [0.0, 1.0, 1.0, 0.0])


def wt_ignore_filter(qta: Any) -> FloatArray:
    """Weights from the column `Ignore Filter` of QuantArray: 0 where a spot is to be ignored.

    Parameters
    ----------
    qta : DataFrame
        Table of one array.

    Returns
    -------
    array of shape (spots,)
        The column as numbers.

    Raises
    ------
    UnknownNameError
        If there is no such column.

    See Also
    --------
    read_maimages : Takes this function as `wt_fun`.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.wt_ignore_filter({"Ignore Filter": [1, 0, 1]})
    array([1., 0., 1.])
    """
    return _column(qta, "Ignore Filter")


def _column(table: Any, name: str) -> FloatArray:
    """Numbers of a column of the table of an array."""
    frame = as_table(table, "table")
    if name not in frame:
        raise UnknownNameError(
            f"Weights need a column '{name}'; the table of the array has "
            f"{quoted(nearest(name, frame.columns)) or 'none'}."
        )
    return vector(frame[name], name)
