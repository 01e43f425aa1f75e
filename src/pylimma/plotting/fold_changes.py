"""Differences against means: MD and MA plots of samples and of fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from pylimma.adapters.expression import parse_expression
from pylimma.arguments import flag, number, sequence
from pylimma.containers.components import Components
from pylimma.containers.counts import DGEList
from pylimma.containers.fit import MArrayLM
from pylimma.containers.two_color import MAList
from pylimma.errors import InputError, ShapeError, StageError
from pylimma.numerics.counts.rates import log_cpm
from pylimma.numerics.missing_values import row_means
from pylimma.plotting.axes import styled, threshold_lines, zero_line
from pylimma.plotting.intensities import on_log_scale
from pylimma.plotting.labels import (
    column_name,
    column_position,
    gene_labels,
    genes_named,
    largest,
    name_genes,
    status_of,
)
from pylimma.plotting.legends import add_note, counted
from pylimma.plotting.scatter import (
    check_single,
    draw_highlights,
    plot_with_highlights,
    single_column,
)
from pylimma.record import Record
from pylimma.results.tables import Coef
from pylimma.typing import ExpressionLike, FloatArray

_AVERAGE = r"Average expression ($\log_2$)"
INTENSITY = r"Average intensity A ($\log_2$)"
RED_TO_GREEN = r"$\log_2$ ratio M (red / green)"
_LOG_FC = r"$\log_2$ fold change"
_RATIO = r"$\log_2$ ratio (this sample vs others)"


@styled
def plot_md(
    object: ExpressionLike | MArrayLM,
    column: Coef | None = None,
    xlab: str | None = None,
    ylab: str | None = None,
    main: str | None = None,
    status: ArrayLike | None = None,
    *,
    coef: Coef | None = None,
    zero_weights: bool = False,
    highlight: int = 0,
    names: ArrayLike | None = None,
    labels: Sequence[str] | str | None = None,
    top: int | None = None,
    lfc: float | None = None,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    r"""MD plot: log fold change of each gene against its average expression.

    Parameters
    ----------
    object : array, DataFrame, AnnData, EList, EListRaw, MAList, RGList or MArrayLM
        Log2 expression of genes × samples, or a fit. Of a matrix, a sample is set against the
        average of all others; of two-colour data, red against green. Raw intensities are taken
        less their background.
    column : int or name, optional
        The sample, by default the first; or the coefficient of a fit, by default the last.
    xlab, ylab : str
        Labels of the axes.
    main : str, optional
        Title; by default the name of the column.
    status : sequence, TestResults, array of shape (genes,) or (genes, coefs), or str, optional
        Kind of each gene, or outcomes of `decide_tests`, or a column of the annotation. By
        default its column ``Status``, if there is one.
    coef : int or name, optional
        The same as `column`.
    zero_weights : bool
        Whether values with zero weight are shown.
    highlight : int
        Number of genes to name, as far as there is room: those of the largest absolute log fold
        change, or of the smallest p-values where `object` has them.
    names : sequence of shape (genes,) or str, optional
        Names of the genes, or the column of the annotation that holds them; by default those of
        `object`.
    labels : sequence of str, optional
        Genes to name besides, always, by their names or those of their rows.
    top : int, optional
        The same as `highlight`.
    lfc : float, optional
        Log2 fold change at which dashed lines are drawn in both directions.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `plot_with_highlights`.

    Returns
    -------
    Axes
        Where it was drawn. A note below counts genes without values and names without room.

    Raises
    ------
    InputTypeError
        For any other kind of object.
    StageError
        For a fit without average expression.
    ShapeError
        For a matrix with a single sample.
    UnknownNameError
        For a column or gene that is not there.

    See Also
    --------
    volcanoplot : Fold change against significance.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 4))
    >>> pylimma.plot_md(y, column=2).get_xlabel()
    'Average expression ($\\log_2$)'
    """
    column = coef if column is None else column
    object = on_log_scale(object)
    points = (
        _of_fit(object, column) if isinstance(object, MArrayLM) else _of_samples(object, column)
    )
    y = points.difference
    if not flag(zero_weights, "zero_weights") and points.weights is not None:
        y = np.where(points.weights > 0, y, np.nan)
    status = _status(object, status, points.column)
    written = gene_labels(object, names, len(y))
    asked = genes_named(labels, written, object)
    lfc = None if lfc is None else number(lfc, "lfc", 0)
    ax = draw_highlights(
        points.mean,
        y,
        status,
        xlab=points.average if xlab is None else xlab,
        ylab=points.quantity if ylab is None else ylab,
        main=points.name if main is None else main,
        ax=ax,
        **kwargs,
    )
    zero_line(ax)
    threshold_lines(ax, lfc)
    best = largest(points.evidence, highlight if top is None else top)
    left = name_genes(ax, points.mean, y, written, asked, best)
    lost = int((~np.isfinite(points.mean + y)).sum())
    add_note(ax, counted(lost, points.kind, "without values"), *left)
    return ax


@styled
def plot_ma(
    object: ExpressionLike | MArrayLM,
    array: Coef | None = None,
    xlab: str | None = None,
    ylab: str | None = None,
    main: str | None = None,
    status: ArrayLike | None = None,
    *,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    r"""MA plot: log ratio of each gene against its average expression.

    Parameters
    ----------
    object : array, DataFrame, AnnData, EList, EListRaw, MAList, RGList or MArrayLM
        Log2 expression of genes × samples, raw intensities, or a fit.
    array : int or name, optional
        The sample, by default the first; or the coefficient of a fit, by default the last.
    xlab, ylab : str
        Labels of the axes.
    main : str, optional
        Title; by default the name of the column.
    status : sequence or TestResults of shape (genes,), optional
        Kind of each gene, or outcomes of one test.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `plot_md` and on to `plot_with_highlights`.

    Returns
    -------
    Axes
        Where it was drawn.

    Raises
    ------
    InputError
        For outcomes of several tests.

    See Also
    --------
    plot_md : The same plot, which picks the outcomes that belong to its column.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 4))
    >>> pylimma.plot_ma(y, array=1).get_ylabel()
    '$\\log_2$ ratio (this sample vs others)'
    """
    check_single(status)
    return plot_md(object, array, xlab, ylab, main, status, ax=ax, **kwargs)


@styled
def mdplot(
    x: ExpressionLike,
    columns: tuple[Coef, Coef] = (0, 1),
    xlab: str = r"Mean ($\log_2$)",
    ylab: str = r"Difference ($\log_2$)",
    main: str | None = None,
    *,
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """MD plot of two samples: their difference against their mean.

    Parameters
    ----------
    x : array, DataFrame, AnnData or EList of shape (genes, samples)
        Log2 expression.
    columns : two ints or names
        The samples: the second minus the first is shown.
    xlab, ylab : str
        Labels of the axes.
    main : str, optional
        Title; by default the names of the two.
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
    InputError
        Unless there are two columns.
    UnknownNameError
        For a column that is not there.

    See Also
    --------
    plot_md : One sample against all others.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> pylimma.mdplot(np.array([[1.0, 3.0], [2.0, 1.0]])).get_title(loc="left")
    'Column 2 vs Column 1'
    """
    found = parse_expression(x, argument="x")
    names = found.sample_names
    pair = sequence(columns, "columns")
    if len(pair) != 2:
        raise InputError(f"`columns` must be two samples; got {len(pair)}.")
    first, second = (column_position(k, found.matrix.shape[1], names, "samples") for k in pair)
    one, other = found.matrix[:, first], found.matrix[:, second]
    called = [f"Column {k + 1}" if names is None else str(names[k]) for k in (second, first)]
    main = " vs ".join(called) if main is None else main
    ax = plot_with_highlights(
        (one + other) / 2, other - one, xlab=xlab, ylab=ylab, main=main, ax=ax, **kwargs
    )
    zero_line(ax)
    return ax


@dataclass(frozen=True, slots=True, eq=False)
class Differences(Record):
    """Points of an MD plot."""

    mean: FloatArray  # (genes,) coordinates of the genes
    difference: FloatArray  # (genes,) coordinates of the genes
    evidence: FloatArray  # (genes,) genes with the largest are named
    column: int  # position of the sample or coefficient
    name: str  # its name, empty where it has none
    weights: FloatArray | None = None  # (genes,) weights of the differences
    quantity: str = _LOG_FC  # what the difference is
    average: str = _AVERAGE  # what the mean is of
    kind: str = "gene"  # what the points are


def _of_fit(fit: MArrayLM, column: Any) -> Differences:
    if "Amean" not in fit:
        raise StageError("This fit has no average expression 'Amean', as `lm_fit` returns it.")
    names = fit.names("coefs")
    at = column_position(
        fit.shape[1] - 1 if column is None else column, fit.shape[1], names, "coefficients"
    )
    difference = fit["coefficients"][:, at]
    evidence = -fit["p_value"][:, at] if "p_value" in fit else np.abs(difference)
    weights = fit.get("weights")
    usable = None if weights is None else np.asarray(weights).max(axis=1)
    return Differences(fit["Amean"], difference, evidence, at, column_name(names, at), usable)


def _of_samples(data: Any, column: Any) -> Differences:
    """One sample against the average of all others, or the log ratios of one array."""
    found = parse_expression(data)
    values, names = found.matrix, found.sample_names
    if isinstance(data, DGEList):
        values = log_cpm(values, data.effective_lib_size, 2.0)
    at = column_position(0 if column is None else column, values.shape[1], names, "samples")
    name = column_name(names, at)
    weights = None if found.weights is None else np.asarray(found.weights)[:, at]
    if isinstance(data, MAList):
        ratio, words = values[:, at], (RED_TO_GREEN, INTENSITY, "spot")
        return Differences(data["A"][:, at], ratio, np.abs(ratio), at, name, weights, *words)
    if values.shape[1] < 2:
        raise ShapeError("One sample has no others to be compared with.")
    one, others = values[:, at], row_means(np.delete(values, at, axis=1))
    difference = one - others
    return Differences(
        (one + others) / 2, difference, np.abs(difference), at, name, weights, _RATIO
    )


def _status(data: Any, status: Any, column: int) -> Any:
    if status is None and isinstance(data, Components):
        genes = data.get("genes")
        return None if genes is None or "Status" not in genes else genes["Status"]
    return single_column(status_of(status, data), column)
