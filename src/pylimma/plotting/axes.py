"""The look that all pictures share: axes, points and colours of groups."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, ParamSpec, TypeAlias, TypeVar

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import is_color_like
from matplotlib.text import Text
from matplotlib.typing import ColorType, MarkerType
from numpy.typing import ArrayLike

from pylimma.adapters.labels import sample_labels
from pylimma.arguments import described, texts
from pylimma.errors import InputError, InputTypeError, PylimmaError, check_choice, quoted
from pylimma.typing import AnyArray, FloatArray

P = ParamSpec("P")
R = TypeVar("R")

Colors: TypeAlias = ColorType | Sequence[ColorType] | Mapping[Any, ColorType]
"""One colour, several, or one for each group by name."""

Markers: TypeAlias = MarkerType | Sequence[MarkerType]
"""One marker of Matplotlib, or several."""

# Colours that people with any colour vision tell apart (Okabe & Ito 2008).
BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, YELLOW, BLACK = "#E69F00", "#56B4E9", "#F0E442", "#222222"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK, YELLOW)
GREY = "#9A9A9A"
PALE = "#BDBDBD"
PLAIN, FAINT, BLANK, GRID = "#444444", "#C4C4C4", "#E0E0E0", "#E8E8E8"  # from dark to light
PALE_BLUE, PALE_VERMILLION = "#B5D6EA", "#F6CBB0"

POINTS_WIDE = (5.4, 3.8)
RASTER_FROM = 1000  # more points than this are drawn as pixels, so that files stay small
_LISTS = (list, tuple, np.ndarray, pd.Series)  # a value for each point
_LONG_TITLE = 40  # letters from which it may break
CROWDED_FROM = 2000  # more points than this are paler where they are dense
_CELLS, _CELL_AREA = (96, 64), 16.0  # cells in which points are counted, and square points of one
_DARKEST = 2.0  # opaque points that lie on each other in the densest place
_STEPS, _PALEST = 1.0, 0.02  # steps of opacity for each half of it, and the smallest

LOOK: Any = {
    "font.size": 9,
    "axes.titlepad": 8.0,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.width": 0.8,
    "ytick.major.width": 0.8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "legend.borderaxespad": 0.0,
    "legend.handletextpad": 0.4,
    "lines.linewidth": 1.5,
    "figure.dpi": 120,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
}

_TEXTS = [name for name in LOOK if name.endswith("size")]
_LINES = ["axes.linewidth", "lines.linewidth", "xtick.major.width", "ytick.major.width"]
# Factors of the width of figures, of texts and of lines. On paper the usual figure fills a column
# of 89 mm with texts of 7 points, as journals want them.
_SCALES = {"screen": (1.0, 1.0, 1.0), "paper": (3.5 / POINTS_WIDE[0], 7 / 9, 0.75)}
_STYLE = ContextVar("_STYLE", default="screen")

# What Matplotlib raises for colours, markers and other keywords that it does not know.
_REFUSALS = (AttributeError, LookupError, OverflowError, RuntimeError, TypeError, ValueError)


@contextmanager
def style(name: Literal["screen", "paper"] = "paper") -> Iterator[None]:
    """Draw in another size while the context lasts; nothing is changed globally.

    Parameters
    ----------
    name : {"paper", "screen"}
        "paper" makes new figures as wide as a column of a journal, 89 mm for most, with texts of
        6 to 8 points and thinner lines; "screen" is the default of all pictures.

    Yields
    ------
    None

    Raises
    ------
    InputError
        For another name.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> with pylimma.plotting.style("paper"):
    ...     ax = pylimma.plot_mds(y)
    >>> round(float(ax.figure.get_size_inches()[0]), 2)
    3.5
    """
    check_choice(name, _SCALES, "name")
    token = _STYLE.set(name)
    try:
        yield
    finally:
        _STYLE.reset(token)


def inches(*sizes: float) -> tuple[float, ...]:
    """Lengths of a figure in the style of the moment."""
    return tuple(_SCALES[_STYLE.get()][0] * size for size in sizes)


def font_size(size: float) -> float:
    """Size of text, in points, in the style of the moment."""
    return _SCALES[_STYLE.get()][1] * size


def _look() -> Any:
    """Settings of Matplotlib in the style of the moment."""
    _, text, line = _SCALES[_STYLE.get()]
    scaled = {name: LOOK[name] * text for name in _TEXTS}
    return {**LOOK, **scaled, **{name: LOOK[name] * line for name in _LINES}}


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Draw with the shared look, and leave the user's settings as they were."""

    @functools.wraps(function)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(_look()):
            try:
                result = function(*args, **kwargs)
            except _REFUSALS as error:
                if isinstance(error, PylimmaError) or not _by_matplotlib(error):
                    raise
                raise InputError(f"Matplotlib cannot draw this: {error}") from error
        _wrap_title(result)
        return result

    return drawn


def _wrap_title(ax: Any) -> None:
    """Let a long title break into lines where it would leave the figure."""
    title = ax.get_title(loc="left") if isinstance(ax, Axes) else ""
    if len(title) > _LONG_TITLE:
        for text in ax.get_children():
            if isinstance(text, Text) and text.get_text() == title:
                text.set_wrap(True)


def _by_matplotlib(error: BaseException) -> bool:
    """Whether an error was raised by Matplotlib, or below it."""
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_globals["__name__"].startswith("matplotlib.") for frame, _ in frames)


def axes_for(ax: Axes | None, size: tuple[float, float] = POINTS_WIDE) -> Axes:
    """Return the given axes without their upper and right border, or new axes."""
    if ax is None:
        return plt.subplots(figsize=inches(*size), layout="constrained")[1]
    check_axes(ax)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def scatter(ax: Axes, x: AnyArray, y: AnyArray, opacity: float = 1.0, **style: Any) -> None:
    """Points without borders; many are drawn as pixels, the paler the closer they lie.

    `opacity` is that of points by themselves; `alpha` is taken as it is, for all points.
    """
    style = {"s": 6, "linewidths": 0, "rasterized": len(x) > RASTER_FROM, **style}
    plain = "alpha" in style or any(isinstance(v, _LISTS) for v in style.values())
    if plain or len(x) <= CROWDED_FROM:
        ax.scatter(x, y, **{"alpha": opacity, **style})
        return
    alpha = crowd_alpha(np.asarray(x, float), np.asarray(y, float), style["s"], opacity)
    for level in np.unique(alpha):
        here = alpha == level
        ax.scatter(x[here], y[here], alpha=float(level), **style)


def crowd_alpha(x: FloatArray, y: FloatArray, area: float, opacity: float) -> FloatArray:
    """Opacity of each point, in steps: `opacity` where it is alone, less where others cover it.

    The points in the densest place together stay below the ink of _DARKEST opaque ones.
    """
    known = np.isfinite(x) & np.isfinite(y)
    alpha = np.full(x.shape, opacity)
    if not known.any():
        return alpha
    number, *edges = np.histogram2d(x[known], y[known], bins=_CELLS)
    row, column = (
        np.clip(np.searchsorted(edge, values[known], side="right") - 1, 0, edge.size - 2)
        for edge, values in zip(edges, (x, y), strict=True)
    )
    cover = number * area / _CELL_AREA  # points that cover a place
    # opacity (1 + cover)^-fall, such that cover times opacity is _DARKEST at the largest cover
    fall = np.clip(np.log(max(cover.max() * opacity / _DARKEST, 1)) / np.log1p(cover.max()), 0, 1)
    steps = np.round(_STEPS * fall * np.log2(1 + cover[row, column]))
    alpha[known] = np.maximum(opacity * 2 ** (-steps / _STEPS), _PALEST)
    return alpha


def limits_of(values: Sequence[FloatArray]) -> tuple[float, float]:
    """Limits around all finite values, 4 % wider at each end, as R has them."""
    known = np.concatenate([part[np.isfinite(part)].ravel() for part in values])
    low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
    margin = 0.04 * (high - low) or 0.5
    return float(low - margin), float(high + margin)


def size_for(n_points: int) -> float:
    """Area of a point, in square points, for their number."""
    return float(np.clip(300 / np.sqrt(max(n_points, 1)), 2.5, 16.0))


def group_colors(levels: Sequence[Any], col: Colors | None = None) -> dict[Any, Any]:
    """Colour of each group: from a mapping, from colours used in turn, or from the palette."""
    if isinstance(col, Mapping | pd.Series):
        known = {str(level): color for level, color in col.items()}
        missing = [level for level in levels if str(level) not in known]
        if missing:
            raise InputError(f"`col` has no colour for {quoted(missing)}; it has {quoted(known)}.")
        return {level: known[str(level)] for level in levels}
    if col is None and len(levels) > len(PALETTE):
        shades = mpl.colormaps["turbo"](np.linspace(0.05, 0.95, len(levels)))
        return dict(zip(levels, shades, strict=True))
    colors = list(PALETTE) if col is None else color_list(col, "col")
    return {level: colors[k % len(colors)] for k, level in enumerate(levels)}


def as_list(value: Any) -> list[Any]:
    """Return one value, or several, as a list; text and tuples of numbers are one colour."""
    if isinstance(value, str) or (
        isinstance(value, tuple) and not isinstance(next(iter(value), ""), str)
    ):
        return [value]
    several = isinstance(value, Iterable) and getattr(value, "ndim", 1) != 0
    return list(value) if several else [value]


def color_list(col: Any, argument: str) -> list[Any]:
    """One colour, or several, as a list."""
    colors = as_list(col)
    if not colors or not all(is_color_like(color) for color in colors):
        raise InputTypeError(f"`{argument}` must be colours of Matplotlib; got {described(col)}.")
    return colors


def groups_of(
    group: ArrayLike, n_samples: int, argument: str = "group", names: pd.Index | None = None
) -> tuple[AnyArray, list[Any]]:
    """Group of each sample as text, matched by name, and the groups in their order."""
    labels = texts(sample_labels(group, n_samples, names, argument), argument)
    order = getattr(getattr(group, "array", group), "categories", None)
    levels = sorted(set(labels)) if order is None else [str(c) for c in order if str(c) in labels]
    return labels, levels


def zero_line(ax: Axes, *, upright: bool = False) -> None:
    """Thin line at no difference."""
    line = ax.axvline if upright else ax.axhline
    line(0, color=GREY, lw=0.8, zorder=0.5)


def threshold_lines(ax: Axes, size: float | None, *, upright: bool = False) -> None:
    """Dashed lines at a change in either direction, if there is a threshold."""
    line = ax.axvline if upright else ax.axhline
    for at in () if size is None else (-size, size):
        line(at, color=GREY, lw=0.8, ls="--", zorder=0.5)


def check_axes(ax: Any) -> None:
    """Raise unless `ax` is None or Axes."""
    if ax is not None and not isinstance(ax, Axes):
        raise InputError(f"`ax` must be Axes of Matplotlib; got {type(ax).__name__}.")
