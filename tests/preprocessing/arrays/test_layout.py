"""Layouts of slides: places of spots by nested loops, and layouts found in tables and files."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError, ShapeError
from pylimma.preprocessing.arrays.layout import parse_layout

SIZES = ("ngrid_r", "ngrid_c", "nspot_r", "nspot_c")


def gal_table(rows, columns, spot_rows, spot_columns):
    """Every spot of a slide by loops, as in a GAL file."""
    return pd.DataFrame(
        [
            (r * columns + c + 1, i + 1, j + 1)
            for r in range(rows)
            for c in range(columns)
            for i in range(spot_rows)
            for j in range(spot_columns)
        ],
        columns=["Block", "Row", "Column"],
    )


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (2, 3, 2, 4), (4, 1, 3, 2), (12, 4, 2, 2)])
def test_places_of_spots_agree_with_nested_loops(sizes):
    places = np.array(list(product(*(range(1, size + 1) for size in sizes))))
    layout = dict(zip(SIZES, sizes, strict=True))
    functions = (pylimma.gridr, pylimma.gridc, pylimma.spotr, pylimma.spotc)
    for axis, function in enumerate(functions):
        np.testing.assert_array_equal(function(layout), places[:, axis])


@pytest.mark.parametrize(
    ("sizes", "found"),
    [((3, 4, 2, 5), (3, 4, 2, 5)), ((5, 1, 2, 2), (5, 1, 2, 2)), ((3, 2, 2, 2), (6, 1, 2, 2))],
)
def test_a_table_of_spots_gives_the_layout_with_grids_in_four_columns_or_one(sizes, found):
    assert pylimma.get_layout(gal_table(*sizes)) == dict(zip(SIZES, found, strict=True))


def test_duplicates_are_guessed_from_equal_ids_and_names():
    table = gal_table(1, 1, 2, 4).assign(ID=list("aabbccdd"), Name=list("xxyyzzww"))
    layout = pylimma.get_layout(table, guessdups=True)
    assert (layout.ndups, layout.spacing) == (2, 1)
    other = pylimma.get_layout(table.assign(Name=list("xyxyxyxy")), guessdups=True)
    assert (other.ndups, other.spacing) == (1, 1)


def test_identifiers_that_are_missing_tell_no_duplicates():
    found = pylimma.get_dup_spacing(["a", None, "a"])
    assert np.isnan([found.ndups, found.spacing]).all()


def test_the_layout_of_a_container_is_its_printer():
    layout = pylimma.PrintLayout(zip(SIZES, (1, 2, 2, 3), strict=True))
    data = pylimma.RGList(printer=layout)
    assert data.shape == (0, 0)
    np.testing.assert_array_equal(pylimma.gridc(data), pylimma.gridc(layout))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pylimma.gridr(3), InputTypeError, "must be a PrintLayout"),
        (lambda: pylimma.gridr(pylimma.MAList(source="x")), InputTypeError, "as `printer`"),
        (lambda: pylimma.spotc({"ngrid_r": 2}), InputError, "lacks ngrid_c, nspot_r, nspot_c"),
        (lambda: pylimma.get_layout({"Block": [1]}), InputError, "no columns 'Row', 'Column'"),
        (
            lambda: pylimma.get_layout({"Block": ["a"], "Row": [1], "Column": [1]}),
            InputError,
            "Column 'Block' of `gal` has no numbers",
        ),
        (
            lambda: parse_layout(dict.fromkeys(SIZES, 2), 15),
            ShapeError,
            "4 grids of 4 spots; the data have 15 rows",
        ),
        (lambda: parse_layout(dict.fromkeys(SIZES, 1.5)), InputError, "must be a whole number"),
    ],
)
def test_what_is_no_layout_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
