"""Which of a gene's contrasts make its F-test significant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import flag, number, numbers
from pylimma.containers.decisions import TestResults
from pylimma.containers.fit import MArrayLM
from pylimma.containers.names import names_of
from pylimma.errors import ShapeError
from pylimma.numerics.distributions.quantiles import f_isf_log
from pylimma.numerics.moderated_tests import correlation_of, f_statistic, whitening
from pylimma.typing import FloatArray


class FStatistics(np.ndarray[tuple[int, ...], np.dtype[np.float64]]):
    """F-statistics of all genes with their degrees of freedom `df1` and `df2`."""

    df1: int
    df2: Any

    def __array_finalize__(self, other: Any) -> None:
        self.df1 = getattr(other, "df1", 0)
        self.df2 = getattr(other, "df2", np.inf)


def classify_tests_f(
    object: Any,
    cor_matrix: Any = None,
    df: Any = np.inf,
    p_value: float = 0.01,
    fstat_only: bool = False,
) -> Any:
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
    A contrast is called, from the largest t-statistic on, while the F-test with all larger
    t-statistics cut down to its size is still significant.
    """
    p_value, fstat_only = (
        number(p_value, "p_value", 0, 1, inside=True),
        flag(fstat_only, "fstat_only"),
    )
    df = numbers(df, "df")
    rows = columns = None
    if isinstance(object, MArrayLM):
        tstat = object.require("t", "classify_tests_f")
        if cor_matrix is None and "cov_coefficients" in object:
            cor_matrix = correlation_of(object["cov_coefficients"])
        if df.ndim == 0 and np.isinf(df):
            df = object["df_prior"] + object["df_residual"]
        rows, columns = object.names("genes"), object.names("coefs")
    else:
        if isinstance(object, pd.DataFrame):
            rows, columns = names_of(object.index), names_of(object.columns)
        tstat = numbers(object, "object")
        tstat = tstat[:, None] if tstat.ndim == 1 else tstat
    _check_matrix(tstat, None, "object")
    n_contrasts = tstat.shape[1]
    correlation = np.eye(n_contrasts) if cor_matrix is None else numbers(cor_matrix, "cor_matrix")
    _check_matrix(correlation, n_contrasts, "cor_matrix")
    if df.shape not in ((), (1,), (len(tstat),)):
        raise ShapeError(f"`df` has shape {df.shape}; there are {len(tstat)} genes.")
    if fstat_only:
        values, rank = f_statistic(tstat, correlation)
        statistics = values.view(FStatistics)
        statistics.df1, statistics.df2 = rank, df
        return statistics
    df = np.broadcast_to(df, len(tstat))
    return TestResults(classify(tstat, correlation, df, p_value), rows, columns)


def _check_matrix(matrix: FloatArray, n_columns: int | None, argument: str) -> None:
    """Raise unless this is a matrix that is not empty, square for a number of columns."""
    shape = matrix.shape if n_columns is None else (n_columns, n_columns)
    if matrix.ndim != 2 or matrix.size == 0 or matrix.shape != shape:
        wanted = "genes × contrasts" if n_columns is None else f"{n_columns} × {n_columns}"
        raise ShapeError(f"`{argument}` has shape {matrix.shape}; {wanted} is expected.")


def classify(tstat: FloatArray, covariance: FloatArray, df: FloatArray, level: float) -> FloatArray:
    """Decisions by nested F-tests, for all genes at once."""
    factors = whitening(correlation_of(covariance))
    critical = f_isf_log(np.log(level), factors.shape[1], df)
    size, sign = np.abs(tstat), np.sign(tstat)
    order = np.argsort(-size, axis=1, kind="stable")
    called = np.zeros(tstat.shape)
    going = np.ones(len(tstat), dtype=bool)
    for rank in range(tstat.shape[1]):
        column = order[:, rank]
        limit = np.take_along_axis(size, column[:, None], axis=1)
        cut = sign * np.minimum(size, limit)
        with np.errstate(invalid="ignore"):
            going &= ((cut @ factors) ** 2).sum(axis=1) > critical
        genes = np.flatnonzero(going)
        called[genes, column[genes]] = sign[genes, column[genes]]
    called[np.isnan(tstat).any(axis=1)] = np.nan
    return called
