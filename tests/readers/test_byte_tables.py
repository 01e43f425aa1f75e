"""Tables as bytes: the cells are those of lines split one by one, the numbers are Python's."""

import numpy as np
import pytest
from hypothesis import given, strategies

from pylimma.errors import InputError, ShapeError, UnknownNameError
from pylimma.readers.byte_tables import byte_table, split_cells

WORDS = strategies.text("ab 0µ#'.", max_size=4)
NUMBERS = strategies.one_of(
    strategies.floats(allow_nan=False, allow_infinity=False).map(repr),
    strategies.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    strategies.integers(-(10**18), 10**18).map(str),
)


def table(rows, sep="\t", **options):
    """Table of rows under the titles a, b and so on."""
    text = "".join(f"\n{sep.join(row)}" for row in rows)
    return byte_table(f"{text}\n".encode(), list("abcdef"[: len(rows[0])]), 2, sep, "t", **options)


@given(rows=strategies.lists(strategies.tuples(WORDS, NUMBERS, WORDS), min_size=1, max_size=9))
@pytest.mark.parametrize("quotes", [True, False])
def test_cells_and_numbers_are_what_python_reads(rows, quotes):
    quoted = [(f'"{a}"' if quotes else a, b, c) for a, b, c in rows]
    found = table(quoted, quotes=quotes)
    assert found.texts("a") == [a for a, _, _ in rows]
    assert found.texts("c") == [c for _, _, c in rows]
    assert found.numbers("b").tolist() == [float(b) for _, b, _ in rows]


@given(rows=strategies.lists(strategies.tuples(WORDS, WORDS), min_size=1, max_size=9))
def test_cells_with_separators_in_quotes_are_whole(rows):
    found = table([(f'"{a},{b}"', f'"{b}"', "7") for a, b in rows], ",", quotes=True)
    assert found.texts("a") == [f"{a},{b}" for a, b in rows]
    assert found.texts("b") == [b for _, b in rows]
    assert found.numbers("c").tolist() == [7] * len(rows)


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('a,"b,c",d', ["a", "b,c", "d"]),
        ('"a","b"', ["a", "b"]),
        ('"a,b', ['"a', "b"]),
        ('"a,"b",c', ['"a', "b", "c"]),
        ('a"b,c"', ['a"b', 'c"']),
        ('"a ""b"" c"', ['a "b" c']),
        ('"",a', ["", "a"]),
    ],
)
def test_a_quote_opens_a_cell_only_if_one_closes_it(line, cells):
    assert split_cells(line, ",") == cells


def test_lines_keep_their_numbers_where_some_are_empty():
    found = byte_table(b"\nx\t1\n\n  \ny\tz\n", ["a", "b"], 2, "\t", "t", quotes=True)
    assert found.lines.tolist() == [2, 5]
    with pytest.raises(InputError, match="Line 5 of 't': column 'b' holds 'z', not a number"):
        found.numbers("b")


@pytest.mark.parametrize("cell", ["1_000", "0x1f", "1,5", "1 2", "--1", "1.2.3", "inf", "-", "."])
def test_what_is_not_a_number_is_refused(cell):
    with pytest.raises(InputError, match="not a number"):
        table([("1",), (cell,)], quotes=True).numbers("a")


def test_rows_of_other_widths_are_refused():
    body = b"\n1\t2\n1\n"
    with pytest.raises(ShapeError, match="Line 3 of 't' has 1 cells; line 1, which names"):
        byte_table(body, ["a", "b"], 2, "\t", "t", quotes=False)
    with pytest.raises(InputError, match="holds no rows of data below line 1"):
        byte_table(b"\n\n", ["a", "b"], 2, "\t", "t", quotes=False)


def test_a_name_that_repeats_is_numbered():
    found = byte_table(b"\n1\t2\t3\n", ["a", "b", "a"], 2, "\t", "t", quotes=False)
    assert found.columns == ["a", "b", "a.1"]
    assert found.numbers("a.1").tolist() == [3]
    with pytest.raises(UnknownNameError, match="no column 'A'; it has 'a'"):
        found.numbers("A")


def test_missing_cells_are_missing():
    found = table([(cell, "x") for cell in ("NA", "", "Error", "2")], quotes=True).numbers("a")
    np.testing.assert_array_equal(found, [np.nan, np.nan, np.nan, 2])
