r"""Two scans of arrays merged: bright spots from the weaker scan, all others from the stronger.

On square roots, the strong scan *y* is a line of the weak scan *x* up to where the scanner
saturates, at *c*, and another line beyond [1]_:

.. math:: y = \alpha + \beta x + \delta\, s(x), \quad
    s(x) = 0,\ (x - c + \gamma)^2 / 4\gamma \text{ or } x - c,

below, within and above :math:`c \pm \gamma`, where :math:`\gamma` is a 200th of the range of *x*.
Given *c* this is linear, so that least squares are a search for *c* alone.

References
----------
.. [1] Bacon DW, Watts DG (1971). Biometrika 58:525-534. https://doi.org/10.1093/biomet/58.3.525
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr

from pylimma.adapters.labels import aligned_matrix
from pylimma.arguments import described, number, numbers
from pylimma.containers.names import matching_order
from pylimma.containers.two_color import RGList
from pylimma.errors import InputError, InputTypeError, ShapeError
from pylimma.numerics.optimization import bounded_minimum
from pylimma.typing import BoolArray, FloatArray

_JOIN = 200  # of the range of x is half the width of the quadratic join
_BREAKS = 200  # tried, for the hill of the start
_NOT_SATURATED = 0.95  # share of the spots, from the weakest on, whose line gives the start
_PRECISION = 1e-12  # of the break, relative to the range of x
_FLATTER = 0.5  # of the slope is lost, at least, where a scanner saturates
_FEWEST_PAIRS = 8  # of values in both scans
_CHANNELS = ("G", "R")


class TwoLines(NamedTuple):
    """Two lines joined at a break."""

    intercept: float
    slope: float  # of the first line
    change: float  # of the slope at the break
    at: float  # the break
    width: float  # half that of the join

    def height(self, x: FloatArray) -> FloatArray:
        """Heights of the lines."""
        bend = _bend(x, self.at, self.width)
        return self.intercept + self.slope * x + self.change * bend

    def is_beyond(self, x: FloatArray, y: FloatArray) -> BoolArray:
        """Which points lie beyond the perpendicular to the first line through the break.

        None do where the second line is not much flatter.
        """
        a, b, c = self.intercept, self.slope, self.at
        if self.change > -_FLATTER * b:
            return np.zeros(x.size, dtype=bool)
        return np.asarray(y >= -(x - a * b - c * (b**2 + 1)) / b)


class Merged(NamedTuple):
    """One channel of one array, NaN where it is missing in either scan."""

    values: FloatArray
    outlier: FloatArray
    saturated: FloatArray


def _bend(x: FloatArray, at: float, width: float) -> FloatArray:
    join = np.clip(x - at + width, 0.0, 2 * width) ** 2 / (4 * width)
    return join + np.maximum(x - at - width, 0.0)


def fit_two_lines(x: FloatArray, y: FloatArray) -> TwoLines:
    """Least squares over intercept, both slopes and the break."""
    low, high = float(x.min()), float(x.max())
    width = (high - low) / _JOIN
    basis = np.linalg.qr(np.column_stack([np.ones(x.size), x]))[0]
    rest = y - basis @ (basis.T @ y)

    def gain(at: float) -> float:
        """Part of the residual sum of squares of a line that a bend at `at` explains."""
        bend = _bend(x, at, width)
        bend -= basis @ (basis.T @ bend)
        square = float(bend @ bend)
        return float(rest @ bend) ** 2 / square if square > 0 else 0.0

    # a scanner that saturates is flat from where the line of all other spots ends
    lower = x <= np.quantile(x, _NOT_SATURATED)
    intercept, slope = np.linalg.lstsq(np.column_stack([np.ones(x.size), x])[lower], y[lower])[
        0
    ].tolist()
    start = (float(y[np.argmax(x)]) - intercept) / slope
    tried = np.linspace(low, high, _BREAKS + 2)
    best = int(np.clip(np.searchsorted(tried, start), 1, _BREAKS))
    best = _climb([gain(at) for at in tried], best)
    at = bounded_minimum(
        lambda at: -gain(at), tried[best - 1], tried[best + 1], _PRECISION * (high - low)
    )
    design = np.column_stack([np.ones(x.size), x, _bend(x, at, width)])
    intercept, slope, change = np.linalg.lstsq(design, y)[0].tolist()
    return TwoLines(intercept, slope, change, at, width)


def _climb(heights: list[float], start: int) -> int:
    """Top of the hill on which a place lies, inside the ends; from a plain to the left."""
    here = start
    while here > 1 and heights[here - 1] >= heights[here]:
        here -= 1
    while here < len(heights) - 2 and heights[here + 1] > heights[here]:
        here += 1
    return here


def outliers(x: FloatArray, residuals: FloatArray, limit: float) -> BoolArray:
    """Points whose externally studentised residuals are large, by Holm's procedure.

    The smallest p-value is always one of them.
    """
    n = x.size
    leverage = 1 / n + (x - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    scaled = residuals**2 / (1 - leverage)
    others = (residuals**2).sum() - scaled  # without the point itself
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.nan_to_num(np.sqrt(scaled * (n - 3) / others), posinf=np.inf)
    order = np.argsort(-t, kind="stable")
    p = np.maximum.accumulate(2 * stdtr(n - 3, -t[order]) * np.arange(n, 0, -1))
    few = np.flatnonzero(p[1:] > limit)
    result = np.zeros(n, dtype=bool)
    result[order[: 1 + few[0] if few.size else n]] = True
    return result


def merge_channel(
    low: FloatArray, high: FloatArray, above_noise: BoolArray, outlierp: float
) -> Merged:
    """One channel of one array in two scans merged."""
    with np.errstate(invalid="ignore"):
        x, y = np.sqrt(low), np.sqrt(high)
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    lines = fit_two_lines(x, y)
    residuals = y - lines.height(x)
    variance = float(residuals @ residuals) / (x.size - 4)
    saturated, flagged = lines.is_beyond(x, y), np.zeros(x.size, dtype=bool)
    if outlierp > 0 and np.count_nonzero(~saturated) > 3:
        flagged[~saturated] = outliers(x[~saturated], residuals[~saturated], outlierp)
    values = np.where(saturated, (lines.intercept + lines.slope * x) ** 2 + variance, high[both])
    values[flagged & above_noise[both]] = np.nan
    result = Merged(*(np.full(low.size, np.nan) for _ in range(3)))
    for whole, part in zip(result, (values, flagged, saturated), strict=True):
        whole[both] = part
    return result


def merge_scans_rg(
    rg_low: RGList,
    rg_high: RGList,
    above_noise_low_g: Any = None,
    above_noise_low_r: Any = None,
    outlierp: float = 0.01,
) -> RGList:
    """Intensities of two scans of the same arrays, of which the stronger one saturates.

    Parameters
    ----------
    rg_low, rg_high : RGList
        Intensities of the scans at low and high voltage, corrected for background; arrays in the
        same order, spots matched by name where both have names.
    above_noise_low_g, above_noise_low_r : array of bool of shape (spots, arrays), optional
        Spots of the green and red channel that are above noise in the weaker scan; all when not
        given. Only these can become missing as outliers.
    outlierp : float
        Familywise error rate of outliers; none are looked for if it is 0.

    Returns
    -------
    RGList
        The stronger scan, with saturated spots replaced by what the line through the other spots
        predicts from the weaker scan, and outliers missing. `other` has 1 for such spots in
        "Goutlier", "Routlier", "Gsaturated" and "Rsaturated", and NaN for spots that are missing
        in either scan.

    Raises
    ------
    InputError
        If too few spots have values in both scans, or these do not rise together.
    InputTypeError
        If the scans are of another kind.
    ShapeError
        If the scans have different numbers of spots or arrays.

    See Also
    --------
    background_correct : Comes first.

    Notes
    -----
    On square roots, two lines that meet at a break are fitted to the spots of each array and
    channel [1]_. Saturated are those beyond the perpendicular to the first line through the break,
    and none where the second line is not flatter than half the first.
    Outliers have large externally studentised residuals, by Holm's procedure; the largest is always
    one of them.

    References
    ----------
    .. [1] Bacon DW, Watts DG (1971). Biometrika 58:525-534. https://doi.org/10.1093/biomet/58.3.525

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> low = np.linspace(100, 40_000, 50)[:, None]
    >>> high = np.minimum(2.5 * low, 65_535)
    >>> scans = [pylimma.RGList(R=x, G=x) for x in (low, high)]
    >>> pylimma.merge_scans_rg(*scans, outlierp=0)["R"].max().round(-2)
    np.float64(100000.0)
    """
    low, high = _scans(rg_low, rg_high)
    outlierp = number(outlierp, "outlierp", 0, 1)
    noise = {"G": above_noise_low_g, "R": above_noise_low_r}
    values, other = {}, dict(high.get("other", {}))
    for channel in _CHANNELS:
        above = _above_noise(noise[channel], high, f"above_noise_low_{channel.lower()}")
        arrays = []
        for k in range(high.shape[1]):
            pair = low[channel][:, k], high[channel][:, k]
            _check_pairs(*pair, f"`{channel}` of array {k}")
            arrays.append(merge_channel(*pair, above[:, k], outlierp))
        values[channel] = np.column_stack([array.values for array in arrays])
        for name in ("outlier", "saturated"):
            other[f"{channel}{name}"] = np.column_stack([getattr(a, name) for a in arrays])
    return high.replace(**values, other=other)


def _scans(low: Any, high: Any) -> tuple[RGList, RGList]:
    """Both scans, the spots of the weaker one in the order of the other."""
    for scan, argument in ((low, "rg_low"), (high, "rg_high")):
        if not isinstance(scan, RGList) or not {"R", "G"} <= set(scan):
            raise InputTypeError(
                f"`{argument}` must be an RGList with `R` and `G`; got {described(scan)}."
            )
    if low.shape != high.shape:
        raise ShapeError(
            f"`rg_low` has {low.shape[0]} spots × {low.shape[1]} arrays; `rg_high` has "
            f"{high.shape[0]} × {high.shape[1]}."
        )
    if low.row_names is None or high.row_names is None:
        return low, high
    order = matching_order(low.row_names, high.row_names, low.shape[0], "genes", "rg_low")
    return (low if order is None else low.subset(order)), high


def _above_noise(value: Any, data: RGList, argument: str) -> BoolArray:
    """Which spots are above noise, of shape (spots, arrays)."""
    if value is None:
        return np.ones(data.shape, dtype=bool)
    if isinstance(value, pd.DataFrame):
        value = aligned_matrix(value, data.row_names, data.col_names, argument)
    array = numbers(value, argument)
    if array.shape != data.shape:
        raise ShapeError(
            f"`{argument}` has shape {array.shape}; {data.shape} is expected, (spots, arrays)."
        )
    return array == 1


def _check_pairs(low: FloatArray, high: FloatArray, what: str) -> None:
    """Raise unless the values of both scans rise together."""
    both = (low >= 0) & (high >= 0)
    if np.unique(low[both]).size < _FEWEST_PAIRS:
        raise InputError(
            f"{what} has {np.unique(low[both]).size} different values among spots of both scans; "
            f"at least {_FEWEST_PAIRS} are needed. Are missing and negative ones too many?"
        )
    if np.cov(low[both], high[both])[0, 1] <= 0:
        raise InputError(f"{what} does not rise with the weaker scan; are the arrays the same?")
