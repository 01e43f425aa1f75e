r"""Regularised linear discriminant functions of groups of samples.

The effects of a design whose first column is the intercept are those between the groups,
:math:`B`, and residual ones, whose sums of squares and products are the covariance :math:`W`
within groups. With :math:`d_0 s_0^2` added to its diagonal, as in moderated variances, and
:math:`W = R^T R`, the functions are the left singular vectors of :math:`R^{-T} B`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular, svd

from pylimma.adapters.expression import Expression, parse_expression
from pylimma.adapters.labels import aligned, sample_labels
from pylimma.arguments import flag, numbers, whole
from pylimma.containers.names import matching_order
from pylimma.design.intake import parse_design
from pylimma.draw import draw, drawing
from pylimma.errors import DesignError, InputError, ShapeError
from pylimma.moderation.squeeze_var import squeeze
from pylimma.numerics.missing_values import row_means
from pylimma.numerics.regression.effects import effects
from pylimma.numerics.regression.linalg import FactoredDesign, factor_design
from pylimma.record import Record
from pylimma.typing import AnyArray, DesignLike, ExpressionLike, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class DiscriminantFunctions(Record):
    """Directions in which groups differ most."""

    metagenes: FloatArray  # (genes, ndim) weights of the genes, of unit length
    singular_values: FloatArray  # (functions,) how much the groups differ along each function
    rank: int  # number of functions that the groups define; more are arbitrary


def most_separating(
    between: FloatArray, s2: FloatArray, var_prior: FloatArray, df_prior: FloatArray, number: int
) -> IntArray:
    """Genes with the largest mean square between groups over the variance within, best first.

    All genes in their order if there are not more than `number`.
    """
    if number >= s2.size:
        return np.arange(s2.size)
    mean_square = (between**2).mean(axis=1)
    return np.argsort(-mean_square / (s2 + df_prior * var_prior), kind="stable")[:number]


def discriminant_functions(
    between: FloatArray,
    within: FloatArray,
    var_prior: FloatArray,
    df_prior: FloatArray,
    ndim: int,
) -> DiscriminantFunctions:
    """Directions that separate groups, in the metric of the regularised covariance."""
    products = within @ within.T
    products[np.diag_indices_from(products)] += df_prior * var_prior
    scale = np.sqrt(df_prior + within.shape[1])
    triangle = np.linalg.cholesky(products / np.outer(scale, scale))
    whitened = solve_triangular(triangle, between, lower=True)
    left, values, _ = svd(whitened, full_matrices=ndim > min(whitened.shape))
    return DiscriminantFunctions(left[:, :ndim], values, min(whitened.shape))


@dataclass(frozen=True, slots=True, eq=False)
class RLDF(Record):
    """Regularised linear discriminant functions.

    Attributes
    ----------
    training : array of shape (samples, ndim)
        Scores of the samples that define the functions.
    top : array of int of shape (probes,)
        Positions of the genes that were used, the best first.
    metagenes : array of shape (probes, ndim)
        Weights of these genes in each function.
    singular_values : array of shape (functions,)
        How much the groups differ along each function.
    rank : int
        Number of functions that the groups define; any further ones are arbitrary.
    var_prior : float or array of shape (probes,)
        Prior variance; one for each gene used, under a trend.
    df_prior : float or array of shape (probes,)
        Prior degrees of freedom.
    predicting : array of shape (new samples, ndim) or None
        Scores of the samples in `z`.
    labels_y, labels_z : array of str
        Names of the samples.
    """

    training: FloatArray
    top: IntArray
    metagenes: FloatArray
    singular_values: FloatArray
    rank: int
    var_prior: float | FloatArray
    df_prior: float | FloatArray
    predicting: FloatArray | None = None
    labels_y: AnyArray | None = None
    labels_z: AnyArray | None = None


def rldf(
    y: ExpressionLike,
    design: DesignLike | None = None,
    z: ExpressionLike | None = None,
    nprobes: int = 100,
    labels_y: ArrayLike | None = None,
    labels_z: ArrayLike | None = None,
    show_dimensions: Sequence[int] = (0, 1),
    ndim: int | None = None,
    var_prior: ArrayLike | None = None,
    df_prior: ArrayLike | None = None,
    trend: bool = False,
    robust: bool = False,
    *,
    plot: bool = False,
    **options: Any,
) -> RLDF:
    r"""Regularised linear discriminant functions of groups of samples.

    Parameters
    ----------
    y : array, DataFrame, AnnData or EList of shape (genes, samples)
        Log2 expression without missing values.
    design : array, DataFrame or formula of shape (samples, coefs), optional
        Design whose first column is the intercept; the groups that `labels_y` names when not
        given.
    z : array or DataFrame of shape (genes, new samples), optional
        Further samples, which are scored by the same functions.
    nprobes : int
        Number of genes to use, those that differ most between the groups.
    labels_y, labels_z : sequence, optional
        Names of the samples; by default those of the data.
    show_dimensions : two ints
        The functions to draw.
    ndim : int, optional
        Number of functions; by default as many as are shown.
    var_prior, df_prior : float or array of shape (genes,), optional
        Prior of the variances; estimated when not given.
    trend : bool
        Whether the prior variance follows average expression.
    robust : bool
        Whether the prior is protected from hypervariable genes.
    plot : bool
        Whether to draw the scores as well.
    **options : object
        How they are drawn; see `plot_rldf`.

    Returns
    -------
    RLDF
        Scores, weights of the genes, and the prior. Signs are arbitrary.

    Raises
    ------
    DesignError
        If nothing separates the samples, or there are no residual degrees of freedom.
    InputError
        For missing values, or too few genes or functions.
    ShapeError
        If `z` has another number of genes.

    See Also
    --------
    plot_rldf : The picture.
    mds : Distances of samples, without groups.

    Notes
    -----
    With :math:`B` the effects between groups and :math:`W` the residual covariance with
    :math:`d_0 s_0^2` added to its diagonal sums of squares, the functions are the left
    singular vectors of :math:`R^{-T} B`, :math:`W = R^T R`.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(size=(50, 6)) + np.array([0, 0, 0, 2, 2, 2])
    >>> pylimma.rldf(y, labels_y=list("aaabbb"), nprobes=10).training.shape
    (6, 2)
    """
    plot = drawing(plot, "plot", options, "rldf", "rldf")
    data = parse_expression(y, argument="y", squared=True)
    names = _labels(labels_y, data, "labels_y")
    places = numbers(show_dimensions, "show_dimensions").ravel()
    shown = [whole(k, "show_dimensions", 0) for k in places]
    moderation = {"trend": flag(trend, "trend"), "robust": flag(robust, "robust")}
    nprobes = whole(nprobes, "nprobes", 1)
    ndim = whole(max(shown, default=0) + 1 if ndim is None else ndim, "ndim", 1)
    _check_numbers(data.matrix, nprobes, ndim, shown)
    factors = (
        factor_design(_group_design(names))
        if design is None
        else parse_design(design, data).factors
    )
    _check_design(factors)
    every = effects(data.matrix, factors)
    between, within = every[:, 1 : factors.rank], every[:, factors.rank :]
    s2 = (within**2).mean(axis=1)
    var_prior = aligned(var_prior, data.gene_names, "genes", "var_prior")
    df_prior = aligned(df_prior, data.gene_names, "genes", "df_prior")
    prior = _prior(data.matrix, s2, within.shape[1], var_prior, df_prior, **moderation)
    every_var, every_df = (np.broadcast_to(part, s2.shape) for part in prior)
    top = most_separating(between, s2, every_var, every_df, nprobes)
    found = discriminant_functions(between[top], within[top], every_var[top], every_df[top], ndim)
    new = None if z is None else _new_samples(z, len(s2), data.gene_names)
    result = RLDF(
        data.matrix[top].T @ found.metagenes,
        top,
        found.metagenes,
        found.singular_values,
        found.rank,
        prior[0] if np.ndim(prior[0]) == 0 else prior[0][top],
        prior[1] if np.ndim(prior[1]) == 0 else prior[1][top],
        None if new is None else new.matrix[top].T @ found.metagenes,
        names,
        None if new is None else _labels(labels_z, new, "labels_z"),
    )
    if plot:
        draw("rldf", options, result=result, show_dimensions=show_dimensions)
    return result


def _prior(
    values: FloatArray,
    s2: FloatArray,
    df: int,
    var_prior: Any,
    df_prior: Any,
    *,
    trend: bool,
    robust: bool,
) -> tuple[Any, Any]:
    """Prior variance and degrees of freedom, given or estimated; the latter kept finite."""
    estimated = var_prior is None or df_prior is None
    if estimated:
        covariate = row_means(values) if trend else None
        squeezed = squeeze(s2, np.full(s2.shape, float(df)), covariate, robust=robust)
        var_prior, df_prior = squeezed.var_prior, squeezed.df_prior
    bounded = np.clip(numbers(df_prior, "df_prior"), 1.0, max(1.0, (s2.size - 1.0) * df))
    both = {"var_prior": numbers(var_prior, "var_prior"), "df_prior": bounded}
    for name, part in both.items():
        if part.shape not in ((), s2.shape):
            raise ShapeError(
                f"`{name}` has shape {part.shape}; give one number, or one for each of the "
                f"{s2.size} genes."
            )
        if not (estimated or (part >= 0).all()):
            raise InputError(f"`{name}` must not be missing or negative.")
    if not ((s2 > 0) | (bounded * both["var_prior"] > 0)).all():
        raise InputError(
            f"{int((s2 == 0).sum())} genes of `y` do not vary within the groups, and there is no "
            "prior variance to add; remove them, or give `var_prior` and `df_prior`."
        )
    return _number(both["var_prior"]), _number(bounded)


def _number(value: Any) -> Any:
    array = np.asarray(value, dtype=float)
    return float(array) if array.ndim == 0 else array


def _labels(labels: Any, data: Expression, argument: str) -> AnyArray:
    n_samples = data.matrix.shape[1]
    names = data.sample_names
    if labels is None:
        labels = pd.RangeIndex(n_samples) if names is None else names
    return np.array([str(label) for label in sample_labels(labels, n_samples, names, argument)])


def _group_design(labels: AnyArray) -> FloatArray:
    """Intercept and differences from the first group."""
    codes, levels = pd.factorize(labels, sort=True)
    if len(levels) in (1, len(labels)):
        raise DesignError(
            f"`labels_y` makes {len(levels)} groups of {len(labels)} samples; give a `design`, "
            f"or labels of which some repeat."
        )
    return np.column_stack([np.ones(len(codes)), codes[:, None] == np.arange(1, len(levels))])


def _check_numbers(
    values: FloatArray, nprobes: int, ndim: int, show_dimensions: Sequence[int]
) -> None:
    if not np.isfinite(values).all():
        raise InputError("`y` has missing values; discriminant functions need complete genes.")
    if not show_dimensions or max(show_dimensions) >= ndim:
        raise InputError(
            f"`show_dimensions` {tuple(show_dimensions)} are outside the {ndim} functions."
        )
    if ndim > min(nprobes, len(values)):
        raise InputError(f"{min(nprobes, len(values))} genes are too few for {ndim} functions.")


def _check_design(factors: FactoredDesign) -> None:
    if factors.rank == len(factors.matrix):
        raise DesignError("The design leaves no residual degrees of freedom.")
    if factors.rank <= 1:
        raise DesignError("The design has a single column, which does not separate groups.")


def _new_samples(z: ExpressionLike, n_genes: int, gene_names: pd.Index | None) -> Expression:
    new = parse_expression(z, argument="z")
    order = matching_order(new.gene_names, gene_names, n_genes, "genes", "z")
    if order is not None:
        new = replace(new, matrix=new.matrix[order], gene_names=gene_names)
    if len(new.matrix) != n_genes:
        raise ShapeError(f"`z` has {len(new.matrix)} genes; `y` has {n_genes}.")
    return new
