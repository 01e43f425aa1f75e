"""Rankings against brute force and SciPy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from pylimma import au_roc, cum_overlap, weighted_median
from pylimma.errors import EstimationWarning, InputError, InputTypeError, ShapeError
from pylimma.statistics.scores import (
    area_under_roc,
    cumulative_overlaps,
    log_overlap_p_values,
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


def test_without_a_statistic_the_order_is_the_ranking():
    truth = [1, 0, 1, 0, 0]
    assert_allclose(au_roc(truth), au_roc(truth, [5, 4, 3, 2, 1]))
    assert np.isnan(au_roc([1, np.nan, 0]))
    assert np.isnan(au_roc([True, False], [1, np.nan]))


def test_rankings_are_compared_on_what_they_share():
    overlap = cum_overlap(["a", "x", "b", "c"], ["b", "a", "c", "y"])
    assert overlap.n_total == 3
    assert overlap.n_overlap.tolist() == [0, 2, 3]
    assert_allclose(overlap.p_value, [1, 1 / 3, 1])
    assert_allclose(overlap.adj_p_value, [1, 2 / 3, 1])
    assert overlap.n_min == 2
    assert overlap.id_overlap.tolist() == ["a", "b"]


def test_rankings_with_nothing_in_common_have_no_overlap():
    assert dict(cum_overlap(["a"], ["b"])) == {"n_total": 0}


def test_weights_of_a_median():
    assert weighted_median([5, 1, 3]) == 3
    assert weighted_median([1, np.nan, 3], na_rm=True) == 2
    assert np.isnan(weighted_median([1, np.nan, 3]))
    with pytest.warns(EstimationWarning, match="All weights are zero"):
        assert np.isnan(weighted_median([1, 2], [0, 0]))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: au_roc([1, 0], [1, 2, 3]), ShapeError, "`stat` has 3 values and `truth` 2"),
        (lambda: au_roc(["x", "y"]), InputTypeError, "`truth` must be real numbers"),
        (lambda: cum_overlap(["a", "a"], ["b"]), InputError, "`ol1` names some items.*'a'"),
        (lambda: weighted_median([1, 2], [1]), ShapeError, "`w` has 1 weights"),
        (lambda: weighted_median([1, 2], [1, -1]), InputError, "none negative"),
        (lambda: weighted_median([1, 2], [1, np.nan]), InputError, "none missing"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
