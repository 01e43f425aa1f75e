"""Moments of observed values from those of complete ones, and the other way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from pylimma.arguments import numbers
from pylimma.errors import InputError, ShapeError, StageError
from pylimma.proteomics.detection_curve import parse_curve
from pylimma.proteomics.tilting import LARGEST_LOG
from pylimma.record import Record
from pylimma.typing import FloatArray

N_NODES = 16
_POINTS, _MASS = np.polynomial.hermite_e.hermegauss(N_NODES)
NODES, WEIGHTS = _POINTS, _MASS / _MASS.sum()  # of N(0, 1)


@dataclass(frozen=True, slots=True, eq=False)
class ObservedMoments(Record):
    """Moments of observed values.

    Attributes
    ----------
    mean_obs, sd_obs : array of shape (n,)
        Mean and standard deviation of the values that are detected.
    prob_obs : array of shape (n,)
        Probability of detection.
    """

    mean_obs: FloatArray
    sd_obs: FloatArray
    prob_obs: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class CompleteMoments(Record):
    """Moments of complete values.

    Attributes
    ----------
    mean_comp, sd_comp : array of shape (n,)
        Mean and standard deviation of all values, detected or not.
    prob_obs : array of shape (n,)
        Probability of detection.
    """

    mean_comp: FloatArray
    sd_comp: FloatArray
    prob_obs: FloatArray


def observed_moments_cn(mean_comp: Any, sd_comp: Any, dpc: Any) -> ObservedMoments:
    """Moments of the detected values if all values are normal.

    Parameters
    ----------
    mean_comp, sd_comp : array of shape (n,)
        Means and standard deviations of all values.
    dpc : (float, float) or DetectionCurve
        The detection probability curve.

    Returns
    -------
    ObservedMoments
        `mean_obs`, `sd_obs` and `prob_obs`.

    Raises
    ------
    ShapeError
        If `dpc` is not an intercept and a slope.

    See Also
    --------
    complete_moments_on : The other way, if observed values are normal.

    Examples
    --------
    >>> import pylimma
    >>> bool(pylimma.observed_moments_cn([5.0], [1.0], (-4, 0.7)).mean_obs[0] > 5)
    True
    """
    beta = _curve(dpc)
    mean, sd = _moments(mean_comp, sd_comp, "comp")
    values = mean[..., None] + sd[..., None] * NODES
    seen = WEIGHTS * expit(beta[0] + beta[1] * values)
    share = seen.sum(axis=-1)
    center = (seen * values).sum(axis=-1) / share
    variance = (seen * (values - center[..., None]) ** 2).sum(axis=-1) / share
    return ObservedMoments(center, np.sqrt(variance), share)


def complete_moments_on(mean_obs: Any, sd_obs: Any, dpc: Any) -> CompleteMoments:
    """Moments of all values if the detected ones are normal.

    Parameters
    ----------
    mean_obs, sd_obs : array of shape (n,)
        Means and standard deviations of the detected values.
    dpc : (float, float) or DetectionCurve
        The detection probability curve.

    Returns
    -------
    CompleteMoments
        `mean_comp`, `sd_comp` and `prob_obs`.

    Raises
    ------
    ShapeError
        If `dpc` is not an intercept and a slope.

    See Also
    --------
    observed_moments_cn : The other way, if all values are normal.

    Examples
    --------
    >>> import pylimma
    >>> bool(pylimma.complete_moments_on([5.0], [1.0], (-4, 0.7)).mean_comp[0] < 5)
    True
    """
    beta = _curve(dpc)
    mean, sd = _moments(mean_obs, sd_obs, "obs")
    variance = sd**2
    lost = mean - beta[1] * variance
    share = expit(beta[0] + beta[1] * mean - beta[1] ** 2 * variance / 2)
    center = mean - (1 - share) * beta[1] * variance
    total = variance + share * (mean - center) ** 2 + (1 - share) * (lost - center) ** 2
    return CompleteMoments(center, np.sqrt(total), share)


def _moments(mean: Any, sd: Any, which: str) -> tuple[FloatArray, FloatArray]:
    """Means and standard deviations of one shape."""
    center, spread = numbers(mean, f"mean_{which}"), numbers(sd, f"sd_{which}")
    if center.shape != spread.shape and center.ndim and spread.ndim:
        raise ShapeError(
            f"`mean_{which}` has shape {center.shape} and `sd_{which}` {spread.shape}; they go "
            "together."
        )
    usable = (np.abs(center) < LARGEST_LOG).all() and ((spread >= 0) & (spread < LARGEST_LOG)).all()
    if not usable:
        raise InputError(
            f"`mean_{which}` and `sd_{which}` must be of log2 intensities: finite, standard "
            "deviations not negative."
        )
    return center, spread


def _curve(dpc: Any) -> FloatArray:
    beta = parse_curve(dpc)
    if beta is None:
        raise StageError("Give `dpc`, an intercept and a slope, or a curve as of `dpc_on`.")
    return beta
