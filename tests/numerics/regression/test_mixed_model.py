import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from pylimma.numerics.regression.mixed_model import (
    block_correlations,
    limit_correlations,
    trimmed_mean,
)

BLOCK = np.array([0, 0, 0, 1, 1, 2, 2, 3, 3])
DESIGN = np.column_stack([np.ones(9), [0, 1, 0, 1, 1, 0, 1, 0, 0]])
Y = np.array(
    [
        [4.1, 5.2, 4.6, 7.3, 6.4, 3.0, 4.9, 5.5, 5.9],
        [2.2, 1.3, 0.4, 3.1, 2.7, np.nan, 1.9, 0.8, 2.5],
        [9.0, 7.7, 8.8, 6.1, 8.3, 7.2, 9.4, 8.0, 6.6],
    ]
)
WEIGHTS = np.array(
    [[1, 2, 1, 0.5, 1, 3, 1, 1, 2], [2, 1, 1, 1, 0.25, 1, 1, 2, 1], [1, 1, 4, 1, 2, 1, 0, 1, 1]]
)


def correlated(rng, n_genes, block, share=0.5):
    """Normal data with a correlation of `share` within blocks."""
    effects = rng.normal(size=(n_genes, block.max() + 1))[:, block]
    noise = rng.normal(size=(n_genes, len(block)))
    return np.sqrt(share) * effects + np.sqrt(1 - share) * noise + 5


@pytest.mark.parametrize(
    ("weights", "figures"),
    [
        (None, [1.230727125937039, -0.037885895549276, -0.061626659721437]),
        (WEIGHTS, [1.039780306677305, -0.360787067878282, 0.154722979850536]),
    ],
)
def test_correlations_agree_with_limmas_figures(weights, figures):
    limited = limit_correlations(block_correlations(Y, DESIGN, BLOCK, weights), 3)
    np.testing.assert_allclose(np.arctanh(limited), figures, rtol=1e-10)
    if weights is not None:
        consensus = np.tanh(trimmed_mean(np.arctanh(limited), 0.15))
        assert consensus == pytest.approx(0.270965380279138, rel=1e-12)


def restricted_deviance(correlation, y, x, block, weights):
    """Minus twice the REML log likelihood with the variance profiled out."""
    same = np.equal.outer(block, block)
    covariance = correlation * same + (1 - correlation) * np.eye(len(y))
    root = np.sqrt(weights)
    x, y = x * root[:, None], y * root
    inverse = np.linalg.inv(covariance)
    information = x.T @ inverse @ x
    residuals = y - x @ np.linalg.solve(information, x.T @ inverse @ y)
    df = len(y) - x.shape[1]
    rss = residuals @ inverse @ residuals
    return df * np.log(rss) + np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1]


@pytest.mark.parametrize("weighted", [False, True])
def test_correlations_maximise_the_restricted_likelihood(weighted):
    rng = np.random.default_rng(3)
    block = np.repeat(np.arange(7), [1, 2, 3, 4, 2, 3, 4])
    design = np.column_stack([np.ones(len(block)), rng.normal(size=len(block))])
    y = correlated(rng, 8, block)
    weights = rng.uniform(0.3, 3, y.shape) if weighted else np.ones(y.shape)
    found = block_correlations(y, design, block, weights if weighted else None)
    for gene in range(8):
        arguments = (y[gene], design, block, weights[gene])
        best = minimize_scalar(
            restricted_deviance, bounds=(-0.3, 0.99), args=arguments, method="bounded"
        )
        limited = np.clip(found[gene], -0.3, 0.99)
        # scoring stops early, by a step that promises less than 1e-6
        assert restricted_deviance(limited, *arguments) <= best.fun + 1e-5
        assert limited == pytest.approx(best.x, abs=5e-3)


def test_balanced_blocks_give_the_estimator_of_analysis_of_variance():
    rng = np.random.default_rng(4)
    block = np.repeat(np.arange(6), 3)
    y = correlated(rng, 10, block)
    table = y.reshape(10, 6, 3)
    between = 3 * table.mean(axis=2).var(axis=1, ddof=1)
    within = table.var(axis=2, ddof=1).mean(axis=1)
    expected = (between - within) / (between + 2 * within)
    found = block_correlations(y, np.ones((18, 1)), block)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_correlation_of_simulated_blocks_is_recovered():
    rng = np.random.default_rng(5)
    block = np.repeat(np.arange(15), [2, 3, 4] * 5)
    y = correlated(rng, 3000, block, share=0.6)
    found = limit_correlations(block_correlations(y, np.ones((45, 1)), block), 4)
    assert np.tanh(trimmed_mean(np.arctanh(found), 0.15)) == pytest.approx(0.6, abs=0.02)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.sampled_from([1e-150, 0.3, 7.0, 1e150]))
def test_the_unit_of_measurement_does_not_matter(seed, factor):
    rng = np.random.default_rng(seed)
    y = correlated(rng, 5, BLOCK)
    found = block_correlations(y, DESIGN, BLOCK)
    np.testing.assert_allclose(block_correlations(y * factor, DESIGN, BLOCK), found, rtol=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_of_samples_and_labels_of_blocks_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    y, weights = correlated(rng, 5, BLOCK), rng.uniform(0.3, 3, (5, 9))
    order = rng.permutation(9)
    labels = rng.permutation(4)
    found = block_correlations(y, DESIGN, BLOCK, weights)
    moved = block_correlations(y[:, order], DESIGN[order], labels[BLOCK][order], weights[:, order])
    np.testing.assert_allclose(moved, found, rtol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_missing_value_equals_leaving_that_sample_out(weighted):
    rng = np.random.default_rng(6)
    y = correlated(rng, 12, BLOCK)
    weights = rng.uniform(0.3, 3, y.shape) if weighted else None
    missing = y.copy()
    missing[:5, 3] = np.nan
    missing[5:, 7] = np.nan
    found = block_correlations(missing, DESIGN, BLOCK, weights)
    for genes, sample in ((slice(5), 3), (slice(5, None), 7)):
        keep = np.arange(9) != sample
        own = None if weights is None else weights[genes][:, keep]
        expected = block_correlations(y[genes][:, keep], DESIGN[keep], BLOCK[keep], own)
        np.testing.assert_allclose(found[genes], expected, rtol=1e-8)


def test_equal_weights_equal_none_and_array_weights_equal_their_repetition():
    y = correlated(np.random.default_rng(7), 9, BLOCK)
    found = block_correlations(y, DESIGN, BLOCK)
    ones = block_correlations(y, DESIGN, BLOCK, np.full(y.shape, 1.0))
    np.testing.assert_allclose(ones, found, rtol=1e-9)
    array = WEIGHTS[0].astype(float)
    shared = block_correlations(y, DESIGN, BLOCK, array)
    repeated = block_correlations(y, DESIGN, BLOCK, np.tile(array, (9, 1)))
    np.testing.assert_allclose(repeated, shared, rtol=1e-9)


def test_genes_that_cannot_be_estimated_are_nan_and_leave_the_others_alone():
    y = correlated(np.random.default_rng(8), 6, BLOCK)
    expected = block_correlations(y, DESIGN, BLOCK)
    y[0, 4:] = np.nan  # four observations of two coefficients
    y[2, 3:] = np.nan  # a single block
    y[4] = 3.0  # no variance
    y[5, [0, 1, 3, 5]] = np.nan  # as many blocks as observations less one
    found = block_correlations(y, DESIGN, BLOCK)
    assert np.isnan(found[[0, 2, 4, 5]]).all()
    np.testing.assert_allclose(found[[1, 3]], expected[[1, 3]], rtol=1e-10)


def test_redundant_columns_of_the_design_do_not_matter():
    y = correlated(np.random.default_rng(9), 6, BLOCK)
    redundant = np.column_stack([DESIGN, DESIGN.sum(axis=1)])
    np.testing.assert_allclose(
        block_correlations(y, redundant, BLOCK), block_correlations(y, DESIGN, BLOCK), rtol=1e-8
    )


def test_nothing_is_written_to_the_inputs():
    copies = [part.copy() for part in (Y, DESIGN, BLOCK, WEIGHTS)]
    block_correlations(*copies)
    for part, copy in zip((Y, DESIGN, BLOCK, WEIGHTS), copies, strict=True):
        np.testing.assert_array_equal(copy, part)


@pytest.mark.parametrize(
    ("size", "limited"), [(2, [-0.99, 0.2, 0.99]), (5, [-0.24, 0.2, 0.99]), (3, [-0.49, 0.2, 0.99])]
)
def test_correlations_stay_inside_what_the_largest_block_allows(size, limited):
    np.testing.assert_allclose(limit_correlations(np.array([-1.5, 0.2, 1.2]), size), limited)


@pytest.mark.parametrize(
    ("trim", "mean"), [(0, 22.0), (0.15, 22.0), (0.2, 3.0), (0.4, 3.0), (0.5, 3.0)]
)
def test_trimming_cuts_whole_values_at_each_end(trim, mean):
    assert trimmed_mean(np.array([100, 2, np.nan, 3, 1, 4]), trim) == mean


def test_the_trimmed_mean_of_nothing_is_nan():
    assert np.isnan(trimmed_mean(np.array([np.nan]), 0.1))


def test_no_genes_give_no_correlations():
    assert block_correlations(Y[:0], DESIGN, BLOCK).shape == (0,)
    assert block_correlations(Y[:0], DESIGN, BLOCK, WEIGHTS[:0]).shape == (0,)
