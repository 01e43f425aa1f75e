"""Sums over groups of cells."""

import numpy as np
import pytest
import scipy.sparse as sp

from pylimma.preprocessing.counts.pseudobulk import sum_cells

RNG = np.random.default_rng(4)
MATRIX = RNG.poisson(0.7, (90, 11))
GROUP = RNG.integers(-1, 4, 90)


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array, sp.csc_array, sp.coo_array])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
@pytest.mark.parametrize("elements", [20, 2**20])
def test_sums_agree_with_a_loop_over_groups(kind, dtype, elements, monkeypatch):
    monkeypatch.setattr("pylimma.preprocessing.counts.pseudobulk.BLOCK_ELEMENTS", elements)
    found = sum_cells(kind(MATRIX.astype(dtype)), GROUP, 4)
    for group in range(4):
        np.testing.assert_array_equal(found.total[group], MATRIX[group == GROUP].sum(axis=0))
        np.testing.assert_array_equal(
            found.expressing[group], (MATRIX[group == GROUP] > 0).sum(axis=0)
        )


def test_narrow_counts_do_not_overflow():
    found = sum_cells(np.full((1000, 2), 255, dtype=np.uint8), np.zeros(1000, dtype=int), 1)
    assert found.total.tolist() == [[255_000, 255_000]]
