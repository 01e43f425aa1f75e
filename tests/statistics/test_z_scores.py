from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from pylimma import t_zscore, zscore, zscore_gamma, zscore_hyper, zscore_t
from pylimma.errors import InputError, InputTypeError, ShapeError
from pylimma.statistics import z_scores


def test_z_of_t_has_the_same_tails():
    t, df = np.array([-30.0, -2, 0.1, 4, 9]), np.array([3, 5, 8, 40, np.inf])
    z = z_scores.z_of_t(t, df)
    assert_allclose(stats.norm.sf(np.abs(z[:4])), stats.t.sf(np.abs(t[:4]), df[:4]), rtol=1e-11)
    assert_allclose(z[4], 9, rtol=1e-13)
    assert np.all(np.sign(z) == np.sign(t))


def test_z_and_t_undo_each_other_far_in_the_tails():
    z = np.array([-60.0, -5, -1e-3, 0, 0.5, 20])
    for df in (3, 12.5, 400, np.inf):
        assert_allclose(z_scores.z_of_t(z_scores.t_of_z(z, df), df), z, rtol=1e-10, atol=1e-14)
    assert_allclose(z_scores.z_of_t(z_scores.t_of_z(300.0, 400), 400), 300, rtol=1e-12)
    assert np.isinf(z_scores.t_of_z(300.0, 3))  # about exp(15000)


def test_infinite_and_missing_statistics_stay_so():
    t = np.array([np.nan, np.inf, -np.inf, 0.0])
    for transform in (z_scores.z_of_t, z_scores.t_of_z, z_scores.z_of_t_bailey):
        assert_allclose(transform(t, 5.0), t)


@pytest.mark.parametrize(
    ("approximate", "error"),
    [
        (z_scores.z_of_t_bailey, 2e-2),
        (z_scores.z_of_t_hill, 2e-4),
        (z_scores.z_of_t_wallace, 4e-2),
    ],
)
def test_approximations_are_as_good_as_their_papers_say(approximate, error):
    t, df = np.meshgrid(np.linspace(-8, 8, 33), [5.0, 10, 30, 1000])
    assert np.max(np.abs(approximate(t, df) - z_scores.z_of_t(t, df))) < error
    assert_allclose(approximate(t, np.inf), t, rtol=1e-12)


def test_approximations_do_not_overflow():
    for approximate in (z_scores.z_of_t_bailey, z_scores.z_of_t_wallace):
        assert np.all(np.isfinite(approximate([1e200, -1e300], 5.0)))


def test_z_of_gamma_has_the_same_tails():
    q, shape, scale = np.array([0.01, 1, 5, 40]), 1.5, np.array([1, 2, 3, 0.8])
    z = z_scores.z_of_gamma(q, shape, scale)
    p = stats.gamma.cdf(q, shape, scale=scale)
    assert_allclose(stats.norm.cdf(z[:3]), p[:3], rtol=1e-12)
    assert_allclose(stats.norm.sf(z[3]), stats.gamma.sf(40, shape, scale=0.8), rtol=1e-12)
    assert_allclose(z_scores.z_of_gamma([0, -1, np.inf], 2, 1), [-np.inf, -np.inf, np.inf])


def test_mid_p_of_a_symmetric_table_is_balanced():
    assert_allclose(z_scores.z_of_hyper([1, 2, 3], 8, 8, 4)[1], 0, atol=1e-12)
    low, high = z_scores.z_of_hyper([0, 4], 8, 8, 4)
    assert_allclose(low, -high)
    mid_p = stats.hypergeom.pmf(4, 16, 8, 4) / 2
    assert_allclose(stats.norm.sf(high), mid_p, rtol=1e-10)


def test_impossible_counts_are_infinitely_far():
    assert_allclose(z_scores.z_of_hyper([-1, 4], 5, 5, 3), [-np.inf, np.inf])


def test_named_distributions_agree_with_functions_of_their_own():
    q = np.array([0.2, 1.0, 30.0])
    assert_allclose(zscore(q, "t", df=5), zscore_t(q, 5), rtol=1e-12)
    assert_allclose(zscore(q, "gamma", shape=2, rate=3), zscore_gamma(q, 2, 3), rtol=1e-9)
    assert_allclose(zscore_gamma(q, 2, scale=1 / 3), zscore_gamma(q, 2, 3))


def test_normal_values_become_standard():
    assert_allclose(zscore([-300, 4, 1e5], "norm", mean=4, sd=10), [-30.4, 0, 9999.6], atol=1e-9)


def test_the_parameter_lambda_goes_by_its_name():
    assert zscore(6, "pois", **{"lambda": 6}) > 0


@pytest.mark.parametrize("method", ["bailey", "hill", "wallace"])
def test_approximations_are_near(method):
    assert_allclose(
        zscore_t([-3, 2], 20, approx=True, method=method), zscore_t([-3, 2], 20), rtol=5e-3
    )


def test_t_and_z_undo_each_other():
    assert_allclose(zscore_t(t_zscore([-2.5, 40.0], 7), 7), [-2.5, 40.0], rtol=1e-10)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: zscore(1, "student"), InputError, "`distribution` must be one of"),
        (lambda: zscore(1), InputError, "`distribution` must be one of"),
        (lambda: zscore(1, "t"), InputTypeError, "Parameters of 't'"),
        (lambda: zscore(1, "t", df1=3), InputTypeError, "Parameters of 't'"),
        (lambda: zscore("a", "t", df=3), InputTypeError, "`q` must be real numbers"),
        (lambda: zscore_t([1, 2], [1, 2, 3]), ShapeError, "do not go together"),
        (lambda: zscore_t(1, 2, method="exact"), InputError, "`method` must be one of"),
        (lambda: zscore_hyper([1, 2], [3, 4, 5], 1, 1), ShapeError, "`m` \\(3,\\)"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
