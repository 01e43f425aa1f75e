"""Observations against the quantiles of t and F distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pylimma.arguments import number, numbers
from pylimma.draw import draw, drawing
from pylimma.errors import InputError
from pylimma.numerics.distributions.quantiles import f_isf_log, t_isf_log
from pylimma.record import Record
from pylimma.typing import FloatArray

_FEW = 10  # observations up to which normal scores are approximated more closely


def plotting_positions(n: int) -> FloatArray:
    """Probabilities at which n ordered observations are expected, as R has them."""
    a = 3 / 8 if n <= _FEW else 1 / 2
    rank: FloatArray = np.arange(1, n + 1, dtype=float)
    return (rank - a) / (n + 1 - 2 * a)


def t_quantiles_of(y: FloatArray, df: float) -> FloatArray:
    """Quantiles of t at the plotting positions of observations."""
    return _in_order_of(y, t_isf_log(np.log(plotting_positions(y.size))[::-1], df))


def f_quantiles_of(y: FloatArray, df1: float, df2: float) -> FloatArray:
    """Quantiles of F at the plotting positions of observations."""
    return _in_order_of(y, f_isf_log(np.log(plotting_positions(y.size))[::-1], df1, df2))


def _in_order_of(y: FloatArray, ascending: FloatArray) -> FloatArray:
    x = np.empty_like(ascending)
    x[np.argsort(y, kind="stable")] = ascending
    return x


@dataclass(frozen=True, slots=True, eq=False)
class QuantilePoints(Record):
    """Points of a quantile-quantile plot.

    Attributes
    ----------
    x : array of shape (n,)
        Theoretical quantiles.
    y : array of shape (n,)
        Observations, in the order they were given.
    """

    x: FloatArray
    y: FloatArray


def qqt(
    y: ArrayLike,
    df: float = np.inf,
    *,
    plot_it: bool = False,
    **picture: Any,
) -> QuantilePoints:
    """Points of a quantile-quantile plot against Student's t distribution.

    Parameters
    ----------
    y : array of shape (n,)
        Observations, usually t-statistics; NaN is excluded.
    df : float
        Degrees of freedom.
    plot_it : bool
        Whether to draw the points.
    **picture : object
        For the plot: `ylim`, `main`, `xlab`, `ylab` and others.

    Returns
    -------
    QuantilePoints
        Components `x` and `y`, without missing observations.

    Raises
    ------
    InputTypeError
        If `y` is not numeric.
    InputError
        If there are no observations or `df` is not positive.

    See Also
    --------
    qqf : For F-statistics.

    Examples
    --------
    >>> from pylimma import qqt
    >>> qqt([0.2, -1.0, 3.0], df=4).x.round(3)
    array([ 0.   , -0.975,  0.975])
    """
    plot_it = drawing(plot_it, "plot_it", picture, "qqt")
    values, (df,) = _observations(y), _degrees(df=df)
    points = QuantilePoints(t_quantiles_of(values, df), values)
    if plot_it:
        draw("quantiles", {"main": "Student's t Q-Q Plot", **picture}, points=points)
    return points


def qqf(
    y: ArrayLike,
    df1: float,
    df2: float,
    *,
    plot_it: bool = False,
    **picture: Any,
) -> QuantilePoints:
    """Points of a quantile-quantile plot against the F distribution.

    Parameters
    ----------
    y : array of shape (n,)
        Observations, usually F-statistics; NaN is excluded.
    df1, df2 : float
        Degrees of freedom; either may be infinite.
    plot_it : bool
        Whether to draw the points.
    **picture : object
        For the plot: `ylim`, `main`, `xlab`, `ylab` and others.

    Returns
    -------
    QuantilePoints
        Components `x` and `y`, without missing observations.

    Raises
    ------
    InputTypeError
        If `y` is not numeric.
    InputError
        If there are no observations or degrees of freedom are not positive.

    See Also
    --------
    qqt : For t-statistics.

    Examples
    --------
    >>> from pylimma import qqf
    >>> qqf([0.2, 1.0, 3.0], df1=2, df2=8).x.round(3)
    array([0.219, 0.757, 2.04 ])
    """
    plot_it = drawing(plot_it, "plot_it", picture, "qqf")
    values, degrees = _observations(y), _degrees(df1=df1, df2=df2)
    points = QuantilePoints(f_quantiles_of(values, *degrees), values)
    if plot_it:
        draw("quantiles", {"main": "F Distribution Q-Q Plot", **picture}, points=points)
    return points


def _observations(y: Any) -> FloatArray:
    values = numbers(y, "y").ravel()
    values = values[~np.isnan(values)]
    if values.size == 0:
        raise InputError("`y` has no observations.")
    return values


def _degrees(**given: float) -> tuple[float, ...]:
    return tuple(number(value, name, 0, inside=True) for name, value in given.items())
