from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import comb

from pylimma.numerics.distributions.hypergeometric import hyper_log_cdf, hyper_log_pmf, hyper_log_sf

# R: phyper and dhyper of q marked among k drawn from m marked and n others, in logs
Q, M, N, K = np.array(
    [
        [0, 1, 5, 20, 300, 0],
        [5, 5, 10, 40, 500, 1000],
        [5, 50, 100, 1000, 2e4, 1e5],
        [4, 10, 30, 60, 1000, 2000],
    ]
)
UPPER = [
    -2.40975515790605e-02, -1.51187687921110, -3.72926568870365, -38.7989431082414,
    -631.676253560478, -1.86268372021246e-09,
]  # fmt: skip
LOWER = [
    -3.73766961828337, -2.49097132472259e-01, -2.43034103696201e-02, -1.41199482303340e-17,
    -4.63968749096149e-275, -20.1012475297461,
]  # fmt: skip
POINT = [
    -3.737669618283368, -0.847933633560963, -2.616618682042237, -35.606544468003946,
    -627.974775076289347, -20.101247529746139,
]  # fmt: skip


def test_log_probabilities_are_those_of_r():
    assert_allclose(hyper_log_sf(Q, M, N, K), UPPER, rtol=1e-12)
    assert_allclose(hyper_log_cdf(Q, M, N, K), LOWER, rtol=1e-12)
    assert_allclose(hyper_log_pmf(Q, M, N, K), POINT, rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 12), st.integers(0, 12), st.data())
def test_probabilities_are_ratios_of_counts(m, n, data):
    k = data.draw(st.integers(0, m + n))
    counts = np.arange(-1, 15)
    ways = [comb(m, q, exact=True) * comb(n, k - q, exact=True) if q >= 0 else 0 for q in counts]
    p = np.array(ways) / comb(m + n, k, exact=True)
    assert_allclose(np.exp(hyper_log_pmf(counts, m, n, k)), p, atol=1e-13)
    assert_allclose(np.exp(hyper_log_cdf(counts, m, n, k)), np.cumsum(p), atol=1e-12)
    assert_allclose(np.exp(hyper_log_sf(counts, m, n, k)), 1 - np.cumsum(p), atol=1e-12)
