"""Sums of squares between and within groups, and variances pooled without assuming them equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pylimma.record import Record

if TYPE_CHECKING:
    from pylimma.typing import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class SumsOfSquares(Record):
    """Sums of squares between and within groups.

    Attributes
    ----------
    bss, wss : float
        Sum of squares between and within groups; NaN without data.
    bdf, wdf : float
        Their degrees of freedom.
    """

    bss: float
    wss: float
    bdf: float
    wdf: float


@dataclass(frozen=True, slots=True, eq=False)
class PooledVariance(Record):
    """Variance of a combination of estimates with different variances.

    Attributes
    ----------
    var : float
        Pooled variance.
    df : float
        Its approximate degrees of freedom.
    multiplier : float
        What turns `var` into the variance of the combination.
    """

    var: float
    df: float
    multiplier: float


def sums_of_squares(x: FloatArray, group: IntArray) -> SumsOfSquares:
    """Sums of squares of values in groups.

    Parameters
    ----------
    x : array of shape (n,)
        Values, none missing.
    group : array of int of shape (n,)
        Number of the group of each value, from 0.

    Returns
    -------
    SumsOfSquares
        NaN throughout if there are no values.
    """
    if x.size == 0:
        return SumsOfSquares(np.nan, np.nan, np.nan, np.nan)
    count = np.bincount(group)
    mean = np.bincount(group, x) / np.maximum(count, 1)
    between = count @ (mean - x.mean()) ** 2
    within = ((x - mean[group]) ** 2).sum()
    n_groups = int((count > 0).sum())
    return SumsOfSquares(float(between), float(within), n_groups - 1.0, float(x.size - n_groups))


def pooled_variance(var: FloatArray, df: FloatArray, multiplier: FloatArray) -> PooledVariance:
    r"""Variance of a sum of independent estimates, in the manner of Welch and Satterthwaite.

    Parameters
    ----------
    var, df, multiplier : array of shape (n,)
        Variance estimates :math:`s^2`, their degrees of freedom :math:`d`, and the factors
        :math:`m` by which the variances of the estimates are multiples of them. A scalar
        factor counts once.

    Returns
    -------
    PooledVariance
        :math:`\sum w s^2` with :math:`w = m/\sum m`, on
        :math:`(\sum w s^2)^2 / \sum (w^2 s^4/d)` degrees of freedom; zeros if all factors are.
    """
    total = float(multiplier.sum())
    if not (multiplier != 0).any():
        return PooledVariance(0.0, 0.0, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = multiplier / total * var
        pooled = float(parts.sum())
        df_pooled = pooled**2 / np.sum(parts**2 / df)
    return PooledVariance(pooled, float(df_pooled), total)
