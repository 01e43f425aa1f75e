"""Mean-variance trends and the weights they imply."""

import numpy as np
import pytest

from pylimma.errors import EstimationWarning, InputError
from pylimma.numerics.precision.variance_trend import (
    VarianceTrend,
    bends,
    lowess_trend,
    trend_weights,
    weighted_trend,
    weights_on_line,
)

RNG = np.random.default_rng(11)


def trend_through(x, y):
    order = np.argsort(x)
    return VarianceTrend(x, y, x[order], y[order])


def test_weights_are_inverse_fourth_powers_of_the_curve_and_constant_beyond_it():
    trend = trend_through(np.array([3.0, 1.0]), np.array([0.5, 1.0]))
    sizes = np.array([[-9.0, 1.0, 2.0, 2.5, 3.0, 99.0]])
    expected = np.array([[1, 1, 0.75, 0.625, 0.5, 0.5]]) ** -4.0
    np.testing.assert_allclose(
        weights_on_line(sizes, *bends(trend.line_x, trend.line_y)), expected, rtol=1e-14
    )


@pytest.mark.parametrize("n_genes", [5, 60, 3000])
def test_a_curve_is_the_same_through_its_bends_as_through_all_points(n_genes):
    x = RNG.gamma(2, 3, n_genes)
    trend = lowess_trend(x, np.exp(-x / 10) + RNG.gamma(5, 0.1, n_genes), 0.5)
    knots, heights = bends(trend.line_x, trend.line_y)
    at = RNG.uniform(-1, 20, 500)
    through_all = np.interp(at, trend.line_x, trend.line_y)
    np.testing.assert_allclose(np.interp(at, knots, heights), through_all, rtol=1e-11)


def test_sizes_that_differ_by_rounding_do_not_hide_a_bend():
    knots, heights = bends(
        np.array([0.0, 1.0, 1.0 + 2e-15, 1.0 + 4e-15, 2.0]), np.array([1.1, 1.0, 1.0, 1.0, 1.1])
    )
    assert np.interp(1.0, knots, heights) == pytest.approx(1.0, rel=1e-10)


def test_a_trend_of_one_size_is_constant():
    trend = trend_through(np.full(4, 2.0), np.full(4, 0.5))
    np.testing.assert_array_equal(
        weights_on_line(np.array([1.0, 2.0, 3.0]), *bends(trend.line_x, trend.line_y)), 16.0
    )


def test_weights_of_a_fit_are_those_at_fitted_sizes_whatever_the_number_of_threads():
    n_genes, design = 4000, RNG.normal(size=(40, 2))
    coefficients, offset = RNG.normal(5, 1, (n_genes, 2)), RNG.normal(size=(n_genes, 40))
    x = RNG.normal(0, 6, n_genes)
    trend = lowess_trend(x, 1 / (3 + np.tanh(x)), 0.5)
    one, four = (
        trend_weights(trend.line, coefficients, design, offset, n_jobs) for n_jobs in (1, 4)
    )
    np.testing.assert_array_equal(one, four)
    sizes = coefficients @ design.T + offset
    expected = np.interp(sizes, trend.line_x, trend.line_y) ** -4.0
    np.testing.assert_allclose(one, expected, rtol=1e-10)


@pytest.mark.parametrize("noise", [0.0, 3e-8])
def test_constant_genes_do_not_pull_the_trend_to_zero(noise):
    x = np.linspace(5, 12, 200)
    y = np.where(np.arange(200) >= 133, 0.5 + 0.02 * x, noise)
    with pytest.warns(EstimationWarning, match="133 genes have no variation"):
        trend = lowess_trend(x, y, 0.5)
    of_the_others = lowess_trend(x[133:], y[133:], 0.5)
    np.testing.assert_array_equal(trend.line_y, of_the_others.line_y)
    with pytest.warns(EstimationWarning, match="133 genes have no variation"):
        weighted = weighted_trend(x, y, np.ones(200), 0.5)
    np.testing.assert_allclose(weighted.line_y, 0.5 + 0.02 * x[133:], rtol=1e-6)
    with pytest.raises(InputError, match="no variation"):
        lowess_trend(x, np.full(200, noise), 0.5)
