"""One F-statistic from several t-statistics of each gene."""

from __future__ import annotations

import numpy as np

from pylimma.typing import FloatArray

_NEGLIGIBLE = 1e-8  # of the largest eigenvalue: contrasts that repeat each other


def correlation_of(covariance: FloatArray) -> FloatArray:
    """Correlation matrix; a variable without variance counts as uncorrelated.

    Parameters
    ----------
    covariance : array of shape (coefs, coefs)
        Covariance matrix.

    Returns
    -------
    array of shape (coefs, coefs)
    """
    variances = np.diag(covariance)
    scale = np.sqrt(np.where(variances == 0, 1.0, variances))
    return covariance / np.outer(scale, scale)


def whitening(correlation: FloatArray) -> FloatArray:
    """Matrix that turns correlated t-statistics into independent ones of mean square F.

    Parameters
    ----------
    correlation : array of shape (coefs, coefs)
        Correlation of the t-statistics.

    Returns
    -------
    array of shape (coefs, rank)
        ``((t @ result)**2).sum()`` is the F-statistic on `rank` degrees of freedom.
    """
    values, vectors = np.linalg.eigh(correlation)
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = values > values[0] * _NEGLIGIBLE
    return vectors[:, kept] / np.sqrt(values[kept] * kept.sum())


def f_statistic(tstat: FloatArray, correlation: FloatArray) -> tuple[FloatArray, int]:
    """F-statistics over all coefficients.

    Parameters
    ----------
    tstat : array of shape (genes, coefs)
        t-statistics, NaN where a coefficient was not estimated.
    correlation : array of shape (coefs, coefs)
        Their correlation, the same for all genes.

    Returns
    -------
    f : array of shape (genes,)
        Mean squares of the independent parts of the t-statistics.
    df : int
        Numerator degrees of freedom, the rank of the correlation.
    """
    factors = whitening(correlation)
    return ((tstat @ factors) ** 2).sum(axis=1), factors.shape[1]
