"""The constant by which means of gamma variables exceed known offsets."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned_to
from pylimma.arguments import MOST_STEPS, vector, whole
from pylimma.errors import EstimationWarning, InputError, ShapeError, warn
from pylimma.typing import FloatArray

SAME = 1e-14  # offsets within this range are one constant
SMALLEST_STEP = 1e-8
NEWTON_STEPS = 1000


def gamma_intercept(
    y: FloatArray, offset: FloatArray | float = 0.0, most_steps: int = NEWTON_STEPS
) -> float:
    r"""Maximum likelihood estimate of x when gamma variables have means x plus an offset.

    It is minus infinity where observations are far below their offsets.
    """
    offset = np.asarray(offset, dtype=float)
    if offset.size == 1 or np.ptp(offset) < SAME:
        return float(np.mean(y) - offset.flat[0])
    estimate = 0.0
    # Newton's method on sum y_g / (o_g + x) = n
    with np.errstate(all="ignore"):
        for _ in range(most_steps):
            ratio = y / (offset + estimate)
            step = (ratio.sum() - len(y)) / (ratio / (offset + estimate)).sum()
            estimate += float(step)
            if not abs(step) >= SMALLEST_STEP or not np.isfinite(estimate):
                break
    return estimate


def fit_gamma_intercept(y: ArrayLike, offset: ArrayLike = 0, maxit: int = 1000) -> float:
    r"""Intercept of gamma variables whose means are known up to a constant.

    Parameters
    ----------
    y : array of shape (n,)
        Observations, not negative, such as squared coefficients.
    offset : array of shape (n,) or scalar
        Known part of each mean, not negative.
    maxit : int
        Most steps of the iteration.

    Returns
    -------
    float
        The intercept, which is negative if observations are smaller than their offsets; NaN
        without observations.

    Raises
    ------
    InputTypeError
        If something is not numeric.
    ShapeError
        If there are not as many offsets as observations.
    InputError
        If a value is missing or negative, or `maxit` is not positive.

    Warns
    -----
    EstimationWarning
        If the iteration does not converge.

    See Also
    --------
    genas, pred_fcm : What this is used for.

    Notes
    -----
    For one shape parameter the maximum likelihood estimate solves
    :math:`\sum_i y_i/(o_i + x) = n`; with equal offsets it is :math:`\bar y - o`.

    Examples
    --------
    >>> from pylimma import fit_gamma_intercept
    >>> round(fit_gamma_intercept([2.0, 3.0, 7.0], offset=[0.5, 1.0, 1.0]), 3)
    3.093
    """
    values = vector(y, "y")
    offsets = vector(aligned_to(offset, y, "values", "offset"), "offset")
    if offsets.size not in (1, values.size):
        raise ShapeError(f"`offset` has {offsets.size} values and `y` {values.size}.")
    for name, given in (("y", values), ("offset", offsets)):
        if not (given >= 0).all():
            raise InputError(f"`{name}` must be numbers, none missing and none negative.")
    maxit = whole(maxit, "maxit", 1, MOST_STEPS)
    if values.size == 0:
        return float("nan")
    estimate = gamma_intercept(values, offsets, maxit)
    if not np.isfinite(estimate) or (offsets + estimate <= 0).any():
        warn(
            "The intercept did not converge: observations are far below their offsets.",
            EstimationWarning,
        )
    return estimate
