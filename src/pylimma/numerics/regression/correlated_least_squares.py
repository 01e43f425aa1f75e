r"""Least squares for every gene when samples of a block are correlated.

Within a block all pairs have correlation :math:`\rho`, so that the :math:`k` observations of
a block have the correlation matrix :math:`C = (1-\rho) I + \rho J`. Its inverse root is known:

.. math:: C^{-1/2} = a (I - J/k) + b_k J/k, \qquad
          a = (1-\rho)^{-1/2}, \quad b_k = \{1 + (k-1)\rho\}^{-1/2}.

Applied to :math:`W^{1/2} y` and :math:`W^{1/2} X` it leaves an ordinary least squares problem.
It takes block means only, whichever observations a gene lacks.
"""

from __future__ import annotations

import numpy as np

from pylimma.numerics.blocks import join_records, map_genes
from pylimma.numerics.regression.gene_covariance import packed_products
from pylimma.numerics.regression.least_squares import LinearFit, least_squares
from pylimma.numerics.regression.linalg import binary_units, factor_design
from pylimma.numerics.regression.stacked_qr import StackedQR, observation_patterns, stacked_qr
from pylimma.typing import BoolArray, FloatArray, IntArray

NO_WEIGHT = 1e-15  # an observation of less weight is missing
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
    membership = np.equal.outer(block, np.arange(block.max() + 1)).astype(float)
    if (weights is None or weights.ndim == 1) and np.isfinite(y).all():
        return _shared_fit(y, design, membership, correlation, weights, n_jobs)
    arrays = (y, weights)
    return join_records(
        map_genes(
            _fit_block, arrays, design, membership, correlation, with_covariance, n_jobs=n_jobs
        )
    )


def whiten(
    values: FloatArray, membership: FloatArray, observed: BoolArray, correlation: float
) -> FloatArray:
    """Values made uncorrelated, with unit variance where they had it."""
    size = np.maximum(observed @ membership, 1.0)
    within = 1 / np.sqrt(1 - correlation)
    between = 1 / np.sqrt(1 + (size - 1) * correlation)
    means = (values @ membership) * ((between - within) / size)
    whitened: FloatArray = within * values + (means @ membership.T) * observed
    return whitened


def _shared_fit(
    y: FloatArray,
    design: FloatArray,
    membership: FloatArray,
    correlation: float,
    weights: FloatArray | None,
    n_jobs: int | None,
) -> LinearFit:
    """Fit genes without missing values: one whitened design serves all."""
    root = _roots(np.ones(y.shape[1]) if weights is None else weights)
    used = root > 0
    whitening = whiten(
        np.diag(root[used]), membership[used], np.ones(used.sum(), bool), correlation
    )
    data = y if used.all() else y[:, used]
    whitened = factor_design(whitening.T @ design[used])
    return least_squares(data @ whitening, whitened, n_jobs=n_jobs)


def _roots(weights: FloatArray) -> FloatArray:
    """Square roots of weights, 0 for those that cannot be used."""
    usable = np.isfinite(weights) & (weights >= NO_WEIGHT)
    return np.asarray(np.sqrt(np.where(usable, weights, 0.0)))


def _fit_block(
    y: FloatArray,
    weights: FloatArray | None,
    design: FloatArray,
    membership: FloatArray,
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
    factors = stacked_qr(whiten(columns, membership, patterns, correlation))
    filled = np.where(observed, y, 0.0)
    units = binary_units(filled)
    whitened = whiten(filled / units * root, membership, observed, correlation)
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
