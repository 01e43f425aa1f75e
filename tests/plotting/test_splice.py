"""Pictures of differential usage: what they show of which gene."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError, StageError, UnknownNameError
from pylimma.plotting.axes import BLUE, PALE, VERMILLION

DESIGN = pd.DataFrame({"Intercept": 1.0, "Group": [0.0, 0, 0, 1, 1, 1]})


def exon_data(n_genes=12, k=5):
    """Expression of exons; the second of the first gene goes up and its last one down."""
    rng = np.random.default_rng(5)
    y = rng.normal(size=(n_genes * k, 6), scale=0.3)
    y[1, 3:] += 5
    y[k - 1, 3:] -= 3
    genes = pd.DataFrame(
        {
            "GeneID": np.repeat([f"g{i}" for i in range(n_genes)], k),
            "Symbol": np.repeat([f"S{i}" for i in range(n_genes)], k),
            "Strand": np.repeat(["+", "-"] * (n_genes // 2), k),
            "Start": np.tile(np.arange(k) * 500 + 1, n_genes),
        },
        index=[f"e{i}" for i in range(n_genes * k)],
    )
    return pylimma.EList(E=pd.DataFrame(y, genes.index, DESIGN.index), genes=genes)


@pytest.fixture(scope="module")
def fit():
    return pylimma.lm_fit(exon_data(), DESIGN)


@pytest.fixture(scope="module")
def usage(fit):
    return pylimma.diff_splice(fit, "GeneID", "Start", verbose=False)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def marked(ax):
    """Positions and colours of the marked features."""
    points = ax.collections[1]
    return np.asarray(points.get_offsets()), [tuple(c) for c in points.get_facecolors()]


def test_the_top_gene_is_shown_with_its_features_in_order(usage):
    ax = pylimma.plot_splice(usage)
    assert ax.get_title(loc="left") == "g0 (+)"
    np.testing.assert_allclose(ax.lines[0].get_ydata(), usage.frame().loc["e0":"e4", "Group"])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "501", "1001", "1501", "2001"]


def test_significant_features_are_marked_by_direction(usage):
    xy, colors = marked(pylimma.plot_splice(usage, fdr=1e-6))
    change = usage.frame()["Group"]
    table = pylimma.top_splice(usage, test="t", number=None, fdr=1e-6)
    chosen = [e for e in change.index[:5] if e in table.index]
    np.testing.assert_allclose(xy[:, 1], change[chosen])
    expected = [VERMILLION if change[e] > 0 else BLUE for e in chosen]
    assert [plt.matplotlib.colors.to_hex(c).upper() for c in colors] == expected


def test_genes_are_found_by_identifier_symbol_and_rank(usage):
    assert pylimma.plot_splice(usage, geneid="g3").get_title(loc="left") == "g3 (-)"
    named = pylimma.plot_splice(usage, geneid="S3", genecolname="Symbol")
    assert named.get_title(loc="left") == "S3 (-)"
    second = pylimma.top_splice(usage).index[1]
    assert pylimma.plot_splice(usage, rank=2).get_title(loc="left").startswith(second)
    with pytest.raises(UnknownNameError, match="No gene 'g99' in column 'GeneID'"):
        pylimma.plot_splice(usage, geneid="g99")
    with pytest.raises(UnknownNameError, match="'Name' not in the annotation of the genes"):
        pylimma.plot_splice(usage, genecolname="Name")
    with pytest.raises(InputError, match="`rank` must lie between 1 and 12"):
        pylimma.plot_splice(usage, rank=13)


@pytest.mark.parametrize("fdr", [0, 1])
def test_none_and_all_may_be_significant(usage, fdr):
    xy, _ = marked(pylimma.plot_splice(usage, fdr=fdr))
    assert len(xy) == (5 if fdr else 0)


def test_long_genes_keep_labels_apart():
    y = np.random.default_rng(1).normal(size=(600, 6))
    labels = [f"ENST{i:011d}" for i in range(600)]
    usage = pylimma.diff_splice(
        pylimma.lm_fit(y, DESIGN), np.repeat(["a", "b"], 300), labels, verbose=False
    )
    ax = pylimma.plot_splice(usage, xlab="Transcript")
    assert 20 <= len(ax.get_xticklabels()) <= 40
    assert ax.get_ylabel().endswith("the gene's other transcripts")


def test_exons_of_a_gene_show_their_fold_changes(fit):
    moderated = pylimma.e_bayes(fit)
    ax = pylimma.plot_exons(moderated, exoncolname="Start")
    assert ax.get_title(loc="left") == "g0, S0 (+)"
    np.testing.assert_allclose(ax.lines[0].get_ydata(), fit.coefficients[:5, 1])
    np.testing.assert_allclose(ax.lines[1].get_ydata(), fit.coefficients[:5, 1].mean())
    by_rank = pylimma.top_table(moderated, "Group", None)["GeneID"].unique()
    third = pylimma.plot_exons(moderated, rank=3)
    assert third.get_title(loc="left").startswith(by_rank[2])
    with pytest.raises(StageError, match="e_bayes"):
        pylimma.plot_exons(fit)
    with pytest.raises(UnknownNameError, match="'Gene' not in the annotation of the fit"):
        pylimma.plot_exons(moderated, genecolname="Gene")


def test_other_fits_are_refused(fit):
    with pytest.raises(InputTypeError, match="from `diff_splice`"):
        pylimma.plot_splice(fit)
    with pytest.raises(InputTypeError, match="from `diff_splice`"):
        pylimma.plot_exon_junc(fit)


def test_they_draw_where_they_are_asked_to(usage):
    _, ax = plt.subplots()
    assert pylimma.plot_splice(usage, ax=ax, main="A gene") is ax
    assert ax.get_title(loc="left") == "A gene"
    assert PALE in [line.get_color() for line in ax.lines]
