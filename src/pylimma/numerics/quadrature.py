"""Integrals of many functions at once by the rule of QUADPACK [1]_, to a stated tolerance.

What is integrated to a rough tolerance depends on the rule: every integral is first tried by the
Gauss-Kronrod pair of 10 and 21 points, and where its error estimate is too large, QUADPACK itself
(qags) takes over.

References
----------
.. [1] Piessens R, de Doncker-Kapenga E, Überhuber CW, Kahaner DK (1983). QUADPACK. Springer,
   Berlin. https://doi.org/10.1007/978-3-642-61786-7
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.integrate import quad

from pylimma.typing import FloatArray

_EPSILON = 2.0**-52
_TINY = 2.0**-1022 / (50 * _EPSILON)
_MOST_INTERVALS = 100
# Nodes from the end to the middle of (−1, 1), every second one of Gauss, and weights [1]
_NODES = np.array(
    [
        *(0.995657163025808080735527280689003, 0.973906528517171720077964012084452),
        *(0.930157491355708226001207180059508, 0.865063366688984510732096688423493),
        *(0.780817726586416897063717578345042, 0.679409568299024406234327365114874),
        *(0.562757134668604683339000099272694, 0.433395394129247190799265943165784),
        *(0.294392862701460198131126603103866, 0.148874338981631210884826001129720, 0.0),
    ]
)
_KRONROD = np.array(
    [
        *(0.011694638867371874278064396062192, 0.032558162307964727478818972459390),
        *(0.054755896574351996031381300244580, 0.075039674810919952767043140916190),
        *(0.093125454583697605535065465083366, 0.109387158802297641899210590325805),
        *(0.123491976262065851077958109585166, 0.134709217311473325928054001771707),
        *(0.142775938577060080797094273138717, 0.147739104901338491374841515972068),
        0.149445554002916905664936468389821,
    ]
)
_GAUSS = np.array(
    [
        *(0.066671344308688137593568809893332, 0.149451349150580593145863396957658),
        *(0.219086362515982043995534934228163, 0.269266719309996355091226921569469),
        0.295524224714752870173815619188769,
    ]
)
_X = np.concatenate([-_NODES, _NODES[-2::-1]])
_W = np.concatenate([_KRONROD, _KRONROD[-2::-1]])
_W_GAUSS = np.zeros(len(_X))
_W_GAUSS[1::2] = np.concatenate([_GAUSS, _GAUSS[::-1]])


def integrals(
    function: Callable[..., FloatArray],
    low: FloatArray,
    high: FloatArray,
    parameters: tuple[FloatArray, ...],
    tolerance: float,
) -> FloatArray:
    """Integral of ``function(u, *parameters)`` for each element of limits and parameters.

    The tolerance is absolute or relative, whichever is larger. NaN where a function is not finite.
    """
    result, error, spread, size = _rule(function, low, high, parameters)
    bound = tolerance * np.maximum(1, np.abs(result))
    done = ((error <= bound) & (error != spread)) | (error <= 100 * _EPSILON * size)
    places = np.flatnonzero(~done & np.isfinite(result))
    if not places.size:
        return result
    # the first bisection, for all that need one
    low, high = low[places], high[places]
    own = tuple(p[places] for p in parameters)
    middle = (low + high) / 2
    left, right = (_rule(function, *ends, own) for ends in ((low, middle), (middle, high)))
    whole, error = left[0] + right[0], left[1] + right[1]
    result[places] = whole
    for k in np.flatnonzero(error > tolerance * np.maximum(1, np.abs(whole))):
        result[places[k]] = quad(
            lambda point, k=k: float(function(point, *(p[k] for p in own))),
            low[k],
            high[k],
            full_output=1,
            epsabs=tolerance,
            epsrel=tolerance,
            limit=_MOST_INTERVALS,
        )[0]
    return result


def _rule(
    function: Callable[..., FloatArray],
    low: FloatArray,
    high: FloatArray,
    parameters: tuple[FloatArray, ...],
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Integrals by 21 points, their errors, and those of the distance from the mean and the size.

    An error estimate as large as the spread about the mean knows nothing.
    """
    half, middle = (high - low) / 2, (low + high) / 2
    values = function(middle[:, None] + half[:, None] * _X, *(p[:, None] for p in parameters))
    mean = values @ _W / 2
    result, half = 2 * half * mean, np.abs(half)
    size = half * (np.abs(values) @ _W)
    spread = half * (np.abs(values - mean[:, None]) @ _W)
    error = half * np.abs(values @ (_W - _W_GAUSS))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scaled = spread * np.minimum(1, (200 * error / spread) ** 1.5)
    error = np.where((spread > 0) & (error > 0), scaled, error)
    rounding = 50 * _EPSILON * size
    return result, np.where(size > _TINY, np.maximum(rounding, error), error), spread, size
