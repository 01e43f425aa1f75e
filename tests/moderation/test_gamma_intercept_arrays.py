import numpy as np
import pytest
from scipy.optimize import brentq

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
