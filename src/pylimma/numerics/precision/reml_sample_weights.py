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
from pylimma.numerics.precision.sequential_sample_weights import SMALLEST_VARIANCE, full_step
from pylimma.numerics.regression.effects import residual_effects
from pylimma.numerics.regression.linalg import FactoredDesign, PivotedQR
from pylimma.numerics.regression.stacked_qr import stacked_qr
from pylimma.typing import FloatArray

_FEWEST_GENES = 2


@dataclass(frozen=True, slots=True)
class _Scoring:
    """Sums over genes at given weights, on the scale of the log variances."""

    score: FloatArray  # (samples,) derivative of the log likelihood, doubled
    information: FloatArray  # (samples, samples) its expected information, on the same scale


def reml_weights(
    y: FloatArray,
    design: FactoredDesign,
    contrasts: FloatArray,
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
    effects = residual_effects(y, design)
    if weights is None:
        effects = _without_constant_genes(effects)
    n_genes = len(effects)
    if n_genes < _FEWEST_GENES:
        return np.ones(y.shape[1])

    def scoring(a: FloatArray) -> _Scoring:
        if weights is None:
            return _common_design(effects, design, a, n_jobs)
        return _weighted_designs(y, design.matrix[:, design.independent], weights, a, n_jobs)

    size = contrasts.shape[1] * (n_genes + prior_n)
    early = early and weights is not None
    if early:
        size *= n_genes + prior_n
    log_variance = np.zeros(y.shape[1])
    precision = np.ones(y.shape[1])
    last_gain = np.inf
    for _ in range(maxiter):
        at = scoring(precision)
        score = contrasts.T @ (at.score + prior_n * (precision - 1))
        information = contrasts.T @ at.information @ contrasts
        information += prior_n * contrasts.T @ contrasts
        step = full_step(information, score)
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
        log_variance += contrasts @ step
        precision = np.exp(-log_variance)
        if gain < tol:
            return precision
    warn(f"Sample weights did not converge in {maxiter} iterations.", EstimationWarning)
    return precision


def _without_constant_genes(effects: FloatArray) -> FloatArray:
    """Residual effects of the genes that vary about their fits."""
    variance = np.einsum("ge,ge->g", effects, effects) / effects.shape[1]
    varying = variance >= SMALLEST_VARIANCE
    return effects if varying.all() else effects[varying]


def _common_design(
    effects: FloatArray, factors: PivotedQR, precision: FloatArray, n_jobs: int | None
) -> _Scoring:
    """Sums over genes that share their weights; `effects` are outside the design's columns."""
    root = np.sqrt(precision)[:, None]
    basis = np.linalg.qr(root * factors.basis)[0]
    outside = np.eye(len(root)) - basis @ basis.T
    to_residuals = (root * factors.residual_basis).T @ outside
    n_genes, df = effects.shape
    width = len(root)
    total = df * sum(map_genes(_standardized, (effects,), to_residuals, width=width, n_jobs=n_jobs))
    freedom = outside.diagonal()
    return _Scoring(
        score=total - n_genes * freedom,
        information=n_genes * (outside**2 - np.outer(freedom, freedom) / df),
    )


def _standardized(effects: FloatArray, to_residuals: FloatArray) -> FloatArray:
    """Squared residuals of each sample, each gene's relative to their sum, added over genes."""
    squared = effects @ to_residuals
    squared *= squared
    return np.asarray((1 / squared.sum(axis=1)) @ squared)


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
        score=np.sum([part.score for part in sums], axis=0),
        information=np.sum([part.information for part in sums], axis=0),
    )


def _scoring_of_block(
    y: FloatArray, weights: FloatArray, design: FloatArray, precision: FloatArray, df: int
) -> _Scoring:
    root = np.sqrt(weights * precision)
    factors = stacked_qr(design.T[:, None, :] * root)
    freedom = 1 - np.einsum("cgs,cgs->gs", factors.q, factors.q)
    squared = factors.residuals(root * y) ** 2
    variance = squared.sum(axis=1) / df
    varying = variance > SMALLEST_VARIANCE
    score = (1 / variance[varying]) @ squared[varying] - freedom[varying].sum(axis=0)
    return _Scoring(score, _information(factors.q, freedom, df))


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
