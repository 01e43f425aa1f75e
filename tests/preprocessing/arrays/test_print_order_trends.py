"""Trends along the order of printing."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError, ShapeError

RNG = np.random.default_rng(29)
LAYOUT = pylimma.PrintLayout(ngrid_r=2, ngrid_c=2, nspot_r=8, nspot_c=12)
ORDER = pylimma.printorder(LAYOUT).printorder
DRIFT = np.sin(ORDER / 20)
R = np.exp2(9 + DRIFT + RNG.normal(0, 0.1, ORDER.size))
G = np.exp2(8 + 0.5 * DRIFT + RNG.normal(0, 0.1, ORDER.size))


def channels():
    return pylimma.RGList(
        R=np.column_stack([R, G]), G=np.column_stack([G, R]), Rb=np.ones((384, 2)), printer=LAYOUT
    )


def test_a_drift_of_each_channel_is_taken_out_and_the_levels_stay():
    found = pylimma.normalize_for_printorder_rg(R, G, ORDER, separate_channels=True)
    for before, after, trend in ((R, found.R, found.r_trend), (G, found.G, found.g_trend)):
        np.testing.assert_allclose(np.log2(after), np.log2(before) - trend, atol=1e-12)
        assert trend.mean() == pytest.approx(0, abs=1e-12)
        assert np.log2(after).std() < 0.12 < np.log2(before).std()


def test_a_common_trend_leaves_the_log_ratios():
    found = pylimma.normalize_for_printorder_rg(R, G, ORDER)
    np.testing.assert_allclose(found.R / found.G, R / G)
    np.testing.assert_array_equal(found.r_trend, found.g_trend)


def test_plates_of_equal_spots_but_for_noise_have_equal_levels():
    found = pylimma.normalize_for_printorder_rg(R, G, ORDER, method="plate", plate_size=12)
    average = np.log2(found.R * found.G) / 2
    levels = [np.median(average[plate == (ORDER - 1) // 12]) for plate in range(8)]
    assert np.ptp(levels) < 0.1


@pytest.mark.parametrize("method", ["loess", "plate"])
def test_arrays_are_worked_on_one_by_one_in_the_order_of_the_layout(method):
    data = channels()
    found = pylimma.normalize_for_printorder(data, method=method, span=0.3)
    for array in range(2):
        one = pylimma.normalize_for_printorder_rg(
            data["R"][:, array], data["G"][:, array], ORDER, method, span=0.3
        )
        np.testing.assert_array_equal(found.R[:, array], one.R)
        np.testing.assert_array_equal(found.G[:, array], one.G)
    np.testing.assert_array_equal(found.Rb, data.Rb)
    np.testing.assert_array_equal(data.R[:, 0], R)


def test_what_the_printer_knows_of_duplicates_is_used_unless_a_layout_is_given():
    data = channels()
    data["printer"] = pylimma.PrintLayout(LAYOUT, ndups=2, spacing=1)
    order = pylimma.printorder(LAYOUT, ndups=2, spacing=1).printorder
    one = pylimma.normalize_for_printorder_rg(R, G, order)
    np.testing.assert_array_equal(pylimma.normalize_for_printorder(data).R[:, 0], one.R)
    plain = pylimma.normalize_for_printorder_rg(R, G, ORDER)
    found = pylimma.normalize_for_printorder({"R": data["R"], "G": data["G"]}, LAYOUT)
    np.testing.assert_array_equal(found.R[:, 0], plain.R)


def test_what_is_not_positive_is_missing_and_has_no_say():
    red = R.copy()
    red[[3, 9, 40]] = [0, -5, np.nan]
    found = pylimma.normalize_for_printorder_rg(red, G, ORDER, separate_channels=True, span=0.3)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(found.R)), [3, 9, 40])
    known = ~np.isnan(found.R)
    alone = pylimma.normalize_for_printorder_rg(
        R[known], G[known], ORDER[known], separate_channels=True, span=0.3
    )
    np.testing.assert_allclose(found.R[known], alone.R)


def test_the_picture_shows_the_points_and_the_trend_of_each_channel():
    found = pylimma.normalize_for_printorder_rg(R, G, ORDER, separate_channels=True, plot=True)
    lines = {line.get_label(): line for line in plt.gca().get_lines()}
    assert {"red", "green"} <= set(lines)
    order = np.argsort(ORDER, kind="stable")
    curve = lines["red"].get_ydata()
    np.testing.assert_allclose(curve - curve.mean(), found.r_trend[order], atol=1e-12)
    assert curve.mean() == pytest.approx(np.log2(R).mean(), abs=0.02)
    plt.close("all")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"method": "tip"}, InputError, "`method` must be one of 'loess', 'plate'"),
        ({"span": 0}, InputError, "`span` must"),
        ({"plate_size": -1, "method": "plate"}, InputError, "`plate_size` must"),
        ({"printorder": ORDER[1:]}, ShapeError, "`printorder` has 383 values"),
        (
            {"R": np.ones(384), "G": np.ones(384), "method": "plate"},
            InputError,
            "plate 1 are equal",
        ),
    ],
)
def test_what_has_no_trend_is_refused(change, error, message):
    with pytest.raises(error, match=message):
        pylimma.normalize_for_printorder_rg(**{"R": R, "G": G, "printorder": ORDER, **change})


def test_channels_and_a_layout_are_needed():
    with pytest.raises(InputTypeError, match="components R and G"):
        pylimma.normalize_for_printorder(pylimma.MAList(M=R[:, None], A=G[:, None]), LAYOUT)
    with pytest.raises(InputError, match="needs the `layout`"):
        pylimma.normalize_for_printorder({"R": R[:, None], "G": G[:, None]})
