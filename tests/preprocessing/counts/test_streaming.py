"""Normalisation and filters of counts that are sparse or outside memory: the bits of an array's."""

import tracemalloc

import dask.array as da
import numpy as np
import pytest
import scipy.sparse as sp
import zarr

import pylimma as pl
from pylimma.preprocessing.counts import blocks

RNG = np.random.default_rng(1)
COUNTS = (RNG.negative_binomial(2, 0.02, (900, 14)) * (RNG.random((900, 14)) < 0.7)).astype("i4")
COUNTS[:5] = 0
GROUP = np.repeat(["a", "b"], 7)


def in_zarr(counts, folder):
    array = zarr.open_array(
        str(folder / "counts.zarr"), mode="w", shape=counts.shape, chunks=(130, 4), dtype="i4"
    )
    array[:] = counts
    return array


STORES = {
    "zarr": in_zarr,
    "dask": lambda counts, _: da.from_array(counts, chunks=(77, 14)),
    "csr": lambda counts, _: sp.csr_matrix(counts),
    "csc": lambda counts, _: sp.csc_matrix(counts),
}


@pytest.mark.parametrize("held", [2**28, 900 * 4 * 3], ids=["all samples", "three at once"])
@pytest.mark.parametrize("method", ["TMM", "TMMwsp", "RLE", "upperquartile"])
@pytest.mark.parametrize("store", STORES)
def test_factors_are_those_of_an_array(store, method, held, tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "_HELD_BYTES", held)
    counts = COUNTS + (method == "RLE")
    expected = pl.norm_lib_sizes(counts, method=method)
    found = pl.norm_lib_sizes(STORES[store](counts, tmp_path), method=method)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("store", STORES)
def test_filters_are_those_of_an_array(store, tmp_path):
    stored = STORES[store](COUNTS, tmp_path)
    for keep in (pl.filter_by_expr, pl.filter_by_cpm):
        np.testing.assert_array_equal(keep(stored, group=GROUP), keep(COUNTS, group=GROUP))


def test_the_reference_sample_is_counted_from_the_first(tmp_path):
    stored = in_zarr(COUNTS, tmp_path)
    np.testing.assert_array_equal(
        pl.norm_lib_sizes(stored, ref_column=9), pl.norm_lib_sizes(COUNTS, ref_column=9)
    )


def test_sparse_counts_are_never_dense_as_a_whole(monkeypatch):
    counts = sp.random(20_000, 400, density=0.02, format="csr", random_state=1)
    counts.data = np.ceil(counts.data * 50)
    monkeypatch.setattr(blocks, "_HELD_BYTES", 2**23)
    pl.norm_lib_sizes(counts[:500], method="TMMwsp")
    tracemalloc.start()
    pl.norm_lib_sizes(counts, method="TMMwsp")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.8 * 20_000 * 400 * 8


def test_a_filtered_dask_array_goes_on_to_voom():
    stored = da.from_array(COUNTS, chunks=(77, 14))
    design = np.column_stack([np.ones(14), GROUP == "b"])
    keep = pl.filter_by_expr(stored, design)
    assert 0 < keep.sum() < len(COUNTS)
    size = COUNTS[keep].sum(axis=0) * pl.norm_lib_sizes(stored[keep])
    lazy = pl.voom(stored[keep], design, lib_size=size)
    whole = pl.voom(COUNTS[keep], design, lib_size=size)
    np.testing.assert_array_equal(lazy["E"].compute(), whole["E"])
