"""Normexp: intensities as normal background plus exponential signal, fitted and corrected."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from pylimma.arguments import flag, numbers, vector, whole
from pylimma.errors import EstimationWarning, InputError, check_choice, quoted, warn
from pylimma.numerics.blocks import map_blocks
from pylimma.numerics.normexp import NormexpFit, expected_signal, fit_normexp
from pylimma.typing import AnyArray, FloatArray

NormexpMethod: TypeAlias = Literal["saddle", "mle", "rma", "rma75", "nlminb", "nlminblog", "mcgee"]

_METHODS = {
    **{name: name for name in ("saddle", "mle", "rma", "rma75")},
    "nlminb": "mle",
    "nlminblog": "mle",
    "mcgee": "rma75",  # names of older releases
}
NORMEXP_METHODS = tuple(_METHODS)
_FEWEST_VALUES = 4
_LARGEST = 1e150  # intensity, and inverse of a range, whose square is a number


def normexp_corrected(
    values: FloatArray, method: str, names: pd.Index | None, argument: str
) -> FloatArray:
    """Expected signals of intensities of shape (spots, arrays), fitted array by array."""
    columns = [column[np.isfinite(column)] for column in values.T]
    for place, known in enumerate(columns):
        if len(known) < _FEWEST_VALUES or known.min() == known.max():
            which = place if names is None else f"'{names[place]}'"
            raise InputError(
                f"Array {which} of `{argument}` has {len(np.unique(known))} different values; "
                f"normexp needs at least {_FEWEST_VALUES} intensities that are not all the same. "
                f'Remove the array, or use method="none".'
            )

    for known in columns:
        _check_size(known, argument)

    def fitted(block: slice) -> FloatArray:
        return fit_normexp(columns[block.start], _METHODS[method]).par

    blocks = [slice(place, place + 1) for place in range(len(columns))]
    fits = map_blocks(fitted, blocks)
    failed = [place for place, par in enumerate(fits) if not np.isfinite(par).all()]
    if failed:
        which = quoted(failed if names is None else names[failed])
        warn(
            f"normexp_method={method!r} finds no spread of the background in arrays {which} of "
            f'`{argument}`; their signals are missing. Use "saddle".',
            EstimationWarning,
        )
    result = np.empty(values.shape)
    for place, par in enumerate(fits):
        result[:, place] = expected_signal(par, values[:, place])
    return result


def normexp_fit(
    x: Any, method: NormexpMethod = "saddle", n_pts: int | None = None, trace: bool = False
) -> NormexpFit:
    """Parameters of normal background plus exponential signal, from intensities of one array.

    Parameters
    ----------
    x : array of shape (spots,)
        Intensities, less the background if there is one; NaN is missing.
    method : {"saddle", "mle", "rma", "rma75"}
        Saddlepoint approximation of the likelihood, exact likelihood, modes of the density, or a
        mode and the upper quartile. The older names "nlminb" and "nlminblog" mean "mle", and
        "mcgee" means "rma75".
    n_pts : int, optional
        Number of quantiles, from 4, that stand for the intensities in a likelihood.
    trace : bool
        Without effect.

    Returns
    -------
    NormexpFit
        `par`, the mean and log standard deviation of the background and the log mean of the signal,
        `m2loglik`, `convergence` and `fncount`. If all intensities are the same, both standard
        deviation and signal are zero.

    Raises
    ------
    InputError
        If there is no such method, or fewer than four intensities.

    See Also
    --------
    normexp_signal : Corrected intensities from the parameters.
    background_correct : Both for all arrays.

    Notes
    -----
    The search along the saddlepoint likelihood [1]_ stops early, as in R, where a better optimum is
    about a thousandth away; "mle" [2]_ starts there and converges. "rma" and "rma75" [3]_ are fast
    and less accurate.

    References
    ----------
    .. [1] Ritchie ME et al. (2007). Bioinformatics 23:2700-2707.
       https://doi.org/10.1093/bioinformatics/btm412
    .. [2] Silver JD, Ritchie ME, Smyth GK (2009). Biostatistics 10:352-363.
       https://doi.org/10.1093/biostatistics/kxn042
    .. [3] McGee M, Chen Z (2006). Stat Appl Genet Mol Biol 5:24.
       https://doi.org/10.2202/1544-6115.1237

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(100, 10, 5000) + rng.exponential(500, 5000)
    >>> pylimma.normexp_fit(x, "mle").par.round(1)
    array([98.9,  2.1,  6.2])
    """
    check_choice(method, NORMEXP_METHODS, "method")
    flag(trace, "trace")
    n_points = 0 if n_pts is None else whole(n_pts, "n_pts", 0)
    values = vector(x, "x")
    known = values[np.isfinite(values)]
    if len(known) < _FEWEST_VALUES:
        raise InputError(
            f"`x` has {len(known)} finite intensities; at least {_FEWEST_VALUES} are needed."
        )
    _check_size(known, "x")
    return fit_normexp(known, _METHODS[method], n_points)


def _check_size(known: FloatArray, argument: str) -> None:
    """Raise where squares of intensities, or of their range, are no numbers."""
    size, spread = float(np.abs(known).max()), float(np.ptp(known))
    if size > _LARGEST or 0 < spread < 1 / _LARGEST:
        raise InputError(
            f"`{argument}` has intensities of size {size:.1g} over a range of {spread:.1g}, whose "
            "squares are no numbers; give them in another unit."
        )


def normexp_signal(par: Any, x: Any) -> Any:
    """Expected signals of intensities, given the parameters of background and signal.

    Parameters
    ----------
    par : array of shape (3,)
        Mean and log standard deviation of the background, log mean of the signal, as from
        `normexp_fit`.
    x : array, Series or DataFrame of any shape
        Intensities, less the background if there is one; NaN is missing and stays so.

    Returns
    -------
    array, Series or DataFrame
        Positive signals on the scale of the intensities, of the kind that was given.

    Raises
    ------
    InputError
        If a parameter is missing, or background or signal have no variation.

    See Also
    --------
    normexp_fit : Parameters.

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> par = [100, np.log(10), np.log(500)]
    >>> pylimma.normexp_signal(par, [80, 100, 120, 500]).round(1)
    array([  3.7,   7.9,  20.4, 399.8])
    """
    parameters = vector(par, "par", 3, finite=True)
    values = numbers(x, "x")
    result: AnyArray = expected_signal(parameters, np.atleast_1d(values)).reshape(values.shape)
    if isinstance(x, pd.DataFrame):
        return pd.DataFrame(result, x.index, x.columns)
    return pd.Series(result, x.index, name=x.name) if isinstance(x, pd.Series) else result
