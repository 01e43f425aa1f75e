"""Gene sets in an analysis: their tests, pictures and place in the summary."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, Note, UnknownNameError

DATA = pylimma.simulate_counts(n_genes=600, n_samples=8, rng=2)
UP = list(DATA.counts.index[DATA.truth["log_fc"] > 0][:20])
SETS = {"up": UP, "any": list(DATA.counts.index[100:140])}
TWO = {"treated - control": "treated - control", "control": "control - treated"}


def analysed(contrasts="treated - control", **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Note)  # of genes that the filter removed
        return pylimma.analyze(DATA.counts, DATA.samples, "~ 0 + group", contrasts, **options)


@pytest.fixture(scope="module")
def found():
    return analysed(TWO, sets=SETS)


@pytest.mark.parametrize("test", ["camera", "fry", "camera_pr"])
def test_sets_are_tested_in_every_contrast(test):
    found = analysed(TWO, sets=SETS, set_test=test, filter=False)
    data = (found.expression, SETS, found.design, found.fit.frame("contrasts"))
    if test == "fry":
        expected = pylimma.fry(*data, contributing=True)
    else:
        expected = getattr(pylimma, test)(found.fit, SETS, contributing=True)
    pd.testing.assert_frame_equal(
        found.sets.table.drop(columns="contrast"), expected.drop(columns="contrast")
    )
    assert list(found.sets.table["contrast"].unique()) == list(found.tables)
    assert found.sets.of_contrast("control").loc["up", "direction"] == "Down"


def test_an_analysis_without_sets_has_none():
    found = analysed()
    assert found.sets is None
    with pytest.raises(InputError, match="give some to `analyze` as `sets`"):
        found.plot_sets()
    assert "sets" not in dict(found.facts)


def test_the_summary_counts_the_sets(found):
    text = dict(found.facts)["sets"]
    assert text == "2 tested by camera; FDR below 0.05: 1 in treated - control, 1 in control"
    assert text in repr(found)


def test_genes_may_be_named_by_a_column_of_the_annotation():
    symbols = pd.DataFrame({"symbol": "S" + DATA.counts.index}, DATA.counts.index)
    sets = {name: [f"S{gene}" for gene in genes] for name, genes in SETS.items()}
    y = pylimma.DGEList(DATA.counts, genes=symbols)
    for geneid in (None, "symbol"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Note)
            found = pylimma.analyze(y, DATA.samples, "~ group", sets=sets, geneid=geneid)
        names = found.fit.row_names[found.sets.members["up"]]
        assert set(names) <= set(UP)
        assert len(names) > 10


def test_what_is_saved_has_the_sets(found, tmp_path):
    again = pylimma.Analysis.load(found.save(tmp_path / "a.pylimma"))
    pd.testing.assert_frame_equal(again.sets.table, found.sets.table)
    np.testing.assert_array_equal(again.sets.members["up"], found.sets.members["up"])


def test_the_sets_of_all_contrasts_are_drawn(found):
    ax = found.plot_sets()
    assert [text.get_text() for text in ax.get_xticklabels()] == list(TWO)
    assert "2 of 2 sets shown" in ax.get_xlabel()
    assert found.plot_sets("bar", number=1).patches
    plt.close("all")


def test_the_genes_of_a_set_are_drawn(found):
    ax = found.plot_barcode("up", "control")
    n_genes = len(found.sets.members["up"])
    assert ax.texts[-1].get_text() == f"up ({n_genes} genes)"
    assert ax.get_title(loc="left") == "control"
    with pytest.raises(UnknownNameError, match="No gene set 'ups' was tested; there are 'up'"):
        found.plot_barcode("ups", 0)
    with pytest.raises(InputError, match="Say which contrast"):
        found.plot_barcode("up")
    plt.close("all")


def test_every_cell_type_has_its_sets():
    rng = np.random.default_rng(1)
    anndata = pytest.importorskip("anndata")
    obs = pd.DataFrame({"donor": np.arange(120) % 6, "type": np.arange(120) // 60}).astype(str)
    obs["group"] = np.where(obs["donor"] < "3", "a", "b")
    cells = anndata.AnnData(rng.poisson(5.0, (120, 50)), obs=obs.rename(index=str))
    sets = {"first": [str(k) for k in range(10)]}
    found = pylimma.analyze_pseudobulk(cells, "donor", "type", "~ group", sets=sets, filter=False)
    assert all(list(one.sets.members) == ["first"] for one in found.values())
