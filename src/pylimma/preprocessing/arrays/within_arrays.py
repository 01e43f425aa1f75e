"""Log-ratios of two-colour arrays normalised within each array."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from pylimma.adapters.labels import aligned
from pylimma.adapters.weights import parse_weights
from pylimma.arguments import MOST_STEPS, described, number, numbers, plain_array, whole
from pylimma.containers.two_color import MAList, RGList
from pylimma.errors import InputError, InputTypeError, ShapeError, check_choice
from pylimma.numerics.ranks import average_ranks, weighted_median_of
from pylimma.numerics.smoothing.local_regression import robust_curve
from pylimma.numerics.smoothing.loess_fit import fitted_curves
from pylimma.numerics.threads import with_threads
from pylimma.preprocessing.arrays.background import BackgroundMethod
from pylimma.preprocessing.arrays.layout import parse_layout
from pylimma.preprocessing.arrays.robust_spline import RobustMethod, RobustSplines
from pylimma.preprocessing.arrays.two_color import ma_rg
from pylimma.typing import BoolArray, FloatArray

WithinMethod: TypeAlias = Literal[
    "printtiploess", "none", "median", "loess", "composite", "control", "robustspline"
]

STORED = "stored"
_CONSTANT, _LINE = 0, 1
_BY_GRID = ("printtiploess", "composite", "robustspline")
_BY_CONTROLS = ("composite", "control")


@dataclass(frozen=True, slots=True)
class _Arrays:
    """Log-ratios, averages and weights, of shape (arrays, spots), and how to smooth them."""

    m: FloatArray
    a: FloatArray
    weights: FloatArray | None
    n_grids: int
    controls: BoolArray
    span: float
    fits: int

    def median(self) -> FloatArray:
        """Log-ratios less their medians."""
        weights = np.ones_like(self.m) if self.weights is None else self.weights
        known = ~np.isnan(self.m + weights)
        centres = [
            weighted_median_of(m[k], w[k]) for m, w, k in zip(self.m, weights, known, strict=True)
        ]
        return self.m - np.array(centres)[:, None]

    def loess(self) -> FloatArray:
        """Log-ratios less their curve, that of the grid where there are several."""
        by_grid = (-1, self.m.shape[1] // self.n_grids)
        m, a = self.m.reshape(by_grid), self.a.reshape(by_grid)
        weights = None if self.weights is None else self.weights.reshape(by_grid)
        fitted = fitted_curves(m, a, weights, span=self.span, iterations=self.fits)
        return self.m - fitted.reshape(self.m.shape)

    def control(self) -> FloatArray:
        """Log-ratios less the line through control spots."""
        return self.m - self._through_controls(_LINE)

    def composite(self) -> FloatArray:
        """Log-ratios less the curve of control spots at high, and of the grid at low intensity."""
        level = self._through_controls(_CONSTANT)
        own = self.m - self.loess()
        share = np.full(self.m.shape, np.nan)
        for place, a, known in zip(share, self.a, self._known, strict=True):
            place[known] = (average_ranks(a[known]) - 1) / np.count_nonzero(known)
        return self.m - share * level - (1 - share) * own

    @property
    def _known(self) -> BoolArray:
        """Spots with a log-ratio, an average and, where there are weights, one of these."""
        known = np.isfinite(self.m) & np.isfinite(self.a)
        return known if self.weights is None else known & ~np.isnan(self.weights)

    def _through_controls(self, degree: int) -> FloatArray:
        """Robust curve through the control spots of each array, at all known ones."""
        curves = np.full(self.m.shape, np.nan)
        for array, known in enumerate(self._known):
            own = self.controls & known
            if known.any() and not own.any():
                raise InputError(f"No control spot of array {array} has a log-ratio.")
            if known.any():
                curves[array, known] = robust_curve(
                    self.a[array, own],
                    self.m[array, own],
                    self.a[array, known],
                    span=self.span,
                    fits=self.fits,
                    degree=degree,
                    prior=None if self.weights is None else self.weights[array, own],
                )
        return curves


_METHODS: Mapping[str, Callable[[_Arrays], FloatArray]] = {
    "printtiploess": _Arrays.loess,
    "median": _Arrays.median,
    "loess": _Arrays.loess,
    "composite": _Arrays.composite,
    "control": _Arrays.control,
}


def normalize_within_arrays(
    object: MAList | RGList,
    layout: Any = STORED,
    method: WithinMethod = "printtiploess",
    weights: Any = STORED,
    span: float = 0.3,
    iterations: int = 4,
    controlspots: Any = None,
    df: int = 5,
    robust: RobustMethod = "M",
    bc_method: BackgroundMethod = "subtract",
    offset: float = 0,
    *,
    rng: Any = 0,
    n_jobs: int | None = None,
) -> MAList:
    r"""Log-ratios without their trend in intensity on each array.

    Parameters
    ----------
    object : MAList or RGList
        Log-ratios and average log-intensities, or channels, which are corrected for background
        first; spots grid by grid.
    layout : PrintLayout, dict, None or "stored"
        Rows and columns of grids and of spots in each; the `printer` stored with the data, or none.
    method : {"printtiploess", "none", "median", "loess", "composite", "control", "robustspline"}
        How to normalise, see Notes.
    weights : array, DataFrame, None or "stored"
        Weights of the spots, of shape (spots, arrays), (spots,) or (arrays,); those stored with
        the data, or none.
    span : float
        Share of the spots in each neighbourhood of a curve.
    iterations : int
        Number of fits of a curve; every fit after the first is robust.
    controlspots : array of bool of shape (spots,), or of positions, optional
        Spots whose log-ratios should be zero, for "composite" and "control".
    df : int
        Degrees of freedom of "robustspline".
    robust : {"M", "MM"}
        Estimate of "robustspline".
    bc_method : str
        How channels are corrected, as in `background_correct`.
    offset : float
        Added to the corrected channels.
    rng : numpy.random.Generator or int
        Source of the random points from which "MM" starts.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    MAList
        With normalised `M`, all else as it was; NaN where M or A is not finite and the method
        uses A.

    Raises
    ------
    InputTypeError
        If the data are not of two colours.
    InputError
        If there is no such method, or a layout, control spots or averages are needed and missing.
    ShapeError
        If the layout, weights or control spots do not fit the data.

    Warns
    -----
    EstimationWarning
        If a robust spline did not converge.
    InputWarning
        If intensities are not positive, which leaves missing values, or weights are negative.

    See Also
    --------
    normalize_between_arrays : Makes arrays comparable afterwards.
    normalize_robust_spline : The method "robustspline" for one array.
    background_correct : Before this.

    Notes
    -----
    "median" subtracts the (weighted) median of the array. "loess" subtracts a curve of M on A, as
    `loess_fit` draws it, and "printtiploess" one for each grid [1]_. "control" subtracts a robust
    local line through the control spots. "composite" subtracts
    :math:`\alpha g(A) + (1 - \alpha) l(A)`, where *g* is a robust local mean of the control
    spots, *l* the curve of the grid and :math:`\alpha` the share of spots with smaller A [1]_.
    "robustspline" shrinks curves of grids towards a common one, and takes no weights [2]_.

    References
    ----------
    .. [1] Yang YH et al. (2002). Nucleic Acids Res 30:e15. https://doi.org/10.1093/nar/30.4.e15
    .. [2] Smyth GK, Speed T (2003). Methods 31:265-273.
       https://doi.org/10.1016/S1046-2023(03)00155-5

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> A = np.random.default_rng(1).uniform(6, 14, (400, 2))
    >>> MA = pylimma.MAList(M=np.sin(A / 3), A=A)
    >>> bool(abs(pylimma.normalize_within_arrays(MA, method="loess").M).max() < 0.1)
    True
    """
    check_choice(method, (*_METHODS, "none", "robustspline"), "method")
    data = ma_rg(object, bc_method, offset) if isinstance(object, RGList) else object
    if not isinstance(data, MAList):
        raise InputTypeError(
            f"`object` must be of two colours, an MAList or RGList; got {described(object)}. "
            f"`normalize_between_arrays` takes one colour."
        )
    if method == "none" or 0 in data["M"].shape:
        return data.replace()
    if method != "median" and "A" not in data:
        raise InputError(f"method={method!r} needs the average log-intensities `A`.")
    n_grids = _grids(data, layout, method)
    m, a = data["M"].T.copy(), data.get("A", data["M"]).T.copy()
    if method == "robustspline":
        splines = RobustSplines(df, robust, rng)
        values = [splines.residuals(*array, n_grids) for array in zip(m, a, strict=True)]
        splines.warn()
        return data.replace(M=np.transpose(values))
    arrays = _Arrays(
        m,
        a,
        _weights(data, weights),
        n_grids,
        _controls(data, controlspots, method),
        number(span, "span", 0, inside=True, finite=True),
        whole(iterations, "iterations", 1, MOST_STEPS),
    )
    with with_threads(n_jobs):
        return data.replace(M=_METHODS[method](arrays).T)


def _grids(data: MAList, layout: Any, method: WithinMethod) -> int:
    """Number of grids, where the method knows any."""
    if isinstance(layout, str) and layout == STORED:
        layout = data.get("printer")
    if method not in _BY_GRID:
        return 1
    if layout is None and method == "robustspline":
        return 1
    if layout is None:
        raise InputError(
            f"method={method!r} needs the `layout` of the slides, a PrintLayout; none is given or "
            'stored with the data as `printer`. method="loess" does without.'
        )
    slide = parse_layout(layout, len(data["M"]))
    return int(slide.ngrid_r * slide.ngrid_c)


def _weights(data: MAList, weights: Any) -> FloatArray | None:
    """Weights of shape (arrays, spots); those that no weight can be are zero."""
    chosen = data.get("weights") if isinstance(weights, str) and weights == STORED else weights
    parsed = parse_weights(chosen, data["M"].shape, data.row_names, data.col_names)
    if parsed is None:
        return None
    usable = np.where((parsed < 0) | np.isinf(parsed), 0.0, parsed)
    return np.broadcast_to(usable, data["M"].shape).T


def _controls(data: MAList, controlspots: Any, method: WithinMethod) -> BoolArray:
    """Which spots are controls, of a mask or positions."""
    n_spots = len(data["M"])
    chosen = np.zeros(n_spots, dtype=bool)
    if method not in _BY_CONTROLS:
        return chosen
    if controlspots is None:
        raise InputError(f"method={method!r} needs `controlspots`, a mask or positions of spots.")
    given = plain_array(
        aligned(controlspots, data.row_names, "spots", "controlspots"), "controlspots"
    )
    if given.dtype == bool:
        if given.shape != (n_spots,):
            raise ShapeError(f"`controlspots` has {given.size} values; there are {n_spots} spots.")
        return given
    places = numbers(given, "controlspots").ravel()
    if not np.isin(places, np.arange(n_spots)).all():
        raise InputError(f"`controlspots` must be a mask, or positions from 0 to {n_spots - 1}.")
    chosen[places.astype(int)] = True
    return chosen
