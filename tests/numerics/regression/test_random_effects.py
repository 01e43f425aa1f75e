"""Random intercepts by REML: closed forms against dense matrices, and tests against the paper."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from pylimma.numerics.regression.random_effects.contrasts import (
    VarianceComponents,
    contrast_gradients,
    joint_df,
    joint_test,
    satterthwaite,
)
from pylimma.numerics.regression.random_effects.fit import random_effects_fit
from pylimma.numerics.regression.random_effects.one_factor import OneFactor
from pylimma.numerics.regression.random_effects.projections import project
from pylimma.numerics.regression.random_effects.several_factors import SeveralFactors

RNG = np.random.default_rng(7)
N, N_GENES = 18, 12
DONOR = np.repeat(range(6), 3)
BATCH = np.tile(range(3), 6)
DESIGN = np.column_stack([np.ones(N), DONOR % 2, RNG.normal(size=N)])
WEIGHTS = RNG.uniform(0.3, 3, (N_GENES, N))
Y = (
    RNG.normal(size=(N_GENES, N))
    + RNG.normal(size=(N_GENES, 6))[:, DONOR] * np.linspace(0.5, 2.5, N_GENES)[:, None]
    + RNG.normal(size=(N_GENES, 3))[:, BATCH] * 1.5
)
HOLES = np.where(RNG.random(Y.shape) < 0.15, np.nan, Y)
FACTORS = {"one": [DONOR], "two": [DONOR, BATCH]}


class Dense:
    """One gene by n × n matrices, straight from the model."""

    def __init__(self, y, weights, factors):
        kept = np.isfinite(y)
        self.y, self.x = y[kept], DESIGN[kept]
        self.noise = np.diag(1 / weights[kept])
        self.parts = [np.equal.outer(f[kept], f[kept]).astype(float) for f in factors]
        self.df = kept.sum() - DESIGN.shape[1]

    def at(self, ratios):
        v = self.noise + sum(r * a for r, a in zip(ratios, self.parts, strict=True))
        inverse = np.linalg.inv(v)
        c = np.linalg.inv(self.x.T @ inverse @ self.x)
        p = inverse - inverse @ self.x @ c @ self.x.T @ inverse
        return v, inverse, c, p

    def criterion(self, ratios):
        v, inverse, _, p = self.at(ratios)
        fixed = np.linalg.slogdet(self.x.T @ inverse @ self.x)[1]
        return np.linalg.slogdet(v)[1] + fixed + self.df * np.log(self.y @ p @ self.y)

    def best(self):
        starts = itertools.product([0.0, 0.3, 3.0], repeat=len(self.parts))
        bounds = [(0, None)] * len(self.parts)
        fits = [minimize(self.criterion, s, bounds=bounds, tol=1e-12) for s in starts]
        return min(fit.fun for fit in fits)


def genes(kind, y):
    fit = random_effects_fit(y, DESIGN, FACTORS[kind], WEIGHTS, 1)
    return fit, [Dense(*row, FACTORS[kind]) for row in zip(y, WEIGHTS, strict=True)]


def relative(fit, gene):
    return np.nan_to_num(fit.ratios[gene])


@pytest.mark.parametrize("y", [Y, HOLES], ids=["complete", "missing"])
@pytest.mark.parametrize("kind", FACTORS)
def test_ratios_are_stationary_and_no_worse_than_any_optimiser_finds(kind, y):
    fit, dense = genes(kind, y)
    for g, gene in enumerate(dense):
        ratios = relative(fit, g)
        assert gene.criterion(ratios) <= gene.best() + 1e-8
        p = gene.at(ratios)[3]
        for ratio, part in zip(ratios, gene.parts, strict=True):
            projected = p @ gene.y
            slope = np.trace(p @ part) - gene.df * (projected @ part @ projected) / (
                gene.y @ projected
            )
            assert slope > -1e-8
            assert abs(slope) < 1e-8 or ratio == 0


@pytest.mark.parametrize("y", [Y, HOLES], ids=["complete", "missing"])
@pytest.mark.parametrize("kind", FACTORS)
def test_estimates_are_generalised_least_squares_at_the_ratios(kind, y):
    fit, dense = genes(kind, y)
    first, second = np.tril_indices(3)
    for g, gene in enumerate(dense):
        ratios = relative(fit, g)
        _, inverse, c, p = gene.at(ratios)
        assert_allclose(fit.coefficients[g], c @ gene.x.T @ inverse @ gene.y, rtol=1e-9)
        assert_allclose(fit.covariance[g], c[first, second], rtol=1e-9, atol=1e-14)
        assert_allclose(fit.sigma[g] ** 2, gene.y @ p @ gene.y / gene.df, rtol=1e-10)
        noise = gene.noise @ p  # I - H on the scale of the data
        assert_allclose(fit.df_residual[g], np.trace(noise @ noise), rtol=1e-9)
        for part, found in zip([*gene.parts, gene.noise], fit.gradients[g], strict=True):
            turned = c @ gene.x.T @ inverse
            expected = turned @ part @ turned.T
            assert_allclose(found, expected[first, second], rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("kind", FACTORS)
def test_spread_is_twice_the_inverse_of_the_observed_information(kind):
    fit, dense = genes(kind, HOLES)
    for g, gene in enumerate(dense):
        ratios, s2 = relative(fit, g), fit.sigma[g] ** 2
        p = gene.at(ratios)[3]
        parts = [*gene.parts, gene.noise]
        used = [*np.flatnonzero(ratios > 0), len(ratios)]
        information = np.array(
            [
                [
                    -np.trace(p @ parts[a] @ p @ parts[b])
                    + 2 * gene.y @ p @ parts[a] @ p @ parts[b] @ p @ gene.y / s2
                    for a in used
                ]
                for b in used
            ]
        )
        expected = np.zeros((len(parts), len(parts)))
        expected[np.ix_(used, used)] = 2 * np.linalg.inv(information)
        assert_allclose(fit.spread[g], expected, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("kind", FACTORS)
def test_kenward_roger_is_the_formula_of_the_paper(kind):
    adjusted = random_effects_fit(HOLES, DESIGN, FACTORS[kind], WEIGHTS, 1, kenward_roger=True)
    first, second = np.tril_indices(3)
    for g, row in enumerate(zip(HOLES, WEIGHTS, strict=True)):
        gene, ratios, s2 = Dense(*row, FACTORS[kind]), relative(adjusted, g), adjusted.sigma[g] ** 2
        v, _, c, p = gene.at(ratios)
        sigma, phi, p = np.linalg.inv(s2 * v), s2 * c, p / s2
        used = [*np.flatnonzero(ratios > 0), len(ratios)]
        parts = [[*gene.parts, gene.noise][a] for a in used]
        information = [[0.5 * np.trace(p @ a @ p @ b) for a in parts] for b in parts]
        omega = np.linalg.inv(information)
        x = gene.x
        total = np.zeros((3, 3))
        for (i, a), (j, b) in itertools.product(enumerate(parts), repeat=2):
            pi_a = -x.T @ sigma @ a @ sigma @ x
            pi_b = -x.T @ sigma @ b @ sigma @ x
            q = x.T @ sigma @ a @ sigma @ b @ sigma @ x
            total += omega[i, j] * (q - pi_a @ phi @ pi_b)
        expected = (phi + 2 * phi @ total @ phi) / s2
        assert_allclose(adjusted.covariance[g], expected[first, second], rtol=1e-7, atol=1e-11)


def test_one_factor_is_several_of_which_there_is_one():
    data = project(HOLES, DESIGN, WEIGHTS)
    ratios = RNG.gamma(1, 1, (N_GENES, 1))
    closed, dense = OneFactor(data, DONOR), SeveralFactors(data, [DONOR])
    for of_one, of_several in (
        (closed.moments(ratios), dense.moments(ratios)),
        (closed.estimates(ratios), dense.estimates(ratios)),
    ):
        for name in of_one:
            assert_allclose(of_one[name], of_several[name], rtol=1e-9, atol=1e-11, err_msg=name)


def test_order_and_names_of_levels_do_not_matter():
    fit = random_effects_fit(HOLES, DESIGN, [DONOR, BATCH], WEIGHTS)
    other = random_effects_fit(HOLES, DESIGN, [BATCH, 5 - DONOR], WEIGHTS)
    assert_allclose(fit.coefficients, other.coefficients, rtol=1e-9)
    assert_allclose(fit.ratios, other.ratios[:, ::-1], rtol=1e-7)


def test_a_missing_sample_is_one_that_was_never_there():
    kept = np.arange(N) != 4
    y = np.where(kept, Y, np.nan)
    whole = random_effects_fit(y, DESIGN, [DONOR], WEIGHTS)
    less = random_effects_fit(Y[:, kept], DESIGN[kept], [DONOR[kept]], WEIGHTS[:, kept])
    none = random_effects_fit(Y, DESIGN, [DONOR], np.where(kept, WEIGHTS, 0.0))
    for name in whole:
        assert_allclose(whole[name], less[name], rtol=1e-9, atol=1e-12, err_msg=name)
        assert_allclose(whole[name], none[name], rtol=1e-9, atol=1e-12, err_msg=name)


def df_of(fit):
    """Degrees of freedom of the coefficients."""
    ones = np.column_stack([np.nan_to_num(fit.ratios), np.ones(len(fit.ratios))])
    parts = VarianceComponents(ones, fit.spread, fit.gradients)
    return satterthwaite(contrast_gradients(fit.gradients, np.eye(3)), parts)[1]


@pytest.mark.parametrize("kenward_roger", [False, True])
@pytest.mark.parametrize("kind", FACTORS)
@pytest.mark.parametrize("weight", [2.0**27, 2.0**-400, 2.0**400])
def test_scale_of_weights_and_data_only_changes_units(weight, kind, kenward_roger):
    factors = FACTORS[kind]
    fit = random_effects_fit(Y, DESIGN, factors, WEIGHTS, kenward_roger=kenward_roger)
    heavy = random_effects_fit(
        Y * 1e6, DESIGN, factors, WEIGHTS * weight, kenward_roger=kenward_roger
    )
    assert_allclose(heavy.coefficients, fit.coefficients * 1e6, rtol=1e-9)
    assert_allclose(heavy.ratios * weight, fit.ratios, rtol=1e-8)
    assert_allclose(heavy.sigma, fit.sigma * 1e6 * weight**0.5, rtol=1e-9)
    assert_allclose(heavy.covariance * weight, fit.covariance, rtol=1e-8)
    assert_allclose(heavy.df_residual, fit.df_residual, rtol=1e-8)
    assert_allclose(df_of(heavy), df_of(fit), rtol=1e-6)


@pytest.mark.parametrize("kenward_roger", [False, True])
@pytest.mark.parametrize("kind", FACTORS)
def test_genes_that_random_effects_fit_exactly_or_nearly_have_finite_answers(kind, kenward_roger):
    rng = np.random.default_rng(5)
    few = np.where(rng.random((200, N)) < 0.65, np.nan, rng.normal(size=(200, N)))
    alike = np.repeat(rng.normal(size=(20, 6)), 3, axis=1)
    wide = 10 ** rng.uniform(-12, 12, (220, N))
    for weights in (None, wide):
        y = np.vstack([few, alike])
        fit = random_effects_fit(y, DESIGN, FACTORS[kind], weights, kenward_roger=kenward_roger)
        known = np.isfinite(fit.sigma)
        assert known.any()
        diagonal = [k * (k + 1) // 2 + k for k in range(3)]
        assert (fit.covariance[known][:, diagonal] >= 0).all()
        assert np.isfinite(fit.spread[known]).all()


def test_without_variance_between_groups_it_is_ordinary_least_squares():
    within = Y - (Y @ np.equal.outer(DONOR, range(6)) / 3)[:, DONOR]
    fit = random_effects_fit(within, DESIGN, [DONOR])
    assert (fit.ratios == 0).all()
    expected = np.linalg.lstsq(DESIGN, within.T, rcond=None)[0].T
    assert_allclose(fit.coefficients, expected, atol=1e-12)
    assert_allclose(fit.df_residual, N - 3)
    ones = np.column_stack([fit.ratios, np.ones(N_GENES)])
    gradient = contrast_gradients(fit.gradients, np.eye(3))
    df = satterthwaite(gradient, VarianceComponents(ones, fit.spread, fit.gradients))[1]
    assert_allclose(df, N - 3)


def test_digits_survive_donors_that_explain_nearly_everything():
    y = Y + 1e5 * RNG.normal(size=(N_GENES, 6))[:, DONOR]
    fit = random_effects_fit(y, DESIGN[:, :2], [DONOR])
    assert (fit.ratios > 1e8).all()
    # balanced data: the residual variance is that within donors
    within = y.reshape(N_GENES, 6, 3).var(axis=2, ddof=1).mean(axis=1)
    assert_allclose(fit.sigma**2, within, rtol=1e-7)


def test_components_that_data_cannot_tell_are_none():
    alone = random_effects_fit(Y, DESIGN, [np.arange(N)])
    assert np.isnan(alone.ratios).all()
    assert not alone.identified.any()
    doubled = random_effects_fit(Y, DESIGN, [DONOR, 5 - DONOR])
    assert np.isnan(doubled.ratios[:, 1]).all()
    assert doubled.identified[:, 0].all()
    fixed = np.column_stack([DESIGN, np.equal.outer(DONOR, range(6))[:, 2:]])
    assert not random_effects_fit(Y, fixed, [DONOR]).identified.any()


def test_constant_and_empty_genes_have_their_answer():
    y = np.array([np.full(N, 3.0), np.full(N, np.nan), np.where(np.arange(N) < 2, Y[0], np.nan)])
    fit = random_effects_fit(y, DESIGN, [DONOR])
    assert fit.sigma[0] == 0
    assert fit.ratios[0, 0] == 0
    assert np.isnan(fit.coefficients[1:]).all()
    assert np.isnan(fit.sigma[1:]).all()


def test_results_do_not_depend_on_threads_or_neighbours():
    y, w = np.tile(HOLES, (40, 1)), np.tile(WEIGHTS, (40, 1))
    one = random_effects_fit(y, DESIGN, [DONOR, BATCH], w, 1)
    two = random_effects_fit(y, DESIGN, [DONOR, BATCH], w, 3)
    for name in one:
        assert np.array_equal(one[name], two[name], equal_nan=True)
        assert_allclose(one[name][:N_GENES], one[name][-N_GENES:], rtol=1e-12)


def test_an_f_test_of_one_contrast_is_its_squared_t():
    fit = random_effects_fit(Y, DESIGN, [DONOR], WEIGHTS)
    ones = np.column_stack([fit.ratios, np.ones(N_GENES)])
    parts = VarianceComponents(ones, fit.spread, fit.gradients)
    contrast = np.array([[0.0], [1], [-1]])
    variance, df = satterthwaite(contrast_gradients(fit.gradients, contrast), parts)
    estimate = fit.coefficients @ contrast
    f, df1, df2 = joint_test(parts, fit.covariance, estimate, contrast)
    assert df1 == 1
    assert_allclose(f, (estimate**2 / variance)[:, 0], rtol=1e-10)
    assert_allclose(df2, df[:, 0], rtol=1e-10)


def test_a_prior_moves_within_contrasts_and_leaves_pure_between_contrasts():
    design = np.column_stack([np.ones(N), DONOR % 2, BATCH == 1, BATCH == 2]).astype(float)
    fit = random_effects_fit(Y, design, [DONOR])
    fit = fit if (fit.ratios > 0).any() else pytest.fail("no gene has a variance")
    positive = fit.ratios[:, 0] > 0
    ones = np.column_stack([fit.ratios, np.ones(N_GENES)])
    parts = VarianceComponents(ones, fit.spread, fit.gradients)
    gradient = contrast_gradients(fit.gradients, np.eye(4))
    before, df = satterthwaite(gradient, parts)
    s2 = fit.sigma**2
    after, moderated = satterthwaite(gradient, parts.with_prior(s2, 0.7, np.full(N_GENES, 5.0)))
    assert_allclose(after[positive, 1], before[positive, 1], rtol=1e-8)
    assert_allclose(moderated[positive, 1], df[positive, 1], rtol=1e-8)
    squeezed = ((10 * s2 + 5 * 0.7) / 15)[positive]  # 10 df within donors
    share = (after / before)[positive, 2]
    assert_allclose(share * s2[positive], squeezed, rtol=1e-8)
    # their information adds up, on the scale of the estimate
    assert_allclose(moderated[positive, 2], (df[positive, 2] + 5) * share**2, rtol=1e-8)


def test_joint_degrees_of_freedom_are_those_of_equal_ones_and_the_least_where_unknown():
    assert_allclose(
        joint_df(np.array([[8.0, 8.0], [np.inf, np.inf], [1.5, 1.8]])), [8, np.inf, 1.5]
    )
    mixed = joint_df(np.array([[4.0, 12.0]]))
    total = 4 / 2 + 12 / 10
    assert_allclose(mixed, 2 * total / (total - 2))
