"""Intensities without trends along the order in which their spots were printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from pylimma.arguments import check_paired, described, flag, number, vector
from pylimma.containers.two_color import RGList
from pylimma.draw import draw
from pylimma.errors import InputError, InputTypeError, check_choice
from pylimma.numerics.regression.m_estimates import huber_location
from pylimma.numerics.smoothing.local_regression import robust_curve
from pylimma.preprocessing.arrays.print_order import printorder as printing_order
from pylimma.record import Record
from pylimma.typing import FloatArray

PrintTrendMethod: TypeAlias = Literal["loess", "plate"]

_METHODS = ("loess", "plate")
_FITS = 5
_CONSTANT = 0


@dataclass(frozen=True, slots=True, eq=False)
class PrintOrderTrends(Record):
    """Channels without their trends along the order of printing.

    Attributes
    ----------
    R, G : array of shape (spots,)
        Intensities without trend.
    r_trend, g_trend : array of shape (spots,)
        Trends of the log2 intensities, of mean zero.
    """

    R: FloatArray
    G: FloatArray
    r_trend: FloatArray
    g_trend: FloatArray


@dataclass(frozen=True, slots=True)
class PrintTrends:
    """How trends are estimated."""

    method: PrintTrendMethod
    separate: bool
    span: float
    plate_size: float

    @classmethod
    def checked(
        cls, method: Any, separate_channels: Any, span: Any, plate_size: Any
    ) -> PrintTrends:
        """From the arguments of the public functions."""
        check_choice(method, _METHODS, "method")
        return cls(
            method,
            flag(separate_channels, "separate_channels"),
            number(span, "span", 0, inside=True, finite=True),
            number(plate_size, "plate_size", 0, inside=True, finite=True),
        )

    def curves(
        self, red: FloatArray, green: FloatArray, order: FloatArray
    ) -> dict[str, tuple[FloatArray, FloatArray]]:
        """Log-intensities and their curve, for each channel or for their mean."""
        channels = {"both channels": (red + green) / 2}
        if self.separate:
            channels = {"red": red, "green": green}
        return {name: (values, self._curve(values, order)) for name, values in channels.items()}

    def _curve(self, values: FloatArray, order: FloatArray) -> FloatArray:
        """Curve of values along the order."""
        known = ~np.isnan(values)
        trend = np.full(values.shape, np.nan)
        if not known.any():
            return trend
        if self.method == "loess":
            trend[known] = robust_curve(
                order[known],
                values[known],
                order[known],
                span=self.span,
                fits=_FITS,
                degree=_CONSTANT,
            )
        else:
            plates = np.floor((order - 0.5) / self.plate_size)
            for plate in np.unique(plates[known]):
                own = plates == plate
                trend[own] = centre = huber_location(values[own & known])
                if np.isnan(centre):
                    raise InputError(
                        f"More than half of the log-intensities of plate {plate + 1:g} are equal, "
                        f"so that they have no scale; `plate_size` is {self.plate_size:g}."
                    )
        return trend


def corrected(
    red: FloatArray, green: FloatArray, curves: Mapping[str, tuple[FloatArray, FloatArray]]
) -> PrintOrderTrends:
    """Log channels of one array without the trends of their curves, which are of mean zero."""
    trends = [
        curve - curve[~np.isnan(curve)].mean() if not np.isnan(curve).all() else curve
        for _, curve in curves.values()
    ]
    return PrintOrderTrends(
        np.exp2(red - trends[0]), np.exp2(green - trends[-1]), trends[0], trends[-1]
    )


def log_positive(intensities: FloatArray) -> FloatArray:
    """Log2 of intensities; what is not positive is missing."""
    positive = np.where(intensities > 0, intensities, np.nan)
    return np.log2(np.where(np.isinf(positive), np.nan, positive))


def normalize_for_printorder(
    object: RGList | Mapping[str, Any],
    layout: Any = None,
    start: str = "topleft",
    method: PrintTrendMethod = "loess",
    separate_channels: bool = False,
    span: float = 0.1,
    plate_size: float = 32,
) -> RGList:
    """Channels of two-colour arrays without trends along the order of printing.

    Parameters
    ----------
    object : RGList or dict with R and G
        Foreground intensities of shape (spots, arrays), grid by grid.
    layout : PrintLayout or dict, optional
        Rows and columns of grids and spots; the `printer` stored with the data when not given,
        with its duplicates and pins.
    start : {"topleft", "topright"}
        Corner of a grid that was printed first.
    method : {"loess", "plate"}
        A smooth curve along the order, or a level of each plate.
    separate_channels : bool
        Whether each channel has its own trend, rather than the mean of their logarithms.
    span : float
        Share of the spots in each neighbourhood, for "loess".
    plate_size : float
        Number of dips into a plate, for "plate".

    Returns
    -------
    RGList
        With other `R` and `G`, all else as it was; NaN where an intensity is not positive and the
        method draws curves.

    Raises
    ------
    InputTypeError
        If there are no channels R and G.
    InputError
        If there is no layout, an option is out of its range, or a plate has no scale.
    ShapeError
        If the layout has another number of spots.

    See Also
    --------
    normalize_for_printorder_rg : For one array, with the trends.
    printorder : The order.

    Notes
    -----
    The trend of the mean log2 intensity is a robust local mean, or Huber's estimate of location in
    each plate. It is subtracted, less its mean, from both log channels [1]_.

    References
    ----------
    .. [1] Smyth GK (2002). Print-order normalization of cDNA microarrays.
       http://www.statsci.org/smyth/pubs/porder/porder.html

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> layout = pylimma.PrintLayout(ngrid_r=1, ngrid_c=1, nspot_r=8, nspot_c=8)
    >>> rising = np.exp2(8 + np.arange(64.0) / 32)[:, None]
    >>> RG = pylimma.RGList(R=rising, G=rising)
    >>> level = pylimma.normalize_for_printorder(RG, layout).R
    >>> bool(np.ptp(np.log2(level)) < 0.2)
    True
    """
    if not isinstance(object, Mapping) or not {"R", "G"} <= set(object):
        raise InputTypeError(
            f"`object` must be an RGList or have components R and G; got {described(object)}."
        )
    data = object if isinstance(object, RGList) else RGList(object)
    if layout is None and "printer" not in data:
        raise InputError(
            "The order of printing needs the `layout` of the slides, a PrintLayout; none is given "
            "or stored with the data as `printer`."
        )
    places = printing_order(data if layout is None else layout, start=start).printorder
    order = vector(places, "layout", len(data["R"]), "spot")
    trends = PrintTrends.checked(method, separate_channels, span, plate_size)
    red, green = log_positive(data["R"]), log_positive(data["G"])
    arrays = [
        corrected(r, g, trends.curves(r, g, order)) for r, g in zip(red.T, green.T, strict=True)
    ]
    return data.replace(
        R=np.column_stack([array.R for array in arrays]),
        G=np.column_stack([array.G for array in arrays]),
    )


def normalize_for_printorder_rg(
    R: Any,
    G: Any,
    printorder: Any,
    method: PrintTrendMethod = "loess",
    separate_channels: bool = False,
    span: float = 0.1,
    plate_size: float = 32,
    plot: bool = False,
) -> PrintOrderTrends:
    """Channels of one array without trends along the order of printing, and the trends.

    Parameters
    ----------
    R, G : sequence of shape (spots,)
        Intensities of the two channels.
    printorder : sequence of shape (spots,)
        Order in which the spots were printed, from 1.
    method : {"loess", "plate"}
        A smooth curve along the order, or a level of each plate.
    separate_channels : bool
        Whether each channel has its own trend, rather than the mean of their logarithms.
    span : float
        Share of the spots in each neighbourhood, for "loess".
    plate_size : float
        Number of dips into a plate, for "plate".
    plot : bool
        Whether to draw the log-intensities along the order with their trend.

    Returns
    -------
    PrintOrderTrends
        Components `R`, `G`, `r_trend` and `g_trend`; NaN where an intensity is not positive and
        the method draws curves.

    Raises
    ------
    ShapeError
        If channels and order differ in size.
    InputError
        If an option is out of its range, or a plate has no scale.

    See Also
    --------
    normalize_for_printorder : For all arrays.

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> order = np.arange(1, 65)
    >>> R = np.exp2(8 + order / 32)
    >>> pylimma.normalize_for_printorder_rg(R, R, order, span=0.3).r_trend[[0, -1]].round(1)
    array([-0.8,  0.8])
    """
    check_paired(R, G, "R", "G")
    check_paired(R, printorder, "R", "printorder")
    red = vector(R, "R")
    green = vector(G, "G", red.size, "value of `R`")
    order = vector(printorder, "printorder", red.size, "value of `R`", finite=True)
    trends = PrintTrends.checked(method, separate_channels, span, plate_size)
    red, green = log_positive(red), log_positive(green)
    curves = trends.curves(red, green, order)
    if flag(plot, "plot"):
        draw("print_order", order=order, curves=curves)
    return corrected(red, green, curves)
