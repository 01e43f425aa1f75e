"""Gamma regression on a line, and the damped scoring behind it."""

import numpy as np
import pytest
from scipy.optimize import minimize

from pylimma.numerics.regression.gamma_regression import (
    Groups,
    Local,
    StoppingRule,
    damped_scoring,
    gamma_line,
)


def groups_of(covariate, count, total):
    """Groups of one gene."""
    return Groups(*(np.array([part], dtype=float).T for part in (covariate, count, total)))


def test_two_distinct_covariates_are_fitted_exactly():
    line = gamma_line(groups_of([0, 2], [3, 4], [6, 20]))
    np.testing.assert_allclose(line[:, 0], [2, 1.5], rtol=1e-14)


def test_equal_covariates_tell_no_slope():
    assert np.isnan(gamma_line(groups_of([2, 2], [3, 4], [6, 20]))).all()


def test_an_empty_group_changes_nothing():
    data = [0.0, 1.0, 2.5], [2, 3, 4], [1.0, 8.0, 19.0]
    padded = [0.0, 1.0, 2.5, 2.5], [2, 3, 4, 0], [1.0, 8.0, 19.0, 0.0]
    np.testing.assert_allclose(
        gamma_line(groups_of(*padded)), gamma_line(groups_of(*data)), rtol=1e-12
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_line_maximises_the_gamma_likelihood(seed):
    rng = np.random.default_rng(seed)
    covariate = np.sort(rng.uniform(0, 3, 6))
    count = rng.integers(6, 12, 6)  # so that no fitted mean is near zero
    total = (1 + 2 * covariate) * rng.chisquare(count)

    def minus_log_likelihood(line):
        mean = line[0] + line[1] * covariate
        if (mean <= 0).any():
            return np.inf
        return float((total / mean + count * np.log(mean)).sum())

    start = [total.sum() / count.sum(), 0.0]
    best = minimize(minus_log_likelihood, start, method="Nelder-Mead", options={"xatol": 1e-9})
    line = gamma_line(groups_of(covariate, count, total))[:, 0]
    # scoring stops once a step promises less than 1e-6 of the log likelihood
    assert minus_log_likelihood(line) <= best.fun + 2e-6
    np.testing.assert_allclose(line, best.x, atol=5e-3 * np.abs(best.x).max())


def rosenbrock(parameters, _):
    """Half the sum of squares of a curved valley with its end at (1, 1), by Gauss-Newton."""
    x, y = parameters
    first, second = 10 * (y - x**2), 1 - x
    score = -np.stack([-20 * x * first - second, 10 * first])
    information = np.stack([400 * x**2 + 1, -200 * x, np.full_like(x, 100.0)])
    return Local(0.5 * (first**2 + second**2), score, information)


def test_every_gene_reaches_the_end_of_a_curved_valley():
    start = np.array([[-1.2, 2.0, 0.0, 1.0], [1.0, -2.0, 0.0, 1.0]])
    path = damped_scoring(start, rosenbrock, StoppingRule(0.0, 1e-20, 500))
    np.testing.assert_allclose(path.parameters, 1.0, rtol=1e-8)


def test_the_objective_never_goes_up_between_the_last_two_points():
    start = np.random.default_rng(1).normal(size=(2, 30))
    for rounds in (1, 2, 5):
        path = damped_scoring(start, rosenbrock, StoppingRule(0.0, 1e-20, rounds))
        before = rosenbrock(path.penultimate, None).objective
        after = rosenbrock(path.parameters, None).objective
        assert (after < before).all()


def test_genes_do_not_depend_on_each_other():
    start = np.random.default_rng(2).normal(size=(2, 20))
    rule = StoppingRule(0.0, 1e-6, 21)
    whole = damped_scoring(start, rosenbrock, rule).parameters
    single = [damped_scoring(start[:, [g]], rosenbrock, rule).parameters[:, 0] for g in range(20)]
    np.testing.assert_array_equal(whole, np.transpose(single))


def test_a_gene_whose_objective_cannot_go_down_stays():
    def misleading(parameters, _):
        x, y = parameters
        ones = np.ones_like(x)
        return Local(x**2 + y**2, np.stack([x, y]), np.stack([ones, 0 * ones, ones]))

    start = np.array([[0.5, 2.0], [1.0, -3.0]])
    path = damped_scoring(start, misleading, StoppingRule(1e-15, 1e-6, 10))
    np.testing.assert_array_equal(path.parameters, start)
