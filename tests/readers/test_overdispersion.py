"""Overdispersion of mapping: known variances, and the resamples of three programs."""

import numpy as np
import pytest
from readers.made_up_runs import COUNTS, EFFECTIVE, LENGTH, NAMES, kallisto, rsem, salmon
from scipy.stats import f as f_distribution

import pylimma
from pylimma.errors import InputError, InputWarning
from pylimma.readers.overdispersion import index_of_dispersion, moderated_overdispersion

RNG = np.random.default_rng(2)
RESAMPLES = [RNG.negative_binomial(2, 0.05, (20, 4)).astype(float) for _ in COUNTS]
RESAMPLES[0][:, 2] = 0
for sample in RESAMPLES:
    sample[:, 3] = 0


RANDOM = np.random.default_rng(8)


@pytest.mark.parametrize("ratio", [1, 4])
def test_the_ratio_to_the_poisson_variance_is_found(ratio):
    mean = 50
    size = mean / (ratio - 1) if ratio > 1 else 1e8
    drawn = RANDOM.negative_binomial(size, size / (size + mean), (200, 300)).astype(float)
    statistic, df = index_of_dispersion(drawn)
    assert (df == 199).all()
    found = moderated_overdispersion(statistic, df)
    np.testing.assert_allclose(np.mean(statistic / df), ratio, rtol=0.05)
    np.testing.assert_allclose(np.mean(found.overdispersion), ratio, rtol=0.08)


def test_a_transcript_without_reads_gets_the_prior():
    drawn = RANDOM.negative_binomial(2, 0.05, (50, 20)).astype(float)
    drawn[:, 0] = 0
    found = moderated_overdispersion(*index_of_dispersion(drawn))
    assert found.overdispersion[0] == found.prior > 1


def test_no_resamples_mean_no_overdispersion():
    found = moderated_overdispersion(np.zeros(3), np.zeros(3))
    assert found.overdispersion.tolist() == [1, 1, 1]
    assert found.prior == 1


def test_values_below_poisson_become_one():
    found = moderated_overdispersion(np.full(5, 0.1), np.full(5, 99.0))
    assert (found.overdispersion == 1).all()


def expected():
    """Overdispersions transcript by transcript, as the paper defines them."""
    raw, df = [], []
    for transcript in range(4):
        total, n = 0.0, 0
        for values in RESAMPLES:
            drawn = values[:, transcript]
            if drawn.mean() > 0:
                total += ((drawn - drawn.mean()) ** 2 / drawn.mean()).sum()
                n += len(drawn) - 1
        raw.append(total / n if n else np.nan)
        df.append(n)
    seen = [k for k in range(4) if df[k]]
    centre = f_distribution.ppf(0.5, np.median([df[k] for k in seen]), 3)
    prior = max(1, np.median([raw[k] for k in seen]) / centre)
    shrunk = [
        max(1, (3 * prior + df[k] * raw[k]) / (3 + df[k])) if df[k] else prior for k in range(4)
    ]
    return shrunk, prior


def check(found):
    values, prior = expected()
    np.testing.assert_allclose(found.annotation["Overdispersion"], values, rtol=1e-12)
    np.testing.assert_allclose(found.overdispersion_prior, prior, rtol=1e-12)
    np.testing.assert_allclose(found.counts, np.column_stack(list(COUNTS.values())))
    assert found.counts.index.tolist() == NAMES
    assert found.annotation["Length"].tolist() == LENGTH.tolist()
    np.testing.assert_allclose(found.annotation["EffectiveLength"], EFFECTIVE["s1"])


def test_salmon_writes_its_resamples_one_after_the_other(tmp_path):
    found = pylimma.catch_salmon(salmon(tmp_path, RESAMPLES, "gibbs"))
    check(found)
    assert found.resample_type == "gibbs"


def test_kallisto_writes_a_data_set_for_each_resample(tmp_path):
    check(pylimma.catch_kallisto(kallisto(tmp_path, RESAMPLES, text=False)))


def test_rsem_writes_means_and_standard_deviations(tmp_path):
    spread = [(values.mean(axis=0), values.std(axis=0, ddof=1)) for values in RESAMPLES]
    check(pylimma.catch_rsem(rsem(tmp_path, spread), ngibbs=20))


def test_counts_are_divided_by_their_overdispersion(tmp_path):
    found = pylimma.catch_salmon(salmon(tmp_path, RESAMPLES))
    y = found.to_dge_list(group=["a", "b"])
    values = found.annotation["Overdispersion"].to_numpy()[:, None]
    np.testing.assert_allclose(y.counts * values, found.counts)
    assert y.genes.columns.tolist() == ["Length", "EffectiveLength", "Overdispersion"]


def test_without_resamples_overdispersions_are_one_with_a_warning(tmp_path):
    with pytest.warns(InputWarning, match="No sample has resamples"):
        found = pylimma.catch_salmon(salmon(tmp_path))
    assert (found.annotation["Overdispersion"] == 1).all()


def test_files_that_do_not_hold_what_they_announce_are_refused(tmp_path):
    runs = salmon(tmp_path, RESAMPLES)
    file = runs[0] / "aux_info" / "meta_info.json"
    file.write_text(file.read_text().replace("20", "21"))
    with pytest.raises(InputError, match="holds 80 values; 21 resamples of 4"):
        pylimma.catch_salmon(runs)
    with pytest.raises(InputError, match="run RSEM with `--calc-pme`"):
        pylimma.catch_rsem(rsem(tmp_path))
    (tmp_path / "x.h5").write_text("text")
    with pytest.raises(InputError, match="not a file in the hierarchical data format"):
        pylimma.catch_kallisto(tmp_path / "x.h5")
