"""The panel of gene sets in the report, linked with the genes."""

import io
import warnings

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import PylimmaWarning

CONTRASTS = {"treated - control": "treated - control", "control - treated": "control - treated"}


@pytest.fixture(scope="module")
def tested():
    """An analysis with 60 sets, one of which responds; a name and a description of markup."""
    data = pylimma.simulate_counts(n_genes=3000, n_samples=8, rng=4)
    rng = np.random.default_rng(3)
    genes = data.counts.index.to_numpy()
    up = genes[data.truth["log_fc"] > 0]
    sets = {f"SET_{k}": list(rng.choice(genes, 10 + k, replace=False)) for k in range(58)}
    sets["RESPONSE"] = [*up[:40], *rng.choice(genes, 10), "unknown"]
    sets["<b onclick=alert(1)>"] = list(genes[:5])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        return pylimma.analyze(
            data.counts, data.samples, "~ 0 + group", CONTRASTS, filter=False, sets=sets
        )


@pytest.fixture
def opened(page, tested, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "sets.html"
    if not path.exists():
        tested.report(path)
    page.open(path)
    return page


def rows(page, table="set"):
    code = (
        f"[...document.querySelectorAll('#{table}-table .row')].map(r => r.firstChild.textContent)"
    )
    return page.run(f"return {code}")


def test_the_sets_of_a_contrast_are_listed_by_their_p_values(opened, tested):
    expected = tested.sets.of_contrast("treated - control")
    assert rows(opened)[:10] == list(expected.index[:10])
    cells = opened.run(
        "return [...document.querySelector('#set-table .row').children].map(c => c.textContent)"
    )
    assert cells[:3] == ["RESPONSE", str(expected["n_genes"].iloc[0]), "Up"]
    assert opened.text("#sets-found") == "60 of 60 sets"
    assert opened.text("#sets h2 + .tools span").startswith("camera, a competitive test")
    assert opened.faults() == []


def test_a_set_marks_its_genes_in_the_plots_and_the_table(opened, tested):
    opened.click("#set-table .row")
    members = tested.sets.members["RESPONSE"]
    for plot in ("volcano", "md"):
        matches = opened.run(f"return window.report.genes.{plot}.matches")
        assert sorted(matches) == list(members)
    assert opened.text("#found") == f"{len(members)} of 3,000 genes"
    table = tested.tables["treated - control"]
    inside = table.index[table.index.isin(tested.fit.row_names[members])]
    assert rows(opened, "gene")[:5] == list(inside[:5])
    assert opened.text("#set-chip") == "× RESPONSE"
    opened.type("#search", inside[3])
    assert inside[3] in rows(opened, "gene")
    opened.click("#set-chip")
    opened.type("#search", " ")
    assert opened.text("#found") == "3,000 of 3,000 genes"
    assert opened.run("return window.report.genes.volcano.matches") is None
    assert not opened.driver.find_element("css selector", "#set-chip").is_displayed()


def test_the_bars_of_a_set_stand_at_the_ranks_of_its_genes(opened, tested):
    opened.click("#set-table .row")
    members = tested.sets.members["RESPONSE"]
    rank = np.argsort(np.argsort(tested.fit["t"][:, 0], kind="stable"))
    shown = opened.run("return Array.from(window.report.sets.rank)")
    np.testing.assert_array_equal(np.asarray(shown)[members], rank[members])
    known = tested.sets.of_contrast("treated - control").loc["RESPONSE"]
    about = opened.text("#set-about")
    assert about.startswith(f"{known['n_genes']} of its {known['n_given']} genes are in the data")
    assert "up, p " in about


def test_the_curve_is_the_worm_of_barcodeplot(opened):
    t = np.arange(200.0)
    ranks = np.r_[20:40, 150:200]
    ax = pylimma.barcodeplot(t, ranks)
    height = ax.lines[1].get_ydata()
    shown = np.array(opened.run(f"return window.report.sets.enrichment({ranks.tolist()}, 200)"))
    np.testing.assert_array_equal(shown[:, 0], t)
    expected = (height - 1.2) / 0.9
    np.testing.assert_allclose(shown[:, 1] / shown[:, 1].max(), expected, atol=1e-9)


def test_a_bar_chooses_its_gene(opened):
    opened.click("#set-table .row")
    gene = opened.run(
        "const s = window.report.sets, [x, gene] = s.bars[0];"
        "s.chart.spec.click(s.hitBar(s.chart, x)); return gene"
    )
    assert opened.run("return window.report.genes.gene") == gene


def test_another_contrast_changes_genes_and_sets(opened, tested):
    opened.choose("#set-contrast", "control - treated")
    assert opened.run("return document.getElementById('contrast').value") == "1"
    assert rows(opened)[0] == "RESPONSE"
    assert (
        opened.run("return document.querySelector('#set-table .row .down').textContent") == "Down"
    )
    opened.choose("#contrast", "treated - control")
    assert opened.run("return document.getElementById('set-contrast').value") == "0"
    assert rows(opened, "gene")[0] == tested.tables["treated - control"].index[0]


def test_sets_are_found_by_their_name_or_a_gene(opened, tested):
    opened.type("#set-search", "set_5")
    assert opened.text("#sets-found") == "9 of 60 sets"
    gene = tested.fit.row_names[tested.sets.members["RESPONSE"][0]]
    opened.type("#set-search", gene)
    holders = [n for n, m in tested.sets.members.items() if tested.sets.members["RESPONSE"][0] in m]
    assert set(rows(opened)) == set(holders)
    opened.type("#set-search", "nothing-like-this")
    assert "No set matches" in opened.text("#set-table")


def test_significant_sets_can_be_looked_at_alone(opened, tested):
    opened.choose("#set-calls", "significant")
    number = tested.sets.significant(0.05)["treated - control"]
    assert opened.text("#sets-found") == f"{number} of 60 sets"
    opened.choose("#set-calls", "down")
    assert opened.text("#sets-found") == "0 of 60 sets"


def test_a_click_on_a_heading_sorts_the_sets(opened, tested):
    opened.click("#set-table .head button:nth-child(2)")
    sizes = tested.sets.of_contrast("treated - control")["n_genes"]
    assert rows(opened)[0] == sizes.idxmax()


def test_the_table_of_sets_is_saved_with_its_numbers(opened, tested):
    saved = pd.read_csv(
        io.StringIO(opened.run("return window.report.sets.table.text()")), index_col=0
    )
    expected = tested.sets.of_contrast("treated - control").loc[saved.index]
    np.testing.assert_allclose(saved["p"], expected["p_value"], rtol=1e-4)
    np.testing.assert_allclose(saved["FDR"], expected["fdr"], rtol=1e-4)
    assert list(saved["direction"]) == list(expected["direction"])


def test_names_of_sets_are_shown_as_text(opened):
    opened.type("#set-search", "onclick")
    assert rows(opened) == ["<b onclick=alert(1)>"]
    assert opened.run("return document.querySelectorAll('b[onclick]').length") == 0


def test_a_narrow_screen_needs_no_sideways_scrolling(opened):
    opened.driver.set_window_size(500, 900)
    try:
        wide = opened.run("return document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0
    finally:
        opened.driver.set_window_size(1400, 1000)


@pytest.mark.parametrize(
    "sets",
    [
        {"all": [f"gene{k}" for k in range(1, 401)], "one": ["gene1"]},
        {"only": ["gene1", "gene2", "gene3"]},
        {"empty": ["nothing"], "some": ["gene1", "gene2", "gene3"]},
    ],
    ids=["all genes", "a single set", "an empty set"],
)
@pytest.mark.parametrize("test", ["camera", "fry"])
def test_odd_sets_have_a_panel_too(page, tmp_path, sets, test):
    data = pylimma.simulate_counts(n_genes=400, n_samples=6, rng=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        found = pylimma.analyze(
            data.counts, data.samples, "~ group", filter=False, sets=sets, set_test=test
        )
    page.open(found.report(tmp_path / "odd.html"))
    assert set(rows(page)) == set(sets)
    for k in range(len(sets)):
        page.click(f"#set-table .row:nth-child({k + 1})")
    assert page.faults() == []
