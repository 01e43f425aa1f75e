"""Pages of some sections alone, with a logo, and of analyses of other kinds."""

import base64
import json
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

import pylimma
from pylimma.errors import InputError, InputTypeError, PylimmaWarning
from pylimma.report.sections import SECTIONS

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PLACES = {
    "overview": 'id="overview"', "genes": 'id="volcano"', "p_values": 'id="p-histogram"',
    "heatmap": 'id="heatmap"', "sets": 'id="sets"', "samples": 'id="mds"',
    "correlations": 'id="correlations"', "model": 'id="model"', "methods": 'id="methods"',
}  # fmt: skip


@pytest.fixture(scope="module")
def found():
    data = pylimma.simulate_counts(n_genes=400, n_samples=6, rng=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        return pylimma.analyze(
            data.counts, data.samples, "~ group", sets={"one": ["gene1", "gene2", "gene3"]}
        )


def data_of(text):
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL).group(1))


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_stands_alone_or_is_left_out(page, found, tmp_path, section):
    alone = found.report(tmp_path / "alone.html", sections=[section])
    text = alone.read_text()
    assert [name for name, place in PLACES.items() if place in text] == [section]
    page.open(alone)
    assert page.faults() == []
    rest = [name for name in SECTIONS if name != section]
    without = found.report(tmp_path / "without.html", sections=rest)
    assert PLACES[section] not in without.read_text()
    page.open(without)
    assert page.faults() == []


def test_an_unknown_section_is_refused(found, tmp_path):
    with pytest.raises(InputError, match=r"`sections` must be one of .*got 'gene'"):
        found.report(tmp_path / "r.html", sections=["gene"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("logo.png", PIXEL, "png"),
        ("logo.svg", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "svg+xml"),
        ("logo.jpg", b"\xff\xd8\xff\xe0rest", "jpeg"),
        ("logo.webp", b"RIFF0000WEBPrest", "webp"),
    ],
)
def test_a_logo_is_part_of_the_page(found, tmp_path, name, content, kind):
    logo = tmp_path / name
    logo.write_bytes(content)
    text = found.report(tmp_path / "r.html", logo=logo).read_text()
    address = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    assert f'src="{address}"' in text


def test_a_logo_that_is_no_picture_is_refused(found, tmp_path):
    (tmp_path / "logo.png").write_text("<html>")
    with pytest.raises(InputError, match="`logo` must be a PNG, JPEG, GIF, WebP or SVG file"):
        found.report(tmp_path / "r.html", logo=tmp_path / "logo.png")
    with pytest.raises(InputError, match="`logo` cannot be read"):
        found.report(tmp_path / "r.html", logo=tmp_path / "none.png")
    with pytest.raises(InputTypeError, match="`logo`"):
        found.report(tmp_path / "r.html", logo=3)


def intensities(names, effect, n=3, **options):
    rng = np.random.default_rng(8)
    y = rng.normal(8, 0.3, (len(names), 2 * n))
    y[:, n:] += np.asarray(effect)[:, None]
    data = pd.DataFrame(y, names, [f"s{k}" for k in range(2 * n)])
    samples = pd.DataFrame({"group": ["x"] * n + ["y"] * n}, data.columns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        return pylimma.analyze(data, samples, "~ group", method="ls", **options)


@pytest.mark.parametrize(("share", "number"), [(0, 0), (0.005, 1), (1, 200)])
def test_a_page_is_readable_whatever_is_significant(page, tmp_path, share, number):
    effect = np.where(np.arange(200) < share * 200, 9.0, 0.0)
    found = intensities([f"gene{k}" for k in range(200)], effect)
    assert int(np.abs(found.decisions.values).sum()) == number
    page.open(found.report(tmp_path / "r.html"))
    assert page.text("#called").startswith(f"{number} up")
    named = page.run("return window.report.genes.volcano.named.length")
    assert named == {0: 5, 1: 1, 200: 12}[number]
    assert page.faults() == []


def test_a_page_of_proteins_speaks_of_proteins(page, tmp_path):
    found = intensities([f"P{k:04d}7" for k in range(60)], np.zeros(60))
    path = found.report(tmp_path / "r.html")
    page.open(path)
    assert page.text("h2") == "Proteins"
    assert page.text("#found") == "60 of 60 proteins"
    assert page.text("#gene-links") == "UniProt ↗"
    shown = page.run("return document.querySelector('main').innerText").lower()
    shown = shown.replace("differential expression", "")
    assert [
        line
        for line in shown.splitlines()
        if re.search(r"\bgenes?\b", line) and "et al" not in line and "smyth" not in line
    ] == []


def test_missing_values_are_counted_by_group(page, tmp_path):
    rng = np.random.default_rng(8)
    y = rng.normal(20, 1, (80, 6))
    y[3, 3:] = np.nan
    y[5, 1] = np.nan
    data = pylimma.EList(E=y).with_names(
        genes=pd.Index([f"P{k:04d}7" for k in range(80)]), samples=pd.Index(list("abcdef"))
    )
    samples = pd.DataFrame({"group": ["x"] * 3 + ["y"] * 3}, list("abcdef"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        found = pylimma.analyze(data, samples, "~ 0 + group", "y - x", method="vooma")
    page.open(found.report(tmp_path / "r.html"))
    page.run("window.report.genes.pick(3)")
    assert page.text("#gene-about").endswith("not tested; seen in 3 of 3 x, 0 of 3 y")
    page.run("window.report.genes.pick(5)")
    assert page.text("#gene-about").endswith("seen in 2 of 3 x, 3 of 3 y")
    assert page.run("return window.report.data.trend.label") == "average log2 abundance"
    assert "over the proteins seen in all samples" in page.text("#sample-correlations figcaption")
    assert page.faults() == []


def test_without_groups_every_sample_has_its_place(page, tmp_path):
    rng = np.random.default_rng(3)
    data = pd.DataFrame(rng.normal(8, 1, (50, 5)), columns=list("abcde"))
    samples = pd.DataFrame({"dose": [1.0, 2.5, 3.0, 4.5, 6.0]}, data.columns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        found = pylimma.analyze(data, samples, "~ dose", method="ls")
    page.open(found.report(tmp_path / "r.html"))
    assert page.run("return window.report.genes.strip.chart.spec.names") == list("abcde")
    xs = page.run("return window.report.genes.strip.chart.marks.x")
    assert xs == sorted(xs)
    assert page.faults() == []


def test_settings_name_treat_only_where_it_was_used(found, tmp_path):
    text = found.report(tmp_path / "one.html").read_text()
    assert "<dt>treat</dt>" not in text
    treated = intensities(["a", "b", "c"], [2, 0, 0], lfc=0.5)
    assert "<dt>treat</dt>" in treated.report(tmp_path / "two.html").read_text()
    cut = intensities(["a", "b", "c"], [2, 0, 0], lfc=0.5, treat=False)
    text = cut.report(tmp_path / "three.html").read_text()
    assert "<dt>treat</dt>" not in text
    assert data_of(text)["rule"] == {"name": "FDR", "fdr": 0.05, "lfc": 0.5}


def test_colours_are_those_of_the_plots(found, tmp_path):
    text = found.report(tmp_path / "r.html").read_text()
    ax = found.plot_volcano()
    painted = {to_hex(c).upper() for coll in ax.collections for c in coll.get_facecolors()}
    up, down = re.search(r"--up: (#\w+); --down: (#\w+);", text).groups()
    assert {up.upper(), down.upper()} & painted
    groups = data_of(text)["groups"]["colors"]
    lines = [to_hex(line.get_color()) for line in found.plot_densities().lines]
    assert set(groups) == set(lines)
