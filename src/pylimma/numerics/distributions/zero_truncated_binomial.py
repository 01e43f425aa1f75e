"""The binomial distribution of counts that are known not to be zero, and its logistic regression.

Probabilities may come on the logit scale, so that neither tail loses digits near 0 or 1.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, gammaln, log_expit, logsumexp, xlog1py, xlogy

from pylimma.typing import FloatArray

MOST_STEPS = 100
CONVERGED = 1e-20  # Newton's decrement
MOST_HALVINGS = 40
RARE = -40.0  # log-odds below which a second success changes no digit
LOWEST = -300.0  # log-odds whose probabilities are still numbers


def _log_choose(size: FloatArray, x: FloatArray) -> FloatArray:
    return np.asarray(gammaln(size + 1) - gammaln(x + 1) - gammaln(size - x + 1))


def log_odds_mass(x: FloatArray, size: FloatArray, eta: FloatArray) -> FloatArray:
    """Logarithm of the probability of x given that it is not 0, at log-odds eta."""
    mass = (
        _log_choose(size, x)
        + x * log_expit(eta)
        + (size - x) * log_expit(-eta)
        - log_positive(size, eta)
    )
    return np.where((x > 0) & (x <= size), mass, -np.inf)


def log_positive(size: FloatArray, eta: FloatArray) -> FloatArray:
    """Logarithm of the probability that a binomial variable is not 0, at log-odds eta."""
    log_zero = size * log_expit(-eta)
    with np.errstate(divide="ignore"):
        some = np.where(log_zero > -1, np.log(-np.expm1(log_zero)), np.log1p(-np.exp(log_zero)))
        # one success is all that can be: n p
        return np.where(eta < RARE, np.log(size) + eta, some)


def log_mass(x: FloatArray, size: FloatArray, p: FloatArray) -> FloatArray:
    """Logarithm of the probability of x given that it is not 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mass = _log_choose(size, x) + xlogy(x, p) + xlog1py(size - x, -p)
        mass = mass - np.log(-np.expm1(size * np.log1p(-p)))
    return np.where((x > 0) & (x <= size), mass, -np.inf)


def log_tails(q: FloatArray, size: FloatArray, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Logarithms of the probabilities of at most q and of more than q, given that it is not 0."""
    q = np.floor(np.asarray(q, dtype=float))
    most = int(np.max(size, initial=1))
    counts = np.arange(1, most + 1, dtype=float)
    mass = log_odds_mass(counts, np.asarray(size)[..., None], np.asarray(eta)[..., None])
    below = counts <= q[..., None]
    lower = logsumexp(np.where(below, mass, -np.inf), axis=-1)
    return lower, logsumexp(np.where(below, -np.inf, mass), axis=-1)


def slopes(x: FloatArray, size: FloatArray, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and minus second derivative of the log-likelihood by log-odds: x less its mean."""
    eta = np.maximum(eta, LOWEST)
    p = expit(eta)
    log_zero = size * log_expit(-eta)
    odds_zero = 1 / np.expm1(-log_zero)  # P(0) / (1 - P(0))
    mean = size * p * (1 + odds_zero)
    # var(x | x > 0) = E(x^2 | x > 0) - mean^2
    curvature = size * p * (1 - p) * (1 + odds_zero) - mean * (size * p * odds_zero)
    return x - mean, np.maximum(curvature, 0.0)


def zero_truncated_logit(
    x: FloatArray, size: FloatArray, design: FloatArray, start: FloatArray | None = None
) -> FloatArray:
    """Coefficients that maximise the zero-truncated likelihood, by Newton's method."""
    beta = np.zeros(design.shape[1]) if start is None else np.array(start, dtype=float)
    level = log_odds_mass(x, size, design @ beta).sum()
    for _ in range(MOST_STEPS):
        slope, curvature = slopes(x, size, design @ beta)
        gradient = design.T @ slope
        information = design.T @ (design * curvature[:, None])
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        scale = 1.0
        for _ in range(MOST_HALVINGS):
            trial = beta + scale * step
            new = log_odds_mass(x, size, design @ trial).sum()
            if new >= level:
                break
            scale /= 2
        else:
            break
        beta, level = trial, new
        if gradient @ step < CONVERGED * (1 + abs(level)):
            break
    return beta
