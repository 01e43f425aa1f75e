from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pylimma import au_roc, cum_overlap, weighted_median
from pylimma.errors import EstimationWarning, InputError, InputTypeError, ShapeError


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
        (lambda: au_roc(["x", "y"]), InputTypeError, "`truth` must be numbers"),
        (lambda: cum_overlap(["a", "a"], ["b"]), InputError, "`ol1` names some items.*'a'"),
        (lambda: weighted_median([1, 2], [1]), ShapeError, "`w` has 1 weights"),
        (lambda: weighted_median([1, 2], [1, -1]), InputError, "none negative"),
        (lambda: weighted_median([1, 2], [1, np.nan]), InputError, "none missing"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
