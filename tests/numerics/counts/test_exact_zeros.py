import numpy as np
import pytest
from scipy import optimize

from pylimma.numerics.counts.exact_zeros import exact_zeros, poisson_fit
from pylimma.numerics.regression.linalg import factor_design


def leverage(design):
    return np.diag(design @ np.linalg.pinv(design)).max()


def separated(y, design):
    """Zero counts that a direction of the coefficients sends to minus infinity."""
    zero = np.flatnonzero(y == 0)
    n_zero, n_coefs = len(zero), design.shape[1]
    result = optimize.linprog(
        np.append(np.zeros(n_coefs), -np.ones(n_zero)),
        A_ub=np.hstack([design[zero], np.eye(n_zero)]),
        b_ub=np.zeros(n_zero),
        A_eq=np.hstack([design[y > 0], np.zeros((len(y) - n_zero, n_zero))]),
        b_eq=np.zeros(len(y) - n_zero),
        bounds=[(None, None)] * n_coefs + [(0, 1)] * n_zero,
    )
    mask = np.zeros(len(y), dtype=bool)
    mask[zero] = result.x[n_coefs:] > 1e-6
    return mask


@pytest.fixture
def sparse():
    rng = np.random.default_rng(7)
    counts = rng.negative_binomial(1, 0.3, (150, 8)) * (rng.random((150, 8)) < 0.7)
    counts[:50, 1::2] = 0
    counts[50:80, ::2] = 0
    counts[80:84] = 0
    counts[84:100, 5:] = 0
    return counts


@pytest.mark.parametrize("kind", ["covariate", "overlapping factors"])
def test_exact_zeros_are_the_separated_observations(sparse, kind):
    extra = (
        np.arange(8) // 4 + 0.3 * (np.arange(8) % 4) if kind == "covariate" else np.arange(8) >= 5
    )
    design = np.column_stack([np.ones(8), np.arange(8) % 2, extra])
    found = exact_zeros(sparse, factor_design(design), leverage(design))
    examined = (sparse == 0).sum(axis=1) > max(2, 1 / leverage(design)) - 1e-4
    expected = [separated(y, design) for y in sparse[examined]]
    assert np.array_equal(found[examined], expected)
    assert not found[~examined].any()
    assert 50 < found.any(axis=1).sum() < 150
    assert not found[(sparse == 0) & ~found].any()


def test_in_a_one_way_layout_groups_without_counts_are_exact_zeros(sparse):
    group = np.arange(8) % 2
    cells = np.column_stack([1 - group, group]).astype(float)
    treatment = np.column_stack([np.ones(8), group])
    empty = np.column_stack([sparse[:, group == g].sum(axis=1) == 0 for g in (0, 1)])
    for design in (cells, treatment):
        assert np.array_equal(exact_zeros(sparse, factor_design(design), 0.25), empty[:, group])


def test_both_ways_to_the_fit_agree_on_a_one_way_layout(sparse):
    group = np.arange(8) % 2
    treatment = np.column_stack([np.ones(8), group])
    fitted = poisson_fit(sparse.astype(float), factor_design(treatment)).fitted
    for g in (0, 1):
        of = group == g
        pooled = sparse[:, of].mean(axis=1, keepdims=True).repeat(of.sum(), axis=1)
        np.testing.assert_allclose(fitted[:, of], pooled, rtol=1e-6, atol=1e-10)


def test_poisson_fits_solve_the_score_equations():
    rng = np.random.default_rng(2)
    design = np.column_stack([np.ones(7), rng.normal(size=(7, 2))])
    means = 10.0 ** rng.uniform(0, 6, (60, 1)) * rng.uniform(0.01, 3, (60, 7))
    counts = rng.poisson(means).astype(float)
    fitted = poisson_fit(counts, factor_design(design)).fitted
    scale = counts.sum(axis=1, keepdims=True)
    assert np.abs((counts - fitted) @ design / scale).max() < 1e-7
    log_rates = np.log(fitted)
    projected = log_rates @ design @ np.linalg.pinv(design)
    np.testing.assert_allclose(log_rates, projected, rtol=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_neither_large_counts_nor_steep_slopes_hide_or_feign_exact_zeros(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 12))
    slope = rng.normal(size=n) if seed % 2 else rng.integers(0, 3, n)
    design = np.column_stack([np.ones(n), np.arange(n) % 2, slope])
    counts = np.round(np.exp(rng.normal(3, 6, (60, n)))) * (rng.random((60, n)) < 0.5)
    counts[:20, 1::2] = 0
    factors = factor_design(design)
    found = exact_zeros(counts, factors, factors.leverage.max())
    examined = (counts == 0).sum(axis=1) > max(2, 1 / factors.leverage.max()) - 1e-4
    assert examined.sum() > 5
    for row, mask in zip(counts[examined], found[examined], strict=True):
        assert np.array_equal(mask, separated(row, design)), row


def test_a_group_without_counts_is_found_beside_overdispersed_ones():
    counts = np.array([[0, 5e5, 0, 2e4, 0, 3e6]])
    design = np.column_stack([np.ones(6), np.arange(6) % 2, [0.0, 0, 1, 1, 3, 2]])
    found = exact_zeros(counts, factor_design(design), leverage(design))
    assert found.tolist() == [[True, False] * 3]


def test_a_small_fitted_value_is_not_an_exact_zero():
    counts = np.array([[1e6, 10, 0, 0, 0], [1e6, 0, 0, 0, 0]])
    design = np.column_stack([np.ones(5), np.arange(5.0)])
    found = exact_zeros(counts, factor_design(design), leverage(design))
    assert found.tolist() == [[False] * 5, [False, True, True, True, True]]


def test_redundant_columns_do_not_matter(sparse):
    design = np.column_stack([np.ones(8), np.arange(8) % 2, np.linspace(0, 1, 8)])
    redundant = np.column_stack([design, design @ [1.0, 2.0, 3.0]])
    expected = exact_zeros(sparse, factor_design(design), leverage(design))
    assert np.array_equal(exact_zeros(sparse, factor_design(redundant), leverage(design)), expected)


def test_a_gene_with_few_zeros_is_not_examined():
    counts = np.array([[0, 5, 0, 4], [0, 5, 0, 0]])
    design = np.column_stack([np.ones(4), np.arange(4) % 2])
    assert not exact_zeros(counts[:, [0, 1, 3, 1]], factor_design(design), 0.25).any()
    found = exact_zeros(counts, factor_design(design), 0.5)
    assert found.tolist() == [[True, False, True, False], [True, False, True, False]]


def test_fractional_counts_below_the_threshold_are_zero():
    counts = np.array([[1e-5, 5.0, 0.0, 4.0], [1e-3, 5.0, 0.0, 4.0]])
    design = np.column_stack([np.ones(4), np.arange(4) % 2])
    found = exact_zeros(counts, factor_design(design), 0.5)
    assert found.tolist() == [[True, False, True, False], [False] * 4]
