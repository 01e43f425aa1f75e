r"""Regularised linear discriminant functions for more genes than samples.

Samples are parted by the effects of a design beyond its first column. The within-group
covariance is made invertible by the prior of the variances: its diagonal gains
:math:`d_0 s_0^2`, as if :math:`d_0` further residuals of variance :math:`s_0^2` had been seen
for each gene.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular, svd

from pylimma.numerics.linalg import pivoted_qr
from pylimma.record import Record
from pylimma.typing import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Parted(Record):
    """Expression parted into effects of a design and what is left.

    Attributes
    ----------
    between : array of shape (genes, effects)
        Orthogonal effects of the design beyond its first column.
    within : array of shape (genes, df)
        Orthogonal residual effects.
    """

    between: FloatArray
    within: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class DiscriminantFunctions(Record):
    """Directions in which groups differ most.

    Attributes
    ----------
    metagenes : array of shape (genes, ndim)
        Weights of the genes, of unit length.
    singular_values : array of shape (functions,)
        How much the groups differ along each function.
    rank : int
        Number of functions that the groups define; more are arbitrary.
    """

    metagenes: FloatArray
    singular_values: FloatArray
    rank: int


def parted_effects(values: FloatArray, design: FloatArray) -> Parted:
    """Part expression by a design whose first column is the intercept.

    Parameters
    ----------
    values : array of shape (genes, samples)
        Log-expression without missing values.
    design : array of shape (samples, coefs)
        Design matrix; columns that repeat earlier ones have no effect.

    Returns
    -------
    Parted
    """
    factors = pivoted_qr(design)
    effects = values @ factors.q
    return Parted(effects[:, 1 : factors.rank], effects[:, factors.rank :])


def most_separating(
    parted: Parted, s2: FloatArray, var_prior: FloatArray, df_prior: FloatArray, number: int
) -> IntArray:
    """Genes with the largest mean square between groups over the variance within.

    Parameters
    ----------
    parted : Parted
        Effects of all genes.
    s2 : array of shape (genes,)
        Residual variances.
    var_prior, df_prior : array of shape (genes,)
        Prior of the variances.
    number : int
        How many are wanted.

    Returns
    -------
    array of int
        Their positions, the best first; all in their order if there are no more.
    """
    if number >= s2.size:
        return np.arange(s2.size)
    mean_square = (parted.between**2).mean(axis=1)
    return np.argsort(-mean_square / (s2 + df_prior * var_prior), kind="stable")[:number]


def discriminant_functions(
    between: FloatArray,
    within: FloatArray,
    var_prior: FloatArray,
    df_prior: FloatArray,
    ndim: int,
) -> DiscriminantFunctions:
    r"""Directions that separate groups, in the metric of the regularised covariance.

    With :math:`W` the within-group covariance and :math:`W = R^T R`, these are the left
    singular vectors of :math:`R^{-T} B`, where :math:`B` holds the effects between groups.

    Parameters
    ----------
    between : array of shape (genes, effects)
        Effects of the chosen genes.
    within : array of shape (genes, df)
        Their residual effects.
    var_prior, df_prior : array of shape (genes,)
        Prior of their variances.
    ndim : int
        Number of functions.

    Returns
    -------
    DiscriminantFunctions
    """
    products = within @ within.T
    products[np.diag_indices_from(products)] += df_prior * var_prior
    scale = np.sqrt(df_prior + within.shape[1])
    triangle = np.linalg.cholesky(products / np.outer(scale, scale))
    whitened = solve_triangular(triangle, between, lower=True)
    left, values, _ = svd(whitened, full_matrices=ndim > min(whitened.shape))
    return DiscriminantFunctions(left[:, :ndim], values, min(whitened.shape))
