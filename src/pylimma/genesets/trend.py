"""How the probability of being detected depends on a covariate, such as length or abundance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.adapters.labels import per_gene
from pylimma.arguments import number, plain_array, vector
from pylimma.containers.names import names_of, positions
from pylimma.draw import draw, drawing
from pylimma.errors import InputError
from pylimma.numerics.smoothing.moving_average import tricube_moving_average
from pylimma.typing import BoolArray, FloatArray

_RAREST = 1e-5  # share of detected genes that is assumed at least
_FEW, _MANY = 20, 200  # detected genes: a whole window, and half of one
_PRIOR = 10.0
_LARGEST = 2.0**53  # whole number that a float holds exactly


def detection_trend(
    detected: BoolArray, covariate: FloatArray, n_prior: float = _PRIOR
) -> FloatArray:
    """Share of genes detected, smoothed along ranks of the covariate and shrunk to its mean."""
    known = ~np.isnan(covariate)
    result = np.full(covariate.size, max(detected.mean(), _RAREST) if detected.size else 0.0)
    n_detected = int(detected[known].sum())
    mean = max(n_detected / max(int(known.sum()), 1), _RAREST)
    at = np.flatnonzero(known)
    at = at[np.argsort(covariate[at], kind="stable")]
    span = np.interp(n_detected, (_FEW, _MANY), (1.0, 0.5))
    smooth = tricube_moving_average(detected[at].astype(float), span)
    if n_prior + n_detected == 0:
        result[at] = mean
        return result
    result[at] = (n_prior * mean + n_detected * smooth) / (n_prior + n_detected)
    return result


def goana_trend(
    index_de: ArrayLike,
    covariate: ArrayLike,
    n_prior: float = _PRIOR,
    plot: bool = False,
    **kwargs: Any,
) -> FloatArray | pd.Series:
    r"""Probability that each gene is detected, by a covariate such as its length or abundance.

    Parameters
    ----------
    index_de : array of bool of shape (genes,), or positions or names
        Detected genes, such as differentially expressed ones.
    covariate : array of shape (genes,)
        What detection may depend on; genes where it is missing get the average probability.
    n_prior : float
        Number of genes that the average counts for against the trend.
    plot : bool
        Whether to draw the trend along the ranks of the covariate.
    **kwargs : object
        Of the picture: ``main``, ``xlab``, ``ylab``, ``ax``, and what `Axes.plot` takes.

    Returns
    -------
    array of shape (genes,), or Series
        Probabilities; a Series with the names of `covariate` if it is one.

    Raises
    ------
    InputError
        If detected genes are missing values, or `n_prior` is negative.
    UnknownNameError
        If there is no such gene.

    See Also
    --------
    goana : Uses it where detection depends on a covariate.

    Notes
    -----
    Detection is smoothed along the ranks of the covariate by `tricube_moving_average`, with
    windows of all genes where up to 20 are detected and of half of them from 200, linear between.
    With n detected genes of share :math:`\bar p` and :math:`n_0` for `n_prior`, the result is
    :math:`(n_0 \bar p + n\, \text{smooth}) / (n_0 + n)`.

    References
    ----------
    .. [1] Young MD, Wakefield MJ, Smyth GK, Oshlack A (2010). Genome Biol 11:R14.
           https://doi.org/10.1186/gb-2010-11-2-r14

    Examples
    --------
    >>> import pylimma
    >>> pylimma.goana_trend([True, False, False, True], [900, 100, 200, 700]).round(2)
    array([0.58, 0.42, 0.44, 0.56])
    """
    drawn = drawing(plot, "plot", kwargs, "goana_trend")
    values = vector(covariate, "covariate")
    names = names_of(covariate.index) if isinstance(covariate, pd.Series) else None
    detected = _detected(index_de, values.size, names)
    probability = detection_trend(detected, values, number(n_prior, "n_prior", 0, finite=True))
    if drawn:
        rank = np.argsort(np.argsort(values, kind="stable"), kind="stable") + 1.0
        draw("set_trend", kwargs, covariate_rank=rank, probability=probability, index=detected)
    return (
        pd.Series(probability, covariate.index) if isinstance(covariate, pd.Series) else probability
    )


def _detected(index_de: Any, n_genes: int, names: pd.Index | None) -> BoolArray:
    """Whether each gene is detected, of positions, names or logical values."""
    if isinstance(index_de, pd.Series) and len(index_de) == n_genes:
        index_de = per_gene(index_de, n_genes, names, "index_de")
    given = np.atleast_1d(plain_array(index_de, "index_de"))
    if pd.isna(given).any():
        raise InputError("`index_de` has missing values; each gene is detected or not.")
    if given.dtype.kind == "f":
        given = _whole(given)
    detected = np.zeros(n_genes, dtype=bool)
    detected[positions(given, n_genes, names, "index_de")] = True
    return detected


def _whole(given: FloatArray) -> Any:
    """Whole numbers of floats; others are left to be refused."""
    if not (np.abs(given) < _LARGEST).all() or (given != np.floor(given)).any():
        raise InputError("`index_de` must be positions, names or logical values.")
    return given.astype(np.intp)
