"""Sums of squares and pooled variances against SciPy and the formulas of Welch."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from pylimma import bwss, bwss_matrix, pool_var
from pylimma.errors import InputError, InputTypeError, ShapeError
from pylimma.statistics.sums_of_squares import pooled_variance, sums_of_squares


def test_sums_of_squares_give_the_f_test_of_one_way_anova():
    rng = np.random.default_rng(9)
    group = np.repeat([0, 1, 3], [4, 5, 6])  # group 2 is empty
    x = rng.normal(size=15) + group
    result = sums_of_squares(x, group)
    f = result.bss / result.bdf / (result.wss / result.wdf)
    assert_allclose(f, stats.f_oneway(*(x[group == g] for g in (0, 1, 3))).statistic)
    assert (result.bdf, result.wdf) == (2, 12)


def test_pooled_variances_give_the_test_of_welch():
    rng = np.random.default_rng(10)
    a, b = rng.normal(size=8), 3 * rng.normal(size=12)
    var = np.array([a.var(ddof=1), b.var(ddof=1)])
    pooled = pooled_variance(var, np.array([7.0, 11.0]), 1 / np.array([8.0, 12.0]))
    welch = stats.ttest_ind(a, b, equal_var=False)
    assert_allclose(pooled.df, welch.df)
    t = (a.mean() - b.mean()) / np.sqrt(pooled.var * pooled.multiplier)
    assert_allclose(t, welch.statistic)


def test_nothing_gives_nothing():
    assert np.isnan(sums_of_squares(np.array([]), np.array([], dtype=int)).bss)
    assert dict(pooled_variance(np.ones(2), np.ones(2), np.zeros(2))) == {
        "var": 0,
        "df": 0,
        "multiplier": 0,
    }


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
        (lambda: bwss(["x"], ["a"]), InputTypeError, "`x` must be real numbers"),
        (lambda: bwss_matrix([1, 2]), ShapeError, "`x` must be a matrix"),
        (lambda: pool_var([1, 2]), InputError, "needs sample sizes `n`"),
        (lambda: pool_var([1, 2], n=[1, 2, 3]), ShapeError, "must have one length"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
