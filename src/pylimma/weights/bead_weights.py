r"""Precision weights of bead arrays, from the number of beads behind each intensity.

A log2 intensity is a mean over :math:`n` beads, of technical variance :math:`t`, around a
value that varies biologically by :math:`b_g` between samples. Its weight is
:math:`1/(t_{gj} + b_g)`, scaled within the gene.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pylimma.errors import EstimationWarning, warn
from pylimma.record import Record

if TYPE_CHECKING:
    from pylimma.typing import FloatArray

_TRIM = 0.125  # of the coefficients of variation, at each end
_MAX_STEPS = 200
_SMALLEST_STEP = 1e-5  # on the scale of the biological variance


@dataclass(frozen=True, slots=True, eq=False)
class BeadWeights(Record):
    """Variance components and weights of bead summaries.

    Attributes
    ----------
    var_biological : array of shape (probes,)
        Variance between samples of log2 intensities.
    var_technical : array of shape (probes, samples)
        Variance of a log2 intensity as a mean over beads.
    cv_array : array of shape (samples,)
        Coefficient of variation between beads, typical of each array.
    cv_constant : float
        The same over all arrays.
    weights : array of shape (probes, samples)
        Weights of the observations.
    """

    var_biological: FloatArray
    var_technical: FloatArray
    cv_array: FloatArray
    cv_constant: float
    weights: FloatArray


def bead_weights(
    residuals: FloatArray,
    leverage: FloatArray,
    variation: FloatArray,
    n_beads: FloatArray,
    *,
    array_cv: bool = True,
    scale: bool = False,
) -> BeadWeights:
    r"""Weights from numbers of beads and the variation between them, as in [1]_.

    The technical variance is :math:`t = \ln(c^2/n + 1)/(\ln 2)^2` for a coefficient of
    variation :math:`c` between :math:`n` beads.

    References
    ----------
    .. [1] Law CW (2013). Precision weights for gene expression analysis. PhD thesis,
       University of Melbourne. https://hdl.handle.net/11343/38150
    """
    cv_array = np.array([typical_variation(column) for column in variation.T])
    cv_constant = typical_variation(variation)
    cv = cv_array if array_cv else cv_constant
    with np.errstate(divide="ignore"):
        technical = np.log1p(cv**2 / n_beads) / np.log(2) ** 2
    biological = biological_variance(residuals, leverage, technical)
    weights = 1 / (technical + biological[:, None])
    weights /= weights.mean(axis=1, keepdims=True)
    if scale:
        weights *= (1 / technical).mean(axis=1, keepdims=True)
    return BeadWeights(biological, technical, cv_array, cv_constant, weights)


def typical_variation(variation: FloatArray) -> float:
    """Squared trimmed mean of the roots of coefficients of variation."""
    roots = np.sort(np.sqrt(variation[~np.isnan(variation)]))
    cut = int(_TRIM * len(roots))
    kept = roots[cut : len(roots) - cut]
    return float(kept.mean() ** 2) if len(kept) else np.nan


def biological_variance(
    residuals: FloatArray, leverage: FloatArray, technical: FloatArray
) -> FloatArray:
    r"""Variance between samples beyond the technical one, by Newton's method.

    The estimate is the root in :math:`b \ge 0` of the mean over samples of
    :math:`r_j^2/2(b + t_j)^2 - (1 - h_j)/2(b + t_j)`, or zero if that is not positive at zero.
    """
    squared = residuals**2
    freedom = np.where(np.isnan(squared), np.nan, 1 - leverage)
    present = ~np.isnan(squared).all(axis=1)
    variance = np.where(present, 0.0, np.nan)
    active = np.flatnonzero(present)
    for step_number in range(_MAX_STEPS):
        total = variance[active, None] + technical[active]
        quadratic, linear = squared[active] / total**2, freedom[active] / total
        slope = np.nanmean(quadratic / total - linear / (2 * total), axis=1)
        value = np.nanmean(quadratic - linear, axis=1) / 2
        if step_number == 0:
            positive = value > 0
            active, value, slope = active[positive], value[positive], slope[positive]
        step = value / slope
        variance[active] += step
        active = active[np.abs(step) > _SMALLEST_STEP]
        if active.size == 0:
            return variance
    warn(f"The biological variance of {active.size} probes did not converge.", EstimationWarning)
    return variance
