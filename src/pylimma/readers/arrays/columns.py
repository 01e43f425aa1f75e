"""Some of the columns of a delimited file."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pylimma.arguments import plain_array, whole
from pylimma.arguments import text as as_text
from pylimma.readers.arrays.filled_tables import file_in, read_filled


def read_columns(
    file: Any,
    required_col: Any = None,
    text_to_search: str = "",
    sep: str | None = "\t",
    quote: str = '"',
    skip: int = 0,
) -> pd.DataFrame:
    r"""Some of the columns of a delimited file.

    Parameters
    ----------
    file : str or Path
        Delimited text, plain or compressed.
    required_col : sequence of str, optional
        Columns to read; those that are not there are left out without a word. All when not given.
    text_to_search : str
        Columns whose names stand in this text, such as code that uses them, are read too.
    sep : str or None
        Separator; found in the file when None.
    quote : str
        ``'"'`` where cells may be quoted, or ``""``.
    skip : int
        Lines above the one that names the columns.

    Returns
    -------
    DataFrame
        Columns in the order of the file, of numbers, truth values or text; rows are named where
        they have one cell more than there are columns.

    Raises
    ------
    InputError
        If there is no such file, it holds no table, or names of columns repeat.
    ShapeError
        If a line has more cells than there are columns.

    See Also
    --------
    read_maimages : Columns of files of scanners as matrices.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pylimma
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "scan.txt"
    ...     _ = file.write_text("Name\tF635 Mean\tF532 Mean\na\t512\t498\n")
    ...     pylimma.read_columns(file, ["Name", "F635 Mean"])
      Name  F635 Mean
    0    a        512
    """
    code = as_text(text_to_search, "text_to_search")
    table = read_filled(file_in(file, None), sep, quote, skip=whole(skip, "skip", 0))
    if required_col is None:
        return table.frame()
    asked = plain_array(required_col, "required_col").ravel()
    wanted = {str(name).strip() for name in asked}
    names = [name for name in table.columns if name]
    return table.frame([name for name in names if name in wanted or name in code])
