"""Moving averages with tricube weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pylimma.arguments import number, vector
from pylimma.typing import FloatArray

_SPARSE = 8  # values for each one that is not zero, from where windows are added up


def tricube_moving_average(x: ArrayLike, span: float = 0.5, power: float = 3) -> FloatArray:
    r"""Moving average of a series, weighted by distance.

    Parameters
    ----------
    x : array-like of shape (points,)
        The series, equally spaced; a NaN spreads to all windows that hold it.
    span : float
        Share of the series in each window; 0 or less leaves it as it is, more than 1
        counts as 1.
    power : float
        Exponent of the weights, not negative; 0 gives equal weights.

    Returns
    -------
    array of shape (points,)
        The smoothed series.

    Raises
    ------
    ShapeError
        If `x` is not a vector.
    InputTypeError
        If an argument is not numeric.
    InputError
        If `span` is not finite, or `power` is negative.

    See Also
    --------
    lowess : A smoother for unequally spaced points.

    Notes
    -----
    A window of :math:`w = 2\lfloor \mathrm{span}\, n/2 \rfloor + 1` points, two fewer if
    that exceeds :math:`n`, has weights :math:`(1 - |u|^3)^\mathrm{power}`, :math:`u` being
    equally spaced between :math:`\pm w/(w + 1)`. At the ends the average is over the part
    of the window inside the series.

    References
    ----------
    .. [1] Cleveland WS (1979). J Am Stat Assoc 74:829-836. https://doi.org/10.2307/2286407

    Examples
    --------
    >>> from pylimma import tricube_moving_average
    >>> tricube_moving_average([0, 0, 1, 0, 0], span=0.6, power=0).round(3)
    array([0.   , 0.333, 0.333, 0.333, 0.   ])
    """
    x = vector(x, "x")
    span = min(number(span, "span", finite=True), 1.0)
    power = number(power, "power", 0, finite=True)
    half = int(span * x.size / 2)
    half -= 2 * half + 1 > x.size
    if span <= 0 or half <= 0:
        return x.copy()
    width = 2 * half + 1
    u = np.linspace(-1, 1, width) * width / (width + 1)
    weights = (1 - np.abs(u) ** 3) ** power
    weights /= weights.sum()
    average = _convolved(x, weights)[half:-half]
    inside = np.cumsum(weights)[half:-1]
    average[:half] /= inside
    average[-half:] /= inside[::-1]
    return average


def _convolved(x: FloatArray, weights: FloatArray) -> FloatArray:
    """Full convolution; where few values are not zero, as of indicators, by adding up windows."""
    filled = np.flatnonzero(x)
    if filled.size * _SPARSE > x.size:
        return np.convolve(x, weights)
    total = np.zeros(x.size + weights.size - 1)
    for k in filled:
        total[k : k + weights.size] += x[k] * weights
    return total
