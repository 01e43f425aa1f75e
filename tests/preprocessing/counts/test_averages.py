"""Averages of genes over samples and groups."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.optimize import minimize_scalar
from scipy.stats import nbinom

import pylimma
from pylimma.errors import InputError, UnknownNameError

RNG = np.random.default_rng(9)
COUNTS = pd.DataFrame(RNG.negative_binomial(3, 0.2, (25, 6)), columns=list("abcdef"))
GROUP = ["y", "x", "y", "x", "y", "x"]
LENGTH = RNG.integers(300, 3000, 25)


def most_likely_rate(y, size, dispersion):
    def loss(beta):
        mean = np.exp(beta) * size
        return -nbinom.logpmf(y, 1 / dispersion, 1 / (1 + dispersion * mean)).sum()

    return minimize_scalar(loss, bounds=(-20, 0), method="bounded", options={"xatol": 1e-10}).x


def test_cpm_by_group_maximizes_the_likelihood_in_each_group():
    sizes = COUNTS.sum().to_numpy(float)
    rates = pylimma.cpm_by_group(COUNTS, GROUP, 0.3)
    assert rates.columns.tolist() == ["x", "y"]
    for gene in range(5):
        for k, level in enumerate(["x", "y"]):
            members = np.array(GROUP) == level
            y = COUNTS.to_numpy()[gene, members]
            expected = np.exp(most_likely_rate(y, sizes[members], 0.3)) * 1e6
            np.testing.assert_allclose(rates.iloc[gene, k], expected, rtol=1e-6)


def test_without_dispersion_the_average_is_the_pooled_rate():
    rates = pylimma.cpm_by_group(COUNTS, dispersion=0)
    assert rates.columns.tolist() == ["AveCPM"]
    pooled = COUNTS.sum(axis=1) / COUNTS.sum().sum() * 1e6
    np.testing.assert_allclose(rates["AveCPM"], pooled)


def test_a_group_without_reads_has_none():
    counts = COUNTS.copy()
    counts.loc[0, ["b", "d", "f"]] = 0
    assert pylimma.cpm_by_group(counts, GROUP).loc[0, "x"] == 0


def test_a_dgelist_brings_groups_lengths_and_dispersions():
    y = pylimma.DGEList(COUNTS, group=GROUP, genes=pd.DataFrame({"Length": LENGTH}))
    y["common_dispersion"] = 0.4
    np.testing.assert_allclose(pylimma.cpm_by_group(y), pylimma.cpm_by_group(COUNTS, GROUP, 0.4))
    np.testing.assert_allclose(
        pylimma.rpkm_by_group(y), pylimma.rpkm_by_group(COUNTS, GROUP, LENGTH, 0.4)
    )
    np.testing.assert_allclose(pylimma.ave_log_cpm(y), pylimma.ave_log_cpm(COUNTS, dispersion=0.4))


def test_offsets_of_a_dgelist_serve_groups_but_not_the_average_over_all():
    offset = np.log(RNG.uniform(100, 200, COUNTS.shape))
    y = pylimma.DGEList({"counts": COUNTS, "offset": offset})
    np.testing.assert_allclose(pylimma.ave_log_cpm(y), pylimma.ave_log_cpm(COUNTS))
    np.testing.assert_allclose(
        pylimma.cpm_by_group(y, GROUP), pylimma.cpm_by_group(COUNTS, GROUP, offset=offset)
    )


@pytest.mark.parametrize("elements", [6, 10_000])
def test_sparse_counts_have_the_same_averages(elements, monkeypatch):
    monkeypatch.setattr("pylimma.preprocessing.counts.blocks._DENSE_ELEMENTS", elements)
    monkeypatch.setattr("pylimma.numerics.blocks.FEWEST_ROWS", 1)
    sparse, phi = sp.csr_array(COUNTS.to_numpy()), np.linspace(0.01, 1, 25)
    np.testing.assert_allclose(
        pylimma.ave_log_cpm(sparse, dispersion=phi), pylimma.ave_log_cpm(COUNTS, dispersion=phi)
    )
    np.testing.assert_allclose(
        pylimma.cpm_by_group(sparse, GROUP, phi, log=True),
        pylimma.cpm_by_group(COUNTS, GROUP, phi, log=True),
    )


def test_missing_dispersions_are_the_mean_of_the_others_and_no_reads_an_equal_share():
    phi = np.full(25, 0.2)
    phi[3] = np.nan
    np.testing.assert_allclose(
        pylimma.ave_log_cpm(COUNTS, dispersion=phi), pylimma.ave_log_cpm(COUNTS, dispersion=0.2)
    )
    none = pylimma.ave_log_cpm(np.zeros((4, 3)))
    np.testing.assert_allclose(none, np.log2(1e6 / 4))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pylimma.ave_log_cpm(COUNTS, dispersion=-1), InputError, "`dispersion` must be"),
        (lambda: pylimma.cpm_by_group(COUNTS, dispersion=np.nan), InputError, "must be known"),
        (lambda: pylimma.ave_log_cpm(COUNTS, weights=[1, 2]), InputError, "`weights` has shape"),
        (lambda: pylimma.rpkm_by_group(COUNTS), UnknownNameError, "`gene_length`"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
