"""Targets, kinds of spots and chosen columns: types, names, short lines, quotes and faults."""

import gzip

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputWarning, ShapeError

TARGETS = "FileName\tCy3\tCy5\tDose (mg)\nx.1.gpr\twt\tko\t3\nx.2.gpr\tko\twt\t\n"


@pytest.fixture
def written(tmp_path):
    """Write text to a file of the folder and return its path."""

    def write(text, name="Targets.txt"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / name

    return write


def test_targets_are_named_by_their_files_and_columns_are_as_in_r(written, tmp_path):
    written(TARGETS)
    found = pylimma.read_targets(path=tmp_path)
    assert found.index.tolist() == ["x.1", "x.2"]
    assert list(found) == ["FileName", "Cy3", "Cy5", "Dose..mg."]
    np.testing.assert_array_equal(found["Dose..mg."], [3, np.nan])
    assert list(pylimma.read_targets(path=tmp_path, check_names=False))[3] == "Dose (mg)"


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + TARGETS.encode(),
        TARGETS.replace("\n", "\r\n").encode(),
        TARGETS.replace("\t", ",").encode(),
        TARGETS.replace("\t", ";").encode(),
        TARGETS.encode("utf-16"),
        gzip.compress(TARGETS.encode(), mtime=0),
        b"# made by hand\n\n" + TARGETS.replace("ko\t3", "ko\t3 # high").encode(),
        TARGETS.replace("\twt", '\t"wt"').encode(),
    ],
)
def test_files_of_any_system_give_the_same_table(written, content):
    expected = pylimma.read_targets(written(TARGETS))
    pd.testing.assert_frame_equal(pylimma.read_targets(written(content, "other.txt")), expected)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("FileName\tLabel\na.x\t01\nb.x\t02\n", ["01", "02"]),
        ("FileName\tLabel\tLabels\na.x\tS\tL1\nb.x\tS\tL2\n", ["L1", "L2"]),
        ("FileName\tLabel\na.x\tS\nb.y\tS\n", ["a.x", "b.y"]),
        ("FileName\nu/a.x\nv/a.x\n", ["u/a", "v/a"]),
        ("FileName\tk\na.x\t1\na.x\t2\n", [0, 1]),
        ("k\tu\n1\t1\n2\t2\n", [0, 1]),
    ],
)
def test_the_first_column_that_tells_arrays_apart_names_them(written, text, names):
    assert pylimma.read_targets(written(text)).index.tolist() == names


def test_a_column_of_names_may_be_chosen_in_either_spelling(written):
    file = written(
        TARGETS.replace("Dose (mg)", "My Name").replace("\t3", "\tA").replace("wt\t\n", "wt\tB\n")
    )
    for name in ("My Name", "My.Name"):
        assert pylimma.read_targets(file, row_names=name).index.tolist() == ["A", "B"]
    with pytest.warns(InputWarning, match="is no column of 'Targets.txt'"):
        assert pylimma.read_targets(file, row_names="nothing").index.tolist() == [0, 1]
    with pytest.raises(InputError, match="has values that repeat"):
        pylimma.read_targets(written("a\tb\n1\t2\n1\t3\n"), row_names="a")


def test_cells_become_truth_values_numbers_or_text(written):
    text = "a,b,c,d,e,f,g,h\n1,1.5,T,x,,001,NA,FALSE\n2,NA,F,,,2,,NA\n"
    found = pylimma.read_columns(written(text), sep=",")
    assert found["a"].tolist() == [1, 2]
    np.testing.assert_array_equal(found["b"], [1.5, np.nan])
    assert found["c"].tolist() == [True, False]
    assert found["d"].tolist() == ["x", ""]
    assert found[["e", "g"]].isna().all(axis=None)
    assert found["f"].tolist() == ["001", "2"]
    assert found["h"].iloc[0] is False
    assert pd.isna(found["h"].iloc[1])


def test_chosen_columns_are_read_in_the_order_of_the_file(written):
    file = written("A (1)\tB\tC d\n1\tx'y\t3\n\n2\tz\n")
    assert list(pylimma.read_columns(file, [" C d", "A (1)", "none"])) == ["A (1)", "C d"]
    assert list(pylimma.read_columns(file, "B", "x[,'C d'] > 2")) == ["B", "C d"]
    np.testing.assert_array_equal(pylimma.read_columns(file)["C d"], [3, np.nan])
    below = written("title\nA,B\n1,2\n")
    assert pylimma.read_columns(below, sep=",", skip=1)["B"].tolist() == [2]


def test_rows_with_one_cell_more_are_named_and_empty_ends_are_not(written):
    named = pylimma.read_columns(written("A\tB\nr1\t1\t2\nr2\t3\n"))
    assert named.index.tolist() == ["r1", "r2"]
    np.testing.assert_array_equal(named["B"], [2, np.nan])
    ended = pylimma.read_columns(written("A\tB\n1\t2\t\n3\t4\t\n"))
    assert ended["A"].tolist() == [1, 3]


def test_quotes_can_be_text_and_can_hold_separators(written):
    file = written('A\tB\n"a\tb"\t1\n')
    assert pylimma.read_columns(file)["A"].tolist() == ["a\tb"]
    assert pylimma.read_columns(file, quote="").index.tolist() == ['"a']
    assert pylimma.read_columns(written('A\tB\n5" x\t"y ""z"""\n')).iloc[0].tolist() == [
        '5" x',
        'y "z"',
    ]


def test_colours_of_spot_types_are_no_comments(written, tmp_path):
    written("SpotType\tID\tColor\nx y\tA*\t#FF0000\nz\tB#1\tblue # or red\n", "SpotTypes.txt")
    found = pylimma.read_spot_types(path=tmp_path)
    assert found["Color"].tolist() == ["#FF0000", "blue"]
    assert found["ID"].tolist() == ["A*", "B#1"]
    assert found["SpotType"].tolist() == ["x y", "z"]
    other = written("Spot type\tID\na\t*\n")
    assert list(pylimma.read_spot_types(other)) == ["Spot type", "ID"]
    assert list(pylimma.read_spot_types(other, check_names=True)) == ["Spot.type", "ID"]


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", InputError, "holds no table"),
        ("A\tB\n1\t2\t3\n1\t2\t3\t4\n", ShapeError, "Line 3 of 'Targets.txt' has 4 cells; line 1"),
        ("A\tB\n1\t2\n1\t2\t3\n", ShapeError, "Line 3 of 'Targets.txt' has 3 cells"),
        ("A\tA\n1\t2\n", InputError, "line 1 of 'Targets.txt' repeat: 'A'"),
        ('A\tB\n"1\t2\n', InputError, "Line 2 of 'Targets.txt' opens a quote"),
        (b"A\tB\n\x00\t2\n", InputError, "Line 2 of 'Targets.txt' holds"),
    ],
)
def test_broken_tables_are_refused_with_their_line(written, text, error, message):
    with pytest.raises(error, match=message):
        pylimma.read_targets(written(text))


def test_signs_of_windows_are_read_as_such(written):
    found = pylimma.read_targets(written("FileName\tDose\na\t5 µM\nb\t\n".encode("cp1252")))
    assert found["Dose"].tolist() == ["5 µM", ""]


def test_odd_arguments_of_tables_are_refused(written):
    file = written(TARGETS)
    with pytest.raises(InputError, match="`sep` must be one character"):
        pylimma.read_targets(file, sep="ab")
    with pytest.raises(InputError, match="`quote` must be"):
        pylimma.read_columns(file, quote="'")
    with pytest.raises(InputError, match="There is no file"):
        pylimma.read_targets("nothing.txt")
    with pytest.raises(InputError, match="has 1 columns; kinds of spots need at least two"):
        pylimma.read_spot_types(written("ID\na\n"))
