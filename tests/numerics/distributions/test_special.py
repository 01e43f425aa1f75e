from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose
from scipy import special as scipy_special

from pylimma.numerics.distributions import special

FINE = 1e-13


def test_logmdigamma_has_no_jump_where_the_series_begins():
    x = np.array([8 - 1e-9, 8.0, 8 + 1e-9])
    assert_allclose(special.logmdigamma(x), np.log(8) - scipy_special.psi(8), rtol=1e-8)


def test_logmdigamma_of_large_values_keeps_its_digits():
    x = np.array([1e6, 1e9, 1e15])
    assert_allclose(special.logmdigamma(x), 0.5 / x + 1 / (12 * x**2), rtol=FINE)
    assert special.logmdigamma(np.inf) == 0


def test_logmdigamma_of_one_half_is_euler_plus_log_two():
    assert_allclose(special.logmdigamma(0.5), np.euler_gamma + np.log(2), rtol=FINE)


def test_trigamma_of_whole_numbers_is_what_is_left_of_the_basel_series():
    expected = np.pi**2 / 6 - np.array([0, 1, 1 + 1 / 4])
    assert_allclose(special.trigamma([1, 2, 3]), expected, rtol=FINE)
    assert special.trigamma(np.inf) == 0


def test_trigamma_inverse_undoes_trigamma():
    y = np.array([1e-3, 0.1, 0.5, 1, 3.7, 100, 1e5])
    assert_allclose(special.trigamma_inverse(special.trigamma(y)), y, rtol=1e-11)


def test_trigamma_inverse_at_the_ends():
    with np.errstate(all="raise"):
        result = special.trigamma_inverse([0.0, -1.0, np.nan, 1e8, 1e-7])
    assert_allclose(result, [np.inf, np.nan, np.nan, 1e-4, 1e7])


def test_logcosh_is_the_logarithm_where_that_can_be_computed():
    x = np.linspace(-30, 30, 61)
    assert_allclose(special.logcosh(x), np.log(np.cosh(x)), rtol=FINE)


def test_logcosh_is_a_parabola_near_zero_and_a_line_far_away():
    assert_allclose(special.logcosh([1e-9, -1e-5]), [5e-19, 5e-11 - 1e-20 / 12], rtol=FINE)
    assert_allclose(special.logcosh(-1e300), 1e300)


def test_stirling_error_is_what_the_formula_leaves():
    x = np.array([0.5, 1, 7.99, 8, 20.0])
    formula = (x - 0.5) * np.log(x) - x + 0.5 * np.log(2 * np.pi)
    assert_allclose(special.stirling_error(x), scipy_special.gammaln(x) - formula, atol=1e-14)


def test_log_shortfall_keeps_its_digits_near_one_and_near_zero():
    u = np.array([1e-10, -1e-8, 1e-4])
    assert_allclose(special.log_shortfall(1 + u, u), u**2 / 2 - u**3 / 3 + u**4 / 4, rtol=1e-12)
    assert_allclose(special.log_shortfall(1e-300, -1.0), -1 - np.log(1e-300), rtol=FINE)
