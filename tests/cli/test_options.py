import io
import json
import os
import re
import threading

import click
import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.cli.commands import main
from pylimma.cli.help import EXAMPLES
from pylimma.cli.run import command
from pylimma.cli.wording import in_options


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


def test_standard_input_and_pipes_are_inputs(files, tmp_path, monkeypatch, capsys):
    content = (tmp_path / "counts.tsv.gz").read_bytes()
    more = [*BASIC[3:], *MODEL, "--no-report", "--quiet"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert status("run", "--counts", "-", *more, "--out", "one") == 0
    os.mkfifo("pipe")
    threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(content)).start()
    assert status("run", "--counts", "pipe", *more, "--out", "two") == 0
    assert status(*BASIC, *MODEL, "--no-report", "--quiet", "--out", "three") == 0
    recorded = [json.loads((tmp_path / name / "run.json").read_text()) for name in ("one", "three")]
    assert recorded[0]["inputs"]["-"] == recorded[1]["inputs"]["../counts.tsv.gz"]
    tables = {(tmp_path / name / "expression.tsv").read_bytes() for name in ("one", "two", "three")}
    assert len(tables) == 1
    assert status("run", "--from", "two", "--out", "four") == 1
    assert "read from a pipe; give this input anew" in capsys.readouterr().err
    assert status("run", "--from", "two", "--counts", "counts.tsv.gz", "--out", "four") == 0
    assert status("run", "--counts", "-", "--samples", "-", "--out", "five") == 1
    assert "Standard input can be given once" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "limits"),
    [
        ("--number", "-1", "be at least 1"),
        ("--number", "0", "be at least 1"),
        ("--round-digits", "-1", "lie between 0 and 15"),
        ("--p-value", "1.5", "lie between 0 and 1"),
        ("--proportion", "-0.1", "lie between 0 and 1"),
        ("--winsor-tail-p", "0.1,2", "lie between 0 and 1"),
        ("--stdev-coef-lim", "-1,2", "be at least 0"),
        ("--correlation", "1", "lie between -1 and 1"),
        ("--lfc", "-1", "be at least 0"),
        ("--span", "2", "lie between 0 and 1"),
        ("--min-samples", "0", "be at least 1"),
        ("--top-genes", "-1", "lie between 0 and 100"),
    ],
)
def test_numbers_out_of_their_range_are_refused_at_the_option(files, capsys, option, value, limits):
    assert status(*BASIC, option, value, "--out", "x") == 2
    errors = capsys.readouterr().err
    assert f"Invalid value for '{option}'" in errors
    assert f": It must {limits}; got " in errors


@pytest.mark.parametrize("value", ["nan", "inf", "x", ""])
def test_what_is_no_number_is_refused(files, capsys, value):
    assert status(*BASIC, "--lfc", value, "--out", "x") == 2
    assert "is not a finite number" in capsys.readouterr().err
    assert status(*BASIC, "--number", value, "--out", "x") == 2
    assert "is not a whole number" in capsys.readouterr().err


def test_minus_zero_is_zero(files, tmp_path):
    assert status(*BASIC, "--lfc", "-0", "--round-digits", "-0", "--out", "x", "--no-report") == 0
    options = (tmp_path / "x/run.json").read_text()
    assert '"lfc": 0.0,' in options
    assert '"round_digits": 0,' in options


def test_messages_name_options(files, tmp_path, capsys):
    extra = files.counts.assign(more=files.counts["sample1"] + 1)
    extra.to_csv("more.tsv", sep="\t", index_label="gene")
    given = ["run", "--counts", "more.tsv", *BASIC[3:], *MODEL, "--out", "x"]
    assert status(*given) == 1
    assert "; --subset-samples excludes these." in capsys.readouterr().err
    texts = {
        "`filter=False` keeps all": "--no-filter keeps all",
        '`method="voom"` is for counts': "--method voom is for counts",
        "`n_jobs` and `contrasts`": "--threads and --contrast",
        'such as formula="~ 0 + group";': "such as --formula '~ 0 + group';",
        "`~ 0 + group` and `treated`": "`~ 0 + group` and `treated`",
    }
    assert {text: in_options(text, command) for text in texts} == texts


def test_the_number_of_threads_changes_no_bit(files, tmp_path):
    found = set()
    for threads in ("1", "3"):
        given = ["--threads", threads, "--seed", "7", "--no-report", "--out", threads]
        assert status(*BASIC, *MODEL, *given) == 0
        found.add((tmp_path / threads / "tables/treated-control.tsv").read_bytes())
        assert json.loads((tmp_path / threads / "run.json").read_text())["options"]["seed"] == 7
    assert len(found) == 1


def test_a_file_that_is_not_there_is_named_with_those_that_are(files, capsys):
    assert status("run", "--counts", "count.tsv", "--samples", "samples.csv", "--out", "x") == 2
    assert "There is no file 'count.tsv'; its folder holds 'counts.tsv.gz'" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("bare", [[], ["run"]])
def test_a_bare_command_shows_its_help(bare, capsys):
    assert status(*bare) == 0
    shown = capsys.readouterr().out
    assert status(*bare, "--help") == 0
    assert shown == capsys.readouterr().out
    assert shown.startswith("Usage: pylimma")


def test_the_help_of_a_run_is_grouped_sentences_with_examples_at_the_end():
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert [o.name for o in options if not re.fullmatch(r"[A-Z].*\.", o.help or "")] == []
    text = command.get_help(click.Context(command, info_name="pylimma run"))
    places = [text.index(f"\n{name}:") for name in ("Data", "Model", "Method", "Tests", "Results")]
    assert places == sorted(places)
    assert text.index("Examples:") > text.index("--debug")


def test_the_examples_of_the_help_are_commands_that_are_understood():
    lines = EXAMPLES.replace("\\\n", "").splitlines()
    shown = [line.split()[2:] for line in lines if line.strip().startswith("pylimma run")]
    known = {name for option in command.params for name in option.opts}
    assert len(shown) > 3
    for words in shown:
        assert {word for word in words if word.startswith("--")} <= known


def test_duplicate_spots_are_fitted_together(files, tmp_path):
    log = np.log2(files.counts.head(100) + 1)
    pd.concat([log, log + 0.01]).to_csv("spots.csv", index_label="gene")
    given = ["--counts", "spots.csv", "--samples", "samples.csv", "--method", "ls", "--ndups", "2"]
    more = ["--spacing", "100", "--no-report", "--no-plots", "--out", "x"]
    assert status("run", *given, "--formula", "~ group", *more) == 0
    assert len(pd.read_csv("x/tables/grouptreated.tsv", sep="\t")) == 100
