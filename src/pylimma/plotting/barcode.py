"""Barcode plots: where the genes of a set stand among all genes ranked by a statistic.

Genes stand at their ranks. Above the band of all genes are the bars of the set, and above these
its local enrichment, the worm; a second set is the mirror image below the band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned, per_gene
from pylimma.arguments import flag, number, sequence, text, vector
from pylimma.containers.coefficients import coefficient_labels
from pylimma.containers.fit import MArrayLM
from pylimma.containers.names import names_of
from pylimma.errors import InputError, InputWarning, Note, ShapeError, quoted, warn
from pylimma.numerics.smoothing.moving_average import tricube_moving_average
from pylimma.plotting.axes import (
    BLACK,
    BLUE,
    GREY,
    GRID,
    PALE_BLUE,
    PALE_VERMILLION,
    VERMILLION,
    Colors,
    axes_for,
    group_colors,
    styled,
)
from pylimma.plotting.labels import gene_names_of, genes_of_set
from pylimma.plotting.legends import add_note, counted
from pylimma.results.tables import Coef, select_coefs
from pylimma.typing import FloatArray, IntArray

_BAND, _WORM = 0.5, (1.2, 2.1)  # heights of half the band, and of the worm
_SHIFT = 0.15  # by which weighted bars stand off the band
_SHADES = (PALE_BLUE, GRID, PALE_VERMILLION)  # low tail, middle, high tail
_ROOM = 0.06  # beyond the outermost lane
_LINE = 13.0  # points of a line of text
_N_TICKS = 11  # deciles of the statistic
_NEAR_ONE = 1.35  # a maximum of the worm below leaves no room to write 1


@styled
def barcodeplot(
    statistics: MArrayLM | ArrayLike,
    index: ArrayLike | None = None,
    index2: ArrayLike | None = None,
    gene_weights: ArrayLike | None = None,
    weights_label: str = "Weight",
    labels: Sequence[str] = ("Down", "Up"),
    quantiles: Sequence[float] = (-np.sqrt(2), np.sqrt(2)),
    col_bars: Colors | None = None,
    alpha: float = 0.4,
    worm: bool = True,
    span_worm: float = 0.45,
    xlab: str | None = None,
    *,
    coef: Coef | None = None,
    set_names: Sequence[str] | str | None = None,
    main: str = "",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Barcode plot: the genes of one or two sets among all genes ranked by a statistic.

    Parameters
    ----------
    statistics : MArrayLM, Series or array of shape (genes,)
        What ranks the genes: t-statistics of a fit, or any numbers. Missing ones are excluded.
    index : sequence of names or positions, or booleans of shape (genes,), optional
        Genes of the set; names are those of the Series or of the genes of the fit.
    index2 : sequence of names or positions, or booleans of shape (genes,), optional
        Genes of a second set, often those that are expected to be down. Genes of both sets are
        shown in the second alone.
    gene_weights : sequence of shape (genes of the set,) or (genes,), optional
        Weights, which give lengths to the bars: one for each gene of `index` (a Series is matched
        by name), or of all genes without `index`, where 0 is not in the set. Genes of negative
        weights make a second set.
    weights_label : str
        What the weights are.
    labels : two str
        Names of the low and the high end.
    quantiles : two float
        Statistics below the first and above the second are shaded as tails.
    col_bars : colour or two colours, optional
        Colours of the bars of each set.
    alpha : float
        Opacity of bars within the band where they are weighted, 0.1 to 1.
    worm : bool
        Whether the local enrichment is drawn: 1 is what chance gives.
    span_worm : float
        Share of all genes in each window of the moving average.
    xlab : str, optional
        Label of the axis; by default "Statistic", or "Moderated t-statistic" of a fit.
    coef : int or name, optional
        Coefficient of a fit; by default the only one beside an intercept.
    set_names : str or sequence of str, optional
        Names of the sets, written above with their numbers of genes.
    main : str
        Title.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.vlines` for the bars.

    Returns
    -------
    Axes
        Where it was drawn. Along it are ranks, labelled by the deciles of the statistic.

    Raises
    ------
    InputError
        For no finite statistics, missing weights or weights that are all 0, reversed `quantiles`,
        a fit of several coefficients without `coef`, or neither `index` nor `gene_weights`.
    ShapeError
        If `gene_weights` fits neither the set nor all genes, or a mask has another length.
    UnknownNameError
        If no gene of a set is known, or a position is out of range.
    StageError
        If a fit has no t-statistics yet.

    Warns
    -----
    InputWarning
        If `gene_weights` are ignored beside `index2`.
    Note
        If some genes of a set are unknown or have no statistic.

    See Also
    --------
    volcanoplot : All genes of a fit.

    Notes
    -----
    The worm is the `tricube_moving_average` of membership, or of absolute weights, over its mean.

    Examples
    --------
    >>> import pandas as pd, pylimma
    >>> t = pd.Series([2.1, -0.3, 1.4, -2.5], index=["TP53", "MYC", "CDKN1A", "ACTB"])
    >>> ax = pylimma.barcodeplot(t, ["TP53", "CDKN1A"], set_names="p53 targets")
    >>> ax.texts[-1].get_text()
    'p53 targets (2 genes)'
    """
    values, genes, label = _statistics(statistics, coef)
    weight = _signed_weights(index, index2, gene_weights, len(values), genes)
    tails, ends = vector(quantiles, "quantiles", 2), sequence(labels, "labels")
    if not tails[0] <= tails[1]:
        raise InputError(f"`quantiles` must be ascending; got {tails[0]:g} and {tails[1]:g}.")
    if len(ends) != 2:
        raise ShapeError(f"`labels` has {len(ends)} values; the two ends need one each.")
    alpha = float(np.clip(number(alpha, "alpha"), 0.1, 1.0))
    worm, span_worm = flag(worm, "worm"), number(span_worm, "span_worm", 0, 1)
    ranked, weight = _in_order(values, weight)
    lost = len(values) - len(ranked)
    lanes = _lanes(weight, col_bars, alpha)
    two = len(lanes) > 1
    ax = axes_for(ax, (5.6, 4.4 if two else 3.6) if worm else (5.6, 3.0 if two else 2.4))
    crowd = max(1, *(lane.ranks.size for lane in lanes))
    style = {"linewidth": float(np.clip(40 / crowd, 0.2, 1.4)), **kwargs}
    _draw_band(ax, ranked, tails, ends, lanes)
    ticks: dict[float, str] = {}
    for lane in lanes:
        ticks |= _draw_bars(ax, lane, text(weights_label, "weights_label"), style)
        if worm:
            ticks |= _draw_worm(ax, lane, span_worm)
    above = 0.0 if set_names is None else _name_sets(ax, lanes, set_names)
    ax.set_title(main, pad=8 + above)
    ax.set_ylim(*_limits(lanes, _WORM[1] if worm else 2 * _BAND))
    _finish(ax, ranked, ticks, label if xlab is None else text(xlab, "xlab"))
    add_note(ax, counted(lost, "gene", "without statistic"))
    return ax


@dataclass(frozen=True, slots=True)
class _Lane:
    """One set: its bars and its worm, above the band or below it."""

    side: int  # 1 above the band, -1 below it
    weights: FloatArray  # (genes in order of the statistic,) absolute weights, 0 outside the set
    largest: float  # largest weight of both sets
    weighted: bool  # whether bars differ in length
    hangs: bool  # whether the bars of a single set hang down, since its weights are negative
    color: Any  # of bars and worm
    alpha: float  # opacity of bars within the band

    @property
    def ranks(self) -> IntArray:
        """Ranks of the genes of the set, from 1."""
        return np.flatnonzero(self.weights) + 1

    @property
    def shift(self) -> float:
        """By how much bars stand off the band."""
        return _SHIFT if self.weighted else 0.0


def _statistics(statistics: Any, coef: Any) -> tuple[FloatArray, pd.Index | None, str]:
    """Statistic of each gene, the names of the genes, and what the statistic is."""
    if not isinstance(statistics, MArrayLM):
        values = vector(statistics, "statistics")
        if np.isinf(values).any():
            raise InputError(f"`statistics` has {np.isinf(values).sum()} infinite values.")
        return values, gene_names_of(statistics), "Statistic"
    t = statistics.require("t", "barcodeplot")
    at = select_coefs(statistics, coef)
    if at.size != 1:
        known = quoted(coefficient_labels(statistics))
        raise InputError(f"Choose one coefficient by `coef`; the fit has {known}.")
    return t[:, at[0]], statistics.row_names, "Moderated t-statistic"


def _signed_weights(
    index: Any, index2: Any, gene_weights: Any, n_genes: int, names: pd.Index | None
) -> FloatArray:
    """Weight of each gene: positive in the first set, negative in the second, 0 in none."""
    weight = np.zeros(n_genes)
    if index is None and index2 is None:
        if gene_weights is None:
            raise InputError("Give the genes of a set as `index`, or `gene_weights` of all genes.")
        every = per_gene(gene_weights, n_genes, names, "gene_weights")
        return _weights(every, n_genes, "gene")
    if index2 is not None and gene_weights is not None:
        warn("`gene_weights` are ignored where `index2` gives a second set.", InputWarning)
    if index is not None:
        place, given, labels = genes_of_set(index, n_genes, names, "index")
        weight[place] = 1.0
        if index2 is None and gene_weights is not None:
            of_set = aligned(gene_weights, names_of(labels), "genes", "gene_weights")
            weight[place] = _weights(of_set, len(labels), "gene of the set")[given]
    if index2 is not None:
        weight[genes_of_set(index2, n_genes, names, "index2")[0]] = -1.0
    return weight


def _weights(values: Any, size: int, one_for: str) -> FloatArray:
    """Weights that are all known and not all 0."""
    weights = vector(values, "gene_weights", size, one_for, finite=True)
    if not weights.any():
        raise InputError("`gene_weights` are all 0, so no gene is in the set.")
    return weights


def _in_order(values: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Statistics and weights in ascending order of the statistics, without missing ones."""
    known = ~np.isnan(values)
    if not known.any():
        raise InputError("`statistics` has no value to show.")
    if lost := np.count_nonzero(weight[~known]):
        warn(f"{lost} genes of the sets have no statistic and are not shown.", Note)
    if not weight[known].any():
        warn("No gene of the sets is shown.", Note)
    order = np.argsort(values[known], kind="stable")
    return values[known][order], weight[known][order]


def _lanes(weight: FloatArray, colors: Any, alpha: float) -> list[_Lane]:
    """The sets to draw: one above the band, or a second below it."""
    sizes = np.abs(weight)
    used = sizes[sizes > 0]
    largest = float(used.max(initial=0.0))
    weighted = bool(used.size and used.min() < largest)
    signs = [sign for sign in (1, -1) if (weight * sign > 0).any()] or [1]
    default = [VERMILLION, BLUE] if len(signs) > 1 else [BLACK]
    color = group_colors(range(len(signs)), default if colors is None else colors)
    return [
        _Lane(
            side=1 if len(signs) == 1 else sign,
            weights=np.where(weight * sign > 0, sizes, 0.0),
            largest=largest,
            weighted=weighted,
            hangs=len(signs) == 1 and sign < 0 and weighted,
            color=color[k],
            alpha=alpha if weighted else 1.0,
        )
        for k, sign in enumerate(signs)
    ]


def _draw_band(
    ax: Axes, ranked: FloatArray, tails: FloatArray, ends: list[Any], lanes: list[_Lane]
) -> None:
    """Band of all genes, shaded in the tails, with the names of its ends."""
    bottom, top = _band(lanes)
    cuts = [0, np.searchsorted(ranked, tails[0]), np.searchsorted(ranked, tails[1], "right")]
    edges = np.array([*cuts, ranked.size]) + 0.5
    for start, end, color in zip(edges[:-1], edges[1:], _SHADES, strict=True):
        ax.fill_between([start, end], bottom, top, color=color, lw=0, zorder=0.5)
    for side, (word, shift) in enumerate(zip(ends, (-5, 5), strict=True)):
        ax.annotate(
            str(word), (side, (bottom + top) / 2), (shift, 0), xycoords=ax.get_yaxis_transform(),
            textcoords="offset points", rotation=90, va="center", ha="left" if side else "right",
        )  # fmt: skip


def _band(lanes: list[_Lane]) -> tuple[float, float]:
    """Lower and upper edge of the band."""
    if len(lanes) > 1:
        return -_BAND, _BAND
    return (_BAND, 2 * _BAND) if lanes[0].hangs else (0.0, _BAND)


def _limits(lanes: list[_Lane], top: float) -> tuple[float, float]:
    """Lower and upper limit of the picture, with a little room."""
    shift = lanes[0].shift
    if lanes[0].hangs:
        return -shift - _ROOM, top + _ROOM
    top += shift + _ROOM
    return -top if len(lanes) > 1 else -_ROOM, top


def _draw_bars(ax: Axes, lane: _Lane, name: str, style: dict[str, Any]) -> dict[float, str]:
    """Bars of a set within the band and beside it, and the ticks of their weights."""
    inside = np.array([_BAND, 2 * _BAND] if lane.hangs else [0.0, _BAND]) * lane.side
    base = _BAND - lane.shift if lane.hangs else lane.side * (_BAND + lane.shift)
    reach = _BAND * (-1 if lane.hangs else lane.side)
    length = lane.weights[lane.ranks - 1] / (lane.largest or 1.0)
    options = {"color": lane.color, **style}
    ax.vlines(lane.ranks, *inside, **{"alpha": lane.alpha, **options})
    ax.vlines(lane.ranks, base, base + reach * length, **options)
    if not lane.weighted:
        return {}
    _name_axis(ax, base, base + reach, name)
    sign = "\N{MINUS SIGN}" if lane.hangs or lane.side < 0 else ""
    return {base: "0", base + reach: f"{sign}{lane.largest:.2g}"}


def _draw_worm(ax: Axes, lane: _Lane, span: float) -> dict[float, str]:
    """Local enrichment of a set along the ranks, and the ticks of its axis."""
    if not lane.ranks.size:
        ax.annotate("no gene of the set", (0.5, 0.7), xycoords="axes fraction", ha="center")
        return {}
    # membership smoothed over its mean: 1 is the density expected by chance
    enrichment = tricube_moving_average(lane.weights, span) / lane.weights.mean()
    shift = 0.0 if lane.hangs else lane.shift
    bottom, top = (lane.side * (edge + shift) for edge in _WORM)
    scale = (top - bottom) / enrichment.max()
    ranks = np.arange(1, enrichment.size + 1)
    ax.axhline(bottom + scale, color=GREY, lw=0.8, ls="--", zorder=0.6)
    ax.plot(ranks, bottom + scale * enrichment, color=lane.color, lw=1.6)
    _name_axis(ax, bottom, top, "Enrichment")
    one = {bottom + scale: "1"} if enrichment.max() > _NEAR_ONE else {}
    return {bottom: "0", **one, top: f"{enrichment.max():.2g}"}


def _name_axis(ax: Axes, start: float, end: float, name: str) -> None:
    """Vertical axis of a lane, and what it shows."""
    across = ax.get_yaxis_transform()
    ax.plot([0, 0], [start, end], color=BLACK, lw=0.8, transform=across, clip_on=False)
    ax.annotate(
        name, (0, (start + end) / 2), (-30, 0), xycoords=across, textcoords="offset points",
        rotation=90, va="center", ha="right",
    )  # fmt: skip


def _finish(ax: Axes, ranked: FloatArray, ticks: dict[float, str], xlab: str) -> None:
    """Axes of ranks, labelled by deciles of the statistic, and of the lanes."""
    share = np.linspace(0, 1, min(_N_TICKS, ranked.size))
    ax.set_xticks(1 + share * (ranked.size - 1), _short(np.quantile(ranked, share)))
    ax.set_yticks(list(ticks), list(ticks.values()))
    ax.spines["left"].set_visible(False)
    ax.set(xlim=(0.5, ranked.size + 0.5), xlabel=xlab)


def _short(values: FloatArray) -> list[str]:
    """Numbers with as few decimals as tell them apart."""
    span = float(np.ptp(values)) or 1.0
    decimals = max(0, 1 - int(np.floor(np.log10(span))))
    for more in range(3):
        texts = [f"{value:.{decimals + more}f}" for value in values]
        if len(set(texts)) == len(texts):
            break
    plain = [text.lstrip("-") if float(text) == 0 else text for text in texts]
    return [text.replace("-", "\N{MINUS SIGN}") for text in plain]


def _name_sets(ax: Axes, lanes: list[_Lane], names: Any) -> float:
    """Names of the sets above the plot in their colours, and the points that they take."""
    given = [names] if isinstance(names, str) else sequence(names, "set_names")
    if len(given) != len(lanes):
        raise ShapeError(f"`set_names` has {len(given)} values; {len(lanes)} sets are shown.")
    for above, (lane, name) in enumerate(reversed(list(zip(lanes, given, strict=True)))):
        ax.annotate(
            f"{name} ({lane.ranks.size:,} genes)", (0, 1), (0, 6 + _LINE * above),
            xycoords="axes fraction", textcoords="offset points", color=lane.color,
        )  # fmt: skip
    return _LINE * len(given)
