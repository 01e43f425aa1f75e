"""Objects side by side, one below the other, and matched by gene."""

import numpy as np
import pandas as pd
import pytest

from pylimma import DGEList, EList, MAList, MArrayLM, cbind, merge, rbind
from pylimma.errors import InputError, InputTypeError, InputWarning, ShapeError, UnknownNameError


def elist(genes, samples, start=0.0):
    values = start + np.arange(float(len(genes) * len(samples))).reshape(len(genes), -1)
    return EList(
        E=pd.DataFrame(values, index=list(genes), columns=samples),
        targets=pd.DataFrame({"group": samples}, index=samples),
        genes=pd.DataFrame({"ID": list(genes)}),
    )


def dge_list(genes):
    return DGEList(pd.DataFrame(np.ones((len(genes), 2)), index=list(genes)))


def test_merged_fits_lack_the_effects_of_genes_they_lack():
    one = fit_of("abc")
    merged = merge(one, fit_of("ca"))
    np.testing.assert_array_equal(merged["coefficients"][:, 1], [1, np.nan, 0])


def fit_of(genes):
    values = pd.DataFrame(np.arange(float(len(genes)))[:, None], index=list(genes))
    return MArrayLM(coefficients=values)


def test_cbind_joins_samples_and_their_table():
    joined = cbind(elist("ab", ["s", "t"]), elist("ab", ["u"], 10))
    assert list(joined.col_names) == ["s", "t", "u"]
    assert list(joined["targets"]["group"]) == ["s", "t", "u"]
    np.testing.assert_array_equal(joined["E"], [[0, 1, 10], [2, 3, 11]])


def test_rbind_joins_genes_and_their_annotation():
    joined = rbind(elist("ab", ["s", "t"]), elist("c", ["s", "t"], 10))
    assert list(joined.row_names) == ["a", "b", "c"]
    assert list(joined["genes"]["ID"]) == ["a", "b", "c"]
    assert joined.shape == (3, 2)


def test_merge_matches_genes_and_leaves_unmatched_ones_missing():
    merged = merge(elist("abc", ["s"]), elist("cza", ["t"], 10))
    np.testing.assert_array_equal(merged["E"], [[0, 12], [1, np.nan], [2, 10]])


def test_merge_matches_repeated_names_by_occurrence():
    merged = merge(elist("aab", ["s"]), elist("baa", ["t"], 10))
    np.testing.assert_array_equal(merged["E"][:, 1], [11, 12, 10])


@pytest.mark.parametrize(
    ("join", "objects", "error", "message"),
    [
        (cbind, lambda: [elist("ab", ["s"]), elist("abc", ["t"])], ShapeError, "must be the same"),
        (cbind, list, InputError, "at least one"),
        (
            rbind,
            lambda: [elist("a", ["s"]), MAList(M=np.ones((1, 1)), A=np.ones((1, 1)))],
            InputTypeError,
            "of one type",
        ),
        (
            cbind,
            lambda: [elist("a", ["s"]).replace(weights=[[1.0]]), elist("a", ["t"])],
            UnknownNameError,
            "'weights' is in some",
        ),
        (
            merge,
            lambda: [EList(E=np.ones((2, 1))), elist("ab", ["t"])],
            InputError,
            "neither names nor",
        ),
        (
            merge,
            lambda: [elist("ab", ["s"]), elist("cd", ["t"])],
            UnknownNameError,
            "do not match those of `x`; missing: 'a', 'b'",
        ),
        (
            merge,
            lambda: [dge_list("abc"), dge_list("ab")],
            UnknownNameError,
            "missing: 'c'.*counts only where",
        ),
    ],
)
def test_objects_that_do_not_fit_are_refused(join, objects, error, message):
    with pytest.raises(error, match=message):
        join(*objects())


def test_names_that_repeat_in_one_object_alone_match_nothing():
    with pytest.warns(InputWarning, match="1 genes repeat in one .* do not match: 'a'"):
        merged = merge(elist("aab", ["s"]), elist("bac", ["t"], 10))
    np.testing.assert_array_equal(merged["E"][:, 1], [np.nan, np.nan, 10])


def test_further_values_that_an_object_lacks_are_named():
    one = elist("ab", ["s"]).replace(other={"area": np.ones((2, 1))})
    with pytest.raises(UnknownNameError, match="'area' of `other` is in some"):
        cbind(one, elist("ab", ["t"]).replace(other={"size": np.ones((2, 1))}))


def test_rows_of_other_ids_without_names_are_bound_with_a_warning():
    one, other = (elist(g, [s]).with_names(genes=None) for g, s in (("abc", "s"), ("acb", "t")))
    with pytest.warns(InputWarning, match="Rows of object 1 have other IDs .* in 2 places"):
        cbind(one, other)
    np.testing.assert_array_equal(merge(one, other)["E"], [[0, 0], [1, 2], [2, 1]])


def test_arrays_whose_design_becomes_singular_are_chosen_with_a_warning():
    data = MAList(M=np.ones((2, 3)), A=np.ones((2, 3)), design=[[1, 0], [1, 1], [1, 1]])
    with pytest.warns(InputWarning, match="2 arrays chosen leave a design of rank 1"):
        data[:, [1, 2]]
    assert data[:, [0, 2]].shape == (2, 2)


def test_tables_follow_other_names_of_their_rows():
    data = elist("ab", ["s", "t"])
    renamed = data.with_names(samples=["u", "v"], genes=["c", "d"])
    assert renamed.targets.index.tolist() == ["u", "v"]
    assert renamed.genes.index.tolist() == [0, 1]
    assert data.targets.index.tolist() == ["s", "t"]


def test_a_table_of_values_and_annotation_goes_both_ways():
    data = elist("ab", ["s", "t"])
    again = EList.from_frame(data.to_frame())
    np.testing.assert_array_equal(again["E"], data["E"])
    assert again.genes["ID"].tolist() == ["a", "b"]
    assert again.row_names.tolist() == ["a", "b"]
    chosen = EList.from_frame(data.frame().assign(length=[5, 6]), "length")
    assert chosen.col_names.tolist() == ["s", "t"]
    assert chosen.genes["length"].tolist() == [5, 6]
    assert "genes" not in EList.from_frame(data.frame())
    with pytest.raises(UnknownNameError, match="`annotation` has 'x'; the columns are 's', 't'"):
        EList.from_frame(data.frame(), "x")
    with pytest.raises(InputTypeError, match="`frame` must be a DataFrame"):
        EList.from_frame(data)
    with pytest.raises(InputTypeError, match="must be real numbers"):
        EList.from_frame(data.to_frame(), [])


def test_text_of_genes_that_are_not_there_is_empty():
    one = elist("ab", ["s"]).replace(other={"flag": np.array([["u"], ["v"]])})
    two = elist("bc", ["t"]).replace(other={"flag": np.array([["w"], ["x"]])})
    assert merge(one, two).other["flag"].tolist() == [["u", ""], ["v", "w"]]


def test_a_number_for_all_genes_stays_one_or_is_repeated():
    one = MArrayLM(coefficients=np.ones((2, 1)), df_prior=3.0)
    other = MArrayLM(coefficients=np.ones((3, 1)), df_prior=4.0)
    assert rbind(one, one)["df_prior"] == 3
    assert rbind(one, other)["df_prior"].tolist() == [3, 3, 4, 4, 4]
    by_gene = other.replace(df_prior=[1.0, 2, 3])
    assert rbind(by_gene, one)["df_prior"].tolist() == [1, 2, 3, 3, 3]
