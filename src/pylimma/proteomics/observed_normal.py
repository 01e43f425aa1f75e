r"""The observed normal model of detections: moments of rows, and the curve that fits them best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma

from pylimma.moderation.squeeze_var import squeeze_var
from pylimma.numerics.distributions.zero_truncated_binomial import log_odds_mass, slopes
from pylimma.proteomics.tilting import row_moments
from pylimma.record import Record
from pylimma.typing import FloatArray

MOST_STEPS = 100
CONVERGED = 1e-20  # Newton's decrement
SHORTEST = 1e-12  # of a step


@dataclass(frozen=True, slots=True, eq=False)
class ObservedNormal(Record):
    """Posterior moments of the observed values of each row, and their priors."""

    n: FloatArray
    mean: FloatArray
    variance: FloatArray
    mu_prior: float
    n_prior: float
    df_prior: float
    s2_prior: float


def observed_normal(y: FloatArray) -> ObservedNormal:
    """Moments of rows with at least one value, means and variances shrunk to common priors."""
    n, mean, variance = row_moments(y)
    squeezed = squeeze_var(np.nan_to_num(variance), n - 1.0)
    df_prior, s2_prior = float(squeezed.df_prior), float(squeezed.var_prior)
    moderated = np.where(n > 1, squeezed.var_post, s2_prior)
    mu_prior = float(mean.mean())
    n_prior = _prior_size(np.abs(mean - mu_prior) / np.sqrt(moderated / n), n, df_prior)
    if np.isinf(n_prior):
        center, distance = np.full_like(mean, mu_prior), n * (mean - mu_prior) ** 2
    else:
        center = (n * mean + n_prior * mu_prior) / (n + n_prior)
        distance = n * n_prior * (mean - mu_prior) ** 2 / (n + n_prior)
    if np.isinf(df_prior):
        spread = moderated
    else:
        spread = (distance + (n - 1) * variance + df_prior * s2_prior) / (n + df_prior)
        spread = np.where(n > 1, spread, s2_prior)
    return ObservedNormal(n, center, spread, mu_prior, n_prior, df_prior, s2_prior)


def _prior_size(t: FloatArray, n: FloatArray, df_prior: float) -> float:
    r"""Observations that the prior mean is worth, 1/v from :math:`E\log t^2 = \log(1 + n v)`."""

    def excess(x: FloatArray) -> FloatArray:
        finite = np.where(np.isinf(x), 1.0, x)
        return np.where(np.isinf(x), 0.0, np.log(finite) - digamma(finite))

    usable = t > 0
    half = (df_prior + n[usable] - 1) / 2
    target = 2 * np.log(t[usable]).mean() - (excess(half) - (np.log(0.5) - digamma(0.5))).mean()
    if not target > 0:
        return float("inf")
    v, n = 0.0, n[usable]
    for _ in range(MOST_STEPS):  # the mean is concave in v, so that steps from 0 stay below
        step = (target - np.log1p(n * v).mean()) / (n / (1 + n * v)).mean()
        v += step
        if step <= 1e-14 * v:
            break
    return float(1 / v)


def log_odds(beta: FloatArray, rows: ObservedNormal) -> FloatArray:
    """Log-odds of detection of each row, by the observed normal model."""
    return np.asarray(beta[0] + beta[1] * rows.mean - beta[1] ** 2 * rows.variance / 2)


def start_curve(rows: ObservedNormal, nsamples: int, slope: float) -> FloatArray:
    """Weighted least squares of empirical log-odds on the middle of observed and missing means."""
    seen, lost = rows.n + 0.5, nsamples - rows.n + 0.5
    x = np.column_stack([np.ones_like(rows.mean), rows.mean - slope * rows.variance])
    root = np.sqrt(1 / (1 / seen + 1 / lost))
    found = np.linalg.lstsq(x * root[:, None], np.log(seen / lost) * root, rcond=None)[0]
    return np.asarray(found)


def maximise_curve(
    start: FloatArray, rows: ObservedNormal, nsamples: int, weights: FloatArray | float = 1.0
) -> FloatArray:
    """Intercept and slope of the largest likelihood, by Newton's method with halved steps."""
    size = np.full_like(rows.mean, nsamples)

    def level(beta: FloatArray) -> float:
        return float((weights * log_odds_mass(rows.n, size, log_odds(beta, rows))).sum())

    beta = np.array(start, dtype=float)
    now = level(beta)
    for _ in range(MOST_STEPS):
        slope, curvature = slopes(rows.n, size, log_odds(beta, rows))
        x = np.column_stack([np.ones_like(rows.mean), rows.mean - beta[1] * rows.variance])
        gradient = x.T @ (weights * slope)
        expected = x.T @ (x * (weights * curvature)[:, None])
        hessian = np.array(expected)
        hessian[1, 1] += (weights * slope * rows.variance).sum()
        chosen = hessian if np.linalg.eigvalsh(hessian)[0] > 0 else expected
        step = np.linalg.lstsq(chosen, gradient, rcond=None)[0]
        scale = 1.0
        while level(beta + scale * step) < now and scale > SHORTEST:
            scale /= 2
        beta = beta + scale * step
        now = level(beta)
        if gradient @ step < CONVERGED * (1 + abs(now)) or scale <= SHORTEST:
            break
    return beta


def within_bounds(beta: FloatArray, rows: ObservedNormal, nsamples: int, most: float) -> FloatArray:
    """The curve, or the best one of a negative intercept and a slope between 0 and a bound."""
    if beta[0] <= 0 <= beta[1] <= most:
        return beta
    size = np.full_like(rows.mean, nsamples)

    def loss(b: FloatArray) -> float:
        return -float(log_odds_mass(rows.n, size, log_odds(b, rows)).sum())

    inside = np.clip(beta, [-np.inf, 0.0], [0.0, most])
    found = minimize(loss, inside, bounds=[(None, 0.0), (0.0, most)], method="L-BFGS-B", tol=1e-14)
    return np.asarray(found.x)
