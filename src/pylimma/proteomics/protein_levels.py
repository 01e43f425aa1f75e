r"""Levels of proteins from their precursors, missing ones included: the numbers.

Precursor j of a protein has log-intensity :math:`\mu_{ji} = \gamma_i + \delta_j` in sample i,
:math:`\sum\delta_j = 0`, with noise of standard deviation :math:`\sigma`. A detected value is
normal; a missing one has the probability

.. math:: G(\mu) = \sum_k \omega_k\{1 - F(\beta_0 + \beta_1(\mu + \sigma z_k))\},

by quadrature over the noise. With priors of the mean level and of the levels between samples,
half the penalised deviance is convex, and Newton's method with halved steps takes a few iterations.
Levels are eliminated first, so that the systems are as large as the number of precursors; standard
errors are the roots of the diagonal of the inverse Hessian of the levels, precursors profiled [1]_.

References
----------
.. [1] Li M, Cobbold SA, Smyth GK (2025). Quantification and differential analysis of mass
   spectrometry proteomics data with probabilistic recovery of information from missing values.
   bioRxiv 2025.04.28.651125. https://doi.org/10.1101/2025.04.28.651125
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from pylimma.numerics.blocks import map_blocks
from pylimma.proteomics.moments import NODES, WEIGHTS
from pylimma.record import Record
from pylimma.typing import BoolArray, FloatArray

CONVERGED = 1e-12  # Newton's decrement: far below what a standard error can show
MOST_STEPS = 100
MOST_HALVINGS = 30
BLOCK = 2**16  # observations worked on at once
SMALLEST = 1e-300  # of a probability, before its logarithm is taken


@dataclass(frozen=True, slots=True, eq=False)
class LevelPrior(Record):
    """Priors of the mean level of a protein and of its levels between samples."""

    mean: float
    sd: float
    log_fc: float


@dataclass(frozen=True, slots=True, eq=False)
class _State(Record):
    """Half the penalised deviance and its derivatives, of a stack of proteins."""

    loss: FloatArray  # (proteins,)
    slope: FloatArray  # (proteins, precursors, samples) by the mean of each observation
    curvature: FloatArray  # (proteins, precursors, samples) 0 or more


def protein_levels(
    y: FloatArray,
    sigma: FloatArray,
    start: FloatArray,
    curve: FloatArray,
    prior: LevelPrior,
    n_jobs: int | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Levels and their standard errors, of shape (proteins, samples).

    `y` has shape (proteins, precursors, samples) with NaN for missing, `sigma` (proteins,
    precursors), `start` (proteins, precursors, samples) complete values to start from.
    """
    n, cells = len(y), max(y.shape[1] * y.shape[2], 1)
    rows = max(1, BLOCK // cells)
    blocks = [slice(k, min(k + rows, n)) for k in range(0, n, rows)]
    parts = map_blocks(lambda b: _levels(y[b], sigma[b], start[b], curve, prior), blocks, n_jobs)
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _levels(
    y: FloatArray, sigma: FloatArray, start: FloatArray, curve: FloatArray, prior: LevelPrior
) -> tuple[FloatArray, FloatArray]:
    """Levels and standard errors of a stack of proteins of one number of precursors."""
    seen = np.isfinite(y)
    gamma = start.mean(axis=1)
    delta = start.mean(axis=2)
    delta -= delta.mean(axis=1, keepdims=True)
    error = np.empty_like(gamma)
    active = np.arange(len(y))
    state = _evaluate(y, seen, sigma, gamma, delta, curve, prior)
    for _ in range(MOST_STEPS):
        at = (gamma[active], delta[active])
        step_gamma, step_delta, decrement, errors = _newton(state, at[0], prior)
        error[active] = errors
        part = (y[active], seen[active], sigma[active])
        size = np.ones(len(active))
        worse = np.ones(len(active), dtype=bool)
        for _ in range(MOST_HALVINGS):
            scale = size[:, None]
            moved = (at[0] - scale * step_gamma, at[1] - scale * step_delta)
            found = _evaluate(*part, *moved, curve, prior)
            worse = ~(found.loss <= state.loss + 1e-12 * (1 + np.abs(state.loss)))
            if not worse.any():
                break
            size[worse] /= 2
        gamma[active], delta[active] = moved
        going = decrement > CONVERGED
        active = active[going]
        if active.size == 0:
            break
        state = _State(found.loss[going], found.slope[going], found.curvature[going])
    return gamma, error


def _evaluate(
    y: FloatArray,
    seen: BoolArray,
    sigma: FloatArray,
    gamma: FloatArray,
    delta: FloatArray,
    curve: FloatArray,
    prior: LevelPrior,
) -> _State:
    mu = gamma[:, None, :] + delta[:, :, None]
    precision = np.broadcast_to(1 / sigma[:, :, None] ** 2, mu.shape)
    distance = np.where(seen, mu - y, 0.0)
    loss = (distance**2 * precision).sum(axis=(1, 2)) / 2
    slope = distance * precision
    curvature = np.where(seen, precision, 0.0)
    spread = np.broadcast_to(sigma[:, :, None], mu.shape)[~seen]
    g, first, second = _missing(mu[~seen], spread, curve)
    slope[~seen] = -first / g
    curvature[~seen] = np.maximum((first / g) ** 2 - second / g, 0.0)
    lost = np.zeros_like(mu)
    lost[~seen] = np.log(g)
    mean = gamma.mean(axis=1)
    loss -= lost.sum(axis=(1, 2))
    loss += ((mean - prior.mean) / prior.sd) ** 2 / 2
    loss += ((gamma - mean[:, None]) ** 2).sum(axis=1) / (2 * prior.log_fc**2)
    return _State(loss, slope, curvature)


def _missing(
    mu: FloatArray, sigma: FloatArray, curve: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Probability of not being detected, and its first two derivatives by the mean."""
    q = expit(-(curve[0] + curve[1] * (mu[:, None] + sigma[:, None] * NODES)))
    turned = q * (1 - q)
    g = np.maximum(q @ WEIGHTS, SMALLEST)
    first = -curve[1] * (turned @ WEIGHTS)
    second = curve[1] ** 2 * ((turned * (1 - 2 * q)) @ WEIGHTS)
    return g, first, second


def _newton(
    state: _State, gamma: FloatArray, prior: LevelPrior
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Newton's steps of levels and precursors, the decrement, and standard errors of levels."""
    n = gamma.shape[1]
    c, mean = state.curvature, gamma.mean(axis=1, keepdims=True)
    # gradients
    within = 1 / prior.log_fc**2
    g = state.slope.sum(axis=1) + (gamma - mean) * within
    g += (mean - prior.mean) / (n * prior.sd**2)
    d = state.slope.sum(axis=2)
    # the levels' block: diag(a) + kappa 11', inverted by Sherman and Morrison
    a = 1 / (c.sum(axis=1) + within)
    kappa = (1 / prior.sd**2 / n - within) / n
    share = kappa / (1 + kappa * a.sum(axis=1))

    def solve(right: FloatArray) -> FloatArray:
        """Inverse of the levels' block times (proteins, k, samples)."""
        scaled = right * a[:, None]
        return scaled - share[:, None, None] * scaled.sum(axis=2)[:, :, None] * a[:, None]

    solved = solve(c)  # (proteins, precursors, samples)
    system = -c @ np.swapaxes(solved, 1, 2)
    diagonal = np.arange(c.shape[1])
    system[:, diagonal, diagonal] += c.sum(axis=2)
    level = solve(g[:, None])[:, 0]
    right = d - np.einsum("bji,bi->bj", c, level)
    inverse = _constrained_inverse(system)
    step_delta = np.einsum("bjk,bk->bj", inverse, right)
    step_gamma = level - np.einsum("bji,bj->bi", solved, step_delta)
    decrement = (g * step_gamma).sum(axis=1) + (d * step_delta).sum(axis=1)
    variance = a - share[:, None] * a**2
    variance = variance + np.einsum("bji,bjk,bki->bi", solved, inverse, solved, optimize=True)
    return step_gamma, step_delta, decrement, np.sqrt(variance)


def _constrained_inverse(system: FloatArray) -> FloatArray:
    """T(T'ST)^-1T' with T a basis of the vectors that sum to zero; the last depends on the others.

    The last precursor may have next to no curvature: those that were never detected are one.
    """
    size = system.shape[1]
    if size == 1:
        return np.zeros_like(system)
    last = system[:, -1]
    reduced = (
        system[:, :-1, :-1] - last[:, None, :-1] - last[:, :-1, None] + last[:, -1, None, None]
    )
    inverse = np.empty_like(system)
    inner = np.linalg.inv(reduced)
    inverse[:, :-1, :-1] = inner
    inverse[:, -1, :-1] = inverse[:, :-1, -1] = -inner.sum(axis=1)
    inverse[:, -1, -1] = inner.sum(axis=(1, 2))
    return inverse
