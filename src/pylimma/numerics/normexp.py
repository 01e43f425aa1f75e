r"""The convolution model of intensities: normal background plus exponential signal.

An intensity is :math:`x = \mu + \sigma Z + S` with :math:`Z` standard normal and :math:`S`
exponential of mean :math:`\alpha` [1]_; parameters are the triple
:math:`(\mu, \log\sigma, \log\alpha)`. Their likelihood is exact, or that of the second-order
saddlepoint density [1]_ [2]_, whose minimiser stops early: its path is part of the answer.

References
----------
.. [1] Silver JD, Ritchie ME, Smyth GK (2009). Biostatistics 10:352-363.
   https://doi.org/10.1093/biostatistics/kxn042
.. [2] Ritchie ME et al. (2007). Bioinformatics 23:2700-2707.
   https://doi.org/10.1093/bioinformatics/btm412
.. [3] McGee M, Chen Z (2006). Stat Appl Genet Mol Biol 5:24.
   https://doi.org/10.2202/1544-6115.1237
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr

from pylimma.numerics.optimization import bracketed_root, nelder_mead
from pylimma.numerics.smoothing.kernel_density import kernel_density
from pylimma.record import Record
from pylimma.typing import FloatArray

_LOW_QUANTILES = (0.05, 0.1)
_OF_RANGE = 0.05  # the start of the mean above the minimum, where quantiles are at it
_LEAST_ALPHA = 1e-6
_LEAST_LOG = -300.0  # of a parameter: its square is a double
_CONSTANT = math.log(4 * math.pi)  # of minus twice the log density
_NEAR = 2.0  # standard deviations within which values stand for themselves
_PANEL_RATIO = 1.5  # of the distances of a panel's ends
_LEAST_DISTANCE = 3.0  # of a branch point from the middle of a panel, in half widths of it
_N_NODES = 22  # error 1e-16 at that distance
_NODES = -np.cos((np.arange(_N_NODES) + 0.5) * math.pi / _N_NODES)
_FAR_TAIL = -8.0  # standard deviations below the mean where the sum of the two terms cancels
_FRACTIONS = 60  # terms of the continued fraction there: 1e-16 at eight deviations
_MOST_NEWTON_STEPS = 200
_MOST_HALVINGS = 40
_LONGEST_STEP = 2.0  # of the logarithms, and of the mean in units of the signal's
_CONVERGED = 1e-14  # fall of a likelihood that a further step promises, relative to it
_LEAST_CURVATURE = 1e-8  # of a likelihood, relative to the largest, that a step divides by
_FEWEST_POINTS = 4
_MODE_GRID = 2**14
_UPPER_QUARTILE = 0.75
_ROOT_BETWEEN = (-5.0, 10.0)
_ROOT_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class NormexpFit(Record):
    """Parameters of the convolution model, and how the search for them ended.

    Attributes
    ----------
    par : array of shape (3,)
        Mean and log standard deviation of the background, log mean of the signal.
    m2loglik : float
        Minus twice the log-likelihood; NaN where a method has none.
    convergence : int
        0 if the search converged, 1 after too many evaluations, 10 if the simplex of the search
        cannot shrink.
    fncount : int
        Evaluations of the likelihood.
    """

    par: FloatArray
    m2loglik: float
    convergence: int
    fncount: int


def fit_normexp(x: FloatArray, method: str, n_points: int = 0) -> NormexpFit:
    """Parameters from intensities without missing values; `n_points` quantiles stand for many."""
    if x.min() == x.max():
        return NormexpFit(np.array([x[0], -np.inf, -np.inf]), math.nan, 0, 0)
    if method in _DIRECT:
        return NormexpFit(_DIRECT[method](x), math.nan, 0, 0)
    start = starting_values(x)
    if _FEWEST_POINTS <= n_points < len(x):
        x = np.quantile(x, (np.arange(n_points) + 0.5) / n_points, method="hazen")
    saddle = fit_saddle(start, x)
    return fit_likelihood(saddle, x) if method == "mle" else saddle


def starting_values(x: FloatArray) -> FloatArray:
    """Parameters from the low quantiles of a sample that is not constant."""
    low, high = x.min(), x.max()
    above = [q for q in np.quantile(x, _LOW_QUANTILES) if q > low]
    mu = above[0] if above else low + _OF_RANGE * (high - low)
    variance = np.mean((x[x < mu] - mu) ** 2)
    alpha = max(x.mean() - mu, _LEAST_ALPHA)
    return np.array([mu, 0.5 * math.log(variance), math.log(alpha)])


@dataclass(frozen=True, slots=True, eq=False)
class WeightedPoints(Record):
    """Few points whose weighted sum of the log density is that of many values."""

    points: FloatArray  # (points,) ascending
    weights: FloatArray  # (points,)
    middles: FloatArray  # (panels,)
    halves: FloatArray  # (panels,) half their widths

    def stand_for_all(self, par: FloatArray) -> bool:
        """Whether the branch points of the log density are far enough from every panel."""
        sigma, shift = np.exp([par[1], 2 * par[1] - par[2]])
        distance = np.hypot(self.middles - par[0] - shift, 2 * sigma)
        return bool((distance >= _LEAST_DISTANCE * self.halves).all())


def weighted_points(x: FloatArray, start: FloatArray) -> WeightedPoints:
    r"""Low values as they are, and Chebyshev nodes on panels of the high ones.

    The log density is analytic but for branch points at :math:`\mu + \sigma^2/\alpha \pm 2i\sigma`:
    a panel as far from them as it is wide needs few nodes, whatever the parameters.
    """
    mu, sigma, alpha = start[0], math.exp(start[1]), math.exp(start[2])
    centre, reach = mu + sigma**2 / alpha, _NEAR * sigma
    x = np.sort(x)
    n_panels = math.ceil(math.log(max((x[-1] - centre) / reach, 1.0), _PANEL_RATIO))
    edges = centre + reach * _PANEL_RATIO ** np.arange(n_panels + 1)
    middles, halves = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    cuts = np.searchsorted(x, edges)
    points, weights = [x[: cuts[0]]], [np.ones(cuts[0])]
    for k, (first, last) in enumerate(pairwise(cuts)):
        inside = x[first:last]
        weight = np.ones(len(inside))
        if len(inside) > 2 * len(_NODES):
            weight = _node_weights((inside - middles[k]) / halves[k])
            inside = middles[k] + halves[k] * _NODES
        points.append(inside)
        weights.append(weight)
    points.append(x[cuts[-1] :])
    weights.append(np.ones(len(x) - cuts[-1]))
    return WeightedPoints(np.concatenate(points), np.concatenate(weights), middles, halves)


def _node_weights(t: FloatArray) -> FloatArray:
    """Weight of each node in the sum of an interpolated function over values in (−1, 1)."""
    sums = np.empty(len(_NODES))
    before, polynomial = t, np.ones(len(t))  # T₋₁ = T₁
    for k in range(len(sums)):
        sums[k] = polynomial.sum()
        before, polynomial = polynomial, 2 * t * polynomial - before
    sums[0] /= 2
    degrees = np.arange(len(_NODES))
    return np.asarray(np.cos(np.outer(np.arccos(_NODES), degrees)) @ sums * (2 / len(_NODES)))


def saddle_m2loglik(par: FloatArray, x: FloatArray, weights: FloatArray | None = None) -> float:
    r"""−2 log-likelihood by the saddlepoint density of ascending values.

    The saddlepoint has a closed form. With :math:`e = x - \mu`, :math:`b = e - \sigma^2/\alpha`,
    :math:`r = \sqrt{b^2 + 4\sigma^2}`, :math:`v = (b + r)/\alpha`, :math:`q = 1 + b/r` and
    :math:`t = 1 - 2/v = 2(e - \alpha)/(\sigma^2/\alpha + e + r)`, twice the log density is
    :math:`\log q - t(v + t\sigma^2/\alpha^2) + \frac38 q^2 - \frac5{24} q^3 - \log 4\pi\alpha^2`.
    """
    mu, log_sigma, log_alpha = map(float, par)
    if not _LEAST_LOG < min(log_sigma, log_alpha) <= max(log_sigma, log_alpha) < -_LEAST_LOG:
        return math.inf
    alpha, variance = math.exp(log_alpha), math.exp(2 * log_sigma)
    shift = variance / alpha
    e = x - mu
    b = e - shift
    root = np.sqrt(b * b + 4 * variance)
    v = b + root
    lower, low = (slice(0, int(k)) for k in np.searchsorted(e, [-shift, shift]))
    v[low] = 4 * variance / (root[low] - b[low])  # where the sum cancels
    q = v / root
    v /= alpha
    t = 2 * (e - alpha) / (e + root + shift)
    t[lower] = 1 - 2 / v[lower]
    density = np.log(q)
    density -= t * (v + shift / alpha * t)
    density += q * q * (0.375 - (5 / 24) * q)
    total, number = (
        (density.sum(), len(x)) if weights is None else (density @ weights, weights.sum())
    )
    return float(number * (_CONSTANT + 2 * log_alpha) - total)


def fit_saddle(start: FloatArray, x: FloatArray) -> NormexpFit:
    """Parameters by the saddlepoint density, along the path of Nelder and Mead."""
    few, x = weighted_points(x, start), np.sort(x)

    def value(par: FloatArray) -> float:
        if few.stand_for_all(par):
            return saddle_m2loglik(par, few.points, few.weights)
        return saddle_m2loglik(par, x)

    with np.errstate(all="ignore"):
        found = nelder_mead(value, start)
    return NormexpFit(found.point, found.value, found.convergence, found.evaluations)


@np.errstate(all="ignore")
def fit_likelihood(start: NormexpFit, x: FloatArray) -> NormexpFit:
    """Parameters by the exact likelihood, from those of a start, which stands if none is better."""
    par, evaluations = start.par, 1
    value, gradient, hessian = _exact(par, x)
    for _ in range(_MOST_NEWTON_STEPS):
        step = _descent(gradient, hessian)
        step /= max(1.0, np.abs(step / [math.exp(par[2]), 1, 1]).max() / _LONGEST_STEP)
        if gradient @ step > -_CONVERGED * abs(value):
            return NormexpFit(par, value, 0, evaluations)
        for halving in range(_MOST_HALVINGS):
            found = _exact(par + step / 2**halving, x)
            evaluations += 1
            if found[0] < value:
                break
        else:
            return NormexpFit(par, value, 0, evaluations)
        par = par + step / 2**halving
        value, gradient, hessian = found
    return NormexpFit(par, value, 1, evaluations)


def _descent(gradient: FloatArray, hessian: FloatArray) -> FloatArray:
    """Newton step that goes downhill, in units in which curvatures are alike."""
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(hessian)), 1e-300))
    values, vectors = np.linalg.eigh(hessian * np.outer(scale, scale))
    curvature = np.maximum(np.abs(values), _LEAST_CURVATURE * np.abs(values).max())
    step = -scale * (vectors @ ((vectors.T @ (scale * gradient)) / curvature))
    return np.asarray(step)


def _exact(par: FloatArray, x: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """−2 log-likelihood [1] with its gradient and second derivatives."""
    mu, log_sigma, log_alpha = map(float, par)
    sigma, alpha = np.exp([log_sigma, log_alpha])
    s = sigma / alpha
    z, t = (x - mu) / alpha, (x - mu) / sigma - s
    # Σ −log α − z + s²/2 + log Φ(t)
    value = float(np.sum(log_ndtr(t) - z + s * s / 2)) - len(x) * log_alpha
    mills = math.sqrt(2 / math.pi) / erfcx(t / -math.sqrt(2))
    bend = -mills * (t + mills)
    slopes = np.array([np.full(len(x), -1 / sigma), -t - 2 * s, np.full(len(x), s)])
    gradient = slopes @ mills
    gradient += [len(x) / alpha, len(x) * s * s, z.sum() - len(x) * (1 + s * s)]
    curvature = (slopes * bend) @ slopes.T
    total, weighted = mills.sum(), mills @ t
    curvature += total * np.array([[0, 1 / sigma, 0], [1 / sigma, 0, s], [0, s, -s]])
    curvature[1, 1] += weighted
    curvature += len(x) * np.array(
        [[0, 0, -1 / alpha], [0, 2 * s * s, -2 * s * s], [-1 / alpha, -2 * s * s, 2 * s * s]]
    )
    curvature[2, 2] -= z.sum()
    return -2 * value, -2 * gradient, -2 * curvature


def fit_modes(x: FloatArray) -> FloatArray:
    """Parameters from the modes of three parts of a sample."""
    mu, log_sigma = _low_mode(x)
    return np.array([mu, log_sigma, _log(_mode(x[x > mu] - mu))])


def fit_quartile(x: FloatArray) -> FloatArray:
    """Parameters from the low mode and the upper quartile of a sample [3]."""
    mode, log_sigma = _low_mode(x)
    upper = np.quantile(x, _UPPER_QUARTILE)
    sigma, alpha = math.exp(log_sigma), (upper - mode) / math.log(4)

    def excess(t: float) -> float:
        z = t - sigma / alpha
        normal = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        return normal - sigma / alpha * float(ndtr(z) + ndtr(mode / sigma + sigma / alpha) - 1)

    root = bracketed_root(excess, *_ROOT_BETWEEN, _ROOT_TOLERANCE)
    mu = mode - sigma * root / 2
    return np.array([mu, _log_deviation(x, mu), _log((upper - mu) / math.log(4))])


def _low_mode(x: FloatArray) -> tuple[float, float]:
    """Mode of the values below the mode, and log standard deviation of those below it."""
    mode = _mode(x[x < _mode(x)])
    return mode, _log_deviation(x, mode)


def _log_deviation(x: FloatArray, centre: float) -> float:
    """Log standard deviation about a centre, of the half below it; ∞ where that is one value."""
    below = x[x < centre]
    if len(below) <= 1:
        return math.inf
    return 0.5 * _log(2 * np.sum((below - centre) ** 2) / (len(below) - 1))


def _log(value: float) -> float:
    """Logarithm; −∞ of zero."""
    return math.log(value) if value != 0 else -math.inf


def _mode(x: FloatArray) -> float:
    """Where the density of a sample is highest; NaN for fewer than two values."""
    if len(x) < 2:
        return math.nan
    density = kernel_density(x, _MODE_GRID, "epanechnikov")
    return float(density.x[np.argmax(density.y)])


_DIRECT = {"rma": fit_modes, "rma75": fit_quartile}


def expected_signal(par: FloatArray, x: FloatArray) -> FloatArray:
    r"""Mean of the signal given the intensity: :math:`m + \sigma\phi(m/\sigma)/\Phi(m/\sigma)`.

    Here :math:`m = x - \mu - \sigma^2/\alpha`.
    """
    mu, log_sigma, log_alpha = map(float, par)
    with np.errstate(all="ignore"):
        sigma, shift = np.exp([log_sigma, 2 * log_sigma - log_alpha])
        mode = x - mu - shift
        t = mode / sigma
        ratio = math.sqrt(2 / math.pi) / erfcx(t / -math.sqrt(2))  # φ(t)/Φ(t)
        result = np.asarray(mode + sigma * ratio)
        # t + φ(t)/Φ(t) = 1/(|t| + 2/(|t| + 3/(|t| + …)))
        far = t < _FAR_TAIL
        size = -t[far]
        fraction = size.copy()
        for k in range(_FRACTIONS, 1, -1):
            fraction = size + k / fraction
        result[far] = sigma / fraction
    return result
