r"""Robust local constants and lines, fitted at every point, not interpolated between anchors.

The neighbourhood of a position reaches the :math:`\lfloor n\,\mathrm{span} \rfloor`-th nearest
point, times the root of span where this exceeds one. Points enter with tricube, prior and
robustness weight [1]_.

References
----------
.. [1] Cleveland WS, Devlin SJ (1988). J Am Stat Assoc 83:596-610. https://doi.org/10.2307/2289282
"""

from __future__ import annotations

import numpy as np

from pylimma.errors import InputError
from pylimma.numerics.powers import extreme_exponent
from pylimma.numerics.smoothing.local_lines import LocalLines
from pylimma.numerics.smoothing.loess import LEVEL
from pylimma.numerics.smoothing.lowess import robustness_weights
from pylimma.numerics.smoothing.neighbours import (
    Neighbourhoods,
    ascending_order,
    nearest_distance,
)
from pylimma.typing import FloatArray

_ROUNDING = 1e-5  # which the product of a span and a number of points may lack to a whole number


class _Curve:
    """Local constants or lines through a scatter, at fixed positions."""

    def __init__(
        self, x: FloatArray, y: FloatArray, at: FloatArray, span: float, degree: int
    ) -> None:
        size = min(x.size, int(np.floor(x.size * span + _ROUNDING)))
        if size <= degree:
            raise InputError(
                f"`span` of {span:g} holds {size} of {x.size} points, too few for a local "
                f"{('mean', 'line')[degree]}."
            )
        places, self._place = np.unique(at, return_inverse=True)
        bandwidth = max(span, 1.0) ** 0.5 * nearest_distance(x, places, size)
        self._lines = LocalLines(x, y, Neighbourhoods.within(x, places, bandwidth))
        self._narrow = LEVEL * bandwidth**2
        self._degree = degree

    def fit(self, weights: FloatArray) -> FloatArray:
        """Heights of the curve at its positions."""
        lines = self._lines.fit(weights)
        level = np.full(self._narrow.shape, fill_value=True)
        if self._degree:
            level = ~(lines.spread > self._narrow * lines.total)
        return lines.value(level)[self._place]


def robust_curve(
    x: FloatArray,
    y: FloatArray,
    at: FloatArray,
    *,
    span: float,
    fits: int,
    degree: int,
    prior: FloatArray | None = None,
) -> FloatArray:
    """Curve through the points at other positions, after robustness iterations at the points."""
    exponent = extreme_exponent(x)
    x, at = np.ldexp(x, -exponent), np.ldexp(at, -exponent)
    order = ascending_order(x)
    x, y = x[order], y[order]
    weights = prior = np.ones_like(x) if prior is None else prior[order]
    own = _Curve(x, y, x if fits > 1 else x[:1], span, degree)
    for _ in range(fits - 1):
        distance = np.abs(y - own.fit(weights))
        scale = 6 * np.median(distance)
        if not scale > 0:
            break
        weights = prior * robustness_weights(distance, scale)
    return _Curve(x, y, at, span, degree).fit(weights)
