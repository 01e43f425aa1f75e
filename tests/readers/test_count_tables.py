"""Matrices of counts in text and AnnData files."""

import anndata
import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputWarning, UnknownNameError


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
    with pytest.warns(InputWarning, match="no genes but summaries: '__no_feature'"):
        pylimma.read_counts(write("id,a\nx,5\n__no_feature,3\n"))


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("id,a,b\nx,1,2\ny,3,1O\n", InputError, "Line 3 of 'counts.csv': column 'b' holds '1O'"),
        ("id,a,b\nx,1,\ny,3,4\n", InputError, "Line 2 of 'counts.csv': column 'b' holds ''"),
        ("id,a,b\nx,1,NA\ny,3,4\n", InputError, "column 'b' holds 'NA', which is no count"),
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
