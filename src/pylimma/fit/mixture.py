"""Expression in two sources from arrays that mix them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pylimma.errors import InputError, ShapeError
from pylimma.numerics.mixture import MixtureFit, mixture_fit
from pylimma.options import MOST_STEPS, numbers, whole

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_FEWEST_ARRAYS = 3  # two parameters and something to measure them by


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
    expression, proportion = np.atleast_2d(numbers(log2e, "log2e")), numbers(mixprop, "mixprop")
    if proportion.shape != expression.shape[1:]:
        raise ShapeError(
            f"`mixprop` has {proportion.size} values and `log2e` {expression.shape[-1]} columns."
        )
    if proportion.size < _FEWEST_ARRAYS:
        raise ShapeError(f"`log2e` has {proportion.size} columns; at least three are needed.")
    if not np.isfinite(expression).all():
        raise InputError("`log2e` has missing or infinite values.")
    if not ((proportion >= 0) & (proportion <= 1)).all() or np.ptp(proportion) == 0:
        raise InputError("`mixprop` must be proportions between 0 and 1 that differ.")
    return mixture_fit(expression, proportion, whole(niter, "niter", 0, MOST_STEPS))
