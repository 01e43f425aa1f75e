import numpy as np
import pytest

from pylimma.numerics.blocks import gene_blocks, map_genes
from pylimma.numerics.shares import Share, only_share

Y = np.arange(1000.0)[:, None] * np.ones(1000)


def rows_of(share):
    with only_share(share):
        return np.concatenate(map_genes(lambda y: y[:, 0], (Y,)))[: len(share.genes)]


@pytest.mark.parametrize("of", [1, 2, 3, 7, 8, 20])
def test_shares_are_all_genes_once_in_order(of):
    shares = [Share(k, of) for k in range(1, of + 1)]
    np.testing.assert_array_equal(np.concatenate([rows_of(s) for s in shares]), Y[:, 0])
    starts = {block.start for block in gene_blocks(*Y.shape)}
    assert {share.genes.start for share in shares} <= starts
    assert {share.n_genes for share in shares} == {len(Y)}


def test_without_a_share_all_genes_are_worked_on():
    rows_of(Share(1, 3))
    assert sum(map_genes(len, (Y,))) == len(Y)
