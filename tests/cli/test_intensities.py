"""Log2 intensities and tables of search engines on the command line."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.cli.commands import main
from pylimma.cli.inputs import FORMATS, SEARCHED, find_inputs

RNG = np.random.default_rng(2)
N = 120
NAMES = [f"P{k}" for k in range(10_000, 10_000 + N)]
SAMPLES = pd.DataFrame({"group": list("aaabbb")}, index=[f"s{k}" for k in range(1, 7)])
RAW = np.round(2 ** (RNG.uniform(20, 30, (N, 1)) + RNG.normal(0, 0.3, (N, 6))))
RAW[RNG.random(RAW.shape) < 0.2] = 0
RAW[:3, 3:] = 0
RAW[:3, :3] = 1e8
MODEL = ["--formula", "~ 0 + group", "--contrast", "b - a"]
MARKS = pd.DataFrame({"Protein IDs": NAMES, "Majority protein IDs": NAMES, "Peptides": 3})


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    SAMPLES.to_csv("samples.csv", index_label="sample")
    groups = MARKS.join(pd.DataFrame(RAW, columns=[f"LFQ intensity {k}" for k in SAMPLES.index]))
    groups.to_csv("proteinGroups.txt", sep="\t", index=False)
    logs = pd.DataFrame(np.log2(np.where(RAW > 0, RAW, np.nan)), NAMES, SAMPLES.index)
    logs.to_csv("log2.csv", index_label="protein")


def run(*arguments):
    with pytest.raises(SystemExit) as stopped:
        main(["run", "--samples", "samples.csv", *MODEL, "--no-plots", "--no-report", *arguments])
    return stopped.value.code


def table(folder):
    return pd.read_csv(Path(folder) / "tables/b-a.tsv", sep="\t", index_col="gene")


def test_a_table_of_a_search_engine_is_read_by_its_reader():
    assert run("--counts", "proteinGroups.txt", "--intensities", "--out", "one") == 0
    assert run("--counts", "log2.csv", "--intensities", "--out", "two") == 0
    one, two = table("one"), table("two")
    assert np.allclose(one["t"], two.loc[one.index, "t"], equal_nan=True)
    assert json.loads(Path("one/run.json").read_text())["options"]["method"] == "vooma"


def test_rows_say_why_they_have_no_result_and_stand_in_a_table_of_their_own():
    assert run("--counts", "proteinGroups.txt", "--intensities", "--out", "out") == 0
    assert (table("out").loc[NAMES[:3], "reason"] == "not seen in b").all()
    found = pd.read_csv("out/on_off/b-a.tsv", sep="\t", index_col="gene")
    assert set(NAMES[:3]) <= set(found.index)


@pytest.mark.parametrize("method", ["ls", "trend"])
def test_other_methods_take_intensities_too(method):
    arguments = ["--counts", "log2.csv", "--intensities", "--method", method]
    assert run(*arguments, "--out", "out") == 0


def test_intensities_without_the_word_are_refused_with_it(capsys):
    assert run("--counts", "proteinGroups.txt", "--out", "out") != 0
    assert "a table of MaxQuant, of intensities: give --intensities" in capsys.readouterr().err


def test_methods_for_counts_are_refused(capsys):
    arguments = ["--counts", "log2.csv", "--intensities", "--method", "voom"]
    assert run(*arguments, "--out", "out") != 0
    assert "'voom' takes counts" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("format", "header"),
    [
        ("maxquant", "Sequence\tProteins\tLeading razor protein\tPEP\tIntensity a"),
        ("maxquant", "Protein.IDs\tMajority.protein.IDs\tLFQ.intensity.a"),
        ("diann", "File.Name\tRun\tProtein.Group\tPrecursor.Id\tQ.Value"),
        ("diann", "Protein.Group\tProtein.Ids\tGenes\t/x/a.raw"),
        ("spectronaut", "R.FileName,R.Condition,PG.ProteinGroups,PG.Quantity"),
        ("fragpipe", "Protein\tProtein ID\tEntry Name\tGene\ta Intensity"),
        ("fragpipe", "Index\tNumberPSM\tGene\tMaxPepProb\tReferenceIntensity\ta"),
        ("alphadia", "pg\ta\tb"),
        ("table", "gene\ta\tb\tc"),
    ],
)
def test_programs_are_known_by_their_columns(tmp_path, format, header):
    path = tmp_path / "some.tsv"
    path.write_text(f"{header}\n")
    assert find_inputs(path, None).format == format
    assert set(SEARCHED) < set(FORMATS)


def test_a_parquet_report_is_one_of_diann(tmp_path):
    assert find_inputs(_parquet(tmp_path / "report.parquet"), None).format == "diann"
    assert find_inputs(_parquet(tmp_path / "pg.matrix.parquet"), None).format == "alphadia"


def _parquet(path):
    pd.DataFrame({"pg": ["P1"]}).to_parquet(path)
    return path


def test_samples_of_the_table_alone_are_read():
    SAMPLES.iloc[1:].to_csv("samples.csv", index_label="sample")
    assert run("--counts", "proteinGroups.txt", "--intensities", "--out", "out") == 0
    assert pylimma.Analysis.load("out/analysis.pylimma").data.shape[1] == 5
