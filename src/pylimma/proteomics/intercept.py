"""The intercept of a detection curve whose slope is given."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from pylimma.arguments import number
from pylimma.errors import InputError
from pylimma.proteomics.tilting import impute_tilted, parse_log_intensities
from pylimma.typing import ExpressionLike, FloatArray

MOST_STEPS = 100
MOST_BINS_FREE = 10_000  # more values than this are binned
N_BINS = 300


def intercept_of(y: FloatArray, slope: float) -> float:
    """Intercept that makes the expected number of detections the observed one, slope given."""
    detected = np.isfinite(y)
    share = detected.mean()
    if not 0 < share < 1:
        raise InputError(
            f"{'All' if share else 'No'} values are detected, so that a detection curve has no "
            "intercept; give `dpc=`."
        )
    if slope == 0:
        return float(np.log(share / (1 - share)))
    values = impute_tilted(y, slope)
    counts = np.ones(values.size)
    points = values.ravel()
    if values.size > MOST_BINS_FREE:
        points, counts = _binned(values.ravel())
    wanted = float(detected.sum())
    b = float(np.log(share / (1 - share)) - slope * (points * counts).sum() / counts.sum())
    for _ in range(MOST_STEPS):
        p = expit(b + slope * points)
        step = (wanted - (counts * p).sum()) / max((counts * p * (1 - p)).sum(), 1e-300)
        b += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-13 * (1 + abs(b)):
            break
    return b


def _binned(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Means and numbers of the values in bins of equal width, closed on the right."""
    low, high = values.min(), values.max()
    width = (high - low) / N_BINS
    edges = low + width * np.arange(N_BINS + 1)
    edges[0], edges[-1] = low - (high - low) / 1000, high + (high - low) / 1000
    place = np.searchsorted(edges, values, side="left") - 1
    counts = np.bincount(place, minlength=N_BINS).astype(float)
    sums = np.bincount(place, weights=values, minlength=N_BINS)
    kept = counts > 0
    return sums[kept] / counts[kept], counts[kept]


def estimate_dpc_intercept(
    y: ExpressionLike, dpc_slope: float = 0.8, *, layer: str | None = None
) -> float:
    """Intercept of the detection probability curve for a slope that is given.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or EListRaw
        Log2 intensities, precursors × samples, missing where nothing was detected.
    dpc_slope : float
        The slope, typically between 0.7 and 0.9.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    float
        The intercept.

    Raises
    ------
    InputError
        If all values or none are detected.

    See Also
    --------
    dpc_on : Both from the data.

    Notes
    -----
    Missing values are imputed by exponential tilting, and the intercept is that of the logistic
    regression of detection with the slope held. More than 10,000 values are binned.

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.sim_protein_data_set(n_peptides=400, rng=1)
    >>> pylimma.estimate_dpc_intercept(data, 0.7) < 0
    True
    """
    data = parse_log_intensities(y, layer)
    return intercept_of(data.matrix, number(dpc_slope, "dpc_slope", 0, finite=True))
