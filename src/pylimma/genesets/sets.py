"""Sets of genes of any kind as positions among the genes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.labels import aligned
from pylimma.adapters.tables import as_pandas
from pylimma.arguments import flag, numbers, plain_array
from pylimma.containers.names import label_text, names_of
from pylimma.errors import (
    InputError,
    InputTypeError,
    ShapeError,
    UnknownNameError,
    check_choice,
    quoted,
    warn,
)
from pylimma.genesets.collections import GeneSets, is_path, read_gene_sets
from pylimma.genesets.identifiers import MATCHING, Matching, as_text, is_text
from pylimma.genesets.long_tables import is_long_table, sets_of_table
from pylimma.genesets.positions import Member, SetIndex, index_of, of_size
from pylimma.typing import AnyArray, IntArray

_CONTAINERS: tuple[type, ...] = (
    list,
    tuple,
    set,
    frozenset,
    np.ndarray,
    pd.Series,
    pd.DataFrame,
    Mapping,
)


def parse_sets(
    sets: Any,
    identifiers: Any,
    n_genes: int,
    *,
    argument: str = "index",
    prefix: str = "",
    match: Matching = "exact",
    min_size: int | None = None,
    max_size: int | None = None,
) -> SetIndex:
    """Positions among the genes of sets of any kind; `prefix` is put before numbers as names.

    `identifiers` are those of the genes, or None where they have no names. Sets that are parsed
    already stay as they are.
    """
    if isinstance(sets, SetIndex):
        return sets
    check_choice(match, MATCHING, "match")
    named, collection = _named_sets(sets, n_genes, argument, prefix)
    genes = None if identifiers is None else as_text(identifiers, "identifiers")
    rows = None if genes is None else pd.Index(genes, dtype=object)
    members = [_parse_member(value, name, n_genes, rows, argument) for name, value in named]
    index = index_of(named, members, genes, n_genes, match, collection)
    if rows is not None and any(member.whole_numbers for member in members):
        _warn_of_numbers(index.positions, rows, argument)
    return of_size(index, min_size, max_size)


def ids2indices(
    gene_sets: Any,
    identifiers: Any,
    remove_empty: bool = True,
    *,
    match: Matching = "exact",
) -> dict[str, IntArray]:
    """Positions of the genes of each set.

    Parameters
    ----------
    gene_sets : dict of list, list, array, Series, DataFrame or path
        Identifiers of each set; one set of them is called ``Set1``. A table has a row for each
        gene of a set in its columns ``source`` and ``target``. A path is read by `read_gene_sets`.
    identifiers : array of shape (genes,)
        Identifiers of the genes, in their order in the data. Each place of a repeated one counts.
    remove_empty : bool, default True
        Whether sets without a gene in the data are removed.
    match : {"exact", "ignore_case", "ignore_version"}
        How identifiers are compared; the last ignores a suffix such as ``.12``.

    Returns
    -------
    dict of array
        Positions from 0, ascending, by the name of the set.

    Raises
    ------
    InputError
        If no identifier matches, for another `match`, or when names of sets repeat.
    InputTypeError
        If sets are of a kind that is not read.

    Warns
    -----
    Note
        If some identifiers do not match, with examples; an `InputWarning` where ignoring case or
        versions would at least double the matches.

    See Also
    --------
    camera : Test sets, which may be given by identifiers there too.

    Notes
    -----
    Both sides are compared as text, so that ``7157`` and ``"7157"`` match.

    Examples
    --------
    >>> import pylimma
    >>> sets = {"repair": ["BRCA1", "TP53"], "growth": ["EGF", "TP53"]}
    >>> pylimma.ids2indices(sets, ["TP53", "EGF", "BRCA1"])
    {'repair': array([0, 2]), 'growth': array([0, 1])}
    """
    remove_empty = flag(remove_empty, "remove_empty")
    check_choice(match, MATCHING, "match")
    genes = as_text(identifiers, "identifiers")
    named, collection = _named_sets(gene_sets, len(genes), "gene_sets", "Set")
    members = [
        Member(None, as_text(_values(value), "gene_sets"), None)
        for value in (_first_column(value) for _, value in named)
    ]
    index = index_of(named, members, genes, len(genes), match, collection)
    parts = np.split(index.positions, index.indptr[1:-1])
    return {
        name: part
        for name, part in zip(index.names, parts, strict=True)
        if part.size or not remove_empty
    }


def _named_sets(
    sets: Any, n_genes: int, argument: str, prefix: str
) -> tuple[list[tuple[str, Any]], list[str] | None]:
    """Sets with their names, and the files they came from."""
    if is_path(sets):
        sets = read_gene_sets(sets)
    table = as_pandas(sets)
    if sets is None:
        named: list[tuple[str, Any]] = [(f"{prefix or 'set'}1", np.arange(n_genes))]
    elif table is not None and is_long_table(table.columns):
        named = [(name, value) for name, _, value in sets_of_table(table, {}, argument)]
    elif isinstance(sets, Mapping):
        named = [(label_text(name), value) for name, value in sets.items()]
    elif _holds_sets(sets):
        width = len(str(len(sets))) if prefix else 0
        named = [(f"{prefix}{k:0{width}d}", value) for k, value in enumerate(sets, 1)]
    else:
        named = [(f"{prefix or 'set'}1", sets if table is None else table)]
    if not named:
        raise InputError(f"`{argument}` is empty; give at least one set.")
    repeated = pd.Index([name for name, _ in named])
    if not repeated.is_unique:
        again = repeated[repeated.duplicated()].unique()
        raise InputError(f"Sets of `{argument}` have the same name: {quoted(again)}.")
    collection = list(sets.collection.values()) if isinstance(sets, GeneSets) else None
    return named, collection


def _holds_sets(sets: Any) -> bool:
    """Whether a sequence holds sets rather than members of one; an empty list holds none."""
    if isinstance(sets, list | tuple):
        return not sets or isinstance(sets[0], _CONTAINERS)
    if isinstance(sets, pd.Series):
        return bool(len(sets)) and isinstance(sets.iloc[0], _CONTAINERS)
    return isinstance(sets, np.ndarray) and sets.ndim == 2


def _values(value: Any) -> Any:
    """Members of a set in a form that an array can be made of."""
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, Iterable) and not isinstance(value, Sequence | np.ndarray | str | Mapping):
        return value if hasattr(value, "__array__") else list(value)
    return value


def _first_column(value: Any) -> Any:
    table = as_pandas(value)
    return value if table is None else table.iloc[:, 0].to_numpy()


def _parse_member(
    value: Any, name: str, n_genes: int, genes: pd.Index | None, argument: str
) -> Member:
    """One set: a table of members and weights, a mask, positions or identifiers."""
    where = f"{argument}['{name}']"
    if (plain := _plain_member(value, n_genes, where)) is not None:
        return plain
    table = as_pandas(value)
    if isinstance(value, Mapping):
        table = pd.DataFrame({"target": list(value), "weight": list(value.values())})
    if table is not None:
        return _weighted_member(table, n_genes, where)
    if isinstance(value, pd.Series) and value.dtype == bool and genes is not None:
        value = aligned(value, names_of(genes), "genes", argument)
    if isinstance(getattr(value, "dtype", None), pd.CategoricalDtype):
        return Member(None, as_text(np.asarray(value, dtype=object), where), None)
    array = plain_array(_values(value), where).reshape(-1)
    if array.dtype == bool:
        if array.size != n_genes:
            raise ShapeError(
                f"`{where}` has {array.size} logical values; there are {n_genes} genes."
            )
        return Member(np.flatnonzero(array), [], None)
    if array.dtype.kind in "iuf":
        return Member(_parse_positions(array, n_genes, where), [], None, whole_numbers=True)
    if array.dtype.kind not in "UO":
        raise InputTypeError(
            f"`{where}` must hold identifiers, positions or logical values; got {array.dtype}."
        )
    return Member(None, as_text(array, where), None)


def _plain_member(value: Any, n_genes: int, where: str) -> Member | None:
    """A set in one of the forms that most sets come in: a list of text, an array of positions."""
    if is_text(value) and value:
        return Member(None, value, None)
    if type(value) is np.ndarray and value.dtype.kind == "i" and value.ndim == 1:
        return Member(_parse_positions(value, n_genes, where), [], None, whole_numbers=True)
    return None


def _weighted_member(table: pd.DataFrame, n_genes: int, where: str) -> Member:
    """A set as a table: members, then their weights where there is a second column."""
    if not 1 <= table.shape[1] <= 2:
        raise InputError(
            f"`{where}` has {table.shape[1]} columns; a set has one of members and one of "
            f"weights, and a table of several sets the columns 'source' and 'target'."
        )
    members = table.iloc[:, 0]
    if members.duplicated().any():
        again = members[members.duplicated()].unique()
        raise InputError(f"Members of `{where}` repeat ({quoted(again)}), so their weights differ.")
    weights = None
    if table.shape[1] > 1:
        weights = numbers(table.iloc[:, 1], f"weights of {where}", 1)
        if not np.isfinite(weights).all():
            raise InputError(f"Weights of `{where}` are missing or infinite.")
    if pd.api.types.is_numeric_dtype(members) and not pd.api.types.is_bool_dtype(members):
        return Member(_parse_positions(numbers(members, where), n_genes, where), [], weights)
    return Member(None, as_text(members.to_numpy(), where), weights)


def _parse_positions(array: AnyArray, n_genes: int, where: str) -> IntArray:
    """Whole numbers that count genes from 0."""
    if array.dtype.kind == "i" and array.size and array.min() >= 0 and array.max() < n_genes:
        return array.astype(np.intp, copy=False)
    wrong = array[~((array >= 0) & (array < n_genes) & (array == np.floor(array)))]
    if wrong.size:
        raise UnknownNameError(
            f"`{where}` has {wrong[0]:g}; there are {n_genes} genes, and positions count from 0. "
            f"Identifiers that are numbers are given as text."
        )
    return array.astype(np.intp)


def _warn_of_numbers(positions: IntArray, genes: pd.Index, argument: str) -> None:
    """Warn where positions are names of genes too."""
    some = pd.unique(positions)
    if len(some) and pd.Index(some.astype(str), dtype=object).isin(genes).all():
        warn(
            f"Whole numbers in `{argument}` are positions of genes from 0, but genes here have "
            f"such numbers as names; give names as text."
        )
