"""Heat maps of expression: genes and samples ordered by clustering, or the top genes of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike

from pylimma.adapters.expression import parse_expression
from pylimma.arguments import whole
from pylimma.containers.fit import MArrayLM
from pylimma.containers.names import matching_order, names_of, positions
from pylimma.errors import InputError, ShapeError, check_choice
from pylimma.numerics.clustering import LINKAGES, cluster_tree, leaf_order
from pylimma.plotting.axes import Colors, group_colors, groups_of, styled
from pylimma.plotting.color_maps import color_map, color_range
from pylimma.plotting.labels import column_name, gene_labels, of_samples
from pylimma.plotting.tree_map import GroupBar, Side, TreeMap, draw_tree_map
from pylimma.results.tables import Coefs, check_fit, select_coefs
from pylimma.typing import AnyArray, ExpressionLike, FloatArray, IntArray

_FLOOR = 0.01  # added to variances, so that flat rows stay flat

ClusterBy = Literal["de pattern", "expression level"]


@styled
def coolmap(
    x: ExpressionLike,
    cluster_by: ClusterBy = "de pattern",
    col: Colormap | str | Sequence[ColorType] | None = None,
    linkage_row: str = "complete",
    linkage_col: str = "complete",
    show_dendrogram: Literal["both", "row", "column", "none"] = "both",
    *,
    groups: ArrayLike | None = None,
    group_col: Colors | None = None,
    labels: ArrayLike | None = None,
    main: str = "",
    size: tuple[float, float] | None = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Any:
    r"""Heat map of genes × samples, ordered by clustering.

    Parameters
    ----------
    x : array, DataFrame, AnnData, EList or MAList of shape (genes, samples)
        Log2 expression.
    cluster_by : {"de pattern", "expression level"}
        Whether each gene is shown and clustered as z-scores or as it is.
    col : colour map, name or colours, optional
        A colour map of Matplotlib or its name, "redblue", "yellowblue", "redgreen",
        "whitered", or a list of colours.
    linkage_row, linkage_col : str
        "complete", "average", "single", "ward", "mcquitty", or "none" for the given order.
    show_dendrogram : {"both", "row", "column", "none"}
        Which trees are drawn.
    groups : sequence of shape (samples,) or str, optional
        Groups, or the column of the table of samples that holds them, shown by a bar of colours
        above the columns.
    group_col : colour, colours or dict, optional
        Colours of the groups.
    labels : sequence of shape (genes,) or str, optional
        Names of the genes, or the column of the annotation that holds them; by default symbols or
        identifiers of the annotation, or row names.
    main : str
        Title.
    size : two floats, optional
        Width and height of the figure, in inches.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.pcolormesh`.

    Returns
    -------
    array of Axes of shape (5,)
        The map, which is `ax`, the trees of rows and of columns, the bar of groups and the
        colour key.

    Raises
    ------
    ShapeError
        For a single sample, or `groups` or `labels` of another number.
    InputError
        For an option that is not among its choices, or rows without a common sample.

    See Also
    --------
    plot_top_genes : Heat map of the most significant genes of a fit.

    Notes
    -----
    Samples are clustered by Euclidean distances of log expression. For "de pattern" the genes
    are then centred and divided by :math:`\sqrt{s^2 + 0.01}`, and are clustered on the result.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> axes = pylimma.coolmap(np.random.default_rng(1).normal(size=(8, 4)))
    >>> axes[0].get_xlabel()
    ''
    """
    check_choice(cluster_by, ("de pattern", "expression level"), "cluster_by")
    check_choice(show_dendrogram, ("both", "row", "column", "none"), "show_dendrogram")
    values, samples = _expression(x)
    groups = of_samples(groups, x, "groups")
    patterns = cluster_by == "de pattern"
    shown = standardised(values) if patterns else values
    genes = gene_labels(x, labels, len(values), "labels")
    with_columns, with_rows = (show_dendrogram in ("both", side) for side in ("column", "row"))
    columns = _side(values.T, linkage_col, "linkage_col", _text(samples), show=with_columns)
    rows = _side(shown, linkage_row, "linkage_row", genes, show=with_rows)
    parts = TreeMap(
        shown,
        rows,
        columns,
        color_map(col, "change" if patterns else "viridis"),
        color_range(shown, symmetric=patterns),
        "z-score" if patterns else r"$\log_2$ expression",
        None if groups is None else _group_bar(groups, group_col, samples),
    )
    return draw_tree_map(parts, main, size, ax, **kwargs)


@styled
def plot_top_genes(
    fit: MArrayLM,
    E: ExpressionLike,
    coef: Coefs | None = None,
    groups: ArrayLike | None = None,
    number: int = 30,
    *,
    genes: ArrayLike | None = None,
    col: Colormap | str | Sequence[ColorType] | None = None,
    group_col: Colors | None = None,
    labels: ArrayLike | None = None,
    main: str | None = None,
    size: tuple[float, float] | None = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Any:
    """Heat map of the most significant genes of a fit, samples in their groups.

    Parameters
    ----------
    fit : MArrayLM
        From `e_bayes` or `treat`.
    E : array, DataFrame, AnnData or EList of shape (genes, samples)
        Log2 expression of the same genes; matched by name where both have names.
    coef : int, name, sequence or None
        The coefficient whose p-values choose the genes; several, or None where there are
        several, are tested together by F.
    groups : sequence of shape (samples,) or str, optional
        Group of each sample, or the column of the table of samples that holds it. Samples are
        ordered by group, and by clustering within.
    number : int
        How many genes are shown.
    genes : sequence of positions or names, optional
        The genes to show instead of the most significant ones.
    col : colour map, name or colours, optional
        As in `coolmap`.
    group_col : colour, colours or dict, optional
        Colours of the groups.
    labels : sequence of shape (genes,) or str, optional
        Names of all genes of the fit, or the column of its annotation that holds them; by default
        its symbols or identifiers, or row names.
    main : str, optional
        Title; by default the name of the coefficient.
    size : two floats, optional
        Width and height of the figure, in inches.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.pcolormesh`.

    Returns
    -------
    array of Axes of shape (5,)
        The map, which is `ax`, the trees of genes and of samples, the bar of groups and the
        colour key.

    Raises
    ------
    InputTypeError
        If `fit` is not a fit.
    StageError
        If the fit has no p-values yet.
    ShapeError
        If `E` or `groups` have another number of genes or samples.
    UnknownNameError
        For a gene or coefficient that is not there.

    See Also
    --------
    coolmap : Heat map of any matrix.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(size=(50, 6))
    >>> fit = pylimma.e_bayes(pylimma.lm_fit(y, np.ones((6, 1))))
    >>> axes = pylimma.plot_top_genes(fit, y, groups=list("aaabbb"), number=10)
    >>> len(axes[0].get_yticklabels())
    10
    """
    check_fit(fit, "plot_top_genes")
    values, samples = _expression(E)
    groups = of_samples(groups, E, "groups")
    values = _matched(values, E, fit)
    title, chosen = _chosen_genes(fit, coef, number, genes)
    shown = standardised(values[chosen])
    rows = _side(
        shown,
        "average" if len(chosen) > 1 else "none",
        "linkage_row",
        gene_labels(fit, labels, len(values), "labels")[chosen],
        show=True,
    )
    bar = None if groups is None else _group_bar(groups, group_col, samples)
    limits = color_range(shown, symmetric=True)
    parts = TreeMap(
        shown,
        rows,
        Side(_within_groups(shown, bar), None, _text(samples)),
        color_map(col, "change"),
        limits,
        "z-score",
        bar,
    )
    return draw_tree_map(parts, title if main is None else main, size, ax, **kwargs)


def standardised(values: FloatArray) -> FloatArray:
    r"""Rows centred and divided by :math:`\sqrt{s^2 + 0.01}`."""
    seen = np.isfinite(values)
    number = np.maximum(seen.sum(axis=1, keepdims=True), 1)
    centred = values - np.where(seen, values, 0).sum(axis=1, keepdims=True) / number
    square = np.where(seen, centred, 0.0) ** 2
    variance = square.sum(axis=1, keepdims=True) / np.maximum(number - 1, 1)
    return np.asarray(centred / np.sqrt(variance + _FLOOR))


def _expression(x: ExpressionLike) -> tuple[FloatArray, pd.Index]:
    """Log-expression and names of the samples."""
    found = parse_expression(x, argument="x", squared=True)
    n_samples = found.matrix.shape[1]
    if n_samples < 2:
        raise ShapeError("A heat map needs at least two samples; got 1.")
    names = pd.RangeIndex(n_samples) if found.sample_names is None else found.sample_names
    return found.matrix, names


def _text(names: pd.Index) -> AnyArray:
    return np.array([str(name) for name in names])


def _side(
    items: FloatArray, agglomeration: str, argument: str, labels: AnyArray, *, show: bool
) -> Side:
    """Rows or columns ordered by clustering, or as they come."""
    check_choice(agglomeration, [*LINKAGES, "none"], argument)
    if agglomeration == "none" or len(items) < 2:
        order = np.arange(len(items))
        return Side(order if argument == "linkage_col" else order[::-1], None, labels)
    tree = cluster_tree(items, agglomeration)
    if np.isnan(tree).any():
        raise InputError(
            f"Some pairs have no sample in common and cannot be clustered; use {argument}='none'."
        )
    return Side(leaf_order(tree), tree, labels, shown=show)


def _group_bar(groups: Any, group_col: Any, samples: pd.Index) -> GroupBar:
    labels, levels = groups_of(groups, len(samples), "groups", names_of(samples))
    return GroupBar(labels, group_colors(levels, group_col))


def _within_groups(values: FloatArray, bar: GroupBar | None) -> IntArray:
    """Order of the samples: by group, and by clustering within each."""
    n_samples = values.shape[1]
    levels = [None] if bar is None else list(bar.colors)
    order = []
    for level in levels:
        members = np.arange(n_samples) if bar is None else np.flatnonzero(bar.labels == level)
        if len(members) > 2:
            tree = cluster_tree(values[:, members].T, "average")
            members = members if np.isnan(tree).any() else members[leaf_order(tree)]
        order.append(members)
    return np.concatenate(order)


def _matched(values: FloatArray, data: Any, fit: MArrayLM) -> FloatArray:
    """Rows of the data in the order of the fit's genes."""
    names, wanted = parse_expression(data).gene_names, fit.row_names
    order = matching_order(names, wanted, fit.shape[0], "genes", "E")
    if order is not None:
        values = values[order]
    if len(values) != fit.shape[0]:
        raise ShapeError(f"`E` has {len(values)} genes; the fit has {fit.shape[0]}.")
    return values


def _chosen_genes(fit: MArrayLM, coef: Any, number: int, genes: Any) -> tuple[str, IntArray]:
    """Title and positions of the genes to show."""
    if coef is None and fit.shape[1] == 1:
        coef = 0
    names = fit.names("coefs")
    coefs = np.arange(fit.shape[1]) if coef is None else select_coefs(fit, coef)
    title = "" if len(coefs) > 1 else column_name(names, int(coefs[0]))
    if genes is not None:
        place = positions(genes, fit.shape[0], fit.row_names, "genes")
        return title, np.arange(fit.shape[0])[place]
    number = whole(number, "number", 1)
    if len(coefs) == 1:
        p = fit.require("p_value", "plot_top_genes")[:, coefs[0]]
    else:
        part = fit if coef is None else fit.subset(columns=coefs)
        p = part.require("F_p_value", "plot_top_genes")
    order = np.argsort(np.where(np.isnan(p), np.inf, p), kind="stable")
    return title, order[: min(number, int(np.isfinite(p).sum()))]
