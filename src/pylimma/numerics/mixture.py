"""Log-ratio of two sources of expression from arrays that mix them in known proportions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pylimma.numerics.special import logcosh
from pylimma.record import Record

if TYPE_CHECKING:
    from pylimma.typing import FloatArray

_LEAST_EXPRESSION = 1.0  # of either source at the start
_LEAST_SPREAD = 1e-6  # keeps steps finite when the slopes are all alike


@dataclass(frozen=True, slots=True, eq=False)
class MixtureFit(Record):
    """Expression in two sources whose mixtures were measured.

    Attributes
    ----------
    A : array of shape (genes,)
        Average log2 expression of the two sources.
    M : array of shape (genes,)
        Log2 ratio of the first source to the second.
    stdev : array of shape (genes,)
        Residual standard deviation, in log2 units.
    """

    A: FloatArray
    M: FloatArray
    stdev: FloatArray


def mixture_fit(log2e: FloatArray, proportion: FloatArray, n_iterations: int = 4) -> MixtureFit:
    r"""Non-linear fit of log expression to the log of a mixture, all genes at once.

    Parameters
    ----------
    log2e : array of shape (genes, arrays)
        Log2 expression.
    proportion : array of shape (arrays,)
        Proportion :math:`p` of the first source, between 0 and 1.
    n_iterations : int
        Number of steps from the start, which is the least squares fit of expression.

    Returns
    -------
    MixtureFit
        Average and log-ratio of both sources.

    Notes
    -----
    :math:`\log y = a + \log(p e^{b/2} + (1-p)e^{-b/2})`, whose second term is
    :math:`\log\cosh(b/2) + \log(1 + (2p-1)\tanh(b/2))`. The slope of the residuals against
    its derivative in :math:`b` is the step.
    """
    log_y = log2e * np.log(2)
    sources = np.column_stack([proportion, 1 - proportion])
    start = np.linalg.lstsq(sources, np.exp(log_y).T, rcond=None)[0]
    first, second = np.log(np.maximum(start, _LEAST_EXPRESSION))
    b, balance = first - second, 2 * proportion - 1
    mean, level = _curve(log_y, b, balance)
    for _ in range(n_iterations):
        slope = _slope(b, balance)
        residual = log_y - level[:, None] - mean
        b = b + (slope * residual).mean(axis=1) / (_LEAST_SPREAD + slope.var(axis=1))
        mean, level = _curve(log_y, b, balance)
    residual = log_y - level[:, None] - mean
    stdev = np.sqrt((residual**2).sum(axis=1) / (proportion.size - 2))
    return MixtureFit(level / np.log(2), b / np.log(2), stdev / np.log(2))


def _curve(log_y: FloatArray, b: FloatArray, balance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log of the mixture relative to the average of both sources, and that average."""
    half = b[:, None] / 2
    mean = logcosh(half) + np.log1p(np.tanh(half) * balance)
    return mean, (log_y - mean).mean(axis=1)


def _slope(b: FloatArray, balance: FloatArray) -> FloatArray:
    tilt = np.tanh(b / 2)[:, None]
    return 0.5 * (tilt + balance) / (1 + tilt * balance)
