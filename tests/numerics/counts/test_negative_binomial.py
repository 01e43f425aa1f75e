import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from small_counts import patterned_counts, random_counts

from pylimma.numerics.counts.negative_binomial import ave_log_cpm, cpm_by_group, log_rate
from pylimma.numerics.counts.rates import library_sizes, log_cpm

EXACT = 1e-12  # a few roundings
CONVERGED = 1e-9  # steps end below 1e-10


def minus_log_likelihood(beta, y, size, phi, weights):
    mean = np.exp(beta) * size
    n = 1 / phi
    return -np.sum(weights * stats.nbinom.logpmf(y, n, n / (n + mean)))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_log_rates_maximize_the_likelihood(seed):
    rng = np.random.default_rng(seed)
    y = random_counts(rng, 3, 6) + np.eye(3, 6, dtype=int)
    size = rng.uniform(50, 500, (3, 6))
    phi = rng.uniform(0.05, 1, (3, 6))
    weights = rng.uniform(0.1, 2, (3, 6))
    for beta, *gene in zip(log_rate(y, size, phi, weights), y, size, phi, weights, strict=True):
        best = optimize.minimize_scalar(
            minus_log_likelihood, args=tuple(gene), bracket=(beta - 1, beta + 1), tol=1e-12
        )
        assert beta == pytest.approx(best.x, abs=1e-6)
        assert minus_log_likelihood(beta, *gene) <= best.fun * (1 + EXACT)


def test_without_dispersion_the_rate_is_pooled_over_samples():
    y = random_counts(np.random.default_rng(1), 20, 5) + 1
    size = library_sizes(y)
    pooled = np.log(y.sum(axis=1) / size.sum())
    np.testing.assert_allclose(log_rate(y, size, 0.0), pooled, rtol=CONVERGED)


def test_with_equal_libraries_the_rate_is_the_mean_whatever_the_dispersion():
    y = random_counts(np.random.default_rng(2), 20, 5) + 1
    expected = np.log(y.mean(axis=1) / 1000)
    for phi in (0.0, 0.1, 5.0):
        np.testing.assert_allclose(log_rate(y, np.full(5, 1000.0), phi), expected, rtol=CONVERGED)


def test_a_gene_without_counts_has_rate_zero():
    y = np.array([[0, 0, 0], [1, 0, 2]])
    rates = log_rate(y, np.array([10.0, 20.0, 30.0]))
    assert np.isneginf(rates[0])
    assert np.isfinite(rates[1])
    unweighted = log_rate(y, np.array([10.0, 20.0, 30.0]), 0.05, np.array([[1.0, 1, 1], [0, 1, 0]]))
    assert np.isneginf(unweighted).all()


def test_genes_are_fitted_independently_and_common_values_may_be_repeated():
    rng = np.random.default_rng(3)
    y = random_counts(rng, 50, 4)
    size, phi = library_sizes(y), rng.uniform(0, 0.5, 50)
    together = log_rate(y, size, phi)
    alone = [log_rate(y[[g]], size, phi[[g]])[0] for g in range(50)]
    np.testing.assert_allclose(together, alone, rtol=EXACT)
    repeated = log_rate(
        y, np.tile(size, (50, 1)), np.repeat(phi[:, None], 4, axis=1), np.ones(y.shape)
    )
    np.testing.assert_allclose(repeated, together, rtol=EXACT)


@pytest.mark.parametrize(
    ("options", "edger"),
    [
        ({}, [14.441659930329649, 15.061231738140021, 14.513800011173689, 14.132484962819204]),
        (
            {"dispersion": 0.0},
            [14.493871243041406, 15.07883374376256, 14.415868731040131, 14.053298651655423],
        ),
        (
            {"dispersion": np.arange(1, 41) / 20, "prior_count": 0.3},
            [14.166652053790985, 14.88325233507949, 14.326984875998718, 13.89072099706774],
        ),
        (
            {"weights": 0.5 + (np.outer(np.arange(1, 41), np.arange(1, 5)) % 7) / 4},
            [14.554345836296006, 14.955209701857537, 14.669096629854074, 14.041482350338075],
        ),
    ],
)
def test_average_log_cpm_equals_the_figures_of_edger(options, edger):
    counts = patterned_counts()
    result = ave_log_cpm(counts, library_sizes(counts), **options)
    np.testing.assert_allclose(result[:4], edger, rtol=CONVERGED)


def test_average_log_cpm_of_one_sample_is_its_log_cpm():
    counts = patterned_counts()[:, :1]
    size = library_sizes(counts)
    np.testing.assert_allclose(
        ave_log_cpm(counts, size), log_cpm(counts, size)[:, 0], rtol=CONVERGED
    )


def test_prior_counts_and_sizes_of_each_gene_are_used_for_each_gene():
    counts = patterned_counts()
    size, prior = library_sizes(counts), np.linspace(0.2, 3, 40)
    result = ave_log_cpm(counts, np.tile(size, (40, 1)), prior)
    alone = [ave_log_cpm(counts[[g]], size, prior[g])[0] for g in range(40)]
    np.testing.assert_allclose(result, alone, rtol=EXACT)


def test_a_missing_dispersion_is_replaced_by_the_mean_of_the_others():
    counts = patterned_counts()
    dispersion = np.linspace(0.1, 0.5, 40)
    dispersion[7] = np.nan
    filled = np.where(np.isnan(dispersion), np.nanmean(dispersion), dispersion)
    size = library_sizes(counts)
    assert np.array_equal(
        ave_log_cpm(counts, size, dispersion=dispersion),
        ave_log_cpm(counts, size, dispersion=filled),
    )


def test_the_default_stands_in_where_all_dispersions_are_missing():
    counts = patterned_counts()
    size = library_sizes(counts)
    assert np.array_equal(ave_log_cpm(counts, size, dispersion=np.nan), ave_log_cpm(counts, size))


def test_without_any_reads_all_genes_share_the_million():
    result = ave_log_cpm(np.zeros((3, 2), dtype=int), np.zeros(2))
    np.testing.assert_allclose(np.exp2(result), 1e6 / 3, rtol=EXACT)


def test_cpm_by_group_equals_the_figures_of_edger():
    counts = patterned_counts()
    size, group = library_sizes(counts), np.array([0, 1, 0, 1])
    rates = cpm_by_group(counts, size, group, 0.2)[:3]
    edger = [
        [12568.566330811622, 20481.811970706687],
        [31360.686049685475, 27863.857574567093],
        [15508.416876919066, 24063.826111930433],
    ]
    np.testing.assert_allclose(rates, edger, rtol=CONVERGED)
    logs = cpm_by_group(counts, size, group, 0.2, log=True)[:3]
    edger = [
        [14.050647644366006, 14.614054398246084],
        [15.134608448359259, 14.981966437487895],
        [14.331468110090723, 14.81915940966878],
    ]
    np.testing.assert_allclose(logs, edger, rtol=CONVERGED)


def test_each_group_is_estimated_from_its_own_samples():
    rng = np.random.default_rng(5)
    counts, group = random_counts(rng, 30, 6), np.array([1, 0, 1, 1, 0, 1])
    counts[0, group == 0] = 0
    size, phi = library_sizes(counts), rng.uniform(0, 0.5, (30, 6))
    rates = cpm_by_group(counts, size, group, phi)
    for number in (0, 1):
        of = group == number
        alone = np.exp(log_rate(counts[:, of], size[of], phi[:, of])) * 1e6
        np.testing.assert_allclose(rates[:, number], alone, rtol=EXACT)
    assert rates[0, 0] == 0
