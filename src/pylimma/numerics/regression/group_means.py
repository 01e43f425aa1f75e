r"""Least squares for many groups with a few covariates, from sums over the groups.

Observation :math:`i` of gene :math:`g` is of group :math:`k(i)` and has covariates :math:`z_i`,

.. math:: y_{gi} = \mu_{gk(i)} + z_i^T\gamma_g + \varepsilon_{gi}.

With the covariates centred within groups, :math:`\tilde Z = QR`, the model falls apart [1]_:

.. math::
    R\hat\gamma_g = Q^T y_g, \qquad \hat\mu_{gk} = \bar y_{gk} - \bar z_k^T\hat\gamma_g, \qquad
    \mathrm{RSS}_g = \sum_i y_{gi}^2 - \sum_k n_k\bar y_{gk}^2 - \|Q^T y_g\|^2,

.. math::
    \mathrm{var}(\hat\mu_{gk} - \hat\mu_{gl}) / \sigma_g^2
    = 1/n_k + 1/n_l + \|R^{-T}(\bar z_k - \bar z_l)\|^2,

so that sums over groups are all that is kept of the observations, whatever the number of groups.

References
----------
.. [1] Lovell MC (1963). J Am Stat Assoc 58:993. https://doi.org/10.1080/01621459.1963.10480682
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pylimma.numerics.regression.linalg import RANK_TOLERANCE, pivoted_qr
from pylimma.record import Record
from pylimma.typing import BoolArray, FloatArray, IntArray

_ROUNDING = 1e-13  # of a sum of squares: what is left of it is a rounding error
_STEP = 64  # groups whose means are adjusted at a time


@dataclass(frozen=True, slots=True, eq=False)
class CentredCovariates(Record):
    """Covariates centred within groups, with the triangle of their orthogonal factors."""

    centred: FloatArray  # (observations, rank) independent columns
    means: FloatArray  # (groups, rank) means of these columns
    triangle: FloatArray  # (rank, rank) R
    # (groups, columns - rank) means of what is constant within groups, by size of the covariate:
    # groups that differ in it cannot be told from the covariates
    confounded: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class GroupSums(Record):
    """Sums over observations, which blocks of observations or of genes are added to."""

    total: FloatArray  # (groups, genes) sums of the values
    squares: FloatArray  # (genes,) sums of their squares
    moments: FloatArray  # (columns, genes) sums of products with the centred covariates
    shift: FloatArray  # (genes,) what was subtracted from the values


@dataclass(frozen=True, slots=True, eq=False)
class GroupComparisons(Record):
    """Differences of all groups from the last one."""

    difference: FloatArray  # (groups - 1, genes); NaN where covariates cannot be told apart
    stdev_unscaled: FloatArray  # (groups - 1,) standard errors for a residual sd of one
    covariance: FloatArray  # (groups - 1, groups - 1) of the differences, for a variance of one
    sigma: FloatArray  # (genes,) residual standard deviations
    df: int  # residual degrees of freedom
    average: FloatArray  # (genes,) mean over all observations


def centre_covariates(z: FloatArray, group: IntArray, size: IntArray) -> CentredCovariates:
    """Covariates of shape (observations, columns) centred within groups, and their rank."""
    means = np.zeros((len(size), z.shape[1]))
    np.add.at(means, group, z)
    means /= size[:, None]
    centred = z - means[group]
    constant = np.linalg.norm(centred, axis=0) <= RANK_TOLERANCE * np.linalg.norm(z, axis=0)
    centred[:, constant] = 0.0  # rather than rounding errors
    qr = pivoted_qr(np.asarray(np.linalg.qr(centred, mode="r")))
    free, bound = qr.pivot[: qr.rank], qr.pivot[qr.rank :]
    relation = np.linalg.solve(qr.triangle, qr.r[:, qr.rank :])
    largest = np.abs(z[:, bound]).max(axis=0, initial=0.0)
    return CentredCovariates(
        np.ascontiguousarray(centred[:, free]),
        means[:, free],
        qr.triangle,
        (means[:, bound] - means[:, free] @ relation) / np.where(largest > 0, largest, 1.0),
    )


def empty_sums(n_groups: int, n_genes: int, n_columns: int) -> GroupSums:
    """Sums that nothing was added to yet."""
    return GroupSums(
        np.zeros((n_groups, n_genes)),
        np.zeros(n_genes),
        np.zeros((n_columns, n_genes)),
        np.zeros(n_genes),
    )


def add_block(
    sums: GroupSums, block: Any, group: IntArray, centred: FloatArray, genes: slice
) -> None:
    """Add a block of values, dense or sparse, of shape (observations, genes)."""
    if isinstance(block, np.ndarray):
        block = block - sums.shift[genes]
    sums.moments[:, genes] += (block.T @ centred).T
    if isinstance(block, np.ndarray):
        for own, values in zip(group, block, strict=True):
            sums.total[own, genes] += values
        sums.squares[genes] += np.einsum("ig,ig->g", block, block)
        return
    stored = block.tocoo()
    place = group[stored.row] * sums.total.shape[1] + (genes.start + stored.col.astype(np.intp))
    np.add.at(sums.total.reshape(-1), place, stored.data)
    sums.squares[genes] += np.bincount(stored.col, stored.data**2, minlength=block.shape[1])


def compare_with_last(
    sums: GroupSums, size: IntArray, covariates: CentredCovariates
) -> GroupComparisons:
    """Comparisons of all groups with the last one; the sums are used up."""
    weight = 1.0 / size
    average = sums.total.sum(axis=0) / size.sum() + sums.shift
    means = np.multiply(sums.total, weight[:, None], out=sums.total)
    effects = np.linalg.solve(covariates.triangle.T, sums.moments)  # Q'y
    gamma = np.linalg.solve(covariates.triangle, effects)
    rss = sums.squares - np.einsum("k,kg,kg->g", size.astype(float), means, means)
    rss -= (effects**2).sum(axis=0)
    rss = np.where(rss > _ROUNDING * sums.squares, rss, 0.0)
    last = means[-1] - covariates.means[-1] @ gamma
    for start in range(0, len(size) - 1, _STEP):
        groups = slice(start, min(start + _STEP, len(size) - 1))
        means[groups] -= covariates.means[groups] @ gamma + last
    distance = covariates.means[:-1] - covariates.means[-1]
    whitened = np.linalg.solve(covariates.triangle.T, distance.T).T  # R^-T (zbar_k - zbar_l)
    covariance = whitened @ whitened.T + weight[-1]
    covariance[np.diag_indices(len(covariance))] += weight[:-1]
    difference = means[:-1]
    difference[_confounded(covariates)] = np.nan
    df = int(size.sum()) - len(size) - len(covariates.triangle)
    sigma = np.sqrt(rss / df) if df > 0 else np.full(len(rss), np.nan)
    return GroupComparisons(
        difference, np.sqrt(np.diag(covariance)), covariance, sigma, df, average
    )


def _confounded(covariates: CentredCovariates) -> BoolArray:
    """Groups whose difference from the last one depends on what cannot be estimated."""
    distance = np.abs(covariates.confounded[:-1] - covariates.confounded[-1])
    return np.asarray((distance > RANK_TOLERANCE).any(axis=1))
