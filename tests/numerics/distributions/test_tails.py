from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from pylimma.numerics.distributions import incomplete, tails

PRECISE = 1e-12  # SciPy and R agree with each other to about this much


@pytest.mark.parametrize("df", [0.5, 1, 3.7, 40, 1e4, np.inf])
def test_t_tails_agree_with_scipy_where_they_can_be_represented(df):
    t = np.array([-6.0, -1.3, 0.0, 0.4, 1.0, 2.2, 4.0, 9.0, 20.0])
    scipy_t = stats.t(df) if np.isfinite(df) else stats.norm()
    assert_allclose(tails.t_sf(t, df), scipy_t.sf(t), rtol=PRECISE)
    smaller = scipy_t.sf(np.abs(t))
    log_tail = np.where(t < 0, np.log1p(-smaller), np.log(smaller))
    assert_allclose(tails.t_log_sf(t, df), log_tail, rtol=PRECISE)


def test_t_close_to_zero_keeps_the_digits_of_its_distance_from_one_half():
    t = np.array([1e-12, 1e-7, 1e-3])
    shortfall = 1 - tails.t_two_sided(t, 1e6)
    density = stats.norm.pdf(0) * (1 - 1 / 4e6)
    assert_allclose(shortfall, 2 * density * t, rtol=1e-4, atol=0)


@pytest.mark.parametrize(("df1", "df2"), [(1, 4), (3, 9.5), (40, 6), (2, 1e5), (0.5, 0.5)])
def test_f_tails_agree_with_scipy(df1, df2):
    f = np.array([0.0, 1e-6, 0.01, 0.3, 1.0, 1.7, 4.0, 50.0])
    assert_allclose(tails.f_sf(f, df1, df2), stats.f.sf(f, df1, df2), rtol=1e-11)
    assert_allclose(tails.f_cdf(f, df1, df2), stats.f.cdf(f, df1, df2), rtol=1e-11)


def test_t_on_one_degree_of_freedom_is_cauchy_far_into_the_tail():
    t = np.array([1.0, 1e3, 1e100, 1e200, 1e300])
    expected = np.log(np.arctan(1 / t) / np.pi)
    assert_allclose(tails.t_log_sf(t, 1), expected, rtol=1e-14)


def test_t_on_two_degrees_of_freedom_has_its_closed_form():
    t = np.array([0.3, 2.0, 50.0, 1e5])
    root = np.sqrt(2 + t * t)
    assert_allclose(tails.t_sf(t, 2), 1 / (root * (root + t)), rtol=1e-14)


def test_f_with_two_numerator_degrees_of_freedom_is_a_power():
    f, df2 = np.array([0.2, 3.0, 1e4, 1e9]), np.array([3.0, 40.0, 600.0, 1e6])
    expected = -df2 / 2 * np.log1p(2 * f / df2)
    assert_allclose(tails.f_log_sf(f, 2, df2), expected, rtol=1e-12)


def test_chi_squared_on_two_degrees_of_freedom_is_exponential_beyond_underflow():
    x = np.array([0.1, 5.0, 1400.0, 1e6])
    assert_allclose(tails.gamma_log_sf(x, 1, 2), -x / 2, rtol=1e-14)
    assert_allclose(tails.chi2_sf(1480.0, 2), np.exp(-740.0), rtol=1e-2)


@pytest.mark.parametrize(
    ("t", "df", "expected"),
    [  # R: pt(t, df, lower.tail=FALSE, log.p=TRUE)
        (5000.0, 10.0, -75.754198181173095),
        (5000.0, 1000.0, -5067.708597738153912),
        (38.0, 1e5, -721.386855139632985),
        (1e10, 3.0, -68.979829350776782),
    ],
)
def test_log_tails_of_t_are_those_of_r(t, df, expected):
    assert_allclose(tails.t_log_sf(t, df), expected, rtol=PRECISE)


def test_p_values_reach_the_smallest_double():
    t = np.linspace(38.0, 38.44, 7)
    assert np.all(tails.t_two_sided(t, np.inf) > 0)
    finite = tails.t_two_sided(t, 1e9)
    assert np.all(np.diff(finite) < 0)
    assert finite[-1] < 1e-320


def test_infinite_degrees_of_freedom_are_the_limit_of_large_ones():
    f = np.array([0.2, 1.0, 3.0, 30.0])
    assert_allclose(tails.f_log_sf(f, 3, 1e13), tails.f_log_sf(f, 3, np.inf), rtol=1e-9)
    assert_allclose(tails.f_log_cdf(f, 1e13, 4), tails.f_log_cdf(f, np.inf, 4), rtol=1e-9)


@pytest.mark.parametrize("df2", [2.1e4, 3e6, 1e12])
@pytest.mark.parametrize("df1", [1, 2, 3, 4, 10, 2.7, 17])
def test_large_degrees_of_freedom_keep_the_digits_of_both_tails(df1, df2):
    # the other route: kernel over tail by a continued fraction, in logs, for one tail at a time
    high, low = np.linspace(1.2, 60 + 400 / df1, 60), np.geomspace(1e-9, 0.8, 60)
    b, a = np.full(60, df1 / 2), np.full(60, df2 / 2)
    log_upper = incomplete._far_beta(a, b, df1 / df2 * high)
    log_lower = incomplete._far_beta(b, a, df2 / df1 / low)
    assert_allclose(tails.f_log_sf(high, df1, df2), log_upper, rtol=4e-14)
    relative = tails.f_sf(high, df1, df2) * np.exp(-log_upper) - 1
    assert (np.abs(relative) < 2e-14 * np.maximum(1, -log_upper)).all()  # f is rounded too
    usual = log_lower > -600
    expected = np.log1p(-np.exp(log_lower[usual]))
    assert_allclose(tails.f_log_sf(low, df1, df2)[usual], expected, rtol=1e-13)


@pytest.mark.parametrize("df", [5e4, np.inf])
def test_large_degrees_of_freedom_need_no_continued_fraction(df, monkeypatch):
    monkeypatch.setattr(incomplete, "_fraction", None)
    t = np.linspace(0, 30, 50)
    assert (tails.t_two_sided(t, df) > 0).all()
    assert (tails.f_sf(t**2 / 3, 3, df) > 0).all()


def test_mixed_degrees_of_freedom_are_taken_one_by_one():
    t, df = np.array([2.0, 2.0, np.nan, 2.0, 0.0]), np.array([np.inf, 4.0, 4.0, np.nan, 3.0])
    assert_allclose(
        tails.t_two_sided(t, df),
        [2 * stats.norm.sf(2), 2 * stats.t.sf(2, 4), np.nan, np.nan, 1],
        rtol=PRECISE,
    )


@settings(max_examples=30, deadline=None)
@given(st.floats(1e-3, 1e3), st.floats(0.1, 1e6), st.floats(0.1, 1e6))
def test_the_two_tails_of_f_add_up_to_one(f, df1, df2):
    total = tails.f_sf(f, df1, df2) + tails.f_cdf(f, df1, df2)
    assert_allclose(total, 1, rtol=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.floats(-800, -1e-6))
def test_the_complement_of_a_complement_is_itself(log_p):
    twice = tails.log_complement(tails.log_complement(log_p))
    assert_allclose(np.exp(twice), np.exp(log_p), rtol=1e-9, atol=1e-16)
