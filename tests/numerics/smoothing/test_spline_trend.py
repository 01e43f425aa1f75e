from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose
from scipy.interpolate import CubicSpline

from pylimma.numerics.smoothing.spline_trend import natural_spline_basis, spline_trend


def test_basis_spans_the_natural_splines_of_its_knots():
    knots = np.array([0.0, 1.0, 2.5, 4.0])
    spline = CubicSpline(knots, [1.0, -2.0, 0.5, 3.0], bc_type="natural")
    x = np.linspace(0, 4, 60)
    basis = natural_spline_basis(x, knots[1:-1], (0.0, 4.0))
    fitted = basis @ np.linalg.lstsq(basis, spline(x), rcond=None)[0]
    assert basis.shape == (60, 4)
    assert_allclose(fitted, spline(x), atol=1e-12)


def test_splines_go_on_as_lines_beyond_the_boundary():
    beyond = natural_spline_basis(
        np.array([4.0, 5.0, 6.0, -1.0, 0.0, -2.0]), np.array([1.5]), (0, 4)
    )
    assert_allclose(beyond[2] - beyond[1], beyond[1] - beyond[0], atol=1e-12)
    assert_allclose(beyond[5] - beyond[3], beyond[3] - beyond[4], atol=1e-12)


def test_knots_that_differ_by_rounding_act_as_one_double_knot():
    rng = np.random.default_rng(2)
    x = np.repeat([6.5, 7.0, 8.0, 8.9, 9.0], [9, 5, 25, 3, 8])
    jitter = x + rng.choice([-1e-15, 0, 1e-15], x.size) * x
    y = rng.normal(size=x.size)
    exact, exact_variance = spline_trend(x, np.ones(x.size, bool), y, 4)
    near, near_variance = spline_trend(jitter, np.ones(x.size, bool), y, 4)
    assert_allclose(near, exact, rtol=1e-7)
    assert_allclose(near_variance, exact_variance, rtol=1e-7)


def test_knots_on_the_boundary_leave_a_line():
    x = np.append(np.ones(20), np.arange(1.0, 11.0))  # both interior knots at the minimum
    y = np.random.default_rng(3).normal(size=30)
    line = np.polyval(np.polyfit(x, y, 1), x)
    fitted, variance = spline_trend(x, np.ones(x.size, bool), y, 4)
    assert_allclose(fitted, line, atol=1e-12)
    assert_allclose(variance, np.sum((y - line) ** 2) / 28)
