"""Tables of the genes with the strongest evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pandas as pd

from pylimma import arguments as options
from pylimma.containers.coefficients import coefficient_labels
from pylimma.containers.fit import MArrayLM
from pylimma.errors import InputError, InputWarning, StageError, check_choice, warn
from pylimma.numerics.distributions.quantiles import t_isf_log
from pylimma.numerics.distributions.tails import f_log_sf
from pylimma.numerics.p_values import adjust_log_p_values, adjust_p_values
from pylimma.results.columns import (
    ascending,
    check_moderated,
    check_number,
    coefficient_meaning,
    descending,
    gene_columns,
    select_coefs,
    smallest_change,
    syntactic,
)
from pylimma.results.tails import log_p_values
from pylimma.typing import AdjustMethod, BoolArray, FloatArray, IntArray

_KEYS = {
    "logFC": "log_fc",
    "log_fc": "log_fc",
    "M": "log_fc",
    "AveExpr": "ave_expr",
    "ave_expr": "ave_expr",
    "A": "ave_expr",
    "Amean": "ave_expr",
    "P": "p_value",
    "p": "p_value",
    "p_value": "p_value",
    "T": "t",
    "t": "t",
    "B": "b",
    "b": "b",
    "none": "none",
}
_BY_SIZE = ("log_fc", "t")  # the sign does not matter for the first sorting


def top_table(
    fit: MArrayLM,
    coef: Any = None,
    number: float | None = 10,
    genelist: Any = None,
    adjust_method: AdjustMethod = "BH",
    sort_by: str = "B",
    resort_by: str | None = None,
    p_value: float = 1.0,
    fc: float | None = None,
    lfc: float | None = None,
    confint: bool | float = False,
    *,
    log10_p_value: bool = False,
) -> pd.DataFrame:
    r"""Table of the top genes for a coefficient, or for several together.

    Parameters
    ----------
    fit : MArrayLM
        From `e_bayes` or `treat`.
    coef : int, name, term or sequence of these, optional
        Coefficients or contrasts, by position from 0 or name; a term of the formula, such as
        "group", stands for all of its columns. Several are tested together by an F-test. All
        but the intercept when not given; the last one after `treat`.
    number : int, optional
        Greatest number of rows; all when None or infinite.
    genelist : DataFrame or sequence of shape (genes,), optional
        Annotation in place of that in the fit.
    adjust_method : {"BH", "fdr", "BY", "holm", "bonferroni", "hochberg", "hommel", "none"}
        How p-values are adjusted for multiple testing, over all genes of the fit.
    sort_by : {"B", "p", "logFC", "AveExpr", "t", "F", "none"}
        Order of the rows; `logFC` and `t` by size. For several coefficients "F" or "none".
        Columns' Python names work as well.
    resort_by : str, optional
        Order of the rows that were chosen, now with the sign.
    p_value : float
        Largest adjusted p-value of a row.
    fc : float, optional
        Smallest fold change of a row, at least 1.
    lfc : float, optional
        The same as log2.
    confint : bool or float
        Whether to give 95 % confidence intervals, or their level.
    log10_p_value : bool
        Whether to add log10 of the p-values, computed in log space so that they are finite
        where the p-values are below the smallest double and read 0.

    Returns
    -------
    DataFrame
        A row for each gene, labelled by name (genes without names are numbered from 1):
        annotation, `log_fc`, `ci_l` and `ci_r` if asked for, `ave_expr`, `t`, `p_value`,
        `adj_p_value` and `b`, the log odds. For several coefficients one column each, then
        `ave_expr`, `F`, `p_value`, `adj_p_value`. ``table.attrs["meaning"]`` says in words what
        a positive log fold change means.

    Raises
    ------
    StageError
        If the fit has no moderated statistics.
    UnknownNameError
        If there is no such coefficient.
    InputError
        If an option is not among its choices or out of range.

    See Also
    --------
    top_treat : The table after `treat`.
    decide_tests : All contrasts at once.

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> fit = pylimma.lm_fit(y, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]))
    >>> table = pylimma.top_table(pylimma.e_bayes(fit), coef=1, number=3)
    >>> list(table.columns)
    ['log_fc', 'ave_expr', 't', 'p_value', 'adj_p_value', 'b']
    """
    check_moderated(fit, "top_table")
    p_value = options.number(p_value, "p_value", 0, 1)
    in_log = options.flag(log10_p_value, "log10_p_value")
    check_choice(adjust_method, get_args(AdjustMethod), "adjust_method")
    smallest, rows = smallest_change(fc, lfc), check_number(number)
    coefs = select_coefs(fit, coef)
    meaning = coefficient_meaning(fit, coefs)
    if len(coefs) > 1 or (coef is not None and np.size(coef) > 1):
        if confint is not False or resort_by is not None:
            warn("`confint` and `resort_by` are for a single coefficient.", InputWarning)
        table = _f_table(fit, coefs, genelist, adjust_method, log10_p_value=in_log)
        table.attrs["meaning"] = meaning
        return _f_rows(table, fit, coefs, sort_by, p_value, smallest, rows)
    table = _t_table(fit, int(coefs[0]), genelist, adjust_method, log10_p_value=in_log)
    table.attrs["meaning"] = meaning
    if confint is not False:
        _add_intervals(table, fit, int(coefs[0]), 0.95 if confint is True else confint)
    key = _sort_key(sort_by, table, "sort_by")
    kept = _passing(table["adj_p_value"], p_value) & _at_least(table["log_fc"], smallest)
    chosen = table[kept].iloc[_order(table[kept], key, signed=False)]
    chosen = chosen.iloc[: int(min(rows, len(chosen)))] if rows >= 1 else chosen.iloc[:0]
    if resort_by is not None:
        key = _sort_key(resort_by, table, "resort_by")
        chosen = chosen.iloc[_order(chosen, key, signed=True)]
    return chosen


def top_treat(
    fit: MArrayLM,
    coef: Any = 0,
    sort_by: str = "p",
    resort_by: str | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Table of the top genes of a test against a threshold.

    Parameters
    ----------
    fit : MArrayLM
        From `treat`.
    coef : int or name
        Coefficient or contrast.
    sort_by : {"p", "logFC", "AveExpr", "t", "none"}
        Order of the rows.
    resort_by : str, optional
        Order of the rows that were chosen, with the sign.
    **options : object
        Passed to `top_table`.

    Returns
    -------
    DataFrame
        As `top_table`, without log odds.

    Raises
    ------
    InputError
        If the table is to be sorted by log odds, which `treat` does not give.

    See Also
    --------
    treat : The test.
    """
    for key in (sort_by, resort_by):
        if isinstance(key, str) and key in ("B", "b"):
            raise InputError("`treat` gives no log odds: sort by 'p', 'logFC', 'AveExpr' or 't'.")
    check_moderated(fit, "top_treat")
    coefs = select_coefs(fit, coef)
    if len(coefs) > 1:
        warn("`treat` is for single coefficients; the first one is taken.", InputWarning)
    return top_table(fit, int(coefs[0]), sort_by=sort_by, resort_by=resort_by, **options)


def _t_table(
    fit: MArrayLM, coef: int, genelist: Any, adjust_method: AdjustMethod, *, log10_p_value: bool
) -> pd.DataFrame:
    """Results of all genes for one coefficient, in the order of the fit."""
    genes, labels = gene_columns(fit, genelist, "ID")
    p = fit["p_value"][:, coef]
    columns: dict[str, Any] = {"log_fc": fit["coefficients"][:, coef]}
    if "Amean" in fit:
        columns["ave_expr"] = fit["Amean"]
    columns["t"] = fit["t"][:, coef]
    columns["p_value"] = p
    columns["adj_p_value"] = adjust_p_values(p, adjust_method)
    if log10_p_value:
        columns |= _in_log_space(log_p_values(fit, coef), adjust_method)
    if "lods" in fit:
        columns["b"] = fit["lods"][:, coef]
    return pd.concat([genes, pd.DataFrame(columns, index=labels)], axis=1)


def _f_table(
    fit: MArrayLM,
    coefs: IntArray,
    genelist: Any,
    adjust_method: AdjustMethod,
    *,
    log10_p_value: bool,
) -> pd.DataFrame:
    """Results of all genes for several coefficients together, in the order of the fit."""
    fit = fit.subset(columns=coefs)
    if "F" not in fit:
        raise StageError("The F-test needs a design of full rank and a fit from `e_bayes`.")
    genes, labels = gene_columns(fit, genelist, "ProbeID")
    called = syntactic(coefficient_labels(fit))
    columns: dict[str, Any] = dict(zip(called, fit["coefficients"].T, strict=True))
    if "Amean" in fit:
        columns["ave_expr"] = fit["Amean"]
    columns["F"] = fit["F"]
    columns["p_value"] = fit["F_p_value"]
    columns["adj_p_value"] = adjust_p_values(fit["F_p_value"], adjust_method)
    if log10_p_value:
        rank = np.linalg.matrix_rank(fit["cov_coefficients"])
        log_p = f_log_sf(fit["F"], rank, fit["df_residual"] + fit["df_prior"])
        columns |= _in_log_space(log_p, adjust_method)
    return pd.concat([genes, pd.DataFrame(columns, index=labels)], axis=1)


def _f_rows(
    table: pd.DataFrame,
    fit: MArrayLM,
    coefs: IntArray,
    sort_by: str,
    p_value: float,
    lfc: float,
    number: float,
) -> pd.DataFrame:
    """Rows of an F table that pass the thresholds, in order."""
    check_choice(sort_by, ("F", "B", "none"), "sort_by")
    kept = _passing(table["adj_p_value"], p_value)
    if lfc > 0:
        with np.errstate(invalid="ignore"):
            kept &= (np.abs(fit["coefficients"][:, coefs]) > lfc).any(axis=1)
    chosen = table[kept]
    if sort_by != "none":
        chosen = chosen.iloc[ascending(chosen["p_value"].to_numpy())]
    return chosen.iloc[: int(min(number, len(chosen)))] if number >= 1 else chosen.iloc[:0]


def _in_log_space(log_p: FloatArray, adjust_method: AdjustMethod) -> dict[str, FloatArray]:
    return {
        "log10_p_value": log_p / np.log(10),
        "log10_adj_p_value": adjust_log_p_values(log_p, adjust_method) / np.log(10),
    }


def _add_intervals(table: pd.DataFrame, fit: MArrayLM, coef: int, confint: float) -> None:
    """Put confidence intervals behind the estimates."""
    level = options.number(confint, "confint", 0, 1, inside=True)
    error = fit["stdev_unscaled"][:, coef] * np.sqrt(fit["s2_post"])
    margin = error * t_isf_log(np.log((1 - level) / 2), fit["df_total"])
    at = list(table.columns).index("log_fc") + 1
    table.insert(at, "ci_l", table["log_fc"] - margin)
    table.insert(at + 1, "ci_r", table["log_fc"] + margin)


def _sort_key(key: str, table: pd.DataFrame, argument: str) -> str:
    """Name of the column to sort by."""
    check_choice(key, _KEYS, argument)
    column = _KEYS[key]
    if column != "none" and column not in table:
        raise InputError(f"This table has no column '{column}': choose another `{argument}`.")
    return column


def _order(table: pd.DataFrame, key: str, *, signed: bool) -> IntArray:
    if key == "none":
        return np.arange(len(table))
    values = table[key].to_numpy(dtype=float)
    order: Callable[[FloatArray], IntArray] = ascending if key == "p_value" else descending
    return order(values if signed or key not in _BY_SIZE else np.abs(values))


def _passing(adjusted: pd.Series, p_value: float) -> BoolArray:
    """Rows under a threshold of adjusted p-values; all rows where there is none."""
    return np.asarray(adjusted <= p_value) | (p_value >= 1)


def _at_least(log_fc: pd.Series, lfc: float) -> BoolArray:
    return np.asarray(log_fc.abs() >= lfc) | (lfc <= 0)
