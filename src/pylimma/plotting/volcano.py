"""Volcano plots: significance against fold change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from pylimma.arguments import number
from pylimma.containers.fit import MArrayLM
from pylimma.errors import StageError, check_choice
from pylimma.numerics.p_values import adjust_p_values
from pylimma.plotting.axes import Colors, styled, threshold_lines, zero_line
from pylimma.plotting.labels import (
    column_name,
    gene_labels,
    genes_named,
    largest,
    name_genes,
    status_of,
)
from pylimma.plotting.legends import add_note, counted
from pylimma.plotting.scatter import draw_highlights, single_column
from pylimma.results.tables import Coef, check_fit, log_p_values, select_coefs
from pylimma.typing import FloatArray

_STYLES = {
    "p-value": r"$-\log_{10}$(p-value)",
    "B-statistic": r"$\ln$ odds of differential expression",
}


@styled
def volcanoplot(
    fit: MArrayLM,
    coef: Coef = 0,
    style: Literal["p-value", "B-statistic"] = "p-value",
    highlight: int = 0,
    names: ArrayLike | None = None,
    hl_col: Colors | None = None,
    xlab: str = r"$\log_2$ fold change",
    ylab: str | None = None,
    *,
    labels: Sequence[str] | str | None = None,
    top: int | None = None,
    status: ArrayLike | None = None,
    fdr: float | None = 0.05,
    lfc: float | None = None,
    main: str | None = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    r"""Volcano plot: significance of each gene against its log fold change.

    Parameters
    ----------
    fit : MArrayLM
        From `e_bayes` or `treat`.
    coef : int or name
        The coefficient.
    style : {"p-value", "B-statistic"}
        Whether :math:`-\log_{10} p` or the log odds of differential expression are shown.
    highlight : int
        Number of genes to name, the most significant first, as far as there is room.
    names : sequence of shape (genes,) or str, optional
        Names of the genes, or the column of the annotation that holds them; by default symbols
        or identifiers of the annotation, else row names.
    hl_col : colour, colours or dict, optional
        Colours of the genes that are up and down.
    xlab, ylab : str
        Labels of the axes.
    labels : sequence of str, optional
        Genes to name besides, always and significant or not, by their names or those of their
        rows.
    top : int, optional
        The same as `highlight`.
    status : TestResults or array of shape (genes,) or (genes, coefs), optional
        Outcomes of a test; by default those of `fdr` and `lfc`.
    fdr : float, optional
        False discovery rate below which a gene counts as up or down; None gives all one colour.
    lfc : float, optional
        Log2 fold change that a gene must reach besides, marked by dashed lines; to test against a
        threshold, use `treat`.
    main : str, optional
        Title; by default the name of the coefficient.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `plot_with_highlights`.

    Returns
    -------
    Axes
        Where it was drawn. A note below counts genes without a p-value and names without room.

    Raises
    ------
    InputTypeError
        If `fit` is not a fit.
    StageError
        If the fit lacks the statistic.
    InputError
        For an `fdr` outside 0 and 1, a negative `lfc`, or another `style`.
    UnknownNameError
        If there is no such coefficient, gene or column of names.

    See Also
    --------
    plot_md : Fold change against average expression.

    Notes
    -----
    P-values below the smallest double are shown in their place: their logarithms are computed
    directly.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> fit = pylimma.e_bayes(pylimma.lm_fit(y, np.ones((6, 1))))
    >>> pylimma.volcanoplot(fit, highlight=5).get_ylabel()
    '$-\\log_{10}$(p-value)'
    """
    check_fit(fit, "volcanoplot")
    at = int(select_coefs(fit, coef)[0])
    check_choice(style, _STYLES, "style")
    y = significance(fit, at, style)
    lfc = None if lfc is None else number(lfc, "lfc", 0)
    if status is None and fdr is not None:
        status = _called(fit, at, fdr, lfc or 0.0)
    written = gene_labels(fit, names, len(y))
    asked = genes_named(labels, written, fit)
    x = fit["coefficients"][:, at]
    ax = draw_highlights(
        x,
        y,
        single_column(status_of(status, fit), at),
        hl_col=hl_col,
        xlab=xlab,
        ylab=_STYLES[style] if ylab is None else ylab,
        main=column_name(fit.names("coefs"), at) if main is None else main,
        ax=ax,
        **kwargs,
    )
    zero_line(ax, upright=True)
    threshold_lines(ax, lfc, upright=True)
    left = name_genes(ax, x, y, written, asked, largest(y, highlight if top is None else top))
    lost = int((~np.isfinite(x + y)).sum())
    add_note(ax, counted(lost, "gene", f"without {style}"), *left)
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


def _called(fit: MArrayLM, coef: int, fdr: float, lfc: float) -> FloatArray | None:
    """Direction of the genes that pass a false discovery rate and reach a fold change."""
    fdr = number(fdr, "fdr", 0, 1, inside=True)
    if "p_value" not in fit:
        return None
    change = fit["coefficients"][:, coef]
    passed = (adjust_p_values(fit["p_value"][:, coef]) < fdr) & (np.abs(change) >= lfc)
    return np.where(passed, np.sign(change), 0.0)
