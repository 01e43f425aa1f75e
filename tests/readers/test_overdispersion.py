"""Overdispersion of mapping: known variances, and the resamples of three programs."""

import gzip

import h5py
import numpy as np
import pytest
from readers.made_up_runs import (
    COUNTS,
    EFFECTIVE,
    LENGTH,
    NAMES,
    kallisto,
    oarfish,
    rsem,
    salmon,
    table,
)
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


def test_kallisto_without_binary_files_writes_a_table_for_each_resample(tmp_path):
    runs = kallisto(tmp_path)
    for run, drawn in zip(runs, RESAMPLES, strict=True):
        for k, values in enumerate(drawn):
            order = [2, 0, 3, 1]  # in another order than the estimates
            columns = {"target_id": [NAMES[i] for i in order], "est_counts": values[order]}
            (run / f"bs_abundance_{k}.tsv").write_text(table(columns))
    check(pylimma.catch_kallisto(runs))


def test_oarfish_writes_a_column_for_each_resample(tmp_path):
    found = pylimma.catch_oarfish(oarfish(tmp_path, RESAMPLES))
    values, prior = expected()
    np.testing.assert_allclose(found.annotation["Overdispersion"], values, rtol=1e-12)
    np.testing.assert_allclose(found.overdispersion_prior, prior, rtol=1e-12)
    assert found.annotation["EffectiveLength"].tolist() == LENGTH.tolist()
    assert found.resample_type == "bootstrap"
    by_folder = pylimma.catch_oarfish(["s1", "s2.quant"], tmp_path)
    np.testing.assert_array_equal(by_folder.counts, found.counts)


@pytest.mark.parametrize("folder", ["aux_info", "aux", "other"])
def test_the_folder_of_salmon_may_have_other_names(tmp_path, folder):
    runs = salmon(tmp_path, RESAMPLES)
    for run in runs:
        (run / "aux_info").rename(run / folder)
        if folder == "other":
            (run / "cmd_info.json").write_text('{"auxDir": "other"}')
    check(pylimma.catch_salmon(runs))


def with_names(run, names, values, dtype="<f8"):
    place = run / "aux_info" / "bootstrap"
    (place / "names.tsv.gz").write_bytes(gzip.compress(("\t".join(names) + "\n").encode()))
    content = np.asarray(values).astype(dtype).tobytes()
    (place / "bootstraps.gz").write_bytes(gzip.compress(content))


@pytest.mark.parametrize("dtype", ["<f8", "<i4"])
def test_resamples_of_salmon_are_matched_by_their_names(tmp_path, dtype):
    runs = salmon(tmp_path, RESAMPLES)
    order = [3, 1, 0, 2]
    for run, drawn in zip(runs, RESAMPLES, strict=True):
        with_names(run, [NAMES[k] for k in order], drawn[:, order], dtype)
    check(pylimma.catch_salmon(runs))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([*NAMES, "decoy"], r"has resamples of 5 transcripts; the table of estimates has 4"),
        ([*NAMES[:3], "decoy"], r"1 of 4 are not in it, such as 'tC1\.1'"),
        ([*NAMES[:3], NAMES[0]], r"1 of 4 are not in it"),
    ],
)
def test_resamples_of_other_transcripts_are_refused(tmp_path, names, message):
    runs = salmon(tmp_path, RESAMPLES)
    with_names(runs[0], names, np.ones((20, len(names))))
    with pytest.raises(InputError, match=message):
        pylimma.catch_salmon(runs)


def test_samples_in_another_order_keep_their_own_resamples(tmp_path):
    runs = salmon(tmp_path, RESAMPLES)
    file = runs[1] / "quant.sf"
    header, *rows = file.read_text().splitlines()
    file.write_text("\n".join([header, *rows[::-1]]) + "\n")
    with_names(runs[1], NAMES, RESAMPLES[1])
    check(pylimma.catch_salmon(runs))


@pytest.mark.parametrize(
    ("catch", "write", "option"),
    [
        (pylimma.catch_salmon, salmon, "Salmon with --numGibbsSamples 50"),
        (pylimma.catch_kallisto, lambda *r: kallisto(*r, text=False), "kallisto with -b 50"),
        (pylimma.catch_oarfish, oarfish, "oarfish with --num-bootstraps 50"),
    ],
)
def test_samples_without_resamples_are_named_with_the_option_that_draws_them(
    tmp_path, catch, write, option
):
    runs = write(tmp_path, [RESAMPLES[0], []])
    with pytest.warns(InputWarning, match=f"No resamples of 's2'.*run {option}"):
        catch(runs)
    (tmp_path / "none").mkdir()
    with pytest.warns(InputWarning, match=f"No sample has resamples.*run {option}"):
        assert (catch(write(tmp_path / "none")).annotation["Overdispersion"] == 1).all()


def test_a_binary_file_without_a_group_of_resamples_has_none(tmp_path):
    runs = kallisto(tmp_path, text=False)
    for run in runs:
        with h5py.File(run / "abundance.h5", "a") as file:
            del file["aux/num_bootstrap"]
    with pytest.warns(InputWarning, match="No sample has resamples"):
        pylimma.catch_kallisto(runs)


def test_names_of_gencode_are_cut_for_overdispersions_too(tmp_path):
    runs = salmon(tmp_path, RESAMPLES)
    for run in runs:
        text = (run / "quant.sf").read_text()
        for name in NAMES:
            text = text.replace(name, f"{name}|gene|")
        (run / "quant.sf").write_text(text)
    check(pylimma.catch_salmon(runs))


def test_damaged_files_of_resamples_are_named(tmp_path):
    runs = salmon(tmp_path, RESAMPLES)
    file = runs[0] / "aux_info" / "bootstrap" / "bootstraps.gz"
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(InputError, match=r"'bootstraps\.gz' is cut off or damaged \(gzip\)"):
        pylimma.catch_salmon(runs)
    (runs[0] / "aux_info" / "meta_info.json").write_text('{"num_bootstraps": 2')
    with pytest.raises(InputError, match=r"meta_info\.json' is cut off or is not JSON"):
        pylimma.catch_salmon(runs)
    stems = oarfish(tmp_path, RESAMPLES)
    stored = tmp_path / "s1.infreps.pq"
    stored.write_bytes(stored.read_bytes()[:-30])
    with pytest.raises(InputError, match=r"s1\.infreps\.pq' is cut off, damaged"):
        pylimma.catch_oarfish(stems)
    stored.unlink()
    with pytest.raises(InputError, match=r"There is no file .*; 20 resamples are announced"):
        pylimma.catch_oarfish(stems)
    (tmp_path / "k").mkdir()
    runs = kallisto(tmp_path / "k", RESAMPLES, text=False)
    content = (runs[0] / "abundance.h5").read_bytes()
    (runs[0] / "abundance.h5").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"abundance\.h5' is cut off, damaged"):
        pylimma.catch_kallisto(runs)


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
