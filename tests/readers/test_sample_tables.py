"""Tables of samples: names as text, numbers as numbers, empty cells as missing values."""

import pytest

from pylimma.errors import UnknownNameError
from pylimma.readers.sample_tables import read_sample_table

TEXT = (
    "sample,patient,age,dose,done,note\n"
    "001,007,30,1E5,TRUE,\n"
    "1E5,008,NA,0.10,FALSE,late\n"
    "100.10,009,50,2,TRUE,NA\n"
)


@pytest.fixture
def file(tmp_path):
    (tmp_path / "s.csv").write_text(TEXT)
    return tmp_path / "s.csv"


def test_columns_are_what_they_look_like_and_names_stay_text(file):
    table = read_sample_table(file)
    assert table.index.tolist() == ["001", "1E5", "100.10"]
    assert table["patient"].tolist() == ["007", "008", "009"]
    assert table["dose"].tolist() == [1e5, 0.1, 2]
    assert table["done"].tolist() == ["TRUE", "FALSE", "TRUE"]
    assert table["age"].fillna(-1).tolist() == [30, -1, 50]
    assert table["note"].isna().tolist() == [True, False, True]


def test_another_column_may_hold_the_names(file):
    table = read_sample_table(file, "patient")
    assert table.index.tolist() == ["007", "008", "009"]
    assert table["sample"].tolist() == ["001", "1E5", "100.10"]
    with pytest.raises(UnknownNameError, match=r"'s\.csv' has no column 'patients'; it has 'patie"):
        read_sample_table(file, "patients")


def test_a_table_of_names_alone_is_read(tmp_path):
    (tmp_path / "s.txt").write_text("sample\na\nb\n")
    assert read_sample_table(tmp_path / "s.txt").shape == (2, 0)
