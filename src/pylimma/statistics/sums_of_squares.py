"""Sums of squares of groups, and pooled variances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned_to
from pylimma.arguments import described, numbers, plain_array
from pylimma.errors import InputError, ShapeError
from pylimma.numerics.powers import binary_exponent
from pylimma.record import Record
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
    """Sums of squares of values in groups."""
    if x.size == 0:
        return SumsOfSquares(np.nan, np.nan, np.nan, np.nan)
    count = np.bincount(group)
    exponent = binary_exponent(x)
    x = np.ldexp(x, -exponent)
    mean = np.bincount(group, x) / np.maximum(count, 1)
    between = count @ (mean - x.mean()) ** 2
    within = ((x - mean[group]) ** 2).sum()
    with np.errstate(over="ignore"):  # a sum beyond the largest number is infinite
        between, within = np.ldexp([between, within], 2 * exponent)
    n_groups = int((count > 0).sum())
    return SumsOfSquares(float(between), float(within), n_groups - 1.0, float(x.size - n_groups))


def _without_infinite(x: FloatArray) -> FloatArray:
    infinite = np.isinf(x)
    if infinite.any():
        raise InputError(
            f"`x` has {infinite.sum()} infinite values, which have no squares; make them NaN to "
            "leave them out."
        )
    return x


def pooled_variance(var: FloatArray, df: FloatArray, multiplier: FloatArray) -> PooledVariance:
    r"""Variance of a sum of independent estimates, in the manner of Welch and Satterthwaite."""
    total = float(multiplier.sum())
    if not (multiplier != 0).any():
        return PooledVariance(0.0, 0.0, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = multiplier / total * var
        pooled = float(parts.sum())
        parts = np.ldexp(parts, -binary_exponent(parts))  # so that squares are representable
        df_pooled = parts.sum() ** 2 / np.sum(parts**2 / df)
    return PooledVariance(pooled, float(df_pooled), total)


def bwss(x: ArrayLike, group: ArrayLike) -> SumsOfSquares:
    """Sums of squares between and within groups.

    Parameters
    ----------
    x : array of shape (n,)
        Values; NaN is excluded.
    group : array or Categorical of shape (n,)
        Group of each value; values without one are excluded.

    Returns
    -------
    SumsOfSquares
        Components `bss`, `wss`, `bdf` and `wdf`; NaN without values.

    Raises
    ------
    InputError
        For infinite values.
    InputTypeError
        If `x` is not numeric.
    ShapeError
        If there are not as many groups as values.

    See Also
    --------
    bwss_matrix : Columns as groups.

    Examples
    --------
    >>> from pylimma import bwss
    >>> dict(bwss([1, 3, 5], ["a", "a", "b"]))
    {'bss': 6.0, 'wss': 2.0, 'bdf': 1.0, 'wdf': 1.0}
    """
    values = _without_infinite(numbers(x, "x")).ravel()
    labels = plain_array(aligned_to(group, x, "values", "group"), "group")
    if labels.ndim != 1:
        raise ShapeError(f"`group` must be a vector of labels; got {described(group)}.")
    codes, _ = pd.factorize(labels.astype(object), use_na_sentinel=True)
    if codes.size != values.size:
        raise ShapeError(f"`group` has {codes.size} entries and `x` {values.size} values.")
    known = ~np.isnan(values) & (codes >= 0)
    return sums_of_squares(values[known], codes[known])


def bwss_matrix(x: ArrayLike) -> SumsOfSquares:
    """Sums of squares between and within the columns of a matrix.

    Parameters
    ----------
    x : array or DataFrame of shape (rows, columns)
        Values; NaN is excluded.

    Returns
    -------
    SumsOfSquares
        Components `bss`, `wss`, `bdf` and `wdf`; NaN without values.

    Raises
    ------
    InputError
        For infinite values.
    InputTypeError
        If `x` is not numeric.
    ShapeError
        If `x` is not a matrix.

    See Also
    --------
    bwss : Groups by name.

    Examples
    --------
    >>> from pylimma import bwss_matrix
    >>> bwss_matrix([[1, 6], [3, 6]]).bss
    16.0
    """
    values = _without_infinite(numbers(x, "x"))
    if values.ndim != 2:
        raise ShapeError(f"`x` must be a matrix; got shape {values.shape}.")
    columns = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    known = ~np.isnan(values)
    return sums_of_squares(values[known], columns[known])


def pool_var(
    var: ArrayLike,
    df: ArrayLike | None = None,
    multiplier: ArrayLike | None = None,
    n: ArrayLike | None = None,
) -> PooledVariance:
    r"""Variance of a combination of estimates, without assuming equal variances.

    Parameters
    ----------
    var : array of shape (k,)
        Sample variances.
    df : array of shape (k,), optional
        Their degrees of freedom; `n` - 1 if not given.
    multiplier : array of shape (k,), optional
        Factors that turn each into the variance of its estimate; 1 / `n` if not given.
    n : array of shape (k,), optional
        Sample sizes.

    Returns
    -------
    PooledVariance
        Components `var`, `df` and `multiplier`; `var` times `multiplier` is the variance of
        the combination.

    Raises
    ------
    InputTypeError
        If something is not numeric.
    InputError
        If `n` is needed and missing.
    ShapeError
        If lengths differ.

    Notes
    -----
    For the difference of two means these are the variance and degrees of freedom of
    Welch [1]_.

    References
    ----------
    .. [1] Welch BL (1938). Biometrika 29:350-362. https://doi.org/10.2307/2332010

    Examples
    --------
    >>> from pylimma import pool_var
    >>> pooled = pool_var([4.0, 1.0], n=[10, 20])
    >>> round(pooled.df, 2)
    11.31
    """
    if n is None and (df is None or multiplier is None):
        raise InputError("`pool_var` needs sample sizes `n`, or both `df` and `multiplier`.")

    def matched(value: Any, argument: str) -> FloatArray:
        return numbers(aligned_to(value, var, "variances", argument), argument)

    values = np.atleast_1d(numbers(var, "var"))
    sizes = np.nan if n is None else matched(n, "n")
    degrees = sizes - 1 if df is None else matched(df, "df")
    with np.errstate(divide="ignore"):  # of no observations
        factors = 1 / np.asarray(sizes) if multiplier is None else matched(multiplier, "multiplier")
    try:
        np.broadcast_shapes(values.shape, np.shape(degrees), np.shape(factors))
    except ValueError:
        raise ShapeError("`var`, `df`, `multiplier` and `n` must have one length.") from None
    return pooled_variance(values, np.asarray(degrees), np.asarray(factors))
