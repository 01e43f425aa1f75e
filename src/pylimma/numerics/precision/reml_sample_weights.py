r"""Sample weights by residual maximum likelihood over all genes.

Observation *j* of gene *g* has variance :math:`\sigma_g^2 e^{\eta_j}/w_{gj}` with
:math:`\eta = Z\gamma`, columns of *Z* summing to zero. Fisher scoring treats the genes as
independent and adds a prior of :math:`n_0` genes that favours equal weights.

With :math:`P_g` the hat matrix of the weighted design and :math:`d_g` the diagonal of
:math:`I - P_g`, a gene's expected information on :math:`\eta`, its variance eliminated, is
:math:`V_g - d_g d_g^T/\sum d_g`, where :math:`V_g` holds the squared elements of
:math:`I - P_g`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pylimma.errors import EstimationWarning, warn
from pylimma.numerics.blocks import map_genes
from pylimma.numerics.precision.sequential_sample_weights import (
    SMALLEST_VARIANCE,
    full_step,
    sum_to_zero,
)
from pylimma.numerics.regression.linalg import FactoredDesign, PivotedQR
from pylimma.numerics.regression.stacked_qr import stacked_qr
from pylimma.typing import FloatArray

_FEWEST_GENES = 2
MANY_SAMPLES = 500  # beyond it no matrix of samples by samples is made
_SOLVED = 1e-13  # of the score: what a step may leave of it
_NOT_TOLD = 1e-14  # of the largest information on a sample: less is none
_MOST_STEPS = 1000  # of conjugate gradients; information that is told apart needs few


@dataclass(frozen=True, slots=True)
class _Scoring:
    """Sums over genes at given weights, on the scale of the log variances."""

    score: FloatArray  # (samples,) derivative of the log likelihood, doubled
    # (samples, samples) its expected information, on the same scale, or what multiplies by it
    information: FloatArray | _Information


@dataclass(frozen=True, slots=True)
class _Information:
    r"""Information of genes that share their weights, as a product with vectors.

    With :math:`h` the diagonal of the hat matrix :math:`BB^T` and :math:`d = 1 - h`, the squared
    elements of :math:`I - BB^T` times v are :math:`(1 - 2h) v + \mathrm{diag}(B B^TvB B^T)`.
    """

    basis: FloatArray  # (samples, rank) orthonormal basis of the weighted design
    n_genes: int

    @property
    def freedom(self) -> FloatArray:
        """Diagonal of what projects on the residual space."""
        return np.asarray(1 - np.einsum("sc,sc->s", self.basis, self.basis))

    @property
    def diagonal(self) -> FloatArray:
        """Diagonal of the information."""
        return self.n_genes * self.freedom**2 * (1 - 1 / self.freedom.sum())

    def times(self, v: FloatArray) -> FloatArray:
        """Product with a vector, of shape (samples,)."""
        inner = self.basis.T @ (v[:, None] * self.basis)
        within = np.einsum("sc,sc->s", self.basis @ inner, self.basis)
        freedom = self.freedom
        between = freedom * (freedom @ v) / freedom.sum()
        return np.asarray(self.n_genes * ((2 * freedom - 1) * v + within - between))


def reml_weights(
    y: FloatArray,
    design: FactoredDesign,
    contrasts: FloatArray | None,
    weights: FloatArray | None = None,
    prior_n: float = 10.0,
    *,
    maxiter: int = 50,
    tol: float = 1e-5,
    early: bool = False,
    n_jobs: int | None = None,
) -> FloatArray:
    """Sample weights from genes without missing values, by Fisher scoring.

    Where the information is singular, weights are those of the step before.

    With `early` and weights, the criterion of convergence is divided by the number of genes twice,
    as in limma 3.68, which stops after one to three of about five steps.
    """
    complete = np.isfinite(y) if weights is None else np.isfinite(y) & (weights > 0)
    if not complete.all():
        genes = complete.all(axis=1)
        y, weights = y[genes], None if weights is None else weights[genes]
    residuals = y if weights is not None else _residuals_of_varying_genes(y, design)
    n_genes = len(residuals)
    if n_genes < _FEWEST_GENES:
        return np.ones(y.shape[1])

    def scoring(a: FloatArray) -> _Scoring:
        if weights is None:
            return _common_design(residuals, design, a, n_jobs)
        return _weighted_designs(y, design.matrix[:, design.independent], weights, a, n_jobs)

    n_parameters = y.shape[1] - 1 if contrasts is None else contrasts.shape[1]
    size = n_parameters * (n_genes + prior_n)
    early = early and weights is not None
    if early:
        size *= n_genes + prior_n
    log_variance = np.zeros(y.shape[1])
    precision = np.ones(y.shape[1])
    last_gain = np.inf
    for _ in range(maxiter):
        at = scoring(precision)
        score = at.score + prior_n * (precision - 1)
        step = _step(at.information, score, contrasts, prior_n)
        gain = np.nan if step is None else score @ step / size
        if step is None or not (gain < last_gain or early):
            why = (
                "the data do not tell them apart (a positive `prior_n` would)"
                if step is None
                else "the steps no longer get smaller"
            )
            warn(
                f"Sample weights: {why}; weights before the last step are returned.",
                EstimationWarning,
            )
            return precision
        last_gain = gain
        log_variance += step
        precision = np.exp(-log_variance)
        if gain < tol:
            return precision
    warn(f"Sample weights did not converge in {maxiter} iterations.", EstimationWarning)
    return precision


def _step(
    information: FloatArray | _Information,
    score: FloatArray,
    contrasts: FloatArray | None,
    prior_n: float,
) -> FloatArray | None:
    """Step of the log variances along the contrasts; None where the information is singular."""
    if contrasts is None and isinstance(information, _Information):
        return _centred_step(information, score, prior_n)
    contrasts = sum_to_zero(len(score)) if contrasts is None else contrasts
    along = (
        np.column_stack([information.times(column) for column in contrasts.T])
        if isinstance(information, _Information)
        else information @ contrasts
    )
    step = full_step(contrasts.T @ (along + prior_n * contrasts), contrasts.T @ score)
    return None if step is None else np.asarray(contrasts @ step)


def _centred_step(
    information: _Information, score: FloatArray, prior_n: float
) -> FloatArray | None:
    """Step with a parameter for each of many samples, by conjugate gradients.

    The information of genes takes the vector of ones to zero, so that what is centred stays so.
    """
    diagonal = information.diagonal + prior_n
    if not diagonal.min() > _NOT_TOLD * diagonal.max():
        return None
    rest = score - score.mean()
    step, direction, before = np.zeros(len(rest)), np.zeros(len(rest)), np.inf
    enough = _SOLVED * np.linalg.norm(rest)
    for _ in range(_MOST_STEPS):
        if np.linalg.norm(rest) <= enough:
            return step
        scaled = rest / diagonal
        scaled -= scaled.mean()
        now = rest @ scaled
        direction = scaled + now / before * direction
        before = now
        along = information.times(direction) + prior_n * direction
        length = now / (direction @ along)
        step += length * direction
        rest -= length * along
    return None


def _residuals_of_varying_genes(y: FloatArray, design: FactoredDesign) -> FloatArray:
    """Residuals, without weights, of the genes that vary about their fits."""
    residuals = (y @ design.basis) @ design.basis.T
    np.subtract(y, residuals, out=residuals)
    variance = np.einsum("gs,gs->g", residuals, residuals) / (y.shape[1] - design.rank)
    varying = variance >= SMALLEST_VARIANCE
    return residuals if varying.all() else residuals[varying]


def _common_design(
    residuals: FloatArray, factors: PivotedQR, precision: FloatArray, n_jobs: int | None
) -> _Scoring:
    """Sums over genes that share their weights; what they have in the design is of no account."""
    root = np.sqrt(precision)
    basis = np.linalg.qr(root[:, None] * factors.basis)[0]
    n_genes, n_samples = residuals.shape
    df = n_samples - factors.rank
    total = df * sum(map_genes(_standardized, (residuals,), root, basis, n_jobs=n_jobs))
    information = _Information(basis, n_genes)
    freedom = information.freedom
    if n_samples > MANY_SAMPLES:
        return _Scoring(total - n_genes * freedom, information)
    outside = np.eye(n_samples) - basis @ basis.T
    return _Scoring(
        score=total - n_genes * freedom,
        information=n_genes * (outside**2 - np.outer(freedom, freedom) / df),
    )


def _standardized(residuals: FloatArray, root: FloatArray, basis: FloatArray) -> FloatArray:
    """Squared residuals of each sample, each gene's relative to their sum, added over genes."""
    weighted = residuals * root
    weighted -= (weighted @ basis) @ basis.T
    weighted *= weighted
    return np.asarray((1 / weighted.sum(axis=1)) @ weighted)


def _weighted_designs(
    y: FloatArray,
    design: FloatArray,
    weights: FloatArray,
    precision: FloatArray,
    n_jobs: int | None,
) -> _Scoring:
    """Sums over genes with weights of their own, and so designs of their own."""
    n_samples, rank = design.shape
    df = n_samples - rank
    width = n_samples * (rank + 1)
    shared = design, precision, df
    sums = map_genes(_scoring_of_block, (y, weights), *shared, width=width, n_jobs=n_jobs)
    return _Scoring(
        score=np.sum([score for score, _ in sums], axis=0),
        information=np.sum([information for _, information in sums], axis=0),
    )


def _scoring_of_block(
    y: FloatArray, weights: FloatArray, design: FloatArray, precision: FloatArray, df: int
) -> tuple[FloatArray, FloatArray]:
    root = np.sqrt(weights * precision)
    factors = stacked_qr(design.T[:, None, :] * root)
    freedom = 1 - np.einsum("cgs,cgs->gs", factors.q, factors.q)
    squared = factors.residuals(root * y) ** 2
    variance = squared.sum(axis=1) / df
    varying = variance > SMALLEST_VARIANCE
    score = (1 / variance[varying]) @ squared[varying] - freedom[varying].sum(axis=0)
    return score, _information(factors.q, freedom, df)


def _information(q: FloatArray, freedom: FloatArray, df: float) -> FloatArray:
    r"""Sum over genes of the information, from orthonormal bases of the weighted designs.

    Squared elements of a hat matrix are :math:`\sum_{cd} q_{jc}q_{jd}q_{kc}q_{kd}`, so that
    their sum over genes is a product of matrices for each pair of columns.
    """
    information = np.diag((2 * freedom - 1).sum(axis=0)) - (freedom.T / df) @ freedom
    for first, one in enumerate(q):
        for second, other in enumerate(q[: first + 1]):
            product = one * other
            information += (1 if first == second else 2) * product.T @ product
    return information
