r"""Counts that are zero because the design allows nothing else.

Where all samples that a coefficient depends on have zero counts, the log-linear model fits
them exactly, with a fitted value of zero. Residuals of such observations are zero whatever
the variance, so that they carry no residual degrees of freedom.
"""

from __future__ import annotations

import numpy as np

from pylimma.numerics.blocks import map_genes
from pylimma.numerics.regression.linalg import FactoredDesign
from pylimma.numerics.regression.stacked_qr import stacked_qr
from pylimma.typing import AnyArray, BoolArray, FloatArray

ZERO = 1e-4  # a count or fitted value below it is zero
_FEWEST_ZEROS = 2
_MAX_STEPS = 100
_MAX_HALVINGS = 30
_SMALLEST_GAIN = 1e-13  # of the log likelihood; fits that tend to zero are far below `ZERO` then
_ROUNDING = 1e-12  # of the log likelihood


def exact_zeros(
    counts: AnyArray, lib_size: FloatArray, design: FactoredDesign, largest_leverage: float
) -> BoolArray:
    """Mark zero counts with zero fitted values under a Poisson log-linear model."""
    zero = counts < ZERO
    if largest_leverage == 0:  # a design without coefficients
        return np.zeros(counts.shape, dtype=bool)
    enough = max(_FEWEST_ZEROS, 1 / largest_leverage) - ZERO
    rows = np.flatnonzero(np.count_nonzero(zero, axis=1) > enough)
    exact = np.zeros(counts.shape, dtype=bool)
    if rows.size == 0:
        return exact
    cells, members = np.unique(design.matrix, axis=0, return_inverse=True)
    if len(cells) == design.rank:
        fitted = _cell_means(counts[rows], lib_size, members.ravel())
    else:
        fitted = poisson_fit(counts[rows].astype(np.float64), lib_size, design)
    exact[rows] = zero[rows] & (fitted < ZERO)
    return exact


def _cell_means(counts: AnyArray, lib_size: FloatArray, cell: AnyArray) -> FloatArray:
    """Fitted counts of a one-way layout: each cell's pooled rate times the library sizes."""
    membership = np.eye(cell.max() + 1)[cell]
    rates = (counts @ membership) / (lib_size @ membership)
    return np.asarray(rates[:, cell] * lib_size)


def poisson_fit(counts: FloatArray, lib_size: FloatArray, design: FactoredDesign) -> FloatArray:
    r"""Fitted counts of Poisson log-linear models, by damped Newton steps.

    A fitted value that tends to zero decreases by a factor of :math:`e` in each step, and
    stands still when its information is lost in rounding.
    """
    return np.concatenate(map_genes(_fit_block, (counts,), design.basis, np.log(lib_size)))


def _fit_block(counts: FloatArray, basis: FloatArray, offset: FloatArray) -> FloatArray:
    """Fit a block of genes on an orthonormal basis of the design."""
    log_fitted = offset + (np.log(counts + 0.5) - offset) @ basis @ basis.T
    active = np.arange(len(counts))
    for _ in range(_MAX_STEPS):
        y, current = counts[active], log_fitted[active]
        fitted = np.exp(current)
        root = np.sqrt(fitted)
        factors = stacked_qr(basis.T[:, None, :] * root)
        excess = np.divide(y - fitted, root, out=np.zeros(y.shape), where=root > 0)
        effects = factors.effects(excess)
        direction = factors.solve(effects).T @ basis.T
        going = np.einsum("cg,cg->g", effects, effects) > _SMALLEST_GAIN
        active = active[going]
        if active.size == 0:
            break
        log_fitted[active] = _damped(y[going], current[going], direction[going])
    return np.exp(log_fitted)


def _damped(y: FloatArray, log_fitted: FloatArray, direction: FloatArray) -> FloatArray:
    """Steps halved until they do not lower the likelihood."""
    start = _deviance(y, log_fitted)
    allowed = start + _ROUNDING * (1 + np.abs(start))
    moved = log_fitted + direction
    for halving in range(1, _MAX_HALVINGS):
        worse = ~(_deviance(y, moved) <= allowed)
        if not worse.any():
            break
        moved[worse] = log_fitted[worse] + direction[worse] * 0.5**halving
    return moved


def _deviance(y: FloatArray, log_fitted: FloatArray) -> FloatArray:
    """Minus the log likelihood, up to a constant of the gene."""
    with np.errstate(over="ignore"):
        return np.asarray((np.exp(log_fitted) - y * log_fitted).sum(axis=1))
