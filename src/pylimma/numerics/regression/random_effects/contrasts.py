r"""Tests of contrasts of models with random effects, with and without a prior on one variance.

The estimated components :math:`\hat\phi` are taken as :math:`N(\phi, A)`. A prior that knows the
residual component alone, :math:`\sigma^2 \approx s_0^2` with information
:math:`D = d_0/2\hat\sigma^4`, moves them by a Kalman step along :math:`A_e`, the column of A of the
residual component:

.. math::
    k = \frac{D}{1 + DA_{ee}}, \quad \phi^* = \hat\phi + k(s_0^2 - \hat\sigma^2)A_e, \quad
    A^* = A - kA_eA_e'.

A contrast has :math:`v^* = g'\phi^*` with :math:`2v^{*2}/g'A^*g` degrees of freedom. For contrasts
within levels the variance is limma's moderated one, and the degrees of freedom are
:math:`(\nu + d_0)(v^*/v)^2`; contrasts between levels of balanced designs stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pylimma.numerics.regression.gene_covariance import (
    contrast_covariance,
    contrast_variance,
    unpacked,
)
from pylimma.numerics.regression.linalg import pivoted_qr
from pylimma.record import Record
from pylimma.typing import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class VarianceComponents(Record):
    """Variance components of each gene in units of its residual variance, the residual last."""

    relative: FloatArray  # (genes, components)
    covariance: FloatArray  # (genes, components, components)
    gradients: FloatArray  # (genes, components, pairs) of the coefficients' covariance

    def with_prior(
        self, s2: FloatArray, s2_prior: FloatArray, df_prior: FloatArray
    ) -> VarianceComponents:
        """Components that know the prior of the residual variance."""
        column = self.covariance[:, :, -1]
        known = column[:, -1]  # A_ee
        df_prior = np.broadcast_to(df_prior, known.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = np.where(np.isinf(df_prior), 1 / known, df_prior / (2 + df_prior * known))
            distance = np.where(s2 > 0, s2_prior / s2 - 1, 0.0)
        relative = self.relative + (gain * distance)[:, None] * column
        covariance = self.covariance - gain[:, None, None] * column[:, :, None] * column[:, None]
        return VarianceComponents(relative, covariance, self.gradients)


def contrast_gradients(gradients: FloatArray, contrasts: FloatArray) -> FloatArray:
    """Derivatives of the variances of contrasts, of shape (genes, contrasts, components)."""
    return np.swapaxes(contrast_variance(gradients, contrasts), 1, 2)


def satterthwaite(
    gradient: FloatArray, components: VarianceComponents
) -> tuple[FloatArray, FloatArray]:
    """Variances g'phi of contrasts in units of the residual variance, and degrees of freedom."""
    variance = np.einsum("gca,ga->gc", gradient, components.relative)
    noise = np.einsum("gca,gab,gcb->gc", gradient, components.covariance, gradient)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = np.where(noise > 0, 2 * variance**2 / noise, np.inf)
    return variance, np.where(np.isfinite(variance), df, np.nan)


def joint_df(df: FloatArray) -> FloatArray:
    """Denominator degrees of freedom of an F-test of contrasts with these, (genes, contrasts)."""
    rank = df.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        # E(F) of independent t's: the mean of df / (df - 2)
        total = np.where(np.isinf(df), 1.0, np.where(df > 2, df / (df - 2), 0.0)).sum(axis=1)
        joint = 2 * total / (total - rank)
    alike = np.isinf(df).all(axis=1) | (np.ptp(np.where(np.isinf(df), 0.0, df), axis=1) == 0)
    least = df.min(axis=1)
    return np.where(alike | ~(total > rank), least, joint)


def joint_test(
    components: VarianceComponents,
    covariance: FloatArray,
    estimates: FloatArray,
    contrasts: FloatArray,
) -> tuple[FloatArray, int, FloatArray]:
    r"""F-statistics of several contrasts, in units of the residual variance, with their df.

    Along the eigenvectors :math:`l_m` of the contrasts' covariance their estimates are
    independent: :math:`F = \sum_m (l_m'b)^2/v_m/q`, with :math:`v_m` and :math:`\nu_m` those of
    each direction. `covariance` holds the packed covariances of the design's coefficients.
    """
    independent = pivoted_qr(contrasts).independent
    chosen, b = contrasts[:, independent], estimates[:, independent]
    known: BoolArray = np.asarray(np.isfinite(b).all(axis=1))
    vectors: FloatArray = np.linalg.eigh(unpacked(contrast_covariance(covariance, chosen)))[1]
    n_genes, n_components = components.relative.shape
    flat = components.gradients.reshape(n_genes * n_components, -1)
    turned = unpacked(contrast_covariance(flat, chosen))
    turned = turned.reshape(n_genes, n_components, *vectors.shape[1:])
    gradient = np.einsum("gpm,gapq,gqm->gma", vectors, turned, vectors, optimize=True)
    variance, df = satterthwaite(gradient, components)
    along = np.einsum("gpm,gp->gm", vectors, np.where(known[:, None], b, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        f = (along**2 / variance).mean(axis=1)
    usable: BoolArray = known & (variance > 0).all(axis=1)
    return np.where(usable, f, np.nan), len(independent), np.where(usable, joint_df(df), np.nan)
