r"""M- and MM-estimates of one regression, with the covariance of the coefficients.

Huber's M-estimate [1]_ re-estimates the scale at every step, from least squares on. The MM-estimate
[2]_ keeps the scale *s* of an S-estimate, the least for which
:math:`\sum_i \chi(r_i/s) = (n - p)/2` with Tukey's biweight :math:`\chi`, and starts from its
coefficients. The S-estimate is searched for among fits through random points [3]_.

References
----------
.. [1] Huber PJ (1981). Robust Statistics. Wiley. https://doi.org/10.1002/0471725250
.. [2] Yohai VJ (1987). Ann Stat 15:642-656. https://doi.org/10.1214/aos/1176350366
.. [3] Salibian-Barrera M, Yohai VJ (2006). J Comput Graph Stat 15:414-427.
   https://doi.org/10.1198/106186006X113629
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pylimma.numerics.regression.linalg import triangular_inverse
from pylimma.numerics.regression.robust_regression import MAD_NORMAL, HuberOptions
from pylimma.typing import FloatArray

_HUBER = HuberOptions()
_EFFICIENT = 4.685  # biweight constant of 95% efficiency
_RESISTANT = 1.548  # biweight constant of 50% breakdown
_LOCATION_K = 1.5  # deviations of a centre beyond this many scales are clipped
_LOCATION_TOLERANCE = 1e-6  # change of a centre, in scales
_NORMAL_MAD = 1.4826  # standard deviation over median absolute deviation, as customarily rounded
_STARTS = 200  # random fits, each improved twice
_KEPT = 5  # the best of them are improved until they converge
_MOST_STEPS = 200
_CONVERGED = 1e-10  # relative change of the scale of an S-estimate


class RobustFit(NamedTuple):
    """A robust fit of one response."""

    coefficients: FloatArray  # (coefs,)
    covariance: FloatArray  # (coefs, coefs)
    residuals: FloatArray  # (points,)
    converged: bool


def m_estimate(x: FloatArray, y: FloatArray) -> RobustFit:
    """Huber's M-estimate of a regression of full rank."""

    def weights(residuals: FloatArray, of_scale: FloatArray) -> FloatArray:
        size, most = np.abs(residuals), _HUBER.k * _median_scale(of_scale)
        return np.divide(most, size, out=np.ones_like(size), where=size > most)

    basis, triangle = np.linalg.qr(x)
    start = y - basis @ (basis.T @ y)
    before, residuals, converged = _iterate(basis, y, start, lambda r: weights(r, r))
    final = weights(residuals, before)  # by the scale of the last step
    slopes = (final == 1).astype(float)
    return _assembled(basis, triangle, y, residuals, final, slopes, converged)


def huber_location(y: FloatArray) -> float:
    """Huber's M-estimate of a centre, by the median absolute deviation; NaN where this is zero."""
    centre = float(np.median(y))
    s = float(np.median(np.abs(y - centre))) * _NORMAL_MAD
    if s == 0:
        return np.nan
    limit = _LOCATION_K * s
    while True:
        before, centre = centre, float(np.clip(y, centre - limit, centre + limit).mean())
        if abs(centre - before) < _LOCATION_TOLERANCE * s:
            return before  # as R does, whose estimates end here


def mm_estimate(x: FloatArray, y: FloatArray, rng: np.random.Generator) -> RobustFit:
    """MM-estimate of a regression of full rank."""
    basis, triangle = np.linalg.qr(x)
    start, s = _s_estimate(basis, y, rng)

    def weights(residuals: FloatArray) -> FloatArray:
        return _biweights(residuals, _EFFICIENT * s)

    _, residuals, converged = _iterate(basis, y, start, weights)
    final = weights(residuals)
    root = np.sqrt(final)
    slopes = root * (5 * root - 4)  # (1 - u²)(1 - 5u²) where the root of the weight is 1 - u²
    return _assembled(basis, triangle, y, residuals, final, slopes, converged)


def _iterate(
    basis: FloatArray,
    y: FloatArray,
    residuals: FloatArray,
    weights: Callable[[FloatArray], FloatArray],
) -> tuple[FloatArray, FloatArray, bool]:
    """Residuals before and after the last reweighted step, and whether these are close."""
    before = residuals
    for _ in range(_HUBER.maxit):
        before, residuals = residuals, _reweighted(basis, y, weights(residuals))
        if np.linalg.norm(before - residuals) <= _HUBER.acc * np.linalg.norm(before):
            return before, residuals, True
    return before, residuals, False


def _assembled(
    basis: FloatArray,
    triangle: FloatArray,
    y: FloatArray,
    residuals: FloatArray,
    weights: FloatArray,
    slopes: FloatArray,
    converged: bool,
) -> RobustFit:
    """Coefficients, and their covariance from the weights w and the slopes of psi."""
    # (κ/m)² Σ(wr)²/(n - p) (X'WX)⁻¹, W the weights over their mean, m the mean slope and
    # κ = 1 + p var(ψ')/(n m²)                                                   [1] ch. 7.6
    n, p = basis.shape
    inverse = triangular_inverse(triangle)
    coefficients = inverse @ (basis.T @ (y - residuals))
    slope = slopes.mean()
    if n <= p or slope <= 0:
        return RobustFit(coefficients, np.zeros((p, p)), residuals, converged)
    kappa = 1 + p * slopes.var(ddof=1) / (n * slope**2)
    variance = np.sum((weights * residuals) ** 2) / (n - p)
    root = np.sqrt(weights / weights.mean())
    triangle = np.asarray(np.linalg.qr(root[:, None] * basis, mode="r"))
    spread = inverse @ triangular_inverse(triangle)
    covariance = (kappa / slope) ** 2 * variance * (spread @ spread.T)
    return RobustFit(coefficients, covariance, residuals, converged)


def _median_scale(residuals: FloatArray) -> float:
    return float(np.median(np.abs(residuals))) / MAD_NORMAL


def _biweights(residuals: FloatArray, limit: float) -> FloatArray:
    """Tukey's weights; in the limit of no scale, one where the fit is exact and zero elsewhere."""
    if limit == 0:
        return (residuals == 0).astype(float)
    return np.maximum(1 - (residuals / limit) ** 2, 0) ** 2


def _reweighted(basis: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    """Residuals of a weighted least squares fit."""
    root = np.sqrt(weights)
    fitted = np.linalg.lstsq(root[:, None] * basis, root * y, rcond=None)[0]
    return np.asarray(y - basis @ fitted)


def _s_estimate(
    basis: FloatArray, y: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, float]:
    """Residuals and scale of the S-estimate."""
    n, p = basis.shape
    starts = []
    for _ in range(_STARTS):
        some = rng.choice(n, p, replace=False)
        through = np.linalg.lstsq(basis[some], y[some], rcond=None)[0]
        residuals = y - basis @ through
        starts.append(_improved(basis, y, residuals, _median_scale(residuals), 2))
    best = sorted(starts, key=_scale_of)[:_KEPT]
    ends = [_improved(basis, y, residuals, s, _MOST_STEPS) for residuals, s in best]
    return min(ends, key=_scale_of)


def _scale_of(fit: tuple[FloatArray, float]) -> float:
    return fit[1]


def _improved(
    basis: FloatArray, y: FloatArray, residuals: FloatArray, s: float, steps: int
) -> tuple[FloatArray, float]:
    """Residuals and scale after some steps of both."""
    n, p = basis.shape
    for _ in range(steps):
        if s == 0:
            break
        u = np.minimum((residuals / (_RESISTANT * s)) ** 2, 1)
        before, s = s, s * float(np.sqrt(2 * np.sum(u * (3 - 3 * u + u**2)) / (n - p)))
        residuals = _reweighted(basis, y, _biweights(residuals, _RESISTANT * s))
        if abs(s - before) <= _CONVERGED * before:
            break
    return residuals, s
