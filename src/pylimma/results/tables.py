"""Tables of results: a row for each gene with its annotation, statistics and p-values.

`result_columns` puts arrays of all genes together, `top_positions` chooses and orders the rows that
are shown, and `labelled_rows` makes a table of these. Before them stand what every table of a fit
asks: which coefficients it is about and what they mean, how genes are named, and p-values as
logarithms where they would read zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, SupportsIndex, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned
from pylimma.adapters.tables import as_pandas
from pylimma.arguments import described, plain_array
from pylimma.containers.coefficients import (
    chosen_coefficients,
    coefficient_labels,
    meaning_of,
)
from pylimma.containers.components import Components
from pylimma.containers.fit import MArrayLM
from pylimma.containers.mixed_model import MixedModelFit
from pylimma.containers.names import INTERCEPTS
from pylimma.errors import InputError, InputTypeError, ShapeError, StageError
from pylimma.moderation.e_bayes import e_bayes
from pylimma.numerics.distributions.tails import t_log_two_sided
from pylimma.numerics.moderated_tests import (
    log_averaged_interval_tails,
    log_interval_tails,
)
from pylimma.numerics.p_values import adjust_log_p_values, adjust_p_values
from pylimma.numerics.ranks import rising_order
from pylimma.typing import AdjustMethod, AnyArray, BoolArray, FloatArray, IntArray, Table

Coef: TypeAlias = SupportsIndex | str
"""A coefficient or contrast by position from 0 or by name; a term of the formula."""

Coefs: TypeAlias = Coef | Sequence[Coef] | IntArray
"""One or several coefficients."""


def check_fit(fit: Any, function: str) -> None:
    """Raise unless this is a fit."""
    if not isinstance(fit, MArrayLM):
        raise InputTypeError(f"`{function}` needs a fit; got {described(fit)}.")


def check_moderated(fit: Any, function: str) -> None:
    """Raise unless this is a fit with moderated statistics."""
    if not isinstance(fit, MArrayLM):
        raise InputTypeError(f"`{function}` needs a fit from `e_bayes`; got {described(fit)}.")
    fit.require("t", function)


def check_one_threshold(fit: MArrayLM, lfc: float, argument: str) -> None:
    """Raise if a fold change is asked for on top of the one that `treat` tested against."""
    if "treat_lfc" in fit and lfc > 0:
        raise StageError(
            f"The fit was tested against |log2 fold change| > {fit['treat_lfc']:g} by `treat`: "
            f"`{argument}` would cut a second time. Give the threshold to `treat` alone."
        )


def moderated(fit: Any, function: str) -> MArrayLM:
    """Fit as it is, or moderated by the defaults of `e_bayes` if it is not yet."""
    check_fit(fit, function)
    return fit if "p_value" in fit else e_bayes(fit)


def select_coefs(fit: Components, coef: Coefs | None) -> IntArray:
    """Positions of coefficients given by name or position, each once.

    None stands for all but the intercept; for the last one after `treat`.
    """
    if coef is None:
        return tested_coefs(fit) if "treat_lfc" not in fit else np.array([fit.shape[1] - 1])
    place = chosen_coefficients(coef, fit, "coef")
    return place[np.sort(np.unique(place, return_index=True)[1])]


def tested_coefs(fit: Components) -> IntArray:
    """Positions of all coefficients but the intercept; of all if there is no other."""
    names, every = fit.names("coefs"), np.arange(fit.shape[1])
    if names is None or fit.shape[1] == 1:
        return every
    kept = every[[str(name) not in INTERCEPTS for name in names]]
    return kept if kept.size else every


def coefficient_meaning(fit: MArrayLM, coefs: IntArray) -> str:
    """What a positive log fold change means, or what an F-test of several coefficients asks."""
    labels = coefficient_labels(fit)
    if len(coefs) > 1:
        return f"F-test of whether any differs from zero: {', '.join(labels[k] for k in coefs)}"
    known = meaning_of(fit, int(coefs[0]))
    return known or f"positive log fold change means that {labels[coefs[0]]} is above zero"


def gene_names(fit: MArrayLM) -> pd.Index:
    """Names of the genes, or their numbers from 0."""
    names = fit.names("genes")
    return pd.RangeIndex(fit.shape[0]) if names is None else names


def gene_annotation(
    fit: MArrayLM, genelist: ArrayLike | Table | None, vector_name: str
) -> pd.DataFrame:
    """Annotation of all genes, perhaps without columns, labelled by gene.

    A table or Series is matched by name. Names that repeat stand in a column `ID`, and rows are
    numbered from 0. Annotation that is a vector becomes a column `vector_name`.
    """
    table = fit.get("genes") if genelist is None else _parse_genelist(fit, genelist, vector_name)
    if table is None:
        table = pd.DataFrame(index=pd.RangeIndex(fit.shape[0]))
    names = gene_names(fit)
    if names.is_unique:
        return table.set_axis(names, axis=0)
    table = table.set_axis(pd.RangeIndex(len(names)), axis=0)
    table.insert(0, "ID0" if "ID" in table.columns else "ID", np.asarray(names))
    return table


def _parse_genelist(fit: MArrayLM, genelist: Any, vector_name: str) -> pd.DataFrame:
    """Annotation in the order of the genes of the fit."""
    table = as_pandas(genelist)
    if table is not None or isinstance(genelist, pd.Series):
        given = genelist if table is None else table
        given = aligned(given, fit.names("genes"), "genes", "genelist")
        table = given.to_frame(vector_name) if isinstance(given, pd.Series) else given
    else:
        values = plain_array(genelist, "genelist")
        if values.ndim != 1:
            raise ShapeError(f"`genelist` must be a table or a vector; got {described(genelist)}.")
        table = pd.DataFrame({vector_name: values})
    if len(table) != fit.shape[0]:
        raise InputError(f"`genelist` has {len(table)} rows; the fit has {fit.shape[0]} genes.")
    return table


def standard_errors(fit: MArrayLM, coef: int) -> FloatArray:
    """Moderated standard errors of one coefficient."""
    if isinstance(fit, MixedModelFit):
        return np.asarray(fit.standard_errors()[:, coef])
    # those of all coefficients would be made for each of thousands
    return np.asarray(fit["stdev_unscaled"][:, coef] * np.sqrt(fit["s2_post"]))


def log_p_values(fit: MArrayLM, coef: int) -> FloatArray:
    """Natural logarithms of the p-values of one coefficient, also where these would read zero."""
    df = fit.degrees_of_freedom()[:, coef]
    if "treat_lfc" not in fit:
        return t_log_two_sided(fit["t"][:, coef], df)
    tails = log_averaged_interval_tails if fit.get("upshot") else log_interval_tails
    return tails(fit["coefficients"][:, coef], standard_errors(fit, coef), fit["treat_lfc"], df)


def adjust_matrix(p: FloatArray, method: str, adjust_method: AdjustMethod) -> FloatArray:
    """P-values of genes × contrasts adjusted by contrast ("separate"), or all together."""
    if method == "global":
        return adjust_p_values(p.ravel(), adjust_method).reshape(p.shape)
    return np.column_stack([adjust_p_values(column, adjust_method) for column in p.T])


def result_columns(
    statistics: Mapping[str, AnyArray],
    p_value: FloatArray,
    adjust_method: AdjustMethod,
    *,
    log_p_value: FloatArray | None = None,
    further: Mapping[str, AnyArray] | None = None,
) -> dict[str, AnyArray]:
    """Columns of all rows, beside their annotation.

    They are the statistics, `p_value` and `adj_p_value`, log10 of both from natural logarithms
    where these are given, and what comes further.
    """
    columns = dict(statistics)
    columns["p_value"] = p_value
    columns["adj_p_value"] = adjust_p_values(p_value, adjust_method)
    if log_p_value is not None:
        columns["log10_p_value"] = log_p_value / np.log(10)
        adjusted = adjust_log_p_values(log_p_value, adjust_method)
        columns["log10_adj_p_value"] = adjusted / np.log(10)
    return columns | dict(further or {})


def labelled_rows(
    annotation: pd.DataFrame,
    columns: Mapping[str, AnyArray],
    rows: IntArray | slice,
    meaning: str,
) -> pd.DataFrame:
    """Table of some rows: their annotation, then the columns."""
    annotation = annotation.iloc[rows]
    chosen = {name: values[rows] for name, values in columns.items()}
    table = pd.DataFrame(chosen, index=annotation.index)
    if annotation.shape[1]:
        table = pd.concat([annotation, table], axis=1)
    table.attrs["meaning"] = meaning
    return table


def top_positions(
    columns: Mapping[str, AnyArray] | pd.DataFrame,
    sort_by: str | None,
    number: float,
    p_value: float = 1.0,
    *,
    by_size: bool = False,
    passing: BoolArray | None = None,
) -> IntArray:
    """Positions of at most `number` rows up to an adjusted p-value, of those passing, in order."""
    adjusted = np.asarray(columns["adj_p_value"])
    kept = (adjusted <= p_value) | (p_value >= 1)
    order = _order_of_rows(columns, sort_by, by_size)
    chosen = order[(kept if passing is None else kept & passing)[order]]
    return chosen[: int(np.clip(number, 0, len(chosen)))]


def sorted_rows(table: pd.DataFrame, column: str | None, by_size: bool = False) -> pd.DataFrame:
    """Rows from the smallest p-value, or the largest of another column, `by_size` without sign."""
    return table if column is None else table.iloc[_order_of_rows(table, column, by_size)]


def _order_of_rows(
    columns: Mapping[str, AnyArray] | pd.DataFrame, column: str | None, by_size: bool
) -> IntArray:
    if column is None:
        return np.arange(len(columns["adj_p_value"]))
    values = np.asarray(columns[column], dtype=float)
    if column == "p_value":
        return descending(-values)
    return descending(np.abs(values) if by_size else values)


def descending(values: FloatArray) -> IntArray:
    """Order from the largest to the smallest, ties as they come, missing last."""
    return rising_order(np.where(np.isnan(values), np.inf, -values))


def syntactic(names: Iterable[Any]) -> list[str]:
    """Coefficient names as R writes them in a table: signs and spaces become dots."""
    plain = [str(name) for name in names]
    valid = [name if re.match(r"[^\W\d_]|\.(?!\d)", name) else f"X{name}" for name in plain]
    return [re.sub(r"[^\w.]", ".", name) for name in valid]
