"""Two-colour arrays: from channels to log-ratios, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from pylimma.arguments import described
from pylimma.containers.components import Components
from pylimma.containers.ownership import Made
from pylimma.containers.two_color import MAList, RGList
from pylimma.errors import InputError, InputTypeError, InputWarning, warn
from pylimma.preprocessing.arrays.background import BackgroundMethod, background_correct
from pylimma.typing import FloatArray


def like_names(result: Any, data: Components) -> Any:
    """The result with the names of the data it was made of."""
    axes = ("genes", "samples", "design_columns")
    return result.set_names(**{axis: data.names(axis) for axis in axes})


def log_ratios(data: RGList) -> MAList:
    """Log-ratios and average log-intensities of corrected channels."""
    red, green = (log_intensities(data[name], f"intensities of `{name}`") for name in ("R", "G"))
    return from_log_channels(data, red, green)


def from_log_channels(data: RGList, red: FloatArray, green: FloatArray) -> MAList:
    """Log-ratios and averages of log channels, with all that belongs to the data."""
    kept = {name: data[name] for name in data if name not in ("R", "G", "Rb", "Gb", "other")}
    return like_names(MAList(kept, M=Made(red - green), A=Made((red + green) / 2)), data)


def log_intensities(values: FloatArray, what: str) -> FloatArray:
    """Log2 of intensities; what is not positive is missing."""
    wrong = values <= 0
    if wrong.any():
        warn(f"{wrong.sum()} {what} are not positive; their logarithms are missing.", InputWarning)
        values = np.where(wrong, np.nan, values)
    return np.asarray(np.log2(values))


def ma_rg(object: Any, bc_method: BackgroundMethod = "subtract", offset: float = 0) -> MAList:
    """Log-ratios and average log-intensities of the red and green channel.

    Parameters
    ----------
    object : RGList or dict
        Raw intensities `R` and `G`, with background `Rb` and `Gb` if there is one.
    bc_method : {"auto", "none", "subtract", "half", "minimum", "movingmin", "edwards", "normexp"}
        Correction for the background, as in `background_correct`.
    offset : float
        Added to the corrected intensities.

    Returns
    -------
    MAList
        ``M = log2(R / G)`` and ``A = log2(R * G) / 2`` with weights, annotation, samples and
        layout; NaN where an intensity is missing or not positive.

    Raises
    ------
    InputError
        If a channel is missing, or there is no such method.
    InputTypeError
        If the data are of another kind.

    Warns
    -----
    InputWarning
        If corrected intensities are not positive.

    See Also
    --------
    rg_ma : The way back.
    background_correct : Correction alone.

    Examples
    --------
    >>> import pylimma
    >>> raw = pylimma.RGList(R=[[80.0], [40.0]], G=[[20.0], [50.0]], Rb=[[16.0], [8.0]])
    >>> pylimma.ma_rg(raw.replace(Gb=[[4.0], [18.0]])).M
    array([[2.],
           [0.]])
    """
    if not isinstance(object, Components):
        object = RGList(object)
    if isinstance(object, RGList) and "G" in object:
        return log_ratios(background_correct(object, bc_method, offset))
    raise InputError(
        f"`object` must be an RGList with channels `R` and `G`; got {type(object).__name__} with "
        f"{', '.join(object)}."
    )


def rg_ma(object: Any) -> RGList:
    """Red and green intensities of log-ratios and average log-intensities.

    Parameters
    ----------
    object : MAList or dict
        Log-ratios `M` and average log-intensities `A`.

    Returns
    -------
    RGList
        Intensities ``R = 2 ** (A + M / 2)`` and ``G = 2 ** (A - M / 2)``, not logarithms, with
        everything else that the object holds.

    Raises
    ------
    InputError
        If there are no average log-intensities.
    InputTypeError
        If the data are of another kind.

    See Also
    --------
    ma_rg : The way back.
    exprs_ma : Logarithms of both channels side by side.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.rg_ma(pylimma.MAList(M=[[1.0, 0.0]], A=[[5.5, 7.0]])).R
    array([[ 64., 128.]])
    """
    data = _ratios(object)
    kept = {name: data[name] for name in data if name not in ("M", "A")}
    red, green = (np.exp2(data["A"] + sign * data["M"] / 2) for sign in (1, -1))
    return like_names(RGList(kept, R=Made(red), G=Made(green)), data)


def exprs_ma(MA: Any) -> FloatArray:
    """Log2 intensities of both channels, array by array.

    Parameters
    ----------
    MA : MAList or dict
        Log-ratios `M` and average log-intensities `A` of n arrays.

    Returns
    -------
    array of shape (genes, 2 n)
        Green and red of the first array, green and red of the second, and so on.

    Raises
    ------
    InputError
        If there are no average log-intensities.
    InputTypeError
        If the data are of another kind.

    See Also
    --------
    lmsc_fit : Models of single channels.
    targets_a2c : The table of samples in this order.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.exprs_ma(pylimma.MAList(M=[[1.0, 0.0]], A=[[5.5, 7.0]]))
    array([[5., 6., 7., 7.]])
    """
    data = _ratios(MA)
    channels = np.stack([data["A"] - data["M"] / 2, data["A"] + data["M"] / 2], axis=-1)
    return channels.reshape(len(channels), -1)


def _ratios(data: Any) -> MAList:
    """Log-ratios with their average log-intensities."""
    if not isinstance(data, Components):
        data = MAList(data)
    if not isinstance(data, MAList):
        raise InputTypeError(f"An MAList is needed; got {described(data)}.")
    if "A" not in data:
        raise InputError("The MAList has no average log-intensities `A`.")
    return data
