"""Sets of any kind become positions among the genes."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import InputError, InputWarning, Note, ShapeError, UnknownNameError
from pylimma.genesets.sets import parse_sets

GENES = ["TP53", "EGF", "BRCA1", "EGF", "MYC"]


def members(sets, genes=GENES, **options):
    index = parse_sets(sets, genes, len(genes), **options)
    return {name: index.members(k).tolist() for k, name in enumerate(index.names)}


SAME_SETS = {
    "dict of lists": {"a": ["EGF", "MYC", "EGF"], "b": ["TP53"]},
    "dict of arrays": {"a": np.array(["MYC", "EGF"]), "b": np.array(["TP53"], dtype=object)},
    "dict of sets and text": {"a": {"EGF", "MYC"}, "b": "TP53"},
    "dict of categories": {"a": pd.Categorical(["EGF", "MYC"]), "b": pd.Series(["TP53"])},
    "logical": {"a": [False, True, False, True, True], "b": np.arange(5) == 0},
    "positions": {"a": [1, 3, 4], "b": 0},
    "whole floats": {"a": np.array([1.0, 3, 4]), "b": np.array([0.0])},
    "series of lists": pd.Series([["EGF", "MYC"], ["TP53"]], index=["a", "b"]).to_dict(),
    "long table": pd.DataFrame({"source": list("aba"), "target": ["MYC", "TP53", "EGF"]}),
    "tables": {"a": pd.DataFrame({"id": ["MYC", "EGF"]}), "b": pd.DataFrame({"id": ["TP53"]})},
}


@pytest.mark.parametrize("sets", SAME_SETS.values(), ids=list(SAME_SETS))
def test_sets_of_any_kind_give_the_same_positions(sets):
    assert members(sets) == {"a": [1, 3, 4], "b": [0]}


def test_sets_without_names_are_numbered_as_the_test_asks():
    sets = [["EGF"]] * 11
    assert list(members(sets))[:2] == ["1", "2"]
    assert list(members(sets, prefix="set"))[:2] == ["set01", "set02"]
    assert list(members(["EGF", "MYC"])) == ["set1"]
    assert list(members(None)) == ["set1"]


def test_positions_stand_as_given_and_identifiers_in_the_order_of_the_genes():
    assert members({"a": [4, 0, 4], "b": ["MYC", "TP53", "MYC"]}) == {"a": [4, 0, 4], "b": [0, 4]}


def test_weights_follow_their_genes():
    table = pd.DataFrame({"id": ["MYC", "zz", "EGF"], "w": [2.0, 9.0, -1.0]})
    sets = {
        "t": table,
        "d": {"MYC": 3.0},
        "p": pd.DataFrame({"i": [4, 0], "w": [5.0, 6]}),
        "n": [2],
    }
    with pytest.warns(Note, match="2 of 3 identifiers of the sets are among the 5 genes; .*'zz'"):
        index = parse_sets(sets, GENES, 5)
    assert index.positions.tolist() == [1, 3, 4, 4, 4, 0, 2]
    assert index.weights.tolist() == [-1, -1, 2, 3, 5, 6, 1]
    assert index.weighted.tolist() == [True, True, True, False]
    assert index.n_given.tolist() == [3, 1, 2, 1]
    assert index.n_matched.tolist() == [2, 1, 2, 1]
    expected = np.zeros((4, 5))
    for k in range(4):
        np.add.at(
            expected[k], index.members(k), index.weights[index.indptr[k] : index.indptr[k + 1]]
        )
    np.testing.assert_array_equal(index.matrix(5).toarray(), expected)


def test_what_is_matched_agrees_with_a_plain_loop():
    rng = np.random.default_rng(1)
    genes = [f"g{k}" for k in rng.integers(0, 60, 80)]
    sets = {f"s{k}": [f"g{j}" for j in rng.integers(0, 90, rng.integers(0, 20))] for k in range(40)}
    with pytest.warns(Note):
        index = parse_sets(sets, genes, 80)
    for k, given in enumerate(sets.values()):
        assert index.members(k).tolist() == [j for j, gene in enumerate(genes) if gene in given]
        assert index.n_given[k] == len(set(given))
        assert index.n_matched[k] == len(set(given) & set(genes))


def test_a_logical_series_is_matched_by_name():
    chosen = pd.Series([True, False, False], index=["EGF", "TP53", "MYC"])
    assert members({"a": chosen}, ["TP53", "MYC", "EGF"]) == {"a": [2]}


def test_letters_in_the_other_case_are_noticed_and_can_be_ignored():
    genes = ["Trp53", "Egf", "MYC"]
    with pytest.warns(InputWarning, match=r"1 of 3 .*3 would be if case was ignored \(.*ignore_ca"):
        assert members({"a": ["TRP53", "EGF", "MYC"]}, genes) == {"a": [2]}
    assert members({"a": ["TRP53", "EGF", "MYC"]}, genes, match="ignore_case") == {"a": [0, 1, 2]}


def test_versions_are_noticed_and_can_be_ignored():
    with pytest.raises(InputError, match=r"None of the 1 .*version suffixes.*ignore_version"):
        members({"a": ["ENSG00000141510.16"]}, ["ENSG00000141510"])
    sets = {"a": ["ENSG00000141510.16"]}
    assert members(sets, ["ENSG00000141510.2"], match="ignore_version") == {"a": [0]}


@pytest.mark.parametrize(
    ("given", "genes", "kinds"),
    [
        ("7157", "TP53", "Entrez identifiers against symbols"),
        ("ENSMUSG00000059552", "22059", "Ensembl identifiers against Entrez identifiers"),
        ("P04637", "NM_000546.6", "UniProt accessions against RefSeq accessions"),
    ],
)
def test_identifiers_of_another_kind_are_told(given, genes, kinds):
    with pytest.raises(InputError, match=rf"\({given}\) is among the 1 genes \({genes}\): {kinds}"):
        members({"a": [given]}, [genes])


@pytest.mark.parametrize(
    ("sets", "error", "message"),
    [
        ([], InputError, "`index` is empty"),
        ({}, InputError, "`index` is empty"),
        ({"a": [5]}, UnknownNameError, r"`index\['a'\]` has 5; there are 5 genes"),
        ({"a": [-1]}, UnknownNameError, "has -1"),
        ({"a": [0.5]}, UnknownNameError, "has 0.5"),
        ({"a": [np.nan]}, UnknownNameError, "has nan"),
        ({"a": [True, False]}, ShapeError, "2 logical values; there are 5 genes"),
        ({1: ["EGF"], "1": ["MYC"]}, InputError, "same name: '1'"),
        ({"a": pd.DataFrame({"i": ["EGF", "EGF"]})}, InputError, r"repeat \('EGF'\)"),
        ({"a": pd.DataFrame({"i": ["EGF"], "w": [np.nan]})}, InputError, "missing or infinite"),
        (pd.DataFrame(columns=list("abc"), index=[0]), InputError, "'source' and 'target'"),
    ],
)
def test_sets_that_cannot_be_read_are_refused(sets, error, message):
    with pytest.raises(error, match=message):
        members(sets)


def test_identifiers_need_names_of_genes():
    with pytest.raises(UnknownNameError, match="such as 'EGF', and the genes have no names"):
        parse_sets({"a": ["EGF"]}, None, 5)


def test_positions_that_might_be_names_are_warned_of():
    with pytest.warns(InputWarning, match="positions of genes from 0"):
        assert members({"a": [1, 2]}, ["1", "2", "3"]) == {"a": [1, 2]}


def test_sets_outside_the_limits_are_counted():
    sets = {"a": ["EGF", "MYC"], "b": ["MYC"], "c": [0, 1, 2, 4], "d": [2, 3]}
    with pytest.warns(Note, match="2 of 4 sets .*: 1 with fewer than 2 .* and 1 with more than 3"):
        index = parse_sets(sets, GENES, 5, min_size=2, max_size=3)
    assert index.names == ["a", "d"]
    assert index.members(1).tolist() == [2, 3]
    assert index.dropped == {"fewer than 2 genes": 1, "more than 3 genes": 1}
    with pytest.raises(InputError, match="No set is left"):
        parse_sets(sets, GENES, 5, min_size=8)


def test_ids2indices_compares_numbers_as_text():
    assert pl.ids2indices([7157, "1"], np.array([1.0, 7157])) == {"Set1": pytest.approx([0, 1])}


def test_ids2indices_keeps_empty_sets_on_request():
    sets = {"a": ["EGF"], "b": ["none"], "c": []}
    with pytest.warns(Note):
        assert list(pl.ids2indices(sets, GENES)) == ["a"]
    with pytest.warns(Note):
        found = pl.ids2indices(sets, GENES, remove_empty=False)
    assert {name: at.tolist() for name, at in found.items()} == {"a": [1, 3], "b": [], "c": []}
