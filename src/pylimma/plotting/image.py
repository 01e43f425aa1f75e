"""Spots of an array at their places on the slide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike

from pylimma.arguments import check_keywords, flag, number, numbers, text, vector, whole
from pylimma.arguments import path as parse_path
from pylimma.containers.two_color import PrintLayout, RGList
from pylimma.errors import InputError, InputTypeError, ShapeError, UnknownNameError, quoted
from pylimma.plotting.axes import axes_for, font_size, inches, styled
from pylimma.plotting.color_maps import color_map
from pylimma.plotting.labels import column_name
from pylimma.plotting.saving import save_picture
from pylimma.typing import FloatArray

_GRIDS = ("ngrid_r", "ngrid_c", "nspot_r", "nspot_c")
_OPTIONS = ("low", "high", "ncolors", "zerocenter", "legend")  # of imageplot, on pages too
_PANELS = (3, 2)  # rows and columns of a page
_QUANTILES = (0.05, 0.95)  # of all arrays, between which common colours run


@styled
def imageplot(
    z: ArrayLike,
    layout: Mapping[str, float],
    low: ColorType | None = None,
    high: ColorType | None = None,
    ncolors: int = 123,
    zerocenter: bool | None = None,
    zlim: Sequence[float] | None = None,
    legend: bool = True,
    *,
    main: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Image of the spots of one array: background, log ratios, weights or any other value.

    Parameters
    ----------
    z : array of shape (spots,)
        Values in the order of printing: columns of spots fastest, then rows of spots, columns of
        grids, rows of grids.
    layout : PrintLayout or dict
        Rows and columns of grids, `ngrid_r` and `ngrid_c`, and of spots in each grid, `nspot_r`
        and `nspot_c`.
    low, high : colour, optional
        Colours of the smallest and largest values; blue and red about zero, white and blue
        otherwise. If one is given, the other is its complement.
    ncolors : int
        Number of colours, at least 2.
    zerocenter : bool, optional
        Whether the middle colour stands for zero; by default where there are negative values.
    zlim : two floats, optional
        Range of the colours, beyond which values are drawn like its ends; by default that of the
        values.
    legend : bool
        Whether the range of the values, and of the colours, stands below.
    main : str
        Title.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        Where it was drawn. As in R the first spot is at the lower left, rows of the slide run from
        left to right and columns upwards.

    Raises
    ------
    ShapeError
        If `z` does not have a value for each spot of the layout.
    InputError
        For infinite values without `zlim`, an empty range, or a layout without its numbers.

    See Also
    --------
    imageplot3by2 : All arrays, on pages.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> layout = pylimma.PrintLayout(ngrid_r=2, ngrid_c=2, nspot_r=5, nspot_c=6)
    >>> pylimma.imageplot(np.arange(120.0), layout, main="Array 1").get_title(loc="left")
    'Array 1'
    """
    picture = on_slide(vector(z, "z"), layout)
    known = picture[~np.isnan(picture)]
    centred = bool((known < 0).any()) if zerocenter is None else flag(zerocenter, "zerocenter")
    limits = _limits(known, zlim, centred)
    colors = _colors(low, high, whole(ncolors, "ncolors", 2), centred)
    n_x, n_y = picture.shape
    ax = axes_for(ax, (4.4, float(np.clip(4.4 * n_y / n_x, 2.0, 9.0))))
    ax.imshow(picture.T, cmap=colors, vmin=limits[0], vmax=limits[1], origin="lower",
              extent=(0, n_x, 0, n_y), interpolation="nearest", aspect="auto")  # fmt: skip
    _, _, spot_rows, spot_columns = _sizes(layout)
    for x in np.arange(0, n_x + 1, spot_rows):
        ax.axvline(x, color="black", lw=0.8)
    for y in np.arange(0, n_y + 1, spot_columns):
        ax.axhline(y, color="black", lw=0.8)
    ax.set(xlim=(0, n_x), ylim=(0, n_y), xticks=[], yticks=[])
    if flag(legend, "legend") and known.size:
        words = f"values {known.min():.1f} to {known.max():.1f}, colours "
        ax.set_xlabel(f"{words}{limits[0]:.1f} to {limits[1]:.1f}", fontsize=font_size(7))
    ax.set_title(text(main, "main"))
    return ax


def imageplot3by2(
    RG: RGList,
    z: str = "Gb",
    prefix: str | None = None,
    path: str | Path | None = None,
    zlim: Sequence[float] | None = None,
    common_lim: bool = True,
    **kwargs: Any,
) -> list[Path]:
    """Images of all arrays in files, six on a page.

    Parameters
    ----------
    RG : RGList
        Intensities, with the layout of the slide, `printer`.
    z : str
        Which component is shown: "R", "G", "Rb" or "Gb".
    prefix : str, optional
        Beginning of the names of the files; "image-" and `z` by default.
    path : str or Path, optional
        Folder of the files; the working directory by default.
    zlim : two floats, optional
        Range of the colours of all arrays.
    common_lim : bool
        Whether colours of all arrays have one range, by default from the 5 % to the 95 % quantile
        of all their values.
    **kwargs : object
        Colours and legend, passed to `imageplot`.

    Returns
    -------
    list of Path
        The files, ``image-Gb-1-6.png`` and so on.

    Raises
    ------
    InputTypeError
        If `RG` is not an RGList.
    UnknownNameError
        If it has no such component, or no layout.

    See Also
    --------
    imageplot : One array.
    plot_ma3by2 : MA plots on pages.
    """
    check_keywords(kwargs, _OPTIONS, "imageplot3by2")
    if not isinstance(RG, RGList):
        raise InputTypeError(f"`imageplot3by2` needs an RGList; got {type(RG).__name__}.")
    if text(z, "z") not in ("R", "G", "Rb", "Gb") or z not in RG or "printer" not in RG:
        raise UnknownNameError(
            f"`imageplot3by2` needs the component {z!r}, one of R, G, Rb and Gb, and the layout "
            f"`printer`; `RG` has {quoted(RG)}."
        )
    values = numbers(RG[z], z)
    if zlim is None and flag(common_lim, "common_lim"):
        zlim = tuple(np.nanquantile(values, _QUANTILES))
    prefix = f"image-{z}" if prefix is None else str(parse_path(text(prefix, "prefix"), "prefix"))
    names = RG.names("samples")

    def panel(ax: Axes, array: int) -> None:
        title = column_name(names, array) or str(array)
        imageplot(values[:, array], RG["printer"], zlim=zlim, main=title, ax=ax, **kwargs)

    return pages(values.shape[1], panel, prefix, path)


@styled
def pages(n_arrays: int, panel: Any, prefix: str, path: Any, device: str = "png") -> list[Path]:
    """Files of six pictures each; `panel` draws that of an array into axes."""
    folder = Path.cwd() if path is None else parse_path(path, "path")
    size, files = _PANELS[0] * _PANELS[1], []
    for first in range(0, n_arrays, size):
        last = min(first + size, n_arrays)
        axes = plt.subplots(*_PANELS, figsize=inches(6.5, 10.0), layout="constrained")[1]
        for ax, array in zip(axes.flat, range(first, last), strict=False):
            panel(ax, array)
        for ax in axes.flat[last - first :]:
            ax.set_axis_off()
        files.append(folder / f"{prefix}-{first + 1}-{last}.{device}")
        save_picture(axes, files[-1])
    return files


def on_slide(z: FloatArray, layout: Mapping[str, float]) -> FloatArray:
    """Values (rows, columns) of the slide from those in the order of printing."""
    grid_r, grid_c, spot_r, spot_c = _sizes(layout)
    n_spots = grid_r * grid_c * spot_r * spot_c
    if z.size != n_spots:
        raise ShapeError(f"`z` has {z.size} values; the layout has {n_spots} spots.")
    spots = z.reshape(grid_r, grid_c, spot_r, spot_c).transpose(0, 2, 1, 3)
    return spots.reshape(grid_r * spot_r, grid_c * spot_c)


def _sizes(layout: Any) -> list[int]:
    """Rows and columns of grids, then of spots in a grid."""
    known = layout if isinstance(layout, PrintLayout) else PrintLayout(layout)
    missing = [name for name in _GRIDS if name not in known]
    if missing:
        raise InputError(f"`layout` needs {quoted(_GRIDS)}; {quoted(missing)} are missing.")
    return [whole(known[name], name, 1) for name in _GRIDS]


def _limits(known: FloatArray, zlim: Any, centred: bool) -> tuple[float, float]:
    """Range of the colours."""
    if zlim is not None:
        low, high = (number(end, "zlim", finite=True) for end in vector(zlim, "zlim", 2))
    elif np.isinf(known).any():
        raise InputError("`z` has infinite values: give the range of the colours, `zlim`.")
    elif not known.size:
        return 0.0, 1.0
    else:
        low, high = float(known.min()), float(known.max())
        if centred:
            high = max(abs(low), abs(high))
            low = -high
        return (low, high) if high > low else (low - 0.5, high + 0.5)
    if not low < high:
        raise InputError(f"`zlim` must be a smaller and a larger number; got {low:g} and {high:g}.")
    return low, high


def _colors(low: Any, high: Any, ncolors: int, centred: bool) -> Colormap:
    """Colours from the smallest to the largest value, through white about zero."""
    if low is None and high is None:
        return color_map(None, "change" if centred else "amount").resampled(ncolors)
    ends = [low, high]
    for k in (0, 1):
        if ends[k] is None:
            ends[k] = tuple(1 - part for part in to_rgb(ends[1 - k]))
    return LinearSegmentedColormap.from_list("spots", [to_rgb(end) for end in ends], N=ncolors)
