"""Quantiles that ordered observations are plotted against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pylimma.numerics.quantiles import f_isf_log, t_isf_log

if TYPE_CHECKING:
    from pylimma.typing import FloatArray

_FEW = 10  # observations up to which normal scores are approximated more closely


def plotting_positions(n: int) -> FloatArray:
    """Probabilities at which n ordered observations are expected.

    Parameters
    ----------
    n : int
        Number of observations.

    Returns
    -------
    array of shape (n,)
        (i - a) / (n + 1 - 2a) with a = 3/8 for up to ten observations, else 1/2.
    """
    a = 3 / 8 if n <= _FEW else 1 / 2
    rank: FloatArray = np.arange(1, n + 1, dtype=float)
    return (rank - a) / (n + 1 - 2 * a)


def t_quantiles_of(y: FloatArray, df: float) -> FloatArray:
    """Quantiles of t at the plotting positions of observations.

    Parameters
    ----------
    y : array of shape (n,)
        Observations, none missing.
    df : float
        Degrees of freedom, which may be infinite.

    Returns
    -------
    array of shape (n,)
        Quantiles in the order of `y`.
    """
    return _in_order_of(y, t_isf_log(np.log(plotting_positions(y.size))[::-1], df))


def f_quantiles_of(y: FloatArray, df1: float, df2: float) -> FloatArray:
    """Quantiles of F at the plotting positions of observations.

    Parameters
    ----------
    y : array of shape (n,)
        Observations, none missing.
    df1, df2 : float
        Degrees of freedom, which may be infinite.

    Returns
    -------
    array of shape (n,)
        Quantiles in the order of `y`.
    """
    return _in_order_of(y, f_isf_log(np.log(plotting_positions(y.size))[::-1], df1, df2))


def _in_order_of(y: FloatArray, ascending: FloatArray) -> FloatArray:
    x = np.empty_like(ascending)
    x[np.argsort(y, kind="stable")] = ascending
    return x
