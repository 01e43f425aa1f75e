from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pylimma.numerics.optimization import (
    bounded_minimum,
    bracketed_root,
    nelder_mead,
)

SAME_STEPS = 1e-12  # far below the tolerance of the searches: the same points were tried


@pytest.mark.parametrize(
    ("function", "lower", "upper", "expected"),
    [  # R: optimize(f, c(lower, upper))$minimum
        (lambda x: math.cos(3 * x) + x * x, -1, 2, 0.84713216662894564),
        (lambda x: (x - 0.31) ** 2, 0, 1, 0.31),
        (lambda x: -x, 0, 1, 0.9999338930386481),
        (lambda x: abs(x - 0.7) ** 1.3, 0, 1, 0.70001871270983518),
        (lambda x: math.exp(-8 * x) + x, 0, 1, 0.25993441022480412),
        (lambda x: abs(x - 0.2) + 0.3 * abs(x - 0.9), -1, 2, 0.20000610706264538),
        (lambda x: math.sin(9 * x) + x * x, 0, 2, 1.1919447343729583),
        # parabolas whose vertex lies outside of the interval
        (lambda x: math.cos(20 * x + 0.1) - 0.6 * x, 0, 1, 0.46774031595475024),
        (lambda x: math.floor(25 * abs(x - 0.7)) + x, 0, 1, 0.66000338695165495),
        # equal values at several points
        (lambda x: math.floor(20 * abs(x - 0.3)), 0, 1, 0.26385518995612323),
        (lambda x: max(0, abs(x - 0.6) - 0.2), 0, 1, 0.61807982457087074),
    ],
)
def test_minima_are_found_at_the_points_that_r_tries(function, lower, upper, expected):
    assert_allclose(bounded_minimum(function, lower, upper), expected, rtol=SAME_STEPS)


@pytest.mark.parametrize(
    ("function", "expected"),
    [  # R: uniroot(f, c(0, 2), tol = 1e-3)$root
        (lambda x: math.exp(x) - 2.7, 0.9932985573591564),
        (lambda x: x**3 - 0.1, 0.46407229542910428),
        (lambda x: math.log(x + 0.01) + 1, 0.35805418672011946),
    ],
)
def test_roots_are_found_at_the_points_that_r_tries(function, expected):
    assert_allclose(bracketed_root(function, 0.0, 2.0, 1e-3), expected, rtol=SAME_STEPS)


def test_a_root_at_an_end_is_returned():
    assert bracketed_root(lambda x: x, 0.0, 1.0, 1e-8) == 0
    assert bracketed_root(lambda x: x - 1, 0.0, 1.0, 1e-8) == 1


def valley(point):
    return 100 * (point[1] - point[0] ** 2) ** 2 + (1 - point[0]) ** 2


def test_the_end_of_a_curved_valley_is_found():
    found = nelder_mead(valley, np.array([-1.2, 1.0]))
    np.testing.assert_allclose(found.point, [1, 1], atol=1e-3)
    assert found.value == valley(found.point)


def test_the_path_on_rosenbrocks_valley_is_that_of_the_optim_manual():
    # example(optim) in R prints 1.000260, 1.000506 and 8.825241e-08 after 195 evaluations
    calls = []
    found = nelder_mead(lambda x: calls.append(x) or valley(x), np.array([-1.2, 1.0]))
    np.testing.assert_allclose(found.point, [1.000260, 1.000506], atol=5e-7)
    assert found.value == pytest.approx(8.825241e-08, rel=1e-6)
    assert len(calls) == 195


def test_points_without_a_finite_value_are_avoided():
    found = nelder_mead(
        lambda x: np.nan if x[0] < 0.2 else (x[0] - 0.3) ** 2 + (x[1] + 1) ** 2, np.ones(2)
    )
    np.testing.assert_allclose(found.point, [0.3, -1], atol=1e-3)


def test_a_start_at_zero_has_steps_of_a_tenth():
    points = []
    nelder_mead(lambda x: points.append(x.copy()) or float(x @ x), np.zeros(2))
    np.testing.assert_array_equal(points[:3], [[0, 0], [0.1, 0], [0, 0.1]])


def test_evaluations_are_limited():
    count = [0]

    def falling(point):
        count[0] += 1
        return -count[0] + point[0]

    nelder_mead(falling, np.ones(2))
    assert 500 <= count[0] <= 510
