"""Adjusted p-values, and the proportion of true nulls from simulated p-values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid

from pylimma import convest, p_adjust, prop_true_null
from pylimma.errors import InputError, InputTypeError
from pylimma.statistics import true_null

ESTIMATORS = [
    true_null.null_by_local_fdr,
    true_null.null_by_mean,
    true_null.null_by_histogram,
    lambda p: float(true_null.convex_densities(p, 100, 1e-6)[-1][-1]),
]


@pytest.fixture
def p():
    rng = np.random.default_rng(3)
    return np.append(rng.random(7000), rng.beta(0.3, 20, 3000))


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_seven_tenths_of_nulls_are_found(estimate, p):
    assert 0.66 < estimate(p) < 0.83


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_uniform_p_values_are_all_null(estimate):
    assert_allclose(estimate((np.arange(1000) + 0.5) / 1000), 1, atol=0.02)


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_the_order_of_p_values_does_not_matter(estimate, p):
    assert_allclose(estimate(p[::-1]), estimate(p), rtol=1e-9)


def test_local_rates_are_averaged_by_rank():
    rates = [min(1, 3 * 0.01 / 1), min(1, 3 * 0.4 / 2), 1]
    expected = sum(i * rate for i, rate in enumerate(rates, 1)) * 2 / 12
    assert_allclose(true_null.null_by_local_fdr(np.array([0.4, 0.01, 1.0])), expected)


def test_small_p_values_count_in_full_in_the_mean():
    assert_allclose(true_null.null_by_mean(np.array([0.01, 0.9])), 2 * (0.01 + 0.75) / 2)


def test_histogram_bins_are_closed_on_the_right():
    p = np.array([0.0, 0.5, 0.50001, 0.75, 0.76])  # bins of a quarter hold 1, 1, 2, 1
    assert_allclose(true_null.null_by_histogram(p, 4), 1.0)
    assert_allclose(true_null.null_by_histogram(np.full(4, 0.1), 2), 0.0)


def test_convex_densities_are_decreasing_convex_and_more_likely_with_each_step(p):
    densities = true_null.convex_densities(p, 30, 1e-6)
    assert len(densities) == 30
    at_p = [np.interp(p, np.linspace(0, 1, 101), f) for f in densities]
    log_likelihood = [np.log(f).sum() for f in at_p]
    assert np.all(np.diff(log_likelihood) > -0.5)  # three grid points are read one step off
    assert log_likelihood[-1] > log_likelihood[0] > 0
    for f in densities:
        assert np.all(np.diff(f) <= 1e-12)
        assert np.all(np.diff(f, 2) >= -1e-12)
        assert_allclose(trapezoid(f, dx=0.01), 1, atol=0.06)


def test_adjusted_p_values_keep_shape_and_labels():
    p = pd.Series([0.01, np.nan, 0.5], ["a", "b", "c"], name="p")
    adjusted = p_adjust(p)
    assert adjusted.index.tolist() == ["a", "b", "c"]
    assert_allclose(adjusted, [0.02, np.nan, 0.5])
    assert p_adjust(np.full((2, 3), 0.2), "bonferroni").shape == (2, 3)


def test_logs_are_adjusted_as_logs():
    assert_allclose(p_adjust([-2000.0, -1.0], "holm", log=True), [-2000 + np.log(2), -1])


def test_missing_p_values_do_not_count_and_nothing_gives_nothing():
    p = np.random.default_rng(1).random(50)
    for method in ("lfdr", "mean", "hist", "convest"):
        assert prop_true_null(np.append(p, np.nan), method) == prop_true_null(p, method)
        assert np.isnan(prop_true_null([], method))


def test_convest_is_one_of_the_methods():
    p = np.random.default_rng(2).random(80) ** 2
    assert prop_true_null(p, "convest", niter=7, tol=1e-3) == convest(p, 7, tol=1e-3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: p_adjust([0.1, 1.2]), InputError, "`p` has 1 values outside"),
        (lambda: p_adjust([0.1], log=True), InputError, "outside \\[-inf, 0\\]"),
        (lambda: p_adjust(["x"]), InputTypeError, "`p` must be real numbers"),
        (lambda: p_adjust([0.1], "bh"), InputError, "`method` must be one of"),
        (lambda: prop_true_null([-0.1]), InputError, "`p` has 1 values outside"),
        (lambda: prop_true_null([0.1], "storey"), InputError, "`method` must be one of"),
        (lambda: prop_true_null([0.1], "hist", nbins=0), InputError, "`nbins`"),
        (lambda: convest([0.1], niter=0), InputError, "`niter`"),
        (lambda: convest([0.1], tol=0), InputError, "`tol`"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
