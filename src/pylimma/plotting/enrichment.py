"""Dot and bar plots of tested gene sets, a column for each contrast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize, to_rgb
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from pylimma import arguments
from pylimma.arguments import flag, text, whole
from pylimma.errors import (
    check_choice,
)
from pylimma.plotting.axes import (
    BLACK,
    BLUE,
    FAINT,
    GREEN,
    GREY,
    GRID,
    PALE,
    VERMILLION,
    Colors,
    axes_for,
    font_size,
    group_colors,
    styled,
)
from pylimma.plotting.legends import LegendPlace, dot, place_legend, shortened, tick_names
from pylimma.plotting.set_tables import WAYS, listed, parse_tests, top_sets
from pylimma.typing import BoolArray, FloatArray

_AREAS = (14.0, 150.0)  # of the smallest possible and the largest dot, in square points
_STRENGTH = (3.0, 10.0)  # -log10 FDR of the full colour: the largest, within these limits
_PALEST = 0.08  # share of the full colour at an FDR of 1
_LANE = 1.25  # width of the panel of a contrast, in longest bars
_LETTER, _ROW = 0.068, 0.21  # inches of a letter, and of a row
_LONG_LABEL = 8  # letters from which names of contrasts are turned
_SIGNIFICANCE = r"$-\log_{10}$ FDR"


@styled
def plot_sets(
    table: pd.DataFrame | Mapping[str, pd.DataFrame],
    kind: Literal["dot", "bar"] = "dot",
    number: int = 20,
    *,
    sets: Sequence[str] | str | None = None,
    contrasts: Sequence[str] | str | None = None,
    fdr: float = 0.05,
    mixed: bool = False,
    letters: int = 45,
    col: Colors | None = None,
    main: str | None = None,
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    r"""Dot plot or bar plot of the top gene sets, a column for each contrast.

    Parameters
    ----------
    table : DataFrame or dict of str to DataFrame
        Tested sets, a row for each or for each set and contrast, as `camera`, `fry` or `mroast`
        return them: `n_genes`, `p_value`, `fdr` and, where there are some, `direction` and
        `contrast`; or the lists of `kegga` or `goana`; or such a table for each contrast by name.
    kind : {"dot", "bar"}
        Dots, whose area shows the number of genes, or bars of significance.
    number : int
        How many sets are shown, those of the smallest p-values in any contrast.
    sets : str or sequence of str, optional
        Sets that are shown besides, whatever their p-values, at the top.
    contrasts : str or sequence of str, optional
        Contrasts to show, in this order; all by default.
    fdr : float
        False discovery rate below which a set is significant.
    mixed : bool
        Whether tests that ignore the direction are shown, from `p_value_mixed`.
    letters : int
        Longer names of sets are shortened in the middle.
    col : colour, colours or dict, optional
        Colours of the sets that are up and down, and of tests without a direction.
    main : str, optional
        Title; by default the contrast, where there is one.
    legend : str or bool
        Where the legend stands: "outside", a corner such as "topright", or False.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.scatter` or `Axes.barh`.

    Returns
    -------
    Axes
        Where it was drawn. The line below says how many sets are shown and significant.

    Raises
    ------
    InputTypeError
        If `table` is not a table.
    InputError
        If it lacks columns, names a set twice in a contrast, or for `fdr` outside 0 and 1.
    UnknownNameError
        If there is no such set or contrast.

    See Also
    --------
    barcodeplot : The genes of a single set.
    camera, fry, kegga : Tests of sets.

    Notes
    -----
    Dots of a single contrast stand at :math:`-\log_{10}` of their FDR; those of several are the
    darker, the more significant. Sets that are not significant are hollow or pale.

    Examples
    --------
    >>> import pandas as pd, pylimma
    >>> table = pd.DataFrame(
    ...     {"n_genes": [24, 8], "direction": ["Up", "Down"], "p_value": [1e-6, 0.4]},
    ...     index=["REPAIR", "GROWTH"],
    ... ).assign(fdr=[2e-6, 0.4])
    >>> pylimma.plot_sets(table).get_xlabel().splitlines()[1]
    '2 of 2 sets shown; 1 with FDR < 0.05'
    """
    check_choice(kind, ("dot", "bar"), "kind")
    fdr = arguments.number(fdr, "fdr", 0, 1, inside=True)
    tests = parse_tests(table, flag(mixed, "mixed"))
    columns = listed(contrasts, tests["contrast"].unique(), "contrasts") or [""]
    tests = tests[tests["contrast"].isin(columns)]
    shown = top_sets(tests, whole(number, "number", 0), sets)
    points = (
        tests[tests["set"].isin(shown)]
        .dropna(subset=["height"])
        .assign(
            row=lambda t: pd.Index(shown).get_indexer(pd.Index(t["set"])),
            column=lambda t: pd.Index(columns).get_indexer(pd.Index(t["contrast"])),
        )
    )
    look = _Look.of(points, col, fdr)
    names = shortened(shown, whole(letters, "letters", 5))
    ax = axes_for(ax, _size(names, columns, kind))
    draw: Any = _draw_bars if kind == "bar" else _draw_grid if len(columns) > 1 else _draw_line
    words = draw(ax, points, columns, look, kwargs)
    ax.set_yticks(np.arange(len(shown)), names)
    ax.set_ylim(max(len(shown), 1) - 0.4, -0.6)
    ax.set_xlabel("\n".join([*words, *_caption(tests, shown, columns, fdr)]))
    title = columns[0] if len(columns) == 1 else ""
    lanes = kind == "bar" and len(columns) > 1
    ax.set_title(title if main is None else text(main, "main"), pad=21 if lanes else 8)
    _explain(ax, points, look, legend, graded=draw is _draw_grid, sized=kind == "dot")
    return ax


@dataclass(frozen=True, slots=True)
class _Look:
    """What colours and sizes mean."""

    colors: dict[str, Any]  # full colour of each direction
    fdr: float  # below which a set is significant
    full: float  # -log10 FDR of the full colour
    most_genes: float  # number of genes of the largest dot

    @classmethod
    def of(cls, points: pd.DataFrame, col: Any, fdr: float) -> _Look:
        """Look of the sets that are shown."""
        default = dict(zip(WAYS, (VERMILLION, BLUE, GREEN), strict=True))
        given = {**default, **col} if isinstance(col, Mapping) else col
        full = float(np.clip(points["height"].max(), *_STRENGTH)) if len(points) else _STRENGTH[0]
        most = float(points["n_genes"].max()) if len(points) else 1.0
        return cls(group_colors(WAYS, default if col is None else given), fdr, full, most)

    def color(self, way: str, height: FloatArray) -> FloatArray:
        """Colours of sets of one direction by their significance."""
        share = _PALEST + (1 - _PALEST) * np.minimum(height / self.full, 1.0)
        full, white = np.array(to_rgb(self.colors[way])), np.ones(3)
        return white + np.atleast_1d(share)[:, None] * (full - white)

    def area(self, n_genes: Any) -> FloatArray:
        """Areas of dots, which grow with the root of the number of genes."""
        share = np.sqrt(np.asarray(n_genes, dtype=float) / max(self.most_genes, 1.0))
        return _AREAS[0] + (_AREAS[1] - _AREAS[0]) * share

    def significant(self, height: Any) -> BoolArray:
        """Which sets have an FDR below the limit."""
        return np.asarray(height > -np.log10(self.fdr))


def _size(names: list[str], columns: list[str], kind: str) -> tuple[float, float]:
    """Width and height of the figure, in inches."""
    text_width = _LETTER * max((len(name) for name in names), default=0)
    longest = _LETTER * max(len(name) for name in columns)
    if kind == "bar" or len(columns) == 1:
        panel, below = max(2.6 if len(columns) == 1 else 1.4, longest) * len(columns), 0.9
    else:
        panel, below = max(0.5 * len(columns), 1.4), 0.7 + min(longest, 2.0)
    return text_width + panel + 1.7, max(_ROW * len(names) + below, 3.4)


def _draw_line(
    ax: Axes, points: pd.DataFrame, _columns: list[str], look: _Look, style: dict[str, Any]
) -> list[str]:
    """Dots of a single contrast along their significance; returns the label of the axis."""
    ax.axvline(-np.log10(look.fdr), color=GREY, lw=0.8, ls="--", zorder=0.5)
    ax.grid(axis="y", color=GRID, lw=0.6)
    for way, part in points.groupby("way"):
        color = look.colors[str(way)]
        fill = np.where(look.significant(part["height"]), color, "white")
        dots: dict[str, Any] = {"s": look.area(part["n_genes"]), "c": fill, "edgecolors": color}
        ax.scatter(part["height"], part["row"], **{"linewidths": 1.0, "zorder": 2, **dots, **style})
    reach = max(points["height"].max() if len(points) else 0.0, -1.3 * np.log10(look.fdr))
    ax.set_xlim(-0.04 * reach, 1.08 * reach)
    return [_SIGNIFICANCE]


def _draw_grid(
    ax: Axes, points: pd.DataFrame, columns: list[str], look: _Look, style: dict[str, Any]
) -> list[str]:
    """Dots of several contrasts in columns, the darker the more significant."""
    ax.grid(color=GRID, lw=0.6)
    for way, part in points.groupby("way"):
        height = part["height"].to_numpy()
        edge = np.where(look.significant(height), BLACK, FAINT)
        options: dict[str, Any] = {
            "c": look.color(str(way), height),
            "edgecolors": edge,
            "linewidths": 0.8,
        }
        options |= {"s": look.area(part["n_genes"]), "zorder": 2, **style}
        ax.scatter(part["column"], part["row"], **options)
    turned = max(len(name) for name in columns) > _LONG_LABEL
    ax.set_xticks(range(len(columns)), tick_names(columns), rotation=90 if turned else 0)
    ax.set_xlim(-0.6, len(columns) - 0.4)
    return []


def _draw_bars(
    ax: Axes, points: pd.DataFrame, columns: list[str], look: _Look, style: dict[str, Any]
) -> list[str]:
    """Bars of significance in a panel for each contrast."""
    limit = -np.log10(look.fdr)
    reach = max(points["height"].max() if len(points) else 0.0, 1.3 * limit)
    lane = _LANE * reach
    for way, part in points.groupby("way"):
        for strong in (True, False):
            bars = part[look.significant(part["height"]) == strong]
            options = {"color": look.colors[str(way)], "alpha": 1.0 if strong else 0.35, **style}
            left = bars["column"] * lane
            ax.barh(bars["row"], bars["height"], left=left, **{"height": 0.72, **options})
    for row, column, height, n in zip(
        *(points[name] for name in ("row", "column", "height", "n_genes")), strict=True
    ):
        at = (column * lane + height, row)
        ax.annotate(
            f"{n:.0f}",
            at,
            (2, 0),
            textcoords="offset points",
            va="center",
            fontsize=font_size(6.5),
            color=GREY,
        )
    ticks = [t for t in MaxNLocator(3, integer=True).tick_values(0, reach) if 0 <= t <= reach]
    places = [k * lane + t for k in range(len(columns)) for t in ticks]
    ax.set_xticks(places, [f"{t:g}" for t in ticks] * len(columns))
    for k, name in enumerate(columns):
        ax.axvline(k * lane, color=BLACK, lw=0.8)
        ax.axvline(k * lane + limit, color=GREY, lw=0.8, ls="--", zorder=0.5)
        if len(columns) > 1:
            ax.annotate(
                name,
                (k * lane, 1),
                (0, 4),
                xycoords=ax.get_xaxis_transform(),
                textcoords="offset points",
                fontsize=8,
            )
    ax.set_xlim(0, lane * len(columns))
    ax.tick_params(axis="y", length=0)
    return [f"{_SIGNIFICANCE}; beside the bars: number of genes"]


def _caption(tests: pd.DataFrame, shown: list[str], columns: list[str], fdr: float) -> list[str]:
    """How many sets are shown, and how many are significant."""
    known = tests.dropna(subset=["log_p"])
    if known.empty:
        return ["no set was tested"]
    passed = known["set"][known["height"] > -np.log10(fdr)].nunique()
    number = f"{len(shown):,} of {tests['set'].nunique():,} sets shown"
    if lost := tests["set"].nunique() - known["set"].nunique():
        number += f", {lost:,} without p-value"
    significant = f"{passed:,} with FDR < {fdr:g}"
    if len(columns) == 1:
        return [f"{number}; {significant}"]
    return [f"{number};", f"{significant} in some contrast"]


def _explain(
    ax: Axes, points: pd.DataFrame, look: _Look, legend: Any, *, graded: bool, sized: bool
) -> None:
    """Legend of directions and sizes, and the scale of colours below it."""
    if points.empty or legend is False:
        return
    ways = [way for way in WAYS if way in set(points["way"])]
    marker, weak = "o" if sized else "s", f"FDR ≥ {look.fdr:g}"
    if graded:
        entries = [_outlined(f"FDR < {look.fdr:g}", BLACK, 6.0), _outlined(weak, FAINT, 6.0)]
        _draw_scale(ax, ways, look)
    else:
        entries = [dot(look.colors[way], way or f"FDR < {look.fdr:g}", marker) for way in ways]
        entries.append(_outlined(weak, GREY, 4.5) if sized else dot(PALE, weak, marker))
    if sized:
        sizes = np.unique(np.quantile(points["n_genes"], [0, 0.5, 1], method="nearest"))
        entries.append(dot("none", "Genes of the set"))
        entries += [_outlined(f"{n:.0f}", GREY, float(np.sqrt(look.area(n)))) for n in sizes]
    place_legend(ax, legend, handles=entries, labelspacing=0.6)


def _outlined(label: str, color: Any, diameter: float) -> Line2D:
    """Entry of a legend for a hollow dot."""
    return Line2D([], [], ls="", marker="o", ms=diameter, mfc="white", mec=color, label=label)


def _draw_scale(ax: Axes, ways: list[str], look: _Look) -> None:
    """Scale of colours in inches to the right of the axes, below the legend."""
    heights = np.linspace(0, look.full, 64)
    shades = [look.color(way, heights) for way in reversed(ways)]
    if len(ways) > 1:
        shades[0] = shades[0][::-1]
    low = -look.full if len(ways) > 1 else 0.0
    corner: Any = ax.transAxes
    place = ax.figure.dpi_scale_trans + ScaledTranslation(1, 0, corner)
    inside = ax.inset_axes((0.14, 0.02, 0.1, 0.9), transform=place)
    scale = ScalarMappable(Normalize(low, look.full), ListedColormap(np.concatenate(shades)))
    bar = ax.figure.colorbar(scale, cax=inside)
    ticks = np.asarray(MaxNLocator(4, integer=True).tick_values(low, look.full))
    ticks = ticks[(ticks >= low) & (ticks <= look.full)]
    bar.set_ticks(ticks.tolist(), labels=[f"{abs(t):g}" for t in ticks])
    bar.outline.set_linewidth(0.5)
    for at, way in zip((0.75, 0.25) if len(ways) > 1 else (0.5,), ways, strict=True):
        inside.annotate(
            way,
            (1, at),
            (20, 0),
            rotation=90,
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=font_size(8),
            va="center",
        )
    inside.set_title(_SIGNIFICANCE, fontsize=font_size(8), fontweight="normal", pad=5)
