import numpy as np
import pytest
from scipy.optimize import minimize

from pylimma.numerics.regression.gamma_regression import Groups, gamma_line


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
