"""Background plus exponential signal: likelihoods, their maxima, and expected signals."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime, brentq
from scipy.stats import exponnorm, norm

from pylimma.numerics import normexp
from pylimma.numerics.normexp import fit_normexp, saddle_m2loglik
from pylimma.numerics.smoothing.kernel_density import kernel_density

RNG = np.random.default_rng(3)
X = 100 + 12 * RNG.normal(size=900) + RNG.exponential(150, 900)
PARAMETERS = [
    np.array([mu, math.log(sigma), math.log(alpha)])
    for mu, sigma, alpha in [
        (100, 12, 150),
        (90, 40, 30),
        (130, 1, 500),
        (60, 0.01, 9),
        (300, 90, 4),
    ]
]


def saddle_log_density(x, mu, sigma, alpha):
    """By a root of the derivative of the cumulant function, found numerically."""

    def slope(theta):
        return mu + sigma**2 * theta + alpha / (1 - alpha * theta) - x

    high = 1 / alpha * (1 - 1e-12)
    low = min(-1 / alpha, (x - mu - alpha) / sigma**2 - 1 / alpha)
    theta = brentq(slope, low, high, xtol=1e-300, rtol=1e-15, maxiter=500)
    w = 1 - alpha * theta
    k = mu * theta + sigma**2 * theta**2 / 2 - math.log(w)
    k2 = sigma**2 + alpha**2 / w**2
    k3, k4 = 2 * alpha**3 / w**3, 6 * alpha**4 / w**4
    correction = k4 / (8 * k2**2) - 5 * k3**2 / (24 * k2**3)
    return -0.5 * math.log(2 * math.pi * k2) - x * theta + k + correction


@pytest.mark.parametrize("par", PARAMETERS, ids=str)
def test_the_saddlepoint_density_is_that_of_its_definition(par):
    x = np.sort(X)[::25]
    expected = [saddle_log_density(value, par[0], *np.exp(par[1:])) for value in x]
    assert saddle_m2loglik(par, x) == pytest.approx(-2 * sum(expected), rel=1e-9)


def test_parameters_of_any_size_have_a_likelihood_or_are_avoided():
    x = np.sort(X)
    with np.errstate(all="ignore"):
        for log_sigma in (-310, -250, -40, 0, 40, 250, 310):
            for log_alpha in (-310, -40, 0, 40, 310):
                value = saddle_m2loglik(np.array([100.0, log_sigma, log_alpha]), x)
                assert not value < -1e6
    # a normal density where the signal vanishes beside the background
    wide = np.array([100.0, 30.0, -20.0])
    assert saddle_m2loglik(wide, x) == pytest.approx(-2 * norm.logpdf(x, 100, math.e**30).sum())


@pytest.mark.parametrize("alpha", [20.0, 150, 4000])
@pytest.mark.parametrize("sigma", [0.3, 5, 60])
def test_few_weighted_points_stand_for_all_values(sigma, alpha):
    x = np.sort(100 + sigma * RNG.normal(size=20000) + RNG.exponential(alpha, 20000))
    few = normexp.weighted_points(x, normexp.starting_values(x))
    checked = 0
    for _ in range(40):
        par = normexp.starting_values(x) + RNG.normal(size=3) * [sigma, 1, 1]
        if few.stand_for_all(par):
            value = saddle_m2loglik(par, few.points, few.weights)
            assert value == pytest.approx(saddle_m2loglik(par, x), rel=3e-14)
            checked += 1
    assert checked > 10
    if alpha > 10 * sigma:
        assert len(few.points) < len(x) / 2


@pytest.mark.parametrize(
    ("alpha", "par", "m2loglik", "fncount"),
    [
        (30, [100.2192556965707, 2.4464555726169, 3.3874622414641], 756.015037855488, 90),
        (150, [97.8109139310403, 1.9526758507183, 5.0186515693974], 970.417825386473, 90),
    ],
)
def test_the_search_takes_the_steps_of_r(alpha, par, m2loglik, fncount):
    k = np.arange(1, 81)
    x = 100 + 12 * norm.ppf((k - 0.5) / 80) - alpha * np.log(1 - k * 0.618 % 1)
    fit = fit_normexp(x, "saddle")
    np.testing.assert_allclose(fit.par, par, rtol=1e-9)
    assert fit.m2loglik == pytest.approx(m2loglik, rel=1e-12)
    assert (fit.fncount, fit.convergence) == (fncount, 0)


@pytest.mark.parametrize("par", PARAMETERS[:3], ids=str)
def test_the_exact_likelihood_is_the_convolution(par):
    mu, sigma, alpha = par[0], *np.exp(par[1:])
    x = X[:40]
    expected = exponnorm.logpdf(x, alpha / sigma, mu, sigma).sum()
    assert normexp._exact(par, x)[0] == pytest.approx(-2 * expected, rel=1e-10)
    value = x[0]
    integral = quad(
        lambda s: norm.pdf(value - s, mu, sigma) * math.exp(-s / alpha) / alpha,
        max(value - mu - 9 * sigma, 0),
        max(value - mu + 9 * sigma, 9 * sigma),
        limit=200,
    )[0]
    assert normexp._exact(par, x[:1])[0] == pytest.approx(-2 * math.log(integral), rel=1e-7)


@pytest.mark.parametrize("par", PARAMETERS[:3], ids=str)
def test_derivatives_of_the_exact_likelihood_are_those_of_differences(par):
    _, gradient, hessian = normexp._exact(par, X)
    step = 1e-6 * np.abs(par)
    np.testing.assert_allclose(
        approx_fprime(par, lambda p: normexp._exact(p, X)[0], step), gradient, rtol=1e-3, atol=0.1
    )
    for row in range(3):
        numeric = approx_fprime(par, lambda p, row=row: normexp._exact(p, X)[1][row], step)
        np.testing.assert_allclose(numeric, hessian[row], rtol=1e-3, atol=0.1)


def test_the_exact_fit_is_a_maximum_and_near_the_truth():
    fit = fit_normexp(X, "mle")
    _, gradient, hessian = normexp._exact(fit.par, X)
    assert abs(gradient @ np.linalg.solve(hessian, gradient)) < 1e-8
    assert np.linalg.eigvalsh(hessian).min() > 0
    assert fit.m2loglik <= normexp._exact(fit_normexp(X, "saddle").par, X)[0]
    np.testing.assert_allclose(fit.par, [100, math.log(12), math.log(150)], rtol=0.05)


def test_a_likelihood_that_grows_to_the_border_is_followed():
    x = 50 + RNG.exponential(100, 200)  # no background at all
    fit = fit_normexp(x, "mle")
    limit = 2 * len(x) * (math.log(x.mean() - x.min()) + 1)  # an exponential from the minimum on
    assert fit.m2loglik == pytest.approx(limit, rel=1e-6)
    assert fit.par[1] < -5


@pytest.mark.parametrize("deviations", [-3, 0, 2, 30])
@pytest.mark.parametrize("par", PARAMETERS[:3], ids=str)
def test_expected_signals_are_ratios_of_integrals(par, deviations):
    mu, sigma, alpha = par[0], *np.exp(par[1:])
    x = mu + deviations * sigma

    def log_joint(signal):
        return -(((x - mu - signal) / sigma) ** 2) / 2 - signal / alpha

    mode = max(x - mu - sigma**2 / alpha, 0)
    top, bottom = (
        quad(
            lambda s, power=power: s**power * math.exp(log_joint(s) - log_joint(mode)),
            max(mode - 12 * sigma, 0),
            mode + 12 * sigma,
            points=[mode],
            epsabs=0,
            epsrel=1e-11,
            limit=400,
        )[0]
        for power in (1, 0)
    )
    result = normexp.expected_signal(par, np.array([x]))[0]
    assert result == pytest.approx(top / bottom, rel=1e-8)


def test_expected_signals_far_below_the_background_stay_exact():
    par = np.array([0.0, 0.0, 20.0])
    depth = np.array([7.9999, 8.0001, 30.0, 1e4, 1e9])
    signal = normexp.expected_signal(par, -depth + math.exp(-20))
    assert signal[0] == pytest.approx(signal[1], rel=1e-3)
    # Mills' ratio: 1/x − 2/x³ + 10/x⁵ − 74/x⁷ + …
    far = depth[2:]
    series = 1 / far - 2 / far**3 + 10 / far**5 - 74 / far**7
    np.testing.assert_allclose(signal[2:], series, rtol=1e-7)


def test_signals_grow_with_intensities_and_missing_ones_stay():
    x = np.array([-1e9, -1e3, 0.0, 80, 99, 130, 1e6, np.nan])
    signal = normexp.expected_signal(PARAMETERS[0], x)
    assert np.isnan(signal[-1])
    assert (np.diff(signal[:-1]) > 0).all()
    assert (signal[:-1] > 0).all()


def test_modes_find_background_and_signal():
    x = 100 + 12 * RNG.normal(size=20000) + RNG.exponential(800, 20000)
    mu, log_sigma, log_alpha = fit_normexp(x, "rma75").par
    assert mu == pytest.approx(105, abs=15)
    assert math.exp(log_alpha) == pytest.approx(800, rel=0.1)
    assert fit_normexp(x, "rma").par[0] == pytest.approx(110, abs=25)
    assert 5 < math.exp(log_sigma) < 40


def test_the_epanechnikov_density_is_a_sum_of_parabolas():
    x = RNG.normal(size=80)
    density = kernel_density(x, 2**14, "epanechnikov")
    reach = density.bandwidth * math.sqrt(5)
    distance = (density.x[:, None] - x) / reach
    kernel = np.where(np.abs(distance) < 1, 0.75 * (1 - distance**2), 0) / reach
    np.testing.assert_allclose(density.y, kernel.mean(axis=1), atol=2e-5)


def test_a_constant_has_neither_spread_nor_signal():
    fit = fit_normexp(np.full(5, 7.0), "mle")
    assert fit.par.tolist() == [7, -np.inf, -np.inf]
    assert math.isnan(fit.m2loglik)


def test_quantiles_may_stand_for_the_values():
    fit = fit_normexp(X, "saddle", 50)
    quantiles = np.quantile(X, (np.arange(50) + 0.5) / 50, method="hazen")
    assert fit.m2loglik == pytest.approx(saddle_m2loglik(fit.par, quantiles), rel=1e-12)
    assert fit_normexp(X, "saddle", 3).m2loglik == fit_normexp(X, "saddle").m2loglik
