"""Genuine association: the likelihood against SciPy, simulations, and subsets of genes."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2, multivariate_t

import pylimma
from pylimma.errors import InputError, InputTypeError
from pylimma.statistics.genas import association

UNSCALED = np.array([[0.5, 0.25], [0.25, 0.4]])


def simulated(rng, n_genes, correlation, df=12.0):
    """Estimates whose true values have variances 1 and 2, variances, and degrees of freedom."""
    cross = correlation * np.sqrt(2)
    covariance = np.array([[1, cross], [cross, 2]]) + UNSCALED
    s2 = rng.uniform(0.5, 2, n_genes)
    noise = rng.multivariate_normal(np.zeros(2), covariance, n_genes)
    return noise * np.sqrt(s2 * df / rng.chisquare(df, n_genes))[:, None], s2, np.full(n_genes, df)


def minus_log_likelihood(covariance, coefficients, s2, df):
    """Bivariate t densities of the standardised estimates, gene by gene."""
    return -sum(
        multivariate_t.logpdf(b / np.sqrt(v), shape=covariance + UNSCALED, df=d)
        for b, v, d in zip(coefficients, s2, df, strict=True)
    )


def with_parameters(parameters):
    """Covariance of two log standard deviations and an inverse hyperbolic tangent."""
    first, second = np.exp(parameters[:2])
    cross = np.tanh(parameters[2]) * first * second
    return np.array([[first**2, cross], [cross, second**2]])


def test_the_covariance_maximises_the_likelihood_of_bivariate_t():
    coefficients, s2, df = simulated(np.random.default_rng(1), 60, 0.6)
    df[::3] = 5.0
    found = association(coefficients, s2, df, UNSCALED)
    data = coefficients, s2, df
    full = minimize(
        lambda p: minus_log_likelihood(with_parameters(p), *data), np.zeros(3), method="BFGS"
    )
    null = minimize(
        lambda p: minus_log_likelihood(with_parameters(np.append(p, 0.0)), *data),
        np.zeros(2),
        method="BFGS",
    )
    np.testing.assert_allclose(found.covariance_matrix, with_parameters(full.x), rtol=5e-3)
    assert found.biological_correlation == pytest.approx(np.tanh(full.x[2]), abs=2e-3)
    assert found.deviance == pytest.approx(2 * (null.fun - full.fun), abs=1e-4)
    assert found.p_value == pytest.approx(chi2.sf(found.deviance, 1), rel=1e-10)


def test_the_correlation_of_simulated_changes_is_recovered():
    found = association(*simulated(np.random.default_rng(2), 20_000, -0.5), UNSCALED)
    assert found.biological_correlation == pytest.approx(-0.5, abs=0.03)
    np.testing.assert_allclose(np.diag(found.covariance_matrix), [1, 2], rtol=0.06)


def test_the_test_keeps_its_size_where_only_the_design_correlates():
    rng = np.random.default_rng(3)
    p = [association(*simulated(rng, 150, 0.0), UNSCALED).p_value for _ in range(100)]
    assert 0 <= np.mean(np.array(p) < 0.1) <= 0.2
    assert np.mean(p) == pytest.approx(0.5, abs=0.12)


def test_infinite_degrees_of_freedom_are_the_limit_of_many():
    coefficients, s2, df = simulated(np.random.default_rng(4), 80, 0.4)
    infinite = association(coefficients, s2, df * np.inf, UNSCALED)
    many = association(coefficients, s2, df * 1e9, UNSCALED)
    assert infinite.deviance == pytest.approx(many.deviance, abs=1e-4)


def test_changes_within_the_noise_start_at_unit_variances():
    coefficients = np.full((10, 2), 1e-3)
    found = association(coefficients, np.ones(10), np.full(10, 8.0), UNSCALED)
    assert np.isfinite(found.deviance)
    assert (np.diag(found.covariance_matrix) < 0.1).all()


def test_order_of_genes_does_not_matter():
    coefficients, s2, df = simulated(np.random.default_rng(5), 90, 0.4)
    df[::2] = 7.0
    order = np.random.default_rng(6).permutation(90)
    found = association(coefficients, s2, df, UNSCALED)
    moved = association(coefficients[order], s2[order], df[order], UNSCALED)
    assert moved.deviance == pytest.approx(found.deviance, rel=1e-6)


@pytest.mark.parametrize("correlation", [-0.6, 0.0, 0.7])
def test_the_true_correlation_is_found_apart_from_that_of_the_design(correlation, contrasts):
    found = pylimma.genas(contrasts(correlation))
    assert found.biological_correlation == pytest.approx(correlation, abs=0.06)
    assert found.technical_correlation == pytest.approx(0.5)
    assert found.n == 3000
    assert (found.p_value < 0.001) == (correlation != 0)


@pytest.mark.parametrize("subset", ["Fpval", "p.union", "p.int", "logFC", "predFC"])
def test_a_subset_takes_some_of_the_genes(subset, contrasts):
    found = pylimma.genas(contrasts(0.5, 400), subset=subset)
    assert 0 < found.n < 400


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda fit: pylimma.genas(fit, subset="some"), InputError, "`subset` must be one of"),
        (lambda fit: pylimma.genas(fit[:, "b"]), InputError, "compares two coefficients"),
        (lambda _: pylimma.genas(3), InputTypeError, "needs a fit"),
    ],
)
def test_what_cannot_be_associated_is_refused(call, error, message, contrasts):
    with pytest.raises(error, match=message):
        call(contrasts(0.5, 50))
