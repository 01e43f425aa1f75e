r"""Genuine association of two coefficients over genes, apart from what the design induces.

True coefficients are taken as :math:`\beta_g \sim N(0, V_0\sigma_g^2)` and estimates as
:math:`b_g \sim N(\beta_g, V\sigma_g^2)` with :math:`V` known, so that
:math:`b_g / \tilde s_g` follows a bivariate t distribution on :math:`d_g` degrees of freedom
with scale :math:`V_0 + V` [1]_. :math:`V_0` is fitted with and without correlation by maximum
likelihood; twice the difference tests for association.

References
----------
.. [1] Phipson B (2013). Empirical Bayes modelling of expression profiles and their
   associations. PhD thesis, University of Melbourne.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pylimma.moderation.gamma_intercept import gamma_intercept
from pylimma.numerics.distributions.tails import chi2_sf
from pylimma.numerics.nelder_mead import nelder_mead
from pylimma.record import Record

if TYPE_CHECKING:
    from pylimma.typing import FloatArray, IntArray


LONGEST_RUN = 8  # factors of a product whose logarithm is taken: few enough not to overflow


@dataclass(frozen=True, slots=True, eq=False)
class Association(Record):
    """Association of the true values of two coefficients."""

    # (2, 2) covariance of the true coefficients, in units of the residual variance, :math:`V_0`
    covariance_matrix: FloatArray
    biological_correlation: float  # the correlation in it
    deviance: float  # twice the gain in log likelihood from that correlation
    p_value: float  # of the deviance as chi-square of one degree of freedom


class _Data(NamedTuple):
    """What the likelihood needs of each gene."""

    products: FloatArray  # (3, genes): b1 b1, b1 b2, b2 b2 over variance times d
    starts: IntArray  # (runs,): where runs of genes with one d begin
    power: FloatArray  # (runs,): half of 2 + d
    normal: FloatArray  # (3,): sums of half the products over variance, where d is infinite
    n_genes: int


def association(
    coefficients: FloatArray, s2_post: FloatArray, df_total: FloatArray, unscaled: FloatArray
) -> Association:
    """Covariance of true coefficients by maximum likelihood, and a test of its correlation."""
    s2 = np.broadcast_to(s2_post, len(coefficients))
    data = _prepare(coefficients, s2, np.broadcast_to(df_total, len(coefficients)))
    variances = [gamma_intercept(coefficients[:, k] ** 2 / s2, unscaled[k, k]) for k in range(2)]
    positive = min(variances) > 0
    start = 0.5 * np.log(variances) if positive else np.zeros(2)
    first, cross, second = unscaled[0, 0], unscaled[0, 1], unscaled[1, 1]

    def without(parameters: FloatArray) -> float:
        one, two = np.exp(2 * parameters).tolist()
        return _minus_log_likelihood(first + one, cross, second + two, data)

    def with_correlation(parameters: FloatArray) -> float:
        own = _with_correlation(parameters)
        return _minus_log_likelihood(first + own[0, 0], cross + own[0, 1], second + own[1, 1], data)

    with np.errstate(over="ignore", invalid="ignore"):  # far vertices count as very bad
        null = nelder_mead(without, start)
        full = nelder_mead(with_correlation, np.append(null.point, 0.0))
    covariance = _with_correlation(full.point)
    deviance = abs(2 * (null.value - full.value))
    return Association(
        covariance,
        float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])),
        deviance,
        float(chi2_sf(deviance, 1.0)),
    )


def _with_correlation(parameters: FloatArray) -> FloatArray:
    """Covariance matrix of two log variances and a slope, by its triangular factors."""
    first, second = np.exp(parameters[:2])
    slope = parameters[2]
    return np.array([[first, slope * first], [slope * first, slope**2 * first + second]])


def _prepare(coefficients: FloatArray, s2: FloatArray, df: FloatArray) -> _Data:
    """Collect what does not change with the parameters, genes in order of their d."""
    first, second = coefficients.T
    squares = np.stack([first * first, first * second, second * second]) / s2
    finite = np.flatnonzero(np.isfinite(df))
    order = finite[np.argsort(df[finite], kind="stable")]
    degrees = df[order]
    first_of_d = np.searchsorted(degrees, degrees)
    starts = np.flatnonzero((np.arange(len(order)) - first_of_d) % LONGEST_RUN == 0)
    return _Data(
        np.ascontiguousarray(squares[:, order] / degrees),
        starts,
        0.5 * (2 + degrees[starts]),
        0.5 * squares[:, ~np.isfinite(df)].sum(axis=1),
        len(df),
    )


def _minus_log_likelihood(first: float, cross: float, second: float, data: _Data) -> float:
    """Minus the log likelihood of the bivariate t distribution, up to a constant.

    The logarithms of genes with the same degrees of freedom are taken of their products.
    """
    determinant = first * second - cross**2
    if not 0 < determinant < math.inf:
        return math.inf
    inverse = np.array([second, -2 * cross, first]) / determinant
    value = 0.5 * data.n_genes * math.log(determinant) + float(inverse @ data.normal)
    if data.starts.size:
        ratios = inverse @ data.products
        ratios += 1
        value += float(data.power @ np.log(np.multiply.reduceat(ratios, data.starts)))
    return value
