"""Numbers of genes in every combination of sets."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.arguments import numbers
from pylimma.containers.decisions import TestResults
from pylimma.containers.names import names_of
from pylimma.errors import InputError, ShapeError, check_choice
from pylimma.typing import AnyArray

_MOST_SETS = 16  # combinations double with each set


def venn_counts(x: ArrayLike, include: Literal["both", "up", "down"] = "both") -> pd.DataFrame:
    """Count the genes of every combination of sets.

    Parameters
    ----------
    x : TestResults, DataFrame or array of shape (genes, sets)
        Outcomes of tests (1 up, -1 down, 0 neither), or membership of sets.
    include : {"both", "up", "down"}
        Which outcomes put a gene into a set: any but 0, those above, or those below.

    Returns
    -------
    DataFrame of shape (combinations, sets + 1)
        A column of 0 and 1 for each set, the first varying slowest, then ``Counts``. Genes
        with a missing outcome are not counted.

    Raises
    ------
    InputError
        For another `include`, or too many sets.
    InputTypeError
        If values are not numbers.
    ShapeError
        If `x` is not a matrix.

    See Also
    --------
    venn_diagram : The picture.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> pylimma.venn_counts(np.array([[1, 0], [1, 1], [0, 0], [-1, 1]]))["Counts"].tolist()
    [1, 0, 1, 2]
    """
    check_choice(include, ("both", "up", "down"), "include")
    values, names = _outcomes(x)
    n_sets = values.shape[1]
    values = values[~np.isnan(values).any(axis=1)]
    inside = {"both": values != 0, "up": values > 0, "down": values < 0}[include]
    bits = 2 ** np.arange(n_sets)[::-1]
    counts = np.bincount(inside @ bits, minlength=2**n_sets)
    patterns = (np.arange(2**n_sets)[:, None] & bits > 0).astype(int)
    rows = pd.RangeIndex(1, 2**n_sets + 1)
    table = pd.DataFrame(patterns, index=rows, columns=names)
    return table.assign(Counts=counts)


def _outcomes(x: Any) -> tuple[AnyArray, list[str]]:
    labels = x.col_names if isinstance(x, TestResults) else getattr(x, "columns", None)
    names = names_of(labels)
    values = numbers(x, "x")
    if values.ndim != 2:
        raise ShapeError(f"`x` must be genes × sets; got {values.ndim} dimensions.")
    if not 1 <= values.shape[1] <= _MOST_SETS:
        raise InputError(
            f"`x` has {values.shape[1]} sets; between 1 and {_MOST_SETS} can be counted."
        )
    if names is None:
        return values, [f"Group {k + 1}" for k in range(values.shape[1])]
    return values, [str(name) for name in names]
