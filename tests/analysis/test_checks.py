"""Checks of samples before an analysis."""

import numpy as np

from pylimma.analysis import checks


def test_outlying_samples_are_found_without_a_matrix_of_samples(monkeypatch):
    y = np.random.default_rng(3).normal(size=(300, 40)) + np.arange(300)[:, None] / 20
    whole = checks._loss_of_correlation(y)
    correlation = np.corrcoef(y.T)
    np.fill_diagonal(correlation, np.nan)
    np.testing.assert_allclose(whole[0], np.nanmedian(correlation, axis=1), rtol=1e-12)
    monkeypatch.setattr(checks, "_HELD_CORRELATIONS", 7 * 40)
    np.testing.assert_allclose(checks._loss_of_correlation(y)[0], whole[0], rtol=1e-12)
