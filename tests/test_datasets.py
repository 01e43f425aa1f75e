"""Example data: what is simulated, what is found, and what is said when nothing is."""

import generate_data
import numpy as np
import pandas as pd
import pooch
import pytest

import pylimma
from pylimma.errors import DataUnavailableError, InputError


def write_mammary(folder):
    (folder / "gse60450_targets.csv").write_text(",group\ns1,a\ns2,b\n")
    pd.DataFrame({"EntrezGeneID": [10, 11, 12], "s1": [0, 5, 7], "s2": [3, 4, 900]}).to_csv(
        folder / "gse60450_counts.csv.gz", index=False
    )


def unreachable(*_, **__):
    raise OSError("no network")


def test_a_simulation_has_the_sizes_names_and_truth_asked_for():
    data = pylimma.simulate_counts(500, 7, ["wt", "ko"], proportion_de=0.2, rng=3)
    assert data.counts.shape == (500, 7)
    assert data.counts.columns.equals(data.samples.index)
    assert data.counts.index.equals(data.truth.index)
    assert data.samples["group"].tolist() == ["wt"] * 4 + ["ko"] * 3
    assert data.truth["de"].sum() == 100
    assert (data.truth["log_fc"] > 0).sum() == (data.truth["log_fc"] < 0).sum() == 50
    assert data.counts.to_numpy().dtype.kind == "i"
    assert (data.counts.to_numpy() >= 0).all()


def test_a_seed_fixes_a_simulation():
    first, second, other = (pylimma.simulate_counts(50, 4, rng=k).counts for k in (5, 5, 6))
    assert first.equals(second)
    assert not first.equals(other)


def test_simulated_library_sizes_and_fold_changes_are_those_asked_for():
    data = pylimma.simulate_counts(20_000, 40, library_size=1e7, log_fc=1.5, rng=8)
    assert np.median(data.counts.sum()) == pytest.approx(1e7, rel=0.1)
    sizes = data.truth.loc[data.truth["de"], "log_fc"].abs()
    assert sizes.mean() == pytest.approx(1.5, rel=0.05)
    per_million = 1e6 * data.counts / data.counts.sum()
    control, treated = (per_million.T.groupby(data.samples["group"]).mean().T[g].to_numpy()
                        for g in ("control", "treated"))  # fmt: skip
    clear = data.truth["de"].to_numpy() & (control > 20)
    seen = np.log2(treated[clear] / control[clear])
    assert np.median(seen - data.truth["log_fc"].to_numpy()[clear]) == pytest.approx(0, abs=0.1)


def test_large_simulated_counts_vary_as_the_published_coefficient_says():
    data = pylimma.simulate_counts(5_000, 400, proportion_de=0, rng=2)
    scaled = data.counts.to_numpy() / data.counts.sum().to_numpy() * 20e6
    mean, variance = scaled.mean(axis=1), scaled.var(axis=1, ddof=1)
    abundant = mean > 2_000
    spread = np.sqrt(variance[abundant]) / mean[abundant]
    assert np.median(spread) == pytest.approx(0.2, rel=0.15)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_genes": 0}, r"`n_genes` must lie between 1 and 1e\+07; got 0"),
        ({"n_samples": 1}, r"`n_samples` must lie between 2 and 1e\+07; got 1"),
        ({"groups": ("a", "a")}, "`groups` must be two different names"),
        ({"groups": "ab"}, "`groups` must be two different names"),
        ({"library_size": 0}, r"`library_size` must lie between 0 and 1e\+12; got 0"),
        ({"proportion_de": 1.2}, "`proportion_de` must lie between 0 and 1; got 1.2"),
        ({"log_fc": np.nan}, "`log_fc` must lie between 0 and 20; got nan"),
    ],
)
def test_an_impossible_simulation_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        pylimma.simulate_counts(**arguments)


def test_data_are_read_from_the_folder_with_identifiers_as_names(tmp_path, monkeypatch):
    write_mammary(tmp_path)
    monkeypatch.setenv("PYLIMMA_DATA_DIR", str(tmp_path))
    data = pylimma.mammary()
    assert data.counts.index.tolist() == ["10", "11", "12"]
    assert data.counts.columns.tolist() == data.samples.index.tolist() == ["s1", "s2"]
    assert data.counts.to_numpy().tolist() == [[0, 3], [5, 4], [7, 900]]
    assert "truth" not in data


def test_what_is_not_in_the_folder_is_fetched_under_its_checksum(tmp_path, monkeypatch):
    write_mammary(tmp_path)
    asked = []

    def retrieve(url, known_hash, fname, path):
        asked.append((url, known_hash))
        return str(tmp_path / fname)

    monkeypatch.setenv("PYLIMMA_DATA_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setattr(pooch, "retrieve", retrieve)
    assert pylimma.mammary().counts.shape == (3, 2)
    assert [url.rsplit("/", 1)[1] for url, _ in asked] == [
        "gse60450_counts.csv.gz",
        "gse60450_targets.csv",
    ]
    assert all(known.startswith("sha256:") and len(known) == 71 for _, known in asked)


def test_data_out_of_reach_are_an_error_that_says_where_to_put_them(monkeypatch):
    monkeypatch.delenv("PYLIMMA_DATA_DIR", raising=False)
    monkeypatch.setattr(pooch, "retrieve", unreachable)
    with pytest.raises(DataUnavailableError, match="set PYLIMMA_DATA_DIR to the folder's path"):
        pylimma.yoruba()


@pytest.mark.data
@pytest.mark.parametrize(
    ("load", "shape", "first", "variables"),
    [
        (pylimma.yoruba, (38_415, 69), "ENSG00000127720",
         ["num.tech.reps", "population", "study", "gender"]),
        (pylimma.mammary, (27_179, 12), "497097",
         ["immunophenotype", "developmental_stage", "group"]),
    ],
)  # fmt: skip
def test_the_published_experiments_have_their_published_sizes(load, shape, first, variables):
    data = load()
    assert data.counts.shape == shape
    assert data.counts.index[0] == first
    assert data.counts.columns.equals(data.samples.index)
    assert data.samples.columns.tolist() == variables


def test_the_tutorials_design_compares_the_second_group_with_the_first():
    design, contrast = generate_data.build_two_group_design(pd.Series(["m", "f", "m"]))
    assert design.tolist() == [[0, 1], [1, 0], [0, 1]]
    assert contrast.tolist() == [[-1], [1]]
    with pytest.raises(ValueError, match="two groups"):
        generate_data.build_two_group_design(["a", "b", "c"])


@pytest.mark.data
def test_the_tutorials_filter_keeps_17860_genes():
    data = generate_data.load_yoruba()
    counts, group = data["counts"], data["targets"]["gender"]
    lib_size = counts.sum(axis=0)
    cutoff = 10.0 / (lib_size.median() / 1e6)
    keep = (counts.div(lib_size, axis=1) * 1e6 > cutoff).sum(axis=1) >= group.value_counts().min()
    assert keep.sum() == 17_860
