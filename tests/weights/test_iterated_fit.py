"""Two rounds of trend, sample weights and correlation."""

import numpy as np
import pytest

from pylimma.fit.model import parse_blocks
from pylimma.numerics.precision.variance_trend import VarianceTrend
from pylimma.numerics.regression.least_squares import LinearFit
from pylimma.numerics.regression.linalg import factor_design
from pylimma.weights import iterated_fit as rounds

ONES = np.ones((3, 4))


def fit_of(df_residual):
    ones = np.ones((3, 1))
    return LinearFit(ones, ones, np.ones(3), np.full(3, df_residual))


def blocks_of(labels):
    return parse_blocks(labels, 4, None)


class Recorder:
    """A model that remembers what it was asked to fit."""

    def __init__(self):
        self.design = factor_design(np.ones((4, 1)))
        self.observed = ONES
        self.fits = []
        self.n_jobs = None

    def fit(self, weights, blocks, **_):
        found = (None, 0.0) if blocks is None else (blocks.labels, blocks.correlation)
        self.fits.append((None if weights is None else weights.copy(), *found))
        return fit_of(df_residual=3.0)

    def trend(self, _):
        return VarianceTrend(*np.ones((4, 2)))

    def weights(self, *_):
        return 2 * ONES


@pytest.fixture
def model():
    return Recorder()


@pytest.fixture
def correlations(monkeypatch):
    """Correlations that are found one after the other, and the weights they are found with."""
    queue, seen = [0.4, 0.5], []

    def estimate(_, __, weights):
        seen.append(weights.copy())
        return queue.pop(0)

    monkeypatch.setattr(rounds, "_correlation", estimate)
    return queue, seen


def test_without_blocks_and_sample_weights_there_is_one_round(model):
    found = rounds.iterate_fit(model, prior=3 * ONES)
    (first, final) = model.fits
    np.testing.assert_array_equal(first[0], 3 * ONES)
    np.testing.assert_array_equal(final[0], 6 * ONES)
    assert found.first_trend is None
    assert found.sample_weights is None


def test_weights_stored_with_the_data_are_no_factor_of_the_last(model):
    rounds.iterate_fit(model, start=5 * ONES)
    np.testing.assert_array_equal(model.fits[0][0], 5 * ONES)
    np.testing.assert_array_equal(model.fits[1][0], 2 * ONES)


def test_sample_weights_of_the_first_round_are_those_of_the_second_fit(model):
    given = [np.array([1.0, 2, 3, 4]), np.array([4.0, 3, 2, 1])]
    found = rounds.iterate_fit(model, quality=lambda _: given.pop(0))
    assert model.fits[0][0] is None
    np.testing.assert_array_equal(model.fits[1][0], [1, 2, 3, 4])
    np.testing.assert_array_equal(model.fits[2][0], 2 * ONES * [4, 3, 2, 1])
    np.testing.assert_array_equal(found.sample_weights, [4, 3, 2, 1])


def test_correlations_are_found_with_sample_weights_and_used_from_the_second_fit_on(
    model, correlations
):
    block = np.array(list("aabb"))
    rounds.iterate_fit(model, blocks_of(block), quality=lambda _: np.array([1.0, 2, 3, 4]))
    assert [fit[1:] for fit in model.fits] == [(None, 0.0), (block, 0.4), (block, 0.5)]
    for weights in correlations[1]:
        np.testing.assert_array_equal(weights, 2 * ONES * [1, 2, 3, 4])


def test_a_first_correlation_of_zero_is_final(model, correlations):
    correlations[0][:] = [0.0]
    block = np.array(list("aabb"))
    rounds.iterate_fit(model, blocks_of(block))
    assert [fit[1:] for fit in model.fits] == [(None, 0.0), (block, 0.0)]


def test_a_first_correlation_of_zero_leaves_the_second_round_to_sample_weights(model, correlations):
    correlations[0][:] = [0.0]
    block = np.array(list("aabb"))
    rounds.iterate_fit(model, blocks_of(block), quality=lambda _: np.ones(4))
    assert [fit[1:] for fit in model.fits] == [(None, 0.0), (None, 0.0), (block, 0.0)]


def test_without_replication_the_first_fit_is_all(model):
    model.fit = lambda *_: fit_of(df_residual=0.0)
    found = rounds.iterate_fit(model, quality=lambda _: np.ones(4))
    assert list(found) == ["fit"]
