"""Expression in two sources from arrays that mix them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pylimma.adapters.labels import aligned, matrix_names
from pylimma.arguments import MOST_STEPS, numbers, whole
from pylimma.errors import InputError, ShapeError
from pylimma.numerics.distributions.special import logcosh
from pylimma.record import Record

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from pylimma.typing import FloatArray

_LEAST_EXPRESSION = 1.0  # of either source at the start
_LEAST_SPREAD = 1e-6  # keeps steps finite when the slopes are all alike
_LARGEST_LOG = 1000.0  # of two; powers beyond are no numbers
_FEWEST_ARRAYS = 3  # two parameters and something to measure them by


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


def fitmixture(log2e: ArrayLike, mixprop: ArrayLike, niter: int = 4) -> MixtureFit:
    r"""Log-ratio of two sources of RNA, from arrays that mix them in known proportions.

    Parameters
    ----------
    log2e : array or DataFrame of shape (genes, arrays)
        Log2 expression, none missing.
    mixprop : array of shape (arrays,)
        Proportion of the first source on each array, between 0 and 1.
    niter : int
        Number of steps of the iteration.

    Returns
    -------
    MixtureFit
        Components `A`, `M` and `stdev`, each of shape (genes,).

    Raises
    ------
    InputTypeError
        If something is not numeric.
    ShapeError
        If there are not as many proportions as arrays, or fewer than three arrays.
    InputError
        If an expression is missing, a proportion is outside [0, 1], all are equal, or `niter`
        is negative.

    Notes
    -----
    :math:`y = p\,e_1 + (1-p)\,e_2` up to multiplicative errors, fitted by non-linear least
    squares on the log scale [1]_.

    References
    ----------
    .. [1] Holloway AJ et al. (2006). BMC Bioinformatics 7:511.
       https://doi.org/10.1186/1471-2105-7-511

    Examples
    --------
    >>> import numpy as np
    >>> from pylimma import fitmixture
    >>> p = np.array([0, 0.25, 0.5, 0.75, 1])
    >>> fitmixture(np.log2([800 * p + 100 * (1 - p)]), p).M.round(6)
    array([3.])
    """
    mixprop = aligned(mixprop, matrix_names(log2e)[1], "samples", "mixprop")
    expression, proportion = np.atleast_2d(numbers(log2e, "log2e")), numbers(mixprop, "mixprop")
    if proportion.shape != expression.shape[1:]:
        raise ShapeError(
            f"`mixprop` has {proportion.size} values and `log2e` {expression.shape[-1]} columns."
        )
    if proportion.size < _FEWEST_ARRAYS:
        raise ShapeError(f"`log2e` has {proportion.size} columns; at least three are needed.")
    if not np.isfinite(expression).all():
        raise InputError("`log2e` has missing or infinite values.")
    if np.abs(expression).max(initial=0.0) > _LARGEST_LOG:
        raise InputError(
            f"`log2e` has values of size {np.abs(expression).max():.1g}; give log2 expression."
        )
    if not ((proportion >= 0) & (proportion <= 1)).all() or np.ptp(proportion) == 0:
        raise InputError("`mixprop` must be proportions between 0 and 1 that differ.")
    return mixture_fit(expression, proportion, whole(niter, "niter", 0, MOST_STEPS))
