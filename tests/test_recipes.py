"""The recipes that people copy give the numbers of `analyze`: pages, demo and model class."""

import re
import runpy
from pathlib import Path

import anndata
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
import test_guides

import pylimma

ROOT = Path(__file__).parents[1]
GUIDES = ROOT / "docs" / "how-to"
PYTHON = re.compile(r"```python\n(.*?)```", flags=re.DOTALL)
EXACT = pytest.mark.filterwarnings("ignore:Standard errors of contrasts are exact")
COMPARISON = "treated - control"
PAGES = {
    ROOT / "README.md": ("~ 0 + group", {}),
    GUIDES / "own-counts.md": ("~ 0 + group + batch", {"robust": True}),
}


def run(page, folder):
    """Run the Python of a page in a folder."""
    names = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        exec(compile("\n".join(PYTHON.findall(page.read_text())), str(page), "exec"), names)  # noqa: S102 - our own page
    return names


def assert_same(fit, expected, coef=0):
    """Fold changes and p-values of all genes are those of a table of `analyze`."""
    table = pylimma.top_table(fit, coef=coef, number=None, sort_by="none")
    table.index, expected = table.index.astype(str), expected.set_axis(expected.index.astype(str))
    assert sorted(table.index) == sorted(expected.index)
    expected = expected.loc[table.index]
    for column in ("log_fc", "p_value", "adj_p_value"):
        np.testing.assert_allclose(table[column], expected[column], rtol=1e-9, err_msg=column)


def composed(n_genes=600):
    """Counts of eight samples in which a few genes take up half of the reads of one group."""
    data = pylimma.simulate_counts(n_genes=n_genes, n_samples=8, rng=6)
    counts = data.counts.copy()
    treated = (data.samples["group"] == "treated").to_numpy()
    counts.iloc[:3, treated] += (counts.loc[:, treated].sum() / 3).astype(int).to_numpy()
    return counts, data.samples.assign(batch=list("abababab")).iloc[::-1]


@EXACT
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_gives_the_numbers_of_one_call(page, tmp_path):
    counts, samples = composed()
    counts.to_csv(tmp_path / "counts.csv")
    samples.to_csv(tmp_path / "samples.csv")
    formula, options = PAGES[page]
    found = pylimma.analyze(counts, samples, formula, COMPARISON, **options)
    assert np.ptp(found.counts.samples["norm_factors"]) > 0.5
    assert_same(run(page, tmp_path)["fit"], found.tables[COMPARISON])


@pytest.mark.data
@EXACT
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_gene_of_the_mammary_data_changes_its_call(page, tmp_path):
    data = pylimma.mammary()
    cell, stage = data.samples["group"].str.split(".", expand=True).T.to_numpy()
    group = np.where(cell == "basal", "control", "treated")
    samples = pd.DataFrame({"group": group, "batch": stage}, data.counts.columns)
    data.counts.to_csv(tmp_path / "counts.csv")
    samples.to_csv(tmp_path / "samples.csv")
    formula, options = PAGES[page]
    found = pylimma.analyze(data.counts, samples, formula, COMPARISON, **options)
    assert_same(run(page, tmp_path)["fit"], found.tables[COMPARISON])


def test_the_guide_to_anndata_gives_the_numbers_of_one_call(tmp_path):
    names = run(GUIDES / "anndata.md", tmp_path)
    adata = names["adata"]
    found = pylimma.analyze(adata, None, "~ group", layer="counts", filter=False)
    expected = found.tables["grouptreated"]
    assert_same(names["fit"], expected, coef="group")
    whole = pylimma.analyze(names["data"].counts, names["data"].samples, "~ group")
    assert_same(names["fit"], whole.tables["grouptreated"], coef="group")
    for long in (names["table"], names["same"]):
        table = long.set_index("variable").loc[expected.index]
        np.testing.assert_allclose(table["log_fc"], expected["log_fc"], rtol=1e-9)
        np.testing.assert_allclose(table["p_value"], expected["p_value"], rtol=1e-9)


def test_the_guide_to_single_cells_gives_the_numbers_of_one_call(tmp_path):
    adata = test_guides.cells()
    adata.obs["cell_type"] = adata.obs["cell_type"].str.removesuffix("s")
    names = test_guides.run("pseudobulk.md", {"adata": adata}, tmp_path)
    reference = {"disease": "control"}
    found = pylimma.analyze_pseudobulk(
        adata, "donor", "cell_type", "~ disease + sex", layer="counts", reference=reference
    )
    assert_same(names["fit"], found["T cell"].tables["diseasecase"], coef="disease")


def test_the_model_class_gives_the_numbers_of_one_call():
    counts, samples = composed()
    adata = anndata.AnnData(counts.T.astype(float), obs=samples.loc[counts.columns])
    table = pylimma.Limma(adata, "~ group").fit().test_contrasts(COMPARISON).set_index("variable")
    found = pylimma.analyze(counts, samples, "~ group", COMPARISON, filter=False)
    expected = found.tables[COMPARISON].loc[table.index]
    np.testing.assert_allclose(table["log_fc"], expected["log_fc"], rtol=1e-9)
    np.testing.assert_allclose(table["p_value"], expected["p_value"], rtol=1e-9)


def test_the_demo_gives_the_numbers_of_one_call(tmp_path):
    runpy.run_path(str(ROOT / "examples" / "demo.py"))["main"](tmp_path)
    table = pd.read_csv(tmp_path / "top_table.csv", index_col="gene")
    data = pylimma.simulate_counts(n_genes=10_000, n_samples=8, rng=1)
    found = pylimma.analyze(data.counts, data.samples, "~ 0 + group", COMPARISON)
    expected = found.tables[COMPARISON].loc[table.index]
    assert len(expected) == len(table)
    np.testing.assert_allclose(table["log_fc"], expected["log_fc"], rtol=1e-9)
    np.testing.assert_allclose(table["p_value"], expected["p_value"], rtol=1e-9)


def run_notebook(name, last):
    """Run the code of a notebook, to the first cell that holds a text."""
    notebook = nbformat.read(ROOT / "examples" / name, as_version=4)
    names = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, name, "exec"), names)  # noqa: S102 - our own page
            if last in cell.source:
                break
    plt.close("all")
    return names


@pytest.mark.data
@pytest.mark.filterwarnings("ignore:Outlying samples")
def test_the_tutorial_gives_the_numbers_of_one_call():
    names = run_notebook("yoruba/yoruba_tutorial.ipynb", "e_bayes(")
    found = pylimma.analyze(
        names["counts"], names["samples"], "~ 0 + gender", "male - female", progress=False
    )
    assert_same(names["fit"], found.tables["male - female"])


@pytest.mark.data
def test_two_factors_give_the_numbers_of_one_call():
    names = run_notebook("mammary/mammary_interaction.ipynb", "e_bayes(")
    found = pylimma.analyze(
        names["data"].counts,
        names["samples"],
        "~ 0 + group",
        names["contrasts"],
        "quality_weights",
        robust=True,
    )
    for coef, table in enumerate(found.tables.values()):
        assert_same(names["fit"], table, coef)


@pytest.mark.slow
def test_pseudobulk_samples_give_the_numbers_of_one_call():
    names = run_notebook("pseudobulk/pseudobulk.ipynb", "analyze_pseudobulk(")
    assert_same(names["fit"], names["found"]["T cell"].tables["conditionstimulated"], "condition")


def test_every_recipe_normalises_the_library_sizes():
    """Wherever counts are weighted on a page, their library sizes were normalised before."""
    weights = re.compile(r"\b(?:pylimma|pl)\.voom(_lm_fit|_with_quality_weights)?\((?!\))")
    pages = [ROOT / "README.md", *GUIDES.glob("*.md"), *(ROOT / "examples").glob("*/*.ipynb")]
    for page in pages:
        text = page.read_text()
        weighted = weights.search(text)
        if weighted:
            assert "norm_lib_sizes(" in text[: weighted.start()], page.name
