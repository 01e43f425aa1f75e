r"""Adjusted p-values, and the proportion :math:`\pi_0` of true null hypotheses behind p-values.

P-values of true nulls are uniform, so that :math:`\pi_0` is read off where p-values are large:
from the average of local false discovery rates [1]_, from the mean p-value, from the flat part
of a histogram [2]_, or from the height at 1 of a convex decreasing density [3]_. That density is
a mixture of triangles :math:`f_\theta(p) = 2(\theta-p)_+/\theta^2` and the uniform one.

References
----------
.. [1] Phipson B (2013). Empirical Bayes modelling of expression profiles and their
   associations. PhD thesis, University of Melbourne.
.. [2] Nettleton D et al. (2006). J Agric Biol Environ Stat 11:337-356.
.. [3] Langaas M, Lindqvist BH, Ferkingstad E (2005). J R Stat Soc B 67:555-572.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.arguments import MOST_STEPS, flag, number, numbers, whole
from pylimma.draw import draw
from pylimma.errors import InputError, check_choice
from pylimma.numerics.p_values import adjust_log_p_values, adjust_p_values
from pylimma.typing import AdjustMethod, FloatArray

NullMethod: TypeAlias = Literal["lfdr", "mean", "hist", "convest"]

_BINS = 100  # of the grid on which the convex density is kept
_GRID = np.arange(_BINS + 1) / _BINS


def null_by_local_fdr(p: FloatArray) -> float:
    r"""Proportion by local false discovery rates, :math:`2\sum_i i\min(1, np_{(i)}/i)/(n(n+1))`."""
    n = p.size
    rank = np.arange(1, n + 1)
    rates = np.minimum(n / rank * np.sort(p), 1.0)
    return float(2 * (rank @ rates) / (n * (n + 1)))


def null_by_mean(p: FloatArray) -> float:
    r"""Proportion by the mean p-value, :math:`2\sum_i \min(p_{(i)}, (i-1/2)/n)/n`."""
    expected = (np.arange(p.size) + 0.5) / p.size
    return float(2 * np.minimum(np.sort(p), expected).mean())


def null_by_histogram(p: FloatArray, n_bins: int = 20) -> float:
    """Proportion by the height of a histogram right of where it becomes flat.

    That is the first bin no higher than the mean of itself and all to its right; bins are closed
    on the right.
    """
    edges = np.arange(n_bins + 1) / n_bins
    bins = np.maximum(np.searchsorted(edges, p, side="left"), 1) - 1
    counts = np.bincount(bins, minlength=n_bins)
    tail_means = np.cumsum(counts[::-1])[::-1] / np.arange(n_bins, 0, -1)
    flat = int(np.argmax(tail_means >= counts))
    return float(tail_means[flat] / tail_means[0])


class Iterate(NamedTuple):
    """State of the convex density estimate."""

    grid: FloatArray  # (101,) density at 0, 0.01, …, 1
    at_p: FloatArray  # (tests,) density at the sorted p-values


def convex_densities(p: FloatArray, n_steps: int, tolerance: float) -> list[FloatArray]:
    """Convex decreasing densities of p-values on the grid 0, 0.01, …, 1, one for each step.

    The first is uniform; each step mixes in the triangle along which the likelihood rises most.
    The height at 1 is the proportion of true nulls.
    """
    p = np.sort(p)
    state = Iterate(np.ones(_BINS + 1), np.ones(p.size))
    direction = _steepest(p, state.at_p)
    densities = []
    for _ in range(n_steps):
        triangle = _triangle(p, direction)
        share = _share(state.at_p, triangle, tolerance)
        grid = (1 - share) * state.grid + share * _triangle(_GRID, direction)
        state = Iterate(grid, _at(p, grid))
        densities.append(state.grid)
        direction = _steepest(p, state.at_p)
        if (_triangle(p, direction) / state.at_p).sum() < (1 / state.at_p).sum():
            direction = 0.0
    return densities


def _share(f: FloatArray, triangle: FloatArray, tolerance: float) -> float:
    """Share of the new triangle in the mixture of largest likelihood, by bisection."""
    positive = f > 0
    f, triangle = f[positive], triangle[positive]
    if np.sum((f - triangle) / f) > 0:
        return 0.0
    lower, upper, middle = 0.0, 1.0, 0.5
    while upper - lower > tolerance:
        middle = (lower + upper) / 2
        slope = np.sum((f - triangle) / ((1 - middle) * f + middle * triangle))
        lower, upper = (middle, upper) if slope < 0 else (lower, middle)
    return middle


def _steepest(p: FloatArray, f: FloatArray) -> float:
    r"""The :math:`\theta` with the largest sum of :math:`f_\theta/f` over sorted p-values.

    With :math:`w = 1/f` and sums over p below :math:`\theta` that sum is
    :math:`2(\theta\sum w - \sum wp)/\theta^2`.
    """
    thetas = _GRID[1:]
    weights = 1 / f
    below = np.searchsorted(p, thetas)
    sums = np.append(0, np.cumsum(weights))[below]
    moments = np.append(0, np.cumsum(weights * p))[below]
    return float(thetas[np.argmax(2 * (thetas * sums - moments) / thetas**2)])


def _triangle(x: FloatArray, theta: float) -> FloatArray:
    """Triangular density on (0, theta); theta 0 stands for the uniform one."""
    if theta == 0:
        return np.ones_like(x)
    return 2 * np.maximum(theta - x, 0) / theta**2


def _at(p: FloatArray, grid: FloatArray) -> FloatArray:
    """Density at p-values, linear between the points of the grid.

    A point is found by truncating 100 times its value in double precision, by which 0.29, 0.57
    and 0.58 read the value of the point before.
    """
    readings = grid[(_BINS * _GRID).astype(np.intp)]
    left = np.floor(_BINS * p).astype(np.intp)
    right = np.ceil(_BINS * p).astype(np.intp)
    rise = readings[right] - readings[left]
    return readings[left] + _BINS * (p - _GRID[left]) * rise


def null_proportion(
    p: FloatArray,
    method: NullMethod,
    n_bins: int = 20,
    n_steps: int = 100,
    tolerance: float = 1e-6,
) -> float:
    """Estimated proportion of true nulls from p-values, none missing; NaN without any."""
    if p.size == 0:
        return float("nan")
    if method == "convest":
        return float(convex_densities(p, n_steps, tolerance)[-1][-1])
    if method == "hist":
        return null_by_histogram(p, n_bins)
    return null_by_mean(p) if method == "mean" else null_by_local_fdr(p)


def p_adjust(p: ArrayLike, method: AdjustMethod = "BH", *, log: bool = False) -> Any:
    r"""P-values adjusted for multiple testing.

    Parameters
    ----------
    p : array or Series of any shape
        P-values between 0 and 1, or their natural logarithms; NaN does not count as a test.
    method : {"none", "BH", "fdr", "BY", "holm", "bonferroni", "hochberg", "hommel"}
        Which procedure: "BH" and its other name "fdr" control the false discovery rate,
        "BY" under any dependence; the others the family-wise error rate.
    log : bool
        Whether `p` holds natural logarithms, and so will the result; for p-values
        below the smallest double.

    Returns
    -------
    array of the shape of `p`, or Series
        Adjusted p-values or their logarithms, NaN where `p` is.

    Raises
    ------
    InputTypeError
        If `p` is not numeric.
    InputError
        If p-values are out of range or `method` is unknown.

    See Also
    --------
    prop_true_null : Estimated proportion of true null hypotheses.

    References
    ----------
    .. [1] Benjamini Y, Hochberg Y (1995). J R Stat Soc B 57:289-300.
       https://doi.org/10.1111/j.2517-6161.1995.tb02031.x
    .. [2] Meijer RJ, Krebs TJP, Goeman JJ (2019). Biom J 61:73-82.
       https://doi.org/10.1002/bimj.201700316

    Examples
    --------
    >>> from pylimma import p_adjust
    >>> p_adjust([0.01, 0.02, 0.5]).round(3)
    array([0.03, 0.03, 0.5 ])
    """
    check_choice(method, get_args(AdjustMethod), "method")
    values, log = numbers(p, "p"), flag(log, "log")
    _check_range(values, (-np.inf, 0.0) if log else (0.0, 1.0))
    adjust = adjust_log_p_values if log else adjust_p_values
    adjusted = adjust(values.ravel(), method).reshape(values.shape)
    return pd.Series(adjusted, p.index, name=p.name) if isinstance(p, pd.Series) else adjusted


def prop_true_null(
    p: ArrayLike,
    method: NullMethod = "lfdr",
    nbins: int = 20,
    *,
    niter: int = 100,
    tol: float = 1e-6,
) -> float:
    r"""Estimated proportion of true null hypotheses, from all p-values.

    Parameters
    ----------
    p : array of shape (tests,)
        P-values between 0 and 1; NaN is excluded.
    method : {"lfdr", "mean", "hist", "convest"}
        Average of local false discovery rates, mean p-value, height of the flat part of
        a histogram, or convex decreasing density.
    nbins : int
        Number of bins, for "hist".
    niter, tol : int, float
        Number of steps and their accuracy, for "convest".

    Returns
    -------
    float
        The proportion; NaN without p-values.

    Raises
    ------
    InputTypeError
        If `p` is not numeric.
    InputError
        If p-values are out of range or an option is not one of its choices.

    See Also
    --------
    convest : The estimate by a convex density.
    p_adjust : Adjusted p-values.

    References
    ----------
    .. [1] Phipson B (2013). Empirical Bayes modelling of expression profiles and their
       associations. PhD thesis, University of Melbourne.
    .. [2] Nettleton D et al. (2006). J Agric Biol Environ Stat 11:337-356.
       https://doi.org/10.1198/108571106X129135
    .. [3] Langaas M, Lindqvist BH, Ferkingstad E (2005). J R Stat Soc B 67:555-572.
       https://doi.org/10.1111/j.1467-9868.2005.00515.x

    Examples
    --------
    >>> import numpy as np
    >>> from pylimma import prop_true_null
    >>> p = np.append(np.linspace(0, 1, 800), np.full(200, 1e-4))
    >>> round(prop_true_null(p), 2)
    0.8
    """
    check_choice(method, get_args(NullMethod), "method")
    nbins = whole(nbins, "nbins", 1)
    niter, tol = whole(niter, "niter", 1, MOST_STEPS), number(tol, "tol", 0, inside=True)
    return null_proportion(_known(p), method, nbins, niter, tol)


def convest(
    p: ArrayLike,
    niter: int = 100,
    plot: bool = False,
    *,
    tol: float = 1e-6,
) -> float:
    r"""Estimated proportion of true null hypotheses, by a convex decreasing density.

    Parameters
    ----------
    p : array of shape (tests,)
        P-values between 0 and 1; NaN is excluded.
    niter : int
        Number of steps, at least 1.
    plot : bool
        Whether the densities are drawn.
    tol : float
        Accuracy of the length of a step.

    Returns
    -------
    float
        The density at 1; NaN without p-values.

    Raises
    ------
    InputTypeError
        If `p` is not numeric.
    InputError
        If p-values are out of range, or `niter` or `tol` is not positive.

    See Also
    --------
    prop_true_null : Other estimates.

    Notes
    -----
    The density of p-values is a mixture of the uniform one and triangles on
    :math:`(0, \theta)`. It starts uniform; each step mixes in the triangle along which the
    likelihood rises most [1]_.

    References
    ----------
    .. [1] Langaas M, Lindqvist BH, Ferkingstad E (2005). J R Stat Soc B 67:555-572.
       https://doi.org/10.1111/j.1467-9868.2005.00515.x

    Examples
    --------
    >>> import numpy as np
    >>> from pylimma import convest
    >>> p = np.append(np.linspace(0, 1, 800), np.full(200, 1e-4))
    >>> 0.7 < convest(p) < 0.9
    True
    """
    niter, tol = whole(niter, "niter", 1, MOST_STEPS), number(tol, "tol", 0, inside=True)
    values = _known(p)
    if values.size == 0:
        return float("nan")
    densities = convex_densities(values, niter, tol)
    if flag(plot, "plot"):
        draw("convex_densities", p=values, densities=np.array(densities))
    return float(densities[-1][-1])


def _known(p: ArrayLike) -> FloatArray:
    values = numbers(p, "p").ravel()
    _check_range(values, (0.0, 1.0))
    return values[~np.isnan(values)]


def _check_range(values: FloatArray, limits: tuple[float, float]) -> None:
    outside = (values < limits[0]) | (values > limits[1])
    if outside.any():
        first = values[outside].flat[0]
        raise InputError(
            f"`p` has {int(outside.sum())} values outside [{limits[0]:g}, {limits[1]:g}], "
            f"the first {first:g}."
        )
