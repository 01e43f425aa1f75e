"""Two-colour GenePix intensities corrected by the model of Kooperberg et al. [1]_.

References
----------
.. [1] Kooperberg C, Fazzio TG, Delrow JJ, Tsukiyama T (2002). J Comput Biol 9:55-66.
   https://doi.org/10.1089/10665270252833190
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr

from pylimma.arguments import flag
from pylimma.containers.ownership import Made
from pylimma.containers.two_color import PrintLayout, RGList
from pylimma.errors import InputError, InputTypeError, quoted
from pylimma.numerics.blocks import map_blocks
from pylimma.numerics.quadrature import integrals
from pylimma.preprocessing.arrays.layout import SIZES, parse_layout
from pylimma.typing import FloatArray

_WAVELENGTHS = {"R": "635", "G": "532"}
_NEEDED = (
    *("F635 SD", "B635 SD", "F532 SD", "B532 SD", "B532 Mean", "B635 Mean"),
    *("F Pixels", "B Pixels"),
)
_TOLERANCE = 2.0**-13  # the fourth root of the precision, of R's integrals
_REACH = 4.0  # standard deviations over which is integrated
_FAR = 1000.0  # upper limit where the signal is likely to be none
_LARGEST = 65536.0  # of a scanner; results above are missing


def expected_signals(
    foreground: FloatArray, background: FloatArray, sd_f: FloatArray, sd_b: FloatArray
) -> FloatArray:
    """Posterior mean of the signal of each spot, not negative [1]; NaN where undefined."""
    sd = np.hypot(sd_f, sd_b)
    signal = foreground - background
    high = signal + _REACH * sd
    top = integrals(
        _numerator,
        np.maximum(0, signal - _REACH * sd),
        np.where(high < 0, _FAR, high),
        (foreground, background, sd_f, sd_b),
        _TOLERANCE,
    )
    low = np.maximum(0, background - _REACH * sd_b)
    bottom = integrals(
        _denominator,
        low,
        background + _REACH * sd_b,
        (foreground, background, sd_f, sd_b),
        _TOLERANCE,
    )
    return np.asarray(top / (bottom * sd / sd_b))


def _normal(z: Any) -> Any:
    """Standard normal density."""
    return np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def _numerator(u: Any, front: Any, behind: Any, sd_f: Any, sd_b: Any) -> Any:
    """U φ((F − B − u)/s) Φ(((F − u) s_b² + B s_f²)/(s_b s_f s))."""
    sd = np.hypot(sd_f, sd_b)
    weighted = ((front - u) * sd_b**2 + behind * sd_f**2) / (sd_b * sd_f * sd)
    return u * _normal((front - behind - u) / sd) * ndtr(weighted)


def _denominator(v: Any, front: Any, behind: Any, sd_f: Any, sd_b: Any) -> Any:
    """Φ((F − v)/s_f) φ((B − v)/s_b)."""
    return ndtr((front - v) / sd_f) * _normal((behind - v) / sd_b)


def local_deviations(background: FloatArray, layout: PrintLayout) -> FloatArray:
    """Standard deviation of each spot's background and its neighbours' in the grid.

    Neighbours are the up to four beside it, at a corner those of the block of four. Grids are
    filled column by column, as in R.
    """
    grid_r, grid_c, spot_r, spot_c = (int(layout[name]) for name in SIZES)
    grids = background.reshape(grid_r * grid_c, spot_c, spot_r)
    padded = np.pad(grids, ((0, 0), (1, 1), (1, 1)), constant_values=np.nan)
    inside = slice(1, -1)
    cells = [
        padded[:, 1 + i : 1 + i + spot_c, 1 + j : 1 + j + spot_r]
        for i, j in ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
    ]
    diagonal = np.full(grids.shape, np.nan)
    for i in (0, -1):
        for j in (0, -1):
            diagonal[:, i, j] = padded[:, inside, inside][:, _next(i, spot_c), _next(j, spot_r)]
    values = np.array([*cells, diagonal])
    known = ~np.isnan(values)
    number = known.sum(axis=0)
    mean = np.nansum(values, axis=0) / np.maximum(number, 1)
    squares = np.where(known, (values - mean) ** 2, 0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt(squares / (number - 1)).reshape(-1))


def _next(end: int, size: int) -> int:
    """Position beside the first (0) or last (−1) of some; the same where there is one."""
    return end if size == 1 else (1 if end == 0 else -2)


def kooperberg(RG: Any, a: bool = True, layout: Any = None, verbose: bool = True) -> RGList:
    """GenePix intensities of two colours corrected for a background with measured variation.

    Parameters
    ----------
    RG : RGList
        Mean foreground and median background of both channels; `other` holds the columns
        ``F635 SD``, ``B635 SD``, ``F532 SD``, ``B532 SD``, ``B532 Mean``, ``B635 Mean``,
        ``F Pixels`` and ``B Pixels`` of the files.
    a : bool
        Whether standard deviations between pixels are scaled to those between spots.
    layout : PrintLayout or dict, optional
        Rows and columns of grids and spots; the `printer` stored with the data when not given.
    verbose : bool
        Without effect.

    Returns
    -------
    RGList
        Expected signals, which are positive, without background. Spots without foreground or
        without variation of their background keep their foreground; NaN above 65536.

    Raises
    ------
    InputError
        If columns, a channel or the layout are missing.
    InputTypeError
        If the data are of another kind.
    ShapeError
        If the layout has another number of spots.

    See Also
    --------
    background_correct : Methods that need no pixels.

    Notes
    -----
    Foreground and background of a spot are normal with the standard errors of their pixels, and
    all signals not below zero are equally likely beforehand [1]_. Integrals are as rough as in R.

    References
    ----------
    .. [1] Kooperberg C, Fazzio TG, Delrow JJ, Tsukiyama T (2002). J Comput Biol 9:55-66.
       https://doi.org/10.1089/10665270252833190

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> two = np.array([[1.0], [2.0]])
    >>> names = ["F635 SD", "B635 SD", "F532 SD", "B532 SD", "B532 Mean", "B635 Mean"]
    >>> other = dict.fromkeys(names, two * 20) | {"F Pixels": two * 50, "B Pixels": two * 99}
    >>> raw = {"R": two * 90, "G": two * 35, "Rb": two * 30, "Gb": two * 30, "other": other}
    >>> layout = {"ngrid_r": 1, "ngrid_c": 1, "nspot_r": 1, "nspot_c": 2}
    >>> pylimma.kooperberg(pylimma.RGList(raw), a=False, layout=layout).G.round(1).tolist()
    [[5.5], [10.3]]
    """
    flag(verbose, "verbose")
    if not isinstance(RG, RGList):
        raise InputTypeError(f"`RG` must be an RGList; got {type(RG).__name__}.")
    scaled = flag(a, "a")
    other = RG.get("other", {})
    lacking = [name for name in _NEEDED if name not in other]
    lacking += [name for name in ("G", "Rb", "Gb") if name not in RG]
    if lacking:
        raise InputError(
            f"`RG` lacks {quoted(lacking, 20)}. Read the files with these as `other_columns` of "
            f"`read_maimages`."
        )
    spots = parse_layout(RG if layout is None else layout, RG.shape[0])

    def correct(block: slice) -> FloatArray:
        channel, array = divmod(block.start, RG.shape[1])
        return _channel(RG, "RG"[channel], array, spots if scaled else None)

    blocks = [slice(k, k + 1) for k in range(2 * RG.shape[1])]
    red, green = np.split(np.column_stack(map_blocks(correct, blocks)), 2, axis=1)
    return RG.replace(R=Made(red), G=Made(green), Rb=None, Gb=None)


def _channel(data: RGList, name: str, array: int, layout: PrintLayout | None) -> FloatArray:
    """Corrected intensities of a channel of an array; standard deviations scaled by the layout."""
    length = _WAVELENGTHS[name]
    pixels = {key: data.other[key][:, array] for key in _NEEDED}
    with np.errstate(divide="ignore", invalid="ignore"):
        sd_f = pixels[f"F{length} SD"] / np.sqrt(pixels["F Pixels"])
        sd_b = pixels[f"B{length} SD"] / np.sqrt(pixels["B Pixels"])
    if layout is not None:
        local = local_deviations(pixels[f"B{length} Mean"], layout)
        weights = 1 / (sd_b + 1)
        known = np.isfinite(local) & np.isfinite(weights)
        local, weights, c = local[known], weights[known], sd_b[known]
        scale = (weights * c) @ local / ((weights * c) @ c)
        sd_f, sd_b = sd_f * scale, sd_b * scale
    front, behind = data[name][:, array], data[f"{name}b"][:, array]
    result = front.copy()
    used = ~((front <= 0) | (sd_b == 0))
    with np.errstate(all="ignore"):
        result[used] = expected_signals(front[used], behind[used], sd_f[used], sd_b[used])
    result[result > _LARGEST] = np.nan
    return result
