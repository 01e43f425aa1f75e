"""What tables of results share: which coefficients, which genes, in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.tables import as_pandas
from pylimma.arguments import described, number, plain_array
from pylimma.containers.coefficients import (
    coefficient_labels,
    coefficient_positions,
    meaning_of,
)
from pylimma.containers.fit import MArrayLM
from pylimma.containers.names import INTERCEPTS
from pylimma.errors import InputError, InputTypeError, ShapeError
from pylimma.moderation.e_bayes import e_bayes
from pylimma.typing import FloatArray, IntArray


def check_fit(fit: Any, function: str) -> None:
    """Raise unless this is a fit."""
    if not isinstance(fit, MArrayLM):
        raise InputTypeError(f"`{function}` needs a fit; got {described(fit)}.")


def check_moderated(fit: Any, function: str) -> None:
    """Raise unless this is a fit with moderated statistics."""
    if not isinstance(fit, MArrayLM):
        raise InputTypeError(f"`{function}` needs a fit from `e_bayes`; got {described(fit)}.")
    fit.require("t", function)


def moderated(fit: Any, function: str) -> MArrayLM:
    """Fit as it is, or moderated by the defaults of `e_bayes` if it is not yet."""
    check_fit(fit, function)
    return fit if "p_value" in fit else e_bayes(fit)


def select_coefs(fit: MArrayLM, coef: Any) -> IntArray:
    """Positions of coefficients given by name or position, each once."""
    names = fit.names("coefs")
    if coef is None:
        if "treat_lfc" in fit:
            return np.array([fit.shape[1] - 1])
        every = np.arange(fit.shape[1])
        if names is None or fit.shape[1] == 1:
            return every
        kept = every[[str(name) not in INTERCEPTS for name in names]]
        return kept if kept.size else every
    place = coefficient_positions(coef, fit)
    place = np.arange(fit.shape[1])[place]
    if place.size == 0:
        raise InputError("`coef` chooses no coefficient.")
    return place[np.sort(np.unique(place, return_index=True)[1])]


def coefficient_meaning(fit: MArrayLM, coefs: IntArray) -> str:
    """What the table of one or several coefficients says, in words."""
    labels = coefficient_labels(fit)
    if len(coefs) > 1:
        return f"F-test of whether any differs from zero: {', '.join(labels[k] for k in coefs)}"
    known = meaning_of(fit, int(coefs[0]))
    return known or f"positive log fold change means that {labels[coefs[0]]} is above zero"


def gene_columns(fit: MArrayLM, genelist: Any, vector_name: str) -> tuple[pd.DataFrame, pd.Index]:
    """Annotation columns and row labels of a table of all genes."""
    n_genes = fit.shape[0]
    genes = fit.get("genes") if genelist is None else genelist
    table = as_pandas(genes)
    genes = genes if table is None else table
    if genes is None:
        table = pd.DataFrame(index=pd.RangeIndex(n_genes))
    elif isinstance(genes, pd.DataFrame):
        table = genes
    else:
        values = plain_array(genes, "genelist")
        if values.ndim != 1:
            raise ShapeError(f"`genelist` must be a table or a vector; got {described(genes)}.")
        table = pd.DataFrame({vector_name: values})
    if len(table) != n_genes:
        raise InputError(f"`genelist` has {len(table)} rows; the fit has {n_genes} genes.")
    numbers = pd.Index(np.arange(1, n_genes + 1).astype(str))
    names = fit.names("genes")
    if names is None:
        return table.set_axis(numbers, axis=0), numbers
    if names.is_unique:
        return table.set_axis(names, axis=0), names
    table = table.set_axis(numbers, axis=0)
    column = "ID0" if "ID" in table.columns else "ID"
    table.insert(0, column, np.asarray(names))
    return table, numbers


def descending(values: FloatArray) -> IntArray:
    """Order from the largest to the smallest, ties as they come, missing last."""
    return np.argsort(np.where(np.isnan(values), np.inf, -values), kind="stable")


def ascending(values: FloatArray) -> IntArray:
    """Order from the smallest to the largest, ties as they come, missing last."""
    return np.argsort(np.where(np.isnan(values), np.inf, values), kind="stable")


def smallest_change(fc: float | None, lfc: float | None) -> float:
    """Threshold as a log2 fold change, from either way of saying it."""
    fc = None if fc is None else number(fc, "fc", 1)
    lfc = None if lfc is None else number(lfc, "lfc", 0)
    if fc is not None and lfc is not None and not np.isclose(np.log2(fc), lfc):
        raise InputError("Give `fc` or `lfc`, not both: they say different thresholds.")
    if fc is not None:
        return float(np.log2(fc))
    return float(lfc or 0.0)


def check_number(rows: float | None) -> float:
    """Greatest number of rows, where None means all."""
    return np.inf if rows is None else number(rows, "number")


def syntactic(names: Iterable[Any]) -> list[str]:
    """Coefficient names as R writes them in a table: signs and spaces become dots."""
    plain = [str(name) for name in names]
    valid = [name if re.match(r"[^\W\d_]|\.(?!\d)", name) else f"X{name}" for name in plain]
    return [re.sub(r"[^\w.]", ".", name) for name in valid]
