"""Predicted changes against Bayes' rule, and against simulated truth."""

import numpy as np
import pytest
from scipy.stats import norm

import pylimma
from pylimma.errors import InputTypeError
from pylimma.moderation.gamma_intercept import gamma_intercept
from pylimma.statistics.pred_fcm import predicted_changes


@pytest.fixture
def data():
    """Changes with variance 1.5 over genes, their estimates, and posterior variances."""
    rng = np.random.default_rng(1)
    s2 = rng.uniform(0.5, 2, 4000)
    true = rng.normal(scale=np.sqrt(1.5), size=4000)
    return true, true + rng.normal(size=4000) * np.sqrt(0.4 * s2), s2


def test_predictions_come_nearer_to_the_truth_than_estimates(data):
    true, estimates, s2 = data
    predicted = predicted_changes(estimates, s2, 0.4)
    assert np.mean((predicted - true) ** 2) < 0.85 * np.mean((estimates - true) ** 2)
    assert np.polyfit(predicted, true, 1)[0] == pytest.approx(1, abs=0.05)


def test_with_few_genes_changing_predictions_are_posterior_means_by_bayes_rule(data):
    _, estimates, s2 = data
    prior = gamma_intercept(estimates**2, 0.4 * s2)
    changed = 0.3 * norm.pdf(estimates, scale=np.sqrt(prior + 0.4 * s2))
    same = 0.7 * norm.pdf(estimates, scale=np.sqrt(0.4 * s2))
    expected = estimates * prior / (prior + 0.4 * s2) * changed / (changed + same)
    found = predicted_changes(estimates, s2, 0.4, proportion=0.3)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_proportion_of_one_means_all_genes_change(data):
    _, estimates, s2 = data
    np.testing.assert_array_equal(
        predicted_changes(estimates, s2, 0.4, proportion=1.0), predicted_changes(estimates, s2, 0.4)
    )


def test_changes_within_the_noise_are_predicted_as_almost_none():
    s2 = np.linspace(0.9, 1.1, 30)
    predicted = predicted_changes(np.full(30, 0.3), s2, 0.4)
    assert (np.abs(predicted) < 1e-7).all()


def test_changes_proportional_to_variance_are_held_near_zero(data):
    _, estimates, s2 = data
    predicted = predicted_changes(estimates, s2, 0.4, variance_independent=False)
    np.testing.assert_allclose(predicted, estimates * 1e-8 / 0.4, rtol=1e-6)


def test_predicted_changes_shrink_towards_zero(contrasts):
    fit = contrasts(0.5, 400)
    predicted = pylimma.pred_fcm(fit, coef="c")
    estimate = fit["coefficients"][:, 1]
    assert (np.abs(predicted) < np.abs(estimate)).all()
    assert (np.sign(predicted) == np.sign(estimate)).all()
    some = pylimma.pred_fcm(fit, coef="c", all_de=False)
    assert (np.abs(some) <= np.abs(predicted) + 1e-12).all()


def test_predictions_need_a_fit():
    with pytest.raises(InputTypeError, match="needs a fit"):
        pylimma.pred_fcm(3)
