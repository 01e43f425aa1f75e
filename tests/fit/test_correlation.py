"""The consensus correlation within blocks and between duplicate spots."""

import numpy as np
import pytest

import pylimma
from pylimma.errors import InputError, InputWarning


def paired(n_genes, n_blocks, variance, rng):
    shared = rng.normal(0, np.sqrt(variance), size=(n_genes, n_blocks))
    return np.repeat(shared, 2, axis=1) + rng.normal(size=(n_genes, 2 * n_blocks))


def test_the_true_correlation_is_found():
    rng = np.random.default_rng(2)
    y = paired(2000, 8, 1.0, rng)
    design = np.column_stack([np.ones(16), np.tile([0, 1], 8)])
    found = pylimma.duplicate_correlation(y, design, block=np.repeat(np.arange(8), 2))
    assert found.consensus_correlation == pytest.approx(0.5, abs=0.04)
    assert found.cor == found.consensus_correlation
    assert found.atanh_correlations.shape == (2000,)


def test_balanced_pairs_have_the_closed_form():
    rng = np.random.default_rng(4)
    y = paired(10, 6, 0.5, rng)
    found = pylimma.duplicate_correlation(y, block=np.repeat(np.arange(6), 2))
    pairs = y.reshape(10, 6, 2)
    within = pairs.var(axis=2, ddof=1).mean(axis=1)
    between = 2 * pairs.mean(axis=2).var(axis=1, ddof=1)
    rho = np.clip((between - within) / (between + within), -0.99, 0.99)
    np.testing.assert_allclose(np.tanh(found.atanh_correlations), rho, rtol=1e-10)


def test_duplicate_spots_are_blocks_of_an_array():
    rng = np.random.default_rng(6)
    y = rng.normal(size=(8, 5))
    spots = pylimma.duplicate_correlation(y, ndups=2, spacing=4)
    side_by_side = np.stack([y[:4], y[4:]], axis=2).reshape(4, 10)
    blocks = pylimma.duplicate_correlation(side_by_side, block=np.repeat(np.arange(5), 2))
    np.testing.assert_allclose(spots.atanh_correlations, blocks.atanh_correlations)


def test_unit_weights_change_nothing():
    rng = np.random.default_rng(7)
    y, block = paired(30, 6, 1.0, rng), np.repeat(np.arange(6), 2)
    plain = pylimma.duplicate_correlation(y, block=block)
    weighted = pylimma.duplicate_correlation(y, block=block, weights=np.ones(y.shape))
    np.testing.assert_allclose(weighted.atanh_correlations, plain.atanh_correlations, rtol=1e-8)


@pytest.mark.parametrize(
    ("block", "design", "message"),
    [
        (np.arange(6), None, "every block has one sample"),
        ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0], "the design already contains the blocks"),
    ],
)
def test_blocks_without_information_give_zero_with_a_warning(block, design, message):
    y = np.random.default_rng(8).normal(size=(5, 6))
    if design is not None:
        design = np.column_stack([np.ones(6), design])
    with pytest.warns(InputWarning, match=message):
        found = pylimma.duplicate_correlation(y, design, block=block)
    assert found.consensus_correlation == 0


def test_a_trim_out_of_range_is_refused():
    with pytest.raises(InputError, match=r"between 0 and 0\.5"):
        pylimma.duplicate_correlation(np.ones((3, 4)), block=[1, 1, 2, 2], trim=0.7)
