"""Peaks of the memory that functions of whole matrices take beyond their input and results.

Memory is what NumPy asks for, which `tracemalloc` sees, so that a peak is the same in every run.
"""

import tracemalloc
import warnings
from collections.abc import Mapping

import numpy as np
import pytest
from scipy import sparse

import pylimma

FEW, MANY = (400_000, 6), (6_000, 600)
BLOCKS = 9e6  # bytes of a block at work, whatever the size of the data


@pytest.fixture(scope="module", params=[FEW, MANY], ids=["few samples", "many samples"])
def counts(request):
    genes, samples = request.param
    rng = np.random.default_rng(1)
    mean = np.exp(rng.normal(4, 2, size=genes))[:, None]
    return rng.poisson(mean, size=(genes, samples)) + rng.uniform(size=(genes, samples))


def two_groups(samples):
    return np.column_stack([np.ones(samples), np.arange(samples) % 2])


def size_of(value):
    """Bytes of all arrays that a result holds."""
    if isinstance(value, Mapping):
        return sum(map(size_of, value.values()))
    if isinstance(value, tuple):
        return sum(map(size_of, value))
    if hasattr(value, "memory_usage"):
        return int(np.sum(value.memory_usage(deep=True)))
    return value.nbytes if isinstance(value, np.ndarray) else 0


def taken(function, *arguments, **options):
    """Peak of the bytes beyond the results of a call, less those of blocks."""
    tracemalloc.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pylimma.errors.PylimmaWarning)
            result = function(*arguments, **options)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return peak - size_of(result) - BLOCKS


def test_a_fit_takes_less_than_half_of_its_input(counts):
    y = np.log2(counts + 1)
    assert taken(pylimma.lm_fit, y, two_groups(y.shape[1]), n_jobs=1) < 0.5 * y.nbytes


def test_moderated_tests_take_less_than_half_of_the_fit(counts):
    y = np.log2(counts + 1)
    fit = pylimma.lm_fit(y, two_groups(y.shape[1]))
    assert taken(pylimma.e_bayes, fit) < 0.5 * max(size_of(fit), y.nbytes)


def test_weights_of_many_samples_take_less_than_half_of_the_counts():
    counts = np.random.default_rng(1).poisson(50.0, size=MANY)
    for given in (counts.astype(np.float64), counts.astype(np.float32), counts.astype(np.int32)):
        assert taken(pylimma.voom, given, two_groups(MANY[1]), n_jobs=1) < 0.5 * given.nbytes


def test_voom_and_rates_do_not_make_sparse_counts_dense_as_a_whole():
    counts = np.random.default_rng(1).poisson(0.5, size=(8_000, 1_200)).astype(np.float32)
    given = sparse.csr_array(counts)
    size = given.data.nbytes + given.indices.nbytes
    design = two_groups(counts.shape[1])
    assert taken(pylimma.voom, given, design, n_jobs=1) < 0.5 * size
    assert taken(pylimma.cpm, given, log=True) < 0.5 * size


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csc_array, sparse.coo_array])
def test_sparse_counts_have_the_weights_of_dense_ones(kind):
    counts = np.random.default_rng(1).poisson(2.0, size=(500, 8))
    dense = pylimma.voom(counts, two_groups(8))
    found = pylimma.voom(kind(counts), two_groups(8))
    assert np.array_equal(found["E"], dense["E"])
    assert np.array_equal(found["weights"], dense["weights"])
    assert found["targets"].equals(dense["targets"])


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csc_array])
@pytest.mark.parametrize("dtype", [np.float64, np.int32])
def test_sums_of_sparse_samples_are_exact_over_many_parts(kind, dtype):
    counts = np.random.default_rng(1).gamma(0.3, 50.0, size=(20_000, 15))
    counts = (counts if dtype is np.float64 else np.floor(counts)).astype(dtype)
    table = pylimma.DGEList(counts).samples
    found = pylimma.norm_lib_sizes(pylimma.DGEList(kind(counts)), method="none").samples
    assert np.array_equal(found["lib_size"], table["lib_size"])


def test_a_table_of_all_genes_takes_less_than_half_of_the_fit(counts):
    fit = pylimma.e_bayes(pylimma.lm_fit(np.log2(counts + 1), two_groups(counts.shape[1])))
    assert taken(pylimma.top_table, fit, coef=1, number=None) < 0.5 * max(
        size_of(fit), counts.nbytes
    )
    assert taken(pylimma.top_table, fit, coef=1) < 0.5 * max(size_of(fit), counts.nbytes)


def test_a_short_table_does_not_hold_all_genes():
    fit = pylimma.e_bayes(pylimma.lm_fit(np.random.default_rng(1).normal(size=(5_000, 4))))
    table = pylimma.top_table(fit, coef=0, number=5)
    held = table["t"].to_numpy()
    while held.base is not None:
        held = held.base
    assert held.nbytes < 100 * 8
