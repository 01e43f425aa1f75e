"""Overdispersion of mapping: known variances, and what is unknown."""

import numpy as np
import pytest

from pylimma.readers.overdispersion import index_of_dispersion, moderated_overdispersion

RNG = np.random.default_rng(8)


@pytest.mark.parametrize("ratio", [1, 4])
def test_the_ratio_to_the_poisson_variance_is_found(ratio):
    mean = 50
    size = mean / (ratio - 1) if ratio > 1 else 1e8
    drawn = RNG.negative_binomial(size, size / (size + mean), (200, 300)).astype(float)
    statistic, df = index_of_dispersion(drawn)
    assert (df == 199).all()
    found = moderated_overdispersion(statistic, df)
    np.testing.assert_allclose(np.mean(statistic / df), ratio, rtol=0.05)
    np.testing.assert_allclose(np.mean(found.overdispersion), ratio, rtol=0.08)


def test_a_transcript_without_reads_gets_the_prior():
    drawn = RNG.negative_binomial(2, 0.05, (50, 20)).astype(float)
    drawn[:, 0] = 0
    found = moderated_overdispersion(*index_of_dispersion(drawn))
    assert found.overdispersion[0] == found.prior > 1


def test_no_resamples_mean_no_overdispersion():
    found = moderated_overdispersion(np.zeros(3), np.zeros(3))
    assert found.overdispersion.tolist() == [1, 1, 1]
    assert found.prior == 1


def test_values_below_poisson_become_one():
    found = moderated_overdispersion(np.full(5, 0.1), np.full(5, 99.0))
    assert (found.overdispersion == 1).all()
