"""Filters of precursors and proteins; what leaves is said, and counted in `dropped`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.anndata import is_anndata
from pylimma.adapters.expression import parse_expression
from pylimma.arguments import described, text, whole
from pylimma.containers.components import Components
from pylimma.containers.expression import EList
from pylimma.errors import InputError, InputTypeError, Note, UnknownNameError, nearest, quoted, warn
from pylimma.typing import AnyArray, BoolArray, ExpressionLike, IntArray

_SEPARATOR = ";"  # between the proteins of a group


def filter_compound_proteins(y: EList, protein_id: str = "Protein.Group") -> EList:
    """Rows that belong to one protein, without those of groups of several.

    Parameters
    ----------
    y : EList
        Log2 intensities with the proteins of the rows in `genes`.
    protein_id : str
        Column of `genes` with the proteins of a row, several separated by a semicolon.

    Returns
    -------
    EList
        The rows of single proteins; `dropped` has the number of the others.

    Raises
    ------
    UnknownNameError
        If `genes` has no such column.

    See Also
    --------
    filter_non_proteotypic_peptides : Peptides that occur in one protein.

    Examples
    --------
    >>> import warnings
    >>> import pylimma
    >>> y = pylimma.EList(E=[[8.0], [9.0]], genes={"Protein.Group": ["P1", "P1;P2"]})
    >>> with warnings.catch_warnings(action="ignore"):
    ...     pylimma.filter_compound_proteins(y).shape
    (1, 1)
    """
    proteins = _column(y, protein_id, "protein_id").astype(str)
    return _kept(y, ~proteins.str.contains(_SEPARATOR).to_numpy(), "of several proteins")


def filter_non_proteotypic_peptides(y: EList, proteotypic: str = "Proteotypic") -> EList:
    """Rows of peptides that occur in one protein.

    Parameters
    ----------
    y : EList
        Log2 intensities with annotation of the rows in `genes`.
    proteotypic : str
        Column of `genes` that says 1 for such peptides and 0 for others.

    Returns
    -------
    EList
        These rows, without the column; `dropped` has the number of the others.

    Raises
    ------
    UnknownNameError
        If `genes` has no such column.
    InputError
        If it holds other values than 0 and 1.

    See Also
    --------
    filter_compound_proteins : Rows of one protein.

    Examples
    --------
    >>> import warnings
    >>> import pylimma
    >>> y = pylimma.EList(E=[[8.0], [9.0]], genes={"Proteotypic": [1, 0]})
    >>> with warnings.catch_warnings(action="ignore"):
    ...     pylimma.filter_non_proteotypic_peptides(y).shape
    (1, 1)
    """
    marks = pd.to_numeric(_column(y, proteotypic, "proteotypic"), errors="coerce")
    if not marks.isin([0, 1]).all():
        raise InputError(f"Column '{proteotypic}' of `genes` must hold 0 and 1.")
    kept = _kept(y, (marks == 1).to_numpy(), "of peptides in several proteins")
    return kept.replace(genes=kept["genes"].drop(columns=proteotypic))


def filter_singleton_peptides(
    y: EList, protein_id: str = "Protein.Group", min_n_peptides: int = 2
) -> EList:
    """Rows of proteins that have several, sorted by protein.

    Parameters
    ----------
    y : EList
        Log2 intensities with the protein of each row in `genes`.
    protein_id : str
        Column of `genes` with the protein of a row.
    min_n_peptides : int
        Smallest number of rows of a protein.

    Returns
    -------
    EList
        The rows of such proteins, sorted by protein and name; `genes` has their number in
        ``NPeptides``, and `dropped` the number of the others.

    Raises
    ------
    UnknownNameError
        If `genes` has no such column.
    InputError
        If a row has no protein.

    Examples
    --------
    >>> import warnings
    >>> import pylimma
    >>> y = pylimma.EList(E=[[8.0], [9.0], [7.0]], genes={"Protein.Group": ["P1", "P2", "P1"]})
    >>> with warnings.catch_warnings(action="ignore"):
    ...     pylimma.filter_singleton_peptides(y).genes["NPeptides"].to_list()
    [2, 2]
    """
    proteins = _column(y, protein_id, "protein_id")
    least = whole(min_n_peptides, "min_n_peptides", 1)
    if proteins.isna().any():
        raise InputError(f"{int(proteins.isna().sum())} rows have no protein in '{protein_id}'.")
    number = proteins.map(proteins.value_counts()).to_numpy(int)
    names = y.row_names if y.row_names is not None else np.arange(len(proteins))
    order = np.lexsort((np.asarray(names), proteins.astype(str).to_numpy()))
    counted = y.replace(genes=y["genes"].assign(NPeptides=number))
    return _kept(counted, order[number[order] >= least], f"of proteins with fewer than {least}")


def remove_na_rows(y: ExpressionLike, nobs_min: int = 1) -> Any:
    """Rows with at least so many observed values.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or MAList
        Log2 expression, genes × samples (AnnData: samples × genes). NaN is missing.
    nobs_min : int
        Smallest number of observed values.

    Returns
    -------
    array, DataFrame, AnnData, EList or MAList
        The kind of object that was given; `dropped` of an EList has the number of other rows.

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> pylimma.remove_na_rows(np.array([[8.0, 8.1], [np.nan, 9.0]]), 2).shape
    (1, 2)
    """
    least = whole(nobs_min, "nobs_min", 0)
    data = parse_expression(y, argument="y")
    kept = np.isfinite(data.matrix).sum(axis=1) >= least
    if isinstance(y, EList):
        return _kept(y, kept, f"with fewer than {least} values")
    if isinstance(y, Components):
        return y.subset(kept)
    if is_anndata(y):
        return y[:, kept].copy()  # type: ignore[index, union-attr]
    return data.like_source(data.matrix)[kept]


def _column(y: Any, name: Any, argument: str) -> pd.Series:
    """Column of the annotation of the rows."""
    if not isinstance(y, EList):
        raise InputTypeError(f"`y` must be an EList with `genes`; got {described(y)}.")
    column, genes = text(name, argument), y.get("genes")
    columns = [] if genes is None else list(genes.columns)
    if genes is None or column not in columns:
        raise UnknownNameError(
            f"`{argument}` is '{column}'; `genes` has "
            f"{quoted(nearest(column, columns)) or 'no columns'}."
        )
    return genes[column]


def _kept(y: EList, rows: BoolArray | IntArray, reason: str) -> EList:
    """Some rows of a container; the number of others is said and counted."""
    place: AnyArray = np.flatnonzero(rows) if rows.dtype == bool else rows
    gone = y.shape[0] - len(place)
    if not len(place):
        raise InputError(f"All {gone:,} rows are {reason}; none is left.")
    if gone:
        warn(f"{gone:,} of {y.shape[0]:,} rows dropped: {reason}.", Note)
    result = y.subset(place)
    dropped = {**y.get("dropped", {}), **({reason: gone} if gone else {})}
    return result.replace(dropped=dropped) if dropped else result
