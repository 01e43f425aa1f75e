"""Lists of genes that are compared with terms: given, or the significant ones of a fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pylimma.adapters.labels import per_gene
from pylimma.adapters.tables import as_pandas
from pylimma.arguments import described, number, numbers
from pylimma.containers.decisions import TestResults
from pylimma.containers.fit import MArrayLM
from pylimma.containers.names import names_of
from pylimma.errors import InputError, InputTypeError, StageError, UnknownNameError, nearest, quoted
from pylimma.genesets.identifiers import as_text
from pylimma.numerics.p_values import adjust_p_values
from pylimma.results.tables import select_coefs
from pylimma.typing import AnyArray, FloatArray

FDR = 0.05  # below which genes of a fit are in a list


class GeneLists(NamedTuple):
    """Lists of identifiers by name, and what a fit says of all its genes."""

    names: list[str]
    members: list[list[str]]
    universe: list[str | None] | None = None  # genes of the fit
    covariate: FloatArray | None = None  # beside the universe: what detection depends on


class FitOptions(NamedTuple):
    """How lists are made of a fit, as the user gave it."""

    coef: Any = None
    geneid: Any = None
    fdr: Any = FDR
    trend: Any = False


def parse_gene_lists(de: Any, options: FitOptions, function: str) -> GeneLists:
    """Lists of identifiers, a fit's genes that are significant up and down, or one list."""
    if isinstance(de, MArrayLM):
        return _of_fit(de, options, function)
    if isinstance(de, TestResults):
        return _of_outcomes(de, options.geneid)
    given = [
        name
        for name, value, default in zip(options._fields, options, FitOptions(), strict=True)
        if value is not default
    ]
    if given:
        raise InputError(
            f"{quoted(given)} of `{function}` belong to a fit; `de` is {described(de)}."
        )
    if as_pandas(de) is not None or getattr(de, "ndim", 1) > 1:
        raise InputTypeError(
            f"`de` must be identifiers, lists of them or a fit; got {described(de)}. Of a table, "
            f"give the identifiers of the rows that count."
        )
    if isinstance(de, Mapping):
        names, lists = [str(name) for name in de], list(de.values())
        if not lists:
            raise InputError("`de` holds no list of genes.")
    elif (
        isinstance(de, list | tuple)
        and len(de)
        and not isinstance(de[0], str | int | float | np.generic)
    ):
        names, lists = [""] * len(de), list(de)
    else:
        names, lists = ["de"], [de]
    for one in lists:
        if isinstance(one, Mapping) or as_pandas(one) is not None or getattr(one, "ndim", 1) > 1:
            raise InputTypeError(f"Lists of `de` must hold identifiers; one is {described(one)}.")
    return GeneLists(_list_names(names), [_distinct(one) for one in lists])


def _of_outcomes(outcomes: TestResults, geneid: Any) -> GeneLists:
    """Genes up and down in each contrast of `decide_tests`, among all that were tested."""
    table = outcomes.to_frame()
    names = names_of(table.index)
    if geneid is None and names is None:
        raise InputError("Genes of `de` have no names; give their identifiers as `geneid`.")
    given = table.index if geneid is None else per_gene(geneid, len(table), names, "geneid")
    genes = as_text(np.asarray(given, dtype=object), "geneid")
    lists = {}
    for contrast, values in table.items():
        prefix = f"{contrast} " if table.shape[1] > 1 else ""
        for word, sign in (("up", 1), ("down", -1)):
            places = np.flatnonzero(values.to_numpy() == sign)
            chosen = dict.fromkeys(genes[k] for k in places)
            lists[f"{prefix}{word}"] = [gene for gene in chosen if gene is not None]
    return GeneLists(list(lists), list(lists.values()), genes)


def _distinct(one: Any) -> list[str]:
    """Identifiers of a list as text, each once."""
    values = sorted(one, key=str) if isinstance(one, set | frozenset) else one
    values = [values] if isinstance(values, str) else values
    return [name for name in dict.fromkeys(as_text(values, "de")) if name is not None]


def _list_names(names: list[str]) -> list[str]:
    """Names trimmed, missing ones numbered by position, repeated ones in their own order."""
    names = [name.strip() or f"de{k}" for k, name in enumerate(names, 1)]
    size, seen = Counter(names), Counter[str]()
    seen.update(dict.fromkeys(names, 0))
    result = []
    for name in names:
        seen[name] += 1
        result.append(f"{name}{seen[name]}" if size[name] > 1 else name)
    return result


def _of_fit(fit: MArrayLM, options: FitOptions, function: str) -> GeneLists:
    """Genes whose false discovery rate is below the limit, by the sign of their coefficient."""
    limit = number(options.fdr, "fdr", 0, 1)
    if "p_value" not in fit:
        raise StageError(f"`{function}` needs p-values: run `e_bayes` or `treat` on the fit first.")
    coefs = select_coefs(fit, options.coef) if options.coef is not None else [fit.shape[1] - 1]
    if len(coefs) != 1:
        raise InputError(f"`coef` must be one coefficient for `{function}`; got {len(coefs)}.")
    coef = int(coefs[0])
    names = fit.names("genes")
    genes = _identifiers(fit, options.geneid)
    known = np.array([gene is not None for gene in genes])
    adjusted = np.full(len(genes), np.nan)
    adjusted[known] = adjust_p_values(fit["p_value"][known, coef])
    significant, slope = adjusted < limit, fit["coefficients"][:, coef]
    chosen = significant & (slope > 0), significant & (slope < 0)
    covariate = _covariate(fit, options.trend, names)
    at = np.flatnonzero(known)
    return GeneLists(
        ["up", "down"],
        [list(dict.fromkeys(genes[k] for k in np.flatnonzero(one))) for one in chosen],  # type: ignore[misc]
        [genes[k] for k in at],
        None if covariate is None else covariate[at],
    )


def _identifiers(fit: MArrayLM, geneid: Any) -> list[str | None]:
    """Identifiers of the genes of a fit: their names, a column of their annotation, or given."""
    names = fit.names("genes")
    if geneid is None:
        if names is None:
            raise InputError("Genes of the fit have no names; give their identifiers as `geneid`.")
        return as_text(names.to_numpy(), "geneid")
    if isinstance(geneid, str):
        return as_text(_column(fit, geneid, "geneid"), "geneid")
    return as_text(per_gene(geneid, fit.shape[0], names, "geneid"), "geneid")


def _column(fit: MArrayLM, name: str, argument: str) -> AnyArray:
    table = fit.get("genes")
    columns = [] if table is None else list(table.columns)
    if name not in columns:
        raise UnknownNameError(
            f"`{argument}` is '{name}'; the annotation of the genes has "
            f"{quoted(nearest(name, columns)) or 'no columns'}."
        )
    return pd.Series(table[name]).to_numpy()


def _covariate(fit: MArrayLM, trend: Any, names: pd.Index | None) -> FloatArray | None:
    """What the probability of detection depends on, one value for each gene."""
    if isinstance(trend, str):
        return numbers(_column(fit, trend, "trend"), "trend", 1)
    if trend is None or isinstance(trend, bool | np.bool_):
        if trend and "Amean" not in fit:
            raise StageError("`trend=True` needs the average expression, which the fit lacks.")
        return fit["Amean"] if trend else None
    return numbers(per_gene(trend, fit.shape[0], names, "trend"), "trend", 1)
