"""Gene sets on the command line: in a run, and on its results."""

import json

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.archive import write_archive
from pylimma.cli.commands import main

RUN = ["run", "--counts", "counts.tsv", "--samples", "samples.csv", "--quiet", "--no-plots"]
MODEL = ["--no-filter", "--formula", "~ 0 + group", "--contrast", "treated - control"]


def status(*arguments):
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    return stopped.value.code


def table(name):
    return pd.read_csv(name, sep="\t", index_col=0)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder with data, sets and the results of a run."""
    place = tmp_path_factory.mktemp("sets")
    data = pylimma.simulate_counts(n_genes=400, n_samples=6, rng=3)
    data.counts.to_csv(place / "counts.tsv", sep="\t", index_label="gene")
    data.samples.to_csv(place / "samples.csv", index_label="sample")
    up = data.counts.index[data.truth["log_fc"] > 0][:20]
    lines = [["UP", "na", *up], ["ANY", "", *data.counts.index[100:130]]]
    (place / "sets.gmt").write_text("".join("\t".join(line) + "\n" for line in lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert status(*RUN, *MODEL, "--sets", "sets.gmt", "--out", "results") == 0
    return place


@pytest.fixture
def there(results, monkeypatch):
    monkeypatch.chdir(results)
    return results


def test_a_run_writes_a_table_of_sets_for_each_contrast(there):
    found = table("results/sets/treated-control.tsv")
    analysis = pylimma.Analysis.load("results/analysis.pylimma")
    expected = analysis.sets.of_contrast("treated - control")
    assert list(found.index) == list(expected.index) == ["UP", "ANY"]
    np.testing.assert_allclose(found["p_value"], expected["p_value"])
    assert "2 tested by camera" in (there / "results/summary.txt").read_text()
    assert 'id="set-table"' in (there / "results/report.html").read_text()
    inputs = json.loads((there / "results/run.json").read_text())["inputs"]
    assert any(name.endswith("sets.gmt") for name in inputs)


def test_a_run_is_repeated_with_its_sets(there, tmp_path):
    again = tmp_path / "again"
    assert status("run", "--from", "results/run.json", "--out", str(again)) == 0
    for name in ("sets/treated-control.tsv", "report.html"):
        assert (again / name).read_bytes() == (there / "results" / name).read_bytes()


@pytest.mark.parametrize(
    ("style", "file"),
    [
        ("nf-core", "treated - control.limma.gene_sets.tsv"),
        ("galaxy", "sets/treated-control.tsv"),
    ],
)
def test_other_styles_write_the_sets_too(there, tmp_path, style, file):
    out = tmp_path / "out"
    given = ["--sets", "sets.gmt", "--set-test", "fry", "--style", style, "--no-report"]
    assert status(*RUN, *MODEL, *given, "--out", str(out)) == 0
    assert "p_value_mixed" in table(out / file)


def test_results_are_tested_later_as_in_the_run(there, tmp_path, capsys):
    assert status("sets", "results", "--sets", "sets.gmt", "--out", str(tmp_path / "o.tsv")) == 0
    found = table(tmp_path / "o.tsv").drop(columns="contrast")
    pd.testing.assert_frame_equal(found, table("results/sets/treated-control.tsv"))
    assert "Sets with FDR < 0.05: 1 in treated - control." in capsys.readouterr().err


def test_the_table_goes_to_standard_output(there, capsys):
    file = "results/analysis.pylimma"
    assert status("sets", file, "--sets", "sets.gmt", "--test", "fry", "--number", "1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("set\tcontrast\tn_genes\tdirection")
    assert lines[1].startswith("UP\ttreated - control\t")


def test_a_saved_fit_is_tested(there, tmp_path, capsys):
    analysis = pylimma.Analysis.load("results/analysis.pylimma")
    path = write_archive(tmp_path / "fit.pylimma", analysis.fit)
    assert status("sets", str(path), "--sets", "sets.gmt") == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("UP\t")
    assert status("sets", str(path), "--sets", "sets.gmt", "--report", "r.html") == 1
    assert "--report needs the results of a run" in capsys.readouterr().err


def test_a_ranked_list_is_tested_by_its_statistics(there, tmp_path, capsys):
    results = table("results/tables/treated-control.tsv")
    expected = pylimma.camera_pr(results["t"], pylimma.read_gene_sets("sets.gmt"))
    results["t"].to_csv(tmp_path / "list.rnk", sep="\t", header=False)
    out = str(tmp_path / "o.tsv")
    for file in (str(tmp_path / "list.rnk"), "results/tables/treated-control.tsv"):
        assert status("sets", file, "--sets", "sets.gmt", "--out", out) == 0
        np.testing.assert_allclose(table(out)["p_value"], expected["p_value"])
    given = ["results/tables/treated-control.tsv", "--sets", "sets.gmt", "--out", out]
    assert status("sets", *given, "--statistic", "log_fc") == 0
    assert list(table(out)["contrast"].unique()) == ["log_fc"]


def test_a_plot_and_a_report_are_written(there, tmp_path):
    plot, report = tmp_path / "p.png", tmp_path / "r.html"
    given = ["--sets", "sets.gmt", "--plot", str(plot), "--kind", "bar", "--report", str(report)]
    assert status("sets", "results", *given, "--out", str(tmp_path / "o.tsv")) == 0
    assert plot.read_bytes()[1:4] == b"PNG"
    assert "camera, a competitive test" in report.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["results", "--contrast", "x"], "No contrast 'x'; there are 'treated - control'"),
        (["results/sets"], "is not the folder of a run: it has no analysis.pylimma"),
        ([".", "--test", "fry"], "holds several analyses; name one of '"),
        (["results/tables/treated-control.tsv", "--test", "fry"], "has no data for fry"),
        (["results/tables/treated-control.tsv", "--statistic", "x"], "no column 'x'; it has"),
        (["results", "--plot", "p.bmp"], "--plot writes '.png', '.pdf', '.svg'; got 'p.bmp'"),
        (["results/samples.tsv"], "Choose the statistic by --statistic"),
        (["results/tables/treated-control.tsv", "--report", "r"], "--report needs the results"),
    ],
)
def test_what_cannot_be_tested_is_said_in_one_line(there, capsys, arguments, message):
    assert status("sets", *arguments, "--sets", "sets.gmt") == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_the_help_has_examples(capsys):
    assert status("sets", "--help") == 0
    assert "pylimma sets results --sets hallmark.gmt" in capsys.readouterr().out
