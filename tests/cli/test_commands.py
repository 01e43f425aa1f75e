import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.cli.commands import main


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = pylimma.simulate_counts(n_genes=400, n_samples=6, rng=3)
    data.counts.to_csv("counts.tsv.gz", sep="\t", index_label="gene")
    data.samples.to_csv("samples.csv", index_label="sample")
    return data


BASIC = ["run", "--counts", "counts.tsv.gz", "--samples", "samples.csv", "--no-plots"]
MODEL = ["--formula", "~ 0 + group", "--contrast", "treated - control"]


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


def test_a_run_writes_what_analyze_gives(files, tmp_path, capsys):
    assert status(*BASIC, *MODEL, "--out", "results") == 0
    table = pd.read_csv("results/tables/treated-control.tsv", sep="\t", index_col="gene")
    expected = pylimma.analyze(files.counts, files.samples, "~ 0 + group", "treated - control")
    pd.testing.assert_frame_equal(
        table, expected.tables["treated - control"], check_names=False, rtol=1e-12
    )
    parquet = pd.read_parquet("results/tables/treated-control.parquet")
    np.testing.assert_array_equal(parquet["t"], expected.tables["treated - control"]["t"])
    expression = pd.read_csv("results/expression.tsv", sep="\t", index_col="gene")
    np.testing.assert_allclose(expression, expected.expression["E"])
    assert "not called" in capsys.readouterr().out
    assert pylimma.Analysis.load("results/analysis.pylimma").summary.equals(expected.summary)


def test_a_repeated_run_gives_the_same_bytes(files, tmp_path):
    given = ["--robust", "--winsor-tail-p", "0.04,0.1", "--lfc", "0.2", "--confint"]
    assert status(*BASIC[:-1], *MODEL, *given, "--out", "one") == 0
    assert status("run", "--from", "one/run.json", "--out", "two") == 0
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert [name for name in one if one[name] != two.get(name)] == []
    assert list(one) == list(two)
    assert any(name.endswith(".png") for name in one)


def test_an_option_takes_the_place_of_that_of_the_repeated_run(files, tmp_path):
    assert status(*BASIC, *MODEL, "--out", "one") == 0
    assert status("run", "--from", "one", "--robust", "--out", "two") == 0
    options = json.loads((tmp_path / "two" / "run.json").read_text())["options"]
    assert options["robust"] is True
    assert options["contrast"] == ["treated - control"]


def test_changed_inputs_are_not_repeated_unless_allowed(files, capsys):
    assert status(*BASIC, *MODEL, "--out", "one") == 0
    files.samples.assign(more=1).to_csv("samples.csv", index_label="sample")
    assert status("run", "--from", "one", "--out", "two") == 1
    assert "Inputs have changed since that run" in capsys.readouterr().err
    assert status("run", "--from", "one", "--allow-changed", "--out", "two") == 0


def test_a_project_that_moved_is_repeated(files, tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    for name in ("counts.tsv.gz", "samples.csv"):
        (tmp_path / name).rename(tmp_path / "a" / name)
    monkeypatch.chdir(tmp_path / "a")
    assert status(*BASIC, *MODEL, "--no-report", "--out", "one") == 0
    recorded = json.loads((tmp_path / "a/one/run.json").read_text())
    assert recorded["options"]["counts"] == "../counts.tsv.gz"
    assert set(recorded["inputs"]) == {"../counts.tsv.gz", "../samples.csv"}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert status("run", "--from", "b/one", "--out", "two") == 0
    assert (tmp_path / "two/summary.tsv").read_bytes() == (
        tmp_path / "b/one/summary.tsv"
    ).read_bytes()


def test_inputs_given_anew_take_the_place_of_missing_ones(files, tmp_path, capsys):
    assert status(*BASIC, *MODEL, "--no-report", "--out", "one") == 0
    (tmp_path / "counts.tsv.gz").rename(tmp_path / "moved.tsv.gz")
    assert status("run", "--from", "one", "--out", "two") == 1
    assert "counts.tsv.gz'; give them anew" in capsys.readouterr().err
    assert status("run", "--from", "one", "--counts", "moved.tsv.gz", "--out", "two") == 0
    options = json.loads((tmp_path / "two/run.json").read_text())["options"]
    assert options["counts"] == "../moved.tsv.gz"


def test_nothing_is_computed_that_is_not_asked_for(files, tmp_path, monkeypatch):
    monkeypatch.setattr("pylimma.analysis.result.ordination", lambda _: 1 / 0)
    assert status(*BASIC, "--no-report", "--out", "x") == 0
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    loaded = pylimma.Analysis.load("x/analysis.pylimma")
    expected = pylimma.analyze(files.counts, files.samples)
    np.testing.assert_allclose(loaded.mds.x, expected.mds.x)
    assert loaded.mds is loaded.mds


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--formula", "~ arm", "--out", "x"], 1, "no column 'arm'"),
        (["--contrast", "treated - kontrol", "--out", "x"], 1, "kontrol"),
        (["--p-value", "3", "--out", "x"], 2, "It must lie between 0 and 1; got 3"),
        (["--block", "person", "--out", "x"], 1, "--block is 'person'"),
        (["--reference", "control", "--out", "x"], 1, "VARIABLE=LEVEL"),
        (["--method", "deseq", "--out", "x"], 2, "deseq"),
        (["--winsor-tail-p", "a", "--out", "x"], 2, "not two numbers"),
        ([], 2, "Missing option '--out'"),
    ],
)
def test_a_fault_is_one_line_and_an_exit_status_and_writes_nothing(
    files, tmp_path, capsys, arguments, code, message
):
    before = set(tmp_path.iterdir())
    assert status(*BASIC, *arguments) == code
    errors = capsys.readouterr().err
    assert message in errors
    assert len(errors.strip().splitlines()) == 1
    assert set(tmp_path.iterdir()) == before


def test_a_wrong_cell_is_named_with_its_line(files, tmp_path, capsys):
    (tmp_path / "bad.csv").write_text("gene,sample1\ng1,3\ng2,x\n")
    assert status("run", "--counts", "bad.csv", "--samples", "samples.csv", "--out", "x") == 1
    assert "Line 3 of 'bad.csv'" in capsys.readouterr().err


@pytest.mark.usefixtures("files")
def test_the_report_has_the_sections_and_the_logo_asked_for(tmp_path, capsys):
    (tmp_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    chosen = ["--logo", "logo.svg", "--sections", "overview, methods", "--out", "results"]
    assert status(*BASIC, *MODEL, *chosen) == 0
    text = (tmp_path / "results" / "report.html").read_text()
    assert 'src="data:image/svg+xml;base64,' in text
    assert 'id="methods"' in text
    assert 'id="genes"' not in text
    inputs = json.loads((tmp_path / "results" / "run.json").read_text())["inputs"]
    assert any(name.endswith("logo.svg") for name in inputs)
    assert status(*BASIC, *MODEL, "--sections", "gene", "--out", "other") == 2
    assert "'gene' is not one of 'overview', 'genes'" in capsys.readouterr().err


def test_debug_shows_the_traceback(files, capsys):
    assert status(*BASIC, "--formula", "~ arm", "--out", "x", "--debug") == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_unexpected_error_says_so_without_a_traceback(files, capsys, monkeypatch):
    monkeypatch.setattr("pylimma.cli.run.run_all", lambda _: 1 / 0)
    assert status(*BASIC, "--out", "x") == 3
    assert capsys.readouterr().err.startswith("pylimma: unexpected ZeroDivisionError")


def test_results_are_replaced_only_on_request(files, tmp_path, capsys):
    assert status(*BASIC, "--out", "x") == 0
    assert status(*BASIC, "--out", "x") == 1
    assert "--overwrite" in capsys.readouterr().err
    assert status(*BASIC, "--no-report", "--out", "x", "--overwrite") == 0
    assert not (tmp_path / "x" / "report.html").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    assert status(*BASIC, "--out", "mine", "--overwrite") == 1
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_a_failure_while_writing_leaves_nothing(files, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    before = set(tmp_path.iterdir())
    monkeypatch.setattr("pylimma.cli.run.write_manifest", fail)
    assert status(*BASIC, "--out", "x") == 1
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_killed_run_leaves_no_results(files, tmp_path, signal_):
    code = (
        "import time, pylimma.cli.commands as c, pylimma.cli.run as r\n"
        "r.write_manifest = lambda *a: (print('writing', flush=True), time.sleep(60))\n"
        "c.main()"
    )
    run = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code, *BASIC, *MODEL, "--out", "x", "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert run.stdout.readline() == b"writing\n"
    run.send_signal(signal_)
    run.communicate(timeout=30)
    assert run.returncode != 0
    assert not (tmp_path / "x").exists()
    left = list(tmp_path.glob(".x.partial-*"))
    assert len(left) == (signal_ == signal.SIGKILL)
    assert status(*BASIC, "--out", "x", "--quiet") == 0
    assert list(tmp_path.glob(".x.*")) == []


def test_warnings_are_lines_on_the_error_stream(files, tmp_path, capsys):
    files.counts.assign(sample2=files.counts["sample1"]).to_csv(
        "counts.tsv.gz", sep="\t", index_label="gene"
    )
    assert status(*BASIC, "--out", "x") == 0
    shown = capsys.readouterr()
    lines = shown.err.splitlines()
    assert sum(line.startswith("warning: Samples 'sample1', 'sample2'") for line in lines) == 1
    assert "Samples 'sample1', 'sample2'" not in shown.out
    assert "warning: Samples" in (tmp_path / "x/summary.txt").read_text()


def test_log_files_hold_no_progress(files):
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", "import pylimma.cli.commands as c; c.main()", *BASIC, "--out", "x"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert done.stderr == ""
    assert "\r" not in done.stdout


def test_log_expression_with_negative_values_is_read_for_least_squares(files):
    log = np.log2(files.counts[files.counts.min(axis=1) > 0] / 50)
    log.to_csv("log.csv", index_label="protein")
    given = ["--counts", "log.csv", "--samples", "samples.csv", "--method", "ls", "--no-plots"]
    assert status("run", *given, "--formula", "~ group", "--out", "x") == 0
    table = pd.read_csv("x/tables/grouptreated.tsv", sep="\t", index_col="gene")
    fit = pylimma.analyze(log, files.samples, "~ group", method="ls")
    np.testing.assert_allclose(table["t"], fit.tables["grouptreated"]["t"])


def test_an_annotation_comes_along(files):
    pd.DataFrame({"id": files.counts.index, "symbol": "=S" + files.counts.index}).to_csv(
        "genes.csv", index=False
    )
    given = ["--annotation", "genes.csv", "--spreadsheet-safe", "--number", "5"]
    assert status(*BASIC, *given, "--gene-id-col", "protein", "--out", "x") == 0
    table = pd.read_csv("x/tables/treated-control.tsv", sep="\t")
    assert list(table.columns[:2]) == ["protein", "symbol"]
    assert table["symbol"].str.startswith("'=S").all()
    assert len(table) == 5


def test_an_h5ad_of_samples_is_analysed(files):
    anndata = pytest.importorskip("anndata")
    bulk = anndata.AnnData(files.counts.T.astype(np.float32), files.samples)
    bulk.layers["counts"] = bulk.X.copy()
    bulk.X = np.log1p(bulk.X)
    bulk.write_h5ad("bulk.h5ad")
    given = ["--layer", "counts", "--formula", "~ group", "--no-plots", "--no-report"]
    assert status("run", "--h5ad", "bulk.h5ad", *given, "--out", "bulk") == 0
    table = pd.read_csv("bulk/tables/grouptreated.tsv", sep="\t", index_col="gene")
    expected = pylimma.analyze(files.counts, files.samples, "~ group").tables["grouptreated"]
    np.testing.assert_allclose(table["p_value"], expected["p_value"], rtol=1e-9)


def test_help_names_the_commands_and_loads_nothing_heavy():
    code = (
        "import sys, pylimma.cli.commands as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert all(name in done.stdout for name in ("run", "demo", "validate", "Exit status"))
    assert {"pandas", "matplotlib", "scipy"} & set(done.stderr.split()) == set()


def test_an_unknown_command_is_a_fault_of_the_command_line(capsys):
    assert status("analyse") == 2
    assert "No such command 'analyse'" in capsys.readouterr().err


def test_the_demo_shows_its_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    start = time.perf_counter()
    assert status("demo", "--genes", "300") == 0
    assert time.perf_counter() - start < 120
    assert "pylimma run --counts" in capsys.readouterr().out
    assert (tmp_path / "pylimma-demo" / "report.html").is_file()
