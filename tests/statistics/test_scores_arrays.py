from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from pylimma.statistics.scores import (
    area_under_roc,
    cumulative_overlaps,
    log_overlap_p_values,
    weighted_median_of,
)


def test_area_is_the_share_of_pairs_in_the_right_order():
    rng = np.random.default_rng(5)
    truth, stat = rng.random(60) < 0.4, rng.integers(0, 12, 60).astype(float)
    wins = [(a > b) + (a == b) / 2 for a in stat[truth] for b in stat[~truth]]
    assert_allclose(area_under_roc(truth, stat), np.mean(wins))
    assert np.isnan(area_under_roc(np.ones(3, bool), np.arange(3.0)))


def test_overlaps_are_counted_from_the_top():
    position = np.random.default_rng(6).permutation(40)
    expected = [len(set(range(j)) & {i for i in range(j) if position[i] < j}) for j in range(1, 41)]
    expected = [sum(position[i] < j for i in range(j)) for j in range(1, 41)]
    overlap = cumulative_overlaps(position)
    assert overlap.tolist() == expected
    drawn = np.arange(1, 41)
    tails = stats.hypergeom.sf(overlap - 1, 40, drawn, drawn)
    assert_allclose(np.exp(log_overlap_p_values(overlap)), tails, rtol=1e-10)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 4)), min_size=1, max_size=12))
def test_whole_weights_are_repetitions(pairs):
    x, weights = np.array(pairs, float).T
    repeated = np.repeat(x, weights.astype(int))
    median = weighted_median_of(x, weights)
    if repeated.size == 0:
        assert np.isnan(median)
    else:
        assert median == np.median(repeated)
