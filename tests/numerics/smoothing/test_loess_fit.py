"""The choice of smoother, missing values, and what each method gives."""

import numpy as np
import pytest

from pylimma.errors import InputError, ShapeError
from pylimma.numerics.smoothing import loess_fit as loess_fit_module
from pylimma.numerics.smoothing.loess_fit import (
    curves_along,
    fitted_curves,
    fitted_values,
    loess_fit,
)
from pylimma.numerics.smoothing.lowess import lowess
from pylimma.numerics.smoothing.weighted_lowess import weighted_lowess
from pylimma.numerics.threads import at_most_threads

X = [1, 2, 2, 3, 5, 8, 9, 12, 13, 20]
Y = [2, 1, 4, 3, 6, 5, 9, 7, 12, 10]
W = [1, 0.5, 2, 0, 1, 3, 1, 0.2, 1, 1]
FITTED_IN_R = {
    "weightedLowess": [
        2.8454780232631096, 3.3065570913531772, 3.3065570913531772, 3.7574879029655435,
        4.6631892970157951, 6.016876374336797, 6.8681745663143703, 8.7834148420715792,
        8.5855028817795329, 10.696119240995277,
    ],
    "loess": [
        2.7580515370626197, 3.2423697942574345, 3.2423697942574345, 3.7160945408640877,
        4.6690370291017977, 6.1420924344212438, 7.0797671701844926, 9.3442017811845162,
        9.1398659690062765, 11.124511733974183,
    ],
    "locfit": [
        2.8063403497867943, 3.2908009677572725, 3.2908009677572725, 3.7899980726096003,
        4.7477552056947321, 6.3833051958617162, 7.1912351656317384, 9.3627353425325133,
        9.3764460155562599, 10.970339966843637,
    ],
}  # fmt: skip


@pytest.fixture
def scatter():
    rng = np.random.default_rng(11)
    return rng.normal(size=80), rng.normal(size=80), rng.exponential(size=80)


@pytest.mark.parametrize("method", list(FITTED_IN_R))
def test_fits_recorded_from_r_are_reproduced(method):
    fit = loess_fit(Y, X, W, span=0.8, method=method)
    np.testing.assert_allclose(fit.fitted, FITTED_IN_R[method], rtol=1e-12)
    np.testing.assert_allclose(fit.residuals, Y - fit.fitted)


def test_without_weights_it_is_lowess_in_the_order_of_the_input(scatter):
    x, y, _ = scatter
    np.testing.assert_array_equal(loess_fit(y, x).fitted[np.argsort(x)], lowess(x, y, 0.3).y)


def test_equal_weights_count_as_none_unless_told_otherwise(scatter):
    x, y, _ = scatter
    np.testing.assert_array_equal(loess_fit(y, x, np.zeros(80)).fitted, loess_fit(y, x).fitted)
    np.testing.assert_array_equal(
        loess_fit(y, x, np.full(80, 2), equal_weights_as_null=False).fitted,
        weighted_lowess(x, y, np.full(80, 2)).fitted,
    )


def test_missing_points_are_left_out_and_stay_missing(scatter):
    x, y, w = (values.copy() for values in scatter)
    x[3], y[5], y[8] = np.nan, np.nan, np.inf
    used = np.isfinite(x) & np.isfinite(y)
    fit = loess_fit(y, x, w)
    assert np.isnan(fit.fitted[~used]).all()
    assert np.isnan(fit.residuals[~used]).all()
    np.testing.assert_array_equal(fit.fitted[used], loess_fit(y[used], x[used], w[used]).fitted)
    assert np.isnan(loess_fit(np.full(4, np.nan), np.arange(4)).fitted).all()
    assert loess_fit([], []).fitted.size == 0


def test_weights_are_limited_and_missing_ones_are_zero(scatter):
    x, y, w = (values.copy() for values in scatter)
    w[:3] = np.nan, np.inf, 0
    limited = w.copy()
    limited[:3] = 0.5, 3, 0.5
    np.testing.assert_array_equal(
        loess_fit(y, x, w, min_weight=0.5, max_weight=3).fitted,
        loess_fit(y, x, np.clip(limited, 0.5, 3)).fitted,
    )


def test_few_weighted_points_give_a_straight_line():
    line = np.polyval(np.polyfit(X, Y, 1, w=np.sqrt(W)), X)
    np.testing.assert_allclose(loess_fit(Y, X, W, span=0.1, min_weight=0).fitted, line, rtol=1e-10)
    only = np.zeros(10)
    only[4] = 2
    np.testing.assert_array_equal(loess_fit(Y, X, only, min_weight=0).fitted, 6)


def test_few_points_at_one_place_give_their_mean():
    np.testing.assert_allclose(
        loess_fit(Y, np.full(10, 0.1), W, span=0.1).fitted, np.average(Y, weights=W), rtol=1e-5
    )


def test_no_weight_at_all_gives_nothing():
    nothing = loess_fit(Y, X, np.zeros(10), min_weight=0, equal_weights_as_null=False)
    assert np.isnan(nothing.fitted).all()


def test_a_span_below_one_point_follows_every_point():
    np.testing.assert_array_equal(loess_fit(Y, X, W, span=0.05).fitted, Y)


def test_robust_fits_forget_an_outlier_and_loess_fits_once():
    rng = np.random.default_rng(1)
    x, w = np.linspace(0, 1, 90), rng.uniform(1, 2, size=90)
    y = 2 * x + rng.uniform(-0.1, 0.1, size=90)
    y[45] += 100
    for method in ("weightedLowess", "locfit"):
        first, last = (loess_fit(y, x, w, iterations=k, method=method).fitted for k in (1, 6))
        assert np.abs(first - 2 * x).max() > 1
        np.testing.assert_allclose(last, 2 * x, atol=0.1)
    once, often = (loess_fit(y, x, w, iterations=k, method="loess").fitted for k in (1, 6))
    np.testing.assert_array_equal(once, often)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": X[:3]}, ShapeError, "`x` has 3 values; 10 are expected"),
        ({"weights": W[:3]}, ShapeError, "`weights` has 3 values; 10 are expected"),
        ({"weights": [-1, *W[1:]]}, InputError, "`weights` has 1 negative"),
        ({"span": np.nan}, InputError, "`span` must be"),
        ({"iterations": 0}, InputError, "`iterations` must lie between 1"),
        ({"method": "spline"}, InputError, "'weightedLowess', 'loess', 'locfit'"),
    ],
)
def test_unusable_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        loess_fit(**({"y": Y, "x": X, "weights": W} | arguments))


@pytest.mark.parametrize("digits", [9, 1, 0], ids=["distinct", "ties", "many ties"])
@pytest.mark.parametrize("weighted", [None, "same", "unequal"])
@pytest.mark.parametrize("span", [0.02, 0.3, 1.0])
def test_scatters_laid_end_to_end_are_smoothed_as_each_alone(digits, weighted, span):
    rng = np.random.default_rng(43)
    x = rng.normal(8, 2, (7, 90)).round(digits)
    x[2], x[3] = 5.0, np.ldexp(x[3], 700)
    y = np.sin(x) + rng.standard_t(2, x.shape) + 1e6 * np.arange(7)[:, None]
    y[4, :80], y[5], x[6, 1:] = np.nan, np.nan, np.inf
    x[1, 5], y[1, 9] = np.nan, np.inf
    weights = {
        None: None,
        "same": np.full(x.shape, 2.0),
        "unequal": rng.integers(0, 4, x.shape).astype(float) + 0.1 * (digits == 9),
    }[weighted]
    if weighted == "unequal":
        weights[3, 4], weights[0] = np.nan, 1.0
    found = fitted_curves(y, x, weights, span=span, iterations=4)
    for row in range(7):
        prior = None if weights is None else weights[row]
        alone = fitted_values(y[row], x[row], prior, span=span, iterations=4)
        np.testing.assert_allclose(found[row], alone, rtol=1e-10, atol=1e-10)


def test_batches_and_threads_change_no_digit(monkeypatch):
    rng = np.random.default_rng(47)
    x, y = rng.normal(size=(2, 40, 60))
    found = fitted_curves(y, x, None, span=0.3, iterations=4)
    with at_most_threads(1):
        np.testing.assert_array_equal(fitted_curves(y, x, None, span=0.3, iterations=4), found)
    monkeypatch.setattr(loess_fit_module, "_BATCH", 100)
    in_twos = fitted_curves(y, x, None, span=0.3, iterations=4)
    np.testing.assert_allclose(in_twos, found, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_responses_at_the_same_points_are_smoothed_as_each_alone(weighted):
    rng = np.random.default_rng(53)
    x = rng.normal(8, 2, 400)
    y = np.sin(x) + rng.standard_t(2, (11, 400))
    y[3] = 2.0
    x[7], y[:, 7], y[5, ::3] = np.nan, np.nan, np.nan
    weights = rng.uniform(0, 1, 400) if weighted else None
    found = curves_along(y, x, weights, span=0.4)
    for row in range(11):
        alone = fitted_values(y[row], x, weights, span=0.4)
        np.testing.assert_allclose(found[row], alone, rtol=1e-10, atol=1e-12)
