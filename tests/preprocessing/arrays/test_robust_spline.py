"""Robust splines of log-ratios, and how those of print tips are shrunk."""

import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import CubicSpline

import pylimma
from pylimma.errors import EstimationWarning, InputError, ShapeError

RNG = np.random.default_rng(23)
A = RNG.uniform(6, 14, 400)
TREND = np.sin(A / 2)
M = TREND + RNG.normal(0, 0.1, 400)
LAYOUT = {"ngrid_r": 2, "ngrid_c": 2, "nspot_r": 10, "nspot_c": 10}


def test_a_natural_spline_is_its_own_curve_whatever_outliers_there_are():
    at = np.quantile(A, [0, 0.25, 0.5, 0.75, 1])
    curve = CubicSpline(at, [0, 1, -1, 2, 0], bc_type="natural")(A)
    curve[:20] += 50
    found = pylimma.normalize_robust_spline(curve, A)
    np.testing.assert_allclose(found[20:], 0, atol=0.05)
    np.testing.assert_allclose(found[:20], 50, atol=0.05)


def test_equal_grids_share_one_curve():
    m, a = np.tile(M[:100], 4), np.tile(A[:100], 4)
    found = pylimma.normalize_robust_spline(m, a, LAYOUT)
    np.testing.assert_allclose(found, pylimma.normalize_robust_spline(m, a), rtol=1e-12)


def test_grids_that_differ_much_have_curves_nearly_their_own():
    grid = np.repeat(np.arange(4), 100)
    m = M + 5 * grid
    found = pylimma.normalize_robust_spline(m, A, LAYOUT)
    level = [np.median(found[grid == k]) for k in range(4)]
    np.testing.assert_allclose(level, 0, atol=0.02)
    assert np.ptp([np.median(pylimma.normalize_robust_spline(m, A)[grid == k]) for k in range(4)])


@pytest.mark.parametrize("method", ["M", "MM"])
def test_log_ratios_shifted_by_a_curve_of_the_same_kind_come_out_alike(method):
    m = M + 0.3 * np.repeat(np.arange(4), 100)
    found = pylimma.normalize_robust_spline(m, A, LAYOUT, method=method)
    moved = pylimma.normalize_robust_spline(m + 3 - A, A, LAYOUT, method=method)
    np.testing.assert_allclose(moved, found, atol=1e-4)


def test_missing_values_stay_missing_and_have_no_say():
    m = M.copy()
    m[::7] = np.nan
    found = pylimma.normalize_robust_spline(m, A)
    known = ~np.isnan(m)
    np.testing.assert_array_equal(np.isnan(found), ~known)
    np.testing.assert_allclose(found[known], pylimma.normalize_robust_spline(m[known], A[known]))
    assert np.isnan(pylimma.normalize_robust_spline(np.full(400, np.nan), A)).all()


def test_a_grid_without_values_takes_the_common_curve_and_one_without_spread_its_level():
    m, a = M + 0.3 * np.repeat(np.arange(4), 100), A.copy()
    m[:97] = np.nan
    a[100:200] = 9.0
    found = pylimma.normalize_robust_spline(m, a, LAYOUT)
    np.testing.assert_allclose(
        found[97:100], pylimma.normalize_robust_spline(m, a)[97:100], atol=1e-12
    )
    assert np.isfinite(found[97:]).all()


def test_names_of_the_spots_are_kept():
    names = [f"s{k}" for k in range(400)]
    found = pylimma.normalize_robust_spline(pd.Series(M, names), pd.Series(A, names))
    assert list(found.index) == names
    with pytest.raises(InputError, match="different labels"):
        pylimma.normalize_robust_spline(pd.Series(M, names), pd.Series(A, names[::-1]))


def test_a_curve_that_does_not_converge_is_said():
    a, m = np.random.default_rng(46).standard_t(1, (2, 24))
    with pytest.warns(EstimationWarning, match="1 robust splines did not converge"):
        pylimma.normalize_robust_spline(m, a)


def test_extreme_log_ratios_leave_the_digits():
    expected = pylimma.normalize_robust_spline(M, A, LAYOUT)
    found = pylimma.normalize_robust_spline(np.ldexp(M, 600), A, LAYOUT)
    np.testing.assert_array_equal(np.ldexp(found, -600), expected)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"df": 1}, InputError, "`df` must be at least 2"),
        ({"method": "S"}, InputError, "`method` must be one of 'M', 'MM'"),
        ({"layout": {**LAYOUT, "nspot_r": 9}}, ShapeError, "4 grids of 90 spots"),
        (
            {"layout": {"ngrid_r": 80, "ngrid_c": 1, "nspot_r": 5, "nspot_c": 1}},
            InputError,
            "a grid of the `layout` has 5",
        ),
        ({"A": np.repeat([7.0, 8.0], 200)}, InputError, "needs 6 different values of `A`"),
        ({"A": A[:-1]}, ShapeError, "`A` has 399 values; 400 are expected"),
    ],
)
def test_what_no_spline_can_be_drawn_through_is_refused(change, error, message):
    with pytest.raises(error, match=message):
        pylimma.normalize_robust_spline(**{"M": M, "A": A, **change})
