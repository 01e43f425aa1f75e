r"""Covariances of coefficients that differ from gene to gene.

With weights or missing values of its own, gene :math:`g` has coefficients of covariance
:math:`\sigma_g^2 V_g`, :math:`V_g = (X^T \Omega_g^{-1} X)^{-1}`, and a contrast :math:`c` has the
unscaled variance :math:`c^T V_g c`. Of each :math:`V_g` the lower triangle is kept, row by row, so
that anything linear in it is one matrix product over all genes.

Where a gene's observations cannot tell all columns of the design apart, rows and columns of
:math:`V_g` are zero for those that depend on earlier ones. That is a generalised inverse, which
serves as well for every contrast in the row space of what the gene has: those orthogonal to the
null space.
"""

from __future__ import annotations

import numpy as np

from pylimma.numerics.regression.linalg import (
    batched_cholesky,
    batched_forward_solve,
    pivoted_qr,
)
from pylimma.numerics.regression.stacked_qr import observation_patterns
from pylimma.typing import BoolArray, FloatArray, IntArray

_OUTSIDE = 1e-8  # of what its weights could give: a contrast that is further out is not estimable
_NOISE = 1e-13  # of a contrast's length: less is rounding error, however small the weights' parts


def packed_products(roots: FloatArray) -> FloatArray:
    """Lower triangles of S'S, of shape (genes, pairs), for S of shape (rows, coefs, genes)."""
    first, second = np.tril_indices(roots.shape[1])
    return np.einsum("ipg,ipg->gp", roots[:, first], roots[:, second])


def packed(matrix: FloatArray) -> FloatArray:
    """Lower triangle of one symmetric matrix, row by row."""
    return np.asarray(matrix[np.tril_indices(len(matrix))])


def placed(triangles: FloatArray, positions: IntArray, n_coefs: int) -> FloatArray:
    """Triangles of some coefficients, in increasing order, among all; zero elsewhere."""
    if len(positions) == n_coefs:
        return triangles
    first, second = positions[np.array(np.tril_indices(len(positions)))]
    whole = np.zeros((len(triangles), n_coefs * (n_coefs + 1) // 2))
    whole[:, first * (first + 1) // 2 + second] = triangles
    return whole


def contrast_variance(covariance: FloatArray, contrasts: FloatArray) -> FloatArray:
    """Variances c'Vc of contrasts, of shape (…, contrasts), for triangles of shape (…, pairs)."""
    first, second = np.tril_indices(len(contrasts))
    # an entry below the diagonal counts twice
    terms = contrasts[first] * contrasts[second] * np.where(first == second, 1.0, 2.0)[:, None]
    return np.asarray(covariance @ terms)


def contrast_stdev(covariance: FloatArray, contrasts: FloatArray) -> FloatArray:
    """Unscaled standard errors of contrasts, of shape (genes, contrasts)."""
    return np.sqrt(np.maximum(contrast_variance(covariance, contrasts), 0.0))


def contrast_covariance(covariance: FloatArray, contrasts: FloatArray) -> FloatArray:
    """Lower triangles of C'VC for all genes, of shape (genes, pairs of contrasts)."""
    first, second = np.tril_indices(len(contrasts))
    left, right = np.tril_indices(contrasts.shape[1])
    terms = contrasts[first][:, left] * contrasts[second][:, right]
    swapped = contrasts[second][:, left] * contrasts[first][:, right]
    return covariance @ (terms + np.where(first == second, 0.0, 1.0)[:, None] * swapped)


def unpacked(triangles: FloatArray) -> FloatArray:
    """Symmetric matrices of their lower triangles, of shape (genes, size, size)."""
    size = int((np.sqrt(8 * triangles.shape[1] + 1) - 1) / 2)
    first, second = np.tril_indices(size)
    matrices = np.empty((len(triangles), size, size))
    matrices[:, first, second] = triangles
    matrices[:, second, first] = triangles
    return matrices


def gene_f_statistic(
    estimates: FloatArray, covariance: FloatArray, contrasts: FloatArray, variance: FloatArray
) -> tuple[FloatArray, int]:
    r"""F-statistics :math:`b^T (C^T V_g C)^{+} b / (r s^2)` and their degrees of freedom r.

    `estimates` are those of the contrasts, `variance` the moderated one. Contrasts that are
    combinations of others change nothing and are not used.
    """
    independent = pivoted_qr(contrasts).independent
    triangles = contrast_covariance(covariance, contrasts[:, independent])
    factors, margin = batched_cholesky(np.moveaxis(unpacked(triangles), 0, -1))
    b = estimates[:, independent].T[:, None, :]
    z = batched_forward_solve(factors, b)[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        f = (z**2).sum(axis=0) / (len(independent) * variance)
    return np.where(margin > 0, f, np.nan), len(independent)


def gene_whitening(covariance: FloatArray, rank: int) -> FloatArray:
    """For each gene, the matrix that makes its t-statistics independent ones of mean square F.

    `covariance` is the lower triangle for the contrasts, the result (genes, contrasts, rank).
    """
    matrices = unpacked(covariance)
    scale = np.sqrt(np.einsum("gii->gi", matrices))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = matrices / (scale[:, :, None] * scale[:, None, :])
    values, vectors = np.linalg.eigh(np.nan_to_num(correlation))
    largest = np.maximum(values[:, -rank:], np.finfo(float).tiny)
    return np.asarray(vectors[:, :, -rank:] / np.sqrt(largest * rank)[:, None, :])


def null_spaces(design: FloatArray, observed: BoolArray) -> tuple[FloatArray, IntArray]:
    """Projections on what each gene's samples cannot tell, and which of them each gene has.

    The first has shape (patterns, coefs, coefs): zero for a gene whose samples have full rank.
    """
    patterns, membership = observation_patterns(observed)
    return np.array([_null_projection(design[pattern]) for pattern in patterns]), membership


def _null_projection(design: FloatArray) -> FloatArray:
    n_coefs = design.shape[1]
    if len(design) == 0:
        return np.eye(n_coefs)
    qr = pivoted_qr(design)
    # X N = 0 for N = (-R11⁻¹ R12, I) in the order of the pivot
    basis = np.zeros((n_coefs, n_coefs - qr.rank))
    basis[qr.independent] = -np.linalg.solve(qr.triangle, qr.r[:, qr.rank :])
    basis[qr.pivot[qr.rank :], np.arange(n_coefs - qr.rank)] = 1.0
    orthonormal = np.linalg.qr(basis)[0]
    return np.asarray(orthonormal @ orthonormal.T)


def not_estimable(null_space: FloatArray, contrasts: FloatArray) -> BoolArray:
    """Whether each contrast lies partly in a null space, of shape (patterns, contrasts)."""
    part = np.linalg.norm(null_space @ contrasts, axis=1)
    # columns of large values, such as times in seconds, have small entries in the null space
    most = np.linalg.norm(null_space, axis=1) @ np.abs(contrasts)
    noise = _NOISE * np.linalg.norm(contrasts, axis=0)
    return np.asarray(part > np.maximum(_OUTSIDE * most, noise))
