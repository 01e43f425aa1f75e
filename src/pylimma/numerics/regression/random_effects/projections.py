r"""What the design takes from a gene's data before any variance component comes in.

With :math:`W^{1/2}X = QR` and :math:`P_0 = I - QQ'`, REML for
:math:`\mathrm{var}(y) = \sigma^2 V`, :math:`V = W^{-1} + \sum_k \lambda_k Z_k Z_k'`, needs the data
only through :math:`A = Q'W^{1/2}Z`, :math:`t = Z'W^{1/2}P_0W^{1/2}y` and the residual sum of
squares :math:`r_0^2`: everything is then a function of the ratios :math:`\lambda` [1]_.

References
----------
.. [1] Bates D, Maechler M, Bolker B, Walker S (2015). J Stat Softw 67(1).
   https://doi.org/10.18637/jss.v067.i01
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pylimma.numerics.regression.correlated_blocks import BlockSums
from pylimma.numerics.regression.linalg import binary_units
from pylimma.numerics.regression.stacked_qr import StackedQR, stacked_qr
from pylimma.record import Record
from pylimma.typing import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Projected(Record):
    """Some genes' data, each projected on the residual space of its own weighted design."""

    # (genes, samples) roots of the weights, each gene's largest weight from 1 to 2; 0 if missing
    root: FloatArray
    qr: StackedQR
    effects: FloatArray  # (coefs, genes) coordinates of y along the columns of Q
    residuals: FloatArray  # (genes, samples) of the weighted data
    df: FloatArray  # (genes,) residual degrees of freedom
    unit: FloatArray  # (genes,) power of two that the data were divided by
    weight: FloatArray  # (genes,) power of two that the weights were divided by


@dataclass(frozen=True, slots=True, eq=False)
class Moments(Record):
    r"""The REML criterion and what its derivatives are made of, at some ratios.

    With :math:`P = V^{-1} - V^{-1}X(X'V^{-1}X)^{-1}X'V^{-1}` and :math:`A_k = Z_kZ_k'`.
    """

    log_det: FloatArray  # (genes,) log|V| + log|X'V^-1X|, less its value at ratios of zero
    r2: FloatArray  # (genes,) y'Py
    trace: FloatArray  # (genes, k) tr(PA_k)
    traces: FloatArray  # (genes, k, k) tr(PA_kPA_l)
    squares: FloatArray  # (genes, k) y'PA_kPy
    products: FloatArray  # (genes, k, k) y'PA_kPA_lPy

    def take(self, genes: IntArray | BoolArray) -> Moments:
        """The same of some genes."""
        return Moments(**{name: values[genes] for name, values in self.items()})

    def put(self, genes: BoolArray, others: Moments) -> None:
        """Replace the moments of some genes, in place."""
        for name, values in self.items():
            values[genes] = others[name]


@dataclass(frozen=True, slots=True, eq=False)
class Estimates(Record):
    r"""Generalised least squares at some ratios, in coordinates of Q: the design is R times it."""

    shift: FloatArray  # (genes, coefs) what the random effects add to the effects
    # (genes, coefs, coefs) (Q'V^-1Q)^-1, identity for columns that are not independent
    covariance: FloatArray
    # (genes, k, coefs, coefs) C X'V^-1 A_k V^-1 X C
    gradient: FloatArray
    # (genes, k, k, coefs, coefs) C X'V^-1 A_k P A_l V^-1 X C
    curvature: FloatArray


def project(y: FloatArray, design: FloatArray, weights: FloatArray | None) -> Projected:
    """Project genes, NaN being missing; weights are those of samples or of observations."""
    observed = np.isfinite(y)
    root = np.ones(y.shape) if weights is None else np.broadcast_to(weights, y.shape)
    observed &= np.isfinite(root) & (root > 0)
    root = np.where(observed, root, 0.0)
    weight = binary_units(root)
    root = np.sqrt(root / weight)
    shared = bool((root == root[:1]).all())
    qr = stacked_qr(design.T[:, None, :] * root[:1] if shared else design.T[:, None, :] * root)
    if shared:
        qr = qr.take(np.zeros(len(y), dtype=np.intp))
    filled = np.where(observed, y, 0.0)
    unit = binary_units(filled)  # so that squares neither vanish nor overflow
    scaled = filled / unit * root
    df = observed.sum(axis=1) - qr.rank
    effects, residuals = qr.effects(scaled), qr.residuals(scaled)
    return Projected(root, qr, effects, residuals, df, unit[:, 0], weight[:, 0])


def group_sums(values: FloatArray, groups: IntArray) -> FloatArray:
    """Sums over the samples of each group, along the last axis."""
    return BlockSums(groups).of(values)


def replicated(root: FloatArray, groups: IntArray) -> BoolArray:
    """Genes of which some group has several samples."""
    return np.asarray((group_sums((root > 0).astype(float), groups) > 1).any(axis=1))
