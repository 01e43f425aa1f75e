"""UpSet plots: sizes of the intersections of any number of sets [1]_.

References
----------
.. [1] Lex A et al. (2014). IEEE Trans Vis Comput Graph 20:1983.
   https://doi.org/10.1109/TVCG.2014.2346248
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from pylimma.arguments import whole
from pylimma.plotting.axes import BLUE, GREY, PALE, axes_for, font_size, styled
from pylimma.plotting.legends import tick_names
from pylimma.plotting.sets import set_counts, set_names, uncounted
from pylimma.typing import IntArray

_BARS, _ROW = 2.2, 0.24  # inches of the bars, and of a set below them
_GAP = 0.04  # of the axes' height, between bars and matrix


@styled
def plot_upset(
    object: ArrayLike,
    include: Literal["both", "up", "down"] = "both",
    names: Sequence[str] | None = None,
    number: int = 30,
    *,
    main: str = "",
    ax: Axes | None = None,
) -> Axes:
    """UpSet plot: how many genes are in exactly which sets, the largest intersections first.

    Parameters
    ----------
    object : TestResults, DataFrame or array of shape (genes, sets)
        Outcomes of tests, membership of sets, or what `venn_counts` returned.
    include : {"both", "up", "down"}
        Which outcomes put a gene into a set.
    names : sequence of shape (sets,), optional
        Names of the sets.
    number : int
        Greatest number of intersections shown; how many more there are stands in the plot.
    main : str
        Title.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        Where it was drawn; it holds the axes of the bars and of the matrix of sets.

    Raises
    ------
    InputError
        For more than 16 sets, another `include`, or a `number` below 1.
    ShapeError
        If `names` has another number of values.

    See Also
    --------
    venn_diagram : The same for up to five sets.
    venn_counts : The numbers.

    Notes
    -----
    Intersections are exclusive: a gene is counted once, in the intersection of all sets that it is
    in, as in a Venn diagram.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> sets = np.random.default_rng(1).integers(0, 2, (100, 6))
    >>> ax = pylimma.plot_upset(sets, number=10)
    >>> len(ax.child_axes[0].patches)
    10
    """
    table = set_counts(object, include)
    sets = set_names(table, names)
    inside, counts = table.to_numpy()[:, :-1].astype(bool), table["Counts"].to_numpy()
    order = np.lexsort((inside.sum(axis=1), -counts))
    order = order[(counts[order] > 0) & inside[order].any(axis=1)]
    shown = order[: whole(number, "number", 1)]
    width = max(3.6, 1.6 + 0.24 * len(shown))
    height = _BARS + _ROW * len(sets)
    ax = axes_for(ax, (width, height))
    ax.set_axis_off()
    share = _ROW * len(sets) / height
    bars = ax.inset_axes((0.0, share + _GAP, 1.0, 1.0 - share - _GAP))
    _draw_bars(bars, counts[shown])
    matrix = ax.inset_axes((0.0, 0.0, 1.0, share), sharex=bars)
    _draw_matrix(matrix, inside[shown], sets, [int(counts[there].sum()) for there in inside.T])
    left = len(order) - len(shown)
    if left:
        genes = counts[order[len(shown) :]].sum()
        note = f"{left:,} smaller intersections ({genes:,} genes) not shown"
        bars.annotate(
            note,
            (1, 1),
            xycoords="axes fraction",
            ha="right",
            va="top",
            fontsize=font_size(8),
            color=GREY,
        )
    words = ["Bars: each gene once (exclusive)", "Beside names: all of a set (inclusive)"]
    note = "\n".join([*words, *uncounted(object)])
    matrix.set_xlabel(note, fontsize=font_size(7), color=GREY, loc="right")
    ax.set_title(main)
    return ax


def _draw_bars(ax: Axes, counts: IntArray) -> None:
    """Sizes of the intersections."""
    x = np.arange(len(counts))
    ax.bar(x, counts, width=0.6, color=BLUE)
    for at, count in zip(x, counts, strict=True):
        ax.annotate(f"{count:,}", (at, count), (0, 2), textcoords="offset points", ha="center",
                    fontsize=font_size(7))  # fmt: skip
    ax.set_xlim(-0.6, max(len(counts), 1) - 0.4)
    ax.set_ylim(0, 1.12 * max(counts.max(initial=1), 1))
    ax.set_ylabel("Genes in exactly\nthese sets")
    ax.tick_params(axis="x", length=0, labelbottom=False)
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    ax.locator_params(axis="y", nbins=5, integer=True)
    if not len(counts):
        ax.text(0.5, 0.5, "No gene is in any set", transform=ax.transAxes, ha="center")


def _draw_matrix(matrix: Axes, inside: Any, sets: Sequence[str], totals: Sequence[int]) -> None:
    """Which sets make each intersection, below the bars."""
    rows = np.arange(len(sets))
    column, row = np.nonzero(inside)
    every = np.meshgrid(np.arange(len(inside)), rows)
    matrix.scatter(every[0], every[1], s=26, color=PALE, linewidths=0, alpha=0.5)
    for at, members in enumerate(inside):
        there = np.flatnonzero(members)
        matrix.plot([at, at], [there.min(), there.max()], color=BLUE, lw=1.5, zorder=2)
    matrix.scatter(column, row, s=26, color=BLUE, linewidths=0, zorder=3)
    labels = [f"{name} ({total:,})" for name, total in zip(tick_names(sets), totals, strict=True)]
    matrix.set_yticks(rows, labels)
    matrix.set_ylim(len(sets) - 0.5, -0.5)
    matrix.spines[["top", "right", "left", "bottom"]].set_visible(False)
    matrix.tick_params(length=0, labelbottom=False)
