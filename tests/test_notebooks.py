"""The notebooks of ``examples``: each runs without a warning, and is stored tidily."""

import re

import nbformat
import notebooks
import pytest

PATHS = notebooks.notebooks()
MOST_BYTES = 600_000
MACHINE = re.compile(r"/(?:work|home|root|Users|tmp|opt|mnt)/")


def needs(path):
    """Marks of a notebook: real data where it loads them."""
    loads = re.search(r"pylimma\.(yoruba|mammary)\(", path.read_text())
    return [pytest.mark.slow, *([pytest.mark.data] if loads else [])]


def outputs_of(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def pictures_of(notebook):
    return [o for o in outputs_of(notebook) if "image/png" in o.get("data", {})]


@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=needs(path), id=path.stem) for path in PATHS]
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the Jupyter client itself
def test_a_notebook_runs_without_a_warning(path):
    ran, stored = notebooks.executed(path), nbformat.read(path, as_version=4)
    assert [o.text for o in outputs_of(ran) if o.get("name") == "stderr"] == []
    if "Rscript" not in path.read_text():
        assert len(pictures_of(ran)) == len(pictures_of(stored))


@pytest.mark.parametrize(
    "figure", ["17,860 of 38,415", "variance 0.8495", "worth 4.98", "52 genes"]
)
def test_the_tutorial_shows_the_published_figures(figure):
    tutorial = nbformat.read(notebooks.EXAMPLES / "yoruba" / "yoruba_tutorial.ipynb", as_version=4)
    assert figure in "".join(o.get("text", "") for o in outputs_of(tutorial))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_stored_notebook_is_executed_small_and_tidy(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert all(cell.metadata == {} for cell in notebook.cells)
    assert path.stat().st_size < MOST_BYTES
    assert MACHINE.findall(path.read_text()) == []
    assert [o for o in outputs_of(notebook) if o.get("name") == "stderr"] == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_is_listed_in_the_documentation(path):
    listed = (notebooks.EXAMPLES.parent / "docs" / "tutorials" / "index.md").read_text()
    assert f"({path.name})" in listed
