"""The exons, transcripts or peptides of one gene by their fold changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pylimma.arguments import described, number, text, whole
from pylimma.containers.fit import MArrayLM
from pylimma.containers.names import label_text
from pylimma.errors import InputTypeError, UnknownNameError, nearest, quoted
from pylimma.numerics.p_values import adjust_p_values
from pylimma.plotting.axes import BLACK, BLUE, GREY, PALE, VERMILLION, axes_for, styled, zero_line
from pylimma.plotting.legends import add_note, counted, dot, place_legend, tick_names
from pylimma.results.tables import Coef, check_moderated, descending, select_coefs
from pylimma.splicing.diff_splice import SpliceFit
from pylimma.splicing.features import order_features
from pylimma.typing import FloatArray, IntArray

MOST_TICKS = 40  # labels of features that can be read beside each other
_MARKS = (16.0, 64.0)  # areas of significant features, by significance
_WIDE = (6.4, 3.6)
LEGEND = {1: "Up", -1: "Down", 0: "Not significant"}
COLORS = {1: VERMILLION, -1: BLUE, 0: BLACK}


@styled
def plot_splice(
    fit: SpliceFit,
    coef: Coef | None = None,
    geneid: str | float | None = None,
    genecolname: str | None = None,
    rank: int = 1,
    fdr: float = 0.05,
    xlab: str = "Exon",
    *,
    main: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Differential usage of one gene: the change of each feature against the gene's others.

    Parameters
    ----------
    fit : SpliceFit
        From `diff_splice`.
    coef : int or name, optional
        Coefficient or contrast; the last one when not given.
    geneid : str or number, optional
        The gene; that of `rank` when not given.
    genecolname : str, optional
        Column of the genes' annotation in which `geneid` is looked up, such as "Symbol"; by
        default that by which features were assigned to genes.
    rank : int
        Place of the gene by its F-test, from 1.
    fdr : float
        False discovery rate, over all features of the fit, below which a feature is marked.
    xlab : str
        What the features are: "Exon", "Transcript", "Peptide".
    main : str, optional
        Title; by default the gene, and its strand where it is known.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        Where it was drawn.

    Raises
    ------
    InputTypeError
        If `fit` is not from `diff_splice`.
    UnknownNameError
        If there is no such coefficient, gene or column.
    InputError
        If `rank` or `fdr` is out of range.

    See Also
    --------
    diff_splice, top_splice : The tests, and their table.
    plot_exons : The log fold changes themselves.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(size=(60, 6))
    >>> fit = pylimma.lm_fit(y, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]))
    >>> usage = pylimma.diff_splice(fit, geneid=np.repeat(np.arange(20), 3))
    >>> pylimma.plot_splice(usage, geneid=4).get_title(loc="left")
    '4'
    """
    at, fdr, xlab = plot_choices(fit, "plot_splice", coef, fdr, xlab)
    gene = gene_position(fit, at, geneid, genecolname, rank)
    rows = slice(int(fit["gene_firstexon"][gene]), int(fit["gene_lastexon"][gene]) + 1)
    change = fit["coefficients"][rows, at]
    rate = adjust_p_values(fit["p_value"][:, at])[rows]
    table = fit["genes"].iloc[rows]
    ax = axes_for(ax, _WIDE)
    _points(ax, change, rate, fdr)
    zero_line(ax)
    exons = fit.get("exoncolname")
    _feature_axis(ax, len(change), None if exons is None else table[exons], xlab)
    ax.set_ylabel(rf"$\log_2$ fold change vs. the gene's other {xlab.lower()}s")
    _note_missing(ax, rate)
    shown = fit["gene_genes"].iloc[gene]
    column = genecolname or fit["genecolname"]
    ax.set_title(text(main, "main") if main is not None else gene_title([shown[column]], shown))
    return ax


@styled
def plot_exons(
    fit: MArrayLM,
    coef: Coef | None = None,
    geneid: str | float | None = None,
    genecolname: str = "GeneID",
    exoncolname: str | None = None,
    rank: int = 1,
    fdr: float = 0.05,
    *,
    main: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Log fold changes of the exons of one gene, from an analysis of exons.

    Parameters
    ----------
    fit : MArrayLM
        From `e_bayes`, a row for each exon.
    coef : int or name, optional
        Coefficient or contrast; the last one when not given.
    geneid : str or number, optional
        The gene; that of `rank` when not given.
    genecolname : str
        Column of the annotation that names the gene.
    exoncolname : str, optional
        Column of the annotation by which exons are sorted and labelled, such as their start; in
        the order of the data when not given.
    rank : int
        Place of the gene by the smallest p-value of its exons, from 1.
    fdr : float
        False discovery rate, over all exons of the fit, below which an exon is marked.
    main : str, optional
        Title; by default the gene's identifiers and its strand, as far as they are known.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        Where it was drawn, with a dashed line at the gene's mean log fold change.

    Raises
    ------
    InputTypeError
        If `fit` is not a fit.
    StageError
        If the fit has no moderated statistics.
    UnknownNameError
        If there is no such coefficient, gene or column.
    InputError
        If `rank` or `fdr` is out of range.

    See Also
    --------
    plot_splice : Changes against the gene's other exons.
    """
    check_moderated(fit, "plot_exons")
    at, fdr, _ = plot_choices(fit, None, coef, fdr, "Exon")
    table = _annotation(fit, genecolname, exoncolname)
    p = fit["p_value"][:, at]
    if geneid is None:
        genes = pd.unique(table[genecolname].iloc[descending(-p)].dropna())
        geneid = genes[_rank(rank, len(genes))]
    rows = _matching(table[genecolname], geneid, genecolname)
    if exoncolname is not None:
        rows = rows[
            order_features(table[genecolname].iloc[rows], table[exoncolname].iloc[rows]).rows
        ]
    change = fit["coefficients"][rows, at]
    ax = axes_for(ax, _WIDE)
    _points(ax, change, adjust_p_values(p)[rows], fdr)
    ax.axhline(np.nanmean(change), color=GREY, lw=0.8, ls=(0, (4, 3)), zorder=0.5)
    _feature_axis(
        ax, len(rows), None if exoncolname is None else table[exoncolname].iloc[rows], "Exon"
    )
    ax.set_ylabel(r"$\log_2$ fold change")
    _note_missing(ax, p[rows])
    shown = table.iloc[rows[0]]
    naming = [c for c in table.columns if _names_gene(str(c), genecolname)]
    ax.set_title(text(main, "main") if main is not None else gene_title(shown[naming], shown))
    return ax


def plot_choices(
    fit: Any, function: str | None, coef: Coef | None, fdr: Any, xlab: Any
) -> tuple[int, float, str]:
    """Position of the coefficient, the rate, and the word for features."""
    if function is not None and not isinstance(fit, SpliceFit):
        raise InputTypeError(f"`{function}` needs a fit from `diff_splice`; got {described(fit)}.")
    at = fit.shape[1] - 1 if coef is None else int(select_coefs(fit, coef)[0])
    return at, number(fdr, "fdr", 0, 1), text(xlab, "xlab")


def _rank(rank: Any, n_genes: int) -> int:
    return whole(rank, "rank", 1, n_genes) - 1


def gene_position(
    fit: SpliceFit, coef: int, geneid: Any, genecolname: str | None, rank: Any
) -> int:
    """Position of a gene by identifier, or by the rank of its F-test."""
    table = fit["gene_genes"]
    column = fit["genecolname"] if genecolname is None else text(genecolname, "genecolname")
    require_columns(table, (column,), "the annotation of the genes")
    if geneid is not None:
        return int(_matching(table[column], geneid, column)[0])
    order = descending(-fit["gene_f_p_value"][:, coef])
    return int(order[_rank(rank, len(order))])


def require_columns(table: pd.DataFrame, columns: Sequence[Any], where: str) -> None:
    """Raise unless a table has some columns."""
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise UnknownNameError(f"{quoted(missing)} not in {where}; it has {quoted(table.columns)}.")


def _annotation(fit: MArrayLM, genecolname: Any, exoncolname: Any) -> pd.DataFrame:
    """Annotation of the exons with the columns asked for."""
    table = fit.get("genes")
    if table is None:
        raise UnknownNameError("The fit has no annotation: `plot_exons` needs each exon's gene.")
    wanted = [text(genecolname, "genecolname")]
    if exoncolname is not None:
        wanted.append(text(exoncolname, "exoncolname"))
    require_columns(table, wanted, "the annotation of the fit")
    return pd.DataFrame(table)


def _matching(labels: pd.Series, wanted: Any, column: str) -> IntArray:
    """Rows with an identifier, compared as text."""
    known = labels.map(label_text).to_numpy()
    found = np.flatnonzero(known == label_text(wanted))
    if not found.size:
        raise UnknownNameError(
            f"No gene '{wanted}' in column '{column}'; there are "
            f"{quoted(nearest(wanted, pd.unique(known)), 5)}."
        )
    return found


def _names_gene(column: str, genecolname: str) -> bool:
    """Whether a column of annotation names genes."""
    words = (genecolname.lower(), "geneid", "symbol")
    return any(word in column.lower() for word in words)


def gene_title(names: Any, row: pd.Series) -> str:
    """Identifiers of a gene, and its strand where a column tells it."""
    strand = next((row[c] for c in row.index if "strand" in str(c).lower()), None)
    shown = ", ".join(dict.fromkeys(label_text(name) for name in names if not pd.isna(name)))
    return shown if strand is None or pd.isna(strand) else f"{shown} ({strand})"


def _points(ax: Axes, change: FloatArray, rate: FloatArray, fdr: float) -> None:
    """Joined points of features, those marked whose rate is below the threshold."""
    x = np.arange(1, len(change) + 1)
    ax.plot(x, change, "-", color=PALE, lw=1.0, zorder=1)
    marked = rate < fdr
    ax.scatter(x[~marked], change[~marked], s=18, facecolors="white", edgecolors=BLACK, lw=0.8)
    ax.scatter(
        x[marked],
        change[marked],
        s=_mark_sizes(rate[marked]),
        color=[COLORS[int(sign)] for sign in np.sign(change[marked])],
        linewidths=0,
        zorder=3,
    )
    signs = [sign for sign in (1, -1) if sign in np.sign(change[marked])]
    handles = [dot(COLORS[sign], f"{LEGEND[sign]}, FDR < {fdr:g}") for sign in signs]
    if handles:
        place_legend(ax, handles=handles)


def _note_missing(ax: Axes, p: FloatArray) -> None:
    lost = int(np.isnan(p).sum())
    add_note(ax, counted(lost, "feature", "without p-value"))


def _mark_sizes(rate: FloatArray) -> FloatArray:
    """Areas of marks, linear in log rate from the least to the most significant."""
    with np.errstate(divide="ignore"):
        strength = -np.log10(np.maximum(rate, np.finfo(float).tiny))
    low, high = (strength.min(), strength.max()) if rate.size else (0.0, 0.0)
    share = np.full(rate.shape, 0.5) if high == low else (strength - low) / (high - low)
    return _MARKS[0] + share * (_MARKS[1] - _MARKS[0])


def _feature_axis(ax: Axes, n: int, labels: Any, word: str) -> None:
    """Features along the axis, by number or by label, as many as can be read."""
    ax.set_xlim(0.5, n + 0.5)
    ticks = np.arange(1, n + 1)[:: -(-n // MOST_TICKS)]
    if labels is None:
        ax.set_xticks(ticks)
        ax.set_xlabel(word)
        return
    names = tick_names(label_text(labels.iloc[tick - 1]) for tick in ticks)
    upright = max(map(len, names)) * len(names) > MOST_TICKS
    ax.set_xticks(ticks, names, rotation=90 if upright else 0)
    ax.set_xlabel(
        word if str(labels.name).lower().startswith(word.lower()) else f"{word}, {labels.name}"
    )
