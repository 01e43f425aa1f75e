"""Exons and junctions of one gene along the genome, coloured by differential usage."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from numpy.typing import ArrayLike

from pylimma.adapters.tables import as_pandas
from pylimma.arguments import described, text
from pylimma.containers.names import label_text
from pylimma.errors import InputError, InputTypeError
from pylimma.numerics.p_values import adjust_p_values
from pylimma.plotting.axes import PALE, axes_for, styled
from pylimma.plotting.legends import dot, place_legend
from pylimma.plotting.splice import (
    COLORS,
    LEGEND,
    MOST_TICKS,
    gene_position,
    gene_title,
    plot_choices,
    require_columns,
)
from pylimma.results.tables import Coef
from pylimma.splicing.diff_splice import SpliceFit
from pylimma.typing import BoolArray, FloatArray


@styled
def plot_exon_junc(
    fit: SpliceFit,
    coef: Coef | None = None,
    geneid: str | float | None = None,
    genecolname: str | None = None,
    fdr: float = 0.05,
    annotation: ArrayLike | pd.DataFrame | None = None,
    *,
    main: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    r"""Exons and junctions of one gene along the genome, coloured by differential usage.

    Exons are boxes and introns lines, of width :math:`\sqrt{\text{length}}`; junctions are arcs,
    above the line if they are used more, below if less, and higher if significant.

    Parameters
    ----------
    fit : SpliceFit
        From `diff_splice`, with exons and junctions; its annotation has the columns `Start`,
        `End`, `Length` and `Strand`, and junctions are of length 1.
    coef : int or name, optional
        Coefficient or contrast; the last one when not given.
    geneid : str or number, optional
        The gene; the first by F-test when not given.
    genecolname : str, optional
        Column of the genes' annotation in which `geneid` is looked up; by default that by which
        features were assigned to genes.
    fdr : float
        False discovery rate, over all features of the fit, below which a feature is coloured.
    annotation : DataFrame of shape (exons, columns), optional
        All exons, with the columns `GeneID`, `Start` and `End`, among them those that were
        filtered out; these are drawn in grey.
    main : str, optional
        Title; by default the gene and its strand.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        Where it was drawn. Exons are numbered from the gene's 5' end.

    Raises
    ------
    InputTypeError
        If `fit` is not from `diff_splice`, or `annotation` is not a table.
    UnknownNameError
        If there is no such coefficient or gene, or a column is missing.
    InputError
        If `fdr` is out of range, or the gene has no exons.

    See Also
    --------
    plot_splice : The changes in numbers.
    """
    at, fdr, _ = plot_choices(fit, "plot_exon_junc", coef, fdr, "Exon")
    gene = gene_position(fit, at, geneid, genecolname, 1)
    rows = np.arange(fit["gene_firstexon"][gene], fit["gene_lastexon"][gene] + 1)
    table = fit["genes"]
    require_columns(table, ("Start", "End", "Length", "Strand"), "the annotation of the fit")
    rate = adjust_p_values(fit["p_value"][:, at])[rows]
    change = fit["coefficients"][rows, at]
    state = np.where(rate < fdr, np.sign(change), 0)
    table = table.iloc[rows]
    start, end = (table[c].to_numpy(dtype=float) for c in ("Start", "End"))
    junction = table["Length"].to_numpy(dtype=float) == 1
    own = pd.DataFrame({"Start": start, "End": end, "color": [COLORS[int(s)] for s in state]})
    exons = own[~junction]
    if annotation is not None:
        exons = _with_filtered(exons, annotation, table[fit["genecolname"]].iloc[0])
    if exons.empty:
        raise InputError("The gene has no exons to draw: all its features are of length 1.")
    exons = exons.sort_values(["Start", "End"], kind="stable")
    scale = _genome_scale(exons, start[junction], end[junction])
    forward = str(table["Strand"].iloc[0]) == "+"
    ax = axes_for(ax, (7.0, 3.0))
    _draw_gene(ax, exons, scale, forward=forward)
    up = change[junction] >= 0
    significant = state[junction] != 0
    _draw_junctions(ax, scale, own[junction], up, significant)
    shown = [c for c in LEGEND if c in state]
    handles = [dot(COLORS[c], LEGEND[c], "s") for c in shown]
    if annotation is not None and (exons["color"] == PALE).any():
        handles.append(dot(PALE, "Filtered out", "s"))
    place_legend(ax, "outside", handles=handles)
    column = genecolname or fit["genecolname"]
    gene_row = fit["gene_genes"].iloc[gene]
    ax.set_title(
        text(main, "main") if main is not None else gene_title([gene_row[column]], table.iloc[0])
    )
    return ax


def _with_filtered(exons: pd.DataFrame, annotation: Any, gene: Any) -> pd.DataFrame:
    """Exons of the fit and those of an annotation that were filtered out."""
    every = as_pandas(annotation)
    if every is None:
        raise InputTypeError(f"`annotation` must be a table; got {described(annotation)}.")
    require_columns(every, ("GeneID", "Start", "End"), "`annotation`")
    every = every[every["GeneID"].map(label_text) == label_text(gene)]
    every = every[["Start", "End"]].astype(float).assign(color=PALE)
    return pd.concat([exons, every]).drop_duplicates(["Start", "End"])


class _Scale(NamedTuple):
    """Where positions of the genome stand along the axis: knots of a line in pieces."""

    position: FloatArray
    x: FloatArray

    def __call__(self, position: ArrayLike) -> FloatArray:
        return np.interp(np.asarray(position, dtype=float), self.position, self.x)


def _genome_scale(exons: pd.DataFrame, start: FloatArray, end: FloatArray) -> _Scale:
    """Scale on which every piece, exon or intron, has the width of its length's square root."""
    knots = np.unique(np.concatenate([exons["Start"].to_numpy() - 1, exons["End"].to_numpy()]))
    if start.size:  # junctions may reach beyond the exons
        knots = np.unique(
            np.concatenate([knots, [min(start.min() - 1, knots[0]), max(end.max(), knots[-1])]])
        )
    return _Scale(knots, np.append(0.0, np.cumsum(np.sqrt(np.diff(knots)))))


def _draw_gene(ax: Axes, exons: pd.DataFrame, scale: _Scale, *, forward: bool) -> None:
    """Line of the gene, boxes of its exons, numbers of exons and ends."""
    width = float(scale.x[-1])
    ax.add_patch(Rectangle((0, -0.02), width, 0.04, color=PALE, lw=0, zorder=1))
    left, right = scale(exons["Start"] - 1), scale(exons["End"])
    for a, b, color in zip(left, right, exons["color"], strict=True):
        ax.add_patch(Rectangle((a, -0.1), b - a, 0.2, color=color, lw=0, zorder=2))
    for x, end, side in (
        (0.0, "5'" if forward else "3'", -6),
        (width, "3'" if forward else "5'", 6),
    ):
        ax.annotate(end, (x, 0), (side, 0), textcoords="offset points", va="center",
                    ha="right" if side < 0 else "left")  # fmt: skip
    numbers = np.arange(1, len(exons) + 1)[:: 1 if forward else -1]
    every = -(-len(exons) // MOST_TICKS)
    ax.set_xticks(((left + right) / 2)[::every], [f"{k}" for k in numbers[::every]])
    ax.tick_params(axis="x", length=0)
    ax.set_xlabel("Exon, numbered from 5'")
    ax.set_xlim(-0.02 * width, 1.02 * width)
    ax.set_ylim(-0.7, 0.7)
    ax.set_yticks([-0.4, 0.4], ["used less", "used more"], rotation=90, va="center")
    ax.tick_params(axis="y", length=0)
    ax.spines[["left", "bottom"]].set_visible(False)


def _draw_junctions(
    ax: Axes, scale: _Scale, junctions: pd.DataFrame, up: BoolArray, significant: BoolArray
) -> None:
    """Arcs of junctions: above or below the gene by direction, higher if significant."""
    left, right = scale(junctions["Start"]), scale(junctions["End"])
    for a, b, color, above, strong in zip(
        left, right, junctions["color"], up, significant, strict=True
    ):
        side = 1 if above else -1
        base, peak = 0.11 * side, (0.6 if strong else 0.4) * side
        # the control point lies as far beyond the peak as the peak beyond the base
        arc = Path([(a, base), ((a + b) / 2, 2 * peak - base), (b, base)], [1, 3, 3])
        ax.add_patch(PathPatch(arc, fill=False, ec=color, lw=1.6, zorder=3))
