r"""Samples in blocks, all pairs of a block having one correlation.

The :math:`k` samples of a block have the correlation matrix :math:`C = (1-\rho) I + \rho J`, of
which both roots that make samples uncorrelated are known. The symmetric one takes block means,

.. math:: C^{-1/2} = a (I - J/k) + b_k J/k, \qquad
          a = (1-\rho)^{-1/2}, \quad b_k = \{1 + (k-1)\rho\}^{-1/2},

and the inverse Cholesky factor takes a running sum: the sample after :math:`j` others of its block
has mean :math:`\rho/\{1 + (j-1)\rho\}` times their sum, given these.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pylimma.typing import AnyArray, FloatArray, IntArray

_FEW_PRODUCTS = 128  # samples of which a product with indicators is faster than sums


class BlockSums:
    """Sums over the samples of each block, along the last axis, and their way back."""

    def __init__(self, block: IntArray) -> None:
        self.block = block
        self.n_blocks = int(block.max(initial=-1)) + 1
        order = np.argsort(block, kind="stable")
        self._order = None if (order[1:] > order[:-1]).all() else order
        self._starts = np.searchsorted(block[order], np.arange(self.n_blocks))
        few = len(block) <= _FEW_PRODUCTS
        self._indicators = (
            np.equal.outer(block, np.arange(self.n_blocks)).astype(float) if few else None
        )

    def of(self, values: AnyArray) -> FloatArray:
        """Sums of shape (…, blocks) of values of shape (…, samples)."""
        if self._indicators is not None:
            return np.asarray(values @ self._indicators)
        ordered = values if self._order is None else values[..., self._order]
        return np.add.reduceat(ordered, self._starts, axis=-1, dtype=float)

    def spread(self, sums: FloatArray) -> FloatArray:
        """The value of each sample's block, of shape (…, samples)."""
        return np.take(sums, self.block, axis=-1)


class Correlation(NamedTuple):
    """Correlation of the samples of a block."""

    block: IntArray  # (samples,) the block of each sample, from 0; every block has one
    rho: float

    def removed(self, values: FloatArray) -> FloatArray:
        """Values of shape (…, samples) times the inverse Cholesky factor of the correlation."""
        sums = np.zeros((*values.shape[:-1], int(self.block.max()) + 1))
        result = np.empty(values.shape)
        for earlier, samples in enumerate(self._turns()):
            known = self.block[samples]
            before = 1 + (earlier - 1) * self.rho
            variance = 1 - earlier * self.rho**2 / before
            mean = self.rho / before * sums[..., known]
            result[..., samples] = (values[..., samples] - mean) / np.sqrt(variance)
            sums[..., known] += values[..., samples]
        return result

    def _turns(self) -> list[IntArray]:
        """The first sample of every block, then the second of those that have one, and so on."""
        order = np.argsort(self.block, kind="stable")
        starts = np.searchsorted(self.block[order], np.arange(int(self.block.max()) + 1))
        turn = np.arange(len(order)) - starts[self.block[order]]
        return [order[turn == k] for k in range(int(turn.max()) + 1)]
