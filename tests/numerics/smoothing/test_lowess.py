"""Lowess against a line-by-line twin, its invariances and its errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pylimma.errors import InputError, InputTypeError, ShapeError
from pylimma.numerics.smoothing.lowess import choose_lowess_span, lowess

RTOL = 1e-11  # two orders of summation, through four fits


def slow_lowess(x, y, f, iterations):
    """Cleveland's rules point by point, every point fitted (for distinct x)."""
    order = np.argsort(x)
    x, y = x[order], y[order]
    size = min(max(int(f * x.size + 1e-7), 2), x.size)
    robustness = np.ones(x.size)
    for remaining in range(iterations, -1, -1):
        fitted = []
        for place in x:
            distance = np.abs(x - place)
            h = np.sort(distance)[size - 1]
            kernel = (1 - (distance / h) ** 3) ** 3
            kernel[distance <= 0.001 * h] = 1
            kernel[distance > 0.999 * h] = 0
            w = kernel * robustness
            rows = np.sqrt(w)[:, None] * np.column_stack([np.ones(x.size), x - place])
            fitted.append(np.linalg.lstsq(rows, np.sqrt(w) * y, rcond=None)[0][0])
        residual = np.abs(y - np.array(fitted))
        scale = 6 * np.median(residual)
        if not remaining or scale < 1e-7 * residual.mean():
            break
        robustness = (1 - (residual / scale) ** 2) ** 2
        robustness[residual <= 0.001 * scale] = 1
        robustness[residual > 0.999 * scale] = 0
    return np.array(fitted)


@pytest.mark.parametrize(("n", "f", "iterations"), [(25, 0.5, 0), (80, 0.3, 3), (60, 1.0, 2)])
def test_every_fitted_point_is_the_height_of_its_local_line(n, f, iterations):
    rng = np.random.default_rng(n)
    x, y = rng.normal(size=n), rng.standard_t(3, size=n)
    np.testing.assert_allclose(
        lowess(x, y, f, iterations, delta=0).y, slow_lowess(x, y, f, iterations), rtol=RTOL
    )


def test_a_curve_recorded_from_r_is_reproduced():
    speed = [4, 4, 7, 7, 8, 9, 10, 10, 10, 11, 11, 12, 12, 12, 12]
    dist = [2, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28]
    expected = np.repeat(
        [
            6.0294849366055541, 12.630205663214863, 15.24704607694231, 18.447439001526927,
            21.845199495060328, 23.11992413885697, 21.467269140539088,
        ],
        [2, 2, 1, 1, 3, 2, 4],
    )  # fmt: skip
    np.testing.assert_allclose(lowess(speed, dist).y, expected, rtol=1e-12)


def test_points_within_delta_lie_on_the_chord_between_fitted_ones():
    rng = np.random.default_rng(4)
    x, y = np.arange(21.0), rng.normal(size=21)
    exact, coarse = lowess(x, y, 0.5, 0, delta=0).y, lowess(x, y, 0.5, 0, delta=5).y
    np.testing.assert_allclose(coarse, np.interp(x, x[::5], exact[::5]), rtol=RTOL)


def test_many_anchors_give_the_same_curve_whether_or_not_kernels_are_kept(monkeypatch):
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=400), rng.normal(size=400)
    kept = lowess(x, y, 0.4).y
    monkeypatch.setattr("pylimma.numerics.smoothing.local_lines._MOST_KEPT", 0)
    np.testing.assert_array_equal(lowess(x, y, 0.4).y, kept)


def test_outliers_do_not_move_the_robust_curve():
    x = np.linspace(0, 1, 101)
    y = 3 * x
    y[[20, 50, 77]] += 1000
    np.testing.assert_allclose(lowess(x, y, 0.3).y, 3 * x, atol=1e-9)


def test_tied_x_share_one_value_and_constant_x_the_mean():
    curve = lowess([1, 1, 2, 2, 2, 3, 3], [1, 5, 2, 3, 4, 9, 8], f=1, iter=0)
    assert all(np.ptp(curve.y[curve.x == value]) < 1e-14 for value in (1, 2, 3))
    np.testing.assert_allclose(lowess(np.ones(4), [1, 2, 3, 6], iter=0).y, 3)


def test_one_point_and_two_points_are_returned_as_they_are():
    np.testing.assert_array_equal(lowess([3], [7]).y, [7])
    np.testing.assert_allclose(lowess([2, 1], [7, 5]).y, [5, 7])


def test_constant_y_stays_exactly_constant():
    x = np.random.default_rng(1).normal(size=50)
    np.testing.assert_array_equal(lowess(x, np.full(50, 0.1), 0.4).y, np.full(50, 0.1))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    f=st.floats(0.2, 1),
    scale=st.floats(1e-3, 1e3),
    slope=st.floats(-5, 5),
)
def test_a_line_added_to_y_is_added_to_the_curve_and_units_do_not_matter(seed, f, scale, slope):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 1, size=60), rng.normal(size=60)
    plain, moved = lowess(x, y, f, 0), lowess(scale * x, y + slope * x, f, 0)
    np.testing.assert_allclose(moved.y, plain.y + slope * plain.x, atol=1e-8)


def test_order_of_the_points_does_not_matter_and_inputs_stay_as_they_were():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=50), rng.normal(size=50)
    kept = x.copy(), y.copy()
    curve, turned = lowess(x, y), lowess(x[::-1], y[::-1])
    np.testing.assert_array_equal(curve.y, turned.y)
    np.testing.assert_array_equal((x, y), kept)
    np.testing.assert_array_equal(curve["x"], np.sort(x))
    assert list(curve) == ["x", "y"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"y": [1, 2]}, ShapeError, "`y` has 2 values; 3 are expected, one for each point of `x`"),
        ({"x": [1, np.nan, 3]}, InputError, "`x` has 1 missing or infinite values"),
        ({"y": [1, 2, np.inf]}, InputError, "position 2"),
        ({"y": np.ones((3, 3))}, ShapeError, "`y` has shape"),
        ({"y": list("abc")}, InputTypeError, "`y` must be real numbers"),
        ({"y": [1j, 2, 3]}, InputTypeError, "real numbers"),
        ({"f": 0}, InputError, "`f` must be finite and above 0; got 0"),
        ({"f": np.inf}, InputError, "`f` must be finite and above 0"),
        ({"iter": -1}, InputError, "`iter` must lie between 0"),
        ({"delta": -0.1}, InputError, "`delta` must be finite and at least 0"),
        ({"delta": "wide"}, InputTypeError, "`delta` must be a number"),
        ({"x": [], "y": []}, InputError, "at least one point"),
    ],
)
def test_unusable_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        lowess(**({"x": [1, 2, 3], "y": [1, 2, 3]} | arguments))


def test_spans_of_published_defaults():
    np.testing.assert_allclose(
        choose_lowess_span([1, 50, 100, 1000]), [1, 1, 0.8555903681888699, 0.5578822049048271]
    )
    assert choose_lowess_span(5000, power=0.5) == pytest.approx(0.37)
    assert isinstance(choose_lowess_span(), float)


def test_span_falls_with_the_number_of_points_towards_the_least():
    spans = choose_lowess_span(10 ** np.arange(1, 13), min_span=0.2)
    assert np.all(np.diff(spans) <= 0)
    assert spans[-1] == pytest.approx(0.2, abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"n": 0}, InputError),
        ({"n": "many"}, InputTypeError),
        ({"small_n": -1}, InputError),
        ({"min_span": np.nan}, InputError),
        ({"power": -1}, InputError),
    ],
)
def test_spans_name_unusable_arguments(arguments, error):
    with pytest.raises(error, match=f"`{next(iter(arguments))}` must be"):
        choose_lowess_span(**arguments)


def test_a_span_beyond_all_numbers_takes_all_points():
    x, y = np.random.default_rng(3).normal(size=(2, 30))
    np.testing.assert_array_equal(lowess(x, y, 1e300).y, lowess(x, y, 1.0).y)
