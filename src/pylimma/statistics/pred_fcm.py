r"""Fold changes as predicted for a new sample: posterior means of the coefficients.

With :math:`b_g \sim N(\beta_g, v s_g^2)` and :math:`\beta_g \sim N(0, v_0)` the posterior mean
of :math:`\beta_g` is :math:`b_g v_0 / (v_0 + v s_g^2)`, times the probability that the gene
changes at all where only some do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pylimma.moderation.gamma_intercept import gamma_intercept

if TYPE_CHECKING:
    from pylimma.typing import FloatArray

LEAST_VARIANCE = 1e-8


def predicted_changes(
    coefficients: FloatArray,
    s2_post: FloatArray,
    unscaled_variance: float,
    *,
    variance_independent: bool = True,
    proportion: float | None = None,
) -> FloatArray:
    """Predictive fold changes of one coefficient."""
    s2 = np.broadcast_to(s2_post, coefficients.shape)
    error = unscaled_variance * s2
    if variance_independent:
        prior = gamma_intercept(coefficients**2, error)
        spread = np.full(len(s2), LEAST_VARIANCE if prior < 0 else prior)
    else:
        spread = s2 * min(LEAST_VARIANCE, gamma_intercept(coefficients**2 / s2, unscaled_variance))
    total = error + spread
    predicted: FloatArray = coefficients * spread / total
    if proportion is None:
        return predicted
    with np.errstate(divide="ignore", invalid="ignore"):
        log_odds = np.log(proportion) - np.log1p(-proportion) + 0.5 * np.log(error / total)
        log_odds = log_odds + coefficients**2 * spread / (2 * error * total)
    return predicted / (1 + np.exp(-np.clip(log_odds, -700, None)))
