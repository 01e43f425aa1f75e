"""M- and MM-estimates: estimating equations, scales, and what outliers do."""

import numpy as np
import pytest
from scipy import optimize

from pylimma.numerics.regression.m_estimates import huber_location, m_estimate, mm_estimate

RNG = np.random.default_rng(17)
X = np.column_stack([np.ones(80), RNG.normal(size=80), RNG.uniform(size=80)])
BETA = np.array([1.0, 2.0, 3.0])
Y = X @ BETA + RNG.standard_t(3, 80) / 3


def scale_of(residuals):
    return np.median(np.abs(residuals)) / 0.6745


def test_the_m_estimate_nearly_solves_hubers_equations():
    fit = m_estimate(X, Y)
    s = scale_of(fit.residuals)
    scores = X.T @ np.clip(fit.residuals / s, -1.345, 1.345)
    np.testing.assert_allclose(scores, 0, atol=0.02)
    np.testing.assert_allclose(fit.residuals, Y - X @ fit.coefficients, atol=1e-12)
    assert fit.converged


def test_the_covariance_is_that_of_simulated_estimates():
    estimates, covariances = [], []
    for _ in range(200):
        fit = m_estimate(X, X @ BETA + RNG.normal(0, 0.3, 80))
        estimates.append(fit.coefficients)
        covariances.append(np.diag(fit.covariance))
    np.testing.assert_allclose(np.mean(covariances, axis=0), np.var(estimates, axis=0), rtol=0.35)


@pytest.mark.parametrize("estimate", [m_estimate, lambda x, y: mm_estimate(x, y, RNG)])
def test_estimates_follow_shifts_and_factors_of_the_response(estimate):
    b = estimate(X, Y).coefficients
    moved = estimate(X, 3 * Y + X @ [5.0, 1, -2])
    np.testing.assert_allclose(moved.coefficients, 3 * b + [5.0, 1, -2], rtol=1e-3)


@pytest.mark.parametrize("estimate", [m_estimate, lambda x, y: mm_estimate(x, y, RNG)])
def test_an_exact_fit_of_most_points_is_found(estimate):
    y = X @ BETA
    y[:10] += 5
    fit = estimate(X, y)
    np.testing.assert_allclose(
        fit.coefficients, BETA, atol=0.06 if estimate is m_estimate else 1e-9
    )


def test_mm_estimates_withstand_outliers_that_draw_m_estimates_away():
    x, y = X.copy(), Y.copy()
    x[:24, 1], y[:24] = 8.0, -40.0
    assert np.abs(m_estimate(x, y).coefficients - BETA).max() > 1
    assert np.abs(mm_estimate(x, y, np.random.default_rng(1)).coefficients - BETA).max() < 0.5


def test_the_scale_of_mm_estimates_solves_its_equation_and_is_least():
    fit = mm_estimate(X, Y, np.random.default_rng(1))

    def s_of(b):
        u = lambda s: np.minimum(((Y - X @ b) / (1.548 * s)) ** 2, 1)  # noqa: E731
        mean = lambda s: np.sum(u(s) * (3 - 3 * u(s) + u(s) ** 2)) / (80 - 3) - 0.5  # noqa: E731
        return optimize.brentq(mean, 1e-3, 1e3)

    least = optimize.minimize(s_of, fit.coefficients, method="Nelder-Mead").fun
    weights = np.maximum(1 - (fit.residuals / (4.685 * least)) ** 2, 0) ** 2
    np.testing.assert_allclose(X.T @ (weights * fit.residuals), 0, atol=0.02)


def test_a_centre_minimises_hubers_loss_for_its_scale():
    y = RNG.standard_t(2, 60)
    s = 1.4826 * np.median(np.abs(y - np.median(y)))

    def loss(centre):
        u = np.abs(y - centre) / s
        return np.where(u < 1.5, u**2 / 2, 1.5 * u - 1.5**2 / 2).sum()

    assert huber_location(y) == pytest.approx(optimize.minimize_scalar(loss).x, abs=1e-5 * s)
    assert np.isnan(huber_location(np.array([1.0, 1, 1, 2])))
