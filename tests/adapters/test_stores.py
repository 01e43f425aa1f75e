"""Data outside memory give the bits of data in memory, and errors that name the store."""

import errno
import pickle
import shutil

import anndata
import dask.array as da
import h5py
import numpy as np
import pytest
import scipy.sparse
import zarr

import pylimma as pl
from pylimma.adapters.stores import lazy_matrix
from pylimma.errors import (
    InputError,
    InputTypeError,
    InputWarning,
    OutputError,
    ReadError,
    ShapeError,
)

RNG = np.random.default_rng(8)
GENES, SAMPLES = 600, 11
COMPLETE = RNG.normal(size=(GENES, SAMPLES))
HOLED = np.where(RNG.random(COMPLETE.shape) < 0.05, np.nan, COMPLETE)
DESIGN = np.column_stack([np.ones(SAMPLES), RNG.normal(size=SAMPLES), np.arange(SAMPLES) % 2])
BLOCKS = np.arange(SAMPLES) // 2
WEIGHTS = RNG.uniform(0.5, 2, COMPLETE.shape)
ESTIMATES = ("coefficients", "stdev_unscaled", "sigma", "df_residual", "Amean")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Several blocks and slabs, so that their ends matter."""
    monkeypatch.setattr("pylimma.numerics.blocks.BLOCK_ELEMENTS", 1)
    monkeypatch.setattr("pylimma.numerics.slabs.SLAB_BYTES", 2**15)
    monkeypatch.setattr("pylimma.adapters.stores._ENTRIES", 500)


def zarr_array(values, folder):
    array = zarr.open_array(
        folder / "y.zarr", mode="w", shape=values.shape, chunks=(70, 4), dtype="f8"
    )
    array[:] = values
    return array


def hdf5(values, folder):
    with h5py.File(folder / "y.h5", "w") as file:
        file.create_dataset("some/values", data=values, chunks=(70, 4))
    return h5py.File(folder / "y.h5", "r")["some/values"]


def memory_map(values, folder):
    mapped = np.memmap(folder / "y.bin", dtype=float, mode="w+", shape=values.shape)
    mapped[:] = values
    mapped.flush()
    return mapped


STORES = {
    "dask": lambda values, _: da.from_array(values, chunks=(77, 3)),
    "zarr": zarr_array,
    "hdf5": hdf5,
    "memory map": memory_map,
}


def h5ad(values, folder):
    anndata.AnnData(values.T.copy()).write_h5ad(folder / "y.h5ad")
    return folder / "y.h5ad"


def assert_same(fit, expected):
    for name in ESTIMATES:
        np.testing.assert_array_equal(fit[name], expected[name], err_msg=name)


@pytest.mark.parametrize("values", [COMPLETE, HOLED], ids=["complete", "holed"])
@pytest.mark.parametrize("kind", STORES)
def test_a_fit_of_a_store_is_that_of_its_values(kind, values, tmp_path):
    data = STORES[kind](values, tmp_path)
    assert_same(pl.lm_fit(data, DESIGN), pl.lm_fit(values, DESIGN))
    options = {"block": BLOCKS, "correlation": 0.2}
    assert_same(pl.lm_fit(data, DESIGN, **options), pl.lm_fit(values, DESIGN, **options))
    assert_same(
        pl.lm_fit(data, DESIGN, weights=da.from_array(WEIGHTS, chunks=(50, 6)), n_jobs=1),
        pl.lm_fit(values, DESIGN, weights=WEIGHTS),
    )
    np.testing.assert_array_equal(
        pl.duplicate_correlation(data, DESIGN, block=BLOCKS).atanh_correlations,
        pl.duplicate_correlation(values, DESIGN, block=BLOCKS).atanh_correlations,
    )


@pytest.mark.parametrize("chunks", [(600, 11), (1, 11), (64, 1), (101, 5)])
@pytest.mark.parametrize("n_jobs", [1, 3])
def test_chunks_and_threads_change_no_bit(chunks, n_jobs):
    data = da.from_array(HOLED, chunks=chunks)
    assert_same(pl.lm_fit(data, DESIGN, n_jobs=n_jobs), pl.lm_fit(HOLED, DESIGN))


@pytest.mark.parametrize("opened", ["backed", "lazy"])
def test_an_anndata_on_disk_is_read_in_slabs(opened, tmp_path):
    path = h5ad(HOLED, tmp_path)
    if opened == "backed":
        adata = anndata.read_h5ad(path, backed="r")
    else:
        adata = anndata.experimental.read_lazy(path)
    expected = pl.lm_fit(anndata.AnnData(HOLED.T.copy()), DESIGN)
    assert_same(pl.lm_fit(adata, DESIGN), expected)


@pytest.mark.parametrize("kind", ["csr_matrix", "csc_matrix"])
def test_sparse_values_are_made_dense_by_blocks(kind, tmp_path):
    values = np.where(COMPLETE > 0, COMPLETE, 0.0)
    expected = pl.lm_fit(values, DESIGN)
    assert_same(pl.lm_fit(getattr(scipy.sparse, kind)(values), DESIGN), expected)
    adata = anndata.AnnData(getattr(scipy.sparse, kind)(values.T))
    assert_same(pl.lm_fit(adata, DESIGN), expected)
    adata.write_h5ad(tmp_path / "sparse.h5ad")
    backed = anndata.read_h5ad(tmp_path / "sparse.h5ad", backed="r")
    assert_same(pl.lm_fit(backed, DESIGN), expected)
    with h5py.File(tmp_path / "sparse.h5ad") as file:
        np.testing.assert_array_equal(
            lazy_matrix(file["X"], "y", transposed=True).compute(), values
        )


def test_narrow_arrays_are_not_copied_whole():
    narrow = COMPLETE.astype(np.float32)
    assert_same(pl.lm_fit(narrow, DESIGN), pl.lm_fit(narrow.astype(float), DESIGN))


def test_parts_of_a_lazy_matrix_are_those_of_its_values(tmp_path):
    lazy = lazy_matrix(zarr_array(COMPLETE, tmp_path), "y")
    keep = RNG.random(GENES) < 0.3
    order = RNG.permutation(GENES)[:50]
    np.testing.assert_array_equal(lazy[keep].compute(), COMPLETE[keep])
    np.testing.assert_array_equal(lazy[order, [3, 1]].compute(), COMPLETE[order][:, [3, 1]])
    np.testing.assert_array_equal(lazy[10:400:3].to_dask().compute(), COMPLETE[10:400:3])
    lazy[keep].to_zarr(tmp_path / "kept.zarr")
    np.testing.assert_array_equal(
        zarr.open_array(tmp_path / "kept.zarr", mode="r")[:], COMPLETE[keep]
    )
    assert pickle.loads(pickle.dumps(lazy[keep])).shape == (keep.sum(), SAMPLES)  # noqa: S301


def test_infinite_values_and_empty_samples_are_told(tmp_path):
    values = COMPLETE.copy()
    values[300, 4], values[:, 7] = np.inf, np.nan
    with pytest.warns(InputWarning) as told:
        fit = pl.lm_fit(zarr_array(values, tmp_path), DESIGN)
    messages = " ".join(str(w.message) for w in told)
    assert "1 infinite values, the first in row 300, column 4" in messages
    assert "missing for the samples '7'" in messages
    with pytest.warns(InputWarning):
        assert_same(fit, pl.lm_fit(values, DESIGN))


@pytest.mark.parametrize(
    "data", [da.from_array(COMPLETE), lazy_matrix(da.from_array(COMPLETE), "y")]
)
def test_what_needs_all_values_says_so(data):
    with pytest.raises(InputTypeError, match=r"`normalize_quantiles` needs all values at once"):
        pl.normalize_quantiles(data)


def test_an_unknown_size_is_told():
    data = da.from_array(COMPLETE, chunks=(100, 11))
    with pytest.raises(InputError, match=r"compute_chunk_sizes\(\)"):
        pl.lm_fit(data[data[:, 0] > 0], DESIGN)


def test_weights_of_another_shape_are_refused():
    with pytest.raises(ShapeError, match="outside memory"):
        pl.lm_fit(COMPLETE, DESIGN, weights=da.from_array(WEIGHTS[:5]))


def test_a_group_that_is_no_matrix_is_refused(tmp_path):
    group = zarr.open_group(tmp_path / "group.zarr", mode="w")
    group.create_array("values", shape=(3, 3), dtype="f8")
    with pytest.raises(InputTypeError, match=r"holds \['values'\]; give one of its arrays"):
        pl.lm_fit(group, DESIGN)


def failing(block):
    raise OSError("bad sector")


def test_a_chunk_that_raises_is_one_error_with_its_cause():
    data = da.from_array(COMPLETE, chunks=(100, 11)).map_blocks(
        failing, dtype=float, meta=COMPLETE[:0]
    )
    with pytest.raises(
        ReadError, match=r"Genes 0 to \d+ of the Dask array .*OSError: bad sector"
    ) as info:
        pl.lm_fit(data, DESIGN)
    assert isinstance(info.value.__cause__, OSError)


def test_a_store_that_goes_away_is_an_error_not_zeros(tmp_path):
    data = zarr_array(COMPLETE, tmp_path)
    shutil.rmtree(tmp_path / "y.zarr")
    with pytest.raises(ReadError, match=r"zarr array .* cannot be read"):
        pl.lm_fit(data, DESIGN)
    closed = hdf5(COMPLETE, tmp_path)
    closed.file.close()
    with pytest.raises(ReadError, match="closed"):
        pl.lm_fit(closed, DESIGN)


COUNTS = RNG.negative_binomial(3, 0.02, COMPLETE.shape)


@pytest.mark.parametrize("added", [0.0, 0.25], ids=["whole", "fractional"])
def test_voom_of_a_store_streams_into_the_fit(added, tmp_path):
    counts = COUNTS + added * (COUNTS > 0)
    v, expected = pl.voom(zarr_array(counts, tmp_path), DESIGN), pl.voom(counts, DESIGN)
    for name in ("E", "weights"):
        np.testing.assert_array_equal(v[name].compute(), expected[name])
    np.testing.assert_array_equal(v["lib_size"], expected["lib_size"])
    assert_same(pl.lm_fit(v), pl.lm_fit(expected))
    options = {"block": BLOCKS, "correlation": 0.1}
    assert_same(
        pl.lm_fit(pl.voom(da.from_array(counts), DESIGN, **options), **options),
        pl.lm_fit(pl.voom(counts, DESIGN, **options), **options),
    )
    np.testing.assert_array_equal(v[5:9, 3].E.compute(), expected[5:9, 3].E)
    v["weights"].to_zarr(tmp_path / "weights.zarr")
    written = zarr.open_array(tmp_path / "weights.zarr", mode="r")
    np.testing.assert_array_equal(written[:], expected["weights"])


def test_counts_of_a_store_are_checked_like_others():
    wrong = COUNTS.astype(float)
    wrong[400, 3] = -2
    with pytest.raises(InputError, match="1 negative values, the first for gene 400, sample 3"):
        pl.voom(da.from_array(wrong, chunks=(90, 5)), DESIGN)
    wrong[50, 2] = np.nan
    with pytest.raises(InputError, match="1 missing or infinite values, the first for gene 50"):
        pl.voom(da.from_array(wrong, chunks=(90, 5)), DESIGN)


def test_normalisation_between_samples_does_not_stream():
    with pytest.raises(InputTypeError, match="`voom` needs all values at once"):
        pl.voom(da.from_array(COUNTS), DESIGN, normalize_method="quantile")


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    lazy = lazy_matrix(da.from_array(COMPLETE), "y")
    monkeypatch.setattr(zarr.Array, "__setitem__", full)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        lazy.to_zarr(tmp_path / "out.zarr")
    assert not list(tmp_path.iterdir())
