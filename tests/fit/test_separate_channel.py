"""Single channels of two-colour arrays."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import pylimma
from pylimma.errors import InputError, InputTypeError, InputWarning, ShapeError
from pylimma.fit.separate_channel import intraspot_correlations, two_variance_regression

DESIGN = pd.DataFrame({"a": [1, 0] * 3 + [0, 1] * 3, "b": [0, 1] * 3 + [1, 0] * 3}, dtype=float)


def arrays(rho, n_genes=1500, seed=71):
    """Both channels of six arrays, correlated within a spot."""
    rng = np.random.default_rng(seed)
    spot = rng.normal(size=(n_genes, 6))
    green, red = (
        np.sqrt(rho) * spot + np.sqrt(1 - rho) * rng.normal(size=(n_genes, 6)) for _ in range(2)
    )
    return pylimma.MAList(M=red - green, A=(red + green) / 2), green, red


def test_the_correlation_of_the_channels_is_found():
    found = pylimma.intraspot_correlation(arrays(0.6)[0], DESIGN)
    assert found.consensus_correlation == pytest.approx(0.6, abs=0.05)
    assert found.df.shape == (1500, 2)


def test_without_correlation_channels_are_samples():
    data, green, red = arrays(0.3, 20)
    fit = pylimma.lmsc_fit(data, DESIGN, 0.0)
    channels = np.empty((20, 12))
    channels[:, ::2], channels[:, 1::2] = green, red
    plain = pylimma.lm_fit(channels, DESIGN)
    np.testing.assert_allclose(fit["coefficients"], plain["coefficients"])
    np.testing.assert_allclose(fit["sigma"], plain["sigma"])
    assert list(fit.col_names) == ["a", "b"]


def test_with_correlation_the_fit_is_generalised_least_squares():
    data, green, red = arrays(0.3, 20)
    channels = np.empty((20, 12))
    channels[:, ::2], channels[:, 1::2] = green, red
    fit = pylimma.lmsc_fit(data, DESIGN, 0.4)
    plain = pylimma.lm_fit(channels, DESIGN, block=np.repeat(np.arange(6), 2), correlation=0.4)
    np.testing.assert_allclose(fit["coefficients"], plain["coefficients"])
    np.testing.assert_allclose(fit["sigma"], plain["sigma"])
    np.testing.assert_allclose(fit["stdev_unscaled"], plain["stdev_unscaled"])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: pylimma.lmsc_fit(x["M"], DESIGN, 0.1), InputTypeError, "needs an MAList"),
        (lambda x: pylimma.lmsc_fit(x, DESIGN[:6], 0.1), ShapeError, "two rows for each of 6"),
        (lambda x: pylimma.lmsc_fit(x, DESIGN, 1.0), InputError, "between -1 and 1"),
        (lambda x: pylimma.intraspot_correlation(x, DESIGN, trim=2), InputError, "between 0 and"),
        (
            lambda x: pylimma.lmsc_fit(x.replace(M=x["M"] * np.nan), DESIGN, 0.1),
            InputError,
            "complete data",
        ),
    ],
)
def test_what_cannot_be_fitted_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(arrays(0.5, 10)[0])


def test_weights_are_not_used():
    data = arrays(0.5, 10)[0]
    with pytest.warns(InputWarning, match="does not use weights"):
        pylimma.lmsc_fit(data.replace(weights=np.ones((10, 6))), DESIGN, 0.1)


def restricted_deviance(log_variances, y, x, group):
    """Minus twice the REML log likelihood, up to a constant."""
    precision = np.exp(-np.asarray(log_variances))[group]
    information = x.T @ (precision[:, None] * x)
    residuals = y - x @ np.linalg.solve(information, x.T @ (precision * y))
    return precision @ residuals**2 - np.log(precision).sum() + np.linalg.slogdet(information)[1]


@pytest.fixture
def designs():
    """Two-colour experiment of eight arrays on four samples, as differences and means."""
    first = np.eye(4)[[0, 1, 2, 3, 0, 2, 1, 3]]
    second = np.eye(4)[[1, 2, 3, 0, 2, 0, 3, 1]]
    return second - first, (first + second) / 2


def test_variances_maximise_the_restricted_likelihood(designs):
    rng = np.random.default_rng(1)
    y = rng.normal(size=(6, 8)), 0.4 * rng.normal(size=(6, 8)) + 7
    fit = two_variance_regression(y, designs)
    x, group = np.concatenate(designs), np.repeat([0, 1], 8)
    for gene in range(6):
        values = np.concatenate([part[gene] for part in y])
        best = minimize(
            restricted_deviance,
            [-0.5, -1.5],
            args=(values, x, group),
            method="BFGS",
        )
        # scoring stops once a step promises less than 1e-5
        found = restricted_deviance(fit.log_variances[gene], values, x, group)
        assert found <= best.fun + 2e-5
        np.testing.assert_allclose(fit.log_variances[gene], best.x, atol=5e-3)


def test_degrees_of_freedom_are_what_the_leverages_leave(designs):
    rng = np.random.default_rng(2)
    y = rng.normal(size=(5, 8)), rng.normal(size=(5, 8))
    fit = two_variance_regression(y, designs)
    np.testing.assert_allclose(fit.df.sum(axis=1), 16 - 4, rtol=1e-12)
    x, group = np.concatenate(designs), np.repeat([0, 1], 8)
    precision = np.exp(-fit.log_variances[0])[group]
    half = np.sqrt(precision)[:, None] * x
    leverage = np.einsum("si,ij,sj->s", half, np.linalg.inv(half.T @ half), half)
    # leverages are those before the last, small step
    np.testing.assert_allclose(
        fit.df[0], [8 - leverage[:8].sum(), 8 - leverage[8:].sum()], atol=0.01
    )


def test_the_intraspot_correlation_of_simulated_channels_is_recovered(designs):
    rng = np.random.default_rng(3)
    common, own = rng.normal(size=(4000, 8)), rng.normal(size=(2, 4000, 8))
    first, second = np.sqrt(0.8) * common + np.sqrt(0.2) * own
    fit = two_variance_regression((second - first, (first + second) / 2), designs)
    z, adjustment = intraspot_correlations(fit)
    # the mean of a log variance falls short by the digamma term of its degrees of freedom
    assert np.mean(z + adjustment / 2) == pytest.approx(np.arctanh(0.8), abs=0.015)


def test_correlations_agree_with_limmas_figures():
    differences = np.array([[0.3, -1.2, 0.8, 0.1, -0.5, 1.4], [1.1, 0.2, -0.7, 0.4, 0.9, -0.3]])
    means = np.array([[7.1, 6.4, 8.2, 7.7, 6.9, 7.4], [9.3, 9.1, 8.8, 9.9, 9.0, 9.6]])
    first = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    second = np.eye(3)[[1, 2, 0, 2, 0, 1]]
    fit = two_variance_regression((differences, means), (second - first, (first + second) / 2))
    z, _ = intraspot_correlations(fit)
    np.testing.assert_allclose(z, [1.390860862581373, 0.175953557368357], rtol=1e-10)
    df = [[4.040458230241583, 4.959541769758417], [4.380151376940775, 4.619848623059225]]
    np.testing.assert_allclose(fit.df, df, rtol=1e-10)


def test_genes_that_cannot_be_estimated_are_nan_and_leave_the_others_alone(designs):
    rng = np.random.default_rng(4)
    y = rng.normal(size=(4, 8)), rng.normal(size=(4, 8))
    expected = two_variance_regression(y, designs)
    y[0][1, 2] = np.nan
    y[0][3], y[1][3] = 0.0, 0.0
    fit = two_variance_regression(y, designs)
    assert np.isnan(fit.log_variances[[1, 3]]).all()
    assert np.isnan(fit.df[[1, 3]]).all()
    np.testing.assert_allclose(fit.log_variances[::2], expected.log_variances[::2], rtol=1e-9)
