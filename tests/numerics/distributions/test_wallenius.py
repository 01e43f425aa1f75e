"""Wallenius' distribution agrees with its definition, drawn ball by ball."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylimma.numerics.distributions.hypergeometric import hyper_log_sf
from pylimma.numerics.distributions.wallenius import wallenius_log_sf


def drawn_one_by_one(q, m, n, k, odds):
    """P(X >= q): probabilities of the numbers drawn so far, carried on draw by draw."""
    p, x = np.zeros(k + 2), np.arange(k + 2)
    p[0] = 1
    for i in range(k):
        marked, others = odds * np.maximum(m - x, 0), np.maximum(n - (i - x), 0)
        with np.errstate(invalid="ignore"):
            up = np.where(p > 0, marked / (marked + others), 0.0)
        p = p * (1 - up) + np.append(0.0, (p * up)[:-1])
    return p[q:].sum()


@pytest.mark.parametrize("odds", [1e-3, 0.2, 0.97, 1, 3, 40, 1e4])
@pytest.mark.parametrize(
    ("m", "n", "k"),
    [(10, 120, 31), (1, 9, 5), (40, 3, 12), (300, 5000, 250), (6, 6, 12), (3, 900, 1)],
)
def test_the_tail_is_that_of_balls_drawn_one_by_one(m, n, k, odds):
    q = np.unique(np.linspace(max(k - n, 0), min(m, k), 9).astype(int))
    expected = np.array([drawn_one_by_one(x, m, n, k, odds) for x in q])
    found = np.exp(wallenius_log_sf(q, m, n, k, odds))
    known = expected > 1e-250
    np.testing.assert_allclose(found[known], expected[known], rtol=2e-11)


@given(
    st.integers(1, 400), st.integers(1, 400), st.floats(0.01, 1), st.floats(0, 1), st.floats(-4, 4)
)
def test_tails_fall_with_the_number_and_rise_with_the_odds(m, n, share, place, log_odds):
    k = max(1, int(share * (m + n)))
    low, high = max(k - n, 0), min(k, m)
    q = low + int(place * (high - low))
    odds = np.exp(log_odds)
    here, next_one, more = wallenius_log_sf([q, q + 1, q], m, n, k, [odds, odds, 1.5 * odds])
    assert next_one <= here + 1e-11
    assert here <= more + 1e-11


def test_equal_odds_give_the_hypergeometric_tail_however_small():
    m, n, k = 400, 20000, np.array([300, 500, 2000])
    for q in (1, 20, 150, 290):
        expected = hyper_log_sf(q - 1, m, n, k)
        np.testing.assert_allclose(
            wallenius_log_sf(q, m, n, k, 1.0), expected, rtol=1e-11, atol=1e-11
        )
    assert wallenius_log_sf(290, m, n, 300, 1.0) < -1000


def test_ends_are_exact():
    found = wallenius_log_sf(
        [0, 4, 2, 3, 1, 3, 2], 3, 5, [2, 4, 7, 7, 2, 4, 2], [2, 2, 2, 2, 0, np.inf, np.nan]
    )
    np.testing.assert_array_equal(found[[0, 1, 2, 4, 5]], [0, -np.inf, 0, -np.inf, 0])
    assert found[3] < 0
    assert np.isnan(found[6])
