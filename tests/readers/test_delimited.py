"""Text tables: what is read, and the line that a refusal names."""

import gzip

import pytest

from pylimma.errors import InputError
from pylimma.readers.delimited import Layout, read_columns, read_delimited

PLAIN = "gene,a,b\nx,1,2\ny,3,4\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.replace("x,", "\ufeffx,").encode(),
        gzip.compress(PLAIN.encode(), mtime=0),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "  ").encode(),
        ("# made today\n\n" + PLAIN.replace("y,", "# and so on\ny,")).encode(),
        b'"gene","a","b"\n"x",1,2\n"y",3,4\n',
    ],
)
def test_the_same_table_is_read_from_every_way_to_write_it(tmp_path, content):
    file = tmp_path / "table"
    file.write_bytes(content)
    frame = read_delimited(file).frame
    assert frame.columns.tolist() == ["gene", "a", "b"]
    assert frame.to_numpy().tolist() == [["x", 1, 2], ["y", 3, 4]]


def test_a_header_without_the_column_of_row_names_gets_an_empty_one(tmp_path):
    (tmp_path / "r.txt").write_text("a\tb\nx\t1\t2\n")
    assert read_delimited(tmp_path / "r.txt").frame.columns.tolist() == ["", "a", "b"]


def test_a_file_is_found_without_its_gz(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(PLAIN.encode()))
    assert len(read_delimited(tmp_path / "t.csv").frame) == 2


def test_names_that_look_missing_stay_names(tmp_path):
    (tmp_path / "t.csv").write_text("gene,a\nNA,1\nnan,2\nNone,3\n")
    assert read_delimited(tmp_path / "t.csv").frame["gene"].tolist() == ["NA", "nan", "None"]


def test_quoted_separators_are_no_separators(tmp_path):
    (tmp_path / "t.csv").write_text('gene,"a, first",b\n"x,y",1,2\n')
    frame = read_delimited(tmp_path / "t.csv").frame
    assert frame.columns.tolist() == ["gene", "a, first", "b"]
    assert frame.iloc[0, 0] == "x,y"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"# c\ngene,a,a\nx,1,2\n", "names on line 2 of 't.csv' repeat: 'a'"),
        (b"gene,a\nx,1\n\n# c\ny,1,2\n", "Line 5 of 't.csv' has 3 fields; line 2 has 2"),
        (b"gene,a,b,c\nx,1\n", "header on line 1 of 't.csv' has 4 fields; the next line has 2"),
        (b"gene,a\n", "holds no rows"),
        (b"", "holds no rows"),
        (b"PK\x03\x04", "spreadsheet or archive"),
        (b"gene,a\nx,1\nz\xe9ro,2\n", "Line 3 of 't.csv' is not UTF-8"),
    ],
)
def test_a_refusal_names_the_line(tmp_path, content, message):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_delimited(tmp_path / "t.csv")


def test_a_missing_file_is_named_with_its_neighbours(tmp_path):
    (tmp_path / "counts.tsv").write_text("x")
    with pytest.raises(InputError, match=r"no file .*count\.tsv.*'counts\.tsv'"):
        read_delimited(tmp_path / "count.tsv")


SCANNER = Layout(
    program="a scanner",
    row_names="ID",
    columns={"red": "F635 Mean", "green": "F532 Mean"},
    hint=" Give its columns by name.",
)


def test_a_table_of_column_names_drives_the_reader(tmp_path):
    file = tmp_path / "slide.gpr"
    file.write_text("Row\tID\tF532 Mean\tF635 Mean\n1\tp1\t40\t50\n2\tp2\t60\t70\n")
    frame = read_columns(file, SCANNER, ["red"])
    assert frame.index.tolist() == ["p1", "p2"]
    assert frame[["red", "green"]].to_numpy().tolist() == [[50, 40], [70, 60]]
    assert frame["Row"].tolist() == [1, 2]


def test_a_file_that_lacks_a_needed_column_is_refused_by_the_name_of_the_program(tmp_path):
    (tmp_path / "t.txt").write_text("ID\tF532 Mean\np1\t40\n")
    assert read_columns(tmp_path / "t.txt", SCANNER, ["green"])["green"].tolist() == [40]
    message = (
        r"not output of a scanner: it has no column 'F635 Mean'; its columns are 'ID', "
        r"'F532 Mean'\. Give its columns by name\."
    )
    with pytest.raises(InputError, match=message):
        read_columns(tmp_path / "t.txt", SCANNER, ["red"])
