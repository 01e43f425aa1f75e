"""The tutorial on real data: its figures are the published ones, and its notebook runs."""

import io
from pathlib import Path

import generate_data
import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient

import pylimma

pytestmark = pytest.mark.data

FOLDER = Path(__file__).parents[1] / "docs" / "tutorials"

# Printed by the published analysis, to the digits it gives.
TOP_TEN = """
gene log_fc ave_expr t p_value adj_p_value b
ENSG00000229807 -9.754111 3.757487 -30.204314 1.273538e-42 2.274539e-38 64.596795
ENSG00000157828 3.331036 3.257210 27.465826 6.949407e-40 6.205821e-36 74.017347
ENSG00000099749 4.317234 0.263767 26.148507 1.739289e-38 1.035457e-34 62.613707
ENSG00000233864 4.953478 -0.604718 25.433224 1.056581e-37 4.717636e-34 60.339780
ENSG00000131002 5.505956 -0.221843 22.499691 2.705099e-34 9.662612e-31 56.082086
ENSG00000129824 2.828112 4.660897 19.558774 1.595046e-30 4.747922e-27 57.061885
ENSG00000213318 4.345767 2.214549 19.314856 3.413102e-30 8.708286e-27 53.976644
ENSG00000165246 5.386264 -0.542520 18.815555 1.653385e-29 3.691182e-26 48.414148
ENSG00000198692 2.476822 2.629761 18.179260 1.286432e-28 2.552852e-25 51.997921
ENSG00000243209 2.606131 -0.068742 14.467088 5.372496e-23 9.595278e-20 37.351348
"""


@pytest.fixture(scope="module")
def filtered():
    data = generate_data.load_yoruba()
    counts, group = data["counts"], data["targets"]["gender"]
    lib_size = counts.sum(axis=0)
    cutoff = 10.0 / (lib_size.median() / 1e6)
    keep = (counts.div(lib_size, axis=1) * 1e6 > cutoff).sum(axis=1) >= group.value_counts().min()
    return counts[keep], group


@pytest.fixture(scope="module")
def fit(filtered):
    counts, group = filtered
    design, contrast = generate_data.build_two_group_design(group)
    v = pylimma.voom(counts.to_numpy().astype(float), design)
    fit = pylimma.lm_fit(v["E"], design, weights=v["weights"])
    return pylimma.e_bayes(pylimma.contrasts_fit(fit, contrasts=contrast))


def test_the_prior_is_the_published_one(fit):
    assert f"{fit['s2_prior']:.4f}" == "0.8495"
    assert f"{fit['df_prior']:.2f}" == "4.98"


def test_the_first_ten_genes_are_the_published_ones(fit, filtered):
    table = pylimma.top_table(fit, coef=0, number=np.inf, sort_by="p")
    order = np.argsort(np.asarray(fit["p_value"]).ravel())
    table.index = filtered[0].index.astype(str)[order]
    published = pd.read_csv(io.StringIO(TOP_TEN), sep=" ", index_col="gene")
    assert (table["adj_p_value"] < 0.05).sum() == 52
    assert table.index[:10].tolist() == published.index.tolist()
    for column in published:
        exponents = np.floor(np.log10(published[column].abs()))
        last_digit = 10 ** (exponents - 6) if column.endswith("p_value") else 1e-6
        error = (table[column].iloc[:10] - published[column]).abs()
        assert (error < 0.51 * last_digit).all(), column


def test_decisions_match_the_adjusted_p_values(fit):
    calls = pylimma.decide_tests(fit, p_value=0.05).ravel()
    assert (calls != 0).sum() == 52
    assert (np.sign(fit["coefficients"][:, 0])[calls != 0] == calls[calls != 0]).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the Jupyter client itself
def test_the_notebook_runs_and_shows_the_published_figures():
    notebook = nbformat.read(FOLDER / "yoruba.ipynb", as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(FOLDER)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    printed = "".join(output.get("text", "") for output in outputs)
    for figure in ("17,860 / 38,415", "s2_prior: 0.8495", "df_prior: 4.98", "52 genes"):
        assert figure in printed
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 4
