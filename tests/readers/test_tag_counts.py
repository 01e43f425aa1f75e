"""A file of counts for each sample."""

import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputWarning, UnknownNameError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "one.txt").write_text("tag\tn\textra\nA\t1\t7\nB\t2\t7\n")
    (tmp_path / "two.txt").write_text("tag\tn\textra\nC\t5\t8\nB\t4\t8\n")
    return tmp_path


@pytest.mark.parametrize("files", [["one.txt", "two.txt"], "*.txt"])
def test_genes_are_united_in_order_of_appearance_and_absent_ones_are_zero(folder, files):
    y = pylimma.read_dge(files, folder)
    assert y.row_names.tolist() == ["A", "B", "C"]
    assert y.col_names.tolist() == ["one", "two"]
    assert y.counts.tolist() == [[1, 0], [2, 4], [0, 5]]
    assert y.samples["group"].tolist() == ["1", "1"]
    assert y.samples["files"].str.endswith(("one.txt", "two.txt")).all()


def test_extensions_that_differ_stay(folder):
    (folder / "two.txt").rename(folder / "two.tab")
    assert pylimma.read_dge(["one.txt", "two.tab"], folder).col_names.tolist() == [
        "one.txt",
        "two.tab",
    ]


def test_a_table_of_files_keeps_its_other_columns(folder):
    targets = pd.DataFrame(
        {"files": ["two.txt", "one.txt"], "group": ["b", "a"], "age": [3, 4]}, index=["s2", "s1"]
    )
    y = pylimma.read_dge(targets, folder)
    assert y.col_names.tolist() == ["s2", "s1"]
    assert y.samples["group"].tolist() == ["b", "a"]
    assert y.samples["age"].tolist() == [3, 4]


@pytest.mark.parametrize("columns", [(0, 2), ("tag", "extra")])
def test_columns_are_positions_or_names_and_labels_are_taken(folder, columns):
    y = pylimma.read_dge({"x": "one.txt", "y": "two.txt"}, folder, columns)
    assert y.counts.tolist() == [[7, 0], [7, 8], [0, 8]]
    y = pylimma.read_dge(["one.txt", "two.txt"], folder, columns, labels=["p", "q"])
    assert y.col_names.tolist() == ["p", "q"]


def test_summaries_are_reported_and_kept(folder):
    (folder / "one.txt").write_text("tag\tn\nA\t1\n__ambiguous\t9\n")
    with pytest.warns(InputWarning, match="'__ambiguous'"):
        assert pylimma.read_dge(["one.txt"], folder).shape == (2, 1)


@pytest.mark.parametrize(
    ("text", "options", "error", "message"),
    [
        ("t\tn\nA\t1\nB\t1\nA\t2\n", {}, InputError, "Line 4 .*'A' occurs for the second time"),
        ("t\tn\nA\t1\nB\tx\n", {}, InputError, "Line 3 .*'x' is no count"),
        ("t\tn\nA\t1\n", {"columns": (0, 2)}, UnknownNameError, "there are 2 columns"),
        ("t\tn\nA\t1\n", {"columns": (0, "m")}, UnknownNameError, "No column 'm'"),
        ("t\tn\nA\t1\n", {"labels": ["a", "b"]}, InputError, "2 names; there are 1 files"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path, text, options, error, message):
    (tmp_path / "f.txt").write_text(text)
    with pytest.raises(error, match=message):
        pylimma.read_dge([tmp_path / "f.txt"], **options)


def test_a_pattern_without_files_is_refused(tmp_path):
    with pytest.raises(InputError, match="No file is called"):
        pylimma.read_dge("*.txt", tmp_path)
