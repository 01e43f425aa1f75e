"""The Python that the README and the guides show runs as it stands."""

import re
from pathlib import Path

import pytest

import pylimma

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "docs" / "how-to" / "own-counts.md"]


@pytest.fixture
def own_files(tmp_path, monkeypatch):
    data = pylimma.simulate_counts(n_genes=500, n_samples=8, rng=6)
    data.counts.to_csv(tmp_path / "counts.csv")
    data.samples.assign(batch=list("abababab")).to_csv(tmp_path / "samples.csv")
    monkeypatch.chdir(tmp_path)


@pytest.mark.filterwarnings("ignore:Standard errors of contrasts are exact")
@pytest.mark.usefixtures("own_files")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_on_a_page_runs(page, capsys):
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL)
    assert blocks
    exec(compile("\n".join(blocks), str(page), "exec"), {})  # noqa: S102 - our own page
    written = Path("genes.csv")
    text = written.read_text() if written.exists() else capsys.readouterr().out
    assert "log_fc" in text
    assert "gene" in text
