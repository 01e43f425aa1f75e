from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose
from scipy import stats

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
