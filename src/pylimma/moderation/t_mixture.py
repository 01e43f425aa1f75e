r"""Variance of the non-zero effects behind a set of t-statistics.

:math:`t_g` of an effect with variance :math:`v_0` is :math:`\sqrt{1 + v_0/v_1}` times a t variable.
The largest :math:`|t|` are matched with the quantiles that a mixture of such effects and of none
predicts for their ranks [1]_.

References
----------
.. [1] Smyth GK (2004). Stat Appl Genet Mol Biol 3:3. https://doi.org/10.2202/1544-6115.1027
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned_to
from pylimma.arguments import number, numbers
from pylimma.errors import ShapeError
from pylimma.numerics.distributions.quantiles import t_isf_log
from pylimma.numerics.distributions.tails import LOG_HALF, t_log_two_sided, t_two_sided
from pylimma.typing import FloatArray, IntArray

_FAR = 1e100  # multiples of the scale from where a t tail is a pure power
_LEADING_ERROR = 0.13  # at most, of log Gamma(a + 1/2) / Gamma(a + 1) as -log(a + 1/4) / 2
_ROUNDING = 1e-9
_LARGEST_DF = 1e12  # where t is normal as far as bounds tell


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
    proportion = number(proportion, "proportion", 0, 1)
    return float(effect_variances(t[:, None], scale[:, None], degrees, proportion, limits)[0])


def effect_variances(
    tstat: FloatArray,
    scale: FloatArray,
    degrees: FloatArray,
    proportion: float,
    limits: FloatArray | None = None,
) -> FloatArray:
    """Variance of the effects of every coefficient; `scale` is the unscaled standard deviation.

    Degrees of freedom are one for each gene, or of the shape of the t-statistics.
    """
    result = np.full(tstat.shape[1], np.nan)
    genes, column, largest, n = _most_extreme(tstat, degrees, proportion)
    if not genes.size:
        return result
    df = degrees[genes] if degrees.ndim == 1 else degrees[genes, column]
    first = np.flatnonzero(np.diff(column, prepend=-1))
    n_top = np.diff(first, append=column.size)
    rank = np.arange(1, column.size + 1) - np.repeat(first, n_top)
    with np.errstate(over="ignore"):
        size = _on_largest(np.abs(tstat[genes, column]), df, largest)
        v1 = scale[genes, column] ** 2
    share = np.maximum(np.repeat(n_top, n_top) / n, proportion)
    p_null = t_two_sided(size, largest)
    target = ((rank - 0.5) / n - (1 - share) * p_null) / share
    v0, above = np.zeros(rank.size), target > p_null
    expected = t_isf_log(np.log(target[above]) + LOG_HALF, largest[above])
    with np.errstate(over="ignore"):
        v0[above] = v1[above] * ((size[above] / expected) ** 2 - 1)
        v0 = v0 if limits is None else np.clip(v0, *limits)
        result[column[first]] = np.add.reduceat(v0, first) / n_top
    return result


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
    proportion = number(proportion, "proportion", 0, 1)
    limits = None if v0_lim is None else _broadcast(v0_lim, (2,), "v0_lim")
    return effect_variances(t, scale, degrees, proportion, limits)


def _broadcast(values: ArrayLike, shape: tuple[int, ...], argument: str) -> FloatArray:
    """Numbers of a shape, or one that serves for all."""
    array = numbers(values, argument)
    if array.shape not in ((), shape):
        raise ShapeError(f"`{argument}` has shape {array.shape}; {shape} is expected.")
    return np.broadcast_to(array, shape)


class _Extremes(NamedTuple):
    """The t-statistics with the smallest tails of each coefficient, one coefficient after another.

    The smallest tail stands first.
    """

    genes: IntArray
    columns: IntArray
    largest: FloatArray  # degrees of freedom of any gene of the coefficient
    n: FloatArray  # t-statistics of the coefficient that are not missing


def _most_extreme(tstat: FloatArray, degrees: FloatArray, proportion: float) -> _Extremes:
    parts = [_Extremes(*np.zeros((2, 0), dtype=int), *np.zeros((2, 0)))]
    for column, values in enumerate(tstat.T):
        size = np.abs(values)
        df = degrees if degrees.ndim == 1 else degrees[:, column]
        missing = np.isnan(size)
        known = np.flatnonzero(~missing) if missing.any() else None
        if known is not None:
            size, df = size[known], df[known]
        n_top = int(np.ceil(proportion / 2 * size.size))
        if n_top >= 1:
            at = _smallest_tails(size, df, n_top)
            each = [np.full(n_top, value) for value in (column, df.max(), float(size.size))]
            parts.append(_Extremes(at if known is None else known[at], *each))
    return _Extremes(*(np.concatenate(field) for field in zip(*parts, strict=True)))


def _smallest_tails(size: FloatArray, df: FloatArray, n_top: int) -> IntArray:
    """Positions of the absolute t-statistics with the smallest tails, smallest first."""
    if df.min() == df.max():  # the order is that of size
        at = np.flatnonzero(size >= np.partition(size, -n_top)[-n_top])
        return at[np.argsort(-size[at], kind="stable")[:n_top]]
    lower, upper = _log_tail_bounds(size, df)
    at = np.flatnonzero(lower <= np.partition(upper, n_top - 1)[n_top - 1])
    tails = t_log_two_sided(size[at], df[at])
    return at[np.argsort(tails, kind="stable")[:n_top]]


def _log_tail_bounds(size: FloatArray, df: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What the log of both tails lies between, up to a constant, without special functions."""
    # With x = d/(d + t²) and a = d/2 the tails are x^a (1-x)^(1/2) / (a B(a, 1/2)) times a power
    # series in x, whose terms fall by factors between x (a + 1/2)/(a + 1) and x.
    df = np.minimum(df, _LARGEST_DF)
    a, ratio = df / 2, size / np.sqrt(df)
    squared = np.minimum(ratio, _FAR) ** 2
    common = -a * np.log1p(squared) - df * np.log(np.maximum(ratio / _FAR, 1.0))
    common -= 0.5 * np.log(a + 0.25)
    x = 1 / (1 + squared)
    with np.errstate(divide="ignore"):
        half_log_y = 0.5 * np.log(squared * x)
    lower = common + half_log_y - np.log1p(-x * (a + 0.5) / (a + 1)) - _LEADING_ERROR
    return lower, common - half_log_y + _ROUNDING


def _on_largest(size: FloatArray, df: FloatArray, largest: FloatArray) -> FloatArray:
    """Absolute t on the largest degrees of freedom, at equal tails."""
    tails = t_log_two_sided(size, df) + LOG_HALF
    return np.where(df < largest, t_isf_log(tails, largest), size)
