"""The nf-core module: its script is rendered with values and run, its parts say the same."""

import json
import re
import textwrap
from pathlib import Path

import pandas as pd
import pytest

DATA = Path(__file__).parents[1] / "cli" / "pipelines"


@pytest.fixture(scope="module")
def module(contrib):
    return contrib / "nf-core" / "pylimma" / "differential"


@pytest.fixture(scope="module")
def source(module):
    return (module / "main.nf").read_text()


def rendered(source, part, values):
    """The shell script of a block, as Groovy makes it of a text in three quotes."""
    block = source.split(f"\n    {part}:\n")[1]
    text = re.search(r'"""\n(.*?)"""', block, re.DOTALL)[1]
    text = textwrap.dedent(text)
    text = re.sub(r"(?<!\\)\$\{([\w.]+)\}", lambda m: values[m[1]], text)
    assert not re.search(r"(?<!\\)\$[\w{]", text)
    return re.sub(r"\\(.)", r"\1", text)


def values(contrast, args):
    return {
        "contrasts": json.dumps({"contrasts": [contrast]}),
        "intensities": str(DATA / "mouse_counts.tsv.gz"),
        "samplesheet": str(DATA / "mouse_samples.csv"),
        "prefix": contrast["id"],
        "task.cpus": "2",
        "task.process": "PYLIMMA_DIFFERENTIAL",
        "args": args,
    }


def outputs(source):
    """The patterns of files by the names of the outputs."""
    block = source.split("\n    output:\n")[1].split("\n    when:")[0]
    found = re.findall(r'path\(?\s*"([^"]+)"\)?\s*, emit: (\w+)(, optional: true)?', block)
    assert len(found) == len(block.strip().splitlines())
    return {name: (pattern, bool(optional)) for pattern, name, optional in found}


def test_the_script_gives_every_output(source, shell):
    pytest.importorskip("yaml")
    contrast = {"id": "mCherry_", "comparison": ["treatment", "hND6", "mCherry"], "blocking": "NA"}
    args = "--sample_id_col sample --probe_id_col gene_id"
    folder, log = shell(rendered(source, "script", values(contrast, args)))
    for pattern, _ in outputs(source).values():
        assert len(list(folder.glob(pattern))) == 1, pattern
    results = pd.read_csv(folder / "mCherry_.limma.results.tsv", sep="\t", index_col="gene_id")
    assert results.loc["ENSMUSG00000023978", "logFC"] == pytest.approx(-2.84055986312942, abs=1e-14)
    assert re.search(
        r'"PYLIMMA_DIFFERENTIAL":\n    pylimma: \d', (folder / "versions.yml").read_text()
    )
    assert "Numbers as nf-core's module gives them" in log


def test_the_stub_gives_every_output_that_is_not_optional(source, shell):
    folder, _ = shell(rendered(source, "stub", values({"id": "x"}, "")))
    for pattern, optional in outputs(source).values():
        assert optional or len(list(folder.glob(pattern))) == 1, pattern


def test_its_options_exist(source, check_options):
    check_options(source.split("pylimma run")[1].split("mv results")[0])


def test_what_meta_yml_describes_is_what_the_process_takes_and_gives(module, source):
    yaml = pytest.importorskip("yaml")
    about = yaml.safe_load((module / "meta.yml").read_text())
    process = re.match(r"process (\w+) \{", source)[1]
    assert about["name"] == process.lower() == "_".join(module.parts[-2:])
    block = source.split("\n    input:\n")[1].split("\n    output:")[0]
    taken = [re.findall(r"(?:val|path)\((\w+)\)", line) for line in block.strip().splitlines()]
    assert [[name for entry in given for name in entry] for given in about["input"]] == taken
    given = outputs(source)
    assert list(about["output"]) == list(given)
    for name, (pattern, _) in given.items():
        described = about["output"][name][0]
        entry = described if isinstance(described, dict) else described[-1]
        assert list(entry) == [pattern]
        assert entry[pattern]["pattern"] == pattern
    assert about["tools"][0]["pylimma"]["licence"] == ["BSD-3-Clause"]
    assert {"description", "keywords", "authors", "maintainers"} <= set(about)


def test_its_environment_installs_pylimma_with_yaml(module):
    yaml = pytest.importorskip("yaml")
    environment = yaml.safe_load((module / "environment.yml").read_text())
    assert environment["dependencies"][-1] == {
        "pip": ["pylimma[yaml] @ file://${PYLIMMA_SOURCE}"],
    }
