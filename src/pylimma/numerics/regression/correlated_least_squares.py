r"""Least squares for every gene when samples of a block are correlated.

Applied to :math:`W^{1/2} y` and :math:`W^{1/2} X`, the symmetric root :math:`C^{-1/2}` of
`correlated_blocks` leaves an ordinary least squares problem. It takes block means only, whichever
observations a gene lacks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pylimma.numerics.blocks import join_records, map_genes
from pylimma.numerics.missing_values import all_finite
from pylimma.numerics.regression.correlated_blocks import BlockSums
from pylimma.numerics.regression.gene_covariance import packed_products
from pylimma.numerics.regression.least_squares import (
    SAFE_SQUARES,
    LinearFit,
    fit_block,
    shared_estimates,
)
from pylimma.numerics.regression.linalg import (
    FactoredDesign,
    binary_units,
    factor_design,
    triangular_inverse,
)
from pylimma.numerics.regression.stacked_qr import StackedQR, observation_patterns, stacked_qr
from pylimma.typing import BoolArray, FloatArray, IntArray

NO_WEIGHT = 1e-15  # an observation of less weight is missing
_CANCELLED = 1e-3  # of a sum of squares: less than that after a subtraction lacks three digits
ROUNDING = 1e-14  # residuals below this fraction of the data are rounding errors


def correlated_least_squares(
    y: FloatArray,
    design: FloatArray,
    block: IntArray,
    correlation: float,
    weights: FloatArray | None = None,
    n_jobs: int | None = None,
    *,
    with_covariance: bool = False,
) -> LinearFit:
    """Generalised least squares for every gene, with one correlation within all blocks."""
    blocks = BlockSums(block)
    if (weights is None or weights.ndim == 1) and all_finite(y):
        return _shared_fit(y, design, block, correlation, weights, n_jobs)
    arrays = (y, weights)
    return join_records(
        map_genes(_fit_block, arrays, design, blocks, correlation, with_covariance, n_jobs=n_jobs)
    )


def whiten(
    values: FloatArray, blocks: BlockSums, observed: BoolArray, correlation: float
) -> FloatArray:
    """Values made uncorrelated, with unit variance where they had it."""
    size = np.maximum(blocks.of(observed), 1.0)
    within = 1 / np.sqrt(1 - correlation)
    between = 1 / np.sqrt(1 + (size - 1) * correlation)
    shift = blocks.spread(blocks.of(values) * ((between - within) / size))
    if not observed.all():
        shift *= observed
    shift += within * values
    return shift


def _shared_fit(
    y: FloatArray,
    design: FloatArray,
    block: IntArray,
    correlation: float,
    weights: FloatArray | None,
    n_jobs: int | None,
) -> LinearFit:
    """Fit genes without missing values: one whitened design serves all."""
    root = _roots(np.ones(y.shape[1]) if weights is None else weights)
    used = root > 0
    blocks = BlockSums(np.unique(block[used], return_inverse=True)[1])
    observed = np.ones(blocks.block.size, dtype=bool)
    columns, size = design[used].T * root[used], blocks.of(observed)
    factors = factor_design(whiten(columns, blocks, observed, correlation).T)
    inverse = triangular_inverse(factors.triangle)
    within, between = 1 / (1 - correlation), 1 / (1 + (size - 1) * correlation)
    shared = _Shared(
        factors,
        blocks,
        correlation,
        root[used],
        to_effects=whiten(factors.basis.T, blocks, observed, correlation).T,
        fitted=inverse.T @ columns[factors.independent],
        within=within,
        shrinkage=(within - between) / size,
    )
    data = (y if used.all() else y[:, used],)
    return join_records(map_genes(_fit_shared, data, shared, n_jobs=n_jobs))


class _Shared(NamedTuple):
    """What all genes have in common, T being the whitening and z the weighted data."""

    design: FactoredDesign  # whitened: T W^1/2 X = QR
    blocks: BlockSums
    correlation: float
    root: FloatArray  # (samples,) roots of the weights
    to_effects: FloatArray  # (samples, rank) T'Q, which takes z to its effects Q'Tz
    fitted: FloatArray  # (rank, samples) which takes effects to fitted values of z
    # r'T'Tr = within r'r - sum over blocks of shrinkage (sum of r)^2
    within: float
    shrinkage: FloatArray  # (blocks,)


def _fit_shared(y: FloatArray, shared: _Shared) -> LinearFit:
    """Fit genes of which none is whitened, but for those of extreme sizes or correlations."""
    z = y if (shared.root == 1).all() else y * shared.root
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        effects = z @ shared.to_effects
        residuals = effects @ shared.fitted
        np.subtract(z, residuals, out=residuals)
        within = shared.within * np.einsum("gs,gs->g", residuals, residuals)
        rss = within - shared.blocks.of(residuals) ** 2 @ shared.shrinkage
        total = rss + np.einsum("ge,ge->g", effects, effects)
    smallest, biggest = SAFE_SQUARES
    if not ((rss > within * _CANCELLED) & (smallest < rss) & (total < biggest)).all():
        observed = np.ones(len(shared.root), dtype=bool)
        return fit_block(
            whiten(z, shared.blocks, observed, shared.correlation), None, shared.design
        )
    return shared_estimates(shared.design, effects, rss, total, y.shape[1])


def _roots(weights: FloatArray) -> FloatArray:
    """Square roots of weights, 0 for those that cannot be used."""
    usable = np.isfinite(weights) & (weights >= NO_WEIGHT)
    return np.asarray(np.sqrt(np.where(usable, weights, 0.0)))


def _fit_block(
    y: FloatArray,
    weights: FloatArray | None,
    design: FloatArray,
    blocks: BlockSums,
    correlation: float,
    with_covariance: bool,
) -> LinearFit:
    """Fit a block: designs whitened once for each pattern, or for each gene with its weights."""
    observed = np.isfinite(y)
    root = _roots(np.ones(y.shape[1]) if weights is None else weights)
    observed &= root > 0
    patterns = observed
    stack: IntArray | slice = slice(None)
    if root.ndim == 1:
        patterns, stack = observation_patterns(observed)
        stack = stack if len(patterns) > 1 else slice(None)
    columns = design.T[:, None, :] * (root * patterns)
    factors = stacked_qr(whiten(columns, blocks, patterns, correlation))
    filled = np.where(observed, y, 0.0)
    units = binary_units(filled)
    whitened = whiten(filled / units * root, blocks, observed, correlation)
    return _estimates(whitened, units, factors.take(stack), observed.sum(axis=1), with_covariance)


def _estimates(
    y: FloatArray,
    units: FloatArray,
    factors: StackedQR,
    n_observed: IntArray,
    with_covariance: bool,
) -> LinearFit:
    """Least squares estimates from whitened designs and data, these in units of each gene."""
    independent = np.broadcast_to(factors.independent, (len(factors.q), len(y))).T
    coefficients = factors.solve(factors.effects(y)).T
    stdev_unscaled = np.broadcast_to(factors.stdev_unscaled().T, coefficients.shape)
    residuals = factors.residuals(y)
    df = n_observed.astype(float) - factors.rank
    covariance = None
    if with_covariance:
        triangles = packed_products(factors.inverse().transpose(1, 0, 2))
        covariance = np.array(np.broadcast_to(triangles, (len(y), triangles.shape[1])))
    rss = np.einsum("gs,gs->g", residuals, residuals)
    sigma = np.full(len(y), np.nan)
    rss[rss <= ROUNDING**2 * np.einsum("gs,gs->g", y, y)] = 0.0
    return LinearFit(
        coefficients=np.where(independent, coefficients * units, np.nan),
        stdev_unscaled=np.where(independent, stdev_unscaled, np.nan),
        sigma=np.sqrt(np.divide(rss, df, out=sigma, where=df > 0)) * units[:, 0],
        df_residual=df,
        covariance=covariance,
    )
