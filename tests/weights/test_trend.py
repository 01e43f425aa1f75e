"""Span, plot data and pictures of mean-variance trends."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import pylimma
from pylimma.errors import EstimationWarning, InputError
from pylimma.numerics.precision.variance_trend import VarianceTrend, weighted_trend
from pylimma.weights.trend import (
    choose_span,
    keep_and_draw,
    plot_components,
    warn_of_no_replication,
)

TREND = VarianceTrend(
    np.array([3.0, 1]), np.array([0.5, 1]), np.array([1.0, 3]), np.array([1, 0.5])
)


def test_an_adaptive_span_follows_the_number_of_genes():
    assert choose_span(50, None, adaptive=True) == 1
    assert choose_span(400, None, adaptive=True) == pytest.approx(0.3 + 0.7 / 2)
    assert choose_span(400, None, adaptive=False) == 0.5


@pytest.mark.parametrize("adaptive", [True, False])
def test_a_span_that_is_given_is_used(adaptive):
    assert choose_span(400, 0.2, adaptive=adaptive) == 0.2


@pytest.mark.parametrize("span", [0, -1, np.nan, np.inf])
def test_a_span_must_be_positive(span):
    with pytest.raises(InputError, match="`span` must be finite and above 0"):
        choose_span(400, span, adaptive=False)


def test_plot_data_have_points_line_and_labels():
    parts = plot_components(TREND, "size", col="red")
    assert parts["voom_xy"].xlab == "size"
    assert parts["voom_xy"].ylab == "Sqrt( standard deviation )"
    assert parts["voom_line"].col == "red"
    assert "delta" not in parts["voom_line"]
    np.testing.assert_array_equal(parts["voom_line"].x, [1, 3])


def test_picture_has_the_points_and_the_line():
    keep_and_draw(
        pylimma.EList(E=np.ones((2, 2))), TREND, "size", "voom", save_plot=False, plot=True
    )
    ax = plt.gca()
    assert (ax.get_title(loc="left"), ax.get_xlabel()) == ("voom: mean-variance trend", "size")
    np.testing.assert_allclose(ax.collections[0].get_offsets(), [[3, 0.5], [1, 1]])
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[1, 1], [3, 0.5]])
    plt.close("all")


def test_genes_of_weight_zero_do_not_move_a_weighted_trend():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=60), rng.gamma(5, 0.1, size=60)
    weights = np.repeat(
        [3.0, 0.0], [31, 29]
    )  # an odd number, so that the median residual is one of them
    found = weighted_trend(x, y, weights, 0.5)
    alone = weighted_trend(x[:31], y[:31], weights[:31], 0.5)
    at = np.sort(x[:31])
    np.testing.assert_allclose(
        np.interp(at, found.line_x, found.line_y), np.interp(at, alone.line_x, alone.line_y)
    )
    assert found.delta is not None


def test_lack_of_replication_is_warned_of():
    with pytest.warns(EstimationWarning, match="all weights are 1"):
        warn_of_no_replication()
