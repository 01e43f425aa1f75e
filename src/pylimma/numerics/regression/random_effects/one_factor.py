r"""One grouping factor: every quantity is a sum over groups of products of a few numbers.

With :math:`s_i` the sum of weights of group i, :math:`a_i` and :math:`t_i` the sums of
:math:`W^{1/2}Q` and of the weighted residuals over it, and :math:`c_i = \lambda/(1 + \lambda s_i)`,
:math:`Q'V^{-1}Q = I - \sum c_i a_i a_i'`. Since
:math:`c_i = 1/s_i - h_i`, :math:`h_i = 1/\{s_i(1 + \lambda s_i)\}`, that is the part within groups
plus :math:`\sum h_i a_i a_i'`: sums of squares, which keep their digits however large
:math:`\lambda` is.
"""

from __future__ import annotations

import numpy as np

from pylimma.numerics.regression.random_effects.projections import (
    Estimates,
    Moments,
    Projected,
    group_sums,
)
from pylimma.typing import BoolArray, FloatArray, IntArray


class OneFactor:
    """The sums over groups of some genes; `take` chooses genes."""

    def __init__(self, data: Projected, groups: IntArray) -> None:
        root, q, residuals = data.root, data.qr.q, data.residuals
        self.s = group_sums(root**2, groups)  # (genes, groups)
        self.inverse = np.divide(1.0, self.s, out=np.zeros_like(self.s), where=self.s > 0)
        self.a = np.moveaxis(group_sums(q * root, groups), 0, 1)  # (genes, coefs, groups)
        self.t = group_sums(residuals * root, groups)  # (genes, groups)
        # the part within groups, from what is left of each column without its weighted group means
        within = (
            np.moveaxis(q, 0, 1) - root[:, None] * (self.a * self.inverse[:, None])[..., groups]
        )
        rest = residuals - root * (self.t * self.inverse)[:, groups]
        self.within = within @ np.swapaxes(within, 1, 2)
        diagonal = np.arange(len(q))
        self.within[:, diagonal, diagonal] += ~data.qr.independent.T
        self.within_y = np.einsum("gps,gs->gp", within, rest)
        self.within_yy = np.einsum("gs,gs->g", rest, rest)

    def take(self, genes: IntArray | BoolArray) -> OneFactor:
        """The same of some genes."""
        part = object.__new__(OneFactor)
        for name, values in vars(self).items():
            setattr(part, name, values[genes])
        return part

    def moments(self, ratios: FloatArray) -> Moments:
        """Moments at ratios of shape (genes, 1)."""
        s, d = self.s, 1 + ratios * self.s
        m = self._information(d)
        inverse = np.linalg.inv(m)
        h = self.inverse / d
        shift = np.einsum("gpq,gq->gp", inverse, self._effects(h))
        e = self.t - np.einsum("gp,gpi->gi", shift, self.a)
        first, second = self._outer(1 / d**2), self._outer(2 * s / d**3)  # -S' and S''
        turned = inverse @ first
        trace = (s / d).sum(axis=1) - np.einsum("gpp->g", turned)
        # tr(PAPA) = sum (s/d)^2 - tr(CS'') + tr(CS'CS')
        traces = ((s / d) ** 2).sum(axis=1) - np.einsum("gpq,gqp->g", inverse, second)
        traces += np.einsum("gpq,gqp->g", turned, turned)
        bend = np.einsum("gpi,gi->gp", self.a, e / d**2)
        products = (s * e**2 / d**3).sum(axis=1) - np.einsum("gp,gpq,gq->g", bend, inverse, bend)
        effects = self._effects(h)
        r2 = self.within_yy + (h * self.t**2).sum(axis=1) - np.einsum("gp,gp->g", effects, shift)
        return Moments(
            np.log(d).sum(axis=1) + np.linalg.slogdet(m)[1],
            r2,
            trace[:, None],
            traces[:, None, None],
            (e**2 / d**2).sum(axis=1)[:, None],
            products[:, None, None],
        )

    def estimates(self, ratios: FloatArray) -> Estimates:
        """Estimates at ratios of shape (genes, 1)."""
        s, d = self.s, 1 + ratios * self.s
        inverse = np.asarray(np.linalg.inv(self._information(d)), dtype=float)
        shift = np.einsum("gpq,gq->gp", inverse, self._effects(self.inverse / d))
        first, second = self._outer(1 / d**2), self._outer(s / d**3)
        gradient = inverse @ first @ inverse
        # A V^-1 P ... with Z'PZ = diag(s/d) - Z'V^-1X C X'V^-1Z
        curvature = inverse @ (second - first @ inverse @ first) @ inverse
        return Estimates(shift, inverse, gradient[:, None], curvature[:, None, None])

    def _information(self, d: FloatArray) -> FloatArray:
        return self.within + self._outer(self.inverse / d)

    def _effects(self, h: FloatArray) -> FloatArray:
        return np.asarray(self.within_y + np.einsum("gpi,gi->gp", self.a, h * self.t))

    def _outer(self, factors: FloatArray) -> FloatArray:
        """Sums of a_i a_i' over groups, each times its factor."""
        return (self.a * factors[:, None]) @ np.swapaxes(self.a, 1, 2)
