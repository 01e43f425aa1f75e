"""Orthogonal factors with R's rule for rank, and small systems solved for many genes at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pylimma.numerics.powers import binary_exponent
from pylimma.record import Record
from pylimma.typing import FloatArray, IntArray

RANK_TOLERANCE = 1e-7  # of a column's norm: what R's `lm` and `qr` call zero


def binary_units(y: FloatArray) -> FloatArray:
    """Largest power of two below the greatest absolute value of each gene.

    Dividing by it is exact, so that results in the unit are those of the data to the last bit.
    """
    largest = np.max(np.abs(y), axis=1, initial=0.0, keepdims=True)
    _, exponent = np.frexp(np.where(largest > 0, largest, 1.0))
    units: FloatArray = np.ldexp(1.0, exponent - 1)
    return units


@dataclass(frozen=True, slots=True, eq=False)
class PivotedQR(Record):
    """Orthogonal-triangular factors of a matrix, redundant columns last.

    Attributes
    ----------
    q : array of shape (rows, min(rows, columns))
        Orthonormal columns; the first `rank` of them span the matrix.
    r : array of shape (rank, columns)
        Upper triangle of the columns in the order of `pivot`.
    rank : int
        Number of independent columns.
    pivot : array of int of shape (columns,)
        Positions of the columns: the independent ones in their order, then the others.
    """

    q: FloatArray
    r: FloatArray
    rank: int
    pivot: IntArray

    @property
    def basis(self) -> FloatArray:
        """Orthonormal basis of the column space, of shape (rows, rank)."""
        return self.q[:, : self.rank]

    @property
    def triangle(self) -> FloatArray:
        """Triangle of the independent columns, of shape (rank, rank)."""
        return self.r[:, : self.rank]

    @property
    def independent(self) -> IntArray:
        """Positions of the independent columns, of shape (rank,)."""
        return self.pivot[: self.rank]

    @property
    def leverage(self) -> FloatArray:
        """Diagonal of the projection on the column space, of shape (rows,)."""
        leverage: FloatArray = (self.basis**2).sum(axis=1)
        return leverage

    @property
    def covariance(self) -> FloatArray:
        """Inverse of X'X for the independent columns, in the order of `independent`."""
        inverse = triangular_inverse(self.triangle)
        return inverse @ inverse.T


@dataclass(frozen=True, slots=True, eq=False)
class FactoredDesign(PivotedQR):
    """A design matrix with its factors, made once and handed to whatever fits it."""

    matrix: FloatArray  # (samples, coefs)


def factor_design(matrix: FloatArray) -> FactoredDesign:
    """A design with its pivoted factors."""
    qr = pivoted_qr(matrix)
    return FactoredDesign(qr.q, qr.r, qr.rank, qr.pivot, matrix)


def pivoted_qr(x: FloatArray, tolerance: float = RANK_TOLERANCE) -> PivotedQR:
    """Factors of a matrix, with columns that depend on earlier ones moved to the end.

    Columns are taken from left to right. One whose part outside the columns taken so far is
    shorter than `tolerance` times the column itself is moved behind all others.
    """
    x = np.asarray(x, dtype=float)
    remainder = np.ldexp(x, -binary_exponent(x, axis=0))  # so that squares are representable
    n_rows, n_columns = remainder.shape
    norms = np.linalg.norm(remainder, axis=0)
    independent: list[int] = []
    redundant: list[int] = []
    for column in range(n_columns):
        if len(independent) == n_rows:
            redundant[:0] = range(column, n_columns)
            break
        vector = remainder[:, column]
        length = np.linalg.norm(vector)
        if length <= tolerance * norms[column]:
            redundant.append(column)
            continue
        independent.append(column)
        unit = vector / length
        later = remainder[:, column + 1 :]
        for _ in range(2):  # twice is enough to be orthogonal to rounding error
            later -= np.outer(unit, unit @ later)
    pivot = np.array(independent + redundant, dtype=np.intp)
    q, r = np.linalg.qr(x[:, pivot])
    rank = len(independent)
    return PivotedQR(q, r[:rank], rank, pivot)


def triangular_inverse(r: FloatArray) -> FloatArray:
    """Inverse of an upper triangle."""
    n = len(r)
    inverse = np.zeros((n, n))
    for row in reversed(range(n)):
        inverse[row, row] = 1 / r[row, row]
        inverse[row, row + 1 :] = -inverse[row, row] * (
            r[row, row + 1 :] @ inverse[row + 1 :, row + 1 :]
        )
    return inverse


def batched_cholesky(matrices: FloatArray) -> tuple[FloatArray, FloatArray]:
    r"""Lower Cholesky factors of many small matrices, and how far each is from singular.

    The loop runs over the few rows of a factor, every step over all genes at once.
    """
    n, _, n_genes = matrices.shape
    factors = np.zeros_like(matrices)
    margin = np.ones(n_genes)
    for k in range(n):
        squared = matrices[k, k] - np.einsum("ig,ig->g", factors[k, :k], factors[k, :k])
        diagonal = matrices[k, k]
        positive = diagonal > 0
        np.minimum(
            margin, np.divide(squared, diagonal, out=np.zeros(n_genes), where=positive), out=margin
        )
        factors[k, k] = np.sqrt(np.where(squared > 0, squared, 1.0))
        for row in range(k + 1, n):
            inner = np.einsum("ig,ig->g", factors[row, :k], factors[k, :k])
            factors[row, k] = (matrices[row, k] - inner) / factors[k, k]
    return factors, margin


def batched_forward_solve(factors: FloatArray, right: FloatArray) -> FloatArray:
    """Solutions of many small lower triangular systems."""
    n, _, n_genes = factors.shape
    solution = np.empty((n, right.shape[1], n_genes))
    for k in range(n):
        inner = np.einsum("ig,icg->cg", factors[k, :k], solution[:k])
        solution[k] = (right[k] - inner) / factors[k, k]
    return solution


def batched_backward_solve(factors: FloatArray, right: FloatArray) -> FloatArray:
    """Solutions of many small systems with the transposes of lower triangles."""
    n, _, n_genes = factors.shape
    solution = np.empty((n, right.shape[1], n_genes))
    for k in reversed(range(n)):
        inner = np.einsum("ig,icg->cg", factors[k + 1 :, k], solution[k + 1 :])
        solution[k] = (right[k] - inner) / factors[k, k]
    return solution
