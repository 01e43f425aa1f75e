from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from pylimma.numerics.distributions import quantiles, tails

LOG_P = -np.logspace(-3, 5, 33)


@pytest.mark.parametrize("df", [0.5, 1, 4, 7.3, 100, 1e5, 1e9, np.inf])
def test_t_quantiles_undo_log_tails_far_below_underflow(df):
    t = quantiles.t_isf_log(LOG_P, df)
    finite = np.isfinite(t)
    assert np.all(finite[LOG_P > -300])
    assert_allclose(tails.t_log_sf(t[finite], df), LOG_P[finite], rtol=1e-11)


@pytest.mark.parametrize("df1", [0.5, 3, 100, 1e5])
@pytest.mark.parametrize("df2", [1, 7.3, 100, 1e6, np.inf])
def test_f_quantiles_undo_log_tails_far_below_underflow(df1, df2):
    f = quantiles.f_isf_log(LOG_P, df1, df2)
    finite = np.isfinite(f)
    assert np.all(finite[LOG_P > -300])
    assert_allclose(tails.f_log_sf(f[finite], df1, df2), LOG_P[finite], rtol=1e-11)


@pytest.mark.parametrize(
    ("log_p", "df", "expected"),
    [  # R: qt(log_p, df, lower.tail=FALSE, log.p=TRUE)
        (-800.0, 10.0, 1.4209068603589752e35),
        (-2000.0, 50.0, 1.5712646972961610e18),
        (-5.0, 3.0, 5.2475138376631794),
    ],
)
def test_t_quantiles_are_those_of_r(log_p, df, expected):
    assert_allclose(quantiles.t_isf_log(log_p, df), expected, rtol=1e-10)


def test_quantiles_agree_with_scipy_in_the_centre():
    p = np.array([1e-4, 0.01, 0.3, 0.5, 0.9, 0.999])
    assert_allclose(quantiles.t_isf_log(np.log(p), 5), stats.t.isf(p, 5), rtol=1e-10, atol=1e-12)
    assert_allclose(quantiles.f_isf_log(np.log(p), 4, 9), stats.f.isf(p, 4, 9), rtol=1e-10)
    assert_allclose(quantiles.f_ppf_log(np.log(p), 4, 9), stats.f.ppf(p, 4, 9), rtol=1e-10)
    chi2 = stats.chi2.isf(p, 4) / 4
    assert_allclose(quantiles.f_isf_log(np.log(p), 4, np.inf), chi2, rtol=1e-11)
    inverse = 9 / stats.chi2.ppf(p, 9)
    assert_allclose(quantiles.f_isf_log(np.log(p), np.inf, 9), inverse, rtol=1e-11)


def test_the_ends_of_the_scale():
    assert_allclose(quantiles.t_isf_log([-np.inf, 0.0], 4), [np.inf, -np.inf])
    assert_allclose(quantiles.f_isf_log([-np.inf, 0.0, np.nan], 3, 4), [np.inf, 0.0, np.nan])
    assert_allclose(quantiles.f_isf_log(-1.0, np.inf, np.inf), 1.0)
