"""Construction, names, subsets and binding of counts with their samples."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import pylimma
from pylimma.errors import (
    InputError,
    InputTypeError,
    InputWarning,
    Note,
    ShapeError,
    UnknownNameError,
)

COUNTS = pd.DataFrame(
    [[5, 0, 3, 8], [0, 0, 0, 0], [10, 20, 30, 40]],
    index=["g1", "g2", "g3"],
    columns=["a", "b", "c", "d"],
)


def test_library_sizes_are_column_sums_and_factors_one_by_default():
    samples = pylimma.DGEList(COUNTS).samples
    assert samples.columns.tolist() == ["group", "lib_size", "norm_factors"]
    assert samples["lib_size"].tolist() == [15, 20, 33, 48]
    assert samples["norm_factors"].tolist() == [1, 1, 1, 1]
    assert samples["group"].tolist() == ["1"] * 4
    assert samples.index.tolist() == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("group", "levels"),
    [
        (["y", "x", "y", "x"], ["x", "y"]),
        ([10, 2, 10, 2], ["2", "10"]),
        ([1.0, 1.0, 2.5, 2.5], ["1", "2.5"]),
        (pd.Categorical(["u", "v", "u", "v"], categories=["v", "w", "u"]), ["v", "u"]),
        (pd.Series(["p", "q"] * 2, index=["d", "c", "b", "a"]), ["p", "q"]),
    ],
)
def test_groups_become_a_factor_without_empty_levels(group, levels):
    assert pylimma.DGEList(COUNTS, group=group).samples["group"].cat.categories.tolist() == levels


def test_group_and_library_sizes_with_names_are_matched_by_name():
    y = pylimma.DGEList(
        COUNTS,
        group=pd.Series(["p", "q", "p", "q"], index=["d", "c", "b", "a"]),
        lib_size=pd.Series([4.0, 3, 2, 1], index=["d", "c", "b", "a"]) * 100,
    )
    assert y.samples["group"].tolist() == ["q", "p", "q", "p"]
    assert y.samples["lib_size"].tolist() == [100, 200, 300, 400]


def test_samples_and_genes_are_put_into_the_order_of_the_counts():
    samples = pd.DataFrame(
        {"group": ["w", "x", "y", "z", "n"], "age": [4, 3, 2, 1, 0]},
        index=["d", "c", "b", "a", "not measured"],
    )
    genes = pd.DataFrame({"symbol": ["C", "B", "A"]}, index=["g3", "g2", "g1"])
    y = pylimma.DGEList(COUNTS, samples=samples, genes=genes)
    assert y.samples.columns.tolist() == ["group", "lib_size", "norm_factors", "age"]
    assert y.samples["age"].tolist() == [1, 2, 3, 4]
    assert y.samples["group"].tolist() == ["z", "y", "x", "w"]
    assert y.genes["symbol"].tolist() == ["A", "B", "C"]


def test_samples_of_other_names_are_matched_by_position_with_a_warning():
    samples = pd.DataFrame({"batch": [1, 2, 3, 4]}, index=["w", "x", "y", "z"])
    with pytest.warns(InputWarning, match="matched by position"):
        y = pylimma.DGEList(COUNTS, samples=samples)
    assert y.samples.loc["a", "batch"] == 1


def test_samples_that_share_some_names_only_are_refused():
    samples = pd.DataFrame({"batch": [1, 2, 3, 4]}, index=["a", "b", "c", "e"])
    with pytest.raises(UnknownNameError, match="missing: 'd'"):
        pylimma.DGEList(COUNTS, samples=samples)


def test_it_is_built_from_a_dict_of_components_with_names_of_r():
    samples = pd.DataFrame(
        {"group": ["x", "x", "y", "y"], "lib.size": [9.0, 8, 7, 6], "norm.factors": [1.0, 2, 1, 2]},
        index=COUNTS.columns,
    )
    y = pylimma.DGEList({"counts": COUNTS, "samples": samples, "common_dispersion": 0.1})
    assert y.effective_lib_size.tolist() == [9, 16, 7, 12]
    assert y["common_dispersion"] == 0.1


def test_leading_columns_up_to_the_last_text_annotate_the_genes():
    table = COUNTS.reset_index(names="id").assign(length=[9, 8, 7], symbol=["A", "B", "C"])
    table = table[["id", "length", "symbol", *COUNTS.columns]]
    with pytest.warns(Note, match="'id' of `counts` is used as gene names"):
        y = pylimma.DGEList(table)
    assert y.genes.columns.tolist() == ["id", "length", "symbol"]
    assert y.row_names.tolist() == ["g1", "g2", "g3"]
    np.testing.assert_array_equal(y.counts, COUNTS)


@pytest.mark.parametrize("columns", [["length", "b"], [0, 2], [True, False, True, False, False]])
def test_annotation_columns_are_names_positions_or_a_mask(columns):
    table = COUNTS.copy()
    table.insert(0, "length", [9, 8, 7])
    y = pylimma.DGEList(table, annotation_columns=columns)
    assert y.genes.columns.tolist() == ["length", "b"]
    assert y.col_names.tolist() == ["a", "c", "d"]


def test_remove_zeros_keeps_library_sizes_and_annotation_in_step():
    y = pylimma.DGEList(COUNTS, genes=pd.DataFrame({"s": [1, 2, 3]}), remove_zeros=True)
    assert y.row_names.tolist() == ["g1", "g3"]
    assert y.genes["s"].tolist() == [1, 3]
    assert y.samples["lib_size"].tolist() == [15, 20, 33, 48]


def test_samples_without_names_are_numbered():
    y = pylimma.DGEList(COUNTS.to_numpy())
    assert y.col_names.tolist() == ["Sample1", "Sample2", "Sample3", "Sample4"]
    assert y.row_names is None


@pytest.mark.parametrize("kind", [sp.csr_array, sp.csc_matrix, sp.coo_array, sp.dok_array])
def test_sparse_counts_are_read(kind):
    np.testing.assert_array_equal(pylimma.DGEList(kind(COUNTS.to_numpy())).counts, COUNTS)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32", "Int64", "Float64", "object"])
def test_narrow_and_nullable_counts_are_summed_without_overflow(dtype):
    y = pylimma.DGEList((COUNTS * 0 + 200).astype(dtype))
    assert y.samples["lib_size"].tolist() == [600] * 4


def test_a_subset_keeps_library_sizes_unless_told_and_drops_empty_groups():
    y = pylimma.DGEList(COUNTS, group=["x", "x", "y", "y"])
    part = y[["g3"], ["d", "c"]]
    assert part.samples["lib_size"].tolist() == [48, 33]
    assert part.samples["group"].cat.categories.tolist() == ["y"]
    assert y.subset([2], keep_lib_sizes=False).samples["lib_size"].tolist() == [10, 20, 30, 40]
    assert y.samples["group"].cat.categories.tolist() == ["x", "y"]


def test_a_new_table_of_samples_keeps_the_columns_it_does_not_bring():
    y = pylimma.DGEList(COUNTS, lib_size=[100, 200, 300, 400], group=list("wxyz"))
    y.samples = pd.DataFrame({"age": [1, 2, 3, 4]}, index=COUNTS.columns)
    assert y.samples["lib_size"].tolist() == [100, 200, 300, 400]
    assert y.samples["group"].tolist() == list("wxyz")


def test_bound_lists_join_their_groups_and_samples():
    x = pylimma.DGEList(COUNTS, group=["x", "x", "y", "y"])
    y = pylimma.DGEList(COUNTS.add_suffix("2"), group=["z", "x", "y", "y"])
    both = pylimma.cbind(x, y)
    assert both.samples["group"].cat.categories.tolist() == ["x", "y", "z"]
    assert both.samples["group"].tolist() == ["x", "x", "y", "y", "z", "x", "y", "y"]
    assert pylimma.rbind(x, x).shape == (6, 4)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda y: pickle.loads(pickle.dumps(y))])  # noqa: S301 - our own bytes
def test_it_survives_copies_and_pickles(copied):
    y = copied(pylimma.DGEList(COUNTS, group=["x", "x", "y", "y"]))
    np.testing.assert_array_equal(y.counts, COUNTS)
    assert y.samples.index.tolist() == ["a", "b", "c", "d"]


def test_a_sample_without_reads_is_warned_about():
    with pytest.warns(InputWarning, match="without reads: 'b'"):
        pylimma.DGEList(COUNTS.assign(b=0))


def with_cell(value):
    counts = COUNTS.astype(float)
    counts.iloc[1, 2] = value
    return counts


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"counts": with_cell(-1)}, InputError, "1 negative values, the first for gene 'g2'"),
        ({"counts": with_cell(np.nan)}, InputError, "1 missing or infinite.*'g2', sample 'c'"),
        ({"counts": with_cell(np.inf)}, InputError, "missing or infinite"),
        ({"counts": COUNTS[:0]}, InputError, "0 genes and 4 samples"),
        ({"counts": None}, InputTypeError, "needs `counts`"),
        ({"counts": [[1, 2], [3]]}, InputTypeError, "rows of `counts` differ in length"),
        (
            {"counts": np.ma.masked_equal(COUNTS.to_numpy(), 40)},
            InputError,
            "1 missing or infinite values",
        ),
        ({"counts": [["a", "b"]]}, InputTypeError, "numeric matrix"),
        ({"counts": COUNTS.astype(str)}, InputError, "no numeric column"),
        ({"counts": COUNTS, "lib_size": [1, 2]}, ShapeError, "`lib_size` has 2 values"),
        ({"counts": COUNTS, "lib_size": [1, 2, np.nan, 4]}, InputError, "for sample 'c'"),
        ({"counts": COUNTS, "lib_size": [1, 0, 3, 4]}, InputError, "it is 0 for sample 'b'"),
        ({"counts": COUNTS, "norm_factors": [1, 0, 1, 1]}, InputError, "`norm_factors` must be"),
        ({"counts": COUNTS, "group": ["a", None, "b", "b"]}, InputError, "missing for samples 'b'"),
        ({"counts": COUNTS, "genes": ["x"]}, ShapeError, "`genes` has 1 rows"),
        ({"counts": COUNTS, "samples": {"x": [1, 2]}}, ShapeError, "`samples` has 2 rows"),
        ({"counts": COUNTS, "annotation_columns": "z"}, UnknownNameError, "no column 'z'"),
        ({"counts": COUNTS, "surprise": 1}, UnknownNameError, "no component 'surprise'"),
    ],
)
def test_what_cannot_be_counts_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        pylimma.DGEList(**arguments)
