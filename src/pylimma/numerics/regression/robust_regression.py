r"""Huber's M-estimation for every gene at once.

Each gene solves :math:`\sum_i \sqrt{w_i}\,\psi(r_i / s)\,x_i = 0` for scaled residuals
:math:`r_i = \sqrt{w_i}(y_i - x_i^T\beta)` by iteratively reweighted least squares [1]_. A step
adds to the coefficients the weighted fit of the present residuals, so that rounding errors
shrink with the steps. Genes leave the iteration as they converge.

References
----------
.. [1] Huber PJ (1981). Robust Statistics. Wiley. https://doi.org/10.1002/0471725250
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from pylimma.numerics.blocks import join_records, map_genes
from pylimma.numerics.regression.gene_covariance import packed_products, placed
from pylimma.numerics.regression.linalg import (
    FactoredDesign,
    batched_backward_solve,
    batched_cholesky,
    batched_forward_solve,
    binary_units,
    pivoted_qr,
    triangular_inverse,
)
from pylimma.numerics.regression.stacked_qr import independent_columns
from pylimma.record import Record
from pylimma.typing import BoolArray, FloatArray, IntArray

ScaleEstimate: TypeAlias = Literal["MAD", "Huber", "proposal 2"]

MAD_NORMAL = 0.6745  # median of |z| for a standard normal z, as customarily rounded
ROUNDING = 1e-15  # a median residual below this fraction of the data is a rounding error


class HuberOptions(NamedTuple):
    """How to estimate, for all genes alike."""

    k: float = 1.345  # residuals beyond k scales are downweighted
    scale_est: ScaleEstimate = "MAD"  # median absolute residual, or Huber's scale equation
    k2: float = 1.345  # the constant of Huber's scale equation
    maxit: int = 20  # greatest number of steps
    acc: float = 1e-4  # relative change of the residuals at which a gene has converged


@dataclass(frozen=True, slots=True, eq=False)
class RobustFit(Record):
    """M-estimates for each gene."""

    # (genes, coefs) estimates; NaN where the gene's observations cannot tell
    coefficients: FloatArray
    stdev_unscaled: FloatArray  # (genes, coefs) standard errors for a residual scale of one
    sigma: FloatArray  # (genes,) robust residual scales; NaN without residual degrees of freedom
    df_residual: FloatArray  # (genes,) residual degrees of freedom
    converged: BoolArray  # (genes,) whether the iteration converged within the steps allowed
    covariance: FloatArray  # (genes, pairs) lower triangles of unscaled covariances


@dataclass(slots=True)
class _State:
    """Genes under iteration, in the orthonormal basis of their common design."""

    gamma: FloatArray  # (rank, genes)
    residuals: FloatArray  # (genes, samples)
    gram: FloatArray  # (rank, rank, genes): factors of the last weighted cross product
    scale: FloatArray  # (genes,)
    converged: BoolArray  # (genes,)


def robust_regression(
    y: FloatArray,
    design: FactoredDesign,
    weights: FloatArray | None = None,
    options: HuberOptions = HuberOptions(),  # noqa: B008 - immutable
    n_jobs: int | None = None,
) -> RobustFit:
    """M-estimates of the coefficients of every gene."""
    everywhere = None if weights is None else np.broadcast_to(weights, y.shape)
    return join_records(map_genes(_fit_block, (y, everywhere), design, options, n_jobs=n_jobs))


def _fit_block(
    y: FloatArray, weights: FloatArray | None, design: FactoredDesign, options: HuberOptions
) -> RobustFit:
    """Fit a block, in groups of genes whose observations tell the same coefficients."""
    observed = np.isfinite(y)
    if weights is not None:
        observed &= np.isfinite(weights) & (weights > 0)
    mask = observed.astype(float) if weights is None else np.where(observed, weights, 0.0)
    filled = np.where(observed, y, 0.0)
    units = binary_units(filled)
    filled /= units
    n_genes, n_coefs = len(y), len(design.pivot)
    fit = RobustFit(
        coefficients=np.full((n_genes, n_coefs), np.nan),
        stdev_unscaled=np.full((n_genes, n_coefs), np.nan),
        sigma=np.full(n_genes, np.nan),
        df_residual=np.zeros(n_genes),
        converged=np.ones(n_genes, dtype=bool),
        covariance=np.zeros((n_genes, n_coefs * (n_coefs + 1) // 2)),
    )
    enough = np.flatnonzero(observed.sum(axis=1) > n_coefs)
    estimable = independent_columns(design.matrix, observed[enough])
    for columns in np.unique(estimable, axis=0):
        genes = enough[(estimable == columns).all(axis=1)]
        _fit_group(fit, genes, np.flatnonzero(columns), filled[genes], mask[genes], design, options)
    np.multiply(fit.coefficients, units, out=fit.coefficients)
    np.multiply(fit.sigma, units[:, 0], out=fit.sigma)
    return fit


def _fit_group(
    fit: RobustFit,
    genes: IntArray,
    columns: IntArray,
    y: FloatArray,
    weights: FloatArray,
    design: FactoredDesign,
    options: HuberOptions,
) -> None:
    """Fit genes by the same columns of the design, and write the estimates in their places."""
    all_columns = len(columns) == len(design.pivot)
    factors = design if all_columns else pivoted_qr(design.matrix[:, columns])
    df = np.count_nonzero(weights, axis=1) - float(factors.rank)
    state = _iterate(y, factors.basis, np.sqrt(weights), df, options)
    inverse = triangular_inverse(factors.triangle)
    spread = batched_forward_solve(state.gram, inverse.T[:, :, None])
    place = np.ix_(genes, columns[factors.independent])
    fit.coefficients[place] = (inverse @ state.gamma).T
    fit.stdev_unscaled[place] = np.sqrt(np.einsum("icg,icg->gc", spread, spread))
    positions = columns[factors.independent]
    fit.covariance[genes] = placed(packed_products(spread), positions, len(design.pivot))
    fit.sigma[genes] = state.scale
    fit.df_residual[genes] = df
    fit.converged[genes] = state.converged


def _iterate(
    y: FloatArray, basis: FloatArray, root: FloatArray, df: FloatArray, options: HuberOptions
) -> _State:
    """Reweight until every gene has converged, from least squares on."""
    n_genes = len(y)
    final = _State(
        gamma=np.zeros((basis.shape[1], n_genes)),
        residuals=y.copy(),
        gram=np.zeros((basis.shape[1], basis.shape[1], n_genes)),
        scale=np.zeros(n_genes),
        converged=np.zeros(n_genes, dtype=bool),
    )
    for _ in range(2):  # the second time for the rounding errors of the first
        _add_weighted_fit(final, np.arange(n_genes), basis, root**2)
    active = np.arange(n_genes)
    size = np.max(np.abs(root * y), axis=1, initial=0.0)
    for _ in range(options.maxit):
        scaled = final.residuals[active] * root[active]
        scale = _scale(scaled, final.scale[active], root[active] > 0, df[active], options)
        final.scale[active] = np.where(scale > ROUNDING * size[active], scale, 0.0)
        exact = final.scale[active] == 0
        final.converged[active[exact]] = True
        active, scaled, scale = active[~exact], scaled[~exact], scale[~exact]
        if active.size == 0:
            break
        limit = (options.k * scale)[:, None]
        huber = limit / np.maximum(np.abs(scaled), limit)
        _add_weighted_fit(final, active, basis, root[active] ** 2 * huber)
        change = scaled - final.residuals[active] * root[active]
        moved = np.einsum("gs,gs->g", change, change)
        total = np.einsum("gs,gs->g", scaled, scaled)
        converged = moved <= options.acc**2 * np.maximum(total, np.finfo(float).tiny)
        final.converged[active[converged]] = True
        active = active[~converged]
    return final


def _add_weighted_fit(
    state: _State, genes: IntArray, basis: FloatArray, weights: FloatArray
) -> None:
    """Add the weighted least squares fit of the residuals of some genes to their estimates."""
    rank = basis.shape[1]
    lower = np.tril_indices(rank)
    gram = np.empty((rank, rank, len(genes)))
    gram[lower] = (weights @ (basis[:, lower[0]] * basis[:, lower[1]])).T
    factors, _ = batched_cholesky(gram)
    residuals = state.residuals[genes]
    moments = ((weights * residuals) @ basis).T[:, None, :]
    step = batched_backward_solve(factors, batched_forward_solve(factors, moments))[:, 0]
    state.gamma[:, genes] += step
    state.gram[:, :, genes] = factors
    state.residuals[genes] = residuals - step.T @ basis.T


def _scale(
    scaled: FloatArray,
    previous: FloatArray,
    observed: BoolArray,
    df: FloatArray,
    options: HuberOptions,
) -> FloatArray:
    """Residual scales, of shape (genes,)."""
    if options.scale_est == "MAD":
        return _median_size(scaled, observed) / MAD_NORMAL
    started = previous > 0
    start = np.where(started, previous, 1.4826 * _median_size(scaled, observed))
    k2 = options.k2
    theta = math.erf(k2 / math.sqrt(2))
    density = math.exp(-0.5 * k2**2) / math.sqrt(2 * math.pi)
    gamma = theta + k2**2 * (1 - theta) - 2 * k2 * density
    clipped = np.minimum(scaled**2, ((k2 * start) ** 2)[:, None])
    scale: FloatArray = np.sqrt(clipped.sum(axis=1) / (df * gamma))
    return scale


def _median_size(values: FloatArray, observed: BoolArray) -> FloatArray:
    """Median of the absolute observed values of each row."""
    sizes = np.abs(values)
    counts = observed.sum(axis=1)
    if not observed.all():
        sizes[~observed] = np.inf
    sizes.sort(axis=1)
    rows = np.arange(len(values))
    middle: FloatArray = 0.5 * (sizes[rows, (counts - 1) // 2] + sizes[rows, counts // 2])
    return middle
