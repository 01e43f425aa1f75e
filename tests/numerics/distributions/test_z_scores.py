from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from pylimma.numerics.distributions import z_scores


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
