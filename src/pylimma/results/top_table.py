"""Tables of the genes with the strongest evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.arguments import check_keywords, flag, plain_array, smallest_change
from pylimma.arguments import number as parse_number
from pylimma.containers.coefficients import coefficient_labels
from pylimma.containers.fit import MArrayLM
from pylimma.containers.mixed_model import MixedModelFit
from pylimma.errors import InputError, InputWarning, StageError, check_choice, warn
from pylimma.numerics.distributions.quantiles import t_isf_log
from pylimma.numerics.distributions.tails import f_log_sf
from pylimma.results.tables import (
    Coefs,
    check_moderated,
    check_one_threshold,
    coefficient_meaning,
    gene_annotation,
    labelled_rows,
    log_p_values,
    result_columns,
    select_coefs,
    sorted_rows,
    standard_errors,
    syntactic,
    top_positions,
)
from pylimma.typing import AdjustMethod, AnyArray, FloatArray, IntArray, Table

_KEYS: dict[str, str | None] = {
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
    "none": None,
}
_BY_SIZE = ("log_fc", "t")  # the sign does not matter for the first sorting

_LEVEL = 0.95  # of confidence intervals


def top_table(
    fit: MArrayLM,
    coef: Coefs | None = None,
    number: float | None = 10,
    genelist: ArrayLike | Table | None = None,
    adjust_method: AdjustMethod = "BH",
    sort_by: str | None = "B",
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
        Annotation in place of that in the fit, matched by name where it has an index of names.
    adjust_method : {"BH", "fdr", "BY", "holm", "bonferroni", "hochberg", "hommel", "none"}
        How p-values are adjusted for multiple testing, over all genes of the fit.
    sort_by : {"B", "p", "logFC", "AveExpr", "t", "F", "none"}
        Order of the rows; `logFC` and `t` by size. For several coefficients "F" or "none"; None
        is "none". After `treat`, which gives no log odds, "B" is "p". Columns' Python names work
        as well.
    resort_by : str, optional
        Order of the rows that were chosen, now with the sign.
    p_value : float
        Largest adjusted p-value of a row.
    fc : float, optional
        Smallest fold change of a row, at least 1.
    lfc : float, optional
        The same as log2, at least 0. Neither is for a fit from `treat`, which has its threshold.
    confint : bool or float
        Whether to give 95 % confidence intervals, or their level.
    log10_p_value : bool
        Whether to add log10 of the p-values, computed in log space so that they are finite
        where the p-values are below the smallest double and read 0.

    Returns
    -------
    DataFrame
        A row for each gene, labelled by name (genes without names are numbered from 0):
        annotation, `log_fc`, `ci_l` and `ci_r` if asked for, `ave_expr`, `t`, `p_value`,
        `adj_p_value` and `b`, the log odds. For several coefficients one column each, then
        `ave_expr`, `F`, `p_value`, `adj_p_value`. ``table.attrs["meaning"]`` says in words what
        a positive log fold change means.

    Raises
    ------
    StageError
        If the fit has no moderated statistics, or is from `treat` and several coefficients or
        another threshold are asked for.
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
    options = table_options(
        number, genelist, adjust_method, sort_by, resort_by, p_value, fc, lfc, confint,
        log10_p_value=log10_p_value,
    )  # fmt: skip
    coefs = select_coefs(fit, coef)
    several = len(coefs) > 1 or plain_array(coef, "coef").size > 1
    if "treat_lfc" in fit:
        if several:
            raise StageError(
                "A fit from `treat` tests each coefficient against its threshold, which no F-test "
                "does: choose one `coef` of `top_treat`, or `top_table` of a fit from `e_bayes`."
            )
        return _treat_table(fit, int(coefs[0]), options)
    return (
        joint_table(fit, coefs, options) if several else single_table(fit, int(coefs[0]), options)
    )


def _treat_table(fit: MArrayLM, coef: int, options: TableOptions) -> pd.DataFrame:
    """Table of tests against a threshold, by p-value where log odds would be the default."""
    check_one_threshold(fit, options.lfc, "lfc")
    by_odds = isinstance(options.sort_by, str) and options.sort_by in ("B", "b")
    sort_by = "p" if by_odds else options.sort_by
    return single_table(fit, coef, options._replace(sort_by=sort_by))


def top_treat(
    fit: MArrayLM,
    coef: Coefs = 0,
    sort_by: str | None = "p",
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
        Order of the rows; None is "none".
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
        If the table is to be sorted by log odds, which `treat` does not give, or an option is
        out of range.
    StageError
        If the fit is from `treat` and another threshold is asked for.

    See Also
    --------
    treat : The test.
    """
    check_keywords(options, table_options, "top_treat")
    for key in (sort_by, resort_by):
        if isinstance(key, str) and key in ("B", "b"):
            raise InputError("`treat` gives no log odds: sort by 'p', 'logFC', 'AveExpr' or 't'.")
    check_moderated(fit, "top_treat")
    coefs = select_coefs(fit, coef)
    if len(coefs) > 1:
        warn("`treat` is for single coefficients; the first one is taken.", InputWarning)
    return _treat_table(
        fit, int(coefs[0]), table_options(sort_by=sort_by, resort_by=resort_by, **options)
    )


class TableOptions(NamedTuple):
    """Options of a table, checked."""

    number: float
    genelist: ArrayLike | Table | None
    adjust_method: AdjustMethod
    sort_by: str
    resort_by: str | None
    p_value: float
    lfc: float
    level: float | None  # of confidence intervals, if there are any
    log10_p_value: bool


def table_options(
    number: float | None = 10,
    genelist: ArrayLike | Table | None = None,
    adjust_method: AdjustMethod = "BH",
    sort_by: str | None = "B",
    resort_by: str | None = None,
    p_value: float = 1.0,
    fc: float | None = None,
    lfc: float | None = None,
    confint: bool | float = False,
    *,
    log10_p_value: bool = False,
) -> TableOptions:
    """Check the options of `top_table`."""
    check_choice(adjust_method, get_args(AdjustMethod), "adjust_method")
    return TableOptions(
        np.inf if number is None else parse_number(number, "number"),
        genelist,
        adjust_method,
        "none" if sort_by is None else sort_by,
        resort_by,
        parse_number(p_value, "p_value", 0, 1),
        smallest_change(fc, lfc),
        _level(confint),
        flag(log10_p_value, "log10_p_value"),
    )


def _level(confint: bool | float) -> float | None:
    if isinstance(confint, bool | np.bool_):
        return _LEVEL if confint else None
    return parse_number(confint, "confint", 0, 1, inside=True)


def single_table(fit: MArrayLM, coef: int, options: TableOptions) -> pd.DataFrame:
    """Rows of the table of one coefficient."""
    columns = _coefficient_columns(
        fit,
        coef,
        options.adjust_method,
        level=options.level,
        log10_p_value=options.log10_p_value,
    )
    key = _sort_key(options.sort_by, columns, "sort_by")
    passing = None if options.lfc <= 0 else np.abs(columns["log_fc"]) >= options.lfc
    rows = top_positions(
        columns,
        key,
        options.number,
        options.p_value,
        by_size=key in _BY_SIZE,
        passing=passing,
    )
    annotation = gene_annotation(fit, options.genelist, "ID")
    meaning = coefficient_meaning(fit, np.array([coef]))
    chosen = labelled_rows(annotation, columns, rows, meaning)
    if options.resort_by is None:
        return chosen
    return sorted_rows(chosen, _sort_key(options.resort_by, columns, "resort_by"))


def coefficient_table(
    fit: MArrayLM, coef: int, annotation: pd.DataFrame, adjust_method: AdjustMethod
) -> pd.DataFrame:
    """Results of all genes for one coefficient, with standard errors, in the order of the fit."""
    columns = _coefficient_columns(fit, coef, adjust_method, with_errors=True)
    meaning = coefficient_meaning(fit, np.array([coef]))
    return labelled_rows(annotation, columns, slice(None), meaning)


def _coefficient_columns(
    fit: MArrayLM,
    coef: int,
    adjust_method: AdjustMethod,
    *,
    level: float | None = None,
    with_errors: bool = False,
    log10_p_value: bool = False,
) -> dict[str, AnyArray]:
    """Columns of results of all genes for one coefficient."""
    log_fc = fit["coefficients"][:, coef]
    statistics: dict[str, AnyArray] = {"log_fc": log_fc}
    if with_errors:
        statistics["se"] = standard_errors(fit, coef)
    if level is not None:
        df, group = np.unique(fit.degrees_of_freedom()[:, coef], return_inverse=True)
        margin = standard_errors(fit, coef) * t_isf_log(np.log((1 - level) / 2), df)[group]
        statistics |= {"ci_l": log_fc - margin, "ci_r": log_fc + margin}
    if "Amean" in fit:
        statistics["ave_expr"] = fit["Amean"]
    statistics["t"] = fit["t"][:, coef]
    if isinstance(fit, MixedModelFit):  # whose genes and coefficients have df of their own
        statistics["df"] = fit["df_total"][:, coef]
    return result_columns(
        statistics,
        fit["p_value"][:, coef],
        adjust_method,
        log_p_value=log_p_values(fit, coef) if log10_p_value else None,
        further={"b": fit["lods"][:, coef]} if "lods" in fit else None,
    )


def joint_table(fit: MArrayLM, coefs: IntArray, options: TableOptions) -> pd.DataFrame:
    """Rows of the table of several coefficients, tested together by F."""
    if options.level is not None or options.resort_by is not None:
        warn("`confint` and `resort_by` are for a single coefficient.", InputWarning)
    check_choice(options.sort_by, ("F", "B", "none"), "sort_by")
    meaning = coefficient_meaning(fit, coefs)
    if not np.array_equal(coefs, np.arange(fit.shape[1])):
        fit = fit.subset(columns=coefs)
    if "F" not in fit:
        raise StageError("The F-test needs a design of full rank and a fit from `e_bayes`.")
    estimates = fit["coefficients"]
    statistics = dict(zip(syntactic(coefficient_labels(fit)), estimates.T, strict=True))
    if "Amean" in fit:
        statistics["ave_expr"] = fit["Amean"]
    columns = result_columns(
        statistics | {"F": fit["F"]},
        fit["F_p_value"],
        options.adjust_method,
        log_p_value=_log_p_values_of_f(fit) if options.log10_p_value else None,
    )
    passing = None
    if options.lfc > 0:
        with np.errstate(invalid="ignore"):
            passing = (np.abs(estimates) > options.lfc).any(axis=1)
    key = None if options.sort_by == "none" else "p_value"
    rows = top_positions(columns, key, options.number, options.p_value, passing=passing)
    annotation = gene_annotation(fit, options.genelist, "ProbeID")
    return labelled_rows(annotation, columns, rows, meaning)


def _log_p_values_of_f(fit: MArrayLM) -> FloatArray:
    rank = np.linalg.matrix_rank(fit["cov_coefficients"])
    return f_log_sf(fit["F"], rank, fit["df_residual"] + fit["df_prior"])


def _sort_key(key: str, columns: Mapping[str, AnyArray], argument: str) -> str | None:
    """Name of the column to sort by."""
    check_choice(key, _KEYS, argument)
    column = _KEYS[key]
    if column is not None and column not in columns:
        raise InputError(f"This table has no column '{column}': choose another `{argument}`.")
    return column
