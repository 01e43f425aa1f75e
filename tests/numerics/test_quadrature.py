"""Integrals by the rule of QUADPACK."""

import numpy as np
import pytest
from scipy.integrate import quad

from pylimma.numerics.quadrature import integrals

RNG = np.random.default_rng(2)
CENTRES = RNG.uniform(-2, 12, 60)
WIDTHS = 10 ** RNG.uniform(-3, 2, 60)


def bell(u, centre, width):
    return u * np.exp(-(((u - centre) / width) ** 2))


@pytest.mark.parametrize("tolerance", [2.0**-13, 1e-3, 1e-10])
def test_every_integral_is_the_one_of_quadpack(tolerance):
    low, high = np.zeros(60), np.full(60, 10.0)
    result = integrals(bell, low, high, (CENTRES, WIDTHS), tolerance)
    for place, own in enumerate(zip(CENTRES, WIDTHS, strict=True)):
        expected = quad(
            bell, 0, 10, own, full_output=1, epsabs=tolerance, epsrel=tolerance, limit=100
        )[0]
        assert result[place] == pytest.approx(expected, rel=1e-12, abs=1e-300)


def test_polynomials_are_exact():
    powers = np.arange(20.0)
    result = integrals(lambda u, k: u**k, np.zeros(20), np.full(20, 3.0), (powers,), 1e-3)
    np.testing.assert_allclose(result, 3 ** (powers + 1) / (powers + 1), rtol=1e-13)


def test_what_is_not_finite_is_missing():
    result = integrals(bell, np.zeros(2), np.ones(2), (np.array([np.nan, 0.5]), np.ones(2)), 1e-3)
    assert np.isnan(result).tolist() == [True, False]
