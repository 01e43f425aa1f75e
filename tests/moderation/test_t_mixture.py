from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from pylimma.moderation import t_mixture
from pylimma.moderation.t_mixture import tmixture_matrix, tmixture_vector
from pylimma.numerics.distributions.tails import t_log_two_sided, t_two_sided


@pytest.fixture
def tstat():
    return np.random.default_rng(4).standard_t(6, size=400) * 1.7


def one_gene_at_a_time(t, scale, df, proportion):
    """The matching of ranks with quantiles, spelled out."""
    t, n = np.sort(np.abs(t))[::-1], len(t)
    top = int(np.ceil(proportion / 2 * n))
    share = max(top / n, proportion)
    estimates = []
    for rank in range(1, top + 1):
        p_null = 2 * stats.t.sf(t[rank - 1], df)
        target = ((rank - 0.5) / n - (1 - share) * p_null) / share
        expected = stats.t.ppf(1 - target / 2, df) if target > p_null else t[rank - 1]
        estimates.append(scale**2 * ((t[rank - 1] / expected) ** 2 - 1))
    return np.mean(estimates)


@pytest.mark.parametrize("proportion", [0.001, 0.01, 0.2, 0.7])
def test_variance_matches_ranks_with_quantiles(tstat, proportion):
    expected = one_gene_at_a_time(tstat, 0.4, 6, proportion)
    assert_allclose(tmixture_vector(tstat, 0.4, 6, proportion), expected, rtol=1e-8)


def test_missing_statistics_count_as_absent(tstat):
    with_gaps = np.append(tstat, [np.nan, np.nan])
    assert tmixture_vector(with_gaps, 1.0, 6, 0.1) == tmixture_vector(tstat, 1.0, 6, 0.1)
    assert np.isnan(tmixture_vector([np.nan], 1.0, 6, 0.1))


def test_equal_tails_count_the_same_whatever_their_degrees_of_freedom(tstat):
    df = np.where(np.arange(400) % 2, 6.0, 30.0)
    moved = np.where(df == 6, stats.t.isf(stats.t.sf(np.abs(tstat), 6), 30), tstat)
    assert_allclose(
        tmixture_vector(tstat, 1.0, df, 0.1), tmixture_vector(moved, 1.0, 30, 0.1), rtol=1e-8
    )


def test_statistics_beyond_underflow_still_count():
    t = np.append(np.zeros(99), 1e30)
    v0 = tmixture_vector(t, 1.0, np.append(np.full(99, 40.0), 20.0), 0.01)
    assert np.isfinite(v0)
    assert v0 > 1e6


def test_limits_hold_for_every_gene(tstat):
    assert tmixture_vector(tstat, 1.0, 6, 0.1, v0_lim=(0.5, 0.5)) == 0.5


def test_columns_are_estimated_one_by_one(tstat):
    matrix = tstat.reshape(200, 2)
    expected = [tmixture_vector(matrix[:, k], 0.3, 6, 0.2) for k in range(2)]
    assert_allclose(tmixture_matrix(matrix, 0.3, 6, 0.2), expected)


def test_top_genes_on_unequal_df_are_those_of_all_tails():
    rng = np.random.default_rng(4)
    df = np.where(rng.random(3000) < 0.1, np.inf, rng.uniform(0.3, 40.0, 3000))
    size = np.abs(rng.standard_t(np.minimum(df, 1e6))) * rng.choice([1.0, 5.0], 3000)
    size[:5] = [0.0, np.inf, 1e150, 1e-200, 37.0]
    tails = t_log_two_sided(size, df)
    for n_top in (1, 30, 1500):
        expected = np.argsort(tails, kind="stable")[:n_top]
        np.testing.assert_array_equal(t_mixture._smallest_tails(size, df, n_top), expected)


def test_special_functions_are_called_as_often_for_many_coefficients_as_for_one(monkeypatch):
    calls = []

    def counted(*arguments):
        calls.append(1)
        return t_two_sided(*arguments)

    monkeypatch.setattr(t_mixture, "t_two_sided", counted)
    t = np.random.default_rng(1).standard_t(7, size=(300, 40)) * np.linspace(1, 3, 40)
    together = t_mixture.tmixture_matrix(t, np.full(t.shape, 0.5), 7, 0.2)
    assert len(calls) == 1
    alone = [t_mixture.tmixture_vector(column, 0.5, 7, 0.2) for column in t.T]
    np.testing.assert_allclose(together, alone, rtol=1e-14)
