"""Which genes the filters keep."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from small_counts import patterned_counts, random_counts

import pylimma
from pylimma.errors import Note, ShapeError
from pylimma.numerics.counts.rates import library_sizes
from pylimma.preprocessing.counts.filtering import (
    effective_group_size,
    required_samples,
    smallest_group_size,
    sufficiently_expressed,
)

RNG = np.random.default_rng(3)
COUNTS = pd.DataFrame(
    RNG.negative_binomial(2, 0.05, (200, 8)) * RNG.integers(0, 2, (200, 1)),
    index=[f"g{k}" for k in range(200)],
    columns=list("abcdefgh"),
)
GROUP = ["x"] * 3 + ["y"] * 5


def kept_by_hand(n_samples, min_count=10, min_total=15):
    kept, sizes = [], COUNTS.sum()
    for _, row in COUNTS.iterrows():
        rates = [c / s * 1e6 for c, s in zip(row, sizes, strict=True)]
        enough = sum(rate >= min_count / np.median(sizes) * 1e6 for rate in rates)
        kept.append(enough >= n_samples and row.sum() >= min_total)
    return kept


def test_filter_by_expr_follows_its_definition():
    keep = pylimma.filter_by_expr(COUNTS, group=GROUP)
    assert keep.tolist() == kept_by_hand(3)
    assert keep.index.equals(COUNTS.index)
    assert 0 < keep.sum() < 200


def test_a_one_way_design_is_the_same_as_its_groups():
    design = pd.get_dummies(pd.Series(GROUP)).astype(float).to_numpy()
    from_design = pylimma.filter_by_expr(COUNTS, design)
    assert from_design.equals(pylimma.filter_by_expr(COUNTS, group=GROUP))


def test_a_dgelist_uses_its_groups_and_then_its_design():
    y = pylimma.DGEList(COUNTS, group=GROUP)
    assert pylimma.filter_by_expr(y).tolist() == kept_by_hand(3)
    y.design = np.ones((8, 1))
    assert pylimma.filter_by_expr(y).tolist() == kept_by_hand(8)
    assert pylimma.filter_by_expr(y, group=GROUP).tolist() == kept_by_hand(3)


def test_large_groups_count_by_a_share():
    keep = pylimma.filter_by_expr(COUNTS, np.ones((8, 1)), large_n=2, min_prop=0.4)
    assert keep.tolist() == kept_by_hand(2 + 6 * 0.4)


def test_without_groups_all_samples_are_one_group_and_it_says_so():
    with pytest.warns(Note, match="taken as one group"):
        keep = pylimma.filter_by_expr(COUNTS.to_numpy())
    assert keep.tolist() == kept_by_hand(8)


def test_sparse_counts_keep_the_same_genes(monkeypatch):
    monkeypatch.setattr("pylimma.preprocessing.counts.blocks._DENSE_ELEMENTS", 7)
    sparse = sp.csc_array(COUNTS.to_numpy())
    keep = pylimma.filter_by_expr(sparse, group=GROUP)
    assert keep.tolist() == kept_by_hand(3)
    assert pylimma.filter_by_cpm(sparse, GROUP).tolist() == [*pylimma.filter_by_cpm(COUNTS, GROUP)]


def test_filter_by_cpm_asks_for_more_than_the_cut_off():
    counts = np.array([[10, 10, 10], [11, 11, 10], [979, 979, 980]])
    assert pylimma.filter_by_cpm(counts, ["a", "a", "b"]).tolist() == [False, True, True]
    assert pylimma.filter_by_cpm(counts, min_samples=3).tolist() == [False, False, True]


def test_a_mask_subsets_tables_and_lists():
    keep = pylimma.filter_by_expr(COUNTS, group=GROUP)
    y = pylimma.DGEList(COUNTS)[keep, :]
    assert y.row_names.tolist() == COUNTS.index[keep].tolist()


def test_groups_of_another_length_are_refused():
    with pytest.raises(ShapeError, match="`group` has 3 values; there are 8 samples"):
        pylimma.filter_by_expr(COUNTS, group=["a", "b", "c"])


@pytest.mark.data
def test_filter_by_cpm_keeps_the_published_number_of_yoruba_genes():
    data = pylimma.yoruba()
    assert pylimma.filter_by_cpm(data.counts, data.samples["gender"]).sum() == 17_860


def kept_one_by_one(counts, lib_size, min_samples, min_count, min_total):
    cutoff = min_count / np.median(lib_size)
    return [
        sum(count / size >= cutoff * (1 - 1e-12) for count, size in zip(row, lib_size, strict=True))
        >= min_samples
        and sum(row) >= min_total
        for row in counts.tolist()
    ]


def test_genes_kept_by_groups_are_those_of_edger():
    counts = patterned_counts()
    kept = sufficiently_expressed(counts, library_sizes(counts), 2, min_count=9)
    dropped = [0, 3, 5, 15, 18, 25, 29]
    assert np.flatnonzero(~kept).tolist() == dropped


def test_genes_kept_by_a_design_are_those_of_edger():
    counts = patterned_counts()
    design = np.array([[1, 0], [1, 1], [1, 2], [1, 5.0]])
    leverage = np.diag(design @ np.linalg.pinv(design))
    min_samples = effective_group_size(leverage)
    kept = sufficiently_expressed(counts, library_sizes(counts), min_samples, 9, 30)
    dropped = [0, 2, 3, 5, 15, 17, 18, 25, 29, 32, 36]
    assert np.flatnonzero(~kept).tolist() == dropped


def test_the_rule_agrees_with_counting_gene_by_gene():
    rng = np.random.default_rng(4)
    counts = random_counts(rng, 300, 7)
    sizes = library_sizes(counts)
    kept = sufficiently_expressed(counts, sizes, 3, 4, 12)
    assert kept.tolist() == kept_one_by_one(counts, sizes, 3, 4, 12)
    assert 0 < kept.sum() < 300


def test_narrow_counts_do_not_overflow():
    counts = np.full((2, 9), 200, dtype=np.uint8)
    counts[1] = 1
    kept = sufficiently_expressed(counts, np.full(9, 1e4), 9, min_total_count=1000)
    assert kept.tolist() == [True, False]


@pytest.mark.parametrize(
    ("group", "size"), [([0, 0, 0, 2, 2], 2), ([1, 1, 1], 3), ([3, 0, 1, 1], 1)]
)
def test_empty_groups_do_not_count_as_smallest(group, size):
    assert smallest_group_size(np.array(group)) == size


def test_in_a_one_way_layout_the_effective_size_is_that_of_the_smallest_group():
    group = np.array([0, 0, 0, 0, 1, 1, 1])
    leverage = 1 / np.bincount(group)[group]
    assert effective_group_size(leverage) == pytest.approx(3)


@pytest.mark.parametrize(("size", "needed"), [(4, 4), (10, 10), (11, 10.7), (30, 24)])
def test_large_groups_need_a_share_of_their_samples(size, needed):
    assert required_samples(size, large_n=10, min_prop=0.7) == pytest.approx(needed)


def test_a_count_at_the_cutoff_is_decided_by_the_arithmetic_of_edger():
    # the median library is one of the samples, and `min_count` reads in it are the cutoff itself
    for size in np.random.default_rng(2).integers(10**6, 10**8, 200).tolist():
        counts = np.array([[10, 0, 0], [11, 0, 0], [size - 21, 2 * size, size // 2]])
        keep = pylimma.filter_by_expr(counts, group=["a", "b", "b"], min_total_count=10)
        assert keep.tolist() == [10 * 1e6 / size >= 10 / size * 1e6, True, True], size


@pytest.mark.data
def test_genes_kept_of_real_samples_are_those_of_edger():
    names = ["NA18499", "NA18510", "NA19099", "NA19147", "NA19190", "NA19204", "NA19225"]
    counts = pylimma.datasets.yoruba().counts[names]
    keep = pylimma.filter_by_expr(counts, group=list("abababa"))
    assert keep.sum() == 17663  # edgeR 4.10
