"""The Python of the guides runs as it stands, on their own data or on data like a reader's."""

import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import anndata
import decision_picture
import matplotlib.pyplot as plt
import numpy as np
import page_code
import pandas as pd
import pytest
import scipy.sparse
from readers import made_up_runs
from readers.arrays import made_up_beads, made_up_series, made_up_slides

DOCS = Path(__file__).parents[1] / "docs"
GUIDES = DOCS / "how-to"
IN_TEST_README = {"own-counts.md"}
GIVEN_DATA = {  # pages whose data are the reader's, each with a test of its own below
    "arrays.md", "gene-sets.md", "one-call.md", "proteomics.md", "pseudobulk.md",
    "random-effects.md", "read-counts.md", "screens.md",
}  # fmt: skip
WITH_PYTHON = sorted(p for p in DOCS.glob("*/*.md") if "```python" in p.read_text())
OWN_DATA = [p for p in WITH_PYTHON if p.name not in GIVEN_DATA | IN_TEST_README]


def run(page, names, folder):
    """Run the Python of a page in a folder, with the names that the page takes for given."""
    names = {**names}
    for ran in page_code.run_page(GUIDES / page, names, folder):
        sys.stdout.write(ran.printed)
    return names


def cells():
    """Eight donors, two cell types and more cells of one than of the other."""
    rng = np.random.default_rng(1)
    donor = np.arange(480) % 8
    obs = pd.DataFrame(
        {
            "donor": [f"d{d}" for d in donor],
            "cell_type": np.where(np.arange(480) < 300, "T cells", "B cells"),
            "condition": np.where(donor < 4, "control", "case"),
            "sex": np.where(donor % 2 == 0, "f", "m"),
        },
        index=[f"cell{k}" for k in range(480)],
    ).assign(disease=lambda table: table["condition"])
    counts = rng.poisson(rng.gamma(2, 2, 200), (480, 200)).astype(np.float32)
    var = pd.DataFrame(index=[f"gene{k}" for k in range(200)])
    return anndata.AnnData(counts, obs, var, layers={"counts": counts})


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
@pytest.mark.parametrize("page", OWN_DATA, ids=lambda page: page.stem)
def test_a_page_prints_and_draws_what_it_shows(page, tmp_path):
    blocks = list(page_code.run_page(page, {}, tmp_path))
    plt.close("all")
    assert len(blocks) == page.read_text().count("```python\n")
    for block in blocks:
        if block.expected is not None:
            assert block.printed == block.expected, block.code
        assert block.picture is None or block.figures, block.code
    if page.name in {"designs.md", "anndata.md"}:
        assert "positive log fold change means higher in" in "".join(b.printed for b in blocks)


def test_every_text_and_picture_of_a_page_follows_the_code_it_comes_from():
    for page in DOCS.glob("*/*.md"):
        found = list(page_code._BLOCK.finditer(page.read_text()))
        pictures = page.read_text().count("_static/pages/")
        drawn = sum(block["picture"] is not None for block in found)
        assert pictures == drawn + ("which-method.png" in page.read_text()), page.name
        assert page.read_text().count("```text\n") == sum(
            block["printed"] is not None for block in found
        ), page.name


def test_the_picture_of_methods_names_functions_that_exist(tmp_path):
    import pylimma as pl  # noqa: PLC0415

    decision_picture.draw(tmp_path / "which.png")
    named = [text for route in decision_picture.ROUTES for text in route[1:]]
    named += [functions for _, functions in decision_picture.TESTS]
    words = {w.strip("(),") for text in named for w in text.split() if "…" not in w}
    assert words - {"log2"} <= set(dir(pl))


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_the_guide_to_random_effects_runs(tmp_path, capsys):
    names = run("random-effects.md", {}, tmp_path)
    assert list(names["analysis"].fit.frame("variance_components").columns) == ["donor", "Residual"]
    assert " df " in capsys.readouterr().out
    plt.close("all")


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_the_guide_to_gene_sets_runs(tmp_path):
    # as gseapy 1 and decoupler 2 return them: objects, as strings of one table, and scores by set
    columns = ["Name", "Term", "ES", "NES", "NOM p-val", "FDR q-val", "FWER p-val", "Tag %"]
    columns += ["Gene %", "Lead_genes"]
    rows = [
        ["prerank", name, 0.4, 1.5 + k, 0.01, 0.02, 0.03, "3/25", "10.00%", "gene1;gene2"]
        for k, name in enumerate(["third", "first", "second"])
    ]
    prerank = SimpleNamespace(res2d=pd.DataFrame(rows, columns=columns, dtype=object))
    scores = pd.DataFrame(
        [[3.0, 1.0, 2.0]], index=["grouptreated"], columns=["third", "first", "second"]
    )
    names = run("gene-sets.md", {"prerank": prerank, "scores": scores}, tmp_path)
    both = names["both"]
    assert both.loc["first", ["NES", "activity grouptreated"]].tolist() == [2.5, 1.0]
    assert both["fdr"].notna().all()
    assert "universe: " in names["found"].attrs["meaning"]
    assert names["table"].index[0] == names["ranked"].index[0] == "response"
    assert list(names["analysis"].sets.members) == list(names["sets"])
    assert 'id="set-table"' in (tmp_path / "report.html").read_text()
    plt.close("all")


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_the_guide_to_one_call_runs(tmp_path):
    (tmp_path / "reports").mkdir()
    names = run("one-call.md", {"adata": cells()}, tmp_path)
    assert list(names["found"]) == ["B cells", "T cells"]
    assert (tmp_path / "report.html").exists()
    assert (tmp_path / "analysis.pylimma").exists()
    assert len(list((tmp_path / "reports").iterdir())) > 1


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_the_guide_to_single_cells_runs(tmp_path):
    adata = cells()
    adata.obs["cell_type"] = adata.obs["cell_type"].str.removesuffix("s")
    names = run("pseudobulk.md", {"adata": adata}, tmp_path)
    assert names["t_cells"].shape[1] == 8
    assert len(names["fit"]) > 0


def test_the_guide_to_screens_runs(tmp_path):
    rng = np.random.default_rng(4)
    obs = pd.DataFrame(
        {
            "perturbation": rng.permutation(np.repeat(["non-targeting", "p1", "p2", "p3"], 100)),
            "batch": rng.choice(["a", "b"], 400),
        },
        index=[f"cell{k}" for k in range(400)],
    )
    counts = rng.negative_binomial(2, 2 / (2 + rng.gamma(4, 1, 80)), (400, 80))
    counts[obs["perturbation"] == "p1", 0] += 10
    obs["total_counts"] = counts.sum(axis=1)
    cells = anndata.AnnData(scipy.sparse.csr_matrix(counts.astype(np.float32)), obs=obs)
    cells.write_h5ad(tmp_path / "screen.h5ad")
    names = run("screens.md", {}, tmp_path)
    first = names["table"].iloc[0]
    assert (first["variable"], first["contrast"]) == ("0", "p1-non-targeting")
    assert len(names["top"]) == 60
    assert len(pd.read_parquet(tmp_path / "screen.parquet")) == 240
    names["adata"].file.close()


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_the_guide_to_reading_counts_runs(tmp_path, monkeypatch):
    rng = np.random.default_rng(2)
    length = rng.integers(300, 3000, 200)
    samples = [f"s{k}" for k in range(6)]
    counts = {sample: rng.negative_binomial(5, 0.01, 200).astype(float) for sample in samples}
    made_up = {
        "NAMES": [f"t{k}" for k in range(200)],
        "LENGTH": length,
        "COUNTS": counts,
        "EFFECTIVE": dict.fromkeys(samples, length - 150.0),
    }
    for name, value in made_up.items():
        monkeypatch.setattr(made_up_runs, name, value)
    runs = made_up_runs.salmon(tmp_path, [rng.poisson(counts[s], (9, 200)) for s in samples])
    table = {"files": runs, "group": list("ababab"), "batch": list("xxyyzz")}
    pd.DataFrame(table, index=samples).to_csv(tmp_path / "samples.csv")
    genes = [f"{transcript}\tg{k // 2}" for k, transcript in enumerate(made_up["NAMES"])]
    pairs = "\n".join(["transcript\tgene", *genes]) + "\n"
    (tmp_path / "transcripts_to_genes.tsv").write_text(pairs)
    names = run("read-counts.md", {}, tmp_path)
    assert names["v"].shape[1] == 6


def bead_chips(folder):
    """Profiles of two groups of three arrays, and the table of samples."""
    arrays = [f"a{k}" for k in range(6)]
    pd.DataFrame({"array": arrays, "group": list("ababab")}).to_csv(folder / "samples.csv")
    made_up_beads.write(folder, made_up_beads.profile(arrays, n_genes=80)[0])
    controls = made_up_beads.profile(arrays, controls=True, seed=2)[0]
    made_up_beads.write(folder, controls, "control profile.txt")


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_the_guide_to_arrays_runs(tmp_path, capsys):
    bead_chips(tmp_path)
    made_up_slides.write(tmp_path)
    made_up_series.write(tmp_path, made_up_series.large(), "GSE1_series_matrix.txt.gz")
    made_up_series.write(tmp_path, made_up_series.PLATFORM, "GPL1.annot.gz")
    names = run("arrays.md", {}, tmp_path)
    assert names["y"].genes["Symbol"].notna().sum() == 2
    assert ((names["MA"].M * [1, -1, 1, -1])[:: made_up_slides.RESPONDS].mean(axis=1) > 1).all()
    assert "Values look logged" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_the_guide_to_proteomics_runs(tmp_path):
    made = GUIDES.parents[1] / "examples" / "label_free" / "proteinGroups.txt.gz"
    shutil.copy(made, tmp_path)
    names = run("proteomics.md", {}, tmp_path)
    assert names["account"].groups["partial"].min() > 0
    assert "reason" in names["analysis"].tables["treated - control"]
    assert len(names["by_count"]["s2_prior"]) == names["proteins"].shape[0]
    assert (tmp_path / "report.html").exists()
    plt.close("all")
