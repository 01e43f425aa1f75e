"""Raw intensities of arrays: foreground against background, and MA plots of many arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from pylimma.adapters.expression import parse_expression
from pylimma.adapters.labels import per_sample
from pylimma.arguments import described, flag, sequence, text, texts
from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EListRaw
from pylimma.containers.two_color import MAList, RGList
from pylimma.errors import InputTypeError, ShapeError, StageError, check_choice
from pylimma.numerics.counts.rates import log_cpm
from pylimma.numerics.missing_values import row_means
from pylimma.plotting.axes import (
    BLACK,
    BLUE,
    axes_for,
    inches,
    limits_of,
    scatter,
    size_for,
    styled,
)
from pylimma.plotting.fold_changes import plot_md
from pylimma.plotting.image import pages
from pylimma.plotting.intensities import on_log_scale
from pylimma.plotting.labels import column_name, column_position, of_samples
from pylimma.results.tables import Coef
from pylimma.typing import ExpressionLike, FloatArray

_DEVICES = ("png", "jpeg", "pdf", "svg")


@styled
def plot_fb(
    x: RGList | EListRaw,
    array: Coef = 0,
    lim: Literal["separate", "common"] = "separate",
    *,
    main: str | None = None,
    ax: Axes | Sequence[Axes] | None = None,
) -> Axes | list[Axes]:
    r"""Foreground against background intensity of the spots of one array.

    Parameters
    ----------
    x : RGList or EListRaw
        Raw intensities with their background.
    array : int or name
        The array.
    lim : {"separate", "common"}
        Whether the two channels have limits of their own.
    main : str, optional
        Title; by default the name of the array, and the channel.
    ax : Axes, or two for an RGList, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes, or list of two Axes, green and red
        Where it was drawn, with a line where foreground and background are equal.

    Raises
    ------
    InputTypeError
        If `x` is neither an RGList nor an EListRaw, or `ax` are not Axes.
    StageError
        If there is no background.
    UnknownNameError
        If there is no such array.

    See Also
    --------
    imageplot : Where on the slide the background is high.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> rng = np.random.default_rng(1)
    >>> raw = pylimma.EListRaw(E=rng.gamma(9, 100, (50, 2)), Eb=rng.gamma(9, 9, (50, 2)))
    >>> pylimma.plot_fb(raw, array=1).get_xlabel()
    'Background ($\\log_2$)'
    """
    check_choice(lim, ("separate", "common"), "lim")
    if not isinstance(x, RGList | EListRaw):
        raise InputTypeError(f"`plot_fb` needs an RGList or EListRaw; got {described(x)}.")
    pairs = [("E", "Eb")] if isinstance(x, EListRaw) else [("G", "Gb"), ("R", "Rb")]
    for pair in pairs:
        if not all(part in x for part in pair):
            raise StageError(f"`plot_fb` needs the background '{pair[1]}', which `x` has not.")
    at = column_position(array, x.shape[1], x.names("samples"), "samples")
    name = column_name(x.names("samples"), at) if main is None else text(main, "main")
    axes = _panels(ax, len(pairs))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = [tuple(np.log2(x[part][:, at]) for part in pair) for pair in pairs]
    for panel, (fore, back), channel in zip(axes, values, ("Green", "Red"), strict=False):
        scatter(panel, back, fore, color=BLACK, s=size_for(len(fore)), opacity=0.7)
        panel.set(xlabel=r"Background ($\log_2$)", ylabel=r"Foreground ($\log_2$)")
        panel.set_title(name if len(pairs) == 1 else f"{name} {channel}".strip())
        if lim == "common":
            panel.set(
                xlim=limits_of([back for _, back in values]), ylim=limits_of([f for f, _ in values])
            )
        panel.axline((back[np.isfinite(back)].mean(),) * 2 if np.isfinite(back).any() else (0, 0),
                     slope=1, color=BLUE, lw=1)  # fmt: skip
    return axes if len(axes) > 1 else axes[0]


def plot_ma3by2(
    object: ExpressionLike,
    prefix: str = "MA",
    path: str | Path | None = None,
    main: Sequence[str] | None = None,
    zero_weights: bool = False,
    common_lim: bool = True,
    device: Literal["png", "jpeg", "pdf", "svg"] = "png",
    **kwargs: Any,
) -> list[Path]:
    """MA plots of all arrays in files, six on a page.

    Parameters
    ----------
    object : array, DataFrame, AnnData, EList, EListRaw, MAList or RGList of shape (genes, samples)
        Log ratios and averages, or log2 expression, of which each sample is set against the mean
        of all. Raw intensities are taken less their background.
    prefix : str
        Beginning of the names of the files.
    path : str or Path, optional
        Folder of the files; the working directory by default.
    main : sequence of shape (samples,) or str, optional
        Titles, or the column of the table of samples that holds them; by default the names of the
        samples.
    zero_weights : bool
        Whether values with zero weight are shown.
    common_lim : bool
        Whether all plots have the same limits.
    device : {"png", "jpeg", "pdf", "svg"}
        Kind of the files.
    **kwargs : object
        Passed to `plot_md` and on to `plot_with_highlights`.

    Returns
    -------
    list of Path
        The files, ``MA-1-6.png`` and so on.

    Raises
    ------
    ShapeError
        If `main` has another number of values.
    UnknownNameError
        If `main` is no column of the table of samples.
    InputError
        For another `device`.

    See Also
    --------
    plot_ma : One array.
    imageplot3by2 : Images of arrays on pages.
    """
    check_choice(device, _DEVICES, "device")
    object = on_log_scale(object)
    found = parse_expression(object)
    m, a = _ratios(object, found.matrix)
    names, n = found.sample_names, m.shape[1]
    titles = [column_name(names, k) or str(k) for k in range(n)]
    main = of_samples(main, object, "main")
    titles = titles if main is None else list(texts(per_sample(main, n, names, "main"), "main"))
    data = MAList(M=m, A=a, weights=found.weights, genes=found.genes)
    limits = (
        {"xlim": limits_of([a]), "ylim": limits_of([m])} if flag(common_lim, "common_lim") else {}
    )

    def panel(ax: Axes, array: int) -> None:
        options = {"legend": "topright" if array % 6 == 0 else False, **kwargs}
        plot_md(data, array, main=titles[array], zero_weights=zero_weights, ax=ax, **options)
        ax.set(**limits)

    return pages(n, panel, text(prefix, "prefix"), path, device)


def _ratios(data: Any, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log ratios and averages of arrays; of a matrix, values less the mean of all samples."""
    if isinstance(data, MAList):
        return data["M"], data["A"]
    if isinstance(data, DGEList):
        values = log_cpm(values, data.effective_lib_size, 2.0)
    mean = np.broadcast_to(row_means(values)[:, None], values.shape)
    return values - mean, mean


def _panels(ax: Any, n: int) -> list[Axes]:
    """One or two axes, as given or new ones side by side."""
    if ax is None and n == 1:
        return [axes_for(None)]
    if ax is None:
        axes = plt.subplots(1, n, figsize=inches(7.0, 3.6), layout="constrained")[1]
        return [axes_for(panel) for panel in axes]
    given = [ax] if isinstance(ax, Axes) else sequence(ax, "ax")
    if len(given) != n:
        raise ShapeError(f"`ax` has {len(given)} axes; {n} are needed.")
    return [axes_for(panel) for panel in given]
