"""Every kind of input gives the same numbers; what cannot be read is named."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from pylimma import EList, EListRaw, MAList
from pylimma.adapters.expression import parse_counts, parse_expression
from pylimma.errors import InputError, InputTypeError, InputWarning, Note, UnknownNameError

VALUES = np.array([[1.0, 2.0, 3.0], [4.0, 0.0, 6.0]])


def frame():
    return pd.DataFrame(VALUES, index=["g", "h"], columns=["s", "t", "u"])


@pytest.mark.parametrize(
    "kind",
    [
        lambda: VALUES,
        lambda: VALUES.astype(np.float32),
        lambda: VALUES.astype(np.float16),
        lambda: VALUES.astype(">f8"),
        lambda: VALUES.astype(int),
        lambda: np.asfortranarray(VALUES),
        lambda: np.repeat(VALUES, 2, axis=1)[:, ::2],
        lambda: VALUES.astype(object),
        VALUES.tolist,
        lambda: sp.csr_matrix(VALUES),
        lambda: sp.csc_array(VALUES),
        lambda: sp.coo_array(VALUES),
        frame,
        lambda: frame().astype("Float64"),
        lambda: frame().astype("float64[pyarrow]"),
        lambda: frame().astype(object),
        lambda: EList(E=frame()),
        lambda: {"E": VALUES},
    ],
)
def test_every_kind_of_values_gives_the_same_doubles(kind):
    found = parse_expression(kind()).matrix
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, VALUES)


def test_polars_and_arrow_tables_name_genes_by_their_first_column():
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    table = frame().reset_index(names="gene")
    for other in (pl.from_pandas(table), pa.Table.from_pandas(table, preserve_index=False)):
        with pytest.warns(Note, match="'gene'"):
            found = parse_expression(other)
        np.testing.assert_array_equal(found.matrix, VALUES)
        assert list(found.gene_names) == ["g", "h"]


def test_anndata_is_transposed_at_the_border():
    anndata = pytest.importorskip("anndata")
    adata = anndata.AnnData(
        sp.csr_matrix(VALUES.T),
        obs=pd.DataFrame({"group": list("aab")}, index=["s", "t", "u"]),
        var=pd.DataFrame({"symbol": ["G", "H"]}, index=["g", "h"]),
        layers={"twice": 2 * VALUES.T},
    )
    found = parse_expression(adata)
    np.testing.assert_array_equal(found.matrix, VALUES)
    assert list(found.samples["group"]) == list("aab")
    assert list(found.genes["symbol"]) == ["G", "H"]
    np.testing.assert_array_equal(parse_expression(adata, layer="twice").matrix, 2 * VALUES)
    np.testing.assert_array_equal(parse_expression(adata[:, ["h"]]).matrix, VALUES[[1]])
    with pytest.raises(UnknownNameError, match="No layer 'none'; there are 'twice'"):
        parse_expression(adata, layer="none")


def test_a_vector_is_one_gene():
    assert parse_expression([1.0, 2.0]).matrix.shape == (1, 2)


def test_text_in_front_is_annotation():
    table = pd.DataFrame({"id": ["x", "x"], "symbol": ["A", "B"], "s": [1, 2], "t": [3, 4]})
    found = parse_expression(table)
    assert list(found.genes.columns) == ["id", "symbol"]
    assert found.gene_names is None  # ids that repeat are no names
    np.testing.assert_array_equal(found.matrix, [[1, 3], [2, 4]])


def test_infinite_values_are_missing_with_a_warning_that_says_where():
    with pytest.warns(InputWarning, match="1 infinite values, the first in row 1, column 2"):
        found = parse_expression([[1.0, 2, 3], [1, 2, np.inf]])
    assert np.isnan(found.matrix[1, 2])


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (frame().assign(t=["1", "2"]), InputError, "Column 't' .* not numeric: it holds '1'"),
        (frame().astype(str), InputError, "no numeric column"),
        (VALUES.astype(str), InputError, "must hold numbers"),
        (VALUES * 1j, InputError, "complex"),
        (frame() * 1j, InputError, "complex"),
        (VALUES[:0], InputError, "0 genes .* filter"),
        (VALUES[:, :0], InputError, "0 samples"),
        (np.ones((2, 2, 2)), InputTypeError, "matrix of genes × samples"),
        ("file.csv", InputTypeError, "matrix of genes × samples"),
        (EListRaw(E=VALUES), InputTypeError, "raw intensities"),
    ],
)
def test_what_cannot_be_read_is_refused(data, error, message):
    with pytest.raises(error, match=message):
        parse_expression(data)


def test_a_layer_needs_anndata():
    with pytest.raises(InputError, match="for AnnData"):
        parse_expression(VALUES, layer="counts")


def test_counts_keep_their_type():
    counts = np.array([[200, 250]], dtype=np.uint8)
    assert parse_counts(counts).matrix.dtype == np.uint8


def test_new_values_come_back_in_the_kind_that_was_given():
    new = VALUES + 1
    assert type(parse_expression(VALUES).like_source(new)) is np.ndarray
    pd.testing.assert_frame_equal(parse_expression(frame()).like_source(new), frame() + 1)
    elist = parse_expression(EList(E=frame())).like_source(new)
    assert isinstance(elist, EList)
    np.testing.assert_array_equal(elist["E"], new)


def test_average_expression_of_two_colour_data_is_that_of_intensities():
    found = parse_expression(MAList(M=VALUES, A=VALUES * 10))
    np.testing.assert_allclose(found.average, VALUES.mean(axis=1) * 10)


def test_inputs_are_left_alone():
    values = np.array([[1.0, np.inf, 2.0]])
    with pytest.warns(InputWarning):
        parse_expression(values)
    assert np.isinf(values[0, 1])
