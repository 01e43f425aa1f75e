"""Tables with a row for each gene of a set: which columns hold what, and the sets of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from pylimma.errors import InputError, UnknownNameError, nearest, quoted
from pylimma.genesets.identifiers import as_text, numbered

NamedSet: TypeAlias = tuple[str, str, Any]
"""Name, description and members of a set."""

_SOURCES = ("source", "gs_name", "set", "term", "pathway", "pathwayid", "geneset", "gene_set")
_TARGETS = ("target", "gene_symbol", "gene", "symbol", "geneid", "genesymbol", "gene_id", "id")
NUMBER = re.compile(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?")


def is_long_table(columns: Iterable[Any]) -> bool:
    """Whether columns are called as those of a table with a row for each gene of a set."""
    names = {str(column).strip().lower() for column in columns}
    return bool(names & set(_SOURCES) and names & set(_TARGETS))


def gene_and_set(columns: pd.Index) -> tuple[Any, Any]:
    """Columns of genes and sets: the first two, in the order of R, unless their names say else."""
    first, second = (str(column).strip().lower() for column in columns[:2])
    if {"source", "target"} <= set(columns):
        return "target", "source"
    swapped = first in _SOURCES and second in _TARGETS and first not in _TARGETS
    return (columns[1], columns[0]) if swapped else (columns[0], columns[1])


def split_table(lines: list[str]) -> pd.DataFrame:
    """Lines of a long table, all cells as text; its first line may name the columns."""
    mark = next((mark for mark in ("\t", ",", ";") if mark in lines[0]), "\t")
    rows = [[cell.strip().strip('"') for cell in line.split(mark)] for line in lines]
    wrong = next((k for k, row in enumerate(rows) if len(row) != len(rows[0])), None)
    if len(rows[0]) < 2 or wrong is not None:
        at = 1 if wrong is None else wrong + 1
        raise InputError(
            f"Line {at} of the table of sets has {len(rows[at - 1])} fields; at least a set and a "
            f"gene are expected, in as many fields as on line 1 ({len(rows[0])})."
        )
    head = [cell.lower() for cell in rows[0]]
    if set(head) & set(_SOURCES) or set(head) & set(_TARGETS):
        return pd.DataFrame(rows[1:], columns=rows[0], dtype=object)
    table = pd.DataFrame(rows, dtype=object)
    weighted = table.shape[1] == 3 and all(map(NUMBER.fullmatch, table[2]))
    return table.set_axis(["source", "target", "weight"], axis=1) if weighted else table


def sets_of_table(table: pd.DataFrame, columns: Mapping[str, str], name: str) -> list[NamedSet]:
    """Sets of a long table."""
    lower = {str(column).lower(): column for column in table.columns[::-1]}
    chosen: dict[str, Any] = {}
    usual: dict[str, tuple[str, ...]] = {
        "source": _SOURCES,
        "target": _TARGETS,
        "weight": ("weight", "mor", "weights"),
    }
    for role, candidates in usual.items():
        given = columns.get(role)
        if given is not None and given not in table.columns:
            raise UnknownNameError(
                f"`{role}` is '{given}'; the columns of '{name}' are "
                f"{quoted(nearest(given, table.columns))}."
            )
        found = [lower[usual_name] for usual_name in candidates if usual_name in lower]
        chosen[role] = given if given is not None else next(iter(found), None)
    for role, place in (("source", 0), ("target", 1)):
        if chosen[role] is None:
            chosen[role] = table.columns[place]
    sets = as_text(table[chosen["source"]].to_numpy(), "source")
    genes = np.array(as_text(table[chosen["target"]].to_numpy(), "target"), dtype=object)
    code, names = numbered(sets)
    order = np.argsort(code, kind="stable")[np.count_nonzero(code < 0) :]
    parts = np.split(order, np.cumsum(np.bincount(code[order], minlength=len(names)))[:-1])
    if chosen["weight"] is None:
        unique = [list(dict.fromkeys(gene for gene in genes[at] if gene)) for at in parts]
        return [(str(name), "", part) for name, part in zip(names, unique, strict=True)]
    weights = pd.to_numeric(table[chosen["weight"]], errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(weights).all():
        raise InputError(
            f"Column '{chosen['weight']}' of '{name}' has weights that are no numbers."
        )
    return [
        (str(set_name), "", pd.DataFrame({"target": genes[at], "weight": weights[at]}))
        for set_name, at in zip(names, parts, strict=True)
    ]
