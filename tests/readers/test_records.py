"""Lines as records: quotes, blanks and separators, beside the csv module and R's ways to write."""

import csv
import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pylimma
from pylimma.errors import InputError, InputWarning, Note
from pylimma.readers.delimited import read_delimited
from pylimma.readers.sample_tables import read_sample_table


@pytest.fixture
def write(tmp_path):
    def to_file(text, name="t.txt"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return to_file


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('gene\ta\tinfo\nA\t1\tx\nB\t2\t"open\nC\t3\ty\nD\t4\tz\n', 3),
        ('gene\ta\tinfo\nA\t1\tx\nB\t2\t"open\nC\t3\ty"\nD\t4\tz\n', 3),
        ('gene\ta\n"A\t1\nB\t2\n', 2),
        ('gene,a\nA,1\n"B,2\nC",3\n', 3),
        ('gene a\nA 1\n"B 2\nC" 3\n', 3),
        ('gene\ta\tinfo\n\n# c\nA\t1\t"5\'"\nZ\t1\t"\n', 5),
        ('"gene\ta\nA\t1\n', 1),
    ],
)
def test_a_quote_that_swallows_rows_is_an_error_with_its_line(write, text, line):
    with pytest.raises(InputError, match=rf'Line {line} of \'t.txt\' opens a quote \("\)'):
        read_delimited(write(text))


def test_a_quote_that_swallows_most_of_a_large_file_is_the_same_error(write):
    rows = "".join(f"g{k}\t{k}\tplain text\n" for k in range(20000))
    with pytest.raises(InputError, match=r"Line 2 of 't.txt' opens a quote"):
        read_delimited(write('gene\ta\tinfo\nA\t1\t"five\n' + rows))


def test_quotes_inside_fields_are_text(write):
    text = 'gene\ta\tinfo\n5\'-AMP\t1\t3"-end\nB\'s\t2\tsaid "so"\n'
    frame = read_delimited(write(text)).frame
    assert frame["gene"].tolist() == ["5'-AMP", "B's"]
    assert frame["info"].tolist() == ['3"-end', 'said "so"']


WRITTEN_BY_R = {
    "write.table": '"s 1" "s2"\n"gene one" 5 6\n"B" 0 2\n',
    "write.table with tabs": '"s 1"\t"s2"\n"gene one"\t5\t6\n"B"\t0\t2\n',
    "write.csv": '"","s 1","s2"\n"gene one",5,6\n"B",0,2\n',
    "write.csv2": '"";"s 1";"s2"\n"gene one";5;6\n"B";0;2\n',
    "col.names = NA": '"" "s 1" "s2"\n"gene one" 5 6\n"B" 0 2\n',
    "aligned by blanks": '         "s 1"   "s2"\n"gene one"  5      6\n"B"         0      2\n',
}


@pytest.mark.parametrize("way", list(WRITTEN_BY_R))
def test_every_way_of_r_to_write_a_table_is_read(write, way):
    y = pylimma.read_counts(write(WRITTEN_BY_R[way]))
    assert y.row_names.tolist() == ["gene one", "B"]
    assert y.col_names.tolist() == ["s 1", "s2"]
    np.testing.assert_array_equal(y.counts, [[5, 6], [0, 2]])


def test_quotes_that_r_escapes_are_read(write):
    for text in (
        '"a"\t"n"\n"1"\t"say \\"hi\\", then"\t5\n',
        '"a" "n"\n"1" "say \\"hi\\", then" 5\n',
        '"a","n"\n"1","say ""hi"", then",5\n',
    ):
        assert read_delimited(write(text)).frame["a"].tolist() == ['say "hi", then']


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")))


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"))),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(",\t;"),
)
def test_what_the_csv_module_writes_is_read_back(tmp_path_factory, rows, sep):
    rows = [[re.sub(r'\\"', '"', cell) for cell in row] for row in rows]
    rows = [["r" + row[0], *row[1:]] for row in rows]  # a first line is no comment, no line empty
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=sep, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    file = tmp_path_factory.mktemp("csv") / "t.csv"
    file.write_text('"one"' + sep + '"two"' + sep + '"three"\n' + buffer.getvalue(), "utf-8")
    assert read_delimited(file, sep=sep).texts().to_numpy().tolist() == rows


@pytest.mark.parametrize(
    ("text", "sep"),
    [
        ("sep=;\ngene;a;b\nx;1;2\n", ";"),
        ('"sep=,"\ngene,a,b\nx,1,2\n', ","),
        ("sep=é\ngeneéaéb\nxé1é2\n", "é"),
        ("SEP=|\ngene|a|b\nx|1|2\n", "|"),
        ("sep=\t\ngene\ta\tb\nx\t1\t2\n", "\t"),
    ],
)
def test_a_line_that_tells_spreadsheets_the_separator_is_followed(write, text, sep):
    table = read_delimited(write(text))
    assert table.frame.columns.tolist() == ["gene", "a", "b"], sep
    assert table.lines == [3]


@pytest.mark.parametrize("sep", ['"', "\n", "\r", "ab", ""])
def test_what_cannot_separate_is_refused(write, sep):
    with pytest.raises(InputError, match="`sep` must be one character, not a quote"):
        read_delimited(write("a,b\n1,2\n"), sep=sep)


def test_decimal_commas_are_read_where_semicolons_separate(write):
    y = pylimma.read_counts(write("gene;a;b\nx;1,5;2\ny;0,25;3\n"))
    assert y.counts.tolist() == [[1.5, 2], [0.25, 3]]
    with pytest.raises(InputError, match="column 'a' holds '1,5'"):
        pylimma.read_counts(write("gene;a;b\nx;1,5;2.5\ny;0,25;3\n"))


@pytest.mark.parametrize("sep", ["\t", ",", ";"])
def test_other_separators_inside_fields_do_not_matter(write, sep):
    inside = {"\t": "a,b;c d", ",": "a;b c", ";": "a,b c"}[sep]
    table = read_delimited(write(sep.join(["gene", "s,1" if sep == "\t" else "s1", "s2"]) + "\n"
                                 + sep.join([inside, "1", "2"]) + "\n"))  # fmt: skip
    assert table.frame.iloc[0].tolist() == [inside, 1, 2]


def test_one_column_of_text_is_one_column(write):
    frame = read_delimited(write("contrast\ntrt - ctl\n(a + b)/2 - c\n")).frame
    assert frame["contrast"].tolist() == ["trt - ctl", "(a + b)/2 - c"]


NAMES = ["0001470348", "1E5", "100.10", "TRUE", "1e-3", "007", "NA", "nan", "inf", "1_000", "1.0"]


def test_identifiers_are_text_as_written_whatever_they_look_like(write):
    text = "id\tentrez\tother\ts1\ts2\n" + "".join(
        f"{name}\t{NAMES[-k]}\tt{k}\t{k}\t{2 * k}\n" for k, name in enumerate(NAMES)
    )
    y = pylimma.read_counts(write(text))
    assert y.row_names.tolist() == NAMES
    assert y.genes["entrez"].tolist() == [NAMES[-k] for k in range(len(NAMES))]
    assert y.col_names.tolist() == ["s1", "s2"]


@pytest.mark.parametrize("ids", [["0001", "0002"], ["100.10", "100.20"], ["1E5", "2E5"]])
def test_annotation_keeps_zeros_and_powers(write, ids):
    y = pylimma.read_counts(write(f"id\tentrez\ts1\nA\t{ids[0]}\t3\nB\t{ids[1]}\t4\n"))
    assert y.genes["entrez"].tolist() == ids
    z = pylimma.read_dge([write(f"{ids[0]}\t3\n{ids[1]}\t4\n")])
    assert z.row_names.tolist() == ids


def test_numbers_with_zeros_in_front_beside_samples_are_names(write):
    with pytest.warns(Note, match="among the samples are taken for annotation of genes: 'acc'"):
        y = pylimma.read_counts(write("id\ts1\tacc\nA\t3\t0012\nB\t4\t1200\n"))
    assert y.genes["acc"].tolist() == ["0012", "1200"]


@pytest.mark.parametrize("start", [0, 1])
def test_a_first_column_that_numbers_the_rows_names_nothing(write, start):
    rows = "".join(f"{k + start},g{k},{k},5\n" for k in range(4))
    with pytest.warns(Note, match=r"numbers the rows; their names are taken from 'gene'"):
        y = pylimma.read_counts(write(",gene,a,b\n" + rows))
    assert y.row_names.tolist() == ["g0", "g1", "g2", "g3"]
    assert y.col_names.tolist() == ["a", "b"]
    assert y.get("genes") is None
    with pytest.warns(Note, match="taken from 'sample'"):
        table = read_sample_table(write(",sample,group\n1,s1,x\n2,s2,x\n"))
    assert table.to_dict("index") == {"s1": {"group": "x"}, "s2": {"group": "x"}}


def test_rows_that_are_called_by_numbers_keep_their_names(write):
    assert pylimma.read_counts(write(",a\n1,5\n2,6\n")).row_names.tolist() == ["1", "2"]
    assert pylimma.read_counts(write("id,n,a\n1,x,5\n2,y,6\n")).row_names.tolist() == ["1", "2"]
    table = read_sample_table(write(",group\n1,ctl\n2,ctl\n3,trt\n"))
    assert table.index.tolist() == ["1", "2", "3"]


def test_estimates_keep_their_fractions_to_the_last_digit(write):
    values = ["366.99", "0.1", "12345678.123456789", "1e-3", "5", "2.3E+4"]
    text = "id\ta\n" + "".join(f"g{k}\t{value}\n" for k, value in enumerate(values))
    for y in (pylimma.read_counts(write(text)), pylimma.read_dge([write(text)])):
        assert y.counts[:, 0].tolist() == [float(value) for value in values]


@pytest.mark.parametrize("count", ["1,234", "1 234", "1.234.567", "12,5"])
def test_counts_with_commas_are_an_error_and_no_annotation(write, count):
    with pytest.raises(InputError, match=f"Line 2 of 't.txt': column 'a' holds '{count}'"):
        pylimma.read_counts(write(f'id,a,b\nA,"{count}",5\nB,"{count}",6\n'))


def test_a_word_for_a_missing_value_is_named_with_its_line(write):
    for word in ("nan", "NaN", "NA", "", "null", "TRUE"):
        with pytest.raises(InputError, match=f"Line 3 of 't.txt': column 'a' holds '{word}'"):
            pylimma.read_counts(write(f"id\ta\nA\t1.5\nB\t{word}\nC\t2.5\n"))


@pytest.mark.parametrize(
    "name",
    ["1-Mar", "SEP-02", "2023-03-01", "1-sept", "01-mars", "1-Sep-01", "3/1/2023", "1.3.2023",
     "2001-09-01 00:00:00", "1-Dez", "2-Okt.", "1 Sept", "Mar-01"],
)  # fmt: skip
def test_dates_of_spreadsheets_are_named(write, name):
    with pytest.warns(InputWarning, match=f"called '{re.escape(name)}': .* names for dates"):
        pylimma.read_counts(write(f"id,a\n{name},5\nMARCHF1,3\n"))


def test_numbers_of_spreadsheets_are_named(write):
    with pytest.warns(InputWarning, match=r"called '2\.31E\+13': .* names for numbers"):
        pylimma.read_counts(write("id,a\n2.31E+13,5\n2310009E13Rik,3\n"))


def test_damaged_symbols_beside_the_names_are_named(write):
    text = "id,symbol,a\nENSG1,1-Mar,5\nENSG2,TP53,3\nENSG3,MYC,1\n"
    with pytest.warns(InputWarning, match="Column 'symbol' of 't.txt' holds '1-Mar'"):
        pylimma.read_counts(write(text))


def test_names_of_genes_and_dates_of_an_annotation_are_left_alone(write):
    names = ["sep-1", "dec-2", "oct-1", "1E5", "MARCH1", "mar", "2-4-1", "10-Feb1", "1.2.3.4"]
    rows = "".join(f"{name},2020-01-01,5\n" for name in names)
    assert pylimma.read_counts(write("id,updated,a\n" + rows)).shape == (9, 1)


def test_binary_content_is_not_text(write):
    with pytest.raises(InputError, match=r"Line 2 of 't.txt' holds '\\x00': it is not text"):
        read_delimited(write("gene\ta\nA\t\x001\n"))
