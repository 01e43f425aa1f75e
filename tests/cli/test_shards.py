import os

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.archive import read_archive, write_archive
from pylimma.cli.commands import main
from pylimma.numerics.blocks import gene_blocks

N_SAMPLES = 96
GIVEN = ("--samples", "samples.csv", "--formula", "~ 0 + group", "--no-plots", "--no-report")
COUNTS = ("--counts", "counts.tsv", *GIVEN, "--contrast", "treated - control")


def status(*arguments):
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    return stopped.value.code


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = pylimma.simulate_counts(n_genes=4500, n_samples=N_SAMPLES, rng=5)
    data.counts.to_csv("counts.tsv", sep="\t", index_label="gene")
    samples = data.samples.assign(subject=[f"s{k // 2}" for k in range(N_SAMPLES)])
    samples.to_csv("samples.csv", index_label="sample")
    values = np.log2(data.counts + 1)
    values[np.random.default_rng(1).random(values.shape) < 0.02] = np.nan
    values.iloc[:2000] = np.log2(data.counts.iloc[:2000] + 1)  # some blocks are complete
    values.to_csv("values.tsv", sep="\t", index_label="gene")
    return tmp_path


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = pylimma.simulate_counts(n_genes=300, n_samples=6, rng=5)
    data.counts.to_csv("counts.tsv", sep="\t", index_label="gene")
    data.samples.to_csv("samples.csv", index_label="sample")
    for k in (1, 2, 3):
        assert fit(k, 3, *COUNTS) == 0
    return tmp_path


def fit(number, of, *given, out=None):
    return status("fit", "--shard", f"{number}/{of}", *given, "--out", out or f"{number}.pylimma")


def combine(*numbers):
    return status("combine", *(f"{k}.pylimma" for k in numbers), "--out", "combined")


@pytest.mark.parametrize(
    "given",
    [
        COUNTS,
        (*COUNTS, "--method", "trend", "--robust", "--lfc", "0.3"),
        (*COUNTS, "--block", "subject", "--correlation", "0.2"),
        ("--counts", "values.tsv", *GIVEN, "--method", "ls", "--fit-method", "robust"),
        ("--counts", "values.tsv", *GIVEN, "--method", "ls"),
    ],
    ids=["voom", "trend", "blocks", "robust", "missing"],
)
def test_shards_combined_are_the_bytes_of_one_run(files, given):
    assert status("run", *given, "--out", "whole") == 0
    for k in (1, 2, 3):
        assert fit(k, 3, *given) == 0
    fitted = [read_archive(files / f"{k}.pylimma")["models"][0] for k in (1, 2, 3)]
    starts = [block.start for block in gene_blocks(5000, N_SAMPLES)]
    assert {shard.first for shard in fitted} <= set(starts)
    assert all(0 < len(shard.estimates["sigma"]) < shard.n_genes for shard in fitted)
    assert combine(3, 1, 2) == 0
    assert contents(files / "combined") == contents(files / "whole")


def test_several_models_are_combined_one_by_one(files):
    pd.DataFrame(
        {
            "id": ["all", "paired"],
            "variable": "group",
            "reference": "control",
            "target": "treated",
            "blocking": ["", "half"],
        }
    ).to_csv("contrasts.csv", index=False)
    samples = pd.read_csv("samples.csv", index_col=0)
    samples.assign(half=["a", "b"] * (N_SAMPLES // 2)).to_csv("samples.csv", index_label="sample")
    given = (*COUNTS[:4], "--contrasts", "contrasts.csv", "--no-plots", "--no-report")
    assert status("run", *given, "--out", "whole") == 0
    for k in (1, 2):
        assert fit(k, 2, *given) == 0
    assert combine(1, 2) == 0
    assert contents(files / "combined") == contents(files / "whole")


def test_more_shards_than_blocks_of_genes_leave_some_empty(small):
    shards = [read_archive(small / f"{k}.pylimma")["models"][0] for k in (1, 2, 3)]
    assert sorted(len(shard.estimates["sigma"]) for shard in shards)[:2] == [0, 0]
    assert status("run", *COUNTS, "--out", "whole") == 0
    assert combine(1, 2, 3) == 0
    assert contents(small / "combined") == contents(small / "whole")


def test_a_missing_shard_is_named(small, capsys):
    assert combine(1, 3) == 1
    assert "Shard 2 of 3 missing." in capsys.readouterr().err
    assert combine(2) == 1
    assert "Shards 1, 3 of 3 missing." in capsys.readouterr().err
    assert not (small / "combined").exists()


def test_a_shard_given_twice_is_named(small, capsys):
    os.link("1.pylimma", "again.pylimma")
    assert status("combine", "1.pylimma", "again.pylimma", "--out", "combined") == 1
    assert "Shard 1 of 3 was given more than once: '1.pylimma', 'again" in capsys.readouterr().err


def test_shards_of_other_options_are_named_with_the_option(small, capsys):
    assert fit(2, 3, *COUNTS, "--robust") == 0
    assert combine(1, 2, 3) == 1
    expected = "'2.pylimma' has other options than '1.pylimma': robust is True and None."
    assert expected in capsys.readouterr().err
    assert fit(2, 4, *COUNTS) == 0
    assert combine(1, 2, 3) == 1
    assert "has other number of shards than '1.pylimma': 4 and 3." in capsys.readouterr().err


def test_shards_of_another_version_are_named_with_the_version(small, capsys):
    content = read_archive(small / "3.pylimma")
    content["run"]["versions"]["numpy"] = "1.26.0"
    write_archive(small / "3.pylimma", content)
    assert combine(1, 2, 3) == 1
    error = capsys.readouterr().err
    assert "'3.pylimma' has other versions than '1.pylimma': numpy is 1.26.0 and " in error


def test_input_that_changed_is_named(small, capsys):
    with (small / "counts.tsv").open("a") as file:
        file.write("more\t1\t2\t3\t4\t5\t6\n")
    assert combine(1, 2, 3) == 1
    assert "The input has changed since the shards were fitted: '" in capsys.readouterr().err
    assert fit(2, 3, *COUNTS) == 0
    assert combine(1, 2, 3) == 1
    assert "'2.pylimma' has other input than '1.pylimma'" in capsys.readouterr().err


def test_input_that_is_gone_is_named(small, capsys):
    (small / "samples.csv").rename("elsewhere.csv")
    assert combine(1, 2, 3) == 1
    error = capsys.readouterr().err
    assert "The input of the shards is missing" in error
    assert "samples.csv" in error


def test_shards_from_folders_of_their_own_are_combined(small, monkeypatch):
    place = small / "node"
    place.mkdir()
    for name in ("counts.tsv", "samples.csv"):
        (place / name).write_bytes((small / name).read_bytes())
    monkeypatch.chdir(place)
    assert fit(2, 3, *COUNTS, out="../2.pylimma") == 0
    monkeypatch.chdir(small)
    assert combine(1, 2, 3) == 0


def test_bits_of_another_machine_are_told(small, capsys):
    content = read_archive(small / "3.pylimma")
    content["models"][0].estimates["sigma"][0] *= 1 + 1e-15
    write_archive(small / "3.pylimma", content)
    assert combine(1, 2, 3) == 0
    assert "round otherwise than this one" in capsys.readouterr().err


def test_files_that_are_no_shards_are_errors(small, capsys):
    pylimma.analyze("counts.tsv", "samples.csv").save("analysis.pylimma")
    for file in ("analysis.pylimma", "samples.csv"):
        assert status("combine", file, "--out", "combined") == 1
        assert f"'{file}' is not a" in capsys.readouterr().err


@pytest.mark.parametrize("shard", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/3/5"])
def test_a_shard_is_a_number_of_numbers(small, shard, capsys):
    assert status("fit", "--shard", shard, *COUNTS, "--out", "x.pylimma") == 2
    assert "shard" in capsys.readouterr().err.lower()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--method", "voom_lm_fit"), "finds weights and models together"),
        (("--pseudobulk-group", "type"), "cannot be sharded"),
        (("--formula", "~ group + (1 | subject)"), "random effects are fitted as a whole"),
    ],
)
def test_what_cannot_be_sharded_is_an_error(small, more, message, capsys):
    samples = pd.read_csv("samples.csv", index_col=0)
    samples.assign(subject=["a", "b", "c"] * 2).to_csv("samples.csv", index_label="sample")
    given = COUNTS[:4] + COUNTS[6:-2] if "--formula" in more else COUNTS
    assert fit(1, 2, *given, *more, out="x.pylimma") == 1
    assert message in capsys.readouterr().err
    assert not (small / "x.pylimma").exists()


def test_counts_from_a_pipe_cannot_be_sharded(small, capsys):
    read, write = os.pipe()
    os.write(write, b"gene\ta\n")
    os.close(write)
    given = ("--counts", f"/dev/fd/{read}", *GIVEN)
    assert fit(1, 2, *given, out="x.pylimma") == 1
    assert "takes files" in capsys.readouterr().err
