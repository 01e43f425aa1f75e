"""Counts in text and AnnData files: matrices, a file for each sample, featureCounts."""

import anndata
import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputWarning, Note, UnknownNameError


@pytest.fixture
def write(tmp_path):
    def to_file(text, name="counts.csv"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return to_file


def test_leading_annotation_goes_to_the_genes(write):
    file = write("id,symbol,Length,a,b\n10,A1BG,900,5,6\n22,A2M,800,7,8\n")
    y = pylimma.read_counts(file, group=["x", "y"])
    assert y.row_names.tolist() == ["10", "22"]
    assert y.col_names.tolist() == ["a", "b"]
    assert y.genes.to_dict("list") == {"symbol": ["A1BG", "A2M"], "Length": [900, 800]}
    assert y.counts.tolist() == [[5, 6], [7, 8]]


@pytest.mark.parametrize("columns", [["pool"], "pool", [1], [-4]])
def test_annotation_columns_can_be_given(write, columns):
    y = pylimma.read_counts(write("id,pool,a,b,c\nx,9,5,6,1\n"), annotation_columns=columns)
    assert y.col_names.tolist() == ["a", "b", "c"]
    assert y.genes.columns.tolist() == ["pool"]


def test_samples_are_matched_by_name(write):
    samples = pd.DataFrame({"group": ["q", "p"]}, index=["b", "a"])
    y = pylimma.read_counts(write("id,a,b\nx,5,6\n"), samples=samples)
    assert y.samples["group"].tolist() == ["p", "q"]


def test_repeated_genes_are_kept(write):
    y = pylimma.read_counts(write("id,a,b\nx,5,6\nx,7,8\n"))
    assert y.row_names.tolist() == ["x", "x"]


def test_an_h5ad_file_is_read_by_layer(tmp_path):
    counts = np.array([[1, 2, 3], [4, 5, 6]])
    adata = anndata.AnnData(
        np.zeros((2, 3)),
        layers={"raw": counts},
        obs=pd.DataFrame({"group": ["x", "y"]}, index=["s1", "s2"]),
        var=pd.DataFrame(index=["g1", "g2", "g3"]),
    )
    adata.write_h5ad(tmp_path / "x.h5ad")
    y = pylimma.read_counts(tmp_path / "x.h5ad", layer="raw")
    np.testing.assert_array_equal(y.counts, counts.T)
    assert y.samples["group"].tolist() == ["x", "y"]


@pytest.mark.parametrize("name", ["1-Mar", "SEP-02"])
def test_names_that_a_spreadsheet_made_dates_of_are_noticed(write, name):
    with pytest.warns(InputWarning, match="took their names for dates"):
        pylimma.read_counts(write(f"id,a\n{name},5\nMARCHF1,3\n"))


def test_rows_that_sum_up_are_noticed(write):
    with pytest.warns(InputWarning, match="not genes but summaries: '__no_feature'"):
        pylimma.read_counts(write("id,a\nx,5\n__no_feature,3\n"))


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("id,a,b\nx,1,2\ny,3,1O\n", InputError, "Line 3 of 'counts.csv': column 'b' holds '1O'"),
        ("id,a,b\nx,1,\ny,3,4\n", InputError, "Line 2 of 'counts.csv': column 'b' holds ''"),
        ("id,a,b\nx,1,NA\ny,3,4\n", InputError, "column 'b' holds 'NA', which is not a count"),
        ("id,a,b\nx,1,-2\n", InputError, "1 negative values, the first for gene 'x', sample 'b'"),
        ("id,symbol\nx,y\n", InputError, "no column of counts"),
    ],
)
def test_a_cell_that_is_no_count_is_named_with_its_line(write, text, error, message):
    with pytest.raises(error, match=message):
        pylimma.read_counts(write(text))


def test_an_unknown_annotation_column_is_refused(write):
    with pytest.raises(UnknownNameError, match="`annotation_columns` has 'c'"):
        pylimma.read_counts(write("id,a\nx,1\n"), annotation_columns=["c"])


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
        ("t\tn\nA\t1\nB\tx\n", {}, InputError, "Line 3 .*'x', which is not a count"),
        ("t\tn\nA\t1\n", {"columns": (0, 2)}, UnknownNameError, "there are 2 columns"),
        ("t\tn\nA\t1\n", {"columns": (0, "m")}, UnknownNameError, "`columns` has 'm'"),
        ("t\tn\nA\t1\n", {"labels": ["a", "b"]}, InputError, "2 names; there are 1 files"),
    ],
)
def test_faults_in_a_file_of_one_sample_are_named_with_their_line(
    tmp_path, text, options, error, message
):
    (tmp_path / "f.txt").write_text(text)
    with pytest.raises(error, match=message):
        pylimma.read_dge([tmp_path / "f.txt"], **options)


def test_a_pattern_without_files_is_refused(tmp_path):
    with pytest.raises(InputError, match="No file is called"):
        pylimma.read_dge("*.txt", tmp_path)


HEADER = "# Program:featureCounts v2.0.6; Command: ...\nGeneid\tChr\tStart\tEnd\tStrand\tLength\t"
ROWS = "g1\tchr1;chr1\t1;50\t9;90\t+;+\t50\t{}\ng2\tchrX\t5\t9\t-\t5\t{}\n"


def write_feature_counts(file, columns, first, second):
    file.write_text(HEADER + columns + "\n" + ROWS.format(first, second))
    return file


def test_counts_annotation_and_short_names_are_read(tmp_path):
    columns = "/data/s1Aligned.sortedByCoord.out.bam\t/data/s2.sorted.bam"
    y = pylimma.read_feature_counts(
        write_feature_counts(tmp_path / "fc.txt", columns, "3\t4", "5\t6")
    )
    assert y.col_names.tolist() == ["s1", "s2"]
    assert y.counts.tolist() == [[3, 4], [5, 6]]
    assert y.genes.columns.tolist() == ["Chr", "Start", "End", "Strand", "Length"]
    assert y.genes["Length"].tolist() == [50, 5]
    assert pylimma.rpkm(y).shape == (2, 2)


def test_feature_counts_of_one_sample_each_are_joined(tmp_path):
    one = write_feature_counts(tmp_path / "1.txt", "a.bam", "3", "5")
    two = write_feature_counts(tmp_path / "2.txt", "b.bam", "4", "6")
    assert pylimma.read_feature_counts([one, two]).counts.tolist() == [[3, 4], [5, 6]]
    y = pylimma.read_feature_counts(str(tmp_path / "*.txt"), labels=["x", "y"], group=["k", "k"])
    assert y.col_names.tolist() == ["x", "y"]


def test_extra_attributes_are_annotation(tmp_path):
    columns = "gene_name\tgene_biotype\ta.bam\tb.bam"
    first, second = "TP53\tprotein_coding\t3\t4", "MYC\tprotein_coding\t5\t6"
    y = pylimma.read_feature_counts(
        write_feature_counts(tmp_path / "fc.txt", columns, first, second)
    )
    assert y.counts.tolist() == [[3, 4], [5, 6]]
    assert y.genes["gene_name"].tolist() == ["TP53", "MYC"]
    assert y.genes.shape == (2, 7)


def test_a_cell_of_feature_counts_that_is_no_count_is_named(tmp_path):
    file = write_feature_counts(tmp_path / "fc.txt", "a.bam\tb.bam", "3\t4", "5\tx")
    with pytest.raises(InputError, match=r"has 'x' for gene 'g2' in column 'b\.bam', which is"):
        pylimma.read_feature_counts(file)


def test_names_stay_long_enough_to_differ(tmp_path):
    y = pylimma.read_feature_counts(
        write_feature_counts(tmp_path / "fc.txt", "p/a.bam\tq/a.bam", "3\t4", "5\t6")
    )
    assert y.col_names.tolist() == ["p/a.bam", "q/a.bam"]


def test_other_tables_and_other_genes_are_refused(tmp_path):
    one = write_feature_counts(tmp_path / "1.txt", "a.bam", "3", "5")
    (tmp_path / "t.txt").write_text("gene\ta\nx\t1\n")
    with pytest.raises(InputError, match=r"not output of featureCounts.*`read_counts`"):
        pylimma.read_feature_counts(tmp_path / "t.txt")
    two = tmp_path / "2.txt"
    two.write_text(one.read_text().replace("g2", "g3").replace("a.bam", "b.bam"))
    with pytest.raises(InputError, match="has other genes"):
        pylimma.read_feature_counts([one, two])
    with pytest.raises(InputError, match="2 names; there are 1 samples"):
        pylimma.read_feature_counts(one, labels=["a", "b"])


MATRIX = "gene\ts1\ts2\tdescription\nA\t1\t2\ttxt\nB\t3\t4\tother, text\n"


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [0, 1, 3, 2]])
def test_text_beside_the_samples_is_annotation_with_a_note(write, order):
    rows = [line.split("\t") for line in MATRIX.splitlines()]
    text = "".join("\t".join(row[k] for k in order) + "\n" for row in rows)
    with pytest.warns(Note, match="among the samples are taken for annotation of genes: 'descrip"):
        y = pylimma.read_counts(write(text, "c.tsv"))
    assert y.col_names.tolist() == ["s1", "s2"]
    assert y.counts.tolist() == [[1, 2], [3, 4]]
    assert y.genes["description"].tolist() == ["txt", "other, text"]


def test_a_sample_of_the_table_is_never_annotation(write):
    samples = pd.DataFrame({"group": ["x", "y"]}, index=["start", "end"])
    y = pylimma.read_counts(write("id,start,end\nA,1,2\n"), samples=samples)
    assert y.counts.tolist() == [[1, 2]]
    with pytest.raises(InputError, match="column 'end' holds 'two'"):
        pylimma.read_counts(write("id,start,end\nA,1,two\n"), samples=samples)


def test_a_sample_without_counts_is_an_error_and_no_annotation(write):
    for word in ("NA", ""):
        with pytest.raises(InputError, match=f"column 'b' holds '{word}', which is not a count"):
            pylimma.read_counts(write(f"id,a,b\nA,1,{word}\nB,2,{word}\n"))
