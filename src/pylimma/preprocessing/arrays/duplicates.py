"""Probes that are spotted several times on an array, at regular distances between rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.weights import as_matrix_weights
from pylimma.arguments import described, plain_array, whole
from pylimma.containers.components import Components
from pylimma.errors import InputError, InputTypeError, ShapeError, check_choice
from pylimma.numerics.missing_values import row_means
from pylimma.record import Record
from pylimma.typing import AnyArray, IntArray

_SPACINGS = ("columns", "rows", "subarrays", "topbottom")


@dataclass(frozen=True, slots=True, eq=False)
class DuplicateSpacing(Record):
    """Number and spacing of duplicates.

    Attributes
    ----------
    ndups : int
        Spots of each probe; NaN where an identifier is missing.
    spacing : int
        Rows from one spot to the next of the same probe; NaN likewise.
    """

    ndups: int | float
    spacing: int | float


def duplicate_rows(n_rows: int, ndups: int, spacing: int) -> IntArray:
    """Rows of the duplicates of each probe, of shape (probes, ndups)."""
    if n_rows == 0 or n_rows % (ndups * spacing):
        raise ShapeError(
            f"{n_rows} rows cannot hold duplicates with ndups={ndups} and spacing={spacing}: "
            f"the number of rows must be a multiple of {ndups * spacing}."
        )
    # rows run over positions within the spacing fastest, then duplicates, then groups
    grid = np.arange(n_rows).reshape(-1, ndups, spacing)
    return grid.transpose(0, 2, 1).reshape(-1, ndups)


def side_by_side(values: AnyArray, ndups: int, spacing: int) -> AnyArray:
    """Duplicates of a probe side by side, array by array: (probes, arrays * ndups)."""
    rows = duplicate_rows(len(values), ndups, spacing)
    return values[rows].transpose(0, 2, 1).reshape(len(rows), -1)


def average_duplicates(values: AnyArray, ndups: int, spacing: int, weights: Any = None) -> AnyArray:
    """Mean over duplicates without missing values, of shape (probes, arrays); text of the first."""
    rows = duplicate_rows(len(values), ndups, spacing)
    if values.dtype.kind not in "iufb":
        return values[rows[:, 0]]
    spots = values.astype(float)[rows]
    if weights is None:
        columns = spots.transpose(0, 2, 1).reshape(-1, ndups)
        return row_means(columns).reshape(len(rows), -1)
    w = as_matrix_weights(weights, values.shape)[rows]
    w = np.where(np.isnan(w) | np.isnan(spots) | (w < 0), 0.0, w)
    total = w.sum(axis=1)
    moment = (w * np.where(np.isnan(spots), 0.0, spots)).sum(axis=1)
    return np.divide(moment, total, out=np.full(total.shape, np.nan), where=total > 0)


def get_spacing(spacing: int | str, layout: Mapping[str, Any]) -> int:
    """Rows from one spot to its duplicate, by a name for where it lies.

    Parameters
    ----------
    spacing : int or {"columns", "rows", "subarrays", "topbottom"}
        Where the duplicate lies; a number is returned as it is.
    layout : PrintLayout
        Numbers of rows and columns of grids and spots.

    Returns
    -------
    int

    Raises
    ------
    InputError
        For another name.
    """
    if not isinstance(spacing, str):
        return whole(spacing, "spacing", 1)
    check_choice(spacing, _SPACINGS, "spacing")
    if not isinstance(layout, Mapping):
        raise InputTypeError(f"`layout` must be a PrintLayout; got {described(layout)}.")
    at = {str(key).replace(".", "_"): value for key, value in layout.items()}
    if not at.keys() >= {"ngrid_r", "ngrid_c", "nspot_r", "nspot_c"}:
        raise InputError(
            f'`spacing="{spacing}"` needs the numbers of rows and columns of grids and spots; '
            "give the number of rows between duplicates instead."
        )
    n_spots = at["ngrid_r"] * at["ngrid_c"] * at["nspot_r"] * at["nspot_c"]
    rows = {
        "columns": 1,
        "rows": at["nspot_c"],
        "subarrays": n_spots / at.get("ndups", 2),
        "topbottom": n_spots / 2,
    }
    return int(rows[spacing])


def get_dup_spacing(ID: Any) -> DuplicateSpacing:
    """Number and spacing of duplicates, from the identifiers of the spots.

    Parameters
    ----------
    ID : sequence of labels of shape (spots,)
        Identifiers in the order of the rows.

    Returns
    -------
    DuplicateSpacing
        Both 1 where there is no regular pattern, NaN where an identifier is missing.
    """
    labels = plain_array(ID, "ID")
    if labels.ndim != 1 or labels.size == 0:
        raise InputTypeError(f"`ID` must be a vector of identifiers; got {described(ID)}.")
    if pd.isna(labels).any():
        return DuplicateSpacing(np.nan, np.nan)
    ids = pd.Series(labels).astype(str)
    counts = ids.value_counts()
    rarest = min(counts[counts == counts.min()].index)
    ndups = int(counts.min())
    if ndups == 1 or (counts % ndups).any():
        return DuplicateSpacing(1, 1)
    gaps = np.diff(np.flatnonzero(ids == rarest))
    if np.ptp(gaps):
        return DuplicateSpacing(1, 1)
    return DuplicateSpacing(ndups, int(gaps[0]))


def unwrapdups(M: Any, ndups: int = 2, spacing: int = 1) -> Any:
    """Values with the duplicates of each probe side by side.

    Parameters
    ----------
    M : array or DataFrame of shape (spots, arrays)
        Any values.
    ndups : int
        Spots of each probe.
    spacing : int
        Rows from one spot to its duplicate.

    Returns
    -------
    array of shape (probes, arrays * ndups)
        Columns run over the duplicates of an array fastest; `M` itself where probes have one spot.

    Raises
    ------
    ShapeError
        If the number of rows is not a multiple of ``ndups * spacing``.
    """
    ndups, spacing = whole(ndups, "ndups", 1), whole(spacing, "spacing", 1)
    if ndups == 1:
        return M
    values = np.atleast_1d(plain_array(M, "M"))
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2:
        raise ShapeError(f"`M` must be a matrix of spots × arrays; it has shape {values.shape}.")
    return side_by_side(values, ndups, spacing)


def uniquegenelist(genelist: Any, ndups: int = 2, spacing: int = 1) -> Any:
    """Annotation of the first spot of each probe.

    Parameters
    ----------
    genelist : array, Series or DataFrame of spots
        Annotation.
    ndups : int
        Spots of each probe.
    spacing : int
        Rows from one spot to its duplicate.

    Returns
    -------
    array, Series or DataFrame of probes
        The kind that was given.

    Raises
    ------
    ShapeError
        If the number of rows is not a multiple of ``ndups * spacing``.
    """
    ndups, spacing = whole(ndups, "ndups", 1), whole(spacing, "spacing", 1)
    if ndups == 1:
        return genelist
    if hasattr(genelist, "toarray") or plain_array(genelist, "genelist").ndim == 0:
        raise InputTypeError(f"`genelist` must be a sequence; got {described(genelist)}.")
    first = duplicate_rows(len(genelist), ndups, spacing)[:, 0]
    if isinstance(genelist, pd.DataFrame | pd.Series):
        return genelist.iloc[first]
    return plain_array(genelist, "genelist")[first]


def avedups(
    x: Any, ndups: int | None = None, spacing: int | str | None = None, weights: Any = None
) -> Any:
    """Averages over the duplicate spots of each probe.

    Parameters
    ----------
    x : array, DataFrame, EList or MAList
        One row for each spot; text is taken from the first spot of a probe.
    ndups : int, optional
        Spots of each probe; as stored with the data, or else 2.
    spacing : int or str, optional
        Rows from one spot to its duplicate; as stored with the data, or else 1.
    weights : array of shape (spots, arrays), optional
        Weights of the average; those stored with the data when not given. Negative ones count
        as zero.

    Returns
    -------
    array, DataFrame, EList or MAList
        The kind that was given, one row for each probe; NaN where no value is known.
    """
    if isinstance(x, Components):
        return _average_container(x, ndups, spacing, weights)
    ndups = whole(2 if ndups is None else ndups, "ndups", 1)
    spacing = whole(1 if spacing is None else spacing, "spacing", 1)
    if isinstance(x, pd.DataFrame):
        values = average_duplicates(x.to_numpy(), ndups, spacing, weights)
        first = duplicate_rows(len(x), ndups, spacing)[:, 0]
        return pd.DataFrame(values, x.index[first], x.columns)
    array = plain_array(x, "x")
    if array.ndim not in (1, 2):
        raise ShapeError(f"`x` must be a matrix of spots × arrays; it has shape {array.shape}.")
    if array.ndim == 1:
        return average_duplicates(array[:, None], ndups, spacing, weights)[:, 0]
    return average_duplicates(array, ndups, spacing, weights)


def _average_container(
    x: Components, ndups: int | None, spacing: int | str | None, weights: Any
) -> Components:
    printer = x.get("printer") or {}
    ndups = whole(printer.get("ndups", 2) if ndups is None else ndups, "ndups", 1)
    if spacing is None:
        spacing = printer.get("spacing", 1)
    step = get_spacing(spacing, printer)
    weights = x.get("weights") if weights is None else weights
    result = x.subset(duplicate_rows(x.shape[0], ndups, step)[:, 0])
    for name in result:
        if x.AXES[name] != ("genes", "samples"):
            continue
        w = None if name == "weights" else weights
        if name in x.NESTED:
            result[name] = {k: average_duplicates(v, ndups, step, w) for k, v in x[name].items()}
        else:
            result[name] = average_duplicates(x[name], ndups, step, w)
    result["printer"] = None
    return result
