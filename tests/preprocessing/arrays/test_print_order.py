"""The order of printing, by a robot that dips its pins and prints spot by spot."""

import numpy as np
import pytest

import pylimma
from pylimma.errors import InputError

SIZES = ("ngrid_r", "ngrid_c", "nspot_r", "nspot_c")


def layout_of(*sizes, **more):
    return pylimma.PrintLayout(zip(SIZES, sizes, strict=True), **more)


def printed_by_a_robot(rows, columns, spot_rows, spot_columns, pin_rows, start="topleft"):
    """Order, plate, row and column of the well of each spot, found by printing the slide."""
    order, wells, n_pins = {}, {}, pin_rows * columns
    dip, (plate, down, along) = 0, (1, 0, 0)
    for first in range(0, rows, pin_rows):
        for row in range(spot_rows):
            across = range(spot_columns)
            for column in across if start == "topleft" else reversed(across):
                dip += 1
                for r in range(pin_rows):
                    for c in range(columns):
                        spot = (first + r, c, row, column)
                        order[spot] = dip
                        # pins stand with the last column of the slide over the first row of wells
                        wells[spot] = (plate, down + columns - c, along + r + 1)
                along += pin_rows
                if along + pin_rows > 24:
                    down, along = down + columns, 0
                if dip % (384 // n_pins) == 0:
                    plate, down, along = plate + 1, 0, 0
    spots = sorted(order)
    return np.array([order[spot] for spot in spots]), np.array([wells[spot] for spot in spots]).T


@pytest.mark.parametrize("start", ["topleft", "topright"])
@pytest.mark.parametrize(
    ("sizes", "pin_rows"),
    [
        ((2, 2, 3, 4), 2),
        ((4, 4, 5, 6), 4),
        ((4, 4, 5, 6), 2),
        ((12, 4, 3, 3), 12),
        ((8, 4, 9, 9), 2),
        ((1, 1, 20, 20), 1),
    ],
)
def test_the_order_is_that_of_a_robot(sizes, pin_rows, start):
    found = pylimma.printorder(layout_of(*sizes), npins=pin_rows * sizes[1], start=start)
    order, (plate, row, column) = printed_by_a_robot(*sizes, pin_rows, start)
    np.testing.assert_array_equal(found.printorder, order)
    np.testing.assert_array_equal(found.plate, plate)
    np.testing.assert_array_equal(found.plate_r, row)
    np.testing.assert_array_equal(found.plate_c, column)


@pytest.mark.parametrize("start", ["topleft", "topright"])
@pytest.mark.parametrize(
    ("spacing", "step"), [("columns", 1), ("rows", 6), ("topbottom", 72), (6, 6), (72, 72)]
)
def test_duplicates_are_printed_from_one_dip_one_after_the_other(spacing, step, start):
    layout = layout_of(2, 3, 4, 6)
    found = pylimma.printorder(layout, ndups=2, spacing=spacing, start=start)
    rows = np.arange(144).reshape(-1, 2, step)
    first, second = rows[:, 0].ravel(), rows[:, 1].ravel()
    order = found.printorder
    ahead = -1 if start == "topright" and spacing == "columns" else 1
    np.testing.assert_array_equal(order[second] - order[first], np.full(72, ahead))
    for name in ("plate", "plate_r", "plate_c", "plateposition"):
        np.testing.assert_array_equal(found[name][first], found[name][second])
    n_pins = 3 if step == 72 else 6
    assert (np.bincount(order)[1:] == n_pins).all()


def test_every_well_gives_the_spots_of_one_dip_of_one_pin():
    found = pylimma.printorder(layout_of(4, 4, 20, 20))
    _, times = np.unique(found.plateposition, return_counts=True)
    assert (times == 1).all()
    assert found.plateposition[0] == "p01D01"
    assert found.plate.max() == 17


def test_what_is_not_given_comes_from_the_printer_of_a_container():
    layout = layout_of(2, 2, 3, 6, ndups=3, spacing=1, npins=2, start="topright")
    data = pylimma.RGList(R=np.ones((72, 1)), G=np.ones((72, 1)), printer=layout)
    expected = pylimma.printorder(layout, ndups=3, spacing=1, npins=2, start="topright")
    np.testing.assert_array_equal(pylimma.printorder(data).printorder, expected.printorder)
    plain = pylimma.printorder(layout)
    np.testing.assert_array_equal(plain.printorder, np.tile(np.arange(1, 19), 4))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"npins": 3}, "`npins` is 3: the 4 grids must be a multiple"),
        ({"npins": 1}, "one of their 2 columns"),
        ({"ndups": 4, "spacing": "rows"}, "the 3 of `nspot_r` are not a multiple"),
        ({"spacing": "subarrays"}, "`spacing` must be one of"),
        ({"spacing": 5}, "1 along columns, 6 along rows, 36 from top"),
        ({"start": "bottomleft"}, "`start` must be one of"),
        ({"ndups": 0}, "`ndups` must be at least 1"),
    ],
)
def test_pins_and_duplicates_that_do_not_fit_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        pylimma.printorder(layout_of(2, 2, 3, 6), **options)
