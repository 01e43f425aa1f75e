"""What holds for any counts: order of genes, units of the library, subsets and blocks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

import pylimma

pytestmark = pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
GROUP = ["a", "a", "b", "b", "b"]

counts_of_samples = arrays(
    np.int64, st.tuples(st.integers(2, 30), st.just(5)), elements=st.integers(0, 5000)
).map(lambda counts: np.vstack([counts, np.full(5, 100)]))


@settings(max_examples=25, deadline=None)
@given(counts=counts_of_samples, seed=st.integers(0, 2**32 - 1))
def test_genes_may_come_in_any_order(counts, seed):
    order = np.random.default_rng(seed).permutation(len(counts))
    for function in (
        lambda y: pylimma.filter_by_expr(y, group=GROUP),
        lambda y: pylimma.filter_by_cpm(y, GROUP),
        lambda y: pylimma.cpm(y, log=True),
        lambda y: pylimma.cpm_by_group(y, GROUP).to_numpy(),
        pylimma.ave_log_cpm,
    ):
        np.testing.assert_allclose(function(counts[order]), function(counts)[order], rtol=1e-9)
    np.testing.assert_allclose(
        pylimma.norm_lib_sizes(counts[order], "RLE"), pylimma.norm_lib_sizes(counts, "RLE")
    )


@settings(max_examples=25, deadline=None)
@given(counts=counts_of_samples, data=st.data())
def test_a_subset_of_a_list_has_the_rates_of_the_whole(counts, data):
    y = pylimma.DGEList(counts, group=GROUP)
    genes = data.draw(st.lists(st.integers(0, len(counts) - 1), min_size=1))
    samples = data.draw(st.permutations(range(5)))
    whole, part = pylimma.cpm(y), pylimma.cpm(y[genes, samples])
    pd.testing.assert_frame_equal(
        part.reset_index(drop=True), whole.iloc[genes, samples].reset_index(drop=True)
    )


@settings(max_examples=25, deadline=None)
@given(counts=counts_of_samples)
def test_factors_have_geometric_mean_one_and_sparse_counts_are_the_same(counts):
    factors = pylimma.norm_lib_sizes(counts, "TMMwsp")
    np.testing.assert_allclose(np.log(factors).mean(), 0, atol=1e-12)
    np.testing.assert_allclose(pylimma.norm_lib_sizes(csr_array(counts), "TMMwsp"), factors)


@settings(max_examples=25, deadline=None)
@given(counts=counts_of_samples)
def test_technical_replicates_summed_in_two_ways_agree(counts):
    table = pd.DataFrame(counts, columns=["x", "y", "x", "z", "y"])
    summed = pylimma.sum_tech_reps(table)
    expected = table.T.groupby(level=0).sum().T
    pd.testing.assert_frame_equal(summed, expected, check_dtype=False)
    y = pylimma.sum_tech_reps(pylimma.DGEList(counts), list("xyxzy"))
    np.testing.assert_array_equal(y.counts, expected)
    np.testing.assert_array_equal(y.samples["lib_size"], expected.sum())
