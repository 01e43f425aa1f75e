"""Mixtures of two sources."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import optimize

from pylimma import fitmixture
from pylimma.errors import InputError, InputTypeError, ShapeError
from pylimma.fit.mixture import mixture_fit

P = [0, 0.5, 1]


def test_frames_and_arrays_give_the_same():
    log2e = np.log2([[100.0, 300, 500], [40, 30, 20]])
    fit, frame = fitmixture(log2e, P), fitmixture(pd.DataFrame(log2e), pd.Series(P))
    assert_allclose(fit.M, frame.M)
    assert_allclose(fit.M, np.log2([5, 0.5]), atol=1e-5)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: fitmixture([["x"]], [1]), InputTypeError, "must be real numbers"),
        (lambda: fitmixture([[1, 2, 3]], [0, 1]), ShapeError, "`mixprop` has 2 values"),
        (lambda: fitmixture([[1, 2]], [0, 1]), ShapeError, "at least three"),
        (lambda: fitmixture([[1, 2, np.nan]], P), InputError, "`log2e` has missing"),
        (lambda: fitmixture([[1, 2, 3]], [0, 1, 2]), InputError, "`mixprop` must be"),
        (lambda: fitmixture([[1, 2, 3]], [1, 1, 1]), InputError, "that differ"),
        (lambda: fitmixture([[1, 2, 3]], P, niter=-1), InputError, "`niter`"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


SEVEN = np.array([0, 0.1, 0.25, 0.5, 0.75, 0.9, 1])


def test_exact_mixtures_are_taken_apart():
    first, second = np.array([[800.0], [50], [1000]]), np.array([[100.0], [3000], [1000]])
    fit = mixture_fit(np.log2(SEVEN * first + (1 - SEVEN) * second), SEVEN, 10)
    assert_allclose(fit.M, np.log2(first / second)[:, 0], atol=1e-9)
    assert_allclose(fit.A, np.log2(first * second)[:, 0] / 2, atol=1e-9)
    assert_allclose(fit.stdev, 0, atol=1e-9)


def test_noisy_mixtures_are_fitted_by_least_squares_on_the_log_scale():
    noise = 0.2 * np.random.default_rng(2).normal(size=SEVEN.size)
    y = np.log2(SEVEN * 700 + (1 - SEVEN) * 90) + noise

    def residual(parameters):
        a, m = parameters
        return y - np.log2(SEVEN * 2 ** (a + m / 2) + (1 - SEVEN) * 2 ** (a - m / 2))

    expected = optimize.least_squares(residual, (8, 2), xtol=1e-14, ftol=1e-14).x
    fit = mixture_fit(y[None, :], SEVEN, 60)
    assert_allclose([fit.A[0], fit.M[0]], expected, rtol=1e-5)
    assert_allclose(fit.stdev[0], np.sqrt(np.sum(residual(expected) ** 2) / 5), rtol=1e-6)
