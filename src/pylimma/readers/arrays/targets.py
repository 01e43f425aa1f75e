"""Tables of what was hybridised to each array."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.arguments import flag
from pylimma.arguments import text as as_text
from pylimma.design.formula.parser import made_name
from pylimma.errors import InputError, InputWarning, nearest, quoted, warn
from pylimma.readers.arrays.filled_tables import FilledTable, file_in, read_filled
from pylimma.readers.arrays.requests import default_names

_LABELS = ("Label", "Labels")


def read_targets(
    file: Any = "Targets.txt",
    path: Any = None,
    sep: str | None = None,
    row_names: str | None = None,
    quote: str = '"',
    *,
    check_names: bool = True,
) -> pd.DataFrame:
    r"""Table of arrays: their files, and the RNA that was hybridised to them.

    Parameters
    ----------
    file : str or Path
        Delimited text, plain or compressed. A ``#`` at the beginning of a line or after a blank
        begins a comment, unless it is that of a colour.
    path : str or Path, optional
        Folder of the file.
    sep : str, optional
        Separator; tab, comma, semicolon or blanks, as found in the file, when not given.
    row_names : str, optional
        Column that names the arrays; the first of `Label`, `Labels` and `FileName` (without a
        common extension) whose values differ when not given.
    quote : str
        ``'"'`` where cells may be quoted, or ``""``.
    check_names : bool
        Whether blanks and signs in names of columns become full stops, as in R, so that they can
        stand in a formula.

    Returns
    -------
    DataFrame
        A row for each array, with columns of numbers, truth values or text.

    Raises
    ------
    InputError
        If there is no such file, it holds no table, or names of columns repeat.
    ShapeError
        If a line has more cells than there are columns.

    Warns
    -----
    InputWarning
        If there is no column `row_names`; the arrays have no names then.

    See Also
    --------
    read_maimages : The arrays themselves.
    two_color_design : A design of the columns Cy3 and Cy5.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pylimma
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "Targets.txt"
    ...     _ = file.write_text("FileName\tCy3\tCy5\na.gpr\tref\tKO\nb.gpr\tref\tWT\n")
    ...     pylimma.read_targets(file)
      FileName  Cy3 Cy5
    a    a.gpr  ref  KO
    b    b.gpr  ref  WT
    """
    check_names = flag(check_names, "check_names")
    table = read_filled(file_in(file, path), sep, quote, comment=True)
    frame = table.frame()
    if table.row_names is None:
        names = _named_by(table) if row_names is None else _wanted(table, row_names)
        frame = frame if names is None else frame.set_axis(pd.Index(names), axis=0)
    return frame.set_axis(made_names(list(frame.columns)), axis=1) if check_names else frame


def made_names(names: list[str]) -> list[str]:
    """Names that R's ``make.names`` makes; those that were there before are followed by .1 etc."""
    result: list[str] = []
    for name in map(made_name, names):
        number, made = 0, name
        while made in result:
            number, made = number + 1, f"{name}.{number + 1}"
        result.append(made)
    return result


def _named_by(table: FilledTable) -> list[str] | None:
    """Names of the arrays from the first column that tells them apart."""
    for column in _LABELS:
        if column in table.columns and _differ(names := table.texts(column)):
            return names
    if "FileName" in table.columns:
        files = table.texts("FileName")
        if _differ(files) and all(files):
            return default_names([Path(file) for file in files])
    return None


def _wanted(table: FilledTable, column: Any) -> list[str] | None:
    """Names of the arrays from a column, spelled as in the file or in R."""
    spelled = dict(zip(made_names(table.columns), table.columns, strict=True))
    found = spelled.get(as_text(column, "row_names"), column)
    if found not in table.columns:
        warn(
            f"`row_names` is '{column}', which is no column of '{table.path.name}'; there are "
            f"{quoted(nearest(column, table.columns))}. The arrays have no names.",
            InputWarning,
        )
        return None
    names = table.texts(found)
    if not _differ(names):
        raise InputError(f"Column '{found}' of '{table.path.name}' has values that repeat.")
    return names


def _differ(names: list[str]) -> bool:
    return len(set(names)) == len(names)
