"""Log-ratios normalised within each array."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError, ShapeError

RNG = np.random.default_rng(37)
N = 240
LAYOUT = pylimma.PrintLayout(ngrid_r=2, ngrid_c=2, nspot_r=6, nspot_c=10)
GRID = np.repeat(np.arange(4), 60)
A = RNG.uniform(6, 14, (N, 3))
M = np.sin(A / 3) + 0.4 * GRID[:, None] + RNG.normal(0, 0.1, (N, 3))
WEIGHTS = RNG.uniform(0.2, 1, (N, 3))
CONTROLS = np.arange(N) % 4 == 1
METHODS = ["none", "median", "loess", "printtiploess", "composite", "control", "robustspline"]
NAMES = [f"s{k}" for k in range(N)]


def arrays(**components):
    given = {"M": M, "A": A, "printer": LAYOUT, **components}
    return pylimma.MAList({name: value for name, value in given.items() if value is not None})


def normalised(method="printtiploess", data=None, **options):
    options.setdefault("controlspots", CONTROLS)
    data = arrays() if data is None else data
    return pylimma.normalize_within_arrays(data, method=method, **options)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
def test_print_tip_loess_is_the_curve_of_each_grid(weights):
    found = normalised(weights=weights, span=0.5)
    for array in range(3):
        for grid in range(4):
            own = grid == GRID
            w = None if weights is None else weights[own, array]
            fit = pylimma.loess_fit(M[own, array], A[own, array], w, span=0.5)
            np.testing.assert_allclose(found.M[own, array], fit.residuals, atol=1e-11)


def test_loess_takes_no_grids_and_the_median_no_intensities():
    np.testing.assert_allclose(
        normalised("loess").M[:, 1], pylimma.loess_fit(M[:, 1], A[:, 1]).residuals, atol=1e-12
    )
    data = arrays(A=None, printer=None)
    np.testing.assert_array_equal(normalised("median", data).M, M - np.median(M, axis=0))
    found = normalised("median", data, weights=WEIGHTS).M
    centres = [pylimma.weighted_median(m, w) for m, w in zip(M.T, WEIGHTS.T, strict=True)]
    np.testing.assert_allclose(found, M - centres)


def test_the_composite_goes_from_the_curve_of_the_grid_to_the_level_of_controls():
    found = normalised("composite").M
    tip = normalised().M
    lowest = A.argmin(axis=0)
    np.testing.assert_allclose(found[lowest, range(3)], tip[lowest, range(3)], atol=1e-12)
    # far above, the level of control spots: their robust local mean
    data = arrays(M=np.where(CONTROLS[:, None], 7.0, M))
    highest, share = A.argmax(axis=0), 1 - 1 / N
    found = normalised("composite", data).M[highest, range(3)]
    level = data["M"][highest, range(3)] - share * 7.0
    tip = data["M"] - normalised("printtiploess", data).M
    np.testing.assert_allclose(found, level - tip[highest, range(3)] / N, atol=1e-9)


def test_control_spots_have_log_ratios_around_zero():
    found = normalised("control").M
    for array in range(3):
        slope = np.polyfit(A[CONTROLS, array], found[CONTROLS, array], 1)
        np.testing.assert_allclose(slope, 0, atol=0.15)
    moved = normalised("control", arrays(M=M + 5 - A)).M
    np.testing.assert_allclose(moved, found, atol=1e-9)


def test_robust_splines_are_those_of_each_array():
    found = normalised("robustspline").M
    for array in range(3):
        one = pylimma.normalize_robust_spline(M[:, array], A[:, array], LAYOUT)
        np.testing.assert_array_equal(found[:, array], one)
    whole = normalised("robustspline", layout=None).M
    one = pylimma.normalize_robust_spline(M[:, 0], A[:, 0])
    np.testing.assert_array_equal(whole[:, 0], one)


@pytest.mark.parametrize("method", METHODS)
def test_only_log_ratios_change_and_names_stay(method):
    data = arrays(weights=WEIGHTS, targets=pd.DataFrame({"x": range(3)})).set_names(
        genes=NAMES, samples=list("abc")
    )
    found = normalised(method, data)
    for name in ("A", "weights"):
        np.testing.assert_array_equal(found[name], data[name])
    assert list(found.row_names) == NAMES
    assert list(found.col_names) == list("abc")
    assert found["printer"] == LAYOUT
    np.testing.assert_array_equal(data["M"], M)


@pytest.mark.parametrize("method", METHODS)
def test_arrays_do_not_know_of_each_other(method):
    order = [2, 0, 1]
    data = arrays(weights=WEIGHTS)
    moved = arrays(M=M[:, order], A=A[:, order], weights=WEIGHTS[:, order])
    found = normalised(method, data).M
    np.testing.assert_allclose(normalised(method, moved).M, found[:, order], atol=1e-12)
    one = normalised(method, arrays(M=M[:, :1], A=A[:, :1], weights=WEIGHTS[:, :1])).M
    np.testing.assert_allclose(one, found[:, :1], atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_spots_of_a_grid_may_stand_in_any_order(method):
    order = np.concatenate([RNG.permutation(np.flatnonzero(grid == GRID)) for grid in range(4)])
    data = arrays(M=M[order], A=A[order], weights=WEIGHTS[order])
    found = normalised(method, arrays(weights=WEIGHTS)).M
    moved = normalised(method, data, controlspots=CONTROLS[order]).M
    np.testing.assert_allclose(moved, found[order], atol=1e-9)


@pytest.mark.parametrize("method", METHODS[2:])
def test_missing_values_stay_missing_and_have_no_say(method):
    m, a = M.copy(), A.copy()
    m[3, 0], m[8, 0], a[20, 0] = np.nan, np.inf, -np.inf
    m[60:120, 1] = np.nan
    found = normalised(method, arrays(M=m, A=a)).M
    np.testing.assert_array_equal(np.isnan(found), ~(np.isfinite(m) & np.isfinite(a)))
    np.testing.assert_allclose(found[:, 2], normalised(method).M[:, 2], atol=1e-12)
    if method == "loess":
        known = np.isfinite(found[:, 0])
        one = pylimma.loess_fit(m[known, 0], a[known, 0]).residuals
        np.testing.assert_allclose(found[known, 0], one, atol=1e-12)


@pytest.mark.parametrize("method", METHODS[1:6])
def test_equal_weights_are_none_and_stored_ones_are_used_unless_others_are_given(method):
    plain = normalised(method).M
    np.testing.assert_allclose(normalised(method, weights=np.ones((N, 3))).M, plain, atol=1e-12)
    np.testing.assert_allclose(normalised(method, weights=[1.0, 2, 3]).M, plain, atol=1e-12)
    stored = arrays(weights=WEIGHTS)
    np.testing.assert_array_equal(normalised(method, stored, weights=None).M, plain)
    np.testing.assert_array_equal(
        normalised(method, stored).M, normalised(method, weights=WEIGHTS).M
    )
    assert np.abs(normalised(method, stored).M - plain).max() > 1e-4


def test_what_has_names_is_matched_by_them():
    data = arrays().set_names(genes=NAMES, samples=list("abc"))
    order = RNG.permutation(N)
    weights = pd.DataFrame(WEIGHTS, NAMES, list("abc")).iloc[order][list("cab")]
    controls = pd.Series(CONTROLS, NAMES).iloc[order]
    for method in ("composite", "control"):
        found = normalised(method, data, weights=weights, controlspots=controls)
        expected = normalised(method, weights=WEIGHTS)
        np.testing.assert_array_equal(found.M, expected.M)
    found = normalised("control", controlspots=np.flatnonzero(CONTROLS))
    np.testing.assert_array_equal(found.M, normalised("control").M)


def test_channels_are_corrected_for_background_first():
    data = pylimma.RGList(
        R=np.exp2(A + M / 2) + 40,
        G=np.exp2(A - M / 2) + 20,
        Rb=np.full((N, 3), 40.0),
        Gb=np.full((N, 3), 20.0),
        printer=LAYOUT,
    )
    found = pylimma.normalize_within_arrays(data)
    np.testing.assert_allclose(found.M, normalised().M, atol=1e-9)
    assert "Rb" not in found
    plain = pylimma.normalize_within_arrays(data, bc_method="none", offset=8, method="none")
    np.testing.assert_allclose(plain.M, np.log2((data.R + 8) / (data.G + 8)))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"method": "tip"}, InputError, "`method` must be one of"),
        ({"object": M}, InputTypeError, "must be of two colours"),
        ({"object": pylimma.EList(E=M)}, InputTypeError, "takes one colour"),
        ({"object": arrays(A=None)}, InputError, "needs the average log-intensities `A`"),
        ({"object": arrays(printer=None)}, InputError, 'method="loess" does without'),
        ({"layout": {**LAYOUT, "nspot_r": 5}}, ShapeError, "4 grids of 50 spots"),
        ({"method": "control", "controlspots": None}, InputError, "needs `controlspots`"),
        ({"method": "control", "controlspots": [N]}, InputError, "positions from 0 to 239"),
        ({"method": "control", "controlspots": CONTROLS[1:]}, ShapeError, "has 239 values"),
        (
            {"method": "control", "controlspots": np.zeros(N, bool)},
            InputError,
            "No control spot of array 0",
        ),
        ({"span": 0}, InputError, "`span` must"),
        ({"iterations": 0}, InputError, "`iterations` must"),
        ({"weights": np.ones((N, 2))}, ShapeError, "`weights` have shape"),
        ({"method": "robustspline", "df": 70}, InputError, "a grid of the `layout` has 60"),
    ],
)
def test_what_cannot_be_normalised_is_refused(change, error, message):
    with pytest.raises(error, match=message):
        pylimma.normalize_within_arrays(**{"object": arrays(), **change})
