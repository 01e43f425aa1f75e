r"""Orthogonal effects of genes on a design: what the tests of sets and directions work with.

With :math:`W^{1/2}X = QR` and :math:`Q` extended to a square orthogonal matrix, the effects
:math:`z = Q^T W^{1/2} y` of a gene are independent with variance :math:`\sigma_g^2`. The first
ones, as many as the rank of the design, hold its coefficients, :math:`R\hat\beta`; the others have
mean zero, and their mean square is the residual variance [1]_.

References
----------
.. [1] Smyth GK (2004). Statistical Applications in Genetics and Molecular Biology 3:3.
   https://doi.org/10.2202/1544-6115.1027
"""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dormqr

from pylimma.numerics.blocks import map_genes
from pylimma.numerics.regression.correlated_blocks import Correlation
from pylimma.numerics.regression.linalg import FactoredDesign, factor_design
from pylimma.typing import FloatArray


def effects(
    y: FloatArray,
    design: FactoredDesign,
    weights: FloatArray | None = None,
    n_jobs: int | None = None,
    correlation: Correlation | None = None,
) -> FloatArray:
    """Effects of genes without missing values, of shape (genes, samples).

    Columns are the independent coefficients of the design in their order, then the residual
    effects, of which only sums of squares are determined. Weights of shape (samples,) or
    (genes, samples) are positive. The effect of the last coefficient has its sign. Where weights
    differ by gene, samples are made uncorrelated after they are weighted.
    """
    if weights is not None and weights.ndim > 1:
        columns = design.matrix[:, design.independent]
        width = y.shape[1] * columns.shape[1]  # a design for each gene
        parts = map_genes(
            _weighted_effects, (y, weights), columns, correlation, n_jobs=n_jobs, width=width
        )
        return np.concatenate(parts)
    if weights is not None:
        root = np.sqrt(weights)
        y, design = y * root, factor_design(design.matrix * root[:, None])
    result = rotated_rows(y, design.matrix[:, design.pivot])
    result[:, : design.rank] *= np.sign(design.triangle.diagonal())
    return result


def residual_effects(y: FloatArray, design: FactoredDesign) -> FloatArray:
    """Effects outside the design, of shape (genes, samples - rank)."""
    return rotated_rows(y, design.matrix[:, design.pivot])[:, design.rank :]


def rotated_rows(y: FloatArray, columns: FloatArray) -> FloatArray:
    """Rows of y times Q of the full decomposition QR of some columns.

    Q is never formed: it is a product of as many reflections, which are applied.
    """
    reflectors, scale = np.linalg.qr(columns, mode="raw")
    copy = np.array(y, dtype=float, order="C").T  # LAPACK overwrites it
    room = 64 * max(len(y), 1)
    used = reflectors[: len(scale)].T
    return np.asarray(dormqr("L", "T", used, scale, copy, room, overwrite_c=1)[0].T)


def contrast_last(design: FactoredDesign, contrast: FloatArray) -> FactoredDesign:
    """The design in coordinates whose last coefficient is a contrast over its length.

    `contrast`, of shape (coefs,), is zero for coefficients that cannot be estimated. The effect
    of the last coefficient is the contrast over its unscaled standard error: t times sigma.
    """
    c = contrast[design.independent]
    # B orthogonal with c/|c| as its last column, so that the last of B'b is c'b/|c|
    rotation = np.roll(np.linalg.qr(c[:, None], mode="complete")[0], -1, axis=1)
    rotation[:, -1] *= np.sign(rotation[:, -1] @ c)
    return factor_design(design.matrix[:, design.independent] @ rotation)


def coefficient_last(design: FactoredDesign, coef: int) -> FactoredDesign:
    """The design with one of its columns behind the others; all of them are independent."""
    return factor_design(
        np.column_stack([np.delete(design.matrix, coef, 1), design.matrix[:, coef]])
    )


def _weighted_effects(
    y: FloatArray, weights: FloatArray, columns: FloatArray, correlation: Correlation | None
) -> FloatArray:
    root = np.sqrt(weights)
    scaled, effects = columns.T * root[:, None, :], root * y
    if correlation is not None:
        scaled, effects = correlation.removed(scaled), correlation.removed(effects)
    # reflections I - tau vv', each with v below the diagonal of its column
    reflectors, scale = np.linalg.qr(np.swapaxes(scaled, 1, 2), mode="raw")
    for k in range(columns.shape[1]):
        v, rest = reflectors[:, k, k:], effects[:, k:]
        sign = np.sign(v[:, :1])
        v[:, 0] = 1.0
        rest -= (scale[:, k] * np.einsum("gs,gs->g", v, rest))[:, None] * v
        rest[:, :1] *= sign
    return effects
