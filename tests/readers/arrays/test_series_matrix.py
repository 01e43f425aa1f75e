"""Lines of series matrix files as fields: tabs, quotes and several physical lines."""

from pathlib import Path

import pytest

from pylimma.readers.arrays.series_matrix import parse_series_matrix, split_fields, unquoted


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ("!a", ["!a"]),
        ("!a\t", ["!a", ""]),
        ('!a\t"b"\t\t"c"', ["!a", '"b"', "", '"c"']),
        ('!a\t"b\tc"\td', ["!a", '"b\tc"', "d"]),
        ('!a\t"b ""x\t"""\t"c\nd"', ["!a", '"b ""x\t"""', '"c\nd"']),
        ('!a\tb "x\ty" z\t', ["!a", 'b "x\ty" z', ""]),
    ],
)
def test_tabs_inside_quotes_separate_nothing(record, fields):
    assert split_fields(record) == fields


@pytest.mark.parametrize(
    ("cell", "text"),
    [('"a ""b"""', 'a "b"'), ('"x\ny"', "x y"), (' "a" ', "a"), ('5" long', '5" long'), ('"', '"')],
)
def test_cells_lose_their_quotes_and_lines(cell, text):
    assert unquoted(cell) == text


def test_lines_are_counted_as_in_the_file():
    text = ["!Series_a\tb", "", '!Sample_x\t"1', '2"', "!Sample_y\t3"]
    lines = parse_series_matrix(text, Path("x")).lines
    assert [(line.number, line.label) for line in lines] == [
        (1, "!Series_a"),
        (3, "!Sample_x"),
        (5, "!Sample_y"),
    ]
