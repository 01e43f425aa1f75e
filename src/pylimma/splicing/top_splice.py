r"""Tables of differential usage, by feature or by gene, and in two stages.

In two stages genes are screened first and the features of the genes that pass are confirmed [1]_.
Of :math:`G` genes :math:`R` pass at level :math:`\alpha` by Benjamini and Hochberg. Within a gene
of :math:`k` features at most :math:`k - 2` can be unchanged once their changes are known to
differ, so the sorted p-values are multiplied by :math:`\min(k - 2, k - i + 1)` (Shaffer), made
monotone, and compared with :math:`\alpha R / G`. The share of genes with any false feature among
those that pass is then at most :math:`\alpha` in expectation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import described, flag
from pylimma.arguments import number as parse_number
from pylimma.containers.coefficients import coefficient_labels
from pylimma.errors import InputError, InputTypeError, InputWarning, check_choice, warn
from pylimma.numerics.moderated_tests import interval_tails
from pylimma.numerics.p_values import adjust_p_values
from pylimma.results.tables import Coefs, descending, select_coefs
from pylimma.splicing.diff_splice import SpliceFit
from pylimma.typing import AnyArray, FloatArray, IntArray

_TESTS = {"F": "F", "f": "F", "simes": "simes", "t": "t"}
_SORTS = {"p": "p", "p_value": "p", "logFC": "log_fc", "log_fc": "log_fc", "NExons": "n_exons",
          "n_exons": "n_exons", "none": "none"}  # fmt: skip
_ASKS = {
    "F": "F-test of whether all features of the gene change alike; it finds many small "
    "differences, Simes one large one",
    "simes": "Simes' combination of the tests of the gene's features; it finds one large "
    "difference, F many small ones",
    "t": "log_fc is the change of the feature minus the mean change of the gene's other features",
}


def confirmed_p_values(
    p: FloatArray, gene_p: FloatArray, first: IntArray, level: float
) -> FloatArray:
    """P-values of features adjusted in two stages; NaN in genes that do not pass the first."""
    size = np.diff(first, append=p.size)
    gene = np.repeat(np.arange(first.size), size)
    screened = adjust_p_values(gene_p)
    passing = screened <= level
    k = np.add.reduceat((~np.isnan(p)).astype(np.intp), first)[gene]
    order = np.lexsort((p, gene))
    rank = np.arange(p.size) - np.repeat(first, size) + 1
    scaled = np.clip(np.minimum(k - 2, k - rank + 1), 0, None) * p[order]
    # running maximum within genes, exactly: of the ranks, which genes shift apart
    rising = np.sort(scaled)
    place = np.empty(p.size, dtype=np.int64)
    place[np.argsort(scaled, kind="stable")] = np.arange(p.size)
    monotone = rising[np.maximum.accumulate(place + gene * p.size) - gene * p.size]
    n_tested, n_passing = (~np.isnan(screened)).sum(), max(passing.sum(), 1)
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(monotone * n_tested / n_passing, 1.0)
    adjusted = np.maximum(adjusted, screened[gene])
    return np.where(passing[gene] & ~np.isnan(p), adjusted, np.nan)


def top_splice(
    fit: SpliceFit,
    coef: Coefs | None = None,
    test: str = "F",
    number: float | None = 10,
    fdr: float = 1.0,
    sort_by: str | None = "p",
    treat_lfc: float = 0.0,
    *,
    stagewise: bool = False,
) -> pd.DataFrame:
    r"""Table of the top genes or features of differential usage.

    Parameters
    ----------
    fit : SpliceFit
        From `diff_splice`.
    coef : int, name or sequence of these, optional
        Coefficient or contrast, by position from 0 or name; the last one when not given. Several
        make one table with a column `contrast`.
    test : {"F", "simes", "t"}
        Genes by F-tests or by Simes' combination of their features, or single features by t.
    number : int, optional
        Greatest number of rows, of each contrast; all when None or infinite.
    fdr : float
        Largest false discovery rate of a row. With `stagewise`, the level of both stages, which
        is then 0.05 when not given.
    sort_by : {"p", "logFC", "NExons", "none"}
        Order of the rows: "logFC", by size, for `test="t"`, "NExons" for tests of genes. None
        is "none".
    treat_lfc : float
        Smallest change of interest of a feature as a log2 fold change, at least 0, for
        `test="t"`; p-values are then those of `treat`.
    stagewise : bool
        Whether rates of features are controlled by gene, for `test="t"`: genes are screened by
        their F-tests first, and features are confirmed within those that pass.

    Returns
    -------
    DataFrame
        For genes a row each: annotation, `n_exons`, `F` for F-tests, `p_value` and `fdr`. For
        features annotation, `log_fc`, `t`, `p_value` and `fdr`; with `stagewise` also `gene_fdr`,
        and only the features of genes that pass. Where something could not be tested a column
        `reason` says why. ``table.attrs["meaning"]`` says what is tested.

    Raises
    ------
    InputTypeError
        If `fit` is not from `diff_splice`.
    InputError
        If an option is not among its choices or out of range, or not for this test.
    UnknownNameError
        If there is no such coefficient.

    Warns
    -----
    InputWarning
        If `treat_lfc` is given for a test of genes, which has no threshold.

    See Also
    --------
    diff_splice : The tests.

    Notes
    -----
    False discovery rates of features are not rates of genes: a gene with many features has many
    chances. With `stagewise` the expected share of genes with a false feature is at most `fdr`
    [1]_. Thresholds and two stages exclude each other, since the F-test has no threshold.

    References
    ----------
    .. [1] Van den Berge K et al. (2017). Genome Biol 18:151.
       https://doi.org/10.1186/s13059-017-1277-0

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(60, 6))
    >>> y[0, 3:] += 5
    >>> fit = pylimma.lm_fit(y, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]))
    >>> usage = pylimma.diff_splice(fit, geneid=np.repeat(np.arange(20), 3))
    >>> list(pylimma.top_splice(usage, test="simes", number=1).columns)
    ['GeneID', 'n_exons', 'p_value', 'fdr']
    """
    if not isinstance(fit, SpliceFit):
        raise InputTypeError(f"`top_splice` needs a fit from `diff_splice`; got {described(fit)}.")
    check_choice(test, _TESTS, "test")
    test = _TESTS[test]
    number = np.inf if number is None else parse_number(number, "number", 0)
    fdr, treat_lfc = parse_number(fdr, "fdr", 0, 1), parse_number(treat_lfc, "treat_lfc", 0)
    stagewise = flag(stagewise, "stagewise")
    key = _parse_sort("none" if sort_by is None else sort_by, test)
    _check_options(test, treat_lfc, stagewise)
    coefs = np.array([fit.shape[1] - 1]) if coef is None else select_coefs(fit, coef)
    tables = []
    for at in coefs:
        if test == "t":
            table = _feature_table(fit, int(at), fdr, treat_lfc, stagewise)
        else:
            table = _gene_table(fit, int(at), test, fdr)
        table = _ordered(table, key).iloc[: int(min(number, len(table)))]
        if len(coefs) > 1:
            table.insert(0, "contrast", coefficient_labels(fit)[at])
        tables.append(table)
    result = pd.concat(tables)
    result.attrs["meaning"] = _ASKS[test]
    return result


def _parse_sort(key: Any, test: str) -> str:
    """Column to sort by."""
    check_choice(key, _SORTS, "sort_by")
    if _SORTS[key] == ("n_exons" if test == "t" else "log_fc"):
        kind, other = ("genes", "t") if test != "t" else ("features", "F' or 'simes")
        raise InputError(f"A table of {kind} has no column '{key}'; take `test` '{other}'.")
    return _SORTS[key]


def _check_options(test: str, treat_lfc: float, stagewise: bool) -> None:
    if treat_lfc > 0 and test != "t":
        warn("`treat_lfc` is for `test='t'`: tests of genes have no threshold.", InputWarning)
    if stagewise and test != "t":
        raise InputError("`stagewise` adjusts tests of features: take `test='t'`.")
    if stagewise and treat_lfc > 0:
        raise InputError("Give `treat_lfc` or `stagewise`: the F-test of genes has no threshold.")


def _feature_table(
    fit: SpliceFit, coef: int, fdr: float, treat_lfc: float, stagewise: bool
) -> pd.DataFrame:
    """Features up to a false discovery rate, in the order of the fit."""
    first = fit["gene_firstexon"]
    gene = np.repeat(np.arange(first.size), np.diff(first, append=fit.shape[0]))
    log_fc, p = fit["coefficients"][:, coef], fit["p_value"][:, coef]
    columns: dict[str, AnyArray] = {"log_fc": log_fc, "t": fit["t"][:, coef]}
    if treat_lfc > 0:
        error = fit["standard_error"][:, coef]
        p = interval_tails(log_fc, error, treat_lfc, fit["gene_df_total"][gene])
    columns["p_value"] = p
    if stagewise:
        level = fdr if fdr < 1 else 0.05
        gene_p = fit["gene_f_p_value"][:, coef]
        columns["fdr"] = confirmed_p_values(p, gene_p, first, level)
        columns["gene_fdr"] = adjust_p_values(gene_p)[gene]
        kept = columns["gene_fdr"] <= level
    else:
        columns["fdr"] = adjust_p_values(p)
        kept = (columns["fdr"] <= fdr) | (fdr >= 1)
    if np.isnan(p).any():
        few = np.add.reduceat((~np.isnan(p)).astype(int), first)[gene] == 0
        df = fit["gene_df_total"][gene]
        columns["reason"] = np.select(
            [~np.isnan(p), df == 0, few], ["", "no residual df", "one feature"], "not estimable"
        )
    table = fit["genes"].set_axis(fit.names("features"), axis=0)
    return pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)[kept]


def _gene_table(fit: SpliceFit, coef: int, test: str, fdr: float) -> pd.DataFrame:
    """Genes up to a false discovery rate, in the order of the fit."""
    p = fit["gene_f_p_value" if test == "F" else "gene_simes_p_value"][:, coef]
    columns: dict[str, AnyArray] = {"F": fit["gene_f"][:, coef]} if test == "F" else {}
    columns |= {"p_value": p, "fdr": adjust_p_values(p)}
    if np.isnan(p).any():
        why = np.where(fit["gene_df_total"] == 0, "no residual df", "not estimable")
        columns["reason"] = np.where(np.isnan(p), why, "")
    table = fit["gene_genes"].set_axis(fit.names("genes"), axis=0)
    table = pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)
    return table[(columns["fdr"] <= fdr) | (fdr >= 1)]


def _ordered(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """Rows by p-value, by size of the change, or by number of features, then p-value."""
    if key == "none":
        return table
    by_p = table.iloc[descending(-table["p_value"].to_numpy())]
    if key == "n_exons":
        return by_p.iloc[descending(by_p["n_exons"].to_numpy(dtype=float))]
    if key == "log_fc":
        return table.iloc[descending(np.abs(table["log_fc"].to_numpy()))]
    return by_p
