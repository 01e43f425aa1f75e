"""The constant by which means of gamma variables exceed known offsets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pylimma.typing import FloatArray

SAME = 1e-14  # offsets within this range are one constant
SMALLEST_STEP = 1e-8
MOST_STEPS = 1000


def gamma_intercept(
    y: FloatArray, offset: FloatArray | float = 0.0, most_steps: int = MOST_STEPS
) -> float:
    r"""Maximum likelihood estimate of x when gamma variables have means x plus an offset.

    It solves :math:`\sum_g y_g / (o_g + x) = n` by Newton's method from zero. Where all
    :math:`o_g` are one :math:`o`, that is :math:`\bar y - o`.

    Parameters
    ----------
    y : array of shape (values,)
        Observations, not negative, of one shape parameter.
    offset : array of shape (values,) or float
        Known part of each mean, positive.
    most_steps : int
        Steps after which the iteration ends.

    Returns
    -------
    float
        The estimate, which may be negative. Observations far below their offsets can send
        it to minus infinity.
    """
    offset = np.asarray(offset, dtype=float)
    if offset.size == 1 or np.ptp(offset) < SAME:
        return float(np.mean(y) - offset.flat[0])
    estimate = 0.0
    with np.errstate(all="ignore"):
        for _ in range(most_steps):
            ratio = y / (offset + estimate)
            step = (ratio.sum() - len(y)) / (ratio / (offset + estimate)).sum()
            estimate += float(step)
            if not abs(step) >= SMALLEST_STEP or not np.isfinite(estimate):
                break
    return estimate
