"""Work that goes gene by gene."""

import numpy as np

from pylimma.numerics.blocks import BLOCK_ELEMENTS, map_genes


def test_matrices_are_cut_along_genes_and_vectors_are_not():
    y = np.arange(30.0).reshape(10, 3)
    seen = map_genes(
        lambda values, weights, nothing, factor: (values * weights * factor, nothing),
        (y, np.array([1.0, 2, 3]), None),
        2.0,
    )
    np.testing.assert_array_equal(np.concatenate([part for part, _ in seen]), y * [2, 4, 6])
    assert {nothing for _, nothing in seen} == {None}


def test_blocks_are_views_that_a_kernel_may_fill():
    filled = np.zeros((500, 4))

    def fill(block, number):
        block += number

    assert len(map_genes(fill, (filled,), 3.0, n_jobs=2, width=BLOCK_ELEMENTS // 100)) == 5
    assert (filled == 3).all()
