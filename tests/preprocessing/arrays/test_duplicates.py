"""Duplicate spots: where they lie, their averages by loops, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError, ShapeError

RNG = np.random.default_rng(5)
LAYOUT = {"ngrid_r": 2, "ngrid_c": 2, "nspot_r": 3, "nspot_c": 4, "ndups": 2}


def rows_of_probes(n_rows, ndups, spacing):
    """Rows of each probe, found group by group."""
    group = ndups * spacing
    return [
        [start + position + k * spacing for k in range(ndups)]
        for start in range(0, n_rows, group)
        for position in range(spacing)
    ]


@pytest.mark.parametrize(("ndups", "spacing"), [(2, 1), (2, 3), (3, 2), (2, 6), (1, 1)])
def test_averages_over_known_values_agree_with_loops(ndups, spacing):
    y = RNG.normal(size=(12, 3))
    y[[0, 1, 7], [0, 0, 2]] = np.nan
    found = pylimma.avedups(y, ndups, spacing)
    for probe, rows in enumerate(rows_of_probes(12, ndups, spacing)):
        for array in range(3):
            known = [y[row, array] for row in rows if not np.isnan(y[row, array])]
            expected = np.mean(known) if known else np.nan
            np.testing.assert_allclose(found[probe, array], expected, rtol=1e-14)


def test_weighted_averages_ignore_negative_weights_and_missing_values():
    y, w = np.array([[1.0], [3], [5], [np.nan]]), np.array([[1.0], [3], [-1], [2]])
    assert pylimma.avedups(y, weights=w)[0, 0] == 2.5
    assert np.isnan(pylimma.avedups(y, weights=w)[1, 0])


@pytest.mark.parametrize(("ndups", "spacing"), [(2, 1), (2, 3), (3, 2)])
def test_duplicates_are_put_side_by_side(ndups, spacing):
    y = RNG.normal(size=(12, 2))
    found = pylimma.unwrapdups(y, ndups, spacing)
    expected = [
        [y[row, array] for array in range(2) for row in rows]
        for rows in rows_of_probes(12, ndups, spacing)
    ]
    np.testing.assert_array_equal(found, expected)


def test_annotation_is_that_of_the_first_spot_in_the_kind_given():
    table = pd.DataFrame({"id": list("aabbccdd")}, index=range(10, 18))
    assert pylimma.uniquegenelist(table).index.tolist() == [10, 12, 14, 16]
    assert pylimma.uniquegenelist(list("abab"), 2, 2).tolist() == ["a", "b"]
    assert pylimma.uniquegenelist(table, 1) is table


def test_tables_and_containers_are_averaged_in_their_kind():
    frame = pd.DataFrame(RNG.normal(size=(8, 2)), index=list("abcdefgh"), columns=["s", "t"])
    assert pylimma.avedups(frame).index.tolist() == list("aceg")
    genes = pd.DataFrame({"id": list("wwxxyyzz")}, index=frame.index)
    found = pylimma.avedups(pylimma.EList(E=frame, genes=genes), 2, 1)
    np.testing.assert_allclose(found["E"], pylimma.avedups(frame.to_numpy()))
    assert found.genes["id"].tolist() == list("wxyz")


@pytest.mark.parametrize(
    ("spacing", "rows"), [("columns", 1), ("rows", 4), ("subarrays", 24), ("topbottom", 24), (7, 7)]
)
def test_a_name_for_the_place_of_duplicates_gives_their_spacing(spacing, rows):
    assert pylimma.get_spacing(spacing, LAYOUT) == rows


@pytest.mark.parametrize(
    ("ids", "ndups", "spacing"),
    [
        (list("aabbcc"), 2, 1),
        (list("abcabc"), 2, 3),
        (list("abab") * 2, 4, 2),
        (list("abca"), 1, 1),
    ],
)
def test_number_and_spacing_are_found_from_identifiers(ids, ndups, spacing):
    found = pylimma.get_dup_spacing(ids)
    assert (found.ndups, found.spacing) == (ndups, spacing)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pylimma.avedups(np.ones((5, 2))), ShapeError, "must be a multiple of 2"),
        (lambda: pylimma.unwrapdups(np.ones((6, 2)), 2, 2), ShapeError, "6 rows cannot hold"),
        (lambda: pylimma.uniquegenelist(list("abc")), ShapeError, "3 rows cannot hold"),
        (lambda: pylimma.get_spacing("left", LAYOUT), InputError, "`spacing` must be one of"),
        (lambda: pylimma.get_spacing("rows", {}), InputError, "needs the numbers of rows"),
        (lambda: pylimma.get_spacing("rows", 3), InputTypeError, "must be a PrintLayout"),
        (lambda: pylimma.get_dup_spacing([]), InputTypeError, "vector of identifiers"),
    ],
)
def test_what_cannot_hold_duplicates_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
