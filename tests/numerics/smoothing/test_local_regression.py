"""Robust local constants and lines against least squares position by position."""

import numpy as np
import pytest

from pylimma.errors import InputError
from pylimma.numerics.smoothing.local_regression import robust_curve

RNG = np.random.default_rng(31)
X = RNG.uniform(4, 14, 90).round(1)
Y = np.sin(X) + RNG.standard_t(2, 90) / 4
AT = np.linspace(3, 15, 20)


def slow(x, y, at, span, fits, degree, prior):
    """Polynomials by least squares, biweights of residuals, all as the formulas say."""
    size = min(x.size, int(np.floor(x.size * span + 1e-5)))
    weights = prior.copy()

    def fitted(place):
        distance = np.abs(x - place)
        h = np.sort(distance)[size - 1] * max(span, 1) ** 0.5
        kernel = np.where(distance < h, (1 - np.minimum(distance / h, 1) ** 3) ** 3, 0)
        root = np.sqrt(kernel * weights)
        powers = np.vander(x - place, degree + 1, increasing=True)
        return np.linalg.lstsq(root[:, None] * powers, root * y, rcond=None)[0][0]

    for _ in range(fits - 1):
        r = np.abs(y - np.array([fitted(place) for place in x]))
        u = r / (6 * np.median(r))
        biweights = np.where(u > 0.999, 0, np.where(u <= 0.001, 1, (1 - u**2) ** 2))
        weights = prior * biweights
    return np.array([fitted(place) for place in at])


@pytest.mark.parametrize("degree", [0, 1])
@pytest.mark.parametrize("span", [0.2, 0.7, 1.0, 1.8])
@pytest.mark.parametrize("fits", [1, 4])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_curve_is_that_of_a_slow_twin_inside_and_beyond_the_points(
    degree, span, fits, weighted
):
    prior = RNG.uniform(0, 2, X.size) if weighted else np.ones(X.size)
    options = {"span": span, "fits": fits, "degree": degree}
    found = robust_curve(X, Y, AT, prior=prior if weighted else None, **options)
    np.testing.assert_allclose(found, slow(X, Y, AT, prior=prior, **options), rtol=1e-9, atol=1e-10)


def test_the_order_of_the_points_does_not_matter():
    order = RNG.permutation(X.size)
    options = {"span": 0.4, "fits": 4, "degree": 1}
    expected = robust_curve(X, Y, AT, **options)
    np.testing.assert_allclose(robust_curve(X[order], Y[order], AT, **options), expected)


def test_a_line_is_its_own_curve_and_an_outlier_has_no_say():
    y = 2 + 3 * X
    y[4] = 1e3
    found = robust_curve(X, y, AT, span=0.5, fits=4, degree=1)
    np.testing.assert_allclose(found, 2 + 3 * AT, rtol=1e-9)


def test_equal_places_have_the_mean_of_their_values():
    found = robust_curve(np.ones(8), np.arange(8.0), np.ones(2), span=0.5, fits=1, degree=1)
    np.testing.assert_allclose(found, 3.5)


def test_a_span_below_the_points_of_a_line_is_refused():
    with pytest.raises(InputError, match=r"`span` of 0\.01 holds 0 of 90 points"):
        robust_curve(X, Y, AT, span=0.01, fits=1, degree=0)
    with pytest.raises(InputError, match="too few for a local line"):
        robust_curve(X, Y, AT, span=1.5 / 90, fits=1, degree=1)


def test_extreme_places_leave_the_digits():
    options = {"span": 0.4, "fits": 3, "degree": 1}
    expected = robust_curve(X, Y, AT, **options)
    found = robust_curve(np.ldexp(X, 600), Y, np.ldexp(AT, 600), **options)
    np.testing.assert_array_equal(found, expected)
