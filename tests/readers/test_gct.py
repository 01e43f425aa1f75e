"""GCT files of both versions, beside a plain reading of their lines."""

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

import pylimma
from pylimma.errors import InputError
from pylimma.readers.delimited import read_delimited

OLD = "#1.2\n2\t3\nNAME\tDescription\ts1\ts2\ts3\n1E5\tna\t1\t2\t3.5\nB\tthe second\t4\t5\t6\n"
NEW = (
    "#1.3\n2\t3\t2\t2\n"
    "id\tgene_symbol\tpr_id\ts1\ts2\ts3\n"
    "group\tna\tna\tctl\tctl\ttrt\n"
    "age\tna\tna\t30\t-666\t50\n"
    "A\tTP53\t007\t1\t2\t3.5\nB\tMYC\t008\t4\t5\t6\n"
)


@pytest.fixture
def write(tmp_path):
    def to_file(text):
        (tmp_path / "x.gct").write_text(text)
        return tmp_path / "x.gct"

    return to_file


def test_version_2_has_names_descriptions_and_values(write):
    y = pylimma.read_counts(write(OLD))
    assert y.row_names.tolist() == ["1E5", "B"]
    assert y.col_names.tolist() == ["s1", "s2", "s3"]
    assert y.genes["Description"].tolist() == ["na", "the second"]
    assert y.counts.tolist() == [[1, 2, 3.5], [4, 5, 6]]


def test_version_3_describes_rows_and_samples(write):
    y = pylimma.read_counts(write(NEW))
    assert y.genes.to_dict("list") == {"gene_symbol": ["TP53", "MYC"], "pr_id": ["007", "008"]}
    assert y.samples["group"].tolist() == ["ctl", "ctl", "trt"]
    assert y.samples["age"].fillna(-1).tolist() == [30, -1, 50]
    assert y.counts.tolist() == [[1, 2, 3.5], [4, 5, 6]]


@pytest.mark.parametrize("text", [OLD, NEW])
def test_tabs_that_a_spreadsheet_adds_do_not_matter(write, text):
    lines = text.splitlines()
    n_tabs = lines[2].count("\t")
    padded = [line + "\t" * (n_tabs - line.count("\t")) for line in lines]
    assert pylimma.read_counts(write("\n".join(padded) + "\n")).shape == (2, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OLD.replace("2\t3\n", "3\t3\n", 1), "announces 3 rows and 3 samples on line 2; it has 2"),
        (OLD.replace("2\t3\n", "2\t4\n", 1), "announces 2 rows and 4 samples"),
        (
            NEW.replace("\t2\t2\n", "\t3\t2\n", 1),
            "and 3 samples .* it has 2 and 2",
        ),
        (OLD.replace("2\t3\n", "2\n", 1), "second line of 'x.gct' must be 2 whole numbers"),
        (NEW.replace("2\t3\t2\t2", "2\t3\tx\t2"), "second line of 'x.gct' must be 4 whole numbers"),
        (
            NEW.replace("age\tna\tna\t30", "age\tna\tna"),
            "Line 5 of 'x.gct' has 5 fields; line 3 has 6",
        ),
        ("#1.2\n", "second line of 'x.gct' must be 2 whole numbers"),
        ("#1.2\n0\t1\nNAME\tDescription\ts1\n", "holds no rows"),
        (OLD.replace("4\t5\t6", "4\tx\t6"), "Line 5 of 'x.gct': column 's2' holds 'x'"),
    ],
)
def test_sizes_that_are_not_those_announced_are_errors(write, text, message):
    with pytest.raises(InputError, match=message):
        pylimma.read_counts(write(text))


REAL = Path(os.environ.get("PYLIMMA_DATA_DIR", "absent")).parent / "real"
LEUKEMIA = REAL / "gseapy_leukemia" / "Leukemia.gct.gz"


@pytest.mark.skipif(not LEUKEMIA.exists(), reason="no real data: the file Leukemia.gct is absent")
def test_a_published_file_agrees_with_the_csv_module():
    with gzip.open(LEUKEMIA, "rt") as file:
        lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    table = read_delimited(LEUKEMIA)
    values = np.array([[float(x) for x in line[2:50]] for line in lines[3:]])
    np.testing.assert_array_equal(table.frame.iloc[:, 2:].to_numpy(float), values)
    assert table.row_names().tolist() == [line[0] for line in lines[3:]]
