"""Bias and sampling variance of the logarithms of mean squares."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pylimma.numerics.special import logmdigamma, trigamma

if TYPE_CHECKING:
    from pylimma.typing import FloatArray


class LogVarianceMoments(NamedTuple):
    """How far log mean squares fall short of the log variance, and their sampling variance."""

    shortfall: FloatArray
    variance: FloatArray


def log_variance_moments(df: FloatArray) -> LogVarianceMoments:
    r"""Moments of the logarithm of a mean square on given degrees of freedom.

    Parameters
    ----------
    df : array of shape (genes,)
        Degrees of freedom, positive; computed once for each distinct value.

    Returns
    -------
    LogVarianceMoments
        :math:`\log(d/2) - \psi(d/2)` and :math:`\psi'(d/2)`, each of shape (genes,).
    """
    distinct, group = np.unique(df / 2, return_inverse=True)
    return LogVarianceMoments(logmdigamma(distinct)[group], trigamma(distinct)[group])
