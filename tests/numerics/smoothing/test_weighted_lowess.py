"""Weighted lowess against a line-by-line twin, repeated points, and recorded numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pylimma.errors import InputError, ShapeError
from pylimma.numerics.smoothing.lowess import SmoothCurve
from pylimma.numerics.smoothing.weighted_lowess import anchor_distance, weighted_lowess

RTOL = 1e-10  # two orders of summation, through several fits

X = [1, 2, 2, 3, 5, 8, 9, 12, 13, 20]
Y = [2, 1, 4, 3, 6, 5, 9, 7, 12, 10]
W = [1, 0.5, 2, 0, 1, 3, 1, 0.2, 1, 1]


def slow_window(distance, prior, target):
    """Bandwidth reached when the nearest points have the target weight."""
    nearest = np.argsort(distance, kind="stable")
    reached = np.cumsum(prior[nearest]) >= target
    return distance[nearest[reached.argmax() if reached.any() else -1]]


def slow_weighted_lowess(x, y, prior, span, fits):
    robustness = np.ones(x.size)
    for _ in range(fits):
        fitted = []
        for place in x:
            distance = np.abs(x - place)
            h = slow_window(distance, prior, span * prior.sum())
            w = np.clip(1 - (distance / h) ** 3, 0, None) ** 3 * prior * robustness
            rows = np.sqrt(w)[:, None] * np.column_stack([np.ones(x.size), x - place])
            fitted.append(np.linalg.lstsq(rows, np.sqrt(w) * y, rcond=None)[0][0])
        residual = np.abs(y - np.array(fitted))
        order = np.argsort(residual)
        share = np.cumsum(prior[order]) / prior.sum()
        scale = 6 * residual[order[np.argmax(share > 0.5)]]
        robustness = np.clip(1 - (residual / scale) ** 2, 0, None) ** 2
    return np.array(fitted), robustness


@pytest.mark.parametrize(("n", "span", "fits"), [(40, 0.5, 1), (90, 0.3, 4), (60, 1.0, 2)])
def test_every_fitted_point_is_the_height_of_its_weighted_line(n, span, fits):
    rng = np.random.default_rng(n)
    x, y, w = rng.normal(size=n), rng.standard_t(3, size=n), rng.exponential(size=n) + 0.05
    fit = weighted_lowess(x, y, w, span=span, iterations=fits)
    fitted, robustness = slow_weighted_lowess(x, y, w, span, fits)
    np.testing.assert_allclose(fit.fitted, fitted, rtol=RTOL, atol=1e-12)
    np.testing.assert_allclose(fit.weights, robustness, rtol=RTOL, atol=1e-12)
    np.testing.assert_allclose(fit.residuals, y - fitted, atol=1e-10)


def test_a_fit_recorded_from_r_is_reproduced():
    fit = weighted_lowess(X, Y, W, span=0.5)
    fitted = [
        2.5238814382655539, 3.4686111029427789, 3.4686111029427789, 4.3907204824444639, 6,
        6.2117563396324504, 9, 11.010415046844235, 12.177561094552704, 10.027024115500632,
    ]  # fmt: skip
    weights = [
        0.9467320480037964, 0.16041272696305287, 0.94521604938271597, 0.65567549268903946, 1,
        0.73197399652963258, 1, 0, 0.99380667071933471, 0.99985632211732101,
    ]  # fmt: skip
    np.testing.assert_allclose(fit.fitted, fitted, rtol=1e-12)
    np.testing.assert_allclose(fit.weights, weights, rtol=1e-11)
    assert fit.delta == 0


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), span=st.floats(0.2, 0.9), fits=st.integers(1, 4))
def test_an_integer_weight_stands_for_repeated_points(seed, span, fits):
    rng = np.random.default_rng(seed)
    x, y, w = rng.normal(size=30), rng.normal(size=30), rng.integers(1, 4, size=30)
    weighted = weighted_lowess(x, y, w, 0, span=span, iterations=fits).fitted
    repeated = weighted_lowess(
        np.repeat(x, w), np.repeat(y, w), delta=0, span=span, iterations=fits
    )
    np.testing.assert_allclose(repeated.fitted, np.repeat(weighted, w), rtol=1e-7, atol=1e-9)


def test_equal_weights_of_any_size_are_unit_weights():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=100), rng.normal(size=100)
    np.testing.assert_allclose(
        weighted_lowess(x, y, np.full(100, 0.25), span=0.3).fitted,
        weighted_lowess(x, y, span=0.3).fitted,
        rtol=1e-12,
    )


def test_points_of_weight_zero_are_fitted_but_do_not_count():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=60), rng.normal(size=60)
    w = np.repeat([1.0, 0.0], [31, 29])
    wild = np.where(w > 0, y, 1e6)
    np.testing.assert_allclose(
        weighted_lowess(x, wild, w).fitted, weighted_lowess(x, y, w).fitted, rtol=1e-9
    )


def test_lowess_style_is_the_same_fit_in_ascending_x():
    fit, curve = (
        weighted_lowess(X[::-1], Y[::-1], W[::-1]),
        weighted_lowess(X, Y, W, output_style="lowess"),
    )
    assert isinstance(curve, SmoothCurve)
    np.testing.assert_array_equal(curve.x, np.sort(X))
    np.testing.assert_allclose(fit.fitted[::-1], curve.y, rtol=1e-12)


def test_constant_x_gives_the_weighted_mean_and_constant_y_itself():
    np.testing.assert_allclose(
        weighted_lowess(np.ones(10), Y, W, iterations=1).fitted, np.average(Y, weights=W)
    )
    np.testing.assert_array_equal(weighted_lowess(X, np.full(10, 0.1), W).residuals, 0)


def test_anchors_of_evenly_spaced_points_are_evenly_spaced():
    assert anchor_distance(np.arange(101.0), 10) == 10
    assert anchor_distance(np.arange(5.0), 5) == 0


def test_a_large_gap_does_not_use_up_the_anchors():
    x = np.concatenate([np.linspace(0, 1, 500), np.linspace(1000, 1001, 500)])
    assert anchor_distance(x, 100) == pytest.approx(2 / 99)


def test_curve_is_linear_between_anchors():
    rng = np.random.default_rng(6)
    x, y = np.arange(40.0), rng.normal(size=40)
    fitted = weighted_lowess(x, y, delta=3.5).fitted
    anchors = [*range(0, 39, 4), 39]
    np.testing.assert_allclose(fitted, np.interp(x, x[anchors], fitted[anchors]), rtol=1e-12)


def test_more_points_than_the_cache_holds_change_nothing(monkeypatch):
    rng = np.random.default_rng(7)
    x, y, w = rng.normal(size=300), rng.normal(size=300), rng.exponential(size=300)
    whole = weighted_lowess(x, y, w).fitted
    monkeypatch.setattr("pylimma.numerics.smoothing.local_lines._TILE", 500)
    monkeypatch.setattr("pylimma.numerics.smoothing.local_lines._MOST_KEPT", 0)
    np.testing.assert_allclose(weighted_lowess(x, y, w).fitted, whole, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"y": Y[:4]}, ShapeError, "`y` has 4 values; 10 are expected"),
        ({"weights": W[:3]}, ShapeError, "`weights` has 3 values; 10 are expected"),
        ({"x": [1], "y": [1], "weights": None}, InputError, "at least two points"),
        ({"weights": [-1, *W[1:]]}, InputError, "`weights` has 1 negative"),
        ({"weights": [np.nan, *W[1:]]}, InputError, "`weights` has 1 missing"),
        ({"y": [np.nan, *Y[1:]]}, InputError, "`y` has 1 missing"),
        ({"iterations": 0}, InputError, "`iterations` must lie between 1"),
        ({"npts": 0.4}, InputError, "`npts` must be"),
        ({"span": -1}, InputError, "`span` must be"),
        ({"delta": np.inf}, InputError, "`delta` must be"),
        ({"output_style": "list"}, InputError, "'loess', 'lowess'"),
    ],
)
def test_unusable_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        weighted_lowess(**({"x": X, "y": Y, "weights": W} | arguments))
