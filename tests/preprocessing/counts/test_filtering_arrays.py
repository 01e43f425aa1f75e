import numpy as np
import pytest
from small_counts import patterned_counts, random_counts

from pylimma.numerics.counts.rates import library_sizes
from pylimma.preprocessing.counts.filtering import (
    effective_group_size,
    required_samples,
    smallest_group_size,
    sufficiently_expressed,
)


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
