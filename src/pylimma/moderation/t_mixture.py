r"""Variance of the non-zero effects behind a set of t-statistics.

:math:`t_g` of an effect with variance :math:`v_0` is :math:`\sqrt{1 + v_0/v_1}` times a t variable.
The largest :math:`|t|` are matched with the quantiles that a mixture of such effects and of none
predicts for their ranks [1]_.

References
----------
.. [1] Smyth GK (2004). Stat Appl Genet Mol Biol 3:3. https://doi.org/10.2202/1544-6115.1027
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned_to
from pylimma.arguments import number, numbers
from pylimma.errors import ShapeError
from pylimma.numerics.distributions.quantiles import t_isf_log
from pylimma.numerics.distributions.tails import LOG_HALF, t_log_two_sided, t_two_sided
from pylimma.typing import FloatArray, IntArray


def tmixture_vector(
    tstat: ArrayLike,
    stdev_unscaled: ArrayLike,
    df: ArrayLike,
    proportion: float,
    v0_lim: ArrayLike | None = None,
) -> float:
    r"""Variance of the true effects, relative to the residual variance, from one set of t.

    Parameters
    ----------
    tstat : array of shape (genes,)
        t-statistics; NaN is excluded.
    stdev_unscaled : array of shape (genes,) or scalar
        Standard errors over residual standard deviations, :math:`\sqrt{v_1}`.
    df : array of shape (genes,) or scalar
        Degrees of freedom of the t-statistics.
    proportion : float
        Expected proportion of non-zero effects, between 0 and 1.
    v0_lim : (float, float), optional
        Limits of each gene's estimate.

    Returns
    -------
    float
        The variance :math:`v_0`; NaN without t-statistics.

    Notes
    -----
    :math:`t_g` of an effect with variance :math:`v_0` is
    :math:`\sqrt{1 + v_0/v_1}` times a t variable. The :math:`\lceil \pi n/2 \rceil` largest
    :math:`|t|` are matched with the quantiles that the mixture of proportion :math:`\pi`
    predicts for their ranks, each gives an estimate of :math:`v_0`, and the mean of them is
    taken [1]_.

    References
    ----------
    .. [1] Smyth GK (2004). Stat Appl Genet Mol Biol 3:3. https://doi.org/10.2202/1544-6115.1027

    Examples
    --------
    >>> from pylimma import tmixture_vector
    >>> tmixture_vector([0.1, -8.0, 0.3, 5.0, -0.6], 0.5, 10, proportion=0.4) > 0
    True
    """
    t = numbers(tstat, "tstat", 1)
    scale = aligned_to(stdev_unscaled, tstat, "genes", "stdev_unscaled")
    scale = _broadcast(scale, t.shape, "stdev_unscaled")
    degrees = _broadcast(aligned_to(df, tstat, "genes", "df"), t.shape, "df")
    limits = None if v0_lim is None else _broadcast(v0_lim, (2,), "v0_lim")
    return effect_variance(t, scale, degrees, number(proportion, "proportion", 0, 1), limits)


def effect_variance(
    tstat: FloatArray,
    scale: FloatArray,
    degrees: FloatArray,
    proportion: float,
    limits: FloatArray | None = None,
) -> float:
    """Variance of the effects of one coefficient; `scale` is the unscaled standard deviation."""
    size, known = np.abs(tstat), ~np.isnan(tstat)
    if not known.all():
        size, scale, degrees = size[known], scale[known], degrees[known]
    n = size.size
    n_top = int(np.ceil(proportion / 2 * n))
    if n_top < 1:
        return np.nan
    largest = float(degrees.max())
    order = _most_extreme(size, degrees, n_top)
    with np.errstate(over="ignore"):
        size, v1 = _on_largest(size[order], degrees[order], largest), scale[order] ** 2
    share = max(n_top / n, proportion)
    p_null = t_two_sided(size, largest)
    target = ((np.arange(1, n_top + 1) - 0.5) / n - (1 - share) * p_null) / share
    v0, above = np.zeros(n_top), target > p_null
    expected = t_isf_log(np.log(target[above]) + LOG_HALF, largest)
    with np.errstate(over="ignore"):
        v0[above] = v1[above] * ((size[above] / expected) ** 2 - 1)
    return float((v0 if limits is None else np.clip(v0, *limits)).mean())


def tmixture_matrix(
    tstat: ArrayLike,
    stdev_unscaled: ArrayLike,
    df: ArrayLike,
    proportion: float,
    v0_lim: ArrayLike | None = None,
) -> FloatArray:
    """Variance of the true effects of every coefficient.

    Parameters
    ----------
    tstat : array of shape (genes, coefs)
        t-statistics; NaN is excluded.
    stdev_unscaled : array of shape (genes, coefs)
        Standard errors over residual standard deviations.
    df : array of shape (genes,) or (genes, coefs), or scalar
        Degrees of freedom of the t-statistics.
    proportion : float
        Expected proportion of non-zero effects, between 0 and 1.
    v0_lim : (float, float), optional
        Limits of each gene's estimate.

    Returns
    -------
    array of shape (coefs,)
        The variance relative to the residual variance; NaN for a column without t-statistics.

    See Also
    --------
    tmixture_vector : The same for one coefficient, and how it is done.

    Examples
    --------
    >>> import numpy as np
    >>> from pylimma import tmixture_matrix
    >>> t = np.random.default_rng(1).normal(size=(50, 2)) * [1, 3]
    >>> tmixture_matrix(t, np.ones((50, 2)), 6, proportion=0.2).shape
    (2,)
    """
    t = numbers(tstat, "tstat", 2)
    scale = aligned_to(stdev_unscaled, tstat, "genes", "stdev_unscaled")
    scale = _broadcast(scale, t.shape, "stdev_unscaled")
    degrees = numbers(aligned_to(df, tstat, "genes", "df"), "df")
    degrees = _broadcast(degrees, t.shape if degrees.ndim > 1 else t.shape[:1], "df")
    degrees = np.broadcast_to(degrees.reshape(len(t), -1), t.shape)
    proportion = number(proportion, "proportion", 0, 1)
    limits = None if v0_lim is None else _broadcast(v0_lim, (2,), "v0_lim")
    columns = zip(t.T, scale.T, degrees.T, strict=True)
    return np.array([effect_variance(*column, proportion, limits) for column in columns])


def _broadcast(values: ArrayLike, shape: tuple[int, ...], argument: str) -> FloatArray:
    """Numbers of a shape, or one that serves for all."""
    array = numbers(values, argument)
    if array.shape not in ((), shape):
        raise ShapeError(f"`{argument}` has shape {array.shape}; {shape} is expected.")
    return np.broadcast_to(array, shape)


def _most_extreme(size: FloatArray, df: FloatArray, n_top: int) -> IntArray:
    """Positions of the absolute t-statistics with the smallest tails, smallest first."""
    # On the same degrees of freedom the order is that of size: of each the largest are enough.
    if df.min() == df.max():
        at = np.flatnonzero(size >= np.partition(size, -n_top)[-n_top])
        return at[np.argsort(-size[at], kind="stable")[:n_top]]
    candidates = np.ones(size.size, dtype=bool)
    _, group, counts = np.unique(df, return_inverse=True, return_counts=True)
    for crowded in np.flatnonzero(counts > n_top):
        members = np.flatnonzero(group == crowded)
        sizes = size[members]
        candidates[members] = sizes >= np.partition(sizes, -n_top)[-n_top]
    at = np.flatnonzero(candidates)
    tails = -size[at] if counts.size == 1 else t_log_two_sided(size[at], df[at])
    return at[np.argsort(tails, kind="stable")[:n_top]]


def _on_largest(size: FloatArray, df: FloatArray, largest: float) -> FloatArray:
    """Absolute t on the largest degrees of freedom, at equal tails."""
    tails = t_log_two_sided(size, df) + LOG_HALF
    return np.where(df < largest, t_isf_log(tails, largest), size)
