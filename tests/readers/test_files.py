"""Files of samples and the names these get."""

from pathlib import Path

import pandas as pd
import pytest

from pylimma.errors import InputError
from pylimma.readers.files import files_by_name, sample_files, without_common_extension


def stem(path):
    return path.stem


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["x/a.txt", Path("x/b.txt")], ["a", "b"]),
        ("x/a.txt", ["a"]),
        (Path("x/a.txt"), ["a"]),
        ({"p": "x/a.txt", 2: "x/b.txt"}, ["p", "2"]),
        (pd.Series({"p": "x/a.txt"}), ["p"]),
        (pd.DataFrame({"files": ["x/a.txt", "x/b.txt"]}), ["a", "b"]),
        (pd.DataFrame({"files": ["x/a.txt"]}, index=["q"]), ["q"]),
    ],
)
def test_samples_are_named_by_what_came_along_or_their_files(paths, names):
    found = sample_files(paths, stem)
    assert found.index.tolist() == names
    assert files_by_name(found)[names[0]] == Path("x/a.txt")


def test_a_pattern_finds_its_files_in_order(tmp_path):
    for name in ("b.txt", "a.txt", "c.csv"):
        (tmp_path / name).touch()
    assert sample_files(str(tmp_path / "*.txt"), stem).index.tolist() == ["a", "b"]
    inside = sample_files("*.txt", stem, folder=tmp_path)
    assert inside["files"].tolist() == [tmp_path / "a.txt", tmp_path / "b.txt"]


def test_extensions_go_if_all_share_one():
    assert without_common_extension([Path("a.txt.gz"), Path("b.txt")]) == ["a", "b"]
    assert without_common_extension([Path("a.txt"), Path("b.tab")]) == ["a.txt", "b.tab"]
    assert without_common_extension([Path("a"), Path("b")]) == ["a", "b"]


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["x/a.txt", "y/a.txt"], "Samples of the same name: 'a'; name them"),
        (pd.DataFrame({"path": ["a"]}), "no column 'files'; it has 'path'"),
        ([], "No file is called"),
    ],
)
def test_files_that_name_no_samples_are_refused(paths, message):
    with pytest.raises(InputError, match=message):
        sample_files(paths, stem)
