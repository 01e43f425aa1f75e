r"""Sample weights updated gene by gene, in one pass over the rows.

Observation *j* of gene *g* has variance :math:`\sigma_g^2 e^{\eta_j}/w_{gj}` with
:math:`\eta = Z\gamma`, columns of *Z* summing to zero. Each gene contributes the score and the
expected information of its residual likelihood, and :math:`\gamma` moves at once by the score
over the information gathered so far, which starts from that of a prior of :math:`n_0` genes.
The result depends on the order of the rows, by design of the method.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg.blas import dsyr
from scipy.linalg.lapack import dgeqrf, dorgqr, dposv

from pylimma.numerics.regression.stacked_qr import observation_patterns, stacked_qr
from pylimma.typing import BoolArray, FloatArray

SMALLEST_VARIANCE = 1e-15  # a gene below it fits exactly and says nothing on weights
_FEWEST_VALUES = 3  # of a gene with missing values, and
_FEWEST_DF = 2  # the residual degrees of freedom it must have
_SAFE_PIVOT = 1e-7  # of the information; below it, directions without information stand still


def sequential_weights(
    y: FloatArray,
    design: FloatArray,
    contrasts: FloatArray | None = None,
    weights: FloatArray | None = None,
    prior_n: float = 10.0,
) -> FloatArray:
    r"""Sample weights by one pass over the genes, as in [1]_.

    With residuals :math:`r_j`, leverages :math:`h_j` and :math:`s^2` of the weighted fit of a
    gene, and :math:`d_j = 1 - h_j`, zero for missing values, the information grows by
    :math:`Z^T(\mathrm{diag}(d) - dd^T/\sum d)Z` and the score is
    :math:`Z^T(a_jw_jr_j^2/s^2 - d_j)`.

    References
    ----------
    .. [1] Ritchie ME et al. (2006). BMC Bioinformatics 7:261.
       https://doi.org/10.1186/1471-2105-7-261
    """
    observed = np.isfinite(y) if weights is None else np.isfinite(y) & (weights > 0)
    if weights is not None or not observed.all():
        weights = np.where(observed, 1.0 if weights is None else weights, 0.0)
        y = np.where(observed, y, 0.0)
    patterns, membership = observation_patterns(observed)
    designs = independent_designs(design, patterns)
    n_values = patterns.sum(axis=1)
    df = n_values - np.array([len(columns) for columns in designs])
    usable = (n_values >= _FEWEST_VALUES) & (df >= _FEWEST_DF) | patterns.all(axis=1)
    present = patterns.astype(np.float64)

    information = _Information(len(design), contrasts, prior_n)
    log_variance = np.zeros(len(design))
    precision = np.ones(len(design))
    for gene in np.flatnonzero(usable[membership]):
        number = membership[gene]
        root = np.sqrt(precision if weights is None else precision * weights[gene])
        basis = orthonormal_basis(designs[number], root)
        residuals = root * y[gene]
        residuals -= basis @ (residuals @ basis)
        variance = residuals @ residuals / df[number]
        if variance < SMALLEST_VARIANCE:
            continue
        freedom = present[number] - (basis * basis) @ np.ones(basis.shape[1])
        residuals *= residuals
        residuals /= variance
        residuals -= freedom
        information.add(freedom, df[number])
        log_variance += information.step(residuals)
        precision = np.exp(-log_variance)
    return precision


class _Information:
    """Information on the log variances, and steps of scoring in the space of the contrasts.

    With a parameter for every sample the contrasts are not multiplied out. Scores and the
    information of genes then have no part along the vector of ones, along which any
    constant makes the matrix definite.
    """

    def __init__(self, n_samples: int, contrasts: FloatArray | None, prior_n: float) -> None:
        self.contrasts = contrasts
        if contrasts is None:
            prior = prior_n * np.eye(n_samples) + 1.0
        else:
            prior = prior_n * contrasts.T @ contrasts
        self.matrix = np.asfortranarray(prior)
        self.diagonal = self.matrix.ravel(order="K")[:: len(prior) + 1]
        self.solve = _definite_step if prior_n > 0 else scoring_step

    def add(self, freedom: FloatArray, df: float) -> None:
        """Add a gene's information; arguments as in `sequential_weights`."""
        if self.contrasts is None:
            self.diagonal += freedom
        else:
            self.matrix += (self.contrasts.T * freedom) @ self.contrasts
            freedom = freedom @ self.contrasts
        dsyr(-1 / df, freedom, a=self.matrix, overwrite_a=True)

    def step(self, score: FloatArray) -> FloatArray:
        """Step of the log variances for a score."""
        if self.contrasts is None:
            return self.solve(self.matrix, score)
        return np.asarray(self.contrasts @ self.solve(self.matrix, score @ self.contrasts))


def independent_designs(design: FloatArray, patterns: BoolArray) -> list[FloatArray]:
    """Independent columns of a design over sets of samples."""
    independent = stacked_qr(design.T[:, None, :] * patterns).independent.T
    kept, number = np.unique(independent, axis=0, return_inverse=True)
    parts = [np.ascontiguousarray(design.T[columns]) for columns in kept]
    return [parts[k] for k in number.ravel()]


def orthonormal_basis(columns: FloatArray, root: FloatArray) -> FloatArray:
    """Orthonormal basis of a weighted design."""
    weighted = (columns * root).T
    if weighted.size == 0:
        return weighted
    reflectors, scale, *_ = dgeqrf(weighted, overwrite_a=True)
    basis: FloatArray = dorgqr(reflectors, scale, overwrite_a=True)[0]
    return basis


def _definite_step(information: FloatArray, score: FloatArray) -> FloatArray:
    """Score over information that is positive definite."""
    step: FloatArray = dposv(information, score)[1]
    return step


def scoring_step(information: FloatArray, score: FloatArray) -> FloatArray:
    """Score over information; nothing in directions of which nothing is known yet."""
    step = full_step(information, score)
    if step is not None:
        return step
    symmetric = np.triu(information) + np.triu(information, 1).T
    return np.asarray(np.linalg.lstsq(symmetric, score, rcond=_SAFE_PIVOT**2)[0])


def full_step(information: FloatArray, score: FloatArray) -> FloatArray | None:
    """Score over information; None where that is singular."""
    factor, step, failed = dposv(information, score)
    pivots = factor.diagonal()
    if failed or not pivots.min() >= _SAFE_PIVOT * pivots.max():
        return None
    return np.asarray(step)


def sum_to_zero(n_levels: int) -> FloatArray:
    """Contrasts of every level but the last with the last."""
    return np.vstack([np.eye(n_levels - 1), -np.ones((1, n_levels - 1))])
