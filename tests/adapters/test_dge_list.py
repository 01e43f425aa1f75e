"""Counts of any kind of object as a DGEList."""

import anndata
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_matrix

import pylimma
from pylimma.errors import InputTypeError, UnknownNameError

COUNTS = pd.DataFrame([[5, 0, 3], [10, 20, 30]], index=["g1", "g2"], columns=["a", "b", "c"])
OBS = pd.DataFrame({"sex": ["f", "m", "f"]}, index=["a", "b", "c"])


@pytest.mark.parametrize("group", ["sex", ["f", "m", "f"], OBS["sex"][::-1]])
def test_an_anndata_brings_its_samples_and_genes(group):
    var = pd.DataFrame({"Length": [100, 200]}, index=["g1", "g2"])
    adata = anndata.AnnData(csr_matrix(COUNTS.T.to_numpy(float)), obs=OBS, var=var)
    y = pylimma.as_dge_list(adata, group=group)
    np.testing.assert_array_equal(y.counts, COUNTS)
    assert y.genes["Length"].tolist() == [100, 200]
    assert y.samples["group"].tolist() == ["f", "m", "f"]
    assert y.col_names.tolist() == ["a", "b", "c"]


def test_a_polars_table_brings_gene_names_in_its_first_column():
    table = pl.DataFrame({"id": ["g1", "g2"], "a": [5, 10], "b": [0, 20], "c": [3, 30]})
    with pytest.warns(pylimma.errors.Note, match="'id'"):
        y = pylimma.as_dge_list(table)
    np.testing.assert_array_equal(y.counts, COUNTS)
    assert y.row_names.tolist() == ["g1", "g2"]


def test_a_dgelist_stays_and_takes_new_groups_with_its_library_sizes():
    y = pylimma.DGEList(COUNTS, lib_size=[100, 200, 300])
    same = pylimma.as_dge_list(y)
    assert same.samples.equals(y.samples)
    assert np.array_equal(same.counts, y.counts)
    other = pylimma.as_dge_list(y, group=["x", "y", "x"])
    assert other.samples["group"].tolist() == ["x", "y", "x"]
    assert other.samples["lib_size"].tolist() == [100, 200, 300]


def test_what_is_no_column_or_no_matrix_is_refused():
    with pytest.raises(UnknownNameError, match="No column 'age' in the table of samples"):
        pylimma.as_dge_list(COUNTS, samples=OBS, group="age")
    with pytest.raises(InputTypeError, match="use `as_dge_list"):
        pylimma.DGEList(anndata.AnnData(COUNTS.T.to_numpy(float)))
