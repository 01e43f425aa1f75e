"""What a set of p-values says together: adjustment and the share of true null hypotheses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from pylimma.arguments import MOST_STEPS, flag, number, numbers, whole
from pylimma.draw import draw
from pylimma.errors import InputError, check_choice
from pylimma.numerics import true_null
from pylimma.numerics.p_values import adjust_log_p_values, adjust_p_values
from pylimma.typing import AdjustMethod

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from pylimma.typing import FloatArray

NullMethod: TypeAlias = Literal["lfdr", "mean", "hist", "convest"]


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
        P-values between 0 and 1; NaN is left out.
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
    if method == "convest":
        return convest(p, niter, tol=tol)
    if method == "hist" and not (isinstance(nbins, int | np.integer) and nbins > 0):
        raise InputError(f"`nbins` must be a positive whole number; got {nbins!r}.")
    values = _known(p)
    if values.size == 0:
        return float("nan")
    if method == "hist":
        return true_null.null_by_histogram(values, int(nbins))
    estimate = true_null.null_by_mean if method == "mean" else true_null.null_by_local_fdr
    return estimate(values)


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
        P-values between 0 and 1; NaN is left out.
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
    densities = true_null.convex_densities(values, niter, tol)
    if plot:
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
