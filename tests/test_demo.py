"""`make demo` leaves a table, pictures, and a summary that tells the truth about itself."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

DEMO = Path(__file__).parents[1] / "examples" / "demo.py"


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    runpy.run_path(str(DEMO))["main"](folder)
    return folder


def test_the_demo_leaves_a_table_pictures_and_a_summary(result):
    assert sorted(path.name for path in result.iterdir()) == [
        "fold_changes.png",
        "samples.png",
        "summary.txt",
        "top_table.csv",
        "variances.png",
        "volcano.png",
    ]


def test_the_demo_finds_most_genes_at_the_false_discovery_rate_it_asks_for(result):
    table = pd.read_csv(result / "top_table.csv", index_col="gene")
    called = (table["adj_p_value"] < 0.05).sum()
    lines = (result / "summary.txt").read_text().splitlines()
    assert f"{called:,} genes significant" in lines[2]
    assert float(lines[3].split(", ")[1].split("%")[0]) > 60
    assert 1 < float(lines[4].split("%")[0]) < 8
