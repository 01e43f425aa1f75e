"""Kinds of spots, by patterns of their identifiers and names."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import flag, sequence
from pylimma.arguments import text as as_text
from pylimma.containers.components import Components
from pylimma.containers.sample_tables import as_table
from pylimma.errors import InputError, Note, UnknownNameError, nearest, quoted, warn
from pylimma.typing import BoolArray


def control_status(
    types: Any,
    genes: Any,
    spottypecol: str = "SpotType",
    regexpcol: Any = None,
    verbose: bool = False,
) -> pd.Series:
    r"""Kind of each spot, such as gene, blank or spike-in control.

    Parameters
    ----------
    types : DataFrame
        Kinds of spots, as of `read_spot_types`: their names, patterns in columns that `genes` has
        too, and values for pictures, such as colours.
    genes : DataFrame or container
        Annotation of the spots.
    spottypecol : str
        Column of `types` with the names of the kinds.
    regexpcol : str or sequence of str, optional
        Columns of patterns; those that `genes` has too when not given.
    verbose : bool
        Whether a note says how many spots each kind has.

    Returns
    -------
    Series of shape (spots,)
        Names of kinds; "" for a spot that no kind fits. Its `attrs` hold the kinds as `values`, and
        the other columns of `types`, with Color as `col`.

    Raises
    ------
    InputError
        If there are no patterns, or one is no regular expression.
    UnknownNameError
        If a column is in neither or one table only.

    Warns
    -----
    Note
        With `verbose`, of the number of spots; and if a pattern fits no spot.

    See Also
    --------
    read_spot_types : Reads the kinds.
    modify_weights : Weights by the kind of spot.

    Notes
    -----
    A pattern is a regular expression for the whole of an identifier, in which ``*`` stands for any
    text. All patterns of a row must fit, and of several kinds that do the last one counts. Case
    matters; a missing identifier fits no pattern.

    Examples
    --------
    >>> import pylimma
    >>> types = {"SpotType": ["gene", "blank"], "ID": ["*", "B*"]}
    >>> pylimma.control_status(types, {"ID": ["H101", "B1", "H102"]}).tolist()
    ['gene', 'blank', 'gene']
    """
    kinds, table = as_table(types, "types"), _annotation(genes)
    spottypecol, verbose = as_text(spottypecol, "spottypecol"), flag(verbose, "verbose")
    if spottypecol not in kinds:
        raise UnknownNameError(
            f"`types` has no column '{spottypecol}' (`spottypecol`); it has "
            f"{quoted(kinds.columns) or 'none'}."
        )
    columns = _pattern_columns(kinds, table, spottypecol, regexpcol)
    names = kinds[spottypecol].astype(str).to_list()
    status, number = np.full(len(table), "", dtype=object), []
    for row, name in enumerate(names):
        fits = np.ones(len(table), dtype=bool)
        for column in columns:
            fits &= _fits(table[column], kinds[column].iloc[row], column)
        status[fits] = name
        number.append(int(fits.sum()))
    if verbose or 0 in number:
        found = ", ".join(f"{n} {name}" for n, name in zip(number, names, strict=True))
        warn(f"Spots that the patterns of {quoted(columns)} fit: {found or 'none'}.", Note)
    result = pd.Series(status, table.index, name=spottypecol)
    others = [name for name in kinds.columns if name not in (spottypecol, *columns)]
    result.attrs["values"] = names
    result.attrs |= {"col" if n == "Color" else str(n): kinds[n].to_list() for n in others}
    return result


def _annotation(genes: Any) -> pd.DataFrame:
    """Table of spots, with the names of the rows of a container."""
    if not isinstance(genes, Components):
        return as_table(genes, "genes")
    table = genes.get("genes")
    if table is None:
        raise InputError("`genes` is a container without annotation `genes`.")
    return table if genes.row_names is None else table.set_axis(genes.row_names, axis=0)


def _pattern_columns(
    kinds: pd.DataFrame, table: pd.DataFrame, spottypecol: str, regexpcol: Any
) -> list[str]:
    """Columns of patterns that both tables have."""
    if regexpcol is None:
        found = [name for name in kinds.columns if name in table and name != spottypecol]
    else:
        found = [regexpcol] if isinstance(regexpcol, str) else sequence(regexpcol, "regexpcol")
    if not found:
        raise InputError(
            f"No column of `types` ({quoted(kinds.columns)}) but the kinds is one of `genes` "
            f"({quoted(table.columns)}): there are no patterns."
        )
    for name in found:
        for where, columns in (("types", kinds.columns), ("genes", table.columns)):
            if not isinstance(name, str) or name not in columns:
                raise UnknownNameError(
                    f"`regexpcol` has {name!r}, which `{where}` lacks; it has "
                    f"{quoted(nearest(name, columns)) or 'none'}."
                )
    return found


def _fits(column: pd.Series, pattern: Any, name: str) -> BoolArray:
    """Which cells a pattern fits from begin to end."""
    if pd.isna(pattern):
        return np.zeros(len(column), dtype=bool)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of sets that a later Python may read otherwise
            expression = re.compile(f"^{str(pattern).replace('*', '.*')}$")
    except (re.error, FutureWarning, DeprecationWarning, OverflowError, RecursionError) as error:
        raise InputError(
            f"{str(pattern)!r} in column '{name}' of `types` is no regular expression: {error}."
        ) from None
    known = column.notna().to_numpy()
    if pattern == "*":
        return known
    cells = column.astype(object).astype(str)
    return known & np.array([expression.search(cell) is not None for cell in cells], dtype=bool)
