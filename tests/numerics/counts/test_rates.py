import math

import numpy as np
import pytest
import scipy.sparse as sp
from small_counts import patterned_counts, random_counts

from pylimma.numerics.counts.rates import (
    add_prior_count,
    cpm,
    library_sizes,
    log_cpm,
    log_per_kilobase,
    per_kilobase,
    tpm,
)

EXACT = 1e-12  # a few roundings


@pytest.fixture
def counts():
    return random_counts(np.random.default_rng(1), 30, 5)


def log_cpm_one_by_one(counts, lib_size, prior_count):
    out = np.empty(counts.shape)
    for g, row in enumerate(counts):
        for j, count in enumerate(row):
            prior = prior_count[g] * lib_size[j] / np.mean(lib_size)
            out[g, j] = np.log2((count + prior) / (lib_size[j] + 2 * prior) * 1e6)
    return out


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.uint64, np.float16, np.float32])
def test_narrow_counts_give_the_same_rates_as_wide_ones(dtype):
    counts = patterned_counts() * 3
    narrow = counts.astype(dtype)
    sizes = library_sizes(counts)
    assert np.array_equal(library_sizes(narrow), sizes)
    assert sizes.max() > np.iinfo(np.uint8).max
    for rates in (cpm, log_cpm):
        result = rates(narrow, sizes)
        assert result.dtype == np.float64
        assert np.array_equal(result, rates(counts.astype(float), sizes))


def test_cpm_of_a_library_of_a_million_reads_are_the_counts():
    counts = np.array([[3, 0], [7, 5]])
    assert np.array_equal(cpm(counts, np.array([1e6, 5e5])), [[3, 0], [7, 10]])


def test_log_cpm_agrees_with_the_defining_formula_for_a_prior_count_of_each_gene(counts):
    prior = np.linspace(0.1, 4, len(counts))
    sizes = library_sizes(counts)
    expected = log_cpm_one_by_one(counts, sizes, prior)
    np.testing.assert_allclose(log_cpm(counts, sizes, prior), expected, rtol=EXACT)


def test_log_cpm_equals_the_figures_of_edger():
    counts = patterned_counts()
    sizes = library_sizes(counts)
    assert np.array_equal(sizes, [194, 368, 501, 568])
    second = [15.308810509027751, 14.160523851284461, 14.989481486841266, 15.456254933400249]
    fifth = [13.459964797408865, 9.9352716326368, 15.514139558089521, 14.912984896249702]
    np.testing.assert_allclose(log_cpm(counts, sizes)[1], second, rtol=EXACT)
    np.testing.assert_allclose(log_cpm(counts, sizes, np.arange(40) / 10)[4], fifth, rtol=EXACT)


def test_log_cpm_of_no_count_without_prior_is_missing(counts):
    result = log_cpm(counts, library_sizes(counts), 0.0)
    assert np.array_equal(np.isnan(result), counts == 0)
    assert (counts == 0).any()


def test_library_sizes_of_each_gene_repeat_those_of_the_samples_when_equal(counts):
    sizes = library_sizes(counts)
    repeated = np.tile(sizes, (len(counts), 1))
    assert np.array_equal(cpm(counts, repeated), cpm(counts, sizes))
    assert np.array_equal(log_cpm(counts, repeated), log_cpm(counts, sizes))
    for each, common in zip(
        add_prior_count(counts, repeated).values(),
        add_prior_count(counts, sizes).values(),
        strict=True,
    ):
        assert np.array_equal(each, np.broadcast_to(common, counts.shape))


def test_genes_may_come_in_blocks(counts):
    sizes, prior = library_sizes(counts), np.linspace(0.5, 2, len(counts))
    blocks = [log_cpm(counts[rows], sizes, prior[rows]) for rows in (slice(11), slice(11, None))]
    assert np.array_equal(np.concatenate(blocks), log_cpm(counts, sizes, prior))


def test_prior_counts_lead_from_counts_to_log_cpm(counts):
    sizes, prior = library_sizes(counts), np.linspace(0.5, 2, len(counts))
    augmented = add_prior_count(counts, sizes, prior)
    rate = np.log2(augmented.y / np.exp(augmented.offset) * 1e6)
    np.testing.assert_allclose(rate, log_cpm(counts, sizes, prior), rtol=EXACT)


def test_add_prior_count_equals_the_figures_of_edger():
    counts = patterned_counts()
    result = add_prior_count(counts, library_sizes(counts), 0.5)
    y = [7.2378908645003062, 5.4512568976088289, 14.614347026364193, 23.69650521152667]
    offset = [5.2703076397736677, 5.9105324188792707, 6.219055581795204, 6.3445708994314911]
    np.testing.assert_allclose(result.y[1], y, rtol=EXACT)
    np.testing.assert_allclose(result.offset, offset, rtol=EXACT)


def test_per_kilobase_divides_by_lengths_and_its_log_subtracts():
    counts = patterned_counts()
    rate = cpm(counts, library_sizes(counts))
    length = np.arange(1, 41) * 100.0
    third = [103092.78350515464, 172101.44927536233, 19960.079840319362, 0]
    np.testing.assert_allclose(per_kilobase(rate, length)[2], third, rtol=EXACT)
    logs = log_per_kilobase(np.log2(rate + 1), length)
    np.testing.assert_allclose(np.exp2(logs), per_kilobase(rate + 1, length), rtol=EXACT)


def test_tpm_sum_to_a_million_and_keep_the_proportions_per_base(counts):
    length = np.linspace(200, 9000, len(counts))
    result = tpm(counts, length)
    np.testing.assert_allclose(result.sum(axis=0), 1e6, rtol=EXACT)
    ratio = (counts[3] / length[3]) / (counts[0] / length[0] + 1e-300)
    np.testing.assert_allclose(result[3], ratio * result[0], rtol=1e-9)


def test_tpm_of_a_block_needs_the_total_of_all_genes(counts):
    length = np.linspace(200, 9000, len(counts))
    total = (counts / length[:, None]).sum(axis=0)
    np.testing.assert_allclose(
        tpm(counts[:9], length[:9], total), tpm(counts, length)[:9], rtol=EXACT
    )


def test_inputs_are_left_alone(counts):
    counts = counts.astype(float)
    before = counts.copy()
    sizes = library_sizes(counts)
    cpm(counts, sizes)
    log_cpm(counts, sizes)
    tpm(counts, np.ones(len(counts)))
    add_prior_count(counts, sizes)
    assert np.array_equal(counts, before)


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array, sp.csc_matrix])
def test_library_sizes_are_correctly_rounded_sums(kind):
    rng = np.random.default_rng(7)
    counts = (rng.gamma(0.3, 1e4, (3000, 7)) * rng.choice([1, 1e-9], (3000, 7))).round(12)
    counts[rng.random(counts.shape) < 0.3] = 0
    expected = [math.fsum(column) for column in counts.T]
    assert not np.array_equal(counts.sum(axis=0), expected)
    assert library_sizes(kind(counts)).tolist() == expected
    assert library_sizes(kind(counts[::-1])).tolist() == expected


def test_rates_of_equal_counts_in_equal_libraries_are_rounded_once():
    counts, size = np.array([[3.0], [7.0]]), np.array([1299709.0])
    assert cpm(counts, size).ravel().tolist() == [3e6 / 1299709, 7e6 / 1299709]
