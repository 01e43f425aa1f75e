from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pylimma import bwss, bwss_matrix, pool_var
from pylimma.errors import InputError, InputTypeError, ShapeError


def test_groups_may_have_any_names_and_missing_values():
    result = bwss([1, 3, np.nan, 5, 9], pd.Categorical(["a", "a", "a", "b", None]))
    assert_allclose(list(result.values()), [6, 2, 1, 1])


def test_columns_are_groups():
    x = np.array([[1.0, 5], [3, np.nan]])
    assert_allclose(list(bwss_matrix(x).values()), list(bwss([1, 3, 5], [0, 0, 1]).values()))


def test_one_factor_for_all_counts_once():
    pooled = pool_var([1.0, 0.7], n=5)
    assert_allclose(pooled.var, 1.7)
    assert_allclose(pooled.multiplier, 0.2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: bwss([1, 2], ["a"]), ShapeError, "`group` has 1 entries and `x` 2"),
        (lambda: bwss(["x"], ["a"]), InputTypeError, "`x` must be numbers"),
        (lambda: bwss_matrix([1, 2]), ShapeError, "`x` must be a matrix"),
        (lambda: pool_var([1, 2]), InputError, "needs sample sizes `n`"),
        (lambda: pool_var([1, 2], n=[1, 2, 3]), ShapeError, "must have one length"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
