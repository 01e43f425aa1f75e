"""Significance against fold change, and p-values of all genes."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes

from pylimma.containers.fit import MArrayLM
from pylimma.errors import InputError, InputTypeError, StageError, check_choice
from pylimma.numerics.p_values import adjust_p_values
from pylimma.plotting.axes import (
    BLUE,
    GREY,
    PALE,
    VERMILLION,
    LegendPlace,
    axes_for,
    place_legend,
    styled,
)
from pylimma.plotting.labels import gene_labels, largest
from pylimma.plotting.scatter import plot_with_highlights, single_column
from pylimma.results.tables import log_p_values, select_coefs
from pylimma.typing import FloatArray

_STYLES = {
    "p-value": r"$-\log_{10}$(p-value)",
    "B-statistic": r"$\ln$ odds of differential expression",
}


@styled
def volcanoplot(
    fit: MArrayLM,
    coef: Any = 0,
    style: Literal["p-value", "B-statistic"] = "p-value",
    highlight: int = 0,
    names: Any = None,
    hl_col: Any = None,
    xlab: str = r"$\log_2$ fold change",
    ylab: str | None = None,
    *,
    status: Any = None,
    fdr: float | None = 0.05,
    main: str | None = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    r"""Significance of each gene against its log fold change.

    Parameters
    ----------
    fit : MArrayLM
        From `e_bayes` or `treat`.
    coef : int or name
        The coefficient.
    style : {"p-value", "B-statistic"}
        Whether :math:`-\log_{10} p` or the log odds of differential expression are shown.
    highlight : int
        Number of genes to name, the most significant first.
    names : sequence of shape (genes,), optional
        Names of the genes; by default symbols or identifiers of the annotation, else row
        names.
    hl_col : colour, colours or dict, optional
        Colours of the genes that are up and down.
    xlab, ylab : str
        Labels of the axes.
    status : TestResults or array of shape (genes,) or (genes, coefs), optional
        Outcomes of a test; by default those of `fdr`.
    fdr : float, optional
        False discovery rate below which a gene counts as up or down; None shows all alike.
    main : str, optional
        Title; by default the name of the coefficient.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `plot_with_highlights`.

    Returns
    -------
    Axes
        Where it was drawn.

    Raises
    ------
    InputTypeError
        If `fit` is not a fit.
    StageError
        If the fit lacks the statistic.
    InputError
        For an `fdr` outside 0 and 1, or another `style`.

    See Also
    --------
    plot_md : Fold change against average expression.

    Notes
    -----
    P-values too small for a number are shown in their place: logarithms are taken before the
    tail probability.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> fit = pylimma.e_bayes(pylimma.lm_fit(y, np.ones((6, 1))))
    >>> pylimma.volcanoplot(fit, highlight=5).get_ylabel()
    '$-\\log_{10}$(p-value)'
    """
    at = _coefficient(fit, coef, "volcanoplot")
    check_choice(style, _STYLES, "style")
    y = significance(fit, at, style)
    if status is None and fdr is not None:
        status = _called(fit, at, fdr)
    labels = gene_labels(fit, names, len(y))
    x = fit["coefficients"][:, at]
    ax = plot_with_highlights(
        x,
        y,
        single_column(status, at),
        hl_col=hl_col,
        labels=labels,
        top=largest(y, highlight),
        xlab=xlab,
        ylab=_STYLES[style] if ylab is None else ylab,
        main=_name(fit, at) if main is None else main,
        ax=ax,
        **kwargs,
    )
    ax.axvline(0, color=GREY, lw=0.8, zorder=0.5)
    return ax


@styled
def plot_p_values(
    fit: Any,
    coef: Any = 0,
    *,
    bins: int = 40,
    main: str | None = None,
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Histogram of p-values, with the height it would have if no gene differed.

    Parameters
    ----------
    fit : MArrayLM or array of shape (genes,)
        From `e_bayes` or `treat`, or p-values.
    coef : int or name
        The coefficient of a fit.
    bins : int
        Number of bars between 0 and 1.
    main : str, optional
        Title; by default the name of the coefficient.
    legend : str or bool
        Where the legend stands: "outside", a corner such as "topright", or False.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.bar`.

    Returns
    -------
    Axes
        Where it was drawn.

    Raises
    ------
    StageError
        If a fit has no p-values yet.
    InputError
        For p-values outside 0 and 1, or none at all.

    See Also
    --------
    volcanoplot : P-values against fold changes.

    Notes
    -----
    P-values of genes that do not differ are uniform, so a sound analysis is flat on the right
    with, at most, a peak on the left. A slope up to the right, or humps, are signs of a
    missing batch, a wrong model or dependence.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> ax = pylimma.plot_p_values(np.linspace(0, 1, 100), bins=10)
    >>> [int(bar.get_height()) for bar in ax.patches[:2]]
    [10, 10]
    """
    p, name = _p_values(fit, coef)
    ax = axes_for(ax)
    counts, edges = np.histogram(p, bins=bins, range=(0.0, 1.0))
    style = {"color": PALE, "edgecolor": "white", "linewidth": 0.6, **kwargs}
    ax.bar(edges[:-1], counts, width=1 / bins, align="edge", **style)
    ax.axhline(p.size / bins, color=VERMILLION, lw=1.3, ls="--", label="if no gene differed")
    flat = 2 * float(np.mean(p > 0.5)) * p.size / bins  # noqa: PLR2004 - the right half
    ax.axhline(flat, color=BLUE, lw=1.3, label="level of p > 0.5")
    ax.set(xlabel="p-value", ylabel="Number of genes", xlim=(0, 1))
    ax.set_title(name if main is None else main)
    place_legend(ax, legend)
    return ax


def significance(fit: MArrayLM, coef: int, style: str) -> FloatArray:
    """Height of each gene in a volcano plot."""
    component = "p_value" if style == "p-value" else "lods"
    if component not in fit:
        raise StageError(
            f"`volcanoplot` of style '{style}' needs '{component}': run `e_bayes` on the fit first."
        )
    if component == "lods":
        return np.asarray(fit["lods"][:, coef])
    p = fit["p_value"][:, coef]
    with np.errstate(divide="ignore"):
        height = -np.log10(p)
    if "df_total" in fit and np.isinf(height).any():
        height = np.where(np.isinf(height), -log_p_values(fit, coef) / np.log(10), height)
    return np.asarray(height)


def _coefficient(fit: Any, coef: Any, function: str) -> int:
    if not isinstance(fit, MArrayLM):
        raise InputTypeError(f"`{function}` shows an MArrayLM; got {type(fit).__name__}.")
    return int(select_coefs(fit, coef)[0])


def _name(fit: MArrayLM, coef: int) -> str:
    names = fit.names("coefs")
    return "" if names is None else str(names[coef])


def _called(fit: MArrayLM, coef: int, fdr: float) -> FloatArray | None:
    """Direction of the genes that pass a false discovery rate."""
    if not 0 < fdr < 1:
        raise InputError(f"`fdr` must lie between 0 and 1, or be None; got {fdr}.")
    if "p_value" not in fit:
        return None
    passed = adjust_p_values(fit["p_value"][:, coef]) < fdr
    return np.where(passed, np.sign(fit["coefficients"][:, coef]), 0.0)


def _p_values(fit: Any, coef: Any) -> tuple[FloatArray, str]:
    if isinstance(fit, MArrayLM):
        at = _coefficient(fit, coef, "plot_p_values")
        p, name = fit.require("p_value", "plot_p_values")[:, at], _name(fit, at)
    else:
        p, name = np.ravel(np.asarray(fit, dtype=float)), ""
    p = p[~np.isnan(p)]
    if p.size == 0:
        raise InputError("There is no p-value to show.")
    if p.min() < 0 or p.max() > 1:
        raise InputError(f"P-values lie between 0 and 1; got {p.min():g} to {p.max():g}.")
    return p, name
