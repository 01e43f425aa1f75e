"""Statistics of moderated tests, given the moderated variances."""

from __future__ import annotations

import numpy as np

from pylimma.numerics.distributions.tails import t_log_sf, t_sf
from pylimma.typing import FloatArray

_NEGLIGIBLE = 1e-8  # of the largest eigenvalue: contrasts that repeat each other
LARGE_DF = 1e6  # prior degrees of freedom beyond which t is normal
QUADRATURE_POINTS = 16


def correlation_of(covariance: FloatArray) -> FloatArray:
    """Correlation matrix; a variable without variance counts as uncorrelated."""
    variances = np.diag(covariance)
    scale = np.sqrt(np.where(variances == 0, 1.0, variances))
    return covariance / np.outer(scale, scale)


def whitening(correlation: FloatArray) -> FloatArray:
    """Matrix that turns correlated t-statistics into independent ones of mean square F."""
    values, vectors = np.linalg.eigh(correlation)
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = values > values[0] * _NEGLIGIBLE
    return vectors[:, kept] / np.sqrt(values[kept] * kept.sum())


def f_statistic(tstat: FloatArray, correlation: FloatArray) -> tuple[FloatArray, int]:
    """F-statistics over all coefficients."""
    factors = whitening(correlation)
    return ((tstat @ factors) ** 2).sum(axis=1), factors.shape[1]


def log_odds(
    tstat: FloatArray,
    stdev_unscaled: FloatArray,
    var_prior: FloatArray,
    df_total: FloatArray,
    normal: FloatArray,
    proportion: float,
) -> FloatArray:
    r"""Log posterior odds that a coefficient is not zero, as in [1]_, section 6.1.

    .. math::
        B = \log\frac{\pi}{1-\pi} - \frac12\log r
            + \frac{1+d}{2}\log\frac{t^2+d}{t^2/r+d}, \qquad r = \frac{v + v_0}{v}

    References
    ----------
    .. [1] Smyth GK (2004). Stat Appl Genet Mol Biol 3:3. https://doi.org/10.2202/1544-6115.1027
    """
    v1 = stdev_unscaled**2
    ratio = (v1 + var_prior) / v1
    squared, d = tstat**2, df_total[:, None]
    with np.errstate(invalid="ignore"):
        kernel = (1 + d) / 2 * np.log((squared + d) / (squared / ratio + d))
    kernel = np.where(normal[:, None], squared * (1 - 1 / ratio) / 2, kernel)
    return np.asarray(np.log(proportion / (1 - proportion)) - np.log(ratio) / 2 + kernel)


def interval_tails(
    estimate: FloatArray, error: FloatArray, threshold: float, df: FloatArray
) -> FloatArray:
    r"""Probability of an estimate as large under an effect at the end of an interval.

    .. math::
        p = P\left(T_d > \frac{|b| - \tau}{s}\right) + P\left(T_d > \frac{|b| + \tau}{s}\right)
    """
    size = np.abs(estimate)
    return t_sf((size - threshold) / error, df) + t_sf((size + threshold) / error, df)


def log_interval_tails(
    estimate: FloatArray, error: FloatArray, threshold: float, df: FloatArray
) -> FloatArray:
    """Logarithm of `interval_tails`, also where that is below the smallest double."""
    size = np.abs(estimate)
    return np.logaddexp(
        t_log_sf((size - threshold) / error, df), t_log_sf((size + threshold) / error, df)
    )


def averaged_interval_tails(
    estimate: FloatArray, error: FloatArray, threshold: float, df: FloatArray
) -> FloatArray:
    r"""Mean of `interval_tails` over thresholds uniform between 0 and the one given.

    Since the integrand is even in the threshold, Gauss–Legendre nodes on
    :math:`[-\tau, \tau]` integrate the single tail :math:`2P(T > (|b| - x)/s)`.
    """
    nodes, weights = np.polynomial.legendre.leggauss(QUADRATURE_POINTS)
    size = np.abs(estimate)
    total = np.zeros(size.shape)
    for node, weight in zip(nodes, weights, strict=True):
        total += weight * t_sf((size - node * threshold) / error, df)
    return total


def log_averaged_interval_tails(
    estimate: FloatArray, error: FloatArray, threshold: float, df: FloatArray
) -> FloatArray:
    """Logarithm of `averaged_interval_tails`, also where that is below the smallest double."""
    nodes, weights = np.polynomial.legendre.leggauss(QUADRATURE_POINTS)
    size = np.abs(estimate)
    total = np.full(size.shape, -np.inf)
    for node, weight in zip(nodes, weights, strict=True):
        tail = t_log_sf((size - node * threshold) / error, df) + np.log(weight)
        total = np.logaddexp(total, tail)
    return total
