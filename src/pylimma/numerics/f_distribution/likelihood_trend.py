"""Trend of log variances whose precisions differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pylimma.numerics.smoothing.lowess import lowess_sorted
from pylimma.numerics.smoothing.weighted_lowess import anchor_distance, weighted_lowess_sorted

if TYPE_CHECKING:
    from pylimma.typing import FloatArray

_LEAST_SPAN, _GENES_OF_FULL_SPAN = 0.3, 500
_WEIGHT_RANGE = 1e-8, 100.0  # relative to the upper quartile
_ANCHORS = 200


def smooth_trend(
    covariate: FloatArray, y: FloatArray, weights: FloatArray, span: float | None = None
) -> FloatArray:
    r"""Values of one pass of weighted local lines at every gene.

    Parameters
    ----------
    covariate, y : array of shape (genes,)
        Predictor and response.
    weights : array of shape (genes,)
        Weights, not negative.
    span : float, optional
        Share of the weight in each neighbourhood; by default
        :math:`0.3 + 0.7(500/n)^{1/3}`, at most 1.

    Returns
    -------
    array of shape (genes,)
        The trend. Equal weights make it plain lowess; too few genes for the span a line.
    """
    n = y.size
    if span is None:
        share = (_GENES_OF_FULL_SPAN / n) ** (1 / 3)
        span = min(1.0, _LEAST_SPAN + (1 - _LEAST_SPAN) * share)
    weights = np.clip(weights / np.quantile(weights, 0.75), *_WEIGHT_RANGE)
    order = np.argsort(covariate, kind="stable")
    x, y, weights = covariate[order], y[order], weights[order]
    if weights.min() == weights.max():
        sorted_trend = lowess_sorted(x, y, span, 0)
    elif n < 4 + 1 / span:
        sorted_trend = _weighted_line(x, y, weights)
    else:
        delta = anchor_distance(x, _ANCHORS)
        sorted_trend, _ = weighted_lowess_sorted(x, y, weights, delta, span, 1)
    trend = np.empty_like(sorted_trend)
    trend[order] = sorted_trend
    return trend


def _weighted_line(x: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    share = weights / weights.sum()
    centre, level = float(share @ x), float(share @ y)
    spread = float(share @ (x - centre) ** 2)
    slope = float(share @ ((x - centre) * (y - level))) / spread if spread > 0 else 0.0
    return level + slope * (x - centre)
