from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq

from pylimma import fit_gamma_intercept
from pylimma.errors import EstimationWarning, InputError, InputTypeError, ShapeError
from pylimma.moderation.gamma_intercept import gamma_intercept


@pytest.fixture
def data():
    """Squares with means of 1.5 above their offsets; and these."""
    rng = np.random.default_rng(1)
    offset = rng.uniform(0.2, 2, 60)
    return (1.5 + offset) * rng.chisquare(1, 60), offset


def test_the_estimate_solves_the_likelihood_equation(data):
    y, offset = data
    expected = brentq(lambda x: np.sum(y / (offset + x)) - len(y), -0.1, 50, xtol=1e-12)
    assert gamma_intercept(y, offset) == pytest.approx(expected, abs=1e-8)


def test_a_constant_offset_is_subtracted_from_the_mean(data):
    y, _ = data
    assert gamma_intercept(y, 0.7) == pytest.approx(y.mean() - 0.7)
    assert gamma_intercept(y, np.full(60, 0.7)) == pytest.approx(y.mean() - 0.7)
    assert gamma_intercept(y) == pytest.approx(y.mean())


def test_the_unit_of_measurement_scales_the_estimate(data):
    y, offset = data
    scaled = gamma_intercept(7 * y, 7 * offset)
    assert scaled == pytest.approx(7 * gamma_intercept(y, offset), abs=1e-6)


def test_vanishing_observations_send_the_estimate_to_minus_infinity(data):
    y, offset = data
    assert gamma_intercept(0 * y, offset) == -np.inf


def test_the_estimating_equation_holds():
    rng = np.random.default_rng(1)
    offset = rng.random(50) + 0.2
    y = rng.chisquare(1, 50) * (offset + 1.5)
    x = fit_gamma_intercept(y, offset)
    assert_allclose(np.sum(y / (offset + x)), 50, rtol=1e-9)


def test_equal_offsets_are_taken_from_the_mean():
    assert_allclose(fit_gamma_intercept([1.0, 4.0], 0.5), 2)
    assert_allclose(fit_gamma_intercept([1.0, 4.0]), 2.5)
    assert np.isnan(fit_gamma_intercept([]))


def test_observations_far_below_their_offsets_are_warned_about():
    with pytest.warns(EstimationWarning, match="did not converge"):
        fit_gamma_intercept([0.0, 0.0], [1.0, 2.0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: fit_gamma_intercept(["a"]), InputTypeError, "`y` must be real numbers"),
        (lambda: fit_gamma_intercept([1, 2], [1, 2, 3]), ShapeError, "`offset` has 3 values"),
        (lambda: fit_gamma_intercept([1, -2]), InputError, "`y` must be numbers, none"),
        (lambda: fit_gamma_intercept([1, 2], -1), InputError, "`offset` must be numbers, none"),
        (lambda: fit_gamma_intercept([1, 2], maxit=0), InputError, "`maxit`"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_intercept_that_is_not_a_number_is_reported():
    with pytest.warns(EstimationWarning, match="far below their offsets"):
        assert np.isnan(fit_gamma_intercept([5.0, 0.0], [5.0, 0.1]))
