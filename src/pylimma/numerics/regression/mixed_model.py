r"""Variance components of blocks, by REML for every gene at once.

The model is :math:`W^{1/2} y = W^{1/2} X\beta + Z u + e` with one random effect a block,
:math:`u \sim N(0, \sigma_b^2)` and :math:`e \sim N(0, \sigma_e^2)`. Let :math:`M` project on
the residual space of :math:`W^{1/2} X` and :math:`s_i^2` be the eigenvalues of
:math:`Z^T M Z`. The projections of :math:`y` on the left singular vectors of :math:`MZ` are
independent with variances :math:`\sigma_e^2 + s_i^2 \sigma_b^2`, so that REML is a gamma
regression of their squares on :math:`s_i^2` [1]_.

The eigenvalues can be computed cheaply. With an orthonormal basis :math:`Q` of :math:`W^{1/2}X`,

.. math:: Z^T M Z = D - A A^T, \qquad A = Z^T Q,

where :math:`D` holds the block sizes and :math:`A` has one column a coefficient. Among
blocks of one size all directions orthogonal to :math:`A` are eigenvectors, with that size as
eigenvalue; only what remains, a few dimensions for each size, needs a decomposition.

References
----------
.. [1] Smyth GK, Michaud J, Scott HS (2005). Bioinformatics 21:2067.
   https://doi.org/10.1093/bioinformatics/bti270
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pylimma.numerics.blocks import map_genes
from pylimma.numerics.regression.correlated_blocks import BlockSums
from pylimma.numerics.regression.gamma_regression import Groups, gamma_line
from pylimma.numerics.regression.linalg import binary_units
from pylimma.numerics.regression.stacked_qr import StackedQR, observation_patterns, stacked_qr
from pylimma.typing import BoolArray, FloatArray, IntArray

SPAN_TOLERANCE = 1e-13  # smaller parts of a direction are rounding errors
NO_EIGENVALUE = 1e-12  # of the largest block: below it a singular value counts as zero
ROUNDING = 1e-14  # residuals below this fraction of the data are rounding errors
LARGEST_CORRELATION = 0.99
BOTH_HALVES = 0.5  # trimming that much leaves the median
MARGIN = 0.01  # above the least correlation that the largest block allows


class _Projection(NamedTuple):
    """What the design and the blocks of a stack of genes imply, whatever their values."""

    factors: StackedQR  # orthogonal factors of the weighted designs
    observed: BoolArray  # (stack, samples) samples present
    # (dims, stack, blocks) orthonormal directions, each among blocks of one size, that hold all
    # columns of A
    basis: FloatArray
    sizes: FloatArray  # (dims,) the block size of each direction
    # (stack, blocks) which blocks have that many observations
    classes: list[tuple[float, BoolArray]]
    # (stack, dims) eigenvalues within the span of the basis, zero where negligible
    values: FloatArray
    vectors: FloatArray  # (stack, dims, dims) their eigenvectors, in the coordinates of the basis
    # (classes + dims + 1, stack) distinct eigenvalues and how often they occur; the last are
    # zeros
    covariate: FloatArray
    number: FloatArray


def block_correlations(
    y: FloatArray,
    design: FloatArray,
    block: IntArray,
    weights: FloatArray | None = None,
    n_jobs: int | None = None,
) -> FloatArray:
    r"""Correlation within blocks, :math:`\sigma_b^2 / (\sigma_b^2 + \sigma_e^2)`, of each gene."""
    parts = map_genes(_block_of_genes, (y, weights), design, BlockSums(block), n_jobs=n_jobs)
    return np.concatenate(parts)


def limit_correlations(correlations: FloatArray, largest_block: int) -> FloatArray:
    """Correlations kept safely inside the range that block sizes allow."""
    return np.clip(correlations, 1 / (1 - largest_block) + MARGIN, LARGEST_CORRELATION)


def trimmed_mean(values: FloatArray, trim: float) -> float:
    """Mean without a share of values at each end; NaN is excluded."""
    known = np.sort(values[~np.isnan(values)])
    if known.size == 0:
        return float("nan")
    if trim >= BOTH_HALVES:
        return float(np.median(known))
    cut = int(np.floor(known.size * trim))
    return float(np.mean(known[cut : known.size - cut]))


def _block_of_genes(
    y: FloatArray, weights: FloatArray | None, design: FloatArray, blocks: BlockSums
) -> FloatArray:
    """Correlations of a few genes, those that can be estimated."""
    observed = np.isfinite(y)
    if weights is not None:
        observed &= np.isfinite(weights) & (weights > 0)
    n_observed = observed.sum(axis=1)
    n_blocks = (blocks.of(observed) > 0).sum(axis=1)
    estimable = (n_observed > design.shape[1] + 2) & (n_blocks > 1) & (n_blocks < n_observed - 1)
    genes = np.flatnonzero(estimable)
    result = np.full(len(y), np.nan)
    if genes.size == 0:
        return result
    present = observed[genes]
    stack: IntArray | slice = slice(None)
    if weights is None or weights.ndim == 1:
        patterns, stack = observation_patterns(present)
        stack = stack if len(patterns) > 1 else slice(None)
        root = patterns * (np.ones(y.shape[1]) if weights is None else _roots(weights))
    else:
        patterns, root = present, _roots(weights[genes]) * present
    projection = _project_blocks(design, blocks, patterns, root)
    filled = np.where(present, y[genes], 0.0)
    scaled = filled / binary_units(filled) * root[stack]
    groups, silent = _squared_projections(scaled, projection, blocks, stack)
    residual, between = gamma_line(groups)
    total = residual + between
    known = ~silent & (total != 0)
    result[genes] = np.divide(between, total, out=np.full(genes.size, np.nan), where=known)
    return result


def _roots(weights: FloatArray) -> FloatArray:
    """Square roots of weights, 0 for those that cannot be used."""
    usable = np.isfinite(weights) & (weights > 0)
    return np.asarray(np.sqrt(np.where(usable, weights, 0.0)), dtype=float)


def _project_blocks(
    design: FloatArray, blocks: BlockSums, observed: BoolArray, root: FloatArray
) -> _Projection:
    """Eigenvalues and vectors of the projected blocks, for a stack of weighted designs."""
    factors = stacked_qr(design.T[:, None, :] * root)
    block_sizes = blocks.of(observed)
    adjusted = blocks.of(factors.q)
    classes = [(size, block_sizes == size) for size in np.unique(block_sizes) if size > 0]
    spans = [stacked_qr(adjusted * some, SPAN_TOLERANCE) for _, some in classes]
    used = [span.independent.any(axis=1) for span in spans]
    basis = np.concatenate([span.q[u] for span, u in zip(spans, used, strict=True)])
    real = np.concatenate([span.independent[u] for span, u in zip(spans, used, strict=True)])
    sizes = np.repeat([size for size, _ in classes], [u.sum() for u in used])
    values, vectors = _eigen(basis, real, sizes, adjusted)
    shape = (1, len(observed))
    complement = [
        some.sum(axis=1) - span.rank for (_, some), span in zip(classes, spans, strict=True)
    ]
    eigenvalues = np.concatenate(
        [np.tile([[size] for size, _ in classes], shape), values.T, np.zeros(shape)]
    )
    count = np.concatenate(
        [np.reshape(complement, (len(classes), -1)), values.T > 0, np.zeros(shape)]
    )
    count[-1] = observed.sum(axis=1) - factors.rank - count.sum(axis=0)
    present = np.where(count > 0, eigenvalues, 0.0).max(axis=0)
    covariate = np.where(count > 0, eigenvalues, present)
    return _Projection(factors, observed, basis, sizes, classes, values, vectors, covariate, count)


def _eigen(
    basis: FloatArray, real: BoolArray, sizes: FloatArray, adjusted: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues, of shape (stack, dims), and vectors of D - AA' within the basis."""
    rotated = np.einsum("dsb,csb->sdc", basis, adjusted)
    reduced = -rotated @ np.swapaxes(rotated, 1, 2)
    diagonal = np.arange(len(sizes))
    # a direction that a gene lacks is given a negative eigenvalue, apart from all real ones
    reduced[:, diagonal, diagonal] += np.where(real.T, sizes, -1.0)
    values, vectors = np.linalg.eigh(reduced)
    return np.where(values > NO_EIGENVALUE * sizes.max(initial=0.0), values, 0.0), vectors


def _squared_projections(
    y: FloatArray, projection: _Projection, blocks: BlockSums, stack: IntArray | slice
) -> tuple[Groups, BoolArray]:
    """Sums of squared projections of weighted data, and genes that have nothing but rounding."""
    factors = projection.factors.take(stack)
    residuals = factors.residuals(y)
    sums = blocks.of(residuals)
    effects = np.zeros_like(sums)
    totals = []
    directions = projection.basis[:, stack]
    coordinates = np.einsum("dgb,gb->gd", directions, sums)
    outside = sums - np.einsum("dgb,gd->gb", directions, coordinates)
    for size, some in projection.classes:
        part = outside * some[stack]
        effects += part / size
        totals.append(np.einsum("gb,gb->g", part, part) / size)
    values, vectors = projection.values[stack], projection.vectors[stack]
    turned = (np.swapaxes(vectors, 1, 2) @ coordinates[:, :, None])[:, :, 0]
    along = np.divide(turned, values, out=np.zeros_like(turned), where=values > 0)
    inside = (vectors @ along[:, :, None])[:, :, 0]
    effects += np.einsum("dgb,gd->gb", directions, inside)
    within = factors.residuals(residuals - blocks.spread(effects) * projection.observed[stack])
    rest = np.einsum("gs,gs->g", within, within) * (projection.number[-1, stack] > 0)
    total = np.concatenate([totals, (along * turned).T, rest[None]])
    shape = total.shape
    groups = Groups(
        np.broadcast_to(projection.covariate[:, stack], shape),
        np.broadcast_to(projection.number[:, stack], shape),
        np.where(projection.number[:, stack] > 0, total, 0.0),
    )
    squares = np.einsum("gs,gs->g", residuals, residuals)
    silent = squares <= ROUNDING**2 * np.einsum("gs,gs->g", y, y)
    return groups, silent
