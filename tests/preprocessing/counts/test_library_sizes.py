"""Normalisation factors: trimmed means beside full sorting, published figures, kinds of data."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from small_counts import patterned_counts, random_counts

import pylimma
from pylimma.errors import InputError, UnknownNameError
from pylimma.numerics.counts.rates import library_sizes
from pylimma.preprocessing.counts.library_sizes import reference_sample, scaling_factors
from pylimma.preprocessing.counts.trimmed_means import Trimming

RNG = np.random.default_rng(5)
COUNTS = pd.DataFrame(RNG.negative_binomial(5, 0.1, (150, 4)), columns=list("abcd"))


@pytest.mark.parametrize("method", ["TMM", "TMMwsp", "RLE", "upperquartile"])
def test_factors_undo_a_change_of_composition(method):
    counts = np.repeat(RNG.negative_binomial(5, 0.1, (500, 1)) + 20, 3, axis=1)
    counts[:20, 0] *= 50
    size = counts.sum(axis=0)
    effective = size * pylimma.norm_lib_sizes(counts, method)
    np.testing.assert_allclose(effective, effective[0], rtol=0.02)
    assert size[0] > 1.5 * size[1]


def test_a_dgelist_gets_its_factors_and_the_given_one_stays():
    y = pylimma.DGEList(COUNTS)
    normed = pylimma.norm_lib_sizes(y)
    factors = pylimma.norm_lib_sizes(COUNTS)
    np.testing.assert_allclose(normed.samples["norm_factors"], factors)
    assert factors.index.tolist() == list("abcd")
    assert (y.samples["norm_factors"] == 1).all()
    np.testing.assert_allclose(pylimma.norm_lib_sizes(normed).samples["norm_factors"], factors)


def test_the_reference_is_a_name_or_a_position():
    by_name = pylimma.norm_lib_sizes(COUNTS, ref_column="c")
    assert by_name.equals(pylimma.norm_lib_sizes(COUNTS, ref_column=2))


@pytest.mark.parametrize("kind", [sp.csr_array, sp.coo_matrix])
def test_sparse_counts_have_the_same_factors(kind):
    np.testing.assert_allclose(
        pylimma.norm_lib_sizes(kind(COUNTS.to_numpy())), pylimma.norm_lib_sizes(COUNTS)
    )


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "TPM"}, InputError, "must be one of 'TMM'"),
        ({"ref_column": 4}, UnknownNameError, "there are 4 samples, counted from 0"),
        ({"ref_column": "z"}, UnknownNameError, "'z'; samples are"),
        ({"logratio_trim": 0.5}, InputError, "`logratio_trim` must be at least 0 and below 0.5"),
        ({"p": 1.5}, InputError, "`p` must lie between 0 and 1"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        pylimma.norm_lib_sizes(COUNTS, **options)


EXACT = 1e-12  # a few roundings

FIGURES = {  # edgeR, of the patterned counts
    "TMM": [1.2336386475599292, 0.91724736916301197, 0.96404083876313573, 0.91670611159424242],
    "TMMwsp": [1.0116043524233511, 1.0449426738577277, 1.0001488362572868, 0.94587165549307173],
    "upperquartile": [
        1.0254446075594534,
        1.0136018369558457,
        0.95546978216835809,
        1.0069396652575444,
    ],
    "none": [1, 1, 1, 1],
}


def tmm_by_ranks(counts, sizes, reference):
    factors = []
    for sample, size in enumerate(sizes):
        obs, ref, ref_size = counts[:, sample], counts[:, reference], sizes[reference]
        keep = (obs > 0) & (ref > 0)
        obs, ref = obs[keep], ref[keep]
        ratio = np.log2((obs / size) / (ref / ref_size))
        abundance = (np.log2(obs / size) + np.log2(ref / ref_size)) / 2
        if np.abs(ratio).max() < 1e-6:
            factors.append(1.0)
            continue
        keep = np.ones(len(obs), dtype=bool)
        for values, trim in ((ratio, 0.3), (abundance, 0.05)):
            low = int(len(obs) * trim) + 1
            rank = stats.rankdata(values)
            keep &= (rank >= low) & (rank <= len(obs) + 1 - low)
        variance = (size - obs) / (size * obs) + (ref_size - ref) / (ref_size * ref)
        log_factor = np.average(ratio[keep], weights=1 / variance[keep]) if keep.any() else 0.0
        factors.append(2**log_factor)
    return factors / stats.gmean(factors)


def tmmwsp_by_sorting(counts, sizes, reference):
    factors = []
    for sample, size in enumerate(sizes):
        obs, ref, ref_size = counts[:, sample], counts[:, reference], sizes[reference]
        both = (obs > 0) & (ref > 0)
        alone = sorted(obs[(obs > 0) & (ref == 0)])[::-1], sorted(ref[(ref > 0) & (obs == 0)])[::-1]
        pairs = list(zip(obs[both], ref[both], strict=True)) + list(zip(*alone, strict=False))
        obs, ref = np.array(pairs, dtype=float).T
        share, ref_share = obs / size, ref / ref_size
        ratio = np.log2(share / ref_share)
        if np.abs(ratio).max() < 1e-6:
            factors.append(1.0)
            continue
        damped = np.log2((obs + 0.5) / (size + 0.5) / ((ref + 0.5) / (ref_size + 0.5)))
        keep = set(range(len(obs)))
        for keys, trim in (((damped, ratio), 0.3), ((np.log2(share * ref_share),), 0.05)):
            low = int(len(obs) * trim)
            keep &= set(np.lexsort(keys)[low : len(obs) - low].tolist())
        keep = sorted(keep)
        variance = (1 - share) / share / size + (1 - ref_share) / ref_share / ref_size
        weights = (1 + 1e-6) / (variance + 1e-6)
        log_factor = np.average(ratio[keep], weights=weights[keep]) if keep else 0.0
        factors.append(2**log_factor)
    return factors / stats.gmean(factors)


@pytest.mark.parametrize("method", FIGURES)
def test_factors_equal_the_figures_of_edger(method):
    counts = patterned_counts()
    factors = scaling_factors(counts, library_sizes(counts), method)
    np.testing.assert_allclose(factors, FIGURES[method], rtol=EXACT)


def test_trimming_weights_and_reference_can_be_chosen():
    counts = patterned_counts()
    trimming = Trimming(0.2, 0.1, weighted=False)
    factors = scaling_factors(counts, library_sizes(counts), reference=0, trimming=trimming)
    edger = [1.2337681106928202, 1.0234589414422772, 0.97453558301113963, 0.81264025840823872]
    np.testing.assert_allclose(factors, edger, rtol=EXACT)


def test_median_ratios_use_genes_counted_in_every_sample():
    counts = patterned_counts()
    counts = counts[(counts > 0).all(axis=1)]
    factors = scaling_factors(counts, library_sizes(counts), "RLE")
    edger = [1.2576419858938899, 0.90064335299269749, 1.0202305664953057, 0.86534999029396098]
    np.testing.assert_allclose(factors, edger, rtol=EXACT)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.5, 3.0, 50.0]), st.integers(30, 200))
def test_trimmed_means_agree_with_full_sorting(seed, mean, n_genes):
    counts = random_counts(np.random.default_rng(seed), n_genes, 3, mean) + 0.0
    counts[0] += 1
    sizes = library_sizes(counts) * [1.0, 1.7, 1.0]
    for method, twin in (("TMM", tmm_by_ranks), ("TMMwsp", tmmwsp_by_sorting)):
        reference = reference_sample(counts, sizes, method)
        factors = scaling_factors(counts, sizes, method)
        np.testing.assert_allclose(factors, twin(counts, sizes, reference), rtol=1e-9)


@pytest.mark.parametrize("method", ["TMM", "TMMwsp", "RLE", "upperquartile"])
def test_factors_have_geometric_mean_one_and_ignore_empty_rows(method):
    counts = random_counts(np.random.default_rng(3), 200, 6, 30.0)
    sizes = library_sizes(counts)
    factors = scaling_factors(counts, sizes, method)
    np.testing.assert_allclose(stats.gmean(factors), 1, rtol=EXACT)
    padded = np.insert(counts, 50, np.zeros((7, 6), dtype=int), axis=0)
    np.testing.assert_allclose(scaling_factors(padded, sizes, method), factors, rtol=EXACT)
    assert factors.std() > 0.01


@pytest.mark.parametrize("method", ["TMM", "TMMwsp", "RLE"])
def test_composition_bias_is_recovered(method):
    counts = np.full((400, 2), 100)
    counts[:20, 1] = 10_000
    factors = scaling_factors(counts, library_sizes(counts), method)
    effective = library_sizes(counts) * factors
    np.testing.assert_allclose(effective[0], effective[1], rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
@pytest.mark.parametrize("method", ["TMM", "TMMwsp", "RLE", "upperquartile"])
def test_narrow_counts_give_the_same_factors(method, dtype):
    counts = random_counts(np.random.default_rng(6), 100, 4, 20.0).clip(0, 200)
    counts[:30] += 1
    sizes = library_sizes(counts)
    narrow = scaling_factors(counts.astype(dtype), sizes, method)
    np.testing.assert_allclose(narrow, scaling_factors(counts, sizes, method), rtol=EXACT)


def test_identical_libraries_share_their_factor():
    counts = patterned_counts()[:, [0, 0, 1]]
    factors = scaling_factors(counts, library_sizes(counts))
    edger = [1.0827698333260456, 1.0827698333260456, 0.85295811403951372]
    np.testing.assert_allclose(factors, edger, rtol=EXACT)


@pytest.mark.parametrize("method", ["TMM", "TMMwsp", "RLE", "upperquartile"])
@pytest.mark.parametrize("counts", [np.zeros((4, 3), dtype=int), np.arange(5)[:, None]])
def test_no_counts_or_one_sample_leave_nothing_to_scale(counts, method):
    assert np.array_equal(
        scaling_factors(counts, np.ones(counts.shape[1]), method), [1] * counts.shape[1]
    )


@pytest.mark.parametrize("method", ["TMM", "TMMwsp"])
def test_libraries_with_disjoint_genes_do_not_fail(method):
    counts = np.array([[5, 0], [3, 0], [0, 8]])
    factors = scaling_factors(counts, library_sizes(counts), method)
    assert np.isfinite(factors).all()


def test_the_richest_sample_is_the_reference_when_most_quartiles_are_zero():
    counts = np.zeros((10, 3), dtype=int)
    counts[:2, 0], counts[2:4, 1], counts[4:, 2] = 9, 4, 5
    assert reference_sample(counts, library_sizes(counts)) == 2


def test_trimming_everything_leaves_factors_of_one():
    counts = random_counts(np.random.default_rng(7), 50, 3) + 1
    for method in ("TMM", "TMMwsp"):
        factors = scaling_factors(
            counts, library_sizes(counts), method, trimming=Trimming(logratio_trim=0.5)
        )
        assert np.array_equal(factors, np.ones(3))


def test_the_abundance_cutoff_drops_rare_genes():
    counts = random_counts(np.random.default_rng(8), 300, 2, 40.0) + 1
    sizes = library_sizes(counts)
    shares = counts / sizes
    rare = np.log2(shares).mean(axis=1) <= -9
    assert 0 < rare.sum() < 300
    cut = scaling_factors(counts, sizes, reference=0, trimming=Trimming(acutoff=-9))
    np.testing.assert_allclose(cut, scaling_factors(counts[~rare], sizes, reference=0), rtol=EXACT)


def test_factors_of_fractional_counts_do_not_depend_on_the_order_of_genes():
    # an ulp of a library size decides which of two equal ratios is trimmed
    rng = np.random.default_rng(11)
    counts = random_counts(rng, 400, 6) * rng.choice([1, 0.5, 0.333], (400, 6)).round(3)
    expected = pylimma.norm_lib_sizes(counts)
    for _ in range(20):
        order = rng.permutation(400)
        factors = pylimma.norm_lib_sizes(counts[order])
        np.testing.assert_allclose(factors, expected, rtol=1e-13)


@pytest.mark.data
def test_factors_of_real_samples_are_those_of_edger():
    names = ["NA18499", "NA18510", "NA19099", "NA19147", "NA19190", "NA19204", "NA19225"]
    y = pylimma.DGEList(pylimma.datasets.yoruba().counts[names], group=list("abababa"))
    y = y.subset(pylimma.filter_by_expr(y), keep_lib_sizes=False)
    published = [  # edgeR 4.10
        *(0.9748204679071657, 0.98185079645299156, 1.172778493138926, 0.93978354693278676),
        *(0.95803254221783551, 1.075648850656276, 0.91988863766828077),
    ]
    factors = pylimma.norm_lib_sizes(y).samples["norm_factors"]
    np.testing.assert_allclose(factors, published, rtol=1e-15)


@pytest.mark.parametrize("n_genes", [1, 2, 3, 4, 10, 41, 1000])
@pytest.mark.parametrize("p", [0, 0.25, 0.5, 0.75, 0.9, 1 / 3, 1])
def test_quantiles_of_counts_are_those_of_numpy_to_the_last_bit(n_genes, p):
    counts = np.random.default_rng(n_genes).poisson(3, size=(n_genes, 19)) + 1
    expected = np.quantile(counts, p, axis=0) / 7
    expected /= np.exp(np.log(expected).mean())
    found = scaling_factors(counts, np.full(19, 7.0), "upperquartile", p=p)
    np.testing.assert_array_equal(found, expected)
