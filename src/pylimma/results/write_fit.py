"""A fit as a text file, one row a gene."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned_matrix
from pylimma.arguments import flag, numbers, path, text, whole
from pylimma.containers.decisions import TestResults
from pylimma.containers.fit import MArrayLM
from pylimma.containers.names import SIGNIFICANT_DIGITS, number_text
from pylimma.errors import InputError, check_choice
from pylimma.numerics.p_values import adjust_p_values
from pylimma.output import whole_file
from pylimma.results.tables import adjust_matrix, moderated
from pylimma.typing import AdjustMethod, AnyArray, FloatArray

_EXTRA_DECIMALS = {"AveExpr": -1, "Coef": 0, "t": -1, "P.value": 2, "P.value.adj": 3, "F": -1,
                   "F.p.value": 2, "F.p.value.adj": 3}  # fmt: skip


def write_fit(
    fit: MArrayLM,
    results: ArrayLike | None = None,
    file: str | os.PathLike[str] | None = None,
    digits: int | None = None,
    adjust: AdjustMethod = "none",
    method: str = "separate",
    F_adjust: AdjustMethod = "none",
    quote: bool = False,
    sep: str = "\t",
    row_names: bool = True,
) -> list[str]:
    """Table of all statistics of a moderated fit as lines of text, and as a file.

    Parameters
    ----------
    fit : MArrayLM
        A fit, moderated by `e_bayes` first if it is not yet.
    results : TestResults, optional
        Decisions, written as further columns.
    file : path, optional
        Where to write the lines; an existing file is replaced once all lines are written.
    digits : int, optional
        Decimals of the coefficients; other columns have a few more or fewer. Fifteen
        significant digits throughout when not given.
    adjust : str
        How p-values are adjusted, or "none" for no such columns.
    method : {"separate", "global"}
        Whether p-values are adjusted by coefficient or all together.
    F_adjust : str
        How p-values of the F-test are adjusted, or "none".
    quote : bool
        Whether text is quoted.
    sep : str
        Separator of the columns.
    row_names : bool
        Whether the first column holds the gene names.

    Returns
    -------
    list of str
        The lines, header first.

    Raises
    ------
    InputTypeError
        If `fit` is not a fit.
    InputError
        For an option out of its choices, or decisions of another shape.

    See Also
    --------
    top_table : A table of one coefficient.
    """
    fit = moderated(fit, "write_fit")
    check_choice(method, ("separate", "global"), "method")
    for value, argument in ((adjust, "adjust"), (F_adjust, "F_adjust")):
        check_choice(value, get_args(AdjustMethod), argument)
    digits = None if digits is None else whole(digits, "digits", 1, SIGNIFICANT_DIGITS)
    quote, row_names = flag(quote, "quote"), flag(row_names, "row_names")
    columns = _statistics(fit, adjust, method, F_adjust, digits)
    coefs = fit.names("coefs")
    if results is not None:
        columns += _decisions(results, fit, coefs)
    columns += _genes(fit)
    names = fit.names("genes") if row_names else None
    lines = _lines(columns, names, sep=text(sep, "sep"), quote=quote)
    if file is not None:
        with whole_file(path(file, "file")) as place:
            place.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    return lines


Column = tuple[str, list[str] | AnyArray]


def _statistics(
    fit: MArrayLM, adjust: AdjustMethod, method: str, f_adjust: AdjustMethod, digits: int | None
) -> list[Column]:
    """Columns of numbers, rounded."""
    parts: dict[str, FloatArray] = {}
    if "Amean" in fit:
        parts["AveExpr"] = fit["Amean"]
    parts["Coef"], parts["t"], p = fit["coefficients"], fit["t"], fit["p_value"]
    parts["P.value"] = p
    if adjust != "none":
        parts["P.value.adj"] = adjust_matrix(p, method, adjust)
    if "F" in fit:
        parts["F"], parts["F.p.value"] = fit["F"], fit["F_p_value"]
        if f_adjust != "none":
            parts["F.p.value.adj"] = adjust_p_values(fit["F_p_value"], f_adjust)
    coefs = fit.names("coefs")
    columns: list[Column] = []
    for name, values in parts.items():
        shown = values if digits is None else rounded(values, digits + _EXTRA_DECIMALS[name])
        columns += _named(name, shown, coefs)
    return columns


def rounded(values: FloatArray, decimals: int) -> FloatArray:
    """Numbers rounded as they read: a five in the fifteenth digit or before goes away from zero."""
    size = np.abs(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        spare = 10.0 ** (np.floor(np.log10(size)) - SIGNIFICANT_DIGITS + 1)
        nudged = np.round(size + np.where(size > 0, spare / 2, 0.0), decimals)
    return np.where(np.isfinite(values), np.copysign(nudged, values), values)


def _named(name: str, values: AnyArray, coefs: pd.Index | None) -> list[Column]:
    """Columns of a vector or matrix, named by the coefficients where there are several."""
    matrix = values[:, None] if values.ndim == 1 else values
    if matrix.shape[1] == 1:
        return [(name, matrix[:, 0])]
    labels = range(1, matrix.shape[1] + 1) if coefs is None else coefs
    return [(f"{name}.{label}", column) for label, column in zip(labels, matrix.T, strict=True)]


def _decisions(results: Any, fit: MArrayLM, coefs: pd.Index | None) -> list[Column]:
    if isinstance(results, TestResults):
        results = results.to_frame()
    results = aligned_matrix(results, fit.names("genes"), coefs, "results")
    values = numbers(results, "results")
    if values.shape != fit.shape:
        raise InputError(f"`results` has shape {values.shape}; the fit has {fit.shape}.")
    return _named("Results", values, coefs)


def _genes(fit: MArrayLM) -> list[Column]:
    table = fit.get("genes")
    if table is None:
        return []
    if table.shape[1] == 1:
        return [(str(table.columns[0]), table.iloc[:, 0].to_numpy())]
    return [(f"Genes.{name}", table[name].to_numpy()) for name in table.columns]


def _lines(columns: list[Column], names: pd.Index | None, *, sep: str, quote: bool) -> list[str]:
    """Header and rows as text."""

    def cell(value: object) -> str:
        return '"' + str(value).replace('"', '""') + '"' if quote else str(value)

    cells = [_cells(values, cell) for _, values in columns]
    header = [cell(name) for name, _ in columns]
    if names is not None:
        header = [cell(""), *header]
        cells = [[cell(name) for name in names], *cells]
    return [sep.join(row) for row in [header, *zip(*cells, strict=True)]]


def _cells(values: Iterable[Any], cell: Callable[[object], str]) -> list[str]:
    array = np.asarray(values)
    if array.dtype.kind in "iuf":
        return ["NA" if np.isnan(value) else number_text(value) for value in array]
    return ["NA" if pd.isna(value) else cell(value) for value in array]
