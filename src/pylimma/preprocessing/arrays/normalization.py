"""Log-expression normalised between arrays: equal quantiles, equal medians, cyclic loess.

Methods are functions of an array of shape (genes, arrays) with NaN for missing values; the public
functions apply them to any kind of data and return that kind.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from pylimma.adapters.expression import parse_expression
from pylimma.adapters.labels import per_gene
from pylimma.arguments import MOST_STEPS, flag, plain_array, whole
from pylimma.errors import InputError, InputWarning, check_choice, quoted, warn
from pylimma.numerics.array_normalization import (
    CyclicMethod,
    cyclic_loess,
    median_scaled,
    quantile_normalized,
)
from pylimma.numerics.smoothing.lowess import choose_lowess_span
from pylimma.numerics.threads import with_threads
from pylimma.typing import AnyArray, ExpressionLike, FloatArray, IntArray

_CYCLIC_METHODS = ("fast", "affy", "pairs")
_FIXED_SPAN = 0.7  # where it neither adapts nor is given
_FEW_GENES = 100  # below which missing values change quantiles noticeably
_MANY_MISSING = 0.2  # of an array
_FEWEST_VALUES = 2  # of an array, for quantiles


def equal_quantiles(values: FloatArray, names: Any = None, *, ties: bool = True) -> FloatArray:
    """Columns with the same quantiles; a single column as it is."""
    if values.shape[1] < 2:
        return values
    missing = np.isnan(values).sum(axis=0)
    number = len(values) - missing
    few = np.flatnonzero(number < _FEWEST_VALUES)
    if few.size:
        raise InputError(
            f"Quantiles need at least two values in every array; arrays "
            f"{quoted(few)}{_called(few, names)} have fewer."
        )
    _warn_of_interpolation(missing, len(values), names)
    return quantile_normalized(values, ties=ties)


def _warn_of_interpolation(missing: IntArray, n_genes: int, names: Any) -> None:
    """Say where quantiles between which there are few values, or many missing, are uncertain."""
    many = np.flatnonzero(missing > _MANY_MISSING * n_genes)
    if many.size:
        warn(
            f"More than {_MANY_MISSING:.0%} of the values of arrays {quoted(many)}"
            f"{_called(many, names)} are missing; equal quantiles take them to be missing at "
            f"random, and those of low expression seldom are.",
            InputWarning,
        )
    elif n_genes < _FEW_GENES and missing.any():
        warn(
            f"{missing.sum()} values are missing among {n_genes} genes; so few quantiles are "
            f"interpolated, which changes every value.",
            InputWarning,
        )


def equal_medians(values: FloatArray, names: Any = None) -> FloatArray:
    """Columns scaled to the same median."""
    return median_scaled(values, _medians(values, names, "median", "normalize_median_abs_values"))


def equal_absolute_medians(values: FloatArray, names: Any = None) -> FloatArray:
    """Columns scaled to the same median absolute value."""
    medians = _medians(np.abs(values), names, "median absolute value", "normalize_quantiles")
    return median_scaled(values, medians)


def without_trends(
    values: FloatArray,
    gene_names: Any = None,
    weights: Any = None,
    span: float | None = None,
    adaptive_span: bool = True,
    iterations: int = 3,
    method: CyclicMethod = "fast",
) -> FloatArray:
    """Columns after cyclic loess, with the options of `normalize_cyclic_loess`."""
    check_choice(method, _CYCLIC_METHODS, "method")
    iterations = whole(iterations, "iterations", 1, MOST_STEPS)
    n_genes = len(values)
    if weights is not None:
        weights = per_gene(weights, n_genes, gene_names, "weights")
    adaptive = flag(adaptive_span, "adaptive_span")
    if span is None:
        span = float(choose_lowess_span(n_genes)) if adaptive else _FIXED_SPAN
    return cyclic_loess(values, weights, span=span, iterations=iterations, method=method)


def transformed(
    given: Any, function: Callable[[FloatArray, Any], FloatArray], argument: str
) -> Any:
    """The kind of object given, with other values; a vector or single column as it is.

    The function takes values and names of samples.
    """
    shape = given.shape if hasattr(given, "shape") else plain_array(given, argument).shape
    if len(shape) == 1:
        return given
    data = parse_expression(given, argument=argument)
    if data.matrix.shape[1] < 2:
        return given
    return data.like_source(function(data.matrix, data.sample_names))


def normalize_quantiles(
    A: ExpressionLike,
    ties: bool = True,
    *,
    n_jobs: int | None = None,
) -> Any:
    """Expression with the same quantiles in every array.

    Parameters
    ----------
    A : array, DataFrame, AnnData, EList or MAList
        Expression of shape (genes, samples), on any scale; NaN is missing and stays so.
    ties : bool
        Whether equal values of an array stay equal, at the quantile of their mean rank.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    object
        Of the kind that was given; a vector or single array is returned as it is.

    Raises
    ------
    InputError
        If an array has fewer than two values.

    Warns
    -----
    InputWarning
        If more than 20% of the values of an array are missing, or some of fewer than 100 genes.

    See Also
    --------
    normalize_between_arrays : The same and other methods.

    Notes
    -----
    The common quantiles are the means over arrays of the sorted values [1]_. An array with
    missing values is interpolated between its own quantiles.

    References
    ----------
    .. [1] Bolstad BM et al. (2003). Bioinformatics 19:185-193.
       https://doi.org/10.1093/bioinformatics/19.2.185

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> pylimma.normalize_quantiles(np.array([[1.0, 4.0], [3.0, 2.0], [2.0, 9.0]]))
    array([[1.5, 3. ],
           [6. , 1.5],
           [3. , 6. ]])
    """
    ties = flag(ties, "ties")
    with with_threads(n_jobs):
        return transformed(A, partial(equal_quantiles, ties=ties), "A")


def normalize_median_values(x: ExpressionLike) -> Any:
    """Expression scaled so that all arrays have the same median.

    Parameters
    ----------
    x : array, DataFrame, AnnData, EList or MAList
        Expression of shape (genes, samples), with positive medians; NaN is missing.

    Returns
    -------
    object
        Of the kind that was given; a vector or single array is returned as it is.

    Raises
    ------
    InputError
        If the median of an array is not positive.

    See Also
    --------
    normalize_median_abs_values : For values around zero, such as log-ratios.

    Notes
    -----
    Arrays are divided by their medians over the geometric mean of the medians.

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> pylimma.normalize_median_values(np.array([[1.0, 4.0], [2.0, 8.0], [3.0, 9.0]]))
    array([[2. , 2. ],
           [4. , 4. ],
           [6. , 4.5]])
    """
    return transformed(x, equal_medians, "x")


def normalize_median_abs_values(x: ExpressionLike) -> Any:
    """Expression scaled so that all arrays have the same median absolute value.

    Parameters
    ----------
    x : array, DataFrame, AnnData, EList or MAList
        Log-ratios of shape (genes, samples), or other values around zero; NaN is missing.

    Returns
    -------
    object
        Of the kind that was given; a vector or single array is returned as it is.

    Raises
    ------
    InputError
        If half of the values of an array are zero.

    See Also
    --------
    normalize_median_values : For positive values.

    Notes
    -----
    Arrays are divided by their median absolute values over the geometric mean of these.

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> pylimma.normalize_median_abs_values(np.array([[1.0, -4.0], [-2.0, 8.0], [3.0, 9.0]]))
    array([[ 2. , -2. ],
           [-4. ,  4. ],
           [ 6. ,  4.5]])
    """
    return transformed(x, equal_absolute_medians, "x")


def normalize_cyclic_loess(
    x: ExpressionLike,
    weights: Any = None,
    span: float | None = None,
    adaptive_span: bool = True,
    iterations: int = 3,
    method: CyclicMethod = "fast",
    *,
    n_jobs: int | None = None,
) -> Any:
    """Log-expression without trends in the differences between arrays.

    Parameters
    ----------
    x : array, DataFrame, AnnData, EList or MAList
        Log-expression of shape (genes, samples); NaN is missing.
    weights : sequence of shape (genes,), optional
        Weights of the genes, not negative.
    span : float, optional
        Share of the genes in each neighbourhood, which does not adapt then.
    adaptive_span : bool
        Whether a span that is not given is chosen from the number of genes, or is 0.7.
    iterations : int
        Number of cycles; three do not converge, and ten come closer.
    method : {"fast", "affy", "pairs"}
        Arrays against the mean of all, all pairs at once, or all pairs in turn. With
        the latter two a gene with a missing value becomes missing.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    object
        Of the kind that was given.

    Raises
    ------
    InputError
        If an option is out of its range, or weights are negative.
    ShapeError
        If there is not a weight for each gene.

    See Also
    --------
    normalize_between_arrays : The same and other methods.
    choose_lowess_span : The adaptive span.

    Notes
    -----
    A lowess curve through the differences of an array from the mean of all arrays, on that mean,
    is subtracted from the array [1]_; or a curve through the differences of two arrays is
    divided between the two [2]_.

    References
    ----------
    .. [1] Ballman KV et al. (2004). Bioinformatics 20:2778-2786.
       https://doi.org/10.1093/bioinformatics/bth327
    .. [2] Bolstad BM et al. (2003). Bioinformatics 19:185-193.
       https://doi.org/10.1093/bioinformatics/19.2.185

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> level = np.linspace(4, 12, 200)
    >>> y = pylimma.normalize_cyclic_loess(np.column_stack([level, level**1.2]))
    >>> bool(np.abs(y[:, 1] - y[:, 0]).max() < 0.25)
    True
    """
    data = parse_expression(x, argument="x")
    with with_threads(n_jobs):
        values = without_trends(
            data.matrix, data.gene_names, weights, span, adaptive_span, iterations, method
        )
    return data.like_source(values)


def _called(positions: IntArray, names: Any) -> str:
    """Names of arrays beside their positions, where there are names."""
    return "" if names is None else f" (called {quoted(names[positions])})"


def _medians(values: FloatArray, names: Any, what: str, other: str) -> FloatArray:
    medians = np.array([_median(column) for column in values.T])
    wrong = np.flatnonzero(~(medians > 0))
    if wrong.size:
        raise InputError(
            f"Scaling needs a positive {what} of every array; that of arrays "
            f"{quoted(wrong)}{_called(wrong, names)} is "
            f"{medians[wrong[0]]:.3g}. `{other}` does without."
        )
    return medians


def _median(column: AnyArray) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if known.size else np.nan
