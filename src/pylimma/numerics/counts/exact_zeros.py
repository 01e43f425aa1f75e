r"""Counts that are zero because the design allows nothing else.

Where all samples that a coefficient depends on have zero counts, the log-linear model fits
them exactly, with a fitted value of zero. Residuals of such observations are zero whatever
the variance, so that they carry no residual degrees of freedom.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pylimma.numerics.blocks import map_genes
from pylimma.numerics.regression.linalg import FactoredDesign
from pylimma.numerics.regression.stacked_qr import observation_patterns, stacked_qr
from pylimma.typing import AnyArray, BoolArray, FloatArray

ZERO = 1e-4  # a count or fitted value below it is zero
_FEWEST_ZEROS = 2
_FALLS = -0.5  # step of a log mean: it is -1 or less, or 0, at the end
_STANDS_STILL = 1e-4  # a step that is zero up to what iteration leaves
_MAX_STEPS = 100
_MAX_HALVINGS = 30
_SMALLEST_GAIN = 1e-12  # of the log likelihood, relative to the sum of the counts
_ROUNDING = 1e-12  # of the log likelihood


def exact_zeros(counts: AnyArray, design: FactoredDesign, largest_leverage: float) -> BoolArray:
    r"""Mark zero counts whose fitted value under a Poisson log-linear model is zero.

    Such are the samples *j* with :math:`x_j^Td < 0` for a direction *d* along which the likelihood
    rises for ever: :math:`x_k^Td = 0` for all positive counts, :math:`x_k^Td \le 0` for all zeros.
    Neither library sizes nor the size of the counts matter.
    """
    zero = counts < ZERO
    exact = np.zeros(counts.shape, dtype=bool)
    if largest_leverage == 0:  # a design without coefficients
        return exact
    enough = max(_FEWEST_ZEROS, 1 / largest_leverage) - ZERO
    rows = np.flatnonzero(np.count_nonzero(zero, axis=1) > enough)
    if rows.size == 0:
        return exact
    cells, members = np.unique(design.matrix, axis=0, return_inverse=True)
    if len(cells) == design.rank:
        exact[rows] = _empty_cells(zero[rows], members.ravel())
    else:
        patterns, number = observation_patterns(zero[rows])
        exact[rows] = _falling(patterns, design)[number]
    return exact


def _empty_cells(zero: BoolArray, cell: AnyArray) -> BoolArray:
    """Samples of the cells of a one-way layout that have no counts."""
    membership = np.eye(cell.max() + 1)[cell]
    return np.asarray((~zero @ membership == 0)[:, cell])


class PoissonFit(NamedTuple):
    """Poisson log-linear models of many genes."""

    fitted: FloatArray  # (genes, samples) fitted counts
    step: FloatArray  # (genes, samples) last step of their logarithms: -1 or less where they fall


def _falling(zero: BoolArray, design: FactoredDesign) -> BoolArray:
    """Samples whose fitted values fall for ever, by the last steps; the unclear ones exactly."""
    fit = poisson_fit((~zero).astype(np.float64), design)
    falls = zero & (fit.step < _FALLS)
    # the direction in which these and no others fall, if there is one among the coefficients
    direction = np.where(falls, fit.step, 0.0)
    outside = direction - direction @ design.basis @ design.basis.T
    unclear = (np.abs(outside) > _STANDS_STILL).any(axis=1)
    unclear |= (zero & ~falls & (fit.fitted < ZERO)).any(axis=1)
    for number in np.flatnonzero(unclear):
        falls[number] = separated(zero[number], design.basis)
    return falls


def separated(zero: BoolArray, basis: FloatArray) -> BoolArray:
    """Zeros of one pattern that some direction sends to minus infinity, by linear programming."""
    from scipy.optimize import linprog  # noqa: PLC0415 - slow to load, and rarely needed

    n_coefs, numbers = basis.shape[1], np.flatnonzero(zero)
    # the largest sum of falls of at most 1: a sum of directions is one too, so none is missed
    found = linprog(
        np.repeat([0.0, -1.0], [n_coefs, len(numbers)]),
        A_ub=np.hstack([basis[zero], np.eye(len(numbers))]),
        b_ub=np.zeros(len(numbers)),
        A_eq=np.hstack([basis[~zero], np.zeros((len(zero) - len(numbers), len(numbers)))]),
        b_eq=np.zeros(len(zero) - len(numbers)),
        bounds=[(None, None)] * n_coefs + [(0, 1)] * len(numbers),
    )
    falls = np.zeros(len(zero), dtype=bool)
    falls[numbers] = np.asarray(found.x)[n_coefs:] > -_FALLS
    return falls


def poisson_fit(counts: FloatArray, design: FactoredDesign) -> PoissonFit:
    r"""Poisson log-linear models, by damped Newton steps.

    A fitted value that tends to zero decreases by a factor of :math:`e` or more in each step, and
    stands still when its information is lost in rounding.
    """
    parts = map_genes(_fit_block, (counts,), design.basis)
    return PoissonFit(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _fit_block(counts: FloatArray, basis: FloatArray) -> PoissonFit:
    """Fit a block of genes on an orthonormal basis of the design."""
    log_fitted = np.log(counts + 0.5) @ basis @ basis.T
    step = np.zeros(counts.shape)
    active = np.arange(len(counts))
    for _ in range(_MAX_STEPS):
        y, current = counts[active], log_fitted[active]
        fitted = np.exp(current)
        root = np.sqrt(fitted)
        factors = stacked_qr(basis.T[:, None, :] * root)
        excess = np.divide(y - fitted, root, out=np.zeros(y.shape), where=root > 0)
        effects = factors.effects(excess)
        direction = step[active] = factors.solve(effects).T @ basis.T
        log_fitted[active] = _damped(y, current, direction)
        # below 1e-14 of the largest mean, the rank tolerance's square, a falling one is not seen
        smallest = _SMALLEST_GAIN * (1 + y.sum(axis=1))
        active = active[np.einsum("cg,cg->g", effects, effects) > smallest]
        if active.size == 0:
            break
    return PoissonFit(np.exp(log_fitted), step)


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
