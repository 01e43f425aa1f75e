"""Statistics of moderated tests [1]_ and of tests against a threshold [2]_, in plain and log scale.

References
----------
.. [1] Smyth GK (2004). Stat Appl Genet Mol Biol 3:3. https://doi.org/10.2202/1544-6115.1027
.. [2] McCarthy DJ, Smyth GK (2009). Bioinformatics 25:765.
   https://doi.org/10.1093/bioinformatics/btp053
"""

from __future__ import annotations

import numpy as np

from pylimma.numerics.distributions.tails import t_log_sf, t_sf
from pylimma.typing import BoolArray, FloatArray

_MANY = 4  # times the rank, beyond which the eigenvectors of all contrasts cost too much
_NEGLIGIBLE = 1e-8  # of the largest eigenvalue: contrasts that repeat each other
LARGE_DF = 1e6  # prior degrees of freedom beyond which t is normal
QUADRATURE_POINTS = 16  # of the mean over thresholds


def correlation_of(covariance: FloatArray) -> FloatArray:
    """Correlation matrix; a variable without variance counts as uncorrelated."""
    variances = np.diag(covariance)
    scale = np.sqrt(np.where(variances == 0, 1.0, variances))
    return covariance / np.outer(scale, scale)


def whitening(correlation: FloatArray, rank: int | None = None) -> FloatArray:
    """Matrix that turns correlated t-statistics into independent ones whose squares add up to F.

    Where the rank is not known, it is the number of eigenvalues that are not negligible.
    """
    if rank is not None and _MANY * rank < len(correlation):
        return _whitening_of_many(correlation, rank)
    values, vectors = np.linalg.eigh(correlation)
    values, vectors = values[::-1], vectors[:, ::-1]
    if rank is None:
        rank = int((values > values[0] * _NEGLIGIBLE).sum())
    return vectors[:, :rank] / np.sqrt(values[:rank] * rank)


def _whitening_of_many(correlation: FloatArray, rank: int) -> FloatArray:
    """The same for many more contrasts than there are independent ones, by Cholesky factors."""
    # C = L Lᵀ with L of `rank` columns, so that singular vectors of L are eigenvectors of C
    factor, left = np.zeros((len(correlation), rank)), np.diag(correlation).copy()
    for k in range(rank):
        pivot = int(np.argmax(left))
        if left[pivot] <= _NEGLIGIBLE:
            factor = factor[:, :k]
            break
        column = correlation[:, pivot] - factor[:, :k] @ factor[pivot, :k]
        factor[:, k] = column / np.sqrt(left[pivot])
        left -= factor[:, k] ** 2
    vectors, roots, _ = np.linalg.svd(factor, full_matrices=False)
    return np.asarray(vectors / (roots * np.sqrt(factor.shape[1])))


def f_statistic(tstat: FloatArray, factors: FloatArray) -> tuple[FloatArray, int]:
    """F-statistics over all coefficients, by their `whitening`, and degrees of freedom."""
    return ((tstat @ factors) ** 2).sum(axis=1), factors.shape[1]


def log_odds(
    tstat: FloatArray,
    stdev_unscaled: FloatArray,
    var_prior: FloatArray,
    df_total: FloatArray,
    normal: BoolArray,
    proportion: float,
) -> FloatArray:
    """Log posterior odds that a coefficient is not zero; `normal` marks genes of infinite `df`."""
    # [1] section 6.1, with r = (v1 + v0) / v1:
    # B = log(p / (1 - p)) - log(r)/2 + (1 + d)/2 log((t² + d) / (t²/r + d))
    ratio = stdev_unscaled**2  # in place from here on: each array is as large as the t-statistics
    ratio = np.divide(ratio + var_prior, ratio, out=ratio)
    squared, d = tstat**2, df_total
    result = squared / ratio
    result += d
    with np.errstate(invalid="ignore"):
        np.divide(squared + d, result, out=result)
        np.log(result, out=result)
        result *= (1 + d) / 2
    if normal.any():
        result[normal] = squared[normal] * (1 - 1 / ratio[normal]) / 2
    result -= np.log(ratio, out=ratio) / 2
    result += np.log(proportion / (1 - proportion))
    return result


def interval_tails(
    estimate: FloatArray, error: FloatArray, threshold: float, df: FloatArray
) -> FloatArray:
    """Probability of an estimate as large under an effect at the end of an interval."""
    # [2]: P(T > (|b| - tau) / s) + P(T > (|b| + tau) / s)
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
    """Mean of `interval_tails` over thresholds uniform between 0 and the one given."""
    # The integrand is even in the threshold: Gauss-Legendre nodes on [-tau, tau] integrate the
    # single tail 2 P(T > (|b| - x) / s).
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
