from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose
from scipy import optimize

from pylimma.fit.mixture import mixture_fit

P = np.array([0, 0.1, 0.25, 0.5, 0.75, 0.9, 1])


def test_exact_mixtures_are_taken_apart():
    first, second = np.array([[800.0], [50], [1000]]), np.array([[100.0], [3000], [1000]])
    fit = mixture_fit(np.log2(P * first + (1 - P) * second), P, 10)
    assert_allclose(fit.M, np.log2(first / second)[:, 0], atol=1e-9)
    assert_allclose(fit.A, np.log2(first * second)[:, 0] / 2, atol=1e-9)
    assert_allclose(fit.stdev, 0, atol=1e-9)


def test_noisy_mixtures_are_fitted_by_least_squares_on_the_log_scale():
    noise = 0.2 * np.random.default_rng(2).normal(size=P.size)
    y = np.log2(P * 700 + (1 - P) * 90) + noise

    def residual(parameters):
        a, m = parameters
        return y - np.log2(P * 2 ** (a + m / 2) + (1 - P) * 2 ** (a - m / 2))

    expected = optimize.least_squares(residual, (8, 2), xtol=1e-14, ftol=1e-14).x
    fit = mixture_fit(y[None, :], P, 60)
    assert_allclose([fit.A[0], fit.M[0]], expected, rtol=1e-5)
    assert_allclose(fit.stdev[0], np.sqrt(np.sum(residual(expected) ** 2) / 5), rtol=1e-6)
