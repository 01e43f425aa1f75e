"""What a reader of the page chooses: thresholds, genes to compare, pictures, a narrow screen."""

import warnings

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import PylimmaWarning

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}


@pytest.fixture(scope="module")
def found():
    """Two contrasts of three groups, identifiers of Ensembl, symbols, and Entrez numbers."""
    data = pylimma.simulate_counts(n_genes=2000, n_samples=9, rng=5)
    names = [f"ENSG{k:011d}.{k % 9 + 1}" for k in range(2000)]
    symbols = [f"SYM{k}" for k in range(2000)]
    genes = pd.DataFrame({"symbol": symbols, "entrez_id": np.arange(2000) + 100}, names)
    samples = data.samples.assign(group=["a"] * 4 + ["b"] * 3 + ["c"] * 2)
    y = pylimma.DGEList(data.counts.set_axis(names, axis=0), genes=genes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        return pylimma.analyze(y, samples, "~ 0 + group", {"c - a": "c - a", "b - a": "b - a"})


@pytest.fixture
def opened(page, found, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "choices.html"
    if not path.exists():
        found.report(path)
    page.open(path)
    return page


def settle(page):
    page.driver.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0]))")


def slide(page, field, value):
    page.run(
        "const [id, value] = arguments, field = document.getElementById(id); field.value = value;"
        "field.dispatchEvent(new Event(id.endsWith('value') ? 'change' : 'input'))",
        field,
        value,
    )
    settle(page)


def expected_calls(found, fdr, lfc):
    return {
        name: ((t["adj_p_value"] < fdr) & (t["log_fc"].abs() > lfc)) * np.sign(t["log_fc"])
        for name, t in found.tables.items()
    }


@pytest.mark.parametrize(("fdr", "lfc"), [(0.001, 1.0), (0.5, 0.35), (1e-30, 0.0), (1.0, 0.0)])
def test_thresholds_change_counts_table_and_pictures(opened, found, fdr, lfc):
    slide(opened, "fdr-value", fdr)
    slide(opened, "lfc-value", lfc)
    calls = expected_calls(found, fdr, lfc)
    for row, values in enumerate(calls.values()):
        shown = opened.run(
            "const r = document.querySelector(`.results tr[data-row='${arguments[0]}']`);"
            "return ['down', 'up'].map(k => r.querySelector('.' + k).textContent)",
            row,
        )
        assert shown == [f"{(values < 0).sum():,}", f"{(values > 0).sum():,}"]
    first = calls["c - a"].loc[found.fit.row_names]
    for plot in ("volcano", "md"):
        painted = opened.run(f"return Array.from(window.report.genes.{plot}.calls)")
        np.testing.assert_array_equal(painted, first)
    opened.choose("#calls", "up or down")
    n_called = int((first != 0).sum())
    assert opened.text("#found") == f"{n_called:,} of {len(first):,} genes"
    assert opened.text("#called").startswith(f"{(first > 0).sum():,} up")
    assert opened.faults() == []


def test_at_its_own_thresholds_the_page_shows_the_calls_of_the_analysis(opened, found):
    slide(opened, "lfc", "0.5")
    assert opened.text("#rule-now").startswith("Shown now: FDR below 0.05, absolute log2")
    opened.click("#thresholds-reset")
    settle(opened)
    shown = opened.run("return window.report.genes.thresholds.calls.map(c => Array.from(c))")
    np.testing.assert_array_equal(np.transpose(shown), found.decisions.values)
    computed = opened.run(
        "return window.report.data.contrasts.map(c => Array.from(callsAt(c, Math.log10(.05), 0)))"
    )
    np.testing.assert_array_equal(computed, shown)
    assert not opened.driver.find_element("css selector", "#rule-now").is_displayed()


def test_numbers_are_whole_and_bars_have_one_scale(opened, found):
    slots = opened.run("""
        return [...document.querySelectorAll('#gene-table .row span:not(.text)')].filter(
            (c) => c.scrollWidth > c.clientWidth + 1
                || getComputedStyle(c).textOverflow === 'ellipsis'
        ).map(c => c.textContent)""")
    assert slots == []
    shares = opened.run("""
        return [...document.querySelectorAll('#gene-table .row')].map((r) => [
            Number(r.dataset.gene),
            Number(r.querySelector('.change').style.getPropertyValue('--share'))])""")
    genes, share = np.array(shares).T
    change = np.abs(found.fit["coefficients"][genes.astype(int), 0])
    called = np.abs(np.where(found.decisions.values != 0, found.fit["coefficients"], 0)).max()
    np.testing.assert_allclose(share, np.minimum(change / called, 1), rtol=1e-4)


def test_top_genes_are_named_in_the_plots_without_overlaps(opened, found):
    for plot in ("volcano", "md"):
        chart = f"window.report.genes.{plot}"
        named = opened.run(f"return {chart}.named")
        top = found.tables["c - a"].index[:12]
        assert list(found.fit.row_names[named]) == list(top)
        boxes = opened.run(f"""
            const c = {chart}, g = c.canvas.getContext('2d');
            const points = c.named.map((k) => ({{ text: c.spec.name(k), x: c.px[k], y: c.py[k] }}));
            return placeLabels(g, points, c.box, (at) => c.crowd(at)).map((p) => p.at)""")
        assert len(boxes) > 6
        for k, (left, top_, right, bottom) in enumerate(boxes):
            assert not any(
                left < r and right > x and top_ < b and bottom > y for x, y, r, b in boxes[:k]
            )


def test_several_genes_are_compared_in_the_sample_plot(opened, found):
    opened.click("#gene-table .row:nth-child(2) .pin")
    opened.click("#gene-table .row:nth-child(4) .pin")
    opened.click("#gene-table .row:nth-child(1)")
    rows = opened.run("return window.report.genes.strip.rows.map((r) => [r.gene, r.values])")
    table = found.tables["c - a"]
    assert [found.fit.row_names[gene] for gene, _ in rows] == list(table.index[[1, 3, 0]])
    for gene, values in rows:
        np.testing.assert_allclose(values, found.expression["E"][gene], atol=1e-3)
    opened.click("#centred")
    centred = opened.run("return window.report.genes.strip.rows.map((r) => r.values)")
    np.testing.assert_allclose(np.mean(centred, axis=1), 0, atol=1e-6)
    opened.click("#pins button:first-child")
    assert opened.run("return window.report.genes.pins.length") == 1
    assert opened.faults() == []


def test_a_click_in_the_heat_map_shows_the_values_of_its_gene(opened, found):
    row = 7
    x, y = opened.run(
        "const c = window.report.genes.heat, h = (c.box.bottom - c.box.top) / c.order.genes.length;"
        "return [c.box.left + 30, c.box.top + (arguments[0] + .5) * h]",
        row,
    )
    opened.click_at("heatmap", x, y)
    gene = opened.run(f"return window.report.genes.heat.order.genes[{row}]")
    assert opened.run("return window.report.genes.gene") == gene
    assert opened.text("#gene-name") == found.expression["genes"]["symbol"].iloc[gene]
    shown = opened.run("return window.report.genes.values")
    np.testing.assert_allclose(shown, found.expression["E"][gene], atol=1e-3)
    scaled = opened.run(f"return window.report.genes.heat.rows[{row}]")
    values = found.expression["E"][gene]
    expected = (values - values.mean()) / values.std(ddof=1)
    np.testing.assert_allclose(scaled, expected, atol=1e-3)


def test_the_keys_move_through_the_table_and_keep_genes(opened, found):
    body = opened.driver.find_element("css selector", "#gene-table .body")
    body.send_keys("\ue015\ue015 ")  # down, down, space
    order = found.tables["c - a"].index
    position = [int(k) for k in found.fit.row_names.get_indexer(order[:3])]
    assert opened.run("return window.report.genes.gene") == position[2]
    assert opened.run("return window.report.genes.pins") == [position[2]]
    assert opened.run("return document.activeElement.getAttribute('aria-activedescendant')") == (
        f"gene-table-{position[2]}"
    )


def test_the_keys_move_and_zoom_a_plot(opened):
    canvas = opened.driver.find_element("css selector", "#volcano canvas")
    home = opened.run("return window.report.genes.volcano.home")
    canvas.send_keys("+")
    canvas.send_keys("\ue014")  # right
    settle(opened)
    low, high = opened.run("return window.report.genes.volcano.spec.xlim")
    width = home["x"][1] - home["x"][0]
    assert high - low == pytest.approx(0.8 * width, rel=1e-6)
    assert low + high == pytest.approx(2 * 0.1 * 0.8 * width, rel=1e-6)
    canvas.send_keys("0")
    assert opened.run("return window.report.genes.volcano.spec.xlim") == home["x"]


def test_a_gene_has_links_by_the_kind_of_its_identifiers(opened, found):
    opened.type("#search", "SYM1234")
    opened.click("#gene-table .row")
    gene = "ENSG00000001234"
    addresses = opened.run(
        "return [...document.querySelectorAll('#gene-links a')].map((a) => a.href)"
    )
    assert addresses == [
        f"https://www.ensembl.org/id/{gene}",
        "https://www.ncbi.nlm.nih.gov/gene/1334",
        "https://www.uniprot.org/uniprotkb?query=gene:SYM1234",
    ]


def test_every_picture_is_saved_as_svg(opened):
    charts = opened.run("return [...document.querySelectorAll('.chart')].map((c) => c.id)")
    buttons = opened.run(
        "return [...document.querySelectorAll('[data-svg]')].map((b) => b.dataset.svg)"
    )
    assert sorted(charts) == sorted(buttons)
    for name in charts:
        text = opened.run(f"return svgOf([...Chart.all].find((c) => c.host.id === '{name}'))")
        bad = "new DOMParser().parseFromString(arguments[0], 'image/svg+xml').querySelector"
        assert opened.run(f"return {bad}('parsererror')", text) is None
        assert text.count("<path") > 5, name
        assert "NaN" not in text, name
    assert "SYM" in opened.run("return svgOf(window.report.genes.volcano)")
    assert opened.run("return document.documentElement.dataset.theme") in ("light", "dark")


def test_the_heat_map_and_the_correlations_name_the_samples(opened, found):
    names = set(found.expression.col_names)
    assert set(opened.run("return window.report.genes.heat.spec.names")) == names
    svg = opened.run("return svgOf(window.report.samples.correlations)")
    assert all(f">{name}<" in svg for name in names)
    shown = opened.run(
        "const c = window.report.samples.correlations;"
        "return [c.order, c.order.map((_, r) => c.order.map((_, k) => c.value(r, k)))]"
    )
    expected = np.corrcoef(found.expression["E"], rowvar=False)[np.ix_(shown[0], shown[0])]
    np.testing.assert_allclose(shown[1], expected, atol=1e-6)


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_shows_the_page_without_sideways_scrolling(opened, width):
    opened.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE | {"width": width})
    try:
        settle(opened)
        assert opened.run("return document.documentElement.scrollWidth") <= width
        heads = opened.run(
            "return [...document.querySelectorAll('#gene-table .head button')]"
            ".filter((b) => b.offsetParent).map((b) => b.textContent.replace(/ [↑↓]$/, ''))"
        )
        assert heads == ["symbol", "log2 FC", "adj. p"]
        cut = opened.run(
            "return [...document.querySelectorAll('#gene-table .row span:not(.text)')]"
            ".filter((c) => c.scrollWidth > c.clientWidth + 1).map((c) => c.textContent)"
        )
        assert cut == []
        assert (
            opened.run(
                "const t = document.getElementById('gene-table');"
                "return t.scrollWidth - t.clientWidth"
            )
            <= 0
        )
    finally:
        opened.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_paper_has_light_colours_and_the_first_rows(opened):
    opened.click("#theme")
    before = opened.run("return document.documentElement.dataset.theme")
    opened.run("dispatchEvent(new Event('beforeprint'))")
    assert opened.run("return document.documentElement.dataset.theme") == "light"
    assert opened.run("return document.querySelectorAll('#gene-table .row').length") == 40
    ratio = opened.run(
        "const c = window.report.genes.volcano; return c.canvas.width / c.host.clientWidth"
    )
    assert ratio == pytest.approx(3, abs=0.02)
    opened.run("dispatchEvent(new Event('afterprint'))")
    assert opened.run("return document.documentElement.dataset.theme") == before
