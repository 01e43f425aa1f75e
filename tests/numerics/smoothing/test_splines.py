"""Spline and polynomial bases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.interpolate import BSpline, CubicSpline

from pylimma.numerics.smoothing.splines import (
    b_spline_basis,
    continued_polynomials,
    natural_spline_basis,
    orthogonal_polynomials,
    quantile_knots,
    spline_trend,
)

X = np.array([0.5, 1, 2.5, 3, 4, 6.5, 7, 9])
# ns(x, 3) of R
NATURAL_3 = [
    [0, 0, 0],
    [-0.0523973228782, 0.15576189917, -0.102050899456],
    [-0.0915919430775, 0.509435055593, -0.333767795044],
    [-0.0274837235191, 0.552716768932, -0.361923126086],
    [0.19852830718, 0.526573800409, -0.332090800066],
    [0.498176762312, 0.330732435734, 0.084016498548],
    [0.422746993855, 0.331061581597, 0.201609381204],
    [-0.145929339478, 0.423195084485, 0.722734254992],
]
# ns(x, knots = c(2, 5), Boundary.knots = c(1, 7), intercept = TRUE) of R
NATURAL_BEYOND = [
    [-0.496177586487, -0.222127375794, 0.777445815278, -0.555318439484],
    [-0.154303349962, -0.174714139454, 0.611499488088, -0.436785348634],
    [0.558167613676, 0.0686033903252, 0.218742300528, -0.155054024187],
    [0.570592683078, 0.209437813149, 0.166967653979, -0.109738800461],
    [0.383328607562, 0.46983251144, 0.159752876625, -0.0379187213989],
    [0.00205266133012, 0.0986298007097, 0.391254030849, 0.508032835108],
    [0, -0.128205128205, 0.448717948718, 0.679487179487],
    [0, -1.05128205128, 0.679487179487, 1.37179487179],
]
# bs(x, df = 5) of R
CUBIC_5 = [
    [0, 0, 0, 0, 0],
    [0.485151211306, 0.0583689762194, 0.0013136768355, 0, 0],
    [0.395735931648, 0.519733584744, 0.0840753174719, 0, 0],
    [0.236790380391, 0.599899700282, 0.163002132316, 0.000307787011388, 0],
    [0.0578101514626, 0.549178541015, 0.373312938794, 0.0196983687288, 0],
    [0, 0.0870743034056, 0.462181236761, 0.435119459834, 0.015625],
    [0, 0.0445820433437, 0.350321003748, 0.541096952909, 0.064],
    [0, 0, 0, 0, 1],
]
# bs(x, degree = 2, knots = c(3, 5), Boundary.knots = c(1, 8)) of R
QUADRATIC_BEYOND = [
    [-0.59375, 0.03125, 0, 0],
    [0, 0, 0, 0],
    [0.65625, 0.28125, 0, 0],
    [0.5, 0.5, 0, 0],
    [0.125, 0.775, 0.1, 0],
    [0, 0.15, 0.6, 0.25],
    [0, 0.0666666666667, 0.488888888889, 0.444444444444],
    [0, 0.0666666666667, -0.844444444444, 1.77777777778],
]
# poly(x, 3) of R
POLYNOMIAL_3 = [
    [-0.459258712706, 0.466702145817, -0.36459840061],
    [-0.396986344881, 0.260990839309, -0.0192559599391],
    [-0.210169241408, -0.197089138561, 0.376915483673],
    [-0.147896873583, -0.296764483966, 0.348918540678],
    [-0.0233521379342, -0.416588203948, 0.148659681873],
    [0.288009701188, -0.252240174075, -0.448296312816],
    [0.350282069013, -0.139843597272, -0.456442715284],
    [0.599371540311, 0.574832612697, 0.414099682425],
]
RANGE = (0.5, 9.0)


def test_natural_splines_are_those_of_r():
    knots = quantile_knots(X, 2, RANGE)
    assert_allclose(natural_spline_basis(X, knots, RANGE), NATURAL_3, atol=1e-11)


def test_natural_splines_beyond_the_boundary_are_those_of_r():
    basis = natural_spline_basis(X, np.array([2.0, 5]), (1, 7), intercept=True)
    assert_allclose(basis, NATURAL_BEYOND, atol=1e-11)


def test_b_splines_are_those_of_r():
    knots = quantile_knots(X, 2, RANGE)
    assert_allclose(b_spline_basis(X, knots, RANGE), CUBIC_5, atol=1e-12)


def test_b_splines_beyond_the_boundary_are_those_of_r():
    basis = b_spline_basis(X, np.array([3.0, 5]), (1, 8), 2)
    assert_allclose(basis, QUADRATIC_BEYOND, atol=1e-11)


@pytest.mark.parametrize("degree", [1, 2, 3, 4])
@pytest.mark.parametrize("knots", [[], [2.0, 5.0], [4.0, 4.0, 6.0], [1.0, 3.0], [3.0, 8.0]])
def test_b_splines_are_those_of_scipy(degree, knots):
    on_boundary = {1.0, 8.0} & set(knots)  # SciPy's splines vanish beyond a repeated knot
    x = np.linspace(1, 7.9, 45) if on_boundary else np.linspace(-1, 10, 45)
    ends = [np.repeat(end, degree + 1) for end in (1.0, 8.0)]
    scipys = BSpline(np.r_[ends[0], knots, ends[1]], np.eye(len(knots) + degree + 1), degree)
    basis = b_spline_basis(x, np.array(knots), (1, 8), degree, intercept=True)
    assert_allclose(basis, scipys(x), rtol=1e-11, atol=1e-11)


def test_orthogonal_polynomials_are_those_of_r():
    assert_allclose(orthogonal_polynomials(X, 3)[0], POLYNOMIAL_3, atol=1e-11)


def test_orthogonal_polynomials_continue_to_other_values():
    basis, recurrence = orthogonal_polynomials(X, 4)
    assert_allclose(continued_polynomials(X, *recurrence), basis, atol=1e-13)
    powers = np.vander(X, 5)
    coefficients = np.linalg.solve(powers[[0, 2, 4, 6, 7]], basis[[0, 2, 4, 6, 7]])
    expected = np.vander([5.0, 11.0], 5) @ coefficients
    found = continued_polynomials(np.array([5.0, 11.0]), *recurrence)
    assert_allclose(found, expected, rtol=1e-8)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 4), st.integers(1, 4), st.integers(0, 1000))
def test_all_b_splines_add_up_to_one_between_the_boundary_knots(n_knots, degree, seed):
    x = np.random.default_rng(seed).uniform(-5, 5, 30)
    knots = quantile_knots(x, n_knots, (-5, 5))
    basis = b_spline_basis(x, knots, (-5, 5), degree, intercept=True)
    assert basis.shape == (30, n_knots + degree + 1)
    assert_allclose(basis.sum(axis=1), 1, rtol=1e-12)


@pytest.mark.parametrize("intercept", [False, True])
def test_natural_splines_hold_all_straight_lines_and_are_straight_outside(intercept):
    x = np.linspace(-3, 9, 60)
    basis = natural_spline_basis(x, np.array([1.0, 2, 4]), (0, 5), intercept=intercept)
    bases = np.column_stack([np.ones(60), basis])
    fitted = bases @ np.linalg.lstsq(bases, x, rcond=None)[0]
    assert_allclose(fitted, x, atol=1e-10)
    for side in (x < 0, x > 5):
        assert_allclose(np.diff(basis[side], n=2, axis=0), 0, atol=1e-12)


def test_basis_spans_the_natural_splines_of_its_knots():
    knots = np.array([0.0, 1.0, 2.5, 4.0])
    spline = CubicSpline(knots, [1.0, -2.0, 0.5, 3.0], bc_type="natural")
    x = np.linspace(0, 4, 60)
    basis = natural_spline_basis(x, knots[1:-1], (0.0, 4.0), intercept=True)
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
