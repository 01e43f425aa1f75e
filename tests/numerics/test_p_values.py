from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pylimma.numerics.p_values import (
    adjust_log_p_values,
    adjust_p_values,
    adjust_rows,
    simes,
)

METHODS = ["none", "BH", "fdr", "BY", "holm", "bonferroni", "hochberg", "hommel"]

P = np.array([0.01, 0.02, 0.022, 0.09, 0.3])
OF_R = {  # what p.adjust of R makes of P
    "BH": [0.03666666666666666, 0.03666666666666666, 0.03666666666666666, 0.1125, 0.3],
    "BY": [0.083722222222222, 0.083722222222222, 0.083722222222222, 0.256875, 0.685],
    "holm": [0.05, 0.08, 0.08, 0.18, 0.3],
    "bonferroni": [0.05, 0.1, 0.11, 0.45, 1.0],
    "hochberg": [0.05, 0.066, 0.066, 0.18, 0.3],
    "hommel": [0.04, 0.06, 0.066, 0.18, 0.3],
}

p_vectors = st.lists(st.floats(1e-12, 1.0), min_size=1, max_size=25).map(np.array)


def smallest_ratio(p):
    return min(1.0, np.min(np.sort(p) * p.size / np.arange(1, p.size + 1)))


def closed_testing(p):
    """Largest Simes p-value over all sets that hold the hypothesis."""
    everyone = range(p.size)
    sets = [list(s) for size in range(1, p.size + 1) for s in combinations(everyone, size)]
    values = [smallest_ratio(p[s]) for s in sets]
    return np.array([max(v for s, v in zip(sets, values, strict=True) if i in s) for i in everyone])


@pytest.mark.parametrize("method", OF_R)
def test_adjusted_p_values_are_those_of_r(method):
    assert_allclose(adjust_p_values(P, method), OF_R[method], rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=7).map(np.array))
def test_hommel_is_closed_testing_with_simes(p):
    assert_allclose(adjust_p_values(p, "hommel"), closed_testing(p), rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=20, deadline=None)
@given(p=p_vectors)
def test_adjusted_p_values_are_monotone_and_no_smaller(method, p):
    adjusted = adjust_p_values(p, method)
    order = np.argsort(p, kind="stable")
    assert np.all(np.diff(adjusted[order]) >= -1e-12)
    assert np.all(adjusted >= p * (1 - 1e-12))
    assert np.all(adjusted <= 1)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=20, deadline=None)
@given(p=p_vectors)
def test_log_space_gives_the_same(method, p):
    from_logs = np.exp(adjust_log_p_values(np.log(p), method))
    assert_allclose(from_logs, adjust_p_values(p, method), rtol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_missing_p_values_do_not_count(method):
    with_gap = np.insert(P, 2, np.nan)
    adjusted = adjust_p_values(with_gap, method)
    assert np.isnan(adjusted[2])
    assert_allclose(np.delete(adjusted, 2), adjust_p_values(P, method))
    assert np.all(np.isnan(adjust_p_values(np.array([np.nan]), method)))


@pytest.mark.parametrize("method", METHODS[1:])
def test_logs_far_below_the_smallest_double_stay_apart(method):
    log_p = np.array([-5000.0, -4000.0, -1.0, 0.0])
    adjusted = adjust_log_p_values(log_p, method)
    assert -5000 < adjusted[0] < -4990
    assert -4000 < adjusted[1] < -3990


def test_hommel_is_no_larger_than_hochberg_for_a_genome():
    p = np.random.default_rng(1).random(20_000) ** 3
    adjusted = adjust_p_values(p, "hommel")
    assert np.all(adjusted <= adjust_p_values(p, "hochberg") * (1 + 1e-12))


def test_no_p_values_are_no_p_values():
    assert [adjust_p_values(np.array([]), method).size for method in METHODS] == [0] * 8


def test_simes_combines_p_values():
    p = np.array([0.01, 0.5, 0.5, 0.03, 0.02, 0.9])
    assert_allclose(simes(p, np.array([0, 3])), [0.03, 0.045])


@settings(max_examples=50, deadline=None)
@given(st.lists(p_vectors, min_size=1, max_size=8))
def test_simes_of_many_groups_is_simes_of_each(groups):
    p, first = np.concatenate(groups), np.cumsum([0, *map(len, groups[:-1])])
    assert_allclose(simes(p, first), [smallest_ratio(group) for group in groups], rtol=1e-14)
    smallest_adjusted = [adjust_p_values(group, "BH").min() for group in groups]
    assert_allclose(simes(p, first), smallest_adjusted, rtol=1e-14)


def test_simes_counts_missing_p_values_as_not_significant():
    p = np.array([np.nan, 0.02, 0.5, np.nan, np.nan])
    assert_allclose(simes(p, np.array([0, 3])), [0.06, np.nan])


@pytest.mark.parametrize("method", ["none", "BH", "fdr", "BY", "holm", "bonferroni", "hochberg"])
def test_rows_are_adjusted_each_by_itself(method):
    p = np.random.default_rng(8).random((6, 5))
    p[1, 2], p[4] = np.nan, np.nan
    expected = [adjust_p_values(row, method) for row in p]
    assert_allclose(adjust_rows(p, method), expected, rtol=1e-14)
