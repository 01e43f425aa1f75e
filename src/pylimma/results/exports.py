"""Results in the forms that scanpy, decoupler, gseapy and DESeq2 use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd

from pylimma.adapters.anndata import writable
from pylimma.adapters.stored import check_anndata
from pylimma.arguments import described, text
from pylimma.arguments import number as parse_number
from pylimma.containers.coefficients import coefficient_labels
from pylimma.containers.fit import MArrayLM
from pylimma.errors import InputTypeError, StageError, check_choice
from pylimma.results.tables import (
    Coef,
    Coefs,
    adjust_matrix,
    check_moderated,
    descending,
    gene_names,
    log_p_values,
    select_coefs,
    tested_coefs,
    top_positions,
)
from pylimma.results.top_table import coefficient_table
from pylimma.typing import AdjustMethod, FloatArray

_STATISTICS = ("t", "log_fc", "b", "signed_log10_p")
_DESEQ = {
    "log_fc": "log2FoldChange",
    "se": "lfcSE",
    "t": "stat",
    "p_value": "pvalue",
    "adj_p_value": "padj",
}


def tidy(
    fit: MArrayLM,
    coef: Coefs | None = None,
    *,
    adjust_method: AdjustMethod = "BH",
    method: str = "separate",
    number: float | None = None,
    p_value: float = 1.0,
) -> pd.DataFrame:
    """Long table of results, one row for each gene and contrast.

    Parameters
    ----------
    fit : MArrayLM
        From `e_bayes` or `treat`.
    coef : int, name, term or sequence of these, optional
        Contrasts; all but the intercept when not given.
    adjust_method : {"BH", "fdr", "BY", "holm", "bonferroni", "hochberg", "hommel", "none"}
        How p-values are adjusted for multiple testing.
    method : {"separate", "global"}
        Whether they are adjusted within each contrast or over all of these together.
    number : int, optional
        Greatest number of rows of each contrast; all when None or infinite.
    p_value : float
        Largest adjusted p-value of a row.

    Returns
    -------
    DataFrame
        `variable` (the gene), `log_fc`, `p_value`, `adj_p_value`, `contrast`, then `se`, the
        moderated standard error, `ave_expr`, `t` and, after `e_bayes`, `b`; sorted by p-value
        within each contrast. ``attrs["meaning"]`` says in words what each contrast means.

    Raises
    ------
    StageError
        If the fit has no moderated statistics.
    UnknownNameError
        If there is no such contrast.
    InputError
        If an option is not among its choices or out of range.

    See Also
    --------
    write_tidy : The same as a file, for many contrasts.
    top_table : One contrast, or an F-test of several.

    Examples
    --------
    >>> import numpy as np, pylimma as pl
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> fit = pl.e_bayes(pl.lm_fit(y, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])))
    >>> list(pl.tidy(fit, coef=1).columns)[:5]
    ['variable', 'log_fc', 'p_value', 'adj_p_value', 'contrast']
    """
    check_moderated(fit, "tidy")
    options = tidy_options(adjust_method, method, number, p_value)
    parts = list(tidy_parts(fit, coef, options))
    whole = pd.concat(parts, ignore_index=True)
    labels, chosen = coefficient_labels(fit), contrast_positions(fit, coef)
    whole.attrs["meaning"] = {
        labels[at]: part.attrs["meaning"] for at, part in zip(chosen, parts, strict=True)
    }
    return whole


class TidyOptions(NamedTuple):
    """Options of a long table, checked."""

    adjust_method: AdjustMethod
    method: str
    number: float
    p_value: float


def tidy_options(
    adjust_method: AdjustMethod, method: str, number: float | None, p_value: float
) -> TidyOptions:
    """Check the options of `tidy`."""
    check_choice(adjust_method, get_args(AdjustMethod), "adjust_method")
    check_choice(method, ("separate", "global"), "method")
    most = np.inf if number is None else parse_number(number, "number")
    return TidyOptions(adjust_method, method, most, parse_number(p_value, "p_value", 0, 1))


def tidy_parts(fit: MArrayLM, coef: Coefs | None, options: TidyOptions) -> Iterator[pd.DataFrame]:
    """Rows of a long table, one contrast after the other."""
    labels, genes = coefficient_labels(fit), gene_names(fit)
    chosen = contrast_positions(fit, coef)
    together = options.method == "global"
    if together:
        p = fit["p_value"][:, chosen]
        adjusted = adjust_matrix(p, options.method, options.adjust_method)
    for place, coef_at in enumerate(chosen):
        within = "none" if together else options.adjust_method
        table = coefficient_results(fit, coef_at, within)
        if together:
            table["adj_p_value"] = adjusted[:, place]
        table.insert(0, "variable", genes)
        table["contrast"] = labels[coef_at]
        first = ["variable", "log_fc", "p_value", "adj_p_value", "contrast"]
        table = table[first + [name for name in table.columns if name not in first]]
        yield table.iloc[top_positions(table, "p_value", options.number, options.p_value)]


def to_decoupler(fit: MArrayLM, stat: str = "t", coef: Coefs | None = None) -> pd.DataFrame:
    """Statistics of contrasts × genes, in the form that decoupler takes.

    Parameters
    ----------
    fit : MArrayLM
        From `e_bayes` or `treat`.
    stat : {"t", "log_fc", "b", "signed_log10_p"}
        Moderated t, log2 fold change, log odds, or -log10 of the p-value with the sign of the
        fold change.
    coef : int, name, term or sequence of these, optional
        Contrasts; all but the intercept when not given.

    Returns
    -------
    DataFrame of shape (contrasts, genes)
        Without genes that have no value in some contrast.

    Raises
    ------
    InputError
        If `stat` is not among its choices.
    StageError
        If the fit has no moderated statistics.

    See Also
    --------
    to_rnk : One contrast as a ranked list.

    Examples
    --------
    >>> import numpy as np, pylimma as pl
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> fit = pl.e_bayes(pl.lm_fit(y, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])))
    >>> pl.to_decoupler(fit).shape
    (2, 100)
    """
    check_moderated(fit, "to_decoupler")
    chosen, labels = contrast_positions(fit, coef), coefficient_labels(fit)
    rows = [_statistic(fit, at, stat) for at in chosen]
    frame = pd.DataFrame(rows, index=[labels[at] for at in chosen], columns=gene_names(fit))
    return frame.loc[:, frame.notna().all().to_numpy()]


def to_rnk(fit: MArrayLM, coef: Coef | None = None, by: str = "t") -> pd.Series:
    """Ranked list of the genes of one contrast, in the form that gseapy takes.

    Parameters
    ----------
    fit : MArrayLM
        From `e_bayes` or `treat`.
    coef : int or name, optional
        The contrast; the last one when not given.
    by : {"t", "log_fc", "b", "signed_log10_p"}
        What genes are ranked by, as in `to_decoupler`.

    Returns
    -------
    Series of shape (genes,)
        From the most increased gene to the most decreased, without genes that have no value; of
        genes with the same name the most extreme.

    Raises
    ------
    InputError
        If `by` is not among its choices.
    StageError
        If the fit has no moderated statistics.

    See Also
    --------
    to_decoupler : All contrasts at once.

    Examples
    --------
    >>> import numpy as np, pylimma as pl
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> fit = pl.e_bayes(pl.lm_fit(y, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])))
    >>> pl.to_rnk(fit, coef=1).is_monotonic_decreasing
    True
    """
    check_moderated(fit, "to_rnk")
    at = fit.shape[1] - 1 if coef is None else contrast_positions(fit, coef)[0]
    values = _statistic(fit, at, by)
    ranked = pd.Series(values, index=gene_names(fit), name=coefficient_labels(fit)[at]).dropna()
    ranked = ranked.iloc[np.argsort(-ranked.abs().to_numpy(), kind="stable")]
    ranked = ranked[~ranked.index.duplicated()]
    return ranked.iloc[descending(np.asarray(ranked, dtype=np.float64))]


def to_rank_genes_groups(
    fit: MArrayLM,
    adata: Any = None,
    coef: Coefs | None = None,
    *,
    key_added: str | None = None,
) -> dict[str, Any]:
    """Results in the structure that scanpy's functions for marker genes read.

    Parameters
    ----------
    fit : MArrayLM
        From `e_bayes` or `treat`.
    adata : AnnData, optional
        Where to store the structure, if `key_added` is given.
    coef : int, name, term or sequence of these, optional
        Contrasts, which take the place of groups; all but the intercept when not given.
    key_added : str, optional
        Key in ``adata.uns``; scanpy looks for "rank_genes_groups".

    Returns
    -------
    dict
        ``params`` and the record arrays ``names``, ``scores`` (moderated t),
        ``logfoldchanges``, ``pvals`` and ``pvals_adj``, with a field for each contrast and genes
        sorted by score.

    Raises
    ------
    StageError
        If the fit has no moderated statistics.
    InputTypeError
        If `key_added` is given and `adata` is not an AnnData.

    See Also
    --------
    fit_to_anndata : The tables of a fit beside its genes.

    Examples
    --------
    >>> import numpy as np, pylimma as pl
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> fit = pl.e_bayes(pl.lm_fit(y, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])))
    >>> pl.to_rank_genes_groups(fit, coef=1)["names"].dtype.names
    ('x2',)
    """
    check_moderated(fit, "to_rank_genes_groups")
    labels, genes = coefficient_labels(fit), np.asarray(gene_names(fit), dtype=object)
    columns: dict[str, dict[str, Any]] = {
        name: {} for name in ("names", "scores", "logfoldchanges", "pvals", "pvals_adj")
    }
    for at in contrast_positions(fit, coef):
        table = coefficient_results(fit, at, "BH")
        order = descending(table["t"].to_numpy())
        ranked, label = table.iloc[order], labels[at]
        columns["names"][label] = genes[order]
        columns["scores"][label] = ranked["t"].to_numpy(dtype=np.float32)
        columns["logfoldchanges"][label] = ranked["log_fc"].to_numpy(dtype=np.float32)
        columns["pvals"][label] = ranked["p_value"].to_numpy()
        columns["pvals_adj"][label] = ranked["adj_p_value"].to_numpy()
    result: dict[str, Any] = {
        "params": {
            "groupby": "contrast",
            "reference": "rest",
            "method": "limma",
            "use_raw": False,
            "corr_method": "benjamini-hochberg",
        }
    }
    result |= {name: _records(parts) for name, parts in columns.items()}
    if key_added is not None:
        check_anndata(adata)
        with writable(adata):
            adata.uns[text(key_added, "key_added")] = result
    return result


def to_deseq_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Table of results with the column names of DESeq2.

    Parameters
    ----------
    table : DataFrame
        From `top_table` or `tidy`.

    Returns
    -------
    DataFrame
        With `log2FoldChange`, `lfcSE`, `stat`, `pvalue` and `padj` as far as the table has them.
        `ave_expr` keeps its name: it is an average of logarithms, and `baseMean` of counts.

    Raises
    ------
    InputTypeError
        If `table` is not a DataFrame.

    See Also
    --------
    tidy : Has the standard errors.

    Examples
    --------
    >>> import pandas as pd, pylimma as pl
    >>> table = pd.DataFrame({"log_fc": [1.0], "p_value": [0.1], "adj_p_value": [0.1]})
    >>> list(pl.to_deseq_columns(table).columns)
    ['log2FoldChange', 'pvalue', 'padj']
    """
    if not isinstance(table, pd.DataFrame):
        raise InputTypeError(f"`table` must be a DataFrame; got {described(table)}.")
    return table.rename(columns=_DESEQ)


def coefficient_results(fit: MArrayLM, coef: int, adjust_method: AdjustMethod) -> pd.DataFrame:
    """Results of all genes for one coefficient, numbered from 0 and without annotation."""
    bare = pd.DataFrame(index=pd.RangeIndex(fit.shape[0]))
    return coefficient_table(fit, coef, bare, adjust_method)


def contrast_positions(fit: MArrayLM, coef: Coefs | None) -> list[int]:
    """Contrasts to export; None stands for all but the intercept, for all after `treat`."""
    if coef is None:
        return list(range(fit.shape[1])) if "treat_lfc" in fit else tested_coefs(fit).tolist()
    return select_coefs(fit, coef).tolist()


def _statistic(fit: MArrayLM, coef: int, stat: str) -> FloatArray:
    check_choice(stat, _STATISTICS, "stat")
    table = coefficient_results(fit, coef, "none")
    if stat == "signed_log10_p":
        log_p = log_p_values(fit, coef) / np.log(10)
        return np.asarray(-np.sign(table["log_fc"].to_numpy()) * log_p)
    if stat not in table:
        raise StageError("Log odds come with `e_bayes`, not with `treat`; choose another `stat`.")
    return table[stat].to_numpy(dtype=float)


def _records(columns: dict[str, Any]) -> Any:
    """Columns as one record array."""
    return np.rec.fromarrays(
        list(columns.values()), dtype=[(name, part.dtype) for name, part in columns.items()]
    )
