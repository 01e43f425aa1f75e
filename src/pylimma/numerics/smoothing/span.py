"""How much of the data a smoother should see."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pylimma.errors import InputError
from pylimma.numerics.smoothing.vectors import require_number
from pylimma.typing import FloatArray


def choose_lowess_span(
    n: ArrayLike = 1000, small_n: float = 50, min_span: float = 0.3, power: float = 1 / 3
) -> float | FloatArray:
    r"""Lowess span that shrinks as the number of points grows.

    Parameters
    ----------
    n : int or array-like
        Numbers of points, at least 1.
    small_n : float
        Up to this number the span is 1.
    min_span : float
        The span approached with many points, between 0 and 1.
    power : float
        How fast it is approached, not negative.

    Returns
    -------
    float, or array of the shape of `n`
        Spans between `min_span` and 1.

    Raises
    ------
    InputError
        If a number is not positive, or an option out of its range.

    See Also
    --------
    lowess : Where the span is called `f`.

    Notes
    -----
    .. math:: \min\{1,\; s_{\min} + (1 - s_{\min})(n_0/n)^{\mathrm{power}}\}

    References
    ----------
    .. [1] Cleveland WS (1979). J Am Stat Assoc 74:829-836. https://doi.org/10.2307/2286407

    Examples
    --------
    >>> from pylimma import choose_lowess_span
    >>> round(choose_lowess_span(10_000), 3)
    0.42
    """
    try:
        points = np.asarray(n, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"`n` must be a number of points; got {n!r}.") from None
    if not (points > 0).all():
        raise InputError(f"`n` must be positive numbers of points; got {n!r}.")
    small_n = require_number("small_n", small_n, 0)
    min_span = require_number("min_span", min_span, 0)
    power = require_number("power", power, 0)
    span = np.minimum(1.0, min_span + (1 - min_span) * (small_n / points) ** power)
    return float(span) if span.ndim == 0 else span
