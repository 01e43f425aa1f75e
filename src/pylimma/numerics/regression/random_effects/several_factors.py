r"""Several grouping factors, nested or crossed: small dense systems in the levels of all factors.

With :math:`T_0 = Z'P_0Z` and :math:`\Lambda` the ratio of each level's factor,
:math:`T = Z'PZ = (I + T_0\Lambda)^{-1}T_0` and :math:`Z'Py = (I + T_0\Lambda)^{-1}t`, so that
traces and quadratic forms are sums over blocks of :math:`T`, and
:math:`\log|V| + \log|X'V^{-1}X|` grows by :math:`\log|I + T_0\Lambda|` from ratios of zero.
"""

from __future__ import annotations

import numpy as np

from pylimma.numerics.regression.random_effects.projections import (
    Estimates,
    Moments,
    Projected,
)
from pylimma.typing import BoolArray, FloatArray, IntArray

ROUNDING = 1e-13  # of a sum of squares: what random effects leave below it is rounding


class SeveralFactors:
    """Levels of all factors side by side, for some genes; `take` chooses genes."""

    def __init__(self, data: Projected, factors: list[IntArray]) -> None:
        root, q = data.root, data.qr.q
        indicators = [np.equal.outer(f, np.arange(f.max() + 1)).astype(float) for f in factors]
        z = np.concatenate(indicators, axis=1)
        self.owner = np.repeat(np.arange(len(factors)), [i.shape[1] for i in indicators])
        pairs = (z[:, :, None] * z[:, None, :]).reshape(len(z), -1)
        self.a = np.moveaxis((q * root) @ z, 0, 1)  # (genes, coefs, levels)
        whole = (root**2 @ pairs).reshape(-1, z.shape[1], z.shape[1])
        self.t0 = whole - np.swapaxes(self.a, 1, 2) @ self.a
        self.s0 = (data.residuals * root) @ z  # (genes, levels)
        self.r0 = np.einsum("gs,gs->g", data.residuals, data.residuals)

    def take(self, genes: IntArray | BoolArray) -> SeveralFactors:
        """The same of some genes."""
        part = object.__new__(SeveralFactors)
        part.owner = self.owner
        for name in ("a", "t0", "s0", "r0"):
            setattr(part, name, getattr(self, name)[genes])
        return part

    def moments(self, ratios: FloatArray) -> Moments:
        """Moments at ratios of shape (genes, factors)."""
        t, s, log_det, spread = self._at(ratios)
        blocks = self._sums(s**2)
        turned = np.stack([(t * (s * own)[:, None]).sum(axis=2) for own in self._masks()], axis=1)
        return Moments(
            log_det,
            np.maximum(self.r0 - np.einsum("gq,gq->g", self.s0 * spread, s), ROUNDING * self.r0),
            self._sums(np.einsum("gqq->gq", t)),
            self._sums(self._sums(t**2, axis=1), axis=2),
            blocks,
            self._sums(turned * s[:, None], axis=2),
        )

    def estimates(self, ratios: FloatArray) -> Estimates:
        """Estimates at ratios of shape (genes, factors)."""
        t, s, _, spread = self._at(ratios)
        # C X'V^-1 Z = A (I + Lambda T0)^-1 = A (I - Lambda T)
        h = self.a - (self.a * spread[:, None]) @ t
        # (Q'V^-1Q)^-1 = I + A Lambda (I + T0 Lambda)^-1 A'
        covariance = (self.a * spread[:, None]) @ np.swapaxes(h, 1, 2)
        diagonal = np.arange(h.shape[1])
        covariance[:, diagonal, diagonal] += 1
        parts = [h * own for own in self._masks()]
        gradient = np.stack([part @ np.swapaxes(part, 1, 2) for part in parts], axis=1)
        curvature = np.stack(
            [np.stack([k @ t @ np.swapaxes(m, 1, 2) for m in parts], axis=1) for k in parts], axis=1
        )
        shift = -np.einsum("gpq,gq->gp", self.a, spread * s)
        return Estimates(
            shift, (covariance + np.swapaxes(covariance, 1, 2)) / 2, gradient, curvature
        )

    def _at(self, ratios: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Z'PZ, Z'Py, the determinant's logarithm, and the ratio of each level."""
        spread = ratios[:, self.owner]
        system = self.t0 * spread[:, None]
        diagonal = np.arange(spread.shape[1])
        system[:, diagonal, diagonal] += 1
        right = np.concatenate([self.t0, self.s0[:, :, None]], axis=2)
        solved = np.linalg.solve(system, right)
        return solved[:, :, :-1], solved[:, :, -1], np.linalg.slogdet(system)[1], spread

    def _masks(self) -> list[BoolArray]:
        return [self.owner == k for k in range(self.owner[-1] + 1)]

    def _sums(self, values: FloatArray, axis: int = 1) -> FloatArray:
        """Sums over the levels of each factor."""
        return np.add.reduceat(values, np.flatnonzero(np.diff(self.owner, prepend=-1)), axis=axis)
