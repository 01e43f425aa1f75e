r"""Least squares for every gene at once, with or without weights and missing values.

The design is orthogonalised once, :math:`X = Q R`. A gene with weights :math:`w` then needs
only the small system :math:`(Q^T W Q)\gamma = Q^T W y` with :math:`\beta = R^{-1}\gamma`;
since :math:`Q` is orthonormal, that system is no worse conditioned than the weights are
unequal. A missing value is a weight of zero. Genes whose system is near singular, because
what they lack touches the rank of the design, are done again by orthogonal factors of their
own design, together with all genes that lack the same samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pylimma.numerics.blocks import join_records, map_genes
from pylimma.numerics.missing_values import all_finite
from pylimma.numerics.regression.gene_covariance import packed, packed_products, placed
from pylimma.numerics.regression.linalg import (
    FactoredDesign,
    PivotedQR,
    batched_backward_solve,
    batched_cholesky,
    batched_forward_solve,
    factor_design,
    pivoted_qr,
    triangular_inverse,
)
from pylimma.record import Record
from pylimma.typing import BoolArray, FloatArray

SAFE_MARGIN = 1e-4  # a smaller relative pivot costs the normal equations over four digits
SAFE_SHARE = 1e-8  # of the weight in a column: below it, rounding errors of Q may be all there is
ROUNDING = 1e-14  # residuals below this fraction of the data are rounding errors
SAFE_RANGE = (1e-100, 1e100)  # sizes whose squares neither vanish nor overflow
SAFE_SQUARES = (1e-200, 1e200)


@dataclass(frozen=True, slots=True, eq=False)
class LinearFit(Record):
    """Least squares estimates for each gene."""

    # (genes, coefs) estimates; NaN where the gene's observations cannot tell
    coefficients: FloatArray
    # (genes, coefs) standard errors for a residual standard deviation of one
    stdev_unscaled: FloatArray
    # (genes,) residual standard deviations; NaN without residual degrees of freedom
    sigma: FloatArray
    df_residual: FloatArray  # (genes,) residual degrees of freedom
    # (genes, pairs) lower triangles of unscaled covariances, where these differ from gene to gene
    covariance: FloatArray | None = None
    # the weighted design, where all genes share weights and none of them is zero
    weighted_design: FactoredDesign | None = None


def least_squares(
    y: FloatArray,
    design: FactoredDesign,
    weights: FloatArray | None = None,
    n_jobs: int | None = None,
    *,
    with_covariance: bool = False,
) -> LinearFit:
    """Least squares for every gene; weights of shape (genes, samples), or (samples,) for all.

    Covariances of coefficients are added `with_covariance`, where genes do not share one.
    """
    by_gene = with_covariance and not ((weights is None or weights.ndim == 1) and all_finite(y))
    if weights is not None and weights.ndim == 1:
        return _shared_weights(y, design, weights, n_jobs, by_gene)
    return join_records(map_genes(fit_block, (y, weights), design, by_gene, n_jobs=n_jobs))


def _shared_weights(
    y: FloatArray,
    design: FactoredDesign,
    weights: FloatArray,
    n_jobs: int | None,
    by_gene: bool,
) -> LinearFit:
    """Fit with one weight per sample, by scaling rows of the model; dropped samples aside."""
    used = np.isfinite(weights) & (weights > 0)
    root = np.sqrt(weights[used])
    scaled = factor_design(design.matrix[used] * root[:, None])
    fit = join_records(map_genes(_fit_scaled, (y,), used, root, scaled, by_gene, n_jobs=n_jobs))
    return replace(fit, weighted_design=scaled) if used.all() else fit


def _fit_scaled(
    y: FloatArray, used: BoolArray, root: FloatArray, scaled: FactoredDesign, by_gene: bool
) -> LinearFit:
    return fit_block(y[:, used] * root, None, scaled, by_gene)


def fit_block(
    y: FloatArray, weights: FloatArray | None, design: FactoredDesign, by_gene: bool = False
) -> LinearFit:
    """Fit a block of genes: complete ones by one product, the others by small systems.

    One sum of squares a gene tells whether all its values are there and can be squared.
    """
    weighted = y if weights is None else weights * y
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        total = np.einsum("gs,gs->g", weighted, y)
    positive = weights is None or np.min(weights, initial=np.inf) > 0
    smallest, biggest = SAFE_SQUARES
    if positive and ((smallest < total) & (total < biggest)).all():
        if weights is None:
            return _complete(y, design, total, by_gene)
        return _weighted(y, design, weights, weighted, total, by_gene)
    return _scaled_block(y, weights, design, by_gene)


def _scaled_block(
    y: FloatArray, weights: FloatArray | None, design: FactoredDesign, by_gene: bool
) -> LinearFit:
    """Fit a block with missing values, in a unit whose squares neither overflow nor vanish."""
    observed = np.isfinite(y)
    if weights is not None:
        observed &= (weights > 0) & np.isfinite(weights)
    largest = np.max(np.abs(y), initial=0.0, where=observed)
    smallest, biggest = SAFE_RANGE
    unit = 1.0 if largest == 0 or smallest < largest < biggest else _power_of_two(largest)
    z = np.where(observed, y / unit, 0.0)
    mask = observed.astype(float) if weights is None else np.where(observed, weights, 0.0)
    masked = mask * z
    fit = _weighted(z, design, mask, masked, np.einsum("gs,gs->g", masked, z), by_gene)
    complete = observed.all(axis=1)
    if weights is None and complete.any():
        whole = z[complete]
        shared = _complete(whole, design, np.einsum("gs,gs->g", whole, whole), by_gene)
        for name in fit:
            fit[name][complete] = shared[name]
    return replace(fit, coefficients=fit.coefficients * unit, sigma=fit.sigma * unit)


def _power_of_two(size: float) -> float:
    return float(2.0 ** np.floor(np.log2(size)))


def _complete(y: FloatArray, qr: PivotedQR, total: FloatArray, by_gene: bool) -> LinearFit:
    """Fit genes without weights or missing values: all share one factorisation."""
    effects = y @ qr.basis
    residuals = effects @ qr.basis.T
    np.subtract(y, residuals, out=residuals)
    rss = np.einsum("gs,gs->g", residuals, residuals)
    return shared_estimates(qr, effects, rss, total, y.shape[1], by_gene)


def shared_estimates(
    qr: PivotedQR,
    effects: FloatArray,
    rss: FloatArray,
    total: FloatArray,
    n_samples: int,
    by_gene: bool = False,
) -> LinearFit:
    """Estimates of genes that share a factorisation, from their effects and sums of squares."""
    inverse = triangular_inverse(qr.triangle)
    df = np.full(len(rss), float(n_samples - qr.rank))
    return _estimates(
        qr,
        coefficients=effects @ inverse.T,
        stdev_unscaled=np.broadcast_to(np.sqrt((inverse**2).sum(axis=1)), effects.shape),
        sigma=_sigma(rss, total, df),
        df=df,
        covariance=packed(qr.covariance)[None, :] if by_gene else None,
    )


def _weighted(
    y: FloatArray,
    design: FactoredDesign,
    weights: FloatArray,
    weighted: FloatArray,
    total: FloatArray,
    by_gene: bool,
) -> LinearFit:
    """Fit genes with weights of their own, zero for what is missing, given their product."""
    basis, rank = design.basis, design.rank
    gram = _weighted_gram(basis, weights)
    factors, margin = batched_cholesky(gram)
    least = np.einsum("iig->ig", gram).min(axis=0, initial=np.inf)
    moments = (basis.T @ weighted.T)[:, None, :]
    inverse = triangular_inverse(design.triangle)
    gamma = batched_backward_solve(factors, batched_forward_solve(factors, moments))[:, 0]
    spread = batched_forward_solve(factors, inverse.T[:, :, None])
    squares = gamma.T @ basis.T
    np.subtract(y, squares, out=squares)
    squares *= squares
    df = np.count_nonzero(weights, axis=1) - float(rank)
    fit = _estimates(
        design,
        coefficients=(inverse @ gamma).T,
        stdev_unscaled=np.sqrt(np.einsum("icg,icg->gc", spread, spread)),
        sigma=_sigma(np.einsum("gs,gs->g", weights, squares), total, df),
        df=df,
        covariance=packed_products(spread) if by_gene else None,
    )
    suspect = (margin < SAFE_MARGIN) | (least < SAFE_SHARE * weights.sum(axis=1))
    for genes, pattern in _patterns(weights > 0, suspect):
        part = _by_orthogonal_factors(
            y[np.ix_(genes, pattern)],
            design.matrix[pattern],
            weights[np.ix_(genes, pattern)],
            by_gene,
        )
        for name in fit:
            fit[name][genes] = part[name]
    return fit


def _weighted_gram(basis: FloatArray, weights: FloatArray) -> FloatArray:
    """Lower triangles of :math:`Q^T W Q`, of shape (rank, rank, genes)."""
    rank = basis.shape[1]
    lower = np.tril_indices(rank)
    gram = np.empty((rank, rank, len(weights)))
    gram[lower] = (basis[:, lower[0]] * basis[:, lower[1]]).T @ weights.T
    return gram


def _patterns(observed: BoolArray, wanted: BoolArray) -> Iterator[tuple[BoolArray, BoolArray]]:
    """Groups of the wanted genes that have the same samples: (genes, samples) as masks."""
    rows = np.flatnonzero(wanted)
    if rows.size == 0:
        return
    patterns, membership = np.unique(observed[rows], axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        genes = np.zeros(len(observed), dtype=bool)
        genes[rows[membership.ravel() == number]] = True
        yield genes, pattern


def _by_orthogonal_factors(
    y: FloatArray, design: FloatArray, weights: FloatArray, by_gene: bool
) -> LinearFit:
    """Fit genes that have the same samples, by orthogonal factors of each weighted design."""
    qr = pivoted_qr(design)
    df = np.full(len(y), float(len(design) - qr.rank))
    if qr.rank == 0:
        total = np.einsum("gs,gs,gs->g", weights, y, y)
        none = np.empty((len(y), 0))
        return _estimates(qr, none, none, _sigma(total, total, df), df, none if by_gene else None)
    root = np.sqrt(weights)
    q, r = np.linalg.qr(root[:, :, None] * design[:, qr.independent])
    z = root * y
    gamma = np.einsum("gsc,gs->gc", q, z)
    residuals = z - np.einsum("gsc,gc->gs", q, gamma)
    inverse = np.linalg.solve(r, np.broadcast_to(np.eye(qr.rank), r.shape))
    return _estimates(
        qr,
        coefficients=np.einsum("gij,gj->gi", inverse, gamma),
        stdev_unscaled=np.sqrt(np.einsum("gij,gij->gi", inverse, inverse)),
        sigma=_sigma(np.einsum("gs,gs->g", residuals, residuals), np.einsum("gs,gs->g", z, z), df),
        df=df,
        covariance=packed_products(inverse.transpose(2, 1, 0)) if by_gene else None,
    )


def _sigma(rss: FloatArray, total: FloatArray, df: FloatArray) -> FloatArray:
    """Residual standard deviation: zero for rounding errors, NaN without degrees of freedom."""
    exact = np.where(rss > total * ROUNDING**2, rss, 0.0)
    return np.sqrt(np.divide(exact, df, out=np.full(len(rss), np.nan), where=df > 0))


def _estimates(
    qr: PivotedQR,
    coefficients: FloatArray,
    stdev_unscaled: FloatArray,
    sigma: FloatArray,
    df: FloatArray,
    covariance: FloatArray | None = None,
) -> LinearFit:
    """Estimates of the independent columns, put at their places among all columns."""
    shape = (len(sigma), len(qr.pivot))
    triangles = None
    if covariance is not None:
        everywhere = np.broadcast_to(covariance, (len(sigma), covariance.shape[1]))
        triangles = np.array(placed(everywhere, qr.independent, len(qr.pivot)))
    fit = LinearFit(np.full(shape, np.nan), np.full(shape, np.nan), sigma, df, triangles)
    fit.coefficients[:, qr.independent] = coefficients
    fit.stdev_unscaled[:, qr.independent] = stdev_unscaled
    return fit
