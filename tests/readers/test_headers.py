"""Which line is the header: samples called by numbers, files without one, one behind a mark."""

import numpy as np
import pytest

import pylimma
from pylimma.errors import InputError, Note
from pylimma.readers.delimited import read_delimited

STAR = "N_unmapped\t9\t9\t9\nN_noFeature\t3\t5\t4\nENSG1\t1456\t700\t756\nENSG2\t18\t9\t9\n"


@pytest.fixture
def write(tmp_path):
    def to_file(text, name="counts.tsv"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return to_file


@pytest.mark.filterwarnings("ignore:Rows of")
def test_files_of_htseq_and_star_keep_their_first_gene(write):
    one = write("ENSG1\t1456\nENSG2\t18\nENSG3\t383\n__no_feature\t9\n", "a.txt")
    y = pylimma.read_dge([one])
    assert y.row_names.tolist() == ["ENSG1", "ENSG2", "ENSG3", "__no_feature"]
    assert y.counts[:, 0].tolist() == [1456, 18, 383, 9]
    star = pylimma.read_dge([write(STAR, "s.tab")], columns=(0, 3))
    assert star.row_names.tolist() == ["N_unmapped", "N_noFeature", "ENSG1", "ENSG2"]
    assert star.counts[:, 0].tolist() == [9, 4, 756, 9]


@pytest.mark.parametrize("rows", [1, 2, 40])
@pytest.mark.parametrize("count", ["7", "7.25"])
def test_a_file_of_one_sample_is_read_with_and_without_header(write, rows, count):
    body = "".join(f"G{k}\t{count}\n" for k in range(rows))
    assert pylimma.read_dge([write(body)]).shape == (rows, 1)
    for header in ("gene\tn\n", "Geneid\t8042381\n", "\tsample.bam\n", "#gene\tcount\n"):
        assert pylimma.read_dge([write(header + body)]).shape == (rows, 1)
    kept = pylimma.read_dge([write("odd\t5\n" + body)], header=True) if rows else None
    assert kept.shape == (rows, 1)
    assert pylimma.read_dge([write("odd\t5\n" + body)], header=False).shape == (rows + 1, 1)


@pytest.mark.parametrize("names", ["1 2 3", "8042381 8042382 8042383", "001 1E5 100.10"])
@pytest.mark.parametrize("first", ["gene", "Geneid", "gene_id", "", "#OTU ID", "ID", "Gene Symbol"])
def test_samples_called_by_numbers_keep_their_names_as_written(write, names, first):
    names = names.split()
    y = pylimma.read_counts(write("\t".join([first, *names]) + "\nA\t5\t6\t7\nB\t0\t2\t1\n"))
    assert y.col_names.tolist() == names
    assert y.row_names.tolist() == ["A", "B"]
    one_short = pylimma.read_counts(write("\t".join(names) + "\nA\t5\t6\t7\nB\t0\t2\t1\n"))
    assert one_short.col_names.tolist() == names


def test_a_matrix_without_header_keeps_its_first_row_with_a_note(write):
    file = write("ENSG1\t5\t6\nENSG2\t0\t2\nENSG3\t8\t1\n")
    with pytest.warns(Note, match=r"first line of 'counts.tsv' holds counts.*`header=True`"):
        y = pylimma.read_counts(file)
    assert y.row_names.tolist() == ["ENSG1", "ENSG2", "ENSG3"]
    assert y.col_names.tolist() == ["Sample1", "Sample2"]
    assert pylimma.read_counts(file, header=True).col_names.tolist() == ["5", "6"]


def test_a_header_behind_the_mark_of_comments_is_the_header(write):
    head = "# Constructed from biom file\n#OTU ID\ts1\ts2\n"
    y = pylimma.read_counts(write(head + "A\t1\t2\nB\t3\t4\n"))
    assert y.row_names.tolist() == ["A", "B"]
    assert y.col_names.tolist() == ["s1", "s2"]
    np.testing.assert_array_equal(y.counts, [[1, 2], [3, 4]])
    assert pylimma.read_counts(write(head + "A\t1\t2\n")).shape == (1, 2)


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("#SampleID\tgroup\ns1\tctl\ns2\ttrt\n", ["SampleID", "group"], 2),
        ("# made\ttoday\nsample\tgroup\ns1\tctl\n", ["sample", "group"], 1),
        ("#a,b\ngene,s1\nA,5\n", ["gene", "s1"], 1),
        ("##a\tb\nx\ty\nA\tB\n", ["x", "y"], 1),
        ("#one two\ngene\ts1\nA\t5\n", ["gene", "s1"], 1),
        ('#only\t"open\tquote\ngene\ta\tb\nA\t5\t6\n', ["gene", "a", "b"], 1),
    ],
)
def test_a_comment_is_a_header_only_if_the_line_below_it_is_not(write, text, columns, rows):
    frame = read_delimited(write(text)).frame
    assert frame.columns.tolist() == columns
    assert len(frame) == rows


@pytest.mark.parametrize(
    "text",
    [
        "gene\ta\tb\t\nx\t1\t2\t\ny\t3\t4\t\n",
        "gene\ta\tb\nx\t1\t2\t\ny\t3\t4\t\n",
        "gene\ta\tb\t\t\nx\t1\t2\ny\t3\t4\n",
        "gene\ta\tb\t\t\t\nx\t1\t2\t\t\t\ny\t3\t4\t\t\t\n\t\t\t\t\t\n",
    ],
)
def test_separators_at_the_ends_of_lines_make_no_columns(write, text):
    frame = read_delimited(write(text)).frame
    assert frame.columns.tolist() == ["gene", "a", "b"]
    assert frame.to_numpy().tolist() == [["x", 1, 2], ["y", 3, 4]]


def test_a_last_sample_without_counts_is_not_taken_for_the_end_of_lines(write):
    with pytest.raises(InputError, match=r"Line 2 of 'counts.tsv': column 'b' holds ''"):
        pylimma.read_counts(write("a\tb\nx\t1\t\ny\t3\t\n"))


def test_a_file_with_a_header_alone_holds_no_rows(write):
    for header in (True, None):
        with pytest.raises(InputError, match="holds no rows"):
            read_delimited(write("gene\ta\n"), header=header)
