"""Quantiles, medians and cyclic loess of plain arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

import pylimma
from pylimma.numerics.array_normalization import cyclic_loess, median_scaled, quantile_normalized

RNG = np.random.default_rng(41)


def holed(values, share):
    return np.where(RNG.random(values.shape) < share, np.nan, values)


def slow_quantiles(values):
    """Quantiles of type 7 of each column, averaged, at the mean rank of each value."""
    grid = np.linspace(0, 1, len(values))
    target = np.mean([np.quantile(c[~np.isnan(c)], grid) for c in values.T], axis=0)
    result = values.copy()
    for column in result.T:
        seen = ~np.isnan(column)
        at = (rankdata(column[seen]) - 1) / (seen.sum() - 1)
        column[seen] = np.interp(at, grid, target)
    return result


@pytest.mark.parametrize("missing", [0, 0.2])
@pytest.mark.parametrize("digits", [9, 0], ids=["distinct", "ties"])
def test_quantiles_are_those_of_a_slow_twin(missing, digits):
    values = holed(RNG.normal(5, 3, (60, 4)).round(digits), missing)
    np.testing.assert_allclose(quantile_normalized(values), slow_quantiles(values), rtol=1e-12)


def test_broken_ties_leave_exactly_the_same_values_in_every_column():
    values = RNG.integers(0, 9, (50, 4)).astype(float)
    found = np.sort(quantile_normalized(values, ties=False), axis=0)
    np.testing.assert_allclose(found, np.sort(values, axis=0).mean(axis=1)[:, None] * np.ones(4))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 50), st.floats(-20, 20))
def test_quantiles_depend_on_ranks_alone_and_come_back_from_themselves(seed, factor, shift):
    values = np.random.default_rng(seed).normal(size=(30, 3))
    found = quantile_normalized(values)
    np.testing.assert_allclose(quantile_normalized(found), found, rtol=1e-12)
    np.testing.assert_allclose(
        quantile_normalized(values * factor + shift), found * factor + shift, rtol=1e-9, atol=1e-9
    )


def test_scaled_medians_are_the_geometric_mean_of_the_medians():
    values = RNG.gamma(3, 1, (31, 4)) * [1, 2, 5, 0.1]
    medians = np.median(values, axis=0)
    found = np.median(median_scaled(values, medians), axis=0)
    np.testing.assert_allclose(found, np.exp(np.log(medians).mean()))


@pytest.mark.parametrize("method", ["affy", "pairs"])
def test_pairs_keep_the_mean_of_each_row(method):
    values = RNG.normal(8, 2, (120, 1)) + RNG.normal(size=(120, 4))
    found = cyclic_loess(values, span=0.6, method=method)
    np.testing.assert_allclose(found.mean(axis=1), values.mean(axis=1), rtol=1e-12)


def test_two_columns_are_moved_by_half_of_the_curve_through_their_difference():
    x = RNG.normal(8, 2, 150)
    values = np.column_stack([x, x + 0.1 * x**1.3 + RNG.normal(0, 0.1, 150)])
    level, difference = values.mean(axis=1), values[:, 1] - values[:, 0]
    order = np.argsort(level)
    curve = np.empty(150)
    curve[order] = pylimma.lowess(level, difference, f=0.5, iter=3).y
    expected = values + np.outer(curve, [0.5, -0.5])
    for method in ("pairs", "affy", "fast"):
        found = cyclic_loess(values, span=0.5, iterations=1, method=method)
        np.testing.assert_allclose(found, expected, rtol=1e-10, err_msg=method)


@pytest.mark.parametrize("method", ["fast", "affy", "pairs"])
def test_curves_between_columns_vanish(method):
    x = np.linspace(4, 12, 300)
    values = np.column_stack([x, x + 0.2 * np.sin(x / 2), 1.1 * x]) + RNG.normal(0, 0.05, (300, 3))
    found = cyclic_loess(values, span=0.3, method=method)
    for column in found.T:
        assert np.abs(pylimma.loess_fit(column - found.mean(axis=1), x).fitted).max() < 0.03


def test_missing_values_stay_alone_in_fast_cycles_and_spread_over_the_row_in_pairs():
    values = holed(RNG.normal(8, 2, (80, 1)) + RNG.normal(size=(80, 3)), 0.05)
    missing = np.isnan(values)
    fast, pairs = (cyclic_loess(values, span=0.6, method=m) for m in ("fast", "pairs"))
    np.testing.assert_array_equal(np.isnan(fast), missing)
    np.testing.assert_array_equal(np.isnan(pairs), np.repeat(missing.any(axis=1)[:, None], 3, 1))


def test_rows_without_weight_have_no_say_in_the_curve():
    values = RNG.normal(8, 2, (100, 1)) + RNG.normal(0, 0.1, (100, 3))
    values[90:] += [0, 5, -5]
    weights = np.repeat([1.0, 0.0], [90, 10])
    found = cyclic_loess(values, weights, span=0.7)
    assert np.ptp(found[:90].mean(axis=0)) < 0.05
    assert np.ptp(found[90:].mean(axis=0)) > 8
