"""Fits of two contrasts against one control."""

import numpy as np
import pandas as pd
import pytest

import pylimma

GROUPS = pd.get_dummies(pd.Series(list("aaaabbbbcccc")), dtype=float)


def two_contrasts(correlation, n_genes=3000, seed=61):
    """Two contrasts against one control, with true changes of a known correlation."""
    rng = np.random.default_rng(seed)
    covariance = [[1.0, correlation], [correlation, 1.0]]
    changes = rng.multivariate_normal([0, 0], covariance, size=n_genes)
    y = rng.normal(0, 0.5, size=(n_genes, 12))
    y[:, 4:8] += changes[:, [0]]
    y[:, 8:] += changes[:, [1]]
    fit = pylimma.contrasts_fit(pylimma.lm_fit(y, GROUPS), {"b": "b - a", "c": "c - a"})
    return pylimma.e_bayes(fit)


@pytest.fixture
def contrasts():
    return two_contrasts
