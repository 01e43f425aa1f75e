"""The Snakemake wrapper, run with an object like the one that Snakemake hands to scripts."""

import re
import runpy
import subprocess
import sys
import types

import pandas as pd
import pytest


class Named(list):
    """A list whose items have names too, as Snakemake's inputs, outputs and params are."""

    def __init__(self, *items, **named):
        super().__init__([*items, *named.values()])
        self.__dict__.update(named)

    def get(self, name, default=None):
        return self.__dict__.get(name, default)

    def __getitem__(self, key):
        return self.__dict__[key] if isinstance(key, str) else super().__getitem__(key)


@pytest.fixture
def command_of(contrib, monkeypatch):
    """The command that the wrapper hands to Snakemake's shell."""

    def command(given, params, output="out", log=""):
        found = []

        def shell(text):
            scope = sys._getframe(1).f_globals
            found.append(re.sub(r"\{(\w+)\}", lambda m: str(scope[m[1]]), text))

        module = types.ModuleType("snakemake.shell")
        module.shell = shell
        monkeypatch.setitem(sys.modules, "snakemake", types.ModuleType("snakemake"))
        monkeypatch.setitem(sys.modules, "snakemake.shell", module)
        job = types.SimpleNamespace(
            input=given,
            output=Named(output),
            params=params,
            threads=2,
            log_fmt_shell=lambda **_: log,
        )
        path = contrib / "snakemake" / "pylimma" / "wrapper.py"
        runpy.run_path(str(path), init_globals={"snakemake": job})
        return found[0]

    return command


def test_the_rule_of_the_example_gives_its_tables(contrib, command_of, shell, check_options):
    folder = contrib / "snakemake" / "pylimma" / "test"
    rule = (folder / "Snakefile").read_text()
    assert 'contrast="{contrast} - control"' in rule
    given = Named(counts=folder / "counts.tsv", samples=folder / "samples.csv")
    params = Named(
        formula="~ 0 + group",
        contrast="treated - control",
        extra="--no-filter --no-plots --no-report",
    )
    assert params.extra in rule
    command = command_of(given, params, output="a folder", log="> log.txt 2>&1")
    check_options(command)
    written, _ = shell(command)
    table = pd.read_csv(written / "a folder" / "tables" / "treated-control.tsv", sep="\t")
    assert set(table["gene"][:4]) == {"gene1", "gene2", "gene3", "gene4"}
    assert "Written to a folder" in (written / "log.txt").read_text()


def test_text_of_a_workflow_reaches_the_command_as_it_stands(command_of):
    params = Named(contrast=["a - b", "it's = c - {b}"])
    command = command_of(Named(h5ad="x y.h5ad", contrasts=""), params)
    listed = subprocess.run(  # noqa: S603 - our own script
        ["bash", "-c", command.replace("pylimma run", "printf '%s\\n'")],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout.splitlines() == [
        *("--out", "out", "--threads", "2", "--h5ad", "x y.h5ad", "--contrast", "a - b"),
        *("--contrast", "it's = c - {b}"),
    ]


def test_the_environment_and_the_description_are_yaml(contrib):
    yaml = pytest.importorskip("yaml")
    folder = contrib / "snakemake" / "pylimma"
    environment = yaml.safe_load((folder / "environment.yaml").read_text())
    assert set(environment) == {"channels", "dependencies"}
    assert environment["dependencies"][-1]["pip"][0].endswith("@ file://${PYLIMMA_SOURCE}")
    about = yaml.safe_load((folder / "meta.yaml").read_text())
    assert set(about) == {"name", "description", "authors", "input", "output", "params"}
