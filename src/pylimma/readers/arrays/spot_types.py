"""Tables of the kinds of spots: patterns of their names, and how they are drawn."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pylimma.arguments import flag
from pylimma.errors import InputError
from pylimma.readers.arrays.filled_tables import file_in, read_filled
from pylimma.readers.arrays.targets import made_names


def read_spot_types(
    file: Any = "SpotTypes.txt",
    path: Any = None,
    sep: str | None = None,
    check_names: bool = False,
) -> pd.DataFrame:
    r"""Table of kinds of spots, such as genes and controls.

    Parameters
    ----------
    file : str or Path
        Delimited text, plain or compressed. A ``#`` at the beginning of a line or after a blank
        begins a comment, unless it is that of a colour.
    path : str or Path, optional
        Folder of the file.
    sep : str, optional
        Separator; tab, comma, semicolon or blanks, as found in the file, when not given.
    check_names : bool
        Whether blanks and signs in names of columns become full stops.

    Returns
    -------
    DataFrame
        A row for each kind of spot, for `control_status`.

    Raises
    ------
    InputError
        If there is no such file, or it has fewer than two columns.
    ShapeError
        If a line has more cells than there are columns.

    See Also
    --------
    control_status : The kind of each spot.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pylimma
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "SpotTypes.txt"
    ...     lines = "SpotType\tID\tColor\ngene\t*\tblack\nblank\tB*\tblue\n"
    ...     _ = file.write_text(lines)
    ...     pylimma.read_spot_types(file)
      SpotType  ID  Color
    0     gene   *  black
    1    blank  B*   blue
    """
    check_names = flag(check_names, "check_names")
    table = read_filled(file_in(file, path), sep, comment=True)
    frame = table.frame()
    if frame.shape[1] < 2:
        raise InputError(
            f"'{table.path.name}' has {frame.shape[1]} columns; kinds of spots need at least two, "
            f"such as SpotType and ID. Is its separator another?"
        )
    return frame.set_axis(made_names(list(frame.columns)), axis=1) if check_names else frame
