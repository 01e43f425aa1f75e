"""Duplicate spots: which rows of the data are the same probe."""

from __future__ import annotations

import numpy as np

from pylimma.typing import AnyArray, IntArray


def duplicate_rows(n_rows: int, ndups: int, spacing: int) -> IntArray:
    """Rows of the duplicates of each probe.

    Rows run over `spacing` positions fastest, then duplicates, then groups.

    Parameters
    ----------
    n_rows : int
        Number of spots, a multiple of ``ndups * spacing``.
    ndups : int
        Spots of each probe.
    spacing : int
        Rows from one spot to the next of the same probe.

    Returns
    -------
    array of int of shape (probes, ndups)
        Positions of rows.
    """
    grid = np.arange(n_rows).reshape(-1, ndups, spacing)
    return grid.transpose(0, 2, 1).reshape(-1, ndups)


def side_by_side(values: AnyArray, ndups: int, spacing: int) -> AnyArray:
    """Duplicates of a probe side by side, array by array.

    Parameters
    ----------
    values : array of shape (spots, arrays)
        One row a spot.
    ndups, spacing : int
        As for `duplicate_rows`.

    Returns
    -------
    array of shape (probes, arrays * ndups)
        Columns run over the duplicates of an array fastest.
    """
    rows = duplicate_rows(len(values), ndups, spacing)
    return values[rows].transpose(0, 2, 1).reshape(len(rows), -1)
