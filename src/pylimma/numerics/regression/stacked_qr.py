"""Orthogonal factors of many designs at once, one for each gene.

The loop runs over pairs of columns, of which a design has few; every step is an operation on
all genes. A sample that a gene lacks is a row of zeros in its design.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pylimma.numerics.regression.linalg import RANK_TOLERANCE, batched_backward_solve
from pylimma.record import Record
from pylimma.typing import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class StackedQR(Record):
    """Factors :math:`X_g = Q_g R_g` of a stack of designs."""

    # (coefs, genes, samples) orthonormal columns; zeros for a column that depends on earlier ones
    q: FloatArray
    r: FloatArray  # (coefs, coefs, genes) upper triangles; 1 on the diagonal of a dependent column
    independent: BoolArray  # (coefs, genes) whether a column is independent of those before it

    @property
    def rank(self) -> FloatArray:
        """Number of independent columns, of shape (genes,)."""
        rank: FloatArray = self.independent.sum(axis=0).astype(float)
        return rank

    def take(self, stack: IntArray | slice) -> StackedQR:
        """Factors at some positions of the stack."""
        return StackedQR(self.q[:, stack], self.r[..., stack], self.independent[:, stack])

    def effects(self, y: FloatArray) -> FloatArray:
        """Coordinates of y along the columns of Q, of shape (coefs, genes)."""
        effects: FloatArray = np.einsum("cgs,gs->cg", self.q, y)
        return effects

    def residuals(self, y: FloatArray) -> FloatArray:
        """Part of y outside the column space, of shape (genes, samples)."""
        remainder = np.array(np.broadcast_to(y, np.broadcast_shapes(y.shape, self.q.shape[1:])))
        for column in self.q:
            remainder -= np.einsum("gs,gs->g", column, remainder)[:, None] * column
        return remainder

    def solve(self, effects: FloatArray) -> FloatArray:
        """Coefficients of given effects, of shape (coefs, genes); 0 for dependent columns."""
        shape = (*self.r.shape[:2], effects.shape[1])
        factors = np.broadcast_to(np.swapaxes(self.r, 0, 1), shape)
        return batched_backward_solve(factors, effects[:, None, :])[:, 0]

    def inverse(self) -> FloatArray:
        """Inverses of the triangles, of shape (coefs, coefs, genes); zero for dependent columns."""
        unit = np.eye(len(self.q))[:, :, None] * self.independent
        return batched_backward_solve(np.swapaxes(self.r, 0, 1), unit)

    def stdev_unscaled(self) -> FloatArray:
        """Roots of the diagonal of the inverse of X'X, of shape (coefs, genes)."""
        inverse = self.inverse()
        squared: FloatArray = np.einsum("icg,icg->ig", inverse, inverse)
        return np.sqrt(squared)


def stacked_qr(columns: FloatArray, tolerance: float = RANK_TOLERANCE) -> StackedQR:
    """Orthogonal factors of a stack of designs, by Gram-Schmidt with reorthogonalisation."""
    n_coefs, n_genes, _ = columns.shape
    q = np.array(columns, dtype=float)
    r = np.zeros((n_coefs, n_coefs, n_genes))
    independent = np.zeros((n_coefs, n_genes), dtype=bool)
    for new in range(n_coefs):
        column = q[new]
        norm = _lengths(column)
        for _ in range(2):  # twice is enough to be orthogonal to rounding error
            for earlier in range(new):
                inner = np.einsum("gs,gs->g", q[earlier], column)
                column -= inner[:, None] * q[earlier]
                r[earlier, new] += inner
        length = _lengths(column)
        independent[new] = length > tolerance * norm
        r[new, new] = np.where(independent[new], length, 1.0)
        column *= np.where(independent[new], 1 / r[new, new], 0.0)[:, None]
    return StackedQR(q, r, independent)


def independent_columns(design: FloatArray, observed: BoolArray) -> BoolArray:
    """Columns of a design that each gene's observations can tell from those before."""
    patterns, membership = observation_patterns(observed)
    factors = stacked_qr(design.T[:, None, :] * patterns)
    estimable: BoolArray = factors.independent.T[membership]
    return estimable


def observation_patterns(observed: BoolArray) -> tuple[BoolArray, IntArray]:
    """Distinct sets of samples, and which of them each gene has."""
    if observed.all():
        return observed[:1], np.zeros(len(observed), dtype=np.intp)
    packed = np.ascontiguousarray(np.packbits(observed, axis=1))  # it keeps the given order
    keys = packed.view(f"V{packed.shape[1]}").ravel()
    _, first, membership = np.unique(keys, return_index=True, return_inverse=True)
    return observed[first], membership.ravel()


def _lengths(vectors: FloatArray) -> FloatArray:
    """Euclidean norms of the rows."""
    squared: FloatArray = np.einsum("gs,gs->g", vectors, vectors)
    return np.sqrt(squared)
