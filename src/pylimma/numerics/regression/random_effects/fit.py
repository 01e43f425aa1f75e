r"""Random intercepts fitted to every gene, and what tests of contrasts need of the fits.

:math:`y = X\beta + \sum_k Z_k b_k + \epsilon`, :math:`b_k \sim N(0, \lambda_k\sigma^2 I)`,
:math:`\epsilon \sim N(0, \sigma^2W^{-1})`. A contrast :math:`c` of the coefficients has the
variance :math:`v = \sum_a g_a\phi_a` over the components
:math:`\phi = \sigma^2(\lambda_1, …, \lambda_K, 1)`, with
:math:`g_a = c'CX'V^{-1}V_aV^{-1}XCc`, and Satterthwaite's degrees of freedom are
:math:`2v^2/g'Ag`, :math:`A` the covariance of the estimated components [1]_. Kenward and Roger's
adjusted covariance of the coefficients [2]_ is a sum over the same components.

Components and :math:`A` are kept in units of :math:`\sigma^2` and :math:`\sigma^4`.

References
----------
.. [1] Kuznetsova A, Brockhoff PB, Christensen RHB (2017). J Stat Softw 82(13).
   https://doi.org/10.18637/jss.v082.i13
.. [2] Kenward MG, Roger JH (1997). Biometrics 53:983. https://doi.org/10.2307/2533558
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from pylimma.numerics.blocks import join_records, map_genes
from pylimma.numerics.regression.random_effects.one_factor import OneFactor
from pylimma.numerics.regression.random_effects.projections import (
    Estimates,
    Projected,
    project,
    replicated,
)
from pylimma.numerics.regression.random_effects.reml import (
    Grouping,
    identified,
    information,
    reml_ratios,
)
from pylimma.numerics.regression.random_effects.several_factors import SeveralFactors
from pylimma.record import Record
from pylimma.typing import BoolArray, FloatArray, IntArray

CONSTANT = 1e-14  # residuals below this fraction of the data are rounding errors
FLAT = 1e-10  # of an information matrix on the scale of correlations: nothing is known there


@dataclass(frozen=True, slots=True, eq=False)
class RandomEffectsFit(Record):
    """Estimates of all genes; K random components, the residual one last."""

    coefficients: FloatArray  # (genes, coefs)
    sigma: FloatArray  # (genes,) residual standard deviation for a weight of one
    df_residual: FloatArray  # (genes,) of sigma squared, that of a sum of squared residuals
    covariance: FloatArray  # (genes, pairs) of the coefficients, in units of sigma squared
    ratios: FloatArray  # (genes, K) variances of the random effects, in units of sigma squared
    gradients: FloatArray  # (genes, K + 1, pairs) lower triangles of C X'V^-1 V_a V^-1 X C
    spread: FloatArray  # (genes, K + 1, K + 1) covariance of the components, in sigma^4
    identified: BoolArray  # (genes, K) components that the gene's samples can tell


def random_effects_fit(
    y: FloatArray,
    design: FloatArray,
    factors: list[IntArray],
    weights: FloatArray | None = None,
    n_jobs: int | None = None,
    *,
    kenward_roger: bool = False,
) -> RandomEffectsFit:
    """Fit of every gene by its own observed samples; `factors` are codes from 0."""
    n_samples, n_coefs = design.shape
    levels = sum(int(f.max()) + 1 for f in factors)
    width = n_samples * (2 * n_coefs + 2) + (levels**2 if len(factors) > 1 else 0)
    kernel = partial(_fit_genes, design=design, factors=factors, kenward_roger=kenward_roger)
    return join_records(map_genes(kernel, (y, weights), n_jobs=n_jobs, width=width))


def _fit_genes(
    y: FloatArray,
    weights: FloatArray | None,
    design: FloatArray,
    factors: list[IntArray],
    *,
    kenward_roger: bool,
) -> RandomEffectsFit:
    data = project(y, design, weights)
    known = data.df > 0
    grouping, told, ratios, varies = _ratios(data, factors, known)
    moments, df = grouping.moments(ratios), np.where(known, data.df, 1.0)
    traces = information(moments.traces, moments.trace, df, ratios)
    forms = information(moments.products, moments.squares, moments.r2, ratios)
    s2 = np.where(varies, moments.r2 / df, 0.0)[:, None, None]
    relative = np.divide(forms, s2, out=np.array(traces), where=s2 > 0)
    # half the observed information of (phi, sigma^2), or half the expected
    spread = _inverse_information(traces if kenward_roger else 2 * relative - traces, ratios)
    estimates = grouping.estimates(ratios)
    covariance, gradients, back = _covariances(data, estimates, ratios)
    if kenward_roger:
        covariance = covariance + _packed(_adjustment(estimates, ratios, spread, back))
    beta = np.einsum("gpq,gq->gp", back, data.effects.T + estimates.shift)
    missing = ~known[:, None] | ~data.qr.independent.T
    # sigma squared is that of a weight of one, and with it what is in units of it
    unit = data.weight[:, None]
    last = np.arange(len(factors) + 1) == len(factors)
    change = np.where(last, 1.0, 1 / unit)
    return RandomEffectsFit(
        np.where(missing, np.nan, beta * data.unit[:, None]),
        np.where(known, np.sqrt(s2[:, 0, 0] * data.weight) * data.unit, np.nan),
        np.where(known, traces[:, -1, -1], 0.0),
        covariance / unit,
        np.where(told, ratios / unit, np.nan),
        gradients * np.where(last, 1 / unit, 1.0)[:, :, None],
        spread * change[:, :, None] * change[:, None, :],
        told,
    )


def _ratios(
    data: Projected, factors: list[IntArray], known: BoolArray
) -> tuple[Grouping, BoolArray, FloatArray, BoolArray]:
    """The grouped data, components that can be told, ratios, and genes that vary at all."""
    squares = np.einsum("gs,gs->g", data.residuals, data.residuals)
    varies = squares > CONSTANT**2 * (squares + (data.effects**2).sum(axis=0))
    alone = len(factors) == 1
    grouping: Grouping = OneFactor(data, factors[0]) if alone else SeveralFactors(data, factors)
    df = np.where(known, data.df, 1.0)
    told = np.stack([replicated(data.root, f) for f in factors], axis=1) & known[:, None]
    told &= identified(grouping, df, len(factors))
    return grouping, told, reml_ratios(grouping, df, told & varies[:, None]), varies


def _adjustment(
    estimates: Estimates, ratios: FloatArray, spread: FloatArray, back: FloatArray
) -> FloatArray:
    """What Kenward and Roger add to the covariance, 0 where it would no longer be one."""
    # 2 sum_ab Omega_ab X'-terms [2], in units of sigma squared
    more = np.einsum("gab,gabpq->gpq", 2 * spread, _with_residual(estimates.curvature, ratios))
    least = np.linalg.eigvalsh(estimates.covariance + more)[:, 0]
    return np.where((least > 0)[:, None, None], back @ more @ np.swapaxes(back, 1, 2), 0.0)


def _inverse_information(half: FloatArray, ratios: FloatArray) -> FloatArray:
    """Twice the inverse over the components that are not zero; directions without any are zero."""
    active = np.column_stack([ratios > 0, np.ones(len(ratios), dtype=bool)])
    both = active[:, :, None] & active[:, None, :]
    scale = np.sqrt(np.maximum(np.abs(np.einsum("gaa->ga", half)), np.finfo(float).tiny))
    scales = scale[:, :, None] * scale[:, None, :]
    values, vectors = np.linalg.eigh(np.where(both, half / scales, 0.0))
    inverse = np.divide(2.0, values, out=np.zeros_like(values), where=values > FLAT)
    return np.asarray((vectors * inverse[:, None]) @ np.swapaxes(vectors, 1, 2) / scales)


def _covariances(
    data: Projected, estimates: Estimates, ratios: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Covariance of the coefficients, its parts by component, and the inverse of R."""
    back = np.moveaxis(data.qr.inverse(), -1, 0)
    turned = np.swapaxes(back, 1, 2)
    whole = _packed(back @ estimates.covariance @ turned)
    parts = _packed(back[:, None] @ estimates.gradient @ turned[:, None])
    # sum_k lambda_k J_k + J_e = C
    residual = whole - np.einsum("gk,gkp->gp", ratios, parts)
    return whole, np.concatenate([parts, residual[:, None]], axis=1), back


def _with_residual(curvature: FloatArray, ratios: FloatArray) -> FloatArray:
    """Curvatures with the residual component as the last, -sum_k lambda_k of the others."""
    mixed = -np.einsum("gk,gklpq->glpq", ratios, curvature)
    last = -np.einsum("gl,glpq->gpq", ratios, mixed)
    above = np.concatenate([curvature, np.swapaxes(mixed, 2, 3)[:, :, None]], axis=2)
    below = np.concatenate([mixed, last[:, None]], axis=1)
    return np.concatenate([above, below[:, None]], axis=1)


def _packed(matrices: FloatArray) -> FloatArray:
    first, second = np.tril_indices(matrices.shape[-1])
    return np.asarray(matrices[..., first, second])
