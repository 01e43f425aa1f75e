"""Factors, contrasts, names and filters as pipelines write them."""

import anndata
import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.cli.conventions import abundant_genes, made_columns, parse_factors, spelled_contrast
from pylimma.errors import InputError, UnknownNameError

CHOICES = {"filter_group": None, "min_proportion": None, "min_proportion_not_na": None}


def test_columns_get_the_names_that_a_formula_calls_them_by():
    samples = pd.DataFrame({"Cell type": ["a"], "a b": ["x"], "a-b": ["y"], "plain": [1]})
    found = made_columns(samples, ["~ 0 + Cell.type + plain", "a.b"])
    assert found == {"Cell type": "Cell.type"}, "a.b may be either of two"
    assert made_columns(samples, ["~ `Cell type`"]) == {}


def test_factors_as_text_have_a_level_for_each_sample():
    names = pd.Index(["s1", "s2", "s3"])
    found = parse_factors(["Genotype::Mut, WT,WT|Batch::1,2,1"], names, 3)
    expected = pd.DataFrame({"Genotype": ["Mut", "WT", "WT"], "Batch": ["1", "2", "1"]}, names)
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Genotype:a,b,c", "NAME::LEVEL"),
        ("Genotype::a,,c", "NAME::LEVEL"),
        ("Genotype::a,b", "has 2 levels; the data have 3 samples"),
        ("Genotype::a,b,c|Genotype::a,b,c", "more than once"),
    ],
)
def test_wrong_factors_are_named(text, message):
    with pytest.raises(InputError, match=message):
        parse_factors([text], None, 3)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("2-1", "X2-X1"),
        (" 2 - 1 ", "X2-X1"),
        ("(2 + 1)/2 - 3h", "(X2+X1)/2-X3h"),
        ("2*Mut - 2*WT", "2*Mut-2*WT"),
        ("Mut-WT", "Mut-WT"),
        ("5-1", "5-X1"),
    ],
)
def test_levels_in_contrasts_are_spelled_as_r_would(text, spelled):
    samples = pd.DataFrame({"Group": ["2", "1", "3h", "WT", "Mut"]})
    assert spelled_contrast(text, samples) == spelled


def test_abundance_is_asked_of_samples_proportions_or_the_smallest_group():
    values = np.zeros((6, 6))
    for gene in range(6):
        values[gene, : gene + 1] = 5
    names = list("abcdef")
    counts = pylimma.DGEList(pd.DataFrame(values, columns=names))
    samples = pd.DataFrame({"group": list("xxyyyy")}, index=names)

    def kept(limits=(5, 1), **more):
        given = dict(zip(("count", "samples"), limits, strict=True))
        return abundant_genes(counts, samples, given, CHOICES | more).nonzero()[0].tolist()

    assert kept() == [0, 1, 2, 3, 4, 5]
    assert kept((5, 3)) == [2, 3, 4, 5]
    assert kept((6, 1)) == []
    assert kept(min_proportion=0.5) == [2, 3, 4, 5]
    assert kept(filter_group="group") == [1, 2, 3, 4, 5]
    assert kept(filter_group="group", min_proportion=0.5) == [0, 1, 2, 3, 4, 5]
    with pytest.raises(UnknownNameError, match="--filter-group is 'arm'"):
        kept(filter_group="arm")


def test_only_samples_of_the_table_count_and_missing_values_are_limited():
    values = pd.DataFrame([[5, 0, 0, 0], [0, 0, 0, 9], [7, 7, np.nan, np.nan], [7, *[np.nan] * 3]])
    data = pylimma.EList(E=values.set_axis(list("abcd"), axis=1))
    limits = {"count": 5, "samples": 1}
    samples = pd.DataFrame({"group": ["x", "y", "x"]}, index=list("abc"))
    np.testing.assert_array_equal(
        abundant_genes(data, samples, limits, CHOICES), [True, False, True, False]
    )
    assert abundant_genes(data, None, limits, CHOICES | {"min_proportion_not_na": 0.25}).all()


def test_cells_of_an_anndata_are_samples():
    data = anndata.AnnData(np.array([[5.0, 0.0], [0.0, 0.0]]))
    data.obs_names = ["a", "b"]
    samples = pd.DataFrame({"group": ["x", "y"]}, index=["a", "b"])
    found = abundant_genes(data, samples, {"count": 1, "samples": 1}, CHOICES)
    np.testing.assert_array_equal(found, [True, False])
