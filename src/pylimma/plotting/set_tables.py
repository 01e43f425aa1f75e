"""Tables of tested gene sets as rows of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.tables import as_pandas
from pylimma.arguments import described, numbers, sequence, texts
from pylimma.containers.names import names_of
from pylimma.errors import InputError, InputTypeError, UnknownNameError, nearest, quoted
from pylimma.typing import AnyArray

WAYS = ("Up", "Down", "")  # directions; sets of tests without one have the last
_NAMES = ("set", "term", "pathway", "source", "index")  # columns that may name sets


def parse_tests(table: Any, mixed: bool) -> pd.DataFrame:
    """Tests by set and contrast: n_genes, way, log_p and height, which is -log10 FDR."""
    if isinstance(table, Mapping):
        parts = [_below(str(name), _parse_one(part, mixed)) for name, part in table.items()]
        if not parts:
            raise InputError("`table` holds no tables.")
    else:
        parts = [_parse_one(table, mixed)]
    tests = pd.concat(parts, ignore_index=True)
    again = tests.duplicated(["set", "contrast"])
    if again.any():
        names = tests["set"][again].unique()
        raise InputError(f"`table` has several rows for a set in a contrast: {quoted(names)}.")
    return tests


def _below(name: str, tests: pd.DataFrame) -> pd.DataFrame:
    """Tests of a table under its name, and those of its contrasts where there are several."""
    several = len(tests["contrast"].unique()) > 1
    return tests.assign(contrast=f"{name}: " + tests["contrast"] if several else name)


def _parse_one(table: Any, mixed: bool) -> pd.DataFrame:
    """Tests of one table."""
    frame = as_pandas(table)
    if frame is None:
        raise InputTypeError(f"`table` must be a table of sets; got {described(table)}.")
    lists = [str(n)[2:] for n in frame if str(n).startswith("p_") and str(n)[2:] in frame]
    if lists and "n" in frame:
        frame = pd.concat([_of_list(frame, name) for name in lists])
    p_name, fdr_name = ("p_value_mixed", "fdr_mixed") if mixed else ("p_value", "fdr")
    if fdr_name not in frame and p_name in frame and len(frame) == 1:
        fdr_name = p_name  # of the only set
    absent = [name for name in ("n_genes", p_name, fdr_name) if name not in frame]
    if absent:
        raise InputError(f"`table` lacks {quoted(absent)}; it has {quoted(frame.columns)}.")
    p, fdr = (numbers(frame[name], name) for name in (p_name, fdr_name))
    with np.errstate(divide="ignore"):
        log_p, height = np.log10(p), -np.log10(fdr)
    if f"log10_{p_name}" in frame:  # also where p-values read zero
        log_p = numbers(frame[f"log10_{p_name}"], f"log10_{p_name}")
    only = str(frame.attrs.get("contrasts", [""])[0])
    directed = "direction" in frame and not mixed
    columns = {
        "set": _names(frame),
        "contrast": texts(frame["contrast"], "contrast") if "contrast" in frame else only,
        "n_genes": numbers(frame["n_genes"], "n_genes"),
        "way": texts(frame["direction"].fillna(""), "direction") if directed else "",
        "log_p": log_p,
        "height": np.where(np.isinf(height), -log_p, height),
    }
    unknown = set(columns["way"]) - set(WAYS)
    if unknown:
        raise InputError(f"`direction` is 'Up' or 'Down'; got {quoted(sorted(unknown))}.")
    return pd.DataFrame(columns)


def _of_list(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Over-representation in one list of genes, as from `kegga` or `goana`, as a contrast."""
    columns = {f"p_{name}": "p_value", f"fdr_{name}": "fdr", f"log10_p_{name}": "log10_p_value"}
    table = frame[[column for column in columns if column in frame]].rename(columns=columns)
    if name.lower() in ("up", "down"):
        table["direction"] = name.capitalize()
    words = next((frame[column] for column in ("term", "pathway") if column in frame), None)
    if words is not None and words.notna().all() and words.is_unique:
        table.index = pd.Index(words)
    return table.assign(contrast=name, n_genes=frame["n"].to_numpy())


def _names(frame: pd.DataFrame) -> AnyArray:
    """Names of sets: the index, or a column where the rows are only numbered."""
    column = next((name for name in _NAMES if name in frame), None)
    if column is None or names_of(frame.index) is not None:
        return texts(frame.index, "table")
    return texts(frame[column], column)


def listed(given: Any, known: Any, argument: str) -> list[str]:
    """Names that were asked for, or all."""
    if given is None:
        return [str(name) for name in known]
    names = [given] if isinstance(given, str) else [str(n) for n in sequence(given, argument)]
    unknown = [name for name in names if name not in set(known)]
    if unknown or not names:
        near = quoted(nearest(unknown[0] if unknown else "", known))
        raise UnknownNameError(f"`{argument}` has {quoted(unknown)}; the table has {near}.")
    return list(dict.fromkeys(names))


def top_sets(tests: pd.DataFrame, number: int, sets: Any) -> list[str]:
    """Sets that were asked for, and those with the smallest p-values of the others."""
    wanted = [] if sets is None else listed(sets, tests["set"].unique(), "sets")
    best = tests.groupby("set", sort=False)["log_p"].min().drop(wanted).dropna()
    return [*wanted, *best.sort_values(kind="stable").index[:number]]
