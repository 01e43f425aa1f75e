r"""Density of a sample, smoothed by a Gaussian or Epanechnikov kernel.

The sample is spread over an even grid, each value shared by its two neighbours, and the grid
is convolved with the kernel by a Fourier transform [1]_. The bandwidth is
:math:`0.9 \min(s, IQR / 1.34)\, n^{-1/5}` [2]_.

References
----------
.. [1] Silverman BW (1982). Appl Stat 31:93-99. https://doi.org/10.2307/2347084
.. [2] Silverman BW (1986). Density Estimation. Chapman and Hall, London.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from pylimma.numerics.powers import binary_exponent
from pylimma.record import Record
from pylimma.typing import FloatArray

Kernel: TypeAlias = Literal["gaussian", "epanechnikov"]

_GRID = 512
_SHOWN_BEYOND = 3.0  # bandwidths beyond the data at which the curve ends
_COMPUTED_BEYOND = 7.0  # bandwidths beyond the data at which the kernel has vanished
_NORMAL_IQR = 1.34


@dataclass(frozen=True, slots=True, eq=False)
class Density(Record):
    """A density on an even grid."""

    x: FloatArray  # (points,) the grid, from three bandwidths below the data to three above
    y: FloatArray  # (points,) the density there
    bandwidth: float  # standard deviation of the kernel


def kernel_density(
    values: FloatArray, n_points: int = _GRID, kernel: Kernel = "gaussian"
) -> Density:
    """Estimate the density of a sample."""
    values = values[~np.isnan(values)]
    bandwidth = normal_reference_bandwidth(values)
    low, high = values.min(), values.max()
    start = low - _COMPUTED_BEYOND * bandwidth
    step = (high - low + 2 * _COMPUTED_BEYOND * bandwidth) / (n_points - 1)
    shares = _binned(values, start, step, n_points)
    distance = step * np.minimum(np.arange(2 * n_points), 2 * n_points - np.arange(2 * n_points))
    if kernel == "gaussian":
        weight = np.exp(-0.5 * (distance / bandwidth) ** 2) / (bandwidth * np.sqrt(2 * np.pi))
    else:  # the bandwidth is a standard deviation here, too
        reach = bandwidth * np.sqrt(5)
        weight = np.maximum(0.75 * (1 - (distance / reach) ** 2) / reach, 0.0)
    from scipy.fft import irfft, rfft  # noqa: PLC0415 - slow to load, and rarely needed

    smooth = irfft(rfft(shares, 2 * n_points) * rfft(weight), 2 * n_points)[:n_points]
    beyond = _SHOWN_BEYOND * bandwidth
    x = np.linspace(low - beyond, high + beyond, n_points)
    y = np.interp(x, start + step * np.arange(n_points), np.maximum(smooth, 0.0))
    return Density(x, y, bandwidth)


def normal_reference_bandwidth(values: FloatArray) -> float:
    """Bandwidth that suits a sample near the normal; never zero."""
    exponent = binary_exponent(values)
    scaled = np.ldexp(values, -exponent)
    deviation = float(np.ldexp(scaled.std(ddof=1), exponent)) if values.size > 1 else 0.0
    quartiles = np.quantile(values, [0.25, 0.75])
    spread = min(deviation, float(quartiles[1] - quartiles[0]) / _NORMAL_IQR)
    spread = spread or deviation or abs(float(values[0])) or 1.0
    return 0.9 * spread * values.size**-0.2


def _binned(values: FloatArray, start: float, step: float, n_points: int) -> FloatArray:
    """Share of the sample at each point of the grid."""
    place = (values - start) / step
    below = np.floor(place).astype(np.intp)
    share = place - below
    counts = np.bincount(below, 1 - share, n_points) + np.bincount(below + 1, share, n_points)
    return np.asarray(counts[:n_points] / values.size)
