r"""Ratios of variance components by REML: projected Newton steps for all genes at once.

The criterion is :math:`f(\lambda) = \log|V| + \log|X'V^{-1}X| + d\log y'Py` on
:math:`\lambda_k \ge 0`, with d residual degrees of freedom. Its derivatives are

.. math::
    f_k = \tau_k - d q_k/r^2, \qquad
    f_{kl} = -\tau_{kl} + d(2q_{kl}/r^2 - q_kq_l/r^4),

with the traces :math:`\tau` and quadratic forms :math:`q` of `Moments`. Where the second
derivatives are not positive definite their expectation
:math:`\tau_{kl} - \tau_k\tau_l/d` takes their place.
"""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np

from pylimma.numerics.regression.random_effects.projections import Estimates, Moments
from pylimma.typing import BoolArray, FloatArray, IntArray

CONVERGED = 1e-11  # relative step
MOST_STEPS = 200
MOST_HALVINGS = 40
LARGEST = 1e15  # of a ratio: beyond it nothing changes
START = 0.5
NEGLIGIBLE = 1e-10  # of an information matrix on the scale of correlations: no information
ROUNDING = 1e-13  # of the criterion


class Grouping(Protocol):
    """Genes whose moments can be asked for at any ratios."""

    def take(self, genes: IntArray | BoolArray) -> Self:
        """The same of some genes."""

    def moments(self, ratios: FloatArray) -> Moments:
        """Moments at ratios."""

    def estimates(self, ratios: FloatArray) -> Estimates:
        """Estimates at ratios."""


def reml_ratios(grouping: Grouping, df: FloatArray, usable: BoolArray) -> FloatArray:
    """Ratios of the largest restricted likelihood, (genes, factors), 0 where not `usable`."""
    ratios = np.where(usable, START, 0.0)
    at_zero = _criterion(grouping.moments(np.zeros_like(ratios)), df)
    genes = np.flatnonzero(usable.any(axis=1))
    state, moments = grouping.take(genes), grouping.take(genes).moments(ratios[genes])
    for _ in range(MOST_STEPS):
        if genes.size == 0:
            break
        moving, moments = _step(state, moments, ratios, genes, df[genes], usable[genes])
        genes = genes[moving]
        state, moments = state.take(moving), moments.take(moving)
    final = _criterion(grouping.moments(ratios), df)
    return np.where((at_zero <= final)[:, None], 0.0, ratios)


def identified(grouping: Grouping, df: FloatArray, n_factors: int) -> BoolArray:
    """Components that data can tell from the residual variance and from earlier components.

    Those whose covariance in the residual space is not a combination of the others', by the
    Gram matrix of these covariances, which the traces at ratios of zero are.
    """
    start = grouping.moments(np.zeros((len(df), n_factors)))
    gram = information(start.traces, start.trace, df, np.zeros((len(df), n_factors)))
    order = np.r_[n_factors, :n_factors]
    gram = gram[:, order][:, :, order]
    scale = np.sqrt(np.maximum(np.einsum("gaa->ga", gram), np.finfo(float).tiny))
    rest = gram / (scale[:, :, None] * scale[:, None, :])
    found = np.zeros((len(df), n_factors + 1), dtype=bool)
    for k in range(n_factors + 1):  # Gram-Schmidt on the covariances, one after the other
        left = rest[:, k, k]
        found[:, k] = left > NEGLIGIBLE
        column = rest[:, :, k] / np.where(found[:, k], left, np.inf)[:, None]
        rest = rest - column[:, :, None] * rest[:, None, k, :]
    return found[:, 1:]


def information(
    products: FloatArray, vector: FloatArray, last: FloatArray, ratios: FloatArray
) -> FloatArray:
    r"""Forms in :math:`A_1, …, A_K` as forms in :math:`A_1, …, A_K, W^{-1}`.

    :math:`W^{-1} = V - \sum\lambda_k A_k` and :math:`PVP = P`, so that what is
    :math:`\tau_{kl}` with :math:`A_k` and :math:`A_l` is :math:`\tau_k` with V in place of one and
    `last` with V in place of both.
    """
    n_genes, k = vector.shape
    whole = np.empty((n_genes, k + 1, k + 1))
    whole[:, :k, :k], whole[:, :k, k], whole[:, k, :k] = products, vector, vector
    whole[:, k, k] = last
    turn = np.zeros((n_genes, k + 1, k + 1))
    turn[:, np.arange(k + 1), np.arange(k + 1)] = 1.0
    turn[:, k, :k] = -ratios
    return np.asarray(turn @ whole @ np.swapaxes(turn, 1, 2))


def _criterion(moments: Moments, df: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(moments.log_det + df * np.log(np.maximum(moments.r2, 0.0)))


def _step(
    state: Grouping,
    moments: Moments,
    ratios: FloatArray,
    genes: IntArray,
    df: FloatArray,
    usable: BoolArray,
) -> tuple[BoolArray, Moments]:
    """Move the ratios of some genes, in place; which still move, and the moments there."""
    now = ratios[genes]
    gradient, newton, expected = _derivatives(moments, df)
    free = usable & ~((now <= 0) & (gradient >= 0))
    step = _solve(gradient, newton, expected, free)
    level = _criterion(moments, df) + ROUNDING * (1 + np.abs(df))
    size = np.ones(len(genes))
    trial = np.clip(now + step, 0.0, LARGEST)
    found = state.moments(trial)
    for _ in range(MOST_HALVINGS):
        worse = ~(_criterion(found, df) <= level)
        if not worse.any():
            break
        size[worse] /= 2
        trial[worse] = np.clip(now + size[:, None] * step, 0.0, LARGEST)[worse]
        found.put(worse, state.take(worse).moments(trial[worse]))
    ratios[genes] = trial
    moved = np.abs(trial - now) > CONVERGED * (trial + CONVERGED)
    return np.asarray(moved.any(axis=1)), found


def _derivatives(moments: Moments, df: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Gradient, second derivatives and their expectation."""
    share = df / moments.r2
    q = moments.squares
    gradient = moments.trace - share[:, None] * q
    outer = q[:, :, None] * q[:, None, :]
    newton = (2 * share)[:, None, None] * moments.products - moments.traces
    newton -= (share / moments.r2)[:, None, None] * outer
    traces = moments.trace[:, :, None] * moments.trace[:, None, :]
    return gradient, newton, moments.traces - traces / df[:, None, None]


def _solve(
    gradient: FloatArray, newton: FloatArray, expected: FloatArray, free: BoolArray
) -> FloatArray:
    """Newton's step of the free components, or Fisher's where Newton's would not descend."""
    both = free[:, :, None] & free[:, None, :]
    eye = np.eye(free.shape[1])
    # on the scale of correlations, where one bound tells what is no information
    scale = np.sqrt(np.maximum(np.einsum("gkk->gk", expected), np.finfo(float).tiny))
    scales = scale[:, :, None] * scale[:, None, :]
    observed = np.where(both, newton / scales, eye)
    fisher = np.where(both, expected / scales, eye)
    least = observed[:, 0, 0] if free.shape[1] == 1 else np.linalg.eigvalsh(observed)[:, 0]
    chosen = np.where((least > NEGLIGIBLE)[:, None, None], observed, fisher + NEGLIGIBLE * eye)
    right = np.where(free, gradient / scale, 0.0)
    step = np.linalg.solve(chosen, right[:, :, None])[:, :, 0]
    return np.asarray(np.where(free, -step / scale, 0.0))
