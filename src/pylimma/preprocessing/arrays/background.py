"""Intensities corrected for the background around the spots.

References
----------
.. [1] Ritchie ME et al. (2007). Bioinformatics 23:2700-2707.
   https://doi.org/10.1093/bioinformatics/btm412
.. [2] Edwards D (2003). Bioinformatics 19:825-833.
   https://doi.org/10.1093/bioinformatics/btg083
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from pylimma.adapters.expression import parse_expression
from pylimma.arguments import flag, number, plain_array
from pylimma.containers.components import Components
from pylimma.containers.expression import EListRaw
from pylimma.containers.ownership import Made
from pylimma.containers.two_color import RGList
from pylimma.errors import InputError, InputTypeError, Note, check_choice, warn
from pylimma.numerics.threads import with_threads
from pylimma.preprocessing.arrays.layout import parse_layout
from pylimma.preprocessing.arrays.neighbourhoods import over_neighbouring_spots, over_neighbours
from pylimma.preprocessing.arrays.normexp import (
    NORMEXP_METHODS,
    NormexpMethod,
    normexp_corrected,
)
from pylimma.typing import ExpressionLike, FloatArray

BackgroundMethod: TypeAlias = Literal[
    "auto", "none", "subtract", "half", "minimum", "movingmin", "edwards", "normexp"
]

_METHODS = ("auto", "none", "subtract", "half", "minimum", "movingmin", "edwards", "normexp")
_WITHOUT_BACKGROUND = ("none", "normexp")
_CHANNELS = ("R", "G", "E")
_LEAST = 0.5  # intensity that "half" leaves
_POSITIVE = 1e-18  # difference that is positive for "minimum"
_POSITIVE_EDWARDS = 1e-16
_MORE = 1.1  # differences on the curve of [2], for each that is not positive


def _minimum(foreground: FloatArray, background: FloatArray) -> FloatArray:
    """Differences; half the smallest positive one of the array where they are not positive."""
    signal = foreground - background
    smallest = np.min(signal, axis=0, initial=np.inf, where=signal >= _POSITIVE)
    smallest[np.isinf(smallest)] = np.nan
    return np.where(signal < _POSITIVE, smallest / 2, signal)


def _edwards(foreground: FloatArray, background: FloatArray) -> FloatArray:
    """Differences, and below a threshold δ a smooth curve of the foreground [2]."""
    result = foreground - background
    for signal, front, behind in zip(result.T, foreground.T, background.T, strict=True):
        known = signal[~np.isnan(signal)]
        share = np.mean(known < _POSITIVE_EDWARDS) if known.size else 0.0
        if share * _MORE > 1:
            raise InputError(
                f'method="edwards" needs signals: the foreground exceeds the background in '
                f'{1 - share:.0%} of the spots of an array. Use method="normexp".'
            )
        if share:
            threshold = np.quantile(known, share * _MORE)
            low = signal < threshold
            with np.errstate(divide="ignore", over="ignore"):
                # δ exp(1 − (B + δ)/F) [2]
                signal[low] = threshold * np.exp(1 - (behind[low] + threshold) / front[low])
    return result


_CORRECTIONS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "subtract": np.subtract,
    "half": lambda foreground, background: np.maximum(foreground - background, _LEAST),
    "minimum": _minimum,
    "movingmin": lambda foreground, background: foreground - over_neighbours(background, "min"),
    "edwards": _edwards,
}


def background_correct(
    RG: Any,
    method: BackgroundMethod = "auto",
    offset: float = 0,
    printer: Any = None,
    normexp_method: NormexpMethod = "saddle",
    verbose: bool = True,
    *,
    n_jobs: int | None = None,
) -> Any:
    """Intensities corrected for their background.

    Parameters
    ----------
    RG : RGList, EListRaw, dict, array, DataFrame or AnnData
        Raw intensities, not logarithms. A plain matrix of shape (spots, arrays) has no
        background, which leaves the methods "none" and "normexp".
    method : {"auto", "none", "subtract", "half", "minimum", "movingmin", "edwards", "normexp"}
        How to correct; "auto" subtracts the background, and is "normexp" where there is none.
    offset : float
        Added to the corrected intensities, which moves log-ratios of faint spots towards zero.
    printer : PrintLayout, dict or container, optional
        For "movingmin", where spots lie on the slide. If not given, neighbours are those in the
        table, of other arrays too, as in R.
    normexp_method : {"saddle", "mle", "rma", "rma75"}
        Estimation of the parameters of "normexp", as in `normexp_fit`.
    verbose : bool
        Without effect.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    object
        Of the kind that was given (a container for a dict), without background; NaN where
        foreground or background is missing.

    Raises
    ------
    InputError
        If there is no such method or it needs a background, or arrays have too few intensities.
    InputTypeError
        If the data are no raw intensities.

    See Also
    --------
    background_correct_matrix : For matrices with a background.
    ma_rg : Log-ratios of the corrected intensities.
    neqc : For bead arrays, by their control probes.

    Notes
    -----
    "half" keeps intensities at 0.5 or above, "minimum" sets those that are not positive to half the
    smallest positive one of the array, "movingmin" subtracts the smallest background among the
    neighbours of a spot, "edwards" replaces small differences by a smooth curve [2]_, and "normexp"
    takes the expected signal under a model of normal background and exponential signal [1]_. It
    gives positive intensities; an offset of about 50 makes its log-ratios less variable.

    References
    ----------
    .. [1] Ritchie ME et al. (2007). Bioinformatics 23:2700-2707.
       https://doi.org/10.1093/bioinformatics/btm412
    .. [2] Edwards D (2003). Bioinformatics 19:825-833.
       https://doi.org/10.1093/bioinformatics/btg083

    Examples
    --------
    >>> import pylimma
    >>> raw = pylimma.EListRaw(E=[[90.0, 300.0], [40.0, 85.0]], Eb=[[50.0, 60.0], [45.0, 50.0]])
    >>> pylimma.background_correct(raw, "half").E
    array([[ 40. , 240. ],
           [  0.5,  35. ]])
    """
    check_choice(method, _METHODS, "method")
    if isinstance(RG, Mapping) and not isinstance(RG, Components):
        RG = RGList(RG) if "R" in RG else EListRaw(RG)
    flag(verbose, "verbose")
    if isinstance(RG, RGList | EListRaw):
        if method == "movingmin" and printer is None:
            warn(
                'method="movingmin" takes neighbours from the table of spots × arrays, as in R; '
                "`printer` gives those on the slide.",
                Note,
            )
        with with_threads(n_jobs):
            return _container(RG, method, offset, printer, normexp_method)
    if isinstance(RG, Components):
        raise InputTypeError(
            f"`RG` must hold raw intensities, as RGList and EListRaw do; got {type(RG).__name__}."
        )
    if method not in _WITHOUT_BACKGROUND:
        raise InputError(
            f"method={method!r} needs a background, and a matrix has none. Give an EListRaw or "
            'RGList with one, or method="normexp".'
        )
    return background_correct_matrix(
        RG, None, method, offset, printer, normexp_method, n_jobs=n_jobs
    )


def background_correct_matrix(
    E: ExpressionLike,
    Eb: Any = None,
    method: BackgroundMethod = "auto",
    offset: float = 0,
    printer: Any = None,
    normexp_method: NormexpMethod = "saddle",
    verbose: bool = True,
    *,
    n_jobs: int | None = None,
) -> Any:
    """Matrix of intensities corrected for their background.

    Parameters
    ----------
    E : array, DataFrame or AnnData of shape (spots, arrays)
        Raw intensities, not logarithms; a vector is one array.
    Eb : array or DataFrame of shape (spots, arrays), optional
        Background, matched by name where both have names.
    method : {"auto", "none", "subtract", "half", "minimum", "movingmin", "edwards", "normexp"}
        As in `background_correct`. Without `Eb`, "auto" is "normexp", and methods other than that
        change nothing.
    offset : float
        Added to the corrected intensities.
    printer : PrintLayout, dict or container, optional
        For "movingmin", where spots lie on the slide; otherwise neighbours are those in the matrix.
    normexp_method : {"saddle", "mle", "rma", "rma75"}
        Estimation of the parameters of "normexp", as in `normexp_fit`.
    verbose : bool
        Without effect.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    object
        Of the kind that was given; NaN where foreground or background is missing.

    Raises
    ------
    InputError
        If there is no such method, or arrays have too few intensities for it.
    ShapeError
        If foreground and background have different shapes.
    UnknownNameError
        If they have different names.

    See Also
    --------
    background_correct : For containers.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.background_correct_matrix([[90.0], [40.0]], [[50.0], [45.0]], "minimum", offset=1)
    array([[41.],
           [21.]])
    """
    check_choice(method, _METHODS, "method")
    flag(verbose, "verbose")
    if isinstance(E, Components):
        raise InputTypeError(
            f"`E` must be a matrix; `background_correct` takes a {type(E).__name__}."
        )
    vector = not hasattr(E, "obs") and plain_array(E, "E").ndim == 1
    data = parse_expression(_one_array(E) if vector else E, argument="E")
    values = pd.DataFrame(data.matrix, data.gene_names, data.sample_names)
    raw = EListRaw(E=values, Eb=_one_array(Eb) if vector and Eb is not None else Eb)
    with with_threads(n_jobs):
        result = _container(raw, method, offset, printer, normexp_method)["E"]
    return result[:, 0] if vector else data.like_source(result)


def _one_array(values: Any) -> Any:
    """A vector as a matrix of one array, with the names of its spots."""
    if isinstance(values, pd.Series):
        return values.to_frame(0)
    return plain_array(values, "E").reshape(-1, 1)


def _container(
    data: RGList | EListRaw, method: str, offset: float, printer: Any, normexp_method: str
) -> Any:
    """The same container with every channel corrected and without background."""
    offset = number(offset, "offset", finite=True)
    check_choice(normexp_method, NORMEXP_METHODS, "normexp_method")
    layout = None if printer is None else parse_layout(printer, data.shape[0])
    channels: dict[str, Any] = {}
    for name in filter(data.__contains__, _CHANNELS):
        foreground = parse_expression(data[name], argument=name).matrix
        background = data.get(f"{name}b")
        if method == "normexp" or (method == "auto" and background is None):
            signal = foreground if background is None else foreground - background
            values = normexp_corrected(signal, normexp_method, data.col_names, name)
        elif method == "none" or background is None:
            values = foreground
        elif method == "movingmin" and layout is not None:
            values = foreground - over_neighbouring_spots(background, layout, "min")
        else:
            values = _CORRECTIONS["subtract" if method == "auto" else method](
                foreground, background
            )
        channels |= {name: Made(values + offset), f"{name}b": None}
    return data.replace(**channels)
