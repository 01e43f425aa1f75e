"""Observations against the quantiles of t and F distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pylimma.draw import draw
from pylimma.errors import InputError
from pylimma.numerics.plotting_positions import f_quantiles_of, t_quantiles_of
from pylimma.options import flag, number, numbers
from pylimma.record import Record
from pylimma.typing import FloatArray


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
    """Quantiles of Student's t distribution that go with observations.

    Parameters
    ----------
    y : array of shape (n,)
        Observations, usually t-statistics; NaN is left out.
    df : float
        Degrees of freedom.
    plot_it : bool
        Whether the points are drawn.
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
    values, (df,) = _observations(y), _degrees(df=df)
    points = QuantilePoints(t_quantiles_of(values, df), values)
    if flag(plot_it, "plot_it"):
        draw("quantiles", points=points, **{"main": "Student's t Q-Q Plot", **picture})
    return points


def qqf(
    y: ArrayLike,
    df1: float,
    df2: float,
    *,
    plot_it: bool = False,
    **picture: Any,
) -> QuantilePoints:
    """Quantiles of the F distribution that go with observations.

    Parameters
    ----------
    y : array of shape (n,)
        Observations, usually F-statistics; NaN is left out.
    df1, df2 : float
        Degrees of freedom; either may be infinite.
    plot_it : bool
        Whether the points are drawn.
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
    values, degrees = _observations(y), _degrees(df1=df1, df2=df2)
    points = QuantilePoints(f_quantiles_of(values, *degrees), values)
    if flag(plot_it, "plot_it"):
        draw("quantiles", points=points, **{"main": "F Distribution Q-Q Plot", **picture})
    return points


def _observations(y: Any) -> FloatArray:
    values = numbers(y, "y").ravel()
    values = values[~np.isnan(values)]
    if values.size == 0:
        raise InputError("`y` has no observations.")
    return values


def _degrees(**given: float) -> tuple[float, ...]:
    return tuple(number(value, name, 0, inside=True) for name, value in given.items())
