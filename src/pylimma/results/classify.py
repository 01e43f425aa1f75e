"""Nested F-tests: which of a gene's contrasts make its F-test significant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned, matrix_names
from pylimma.arguments import flag, number, numbers
from pylimma.containers.decisions import TestResults
from pylimma.containers.fit import MArrayLM
from pylimma.containers.mixed_model import check_fixed
from pylimma.containers.whitening import shared_whitening
from pylimma.errors import ShapeError
from pylimma.numerics.distributions.quantiles import f_isf_log
from pylimma.numerics.moderated_tests import correlation_of, f_statistic, whitening
from pylimma.numerics.regression.gene_covariance import contrast_covariance, gene_whitening
from pylimma.typing import FloatArray


class FStatistics(np.ndarray[tuple[int, ...], np.dtype[np.float64]]):
    """F-statistics of all genes with their degrees of freedom `df1` and `df2`."""

    df1: int
    df2: FloatArray

    def __array_finalize__(self, other: Any) -> None:
        self.df1 = getattr(other, "df1", 0)
        self.df2 = getattr(other, "df2", np.array(np.inf))


def classify_tests_f(
    object: MArrayLM | ArrayLike,
    cor_matrix: ArrayLike | None = None,
    df: ArrayLike = np.inf,
    p_value: float = 0.01,
    fstat_only: bool = False,
) -> TestResults | FStatistics:
    """Classify the contrasts of each gene by nested F-tests.

    Parameters
    ----------
    object : MArrayLM, or array or DataFrame of shape (genes, contrasts)
        A moderated fit, or t-statistics.
    cor_matrix : array of shape (contrasts, contrasts), optional
        Correlation of the t-statistics; none when not given.
    df : float or array of shape (genes,)
        Denominator degrees of freedom.
    p_value : float
        Level, between 0 and 1.
    fstat_only : bool
        Whether to return the F-statistics alone.

    Returns
    -------
    TestResults or array of shape (genes,)
        -1, 0 or 1 for each gene and contrast; or F-statistics with attributes `df1` and
        `df2`.

    Raises
    ------
    InputError
        If `p_value` is not between 0 and 1.

    Notes
    -----
    Contrasts are called significant in decreasing order of their t-statistics, as long as the
    F-test with all larger t-statistics cut down to the present one is significant.
    """
    p_value = number(p_value, "p_value", 0, 1, inside=True)
    if isinstance(object, MArrayLM):
        check_fixed(object, "classify_tests_f", "decide_tests(fit) calls each contrast by itself")
        tstat = contrast_matrix(object.require("t", "classify_tests_f"), "object")
        own = object if cor_matrix is None else None
        rows, columns = object.names("genes"), object.names("coefs")
    else:
        tstat = contrast_matrix(object, "object")
        rows, columns = matrix_names(object)
        own = None
    n_genes, n = tstat.shape
    degrees = numbers(aligned(df, rows, "genes", "df"), "df")
    if isinstance(object, MArrayLM) and degrees.ndim == 0 and np.isinf(degrees):
        degrees = object["df_prior"] + object["df_residual"]
    if isinstance(cor_matrix, pd.DataFrame):
        cor_matrix = aligned(cor_matrix, columns, "contrasts", "cor_matrix").T
        cor_matrix = aligned(cor_matrix, columns, "contrasts", "cor_matrix").T
    correlation = np.eye(n) if cor_matrix is None else numbers(cor_matrix, "cor_matrix")
    if correlation.shape != (n, n):
        raise ShapeError(f"`cor_matrix` has shape {correlation.shape}; {n} × {n} is expected.")
    if degrees.shape not in ((), (1,), (n_genes,)):
        raise ShapeError(f"`df` has shape {degrees.shape}; there are {n_genes} genes.")
    if flag(fstat_only, "fstat_only"):
        values, rank = own.f_statistics() if own else f_statistic(tstat, whitening(correlation))
        statistics = values.view(FStatistics)
        statistics.df1, statistics.df2 = rank, degrees
        return statistics
    degrees = np.broadcast_to(degrees, n_genes)
    factors = contrast_whitening(own) if own else whitening(correlation_of(correlation))
    return TestResults(classify(tstat, factors, degrees, p_value), rows, columns)


def contrast_whitening(fit: MArrayLM) -> FloatArray:
    """What makes t-statistics independent: (contrasts, rank), or (genes, contrasts, rank)."""
    if "cov_by_gene" not in fit:
        return shared_whitening(fit)
    contrasts = fit["contrasts"] if "contrasts" in fit else np.eye(fit.shape[1])
    covariance = contrast_covariance(fit["cov_by_gene"], contrasts)
    return gene_whitening(covariance, int(np.linalg.matrix_rank(contrasts)))


def contrast_matrix(values: Any, argument: str) -> FloatArray:
    """Numbers of genes × contrasts; a vector is one contrast."""
    array = numbers(values, argument)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.size == 0:
        raise ShapeError(
            f"`{argument}` must be a matrix of genes × contrasts; it has shape {array.shape}."
        )
    return array


def classify(tstat: FloatArray, factors: FloatArray, df: FloatArray, level: float) -> FloatArray:
    """Decisions by nested F-tests for all genes at once; NaN for a gene with a missing t-statistic.

    `tstat` is (genes, contrasts); `factors` are those of `contrast_whitening`.
    """
    critical = f_isf_log(np.log(level), factors.shape[-1], df)
    size, sign = np.abs(tstat), np.sign(tstat)
    order = np.argsort(-size, axis=1, kind="stable")
    called = np.zeros(tstat.shape)
    significant = np.ones(len(tstat), dtype=bool)
    for rank in range(tstat.shape[1]):
        column = order[:, rank]
        limit = np.take_along_axis(size, column[:, None], axis=1)
        cut = sign * np.minimum(size, limit)  # larger statistics cut down to this one
        with np.errstate(invalid="ignore", over="ignore"):
            independent = (cut[:, None, :] @ factors)[:, 0] if factors.ndim == 3 else cut @ factors
            significant &= (independent**2).sum(axis=1) > critical
        genes = np.flatnonzero(significant)
        called[genes, column[genes]] = sign[genes, column[genes]]
    called[np.isnan(tstat).any(axis=1)] = np.nan
    return called
