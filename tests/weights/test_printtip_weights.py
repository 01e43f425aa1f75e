"""Weights of print tips."""

import numpy as np
import pytest
from small_counts import patterned_counts

import pylimma
from pylimma.errors import EstimationWarning, InputError, Note, ShapeError
from pylimma.numerics.regression.linalg import factor_design
from pylimma.weights.printtip_weights import tip_weights

EXACT = 1e-10  # sums over some hundred values, and steps of scoring


@pytest.fixture
def design():
    return np.column_stack([np.ones(6), np.arange(6) % 2])


@pytest.fixture
def log_ratios():
    logs = np.log2(patterned_counts() + 1)
    return np.hstack([logs, logs[::-1, [1, 0]]])


@pytest.fixture
def spot_weights():
    return 0.5 + (np.outer(np.arange(1, 41), np.arange(1, 7)) % 7) / 4


def with_gaps(y):
    y = y.copy()
    y[np.arange(6), np.arange(6)] = np.nan
    y[6, :4] = np.inf
    return y


def fit_one(y, design, weights):
    root = np.sqrt(weights)
    whitened = root[:, None] * design
    outside = np.eye(len(y)) - whitened @ np.linalg.pinv(whitened)
    return outside @ (root * y), np.diag(outside)


def one_pass_by_definition(y, design, weights):
    n = len(design)
    z = np.vstack([np.eye(n - 1), -np.ones(n - 1)])
    gamma = np.zeros(n - 1)
    information = 10 * (n - np.linalg.matrix_rank(design)) / n * z.T @ z
    for values, given in zip(y, weights, strict=True):
        use = np.isfinite(values) & (given > 0)
        df = use.sum() - np.linalg.matrix_rank(design[use])
        if df == 0 or (use.sum() < 3 and not use.all()):
            continue
        w = given / max(given.max(), 1) * np.exp(-z @ gamma)
        d, free = np.zeros(n), np.zeros(n)
        residuals, free[use] = fit_one(values[use], design[use], w[use])
        d[use] = residuals**2
        u = z.T @ (d / (d.sum() / df) - free)
        information += z.T @ np.diag(free) @ z - (free[0] - free[-1]) ** 2 / df
        if use.all():
            gamma = gamma + np.linalg.solve(information, u)
            continue
        centring = np.eye(use.sum()) - 1 / use.sum()
        c = (centring @ z[use])[:-1]
        step = c @ np.linalg.inv(information) @ c.T @ (c @ u)
        eta = z @ gamma
        eta[use] += np.append(step, -step.sum())
        gamma = eta[:-1]
    return np.exp(-z @ gamma)


def restricted_log_likelihood(a, y, design, weights):
    total = 0.0
    for values, given in zip(y, weights, strict=True):
        use = np.isfinite(values) & (given > 0)
        w = (given * a)[use]
        residuals, _ = fit_one(values[use], design[use], w)
        information = np.linalg.slogdet(design[use].T @ (w[:, None] * design[use]))[1]
        df = use.sum() - design.shape[1]
        total += np.log(w).sum() - information - df * np.log(residuals @ residuals)
    return total / 2


def test_one_pass_equals_the_figures_of_limma(log_ratios, design, spot_weights):
    plain = [
        [
            1.48570084767027,
            0.981996891376589,
            0.58485450655241,
            0.555081666023624,
            1.54225455882982,
            1.36898197334072,
        ],
        [
            1.09564836564362,
            1.53645851008515,
            0.520655789653117,
            0.644012400394986,
            1.28888213424097,
            1.37451610232005,
        ],
    ]
    weighted = [
        [
            1.44176369457258,
            1.12861977107872,
            0.61875674776835,
            0.532099246859533,
            1.2453474804371,
            1.49883947310156,
        ],
        [
            1.09201325472255,
            1.52981308382792,
            0.515137323558959,
            0.627147950741252,
            1.28011735259019,
            1.44740780381374,
        ],
    ]
    result = tip_weights(log_ratios, factor_design(design), 20)
    np.testing.assert_allclose(result[[0, 20]], plain, rtol=EXACT)
    assert (result.reshape(2, 20, 6) == result[[0, 20]][:, None]).all()
    result = tip_weights(with_gaps(log_ratios), factor_design(design), 20, spot_weights)
    np.testing.assert_allclose(result[[0, 20]], weighted, rtol=EXACT)


@pytest.mark.parametrize("seed", range(3))
def test_one_pass_agrees_with_the_definition(seed):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(40, 5)) * np.exp(rng.normal(size=5) / 2)
    y[rng.random(y.shape) < 0.15] = np.nan
    weights = rng.uniform(0, 3, y.shape)
    weights[3, 2] = 0
    design = np.column_stack([np.ones(5), [0, 1, 0, 1, 0.5]])
    result = tip_weights(y, factor_design(design), 40, weights)
    np.testing.assert_allclose(result[0], one_pass_by_definition(y, design, weights), rtol=EXACT)


@pytest.mark.parametrize("gaps", [False, True])
def test_reml_maximizes_the_restricted_likelihood(gaps):
    rng = np.random.default_rng(5)
    y = rng.normal(size=(60, 5)) * [1, 2, 1, 0.7, 1]
    weights = rng.uniform(0.3, 1, y.shape)
    if gaps:
        y[np.arange(10), np.arange(10) % 5] = np.nan
    design = np.column_stack([np.ones(5), [0, 1, 0, 1, 0.5]])
    a = tip_weights(y, factor_design(design), 60, weights, method="reml", maxiter=200, tol=1e-16)[0]
    best = restricted_log_likelihood(a, y, design, weights)
    for array in range(4):
        for size in (-1e-3, 1e-3):
            near = a.copy()
            near[array] *= np.exp(size)
            near[4] *= np.exp(-size)
            assert restricted_log_likelihood(near, y, design, weights) < best


@pytest.mark.parametrize("method", ["genebygene", "reml"])
def test_print_tips_are_independent_of_each_other(method, design):
    y = np.random.default_rng(1).normal(size=(60, 6))
    y[:, 2] *= 3
    together = tip_weights(y, factor_design(design), 30, method=method, tol=1e-3)
    alone = tip_weights(y[30:], factor_design(design), 30, method=method, tol=1e-3)
    np.testing.assert_allclose(together[30:], alone, rtol=EXACT)
    assert (together[:, 2] < 0.6).all()
    np.testing.assert_allclose(np.log(together).sum(axis=1), 0, atol=EXACT)


@pytest.mark.parametrize("method", ["genebygene", "reml"])
def test_constant_and_unseen_spots_say_nothing(method):
    rng = np.random.default_rng(2)
    y, design = rng.normal(size=(30, 5)), np.ones((5, 1))
    padded = np.vstack([np.full((1, 5), 2.0), y, np.full((1, 5), np.nan)])
    padded = np.insert(padded, 4, [1.0, np.nan, np.nan, np.nan, np.nan], axis=0)
    expected = tip_weights(y, factor_design(design), 30, method=method)[0]
    result = tip_weights(padded, factor_design(design), 33, method=method)[0]
    np.testing.assert_allclose(result, expected, rtol=EXACT)


@pytest.mark.parametrize("method", ["genebygene", "reml"])
def test_a_print_tip_without_variation_has_equal_weights(method):
    y = np.repeat(np.arange(10.0)[:, None], 4, axis=1)
    assert np.array_equal(
        tip_weights(y, factor_design(np.ones((4, 1))), 5, method=method), np.ones((10, 4))
    )


def test_iterations_that_do_not_converge_are_reported(log_ratios, design):
    with pytest.warns(EstimationWarning, match="2 print tips did not converge in 1 iterations"):
        tip_weights(log_ratios, factor_design(design), 20, method="reml", maxiter=1)


def test_inputs_are_left_alone(log_ratios, design, spot_weights):
    y = with_gaps(log_ratios)
    before = y.copy(), spot_weights.copy()
    tip_weights(y, factor_design(design), 20, spot_weights)
    np.testing.assert_array_equal(y, before[0])
    np.testing.assert_array_equal(spot_weights, before[1])


RNG = np.random.default_rng(51)
LAYOUT = pylimma.PrintLayout(ngrid_r=2, ngrid_c=1, nspot_r=10, nspot_c=10)
M = RNG.normal(size=(200, 5))
M[:100, 1] *= 4
M[100:, 3] *= 4


@pytest.mark.parametrize("method", ["genebygene", "reml"])
def test_each_print_tip_has_weights_of_its_own(method):
    found = pylimma.printtip_weights(M, method=method, layout=LAYOUT)
    assert (found == found[[0] * 100 + [100] * 100]).all()
    assert found[0].argmin() == 1
    assert found[100].argmin() == 3
    upper = pylimma.printtip_weights(
        M[:100], method=method, layout=pylimma.PrintLayout({**LAYOUT, "ngrid_r": 1})
    )
    np.testing.assert_array_equal(upper, found[:100])


@pytest.mark.parametrize(
    ("method", "rtol"),
    [("genebygene", 1e-3), ("reml", 1e-6)],  # one pass sees leverages of two arrays only
)
def test_arrays_in_another_order_get_about_the_same_weights(method, rtol):
    order = [3, 1, 0, 2, 4]
    found = pylimma.printtip_weights(M, method=method, layout=LAYOUT)
    other = pylimma.printtip_weights(M[:, order], method=method, layout=LAYOUT)
    np.testing.assert_allclose(other, found[:, order], rtol=rtol)


def test_layout_and_weights_stored_with_the_data_are_used_and_a_stored_design_is_not():
    weights = RNG.uniform(0.2, 1, M.shape)
    design = np.repeat([[1.0, 0], [0, 1]], [2, 3], axis=0)
    data = pylimma.MAList(M=M, A=M, weights=weights, printer=LAYOUT, design=design)
    with pytest.warns(Note, match="does not use the design stored with the data"):
        found = pylimma.printtip_weights(data)
    np.testing.assert_array_equal(
        found, pylimma.printtip_weights(M, weights=weights, layout=LAYOUT)
    )
    np.testing.assert_array_equal(
        pylimma.printtip_weights(data, design, weights=None),
        pylimma.printtip_weights(M, design, layout={"ngrid.r": 2, **LAYOUT}),
    )


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        (M, {}, InputError, "a PrintLayout; none is given"),
        (M[:, :2], {"layout": LAYOUT}, InputError, "at least 3 arrays and as many spots"),
        (M[:4], {"layout": LAYOUT}, InputError, "4 spots × 5 arrays"),
        (M[:150], {"layout": LAYOUT}, ShapeError, "2 grids of 100 spots; the data have 150 rows"),
        (M, {"layout": {"ngrid_r": 1}}, InputError, "`layout` lacks ngrid_c, nspot_r, nspot_c"),
        (M, {"layout": LAYOUT, "method": "ml"}, InputError, "`method` must be one of"),
        (M, {"layout": LAYOUT, "weights": np.ones(3)}, ShapeError, "allowed are"),
    ],
)
def test_spots_that_cannot_be_used_are_refused(data, options, error, message):
    with pytest.raises(error, match=message):
        pylimma.printtip_weights(data, **options)
