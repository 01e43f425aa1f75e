"""Exons and junctions of a gene along the genome."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch, Rectangle

import pylimma
from pylimma.errors import InputError, UnknownNameError
from pylimma.plotting.axes import BLACK, BLUE, PALE, VERMILLION

DESIGN = pd.DataFrame({"Intercept": 1.0, "Group": [0.0, 0, 0, 1, 1, 1]})
# five exons and five junctions, each from the end of an exon to the start of another
START = [1000, 1400, 2200, 3000, 3900, 1199, 1499, 2399, 1199, 3299]
END = [1199, 1499, 2399, 3299, 4100, 1400, 2200, 3000, 3000, 3900]
LENGTH = [200, 100, 200, 300, 201, 1, 1, 1, 1, 1]
CHANGE = np.array([4.0, 0, 0, -4, 0, 0, 4, 0, -4, 0])


def usage_of(strand="+", start=START, end=END):
    rng = np.random.default_rng(2)
    y = rng.normal(size=(20, 6), scale=0.2)
    y[:10, 3:] += CHANGE[:, None]
    genes = pd.DataFrame(
        {
            "GeneID": np.repeat(["G1", "G2"], 10),
            "Start": start * 2,
            "End": end * 2,
            "Length": LENGTH * 2,
            "Strand": strand,
        }
    )
    fit = pylimma.lm_fit(pylimma.EList(E=y, genes=genes), DESIGN)
    return pylimma.diff_splice(fit, "GeneID", verbose=False)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def boxes(ax):
    """Left ends, right ends and colours of exons, after the line of the gene."""
    found = [p for p in ax.patches if isinstance(p, Rectangle)][1:]
    left = [p.get_x() for p in found]
    return left, [p.get_x() + p.get_width() for p in found], [p.get_facecolor() for p in found]


def test_widths_are_square_roots_of_lengths():
    ax = pylimma.plot_exon_junc(usage_of(), geneid="G1")
    left, right, _ = boxes(ax)
    # recorded from R for the same exons
    np.testing.assert_allclose(left, [0, 28.284271, 64.741784, 103.378817, 145.194223], atol=1e-6)
    np.testing.assert_allclose(
        right, [14.142136, 38.284271, 78.883920, 120.699325, 159.371670], atol=1e-6
    )


def test_colours_follow_significance_and_arcs_the_direction():
    ax = pylimma.plot_exon_junc(usage_of(), geneid="G1", fdr=1e-4)
    assert [to_hex(c).upper() for c in boxes(ax)[2]] == [
        VERMILLION, BLACK, BLACK, BLUE, BLACK,
    ]  # fmt: skip
    arcs = [p for p in ax.patches if isinstance(p, PathPatch)]
    ends = [(a.get_path().vertices[:, 0], np.sign(a.get_path().vertices[1, 1])) for a in arcs]
    by_span = {tuple(np.round(x[[0, 2]], 3)): side for x, side in ends}
    assert by_span[38.284, 64.812] == 1  # recorded from R, as is the next
    assert by_span[14.142, 103.437] == -1
    heights = [abs(a.get_path().vertices[1, 1]) for a in arcs]
    assert sorted(np.round(heights, 2)) == [0.69, 0.69, 0.69, 1.09, 1.09]


def test_exons_are_numbered_from_the_five_prime_end():
    for strand, first in (("+", "1"), ("-", "5")):
        ax = pylimma.plot_exon_junc(usage_of(strand), geneid="G1")
        assert ax.get_xticklabels()[0].get_text() == first
        assert ax.get_title(loc="left") == f"G1 ({strand})"


def test_exons_that_were_filtered_out_are_grey():
    every = pd.DataFrame({"GeneID": "G1", "Start": [1000, 2600], "End": [1199, 2700]})
    left, _, colors = boxes(pylimma.plot_exon_junc(usage_of(), geneid="G1", annotation=every))
    assert len(left) == 6
    assert to_hex(colors[3]).upper() == PALE
    assert left[3] == pytest.approx(93.026056)  # recorded from R


def test_order_of_rows_does_not_change_colours():
    one = boxes(pylimma.plot_exon_junc(usage_of(), geneid="G1"))
    usage = usage_of()
    shuffled = usage.genes.sample(frac=1, random_state=1).index
    y = np.random.default_rng(2).normal(size=(20, 6), scale=0.2)
    y[:10, 3:] += CHANGE[:, None]
    data = pylimma.EList(E=y[shuffled], genes=usage.genes.loc[shuffled].reset_index(drop=True))
    again = pylimma.diff_splice(pylimma.lm_fit(data, DESIGN), "GeneID", verbose=False)
    other = boxes(pylimma.plot_exon_junc(again, geneid="G1"))
    assert one == other


def test_junctions_may_reach_beyond_the_exons():
    start, end = list(START), list(END)
    start[5], end[9] = 600, 5000
    ax = pylimma.plot_exon_junc(usage_of(start=start, end=end), geneid="G1")
    assert boxes(ax)[0][0] == pytest.approx(np.sqrt(400))


def test_errors_name_what_is_missing():
    usage = usage_of()
    with pytest.raises(UnknownNameError, match="'Start', 'End' not in `annotation`"):
        pylimma.plot_exon_junc(usage, annotation=pd.DataFrame({"GeneID": ["G1"]}))
    usage["genes"] = usage.genes.drop(columns="Strand")
    with pytest.raises(UnknownNameError, match="'Strand' not in the annotation of the fit"):
        pylimma.plot_exon_junc(usage)
    usage = usage_of()
    usage["genes"] = usage.genes.assign(Length=1)
    with pytest.raises(InputError, match="no exons to draw"):
        pylimma.plot_exon_junc(usage)
