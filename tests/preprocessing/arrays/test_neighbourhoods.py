"""Statistics of neighbouring cells and spots."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import InputError, InputTypeError, ShapeError

RNG = np.random.default_rng(6)
X = RNG.normal(size=(5, 7))
X[RNG.random(X.shape) < 0.3] = np.nan
X[:2, :2] = np.nan
REFERENCE = {
    "mean": np.nanmean,
    "min": np.nanmin,
    "max": np.nanmax,
    "median": np.nanmedian,
    "sum": np.nansum,
}


def around(x, row, column):
    return x[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]


@pytest.mark.parametrize("name", REFERENCE)
def test_each_cell_has_the_statistic_of_its_neighbours(name):
    result = pl.ma3x3_matrix(X, name)
    for place in np.ndindex(X.shape):
        cells = around(X, *place)
        expected = np.nan if np.isnan(cells).all() else REFERENCE[name](cells)
        np.testing.assert_allclose(result[place], expected, rtol=1e-12)


def test_missing_values_and_borders_spread_if_they_are_not_skipped():
    whole = np.arange(20.0).reshape(4, 5)
    whole[1, 0] = np.nan
    result = pl.ma3x3_matrix(whole, "mean", na_rm=False)
    inside = np.zeros(whole.shape, dtype=bool)
    inside[1:-1, 2:-1] = True
    np.testing.assert_array_equal(~np.isnan(result), inside)
    np.testing.assert_allclose(result[inside], whole[inside], rtol=1e-14)


def test_neighbours_on_the_slide_reach_across_grids():
    layout = pl.PrintLayout(ngrid_r=2, ngrid_c=2, nspot_r=2, nspot_c=3)
    image = RNG.normal(size=(4, 6))
    grids = [image[2 * i : 2 * i + 2, 3 * j : 3 * j + 3] for i in range(2) for j in range(2)]
    spots = np.concatenate([grid.ravel() for grid in grids])
    expected = pl.ma3x3_matrix(image, "max")
    grids = [expected[2 * i : 2 * i + 2, 3 * j : 3 * j + 3] for i in range(2) for j in range(2)]
    result = pl.ma3x3_spottedarray(pd.Series(spots, name="x"), layout, "max")
    np.testing.assert_array_equal(result, np.concatenate([grid.ravel() for grid in grids]))


def test_kinds_and_names_are_kept():
    table = pd.DataFrame(X, list("abcde"))
    assert pl.ma3x3_matrix(table).index.tolist() == list("abcde")
    layout = {"ngrid_r": 1, "ngrid_c": 1, "nspot_r": 5, "nspot_c": 1}
    assert pl.ma3x3_spottedarray(table, layout).shape == table.shape


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pl.ma3x3_matrix(X, "mode"), InputError, "`fun` must be one of"),
        (lambda: pl.ma3x3_matrix(X[0]), ShapeError, "2 are expected"),
        (lambda: pl.ma3x3_spottedarray(X, None), InputTypeError, "must be a PrintLayout"),
        (lambda: pl.ma3x3_spottedarray(X, {"ngrid_r": 1}), InputError, "`layout` lacks"),
    ],
)
def test_what_has_no_neighbours_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
