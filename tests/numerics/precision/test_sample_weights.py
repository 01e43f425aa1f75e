import numpy as np
import pytest
from small_counts import patterned_counts

from pylimma.errors import EstimationWarning
from pylimma.numerics.precision import reml_sample_weights
from pylimma.numerics.precision.reml_sample_weights import full_step
from pylimma.numerics.precision.sample_weights import (
    group_contrasts,
    quick_weights,
    sample_weights,
    sum_to_zero,
    variance_contrasts,
)
from pylimma.numerics.regression.linalg import factor_design

EXACT = 1e-10  # sums over some hundred values, and steps of scoring


@pytest.fixture
def two_groups():
    return np.column_stack([np.ones(6), np.arange(6) % 2])


def small_expression():
    logs = np.log2(patterned_counts() + 1)
    return np.hstack([logs, logs[::-1, [1, 0]]])


def small_weights():
    return 0.5 + (np.outer(np.arange(1, 41), np.arange(1, 7)) % 7) / 4


def with_gaps(y):
    y = y.copy()
    y[np.arange(6), np.arange(6)] = np.nan
    y[6, :4] = np.inf
    return y


LIMMA = {
    "one pass": [
        1.362527656383373,
        1.210344992904372,
        0.5090303380494352,
        0.5450137976821499,
        1.50854750360197,
        1.448889754120392,
    ],
    "one pass with weights": [
        1.332597997006393,
        1.314752562108825,
        0.5181238847322529,
        0.5258692362354008,
        1.331026396012929,
        1.573833451024954,
    ],
    "likelihood": [
        1.583936672802663,
        1.48485857551383,
        0.3718518860115819,
        0.399706457313805,
        1.723955751165619,
        1.659356981295061,
    ],
    "likelihood with weights": [
        1.697997642595528,
        1.742403124135485,
        0.3377119174918695,
        0.2382397501823781,
        1.66368290846644,
        2.52512632331042,
    ],
    "groups": np.repeat([1.533046100247303, 0.385364663121972, 1.692672337236857], 2),
    "trend": [
        0.956584508534054,
        0.9737198108077563,
        0.9911620578222438,
        1.008916747879933,
        1.026989477774354,
        1.045385944554422,
    ],
}


def fit_one(y, design, weights):
    """Residuals and I - P of a weighted fit, by the pseudo-inverse."""
    root = np.sqrt(weights)
    whitened = root[:, None] * design
    outside = np.eye(len(y)) - whitened @ np.linalg.pinv(whitened)
    return outside @ (root * y), outside


def one_pass_by_definition(y, design, weights, contrasts, prior_n):
    gamma = np.zeros(contrasts.shape[1])
    information = prior_n * contrasts.T @ contrasts
    for values, given in zip(y, weights, strict=True):
        use = np.isfinite(values) & (given > 0)
        df = use.sum() - np.linalg.matrix_rank(design[use])
        if not use.all() and (use.sum() <= 2 or df < 2):
            continue
        a = np.exp(-contrasts @ gamma)
        residuals, outside = fit_one(values[use], design[use], (a * given)[use])
        free, squared = np.zeros(len(a)), np.zeros(len(a))
        free[use], squared[use] = np.diag(outside), residuals**2
        u = np.column_stack([np.ones(len(a)), contrasts])
        j = u.T @ np.diag(free) @ u
        information = information + j[1:, 1:] - np.outer(j[1:, 0], j[0, 1:]) / j[0, 0]
        score = contrasts.T @ (squared / (squared.sum() / df) - free)
        gamma = gamma + np.linalg.solve(information, score)
    return np.exp(-contrasts @ gamma)


def restricted_log_likelihood(eta, y, design, weights, prior_n):
    """Profile restricted likelihood with the prior, up to constants."""
    total = -prior_n * np.sum(eta + np.exp(-eta))
    for values, given in zip(y, weights, strict=True):
        w = given * np.exp(-eta)
        residuals, _ = fit_one(values, design, w)
        information = np.linalg.slogdet(design.T @ (w[:, None] * design))[1]
        df = len(values) - design.shape[1]
        total += np.sum(np.log(w)) - information - df * np.log(residuals @ residuals)
    return total / 2


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("one pass", {"method": "genebygene"}),
        ("one pass with weights", {"gaps": True, "weights": small_weights()}),
        ("likelihood", {}),
        (
            "likelihood with weights",
            {
                "gaps": True,
                "weights": small_weights(),
                "method": "reml",
                "prior_n": 3,
                "early": True,
            },
        ),
        ("groups", {"contrasts": group_contrasts(np.array([0, 0, 3, 3, 7, 7]))}),
        ("trend", {"gaps": True, "contrasts": variance_contrasts(np.arange(6.0)[:, None])}),
    ],
)
def test_weights_equal_the_figures_of_limma(name, options, two_groups):
    y = small_expression()
    y = with_gaps(y) if options.pop("gaps", False) else y
    result = sample_weights(y, factor_design(two_groups), **options)
    np.testing.assert_allclose(result, LIMMA[name], rtol=EXACT)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("model", ["samples", "trend"])
def test_one_pass_agrees_with_the_definition(seed, model):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(30, 7)) * np.exp(rng.normal(size=7))
    design = np.column_stack([np.ones(7), np.arange(7) % 2, rng.normal(size=7)])
    weights = rng.gamma(2, size=y.shape)
    weights[3, :2], y[5, 4], y[6, ::2], y[7, 1:] = 0, np.nan, np.inf, np.nan
    contrasts = sum_to_zero(7)
    given = None
    if model == "trend":
        given = contrasts = variance_contrasts(rng.normal(size=(7, 2)))
    expected = one_pass_by_definition(y, design, weights, contrasts, 5)
    result = sample_weights(y, factor_design(design), given, weights, prior_n=5)
    np.testing.assert_allclose(result, expected, rtol=EXACT)


@pytest.mark.parametrize("weighted", [False, True])
def test_reml_maximizes_the_restricted_likelihood(weighted):
    rng = np.random.default_rng(8)
    y = rng.normal(size=(25, 6)) * np.exp(rng.normal(size=6) / 2)
    design = np.column_stack([np.ones(6), rng.normal(size=6)])
    weights = rng.gamma(3, size=y.shape) if weighted else None
    a = sample_weights(y, factor_design(design), None, weights, method="reml", tol=1e-14)
    given = np.ones(y.shape) if weights is None else weights
    best = restricted_log_likelihood(-np.log(a), y, design, given, 10)
    for direction in sum_to_zero(6).T:
        for size in (-1e-3, 1e-3):
            eta = -np.log(a) + size * direction
            assert restricted_log_likelihood(eta, y, design, given, 10) < best


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("method", ["genebygene", "reml"])
def test_unit_weights_give_the_weights_of_none(seed, method):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 12))
    y = rng.normal(size=(int(rng.integers(100, 300)), n)) * np.exp(rng.normal(size=n) / 4)
    design = factor_design(np.column_stack([np.ones(n), rng.normal(size=(n, 1 + seed % 2))]))
    options = {"method": method, "prior_n": rng.uniform(1, 20)}
    plain = sample_weights(y, design, **options)
    unit = sample_weights(y, design, None, np.ones(y.shape), **options)
    np.testing.assert_allclose(unit, plain, rtol=1e-12)


def test_reml_with_weights_has_converged_where_it_stops(two_groups):
    options = {"weights": small_weights(), "method": "reml"}
    found, early, exact = (
        sample_weights(small_expression(), factor_design(two_groups), **options, **more)
        for more in ({}, {"early": True}, {"tol": 1e-14})
    )
    np.testing.assert_allclose(found, exact, rtol=3e-3)
    assert np.abs(early / exact - 1).max() > 4 * np.abs(found / exact - 1).max()


@pytest.mark.parametrize("method", ["genebygene", "reml"])
def test_samples_may_be_permuted(method, two_groups):
    order = np.array([3, 0, 5, 1, 4, 2])
    y, weights = with_gaps(small_expression()), small_weights()
    result = sample_weights(y, factor_design(two_groups), None, weights, method=method)
    permuted = sample_weights(
        y[:, order], factor_design(two_groups[order]), None, weights[:, order], method=method
    )
    np.testing.assert_allclose(permuted, result[order], rtol=EXACT)
    np.testing.assert_allclose(np.log(result).sum(), 0, atol=EXACT)


def test_reml_does_not_depend_on_the_order_of_the_genes(two_groups):
    y = small_expression()
    np.testing.assert_allclose(
        sample_weights(y[::-1], factor_design(two_groups)),
        sample_weights(y, factor_design(two_groups)),
        rtol=EXACT,
    )


def test_a_missing_value_is_a_weight_of_zero(two_groups):
    y, weights = small_expression(), small_weights()
    zero = np.where(np.isfinite(with_gaps(y)), weights, 0)
    for method in ("genebygene", "reml"):
        np.testing.assert_allclose(
            sample_weights(y, factor_design(two_groups), None, zero, method=method),
            sample_weights(with_gaps(y), factor_design(two_groups), None, weights, method=method),
            rtol=EXACT,
        )


@pytest.mark.parametrize("method", ["genebygene", "reml"])
def test_redundant_columns_and_another_basis_change_nothing(method, two_groups):
    y = small_expression()
    same = np.column_stack([two_groups, two_groups @ [[2.0], [1.0]]])
    cells = np.column_stack([1 - two_groups[:, 1], two_groups[:, 1]])
    expected = sample_weights(y, factor_design(two_groups), method=method)
    for design in (same, cells):
        result = sample_weights(y, factor_design(design), method=method)
        np.testing.assert_allclose(result, expected, rtol=EXACT)


@pytest.mark.parametrize("method", ["auto", "genebygene", "reml"])
def test_data_that_cannot_tell_give_equal_weights(method, two_groups):
    y = small_expression()
    saturated = np.column_stack([np.ones(6), np.eye(6)[:, :4]])
    assert np.array_equal(sample_weights(y, factor_design(saturated), method=method), np.ones(6))
    assert np.array_equal(
        sample_weights(y[:1], factor_design(two_groups), method=method), np.ones(6)
    )
    constant = np.ones_like(y)
    assert np.array_equal(
        sample_weights(constant, factor_design(two_groups), method=method), np.ones(6)
    )


def test_genes_that_fit_exactly_say_nothing_in_one_pass(two_groups):
    y = small_expression()
    padded = np.insert(y, 7, two_groups[:, 1], axis=0)
    result = sample_weights(padded, factor_design(two_groups), method="genebygene")
    expected = sample_weights(y, factor_design(two_groups), method="genebygene")
    np.testing.assert_allclose(result, expected, rtol=EXACT)


def test_genes_seen_in_one_group_only_are_used_with_the_design_they_leave():
    y = np.random.default_rng(2).normal(size=(20, 8))
    design = np.column_stack([1 - np.arange(8) % 2, np.arange(8) % 2]).astype(float)
    y[::3, ::2] = np.nan
    expected = one_pass_by_definition(y, design, np.ones(y.shape), sum_to_zero(8), 10)
    np.testing.assert_allclose(sample_weights(y, factor_design(design)), expected, rtol=EXACT)


def test_without_prior_a_first_gene_with_gaps_does_no_harm(two_groups):
    y = np.random.default_rng(4).normal(size=(200, 6)) * [1, 1, 1, 1, 3, 3]
    y[0, 0] = np.nan
    result = sample_weights(y, factor_design(two_groups), prior_n=0)
    assert (result[4:] < 0.5).all()
    assert (result[:4] > 0.5).all()
    assert (result < 10).all()


def test_too_few_iterations_are_reported(two_groups):
    with pytest.warns(EstimationWarning, match="did not converge in 1 iterations"):
        sample_weights(small_expression(), factor_design(two_groups), maxiter=1)


def test_steps_that_no_longer_get_smaller_are_reported():
    y = np.random.default_rng(0).normal(size=(2, 6))
    with pytest.warns(EstimationWarning, match="no longer get smaller"):
        sample_weights(y, factor_design(np.ones((6, 1))), method="reml", prior_n=0)


@pytest.mark.parametrize("tested", [1, 3])
def test_weights_that_the_data_cannot_tell_apart_are_those_of_the_step_before(tested, monkeypatch):
    y = small_expression()
    pair = factor_design(np.column_stack([np.ones(6), [0, 0, 0, 0, 1, 1]]))  # seen by their mean
    if tested > 1:
        with pytest.warns(EstimationWarning, match="did not converge in 2"):
            before = sample_weights(y, pair, method="reml", maxiter=tested - 1, prior_n=10)
        steps = iter([full_step] * (tested - 1) + [lambda *_: None])

        def step(*arguments):
            return next(steps)(*arguments)

        monkeypatch.setattr(reml_sample_weights, "full_step", step)
    with pytest.warns(EstimationWarning, match="do not tell them apart .a positive `prior_n`"):
        found = sample_weights(y, pair, method="reml", prior_n=0 if tested == 1 else 10)
    np.testing.assert_array_equal(found, np.ones(6) if tested == 1 else before)


def test_weights_without_bound_are_reported_unless_a_prior_bounds_them():
    y = np.random.default_rng(25).normal(size=(3, 4))
    with pytest.warns(EstimationWarning, match="`prior_n`"):
        a = sample_weights(y, factor_design(np.ones((4, 1))), method="reml", prior_n=0)
    assert a.max() > 1e20 * a.min()
    bounded = sample_weights(y, factor_design(np.ones((4, 1))), method="reml", prior_n=1)
    assert bounded.max() < 20 * bounded.min()


def test_contrasts_sum_to_zero_and_drop_what_is_redundant():
    groups = group_contrasts(np.array([4, 4, 1, 2, 2, 2]))
    assert groups.shape == (6, 2)
    np.testing.assert_allclose(groups.sum(axis=0), 0, atol=EXACT)
    x = np.array([0.1, 0.5, 2.0, 7.0])
    design = np.column_stack([np.ones(4), x, np.full(4, 0.1), 3 - 2 * x])
    np.testing.assert_allclose(variance_contrasts(design), (x - x.mean())[:, None], rtol=EXACT)
    assert variance_contrasts(np.ones((4, 1))).shape == (4, 0)


def test_a_variance_design_of_an_intercept_gives_equal_weights(two_groups):
    nothing = variance_contrasts(np.ones((6, 1)))
    assert np.array_equal(
        sample_weights(small_expression(), factor_design(two_groups), nothing), np.ones(6)
    )


def test_quick_weights_equal_the_figures_of_limma(two_groups):
    y = small_expression()
    hat = two_groups @ np.linalg.pinv(two_groups)
    residuals = y - y @ hat
    sigma = np.sqrt((residuals**2).sum(axis=1) / 4)
    limma = [
        1.298304592379876,
        1.2556285928712,
        0.6406283574394709,
        0.6515927359961096,
        1.498913452054701,
        1.491351905306807,
    ]
    np.testing.assert_allclose(quick_weights(residuals, sigma, np.diag(hat)), limma, rtol=EXACT)


def test_quick_weights_leave_out_missing_residuals():
    residuals = np.array([[1.0, np.nan, np.nan], [2.0, 2.0, np.nan]])
    result = quick_weights(residuals, np.array([1.0, 2.0]), np.full(3, 0.5))
    np.testing.assert_allclose(result, [0.5, 0.5, np.nan])


def test_inputs_are_left_alone(two_groups):
    y, weights = with_gaps(small_expression()), small_weights()
    before = y.copy(), weights.copy(), two_groups.copy()
    for method in ("genebygene", "reml"):
        sample_weights(y, factor_design(two_groups), None, weights, method=method)
    for array, copy in zip((y, weights, two_groups), before, strict=True):
        np.testing.assert_array_equal(array, copy)
