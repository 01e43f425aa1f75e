from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from pylimma.numerics import moderated_tests
from pylimma.numerics.moderated_tests import correlation_of, f_statistic, whitening


def all_pairs(n_groups):
    """Contrasts of all pairs of groups, and their covariance for groups of three samples."""
    first, second = np.triu_indices(n_groups, 1)
    contrasts = np.zeros((n_groups, first.size))
    contrasts[first, range(first.size)], contrasts[second, range(first.size)] = 1, -1
    return contrasts, contrasts.T @ contrasts / 3


def test_f_of_many_dependent_contrasts_is_that_of_independent_ones(monkeypatch):
    def forbidden(_):
        raise AssertionError("eigenvectors of a matrix of all contrasts")

    contrasts, covariance = all_pairs(12)
    means = np.random.default_rng(1).normal(size=(50, 12))
    t = means @ contrasts / np.sqrt(np.diag(covariance))
    monkeypatch.setattr(np.linalg, "eigh", forbidden)
    f, rank = f_statistic(t, whitening(correlation_of(covariance), 11))
    between = 3 * (means - means.mean(axis=1, keepdims=True)) ** 2
    assert rank == 11
    assert_allclose(f, between.sum(axis=1) / 11, rtol=1e-12)


def test_whitening_by_cholesky_factors_is_that_by_eigenvectors():
    _, covariance = all_pairs(10)
    correlation = correlation_of(covariance)
    few, all_of_them = moderated_tests._whitening_of_many(correlation, 9), whitening(correlation)
    assert few.shape == all_of_them.shape == (45, 9)
    assert_allclose(few @ few.T, all_of_them @ all_of_them.T, atol=1e-13)
