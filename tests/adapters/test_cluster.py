"""Blocks on a cluster of processes give the bits of threads, whatever becomes of a worker."""

import os
import warnings
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
import zarr
from distributed import Client, LocalCluster

import pylimma as pl
from pylimma.errors import ReadError

RNG = np.random.default_rng(9)
VALUES = np.where(RNG.random((700, 9)) < 0.03, np.nan, RNG.normal(size=(700, 9)))
DESIGN = np.column_stack([np.ones(9), np.arange(9) % 2])
ESTIMATES = ("coefficients", "stdev_unscaled", "sigma", "Amean")


@pytest.fixture(scope="module")
def client():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the cluster, about its own affairs
        options = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
        with (
            LocalCluster(**options, host="127.0.0.1", dashboard_address=":0") as cluster,
            Client(cluster) as client,
        ):
            yield client


@pytest.fixture
def stored(tmp_path):
    array = zarr.open_array(
        tmp_path / "y.zarr", mode="w", shape=VALUES.shape, chunks=(90, 4), dtype="f8"
    )
    array[:] = VALUES
    return array


@pytest.fixture(autouse=True)
def several_tasks(monkeypatch):
    monkeypatch.setattr("pylimma.numerics.blocks.BLOCK_ELEMENTS", 1)
    monkeypatch.setattr("pylimma.numerics.slabs.SLAB_BYTES", 2**13)


def assert_same(fit, expected):
    for name in ESTIMATES:
        np.testing.assert_array_equal(fit[name], expected[name], err_msg=name)


def dying_once(block, flag):
    """A chunk in whose first reading the process ends."""
    if not Path(flag).exists():
        Path(flag).touch()
        os._exit(1)
    return block


def failing(block):
    raise OSError("bad sector")


def test_tasks_of_a_cluster_give_the_bits_of_threads(client, stored):
    expected = pl.lm_fit(VALUES, DESIGN)
    assert_same(pl.lm_fit(stored, DESIGN), expected)
    dask = da.from_array(VALUES, chunks=(70, 5))
    assert_same(pl.lm_fit(dask, DESIGN), expected)
    assert_same(pl.lm_fit(dask.persist(), DESIGN), expected)


def test_a_fit_within_a_task_works_there_alone(client, stored):
    found = client.submit(lambda array: pl.lm_fit(array, DESIGN).sigma, stored).result()
    np.testing.assert_array_equal(found, pl.lm_fit(VALUES, DESIGN)["sigma"])


def test_a_chunk_that_raises_on_a_worker_is_one_error(client):
    data = da.from_array(VALUES, chunks=(100, 9)).map_blocks(failing, dtype=float, meta=VALUES[:0])
    with pytest.raises(ReadError, match="failed on the cluster: OSError: bad sector") as info:
        pl.lm_fit(data, DESIGN)
    assert isinstance(info.value.__cause__, OSError)


def test_work_of_a_worker_that_dies_is_repeated(client, tmp_path):
    data = da.from_array(VALUES, chunks=(100, 9)).map_blocks(
        dying_once, flag=str(tmp_path / "died"), dtype=float, meta=VALUES[:0]
    )
    assert_same(pl.lm_fit(data, DESIGN), pl.lm_fit(VALUES, DESIGN))
    assert (tmp_path / "died").exists()
