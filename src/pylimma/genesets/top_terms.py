"""The top terms and pathways of a table of over-representation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.tables import as_pandas
from pylimma.arguments import described, number, sequence, whole
from pylimma.errors import InputError, InputTypeError, UnknownNameError, check_choice, quoted
from pylimma.typing import FloatArray, Table

_ELLIPSIS = "..."
_SHORTEST, _LONGEST = 5, 1000  # texts that names are cut to


def top_go(
    results: Table,
    ontology: Any = ("BP", "CC", "MF"),
    sort: Any = None,
    number: float | None = 20,
    truncate_term: int | None = None,
    p_value: float = 1,
) -> pd.DataFrame:
    """Extract the top terms of `goana`.

    Parameters
    ----------
    results : DataFrame
        Table of `goana`.
    ontology : str or list of str
        Branches that are shown, of "BP", "CC" and "MF".
    sort : str or list of str, optional
        Lists by whose p-values terms are sorted, in any case of letters; default: all.
    number : int, optional
        Number of terms; None for all.
    truncate_term : int, optional
        Length to which names are cut, between 5 and 1000.
    p_value : float
        Limit of the smallest p-value of the lists sorted by.

    Returns
    -------
    DataFrame
        Rows sorted by this p-value, then from small terms to large ones, then by name.

    Raises
    ------
    InputError
        If an argument cannot be used.
    InputTypeError
        If `results` is not a table.
    UnknownNameError
        If there is no such list.

    See Also
    --------
    goana : Makes the table.

    Examples
    --------
    >>> import pandas as pd, pylimma
    >>> table = pd.DataFrame(
    ...     {"term": ["repair", "growth"], "ont": ["BP", "BP"], "n": [3, 2], "de": [1, 2],
    ...      "p_de": [0.4, 0.02]}, index=["GO:1", "GO:2"])
    >>> pylimma.top_go(table, number=1)
            term ont  n  de  p_de
    GO:2  growth  BP  2   2  0.02
    """
    table = _parse(results, ("term", "ont", "n"), "top_go")
    branches = [ontology] if isinstance(ontology, str) else sequence(ontology, "ontology")
    for branch in branches:
        check_choice(branch, ("BP", "CC", "MF"), "ontology")
    chosen = table[table["ont"].isin(branches)]
    return _top(chosen, "term", sort, number, truncate_term, p_value)


def top_kegg(
    results: Table,
    sort: Any = None,
    number: float | None = 20,
    truncate_path: int | None = None,
    p_value: float = 1,
) -> pd.DataFrame:
    """Extract the top pathways of `kegga`.

    Parameters
    ----------
    results : DataFrame
        Table of `kegga`.
    sort : str or list of str, optional
        Lists by whose p-values pathways are sorted, in any case of letters; default: all.
    number : int, optional
        Number of pathways; None for all.
    truncate_path : int, optional
        Length to which names are cut, between 5 and 1000.
    p_value : float
        Limit of the smallest p-value of the lists sorted by.

    Returns
    -------
    DataFrame
        Rows sorted by this p-value, then from small pathways to large ones, then by name.

    Raises
    ------
    InputError
        If an argument cannot be used.
    InputTypeError
        If `results` is not a table.
    UnknownNameError
        If there is no such list.

    See Also
    --------
    kegga : Makes the table.

    Examples
    --------
    >>> import pandas as pd, pylimma
    >>> table = pd.DataFrame(
    ...     {"pathway": ["repair", "growth"], "n": [3, 2], "de": [1, 2], "p_de": [0.4, 0.02]})
    >>> pylimma.top_kegg(table, number=1)["pathway"].tolist()
    ['growth']
    """
    table = _parse(results, ("pathway", "n"), "top_kegg")
    return _top(table, "pathway", sort, number, truncate_path, p_value)


def _parse(results: Any, columns: tuple[str, ...], function: str) -> pd.DataFrame:
    """Table of results with the columns that it must have."""
    table = as_pandas(results)
    if table is None:
        raise InputTypeError(f"`results` must be a table; got {described(results)}.")
    lacking = [column for column in columns if column not in table.columns]
    if lacking:
        raise InputError(
            f"`results` has no column {quoted(lacking)}; `{function}` takes the table of "
            f"`{'goana' if function == 'top_go' else 'kegga'}`."
        )
    return table


def _top(
    table: pd.DataFrame, name: str, sort: Any, n_rows: Any, length: Any, p_value: float
) -> pd.DataFrame:
    """Rows with the smallest p-values of the chosen lists."""
    limit = number(p_value, "p_value", 0, 1)
    rows = len(table) if n_rows is None else number(n_rows, "number")
    smallest = _smallest(table, sort)
    names = table[name].astype(object).where(table[name].notna(), "")
    order = np.lexsort((names.str.casefold().to_numpy(str), table["n"].to_numpy(), smallest))
    if limit < 1:
        order = order[smallest[order] <= limit]
    top = table.iloc[order[: int(np.clip(rows, 0, len(order)))]].copy()
    if length is None:
        return top
    size = int(np.clip(whole(length, "length of names"), _SHORTEST, _LONGEST)) - len(_ELLIPSIS)
    return top.assign(**{name: [_cut(text, size) for text in top[name]]})


def _cut(text: Any, size: int) -> Any:
    return text[:size] + _ELLIPSIS if isinstance(text, str) and len(text) > size else text


def _smallest(table: pd.DataFrame, sort: Any) -> FloatArray:
    """Smallest p-value of each row over the lists that it is sorted by."""
    lists = [c for c in map(str, table.columns) if f"p_{c}" in table.columns]
    if not lists:
        raise InputError("`results` has no lists: columns such as 'up' and their p-values 'p_up'.")
    if sort is not None:
        wanted = {
            str(s).casefold() for s in ([sort] if isinstance(sort, str) else sequence(sort, "sort"))
        }
        chosen = [name for name in lists if name.casefold() in wanted]
        if not chosen:
            raise UnknownNameError(f"`sort` is {quoted(wanted)}; the lists are {quoted(lists)}.")
        lists = chosen
    p = table[[f"p_{name}" for name in lists]].to_numpy(dtype=float)
    return p.min(axis=1)
