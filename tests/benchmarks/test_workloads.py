"""The table of benchmarks: every row runs on few genes, and the page shows the saved results."""

import json
import math
import warnings
from pathlib import Path

import inputs
import pytest
import report
import run
import worker
from processes import few
from workloads import WORKLOADS

ROOT = Path(__file__).parents[2]
MADE = [job for job in WORKLOADS if job.make is not None]


def figures(cpu, memory=1.0):
    return {"wall": cpu, "cpu": cpu, "memory": memory}


@pytest.mark.parametrize("job", MADE, ids=[job.name for job in MADE])
def test_a_row_of_the_table_runs_on_few_genes(job, tmp_path):
    named = inputs.named_in(f"{job.prepare[0]} {job.python}", job.make(**few(job)))
    inputs.write(named, tmp_path)
    (tmp_path / "prepared.py").write_text(job.prepare[0])
    (tmp_path / "timed.py").write_text(job.python)
    names = worker.public_names(tmp_path) | worker.arrays_in(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(job.prepare[0], names)  # noqa: S102 - the table's own code
        result = eval(job.python, names)  # noqa: S307
    assert math.isfinite(worker.total(result))


def test_names_of_rows_are_unique():
    assert len({job.name for job in WORKLOADS}) == len(WORKLOADS)


def test_arrays_come_back_as_they_were_written(tmp_path):
    made = inputs.counts(genes=7, samples=4)
    inputs.write(made, tmp_path)
    read = worker.arrays_in(tmp_path)
    assert all((read[name] == array).all() for name, array in made.items())


def test_the_command_measures_saves_and_renders(tmp_path, capsys):
    saved, page = tmp_path / "results.json", tmp_path / "page.md"
    page.write_text(f"Before.\n{report.START}\nold\n{report.END}\nAfter.\n")
    words = ["--runs", "1", "--only", "^contrasts_fit$", "--small", "--no-r"]
    run.main([*words, "--json", str(saved), "--markdown", str(page)])
    assert json.loads(saved.read_text())["workloads"]["contrasts_fit"]["python"]["cpu"] > 0
    assert "| contrasts_fit |" in page.read_text()
    assert "old" not in page.read_text()
    assert "contrasts_fit" in capsys.readouterr().out


def test_ratios_are_of_medians_and_their_mean_is_geometric():
    rows = {
        "a": {"python": figures(1.0), "r": figures(4.0), "failed": {}},
        "b": {"python": figures(1.0), "r": figures(1.0), "failed": {}},
        "c": {"python": figures(1.0), "failed": {"r": "no such function"}},
        "d": {"skipped": "no file x"},
    }
    assert report.means(rows) == "geometric mean of 2: 2.00 by the clock, 2.00 by the processor"
    assert report.summary(rows).endswith("below 2 by the processor: b 1.00")
    assert "R failed" not in report.line("c", rows["c"])
    assert report.line("d", rows["d"]).endswith("skipped: no file x")


def test_the_page_shows_the_saved_results():
    page = (ROOT / "docs" / "reference" / "performance.md").read_text()
    assert report.table(report.load(ROOT / "benchmarks" / "results.json")) in page


def test_exponents_are_slopes_of_logarithms():
    assert run.exponent([1, 2, 4], [3.0, 12.0, 48.0]) == 2.0
    assert run.exponent([1, 2], [0.0, 1.0]) is None
