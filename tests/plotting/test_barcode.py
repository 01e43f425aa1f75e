"""Barcode plots of gene sets."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

import pylimma
from pylimma.errors import InputError, InputWarning, Note, ShapeError, StageError, UnknownNameError
from pylimma.plotting.axes import BLACK, BLUE, VERMILLION

T = pd.Series([2.0, -1.0, 0.5, -3.0, 1.0, np.nan], index=list("abcdef"))
RANKS = {"d": 1, "b": 2, "c": 3, "e": 4, "a": 5}  # of what is known


def bars(ax):
    """Rank, start and end of every bar, by colour."""
    found = {}
    for collection in ax.collections:
        for segment in getattr(collection, "get_segments", list)():
            (x, start), (_, end) = segment
            found.setdefault(to_hex(collection.get_color()[0]), []).append((x, start, end))
    return {color.upper(): sorted(lines) for color, lines in found.items()}


def ticks(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def band(ax):
    """Ends of the three shades, in ranks."""
    paths = [c.get_paths()[0].vertices[:, 0] for c in ax.collections[:3]]
    return [(float(x.min()), float(x.max())) for x in paths]


def test_genes_of_a_set_stand_at_their_ranks():
    ax = pylimma.barcodeplot(T, ["a", "c"])
    assert bars(ax) == {BLACK: [(3, 0, 0.5), (3, 0.5, 1), (5, 0, 0.5), (5, 0.5, 1)]}
    assert ax.get_xlim() == (0.5, 5.5)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["−3.0", "−1.0", "0.5", "1.0", "2.0"]


@pytest.mark.parametrize(
    "index",
    [["a", "c"], pd.Index(["a", "c"]), [0, 2], np.array([1, 0, 1, 0, 0, 0], bool), ["c", "a", "a"]],
)
def test_a_set_is_names_positions_or_a_mask(index):
    assert {x for x, *_ in bars(pylimma.barcodeplot(T, index))[BLACK]} == {3, 5}


def test_repeated_names_of_genes_all_count():
    t = pd.Series([1.0, 2.0, 3.0], index=["x", "y", "x"])
    assert {x for x, *_ in bars(pylimma.barcodeplot(t, ["x"]))[BLACK]} == {1, 3}


def test_the_band_is_shaded_beyond_the_quantiles():
    assert band(pylimma.barcodeplot(T, ["a"])) == [(0.5, 1.5), (1.5, 4.5), (4.5, 5.5)]
    every = pylimma.barcodeplot(T, ["a"], quantiles=(-np.inf, np.inf))
    assert band(every) == [(0.5, 0.5), (0.5, 5.5), (5.5, 5.5)]


def test_two_sets_mirror_each_other_and_the_second_has_genes_of_both():
    shown = bars(pylimma.barcodeplot(T, ["a", "c"], ["d", "c"]))
    assert shown[VERMILLION] == [(5, 0, 0.5), (5, 0.5, 1)]
    assert {x for x, *_ in shown[BLUE]} == {1, 3}
    assert min(end for _, _, end in shown[BLUE]) == -1


def test_a_second_set_alone_is_drawn_as_the_first():
    alone = bars(pylimma.barcodeplot(T, index2=["d"]))
    assert alone == bars(pylimma.barcodeplot(T, ["d"])) == {BLACK: [(1, 0, 0.5), (1, 0.5, 1)]}


def test_weights_give_lengths_to_bars():
    ax = pylimma.barcodeplot(T, ["c", "a"], gene_weights=[0.5, 2.0], weights_label="Change")
    outer = [(x, end - start) for x, start, end in bars(ax)[BLACK] if start > 0.5]
    assert outer == [(3, pytest.approx(0.125)), (5, pytest.approx(0.5))]
    assert ticks(ax)[:2] == ["0", "2"]
    assert "Change" in [text.get_text() for text in ax.texts]
    inside = ax.collections[3]
    assert inside.get_alpha() == 0.4


def test_weights_are_matched_by_name():
    ordered = pylimma.barcodeplot(T, ["c", "a"], gene_weights=[0.5, 2.0])
    named = pylimma.barcodeplot(T, ["c", "a"], gene_weights=pd.Series({"a": 2.0, "c": 0.5}))
    of_all = pylimma.barcodeplot(T, gene_weights=[2.0, 0, 0.5, 0, 0, 0])
    by_name = pd.Series([0, 0.5, 2.0, 0, 0, 0], index=list("fcadbe"))
    every = pylimma.barcodeplot(T, gene_weights=by_name)
    assert bars(ordered) == bars(named) == bars(of_all) == bars(every)


def test_weights_of_both_signs_make_two_sets():
    shown = bars(pylimma.barcodeplot(T, ["c", "a", "d"], gene_weights=[1, 2, -1]))
    assert {x for x, *_ in shown[VERMILLION]} == {3, 5}
    assert {x for x, *_ in shown[BLUE]} == {1}


def test_negative_weights_of_one_set_hang_below_the_band():
    ax = pylimma.barcodeplot(T, ["c", "a"], gene_weights=[-1, -2])
    assert min(end for _, _, end in bars(ax)[BLACK]) == pytest.approx(-0.15)
    assert ticks(ax)[:2] == ["0", "−2"]


def test_the_worm_is_membership_smoothed_over_its_mean():
    t = np.arange(200.0)
    ax = pylimma.barcodeplot(t, np.arange(150, 200), span_worm=0.3)
    member = np.repeat([0.0, 1.0], [150, 50])
    smooth = pylimma.tricube_moving_average(member, 0.3) / 0.25
    height = ax.lines[1].get_ydata()
    np.testing.assert_allclose((height - 1.2) / 0.9, smooth / smooth.max(), atol=1e-12)
    assert ticks(ax) == ["0", "1", f"{smooth.max():.2g}"]
    one = ax.lines[0].get_ydata()[0]
    assert one == pytest.approx(1.2 + 0.9 / smooth.max())


def test_the_worm_can_be_left_away():
    ax = pylimma.barcodeplot(T, ["a"], worm=False)
    assert not ax.lines
    assert ticks(ax) == []


def test_a_fit_is_ranked_by_its_moderated_t(fit):
    ax = pylimma.barcodeplot(fit, ["g3", "g7"], coef="B", set_names="A set", main="B")
    rank = np.argsort(np.argsort(fit["t"][:, 1])) + 1
    assert {x for x, *_ in bars(ax)[BLACK]} == {rank[3], rank[7]}
    assert ax.get_xlabel() == "Moderated t-statistic"
    assert ax.texts[-1].get_text() == "A set (2 genes)"
    with pytest.raises(InputError, match="by `coef`; the fit has 'A', 'B'"):
        pylimma.barcodeplot(fit, ["g3"])
    with pytest.raises(StageError, match="run `e_bayes`"):
        pylimma.barcodeplot(fit.replace(t=None), ["g3"], coef="A")


def test_a_set_without_genes_is_said_and_drawn():
    with pytest.warns(Note, match="No gene of the sets"):
        ax = pylimma.barcodeplot(T, [])
    assert "no gene of the set" in [text.get_text() for text in ax.texts]
    assert not bars(ax)


def test_every_gene_may_be_in_the_set():
    ax = pylimma.barcodeplot(T.dropna(), list("abcde"))
    assert len(bars(ax)[BLACK]) == 10
    np.testing.assert_allclose(ax.lines[1].get_ydata(), 2.1)


def test_genes_that_are_unknown_or_without_a_statistic_are_said():
    with pytest.warns(Note, match="1 of the 2 genes of `index` .* not there: 'TP53'"):
        pylimma.barcodeplot(T, ["a", "TP53"])
    with pytest.warns(Note, match="1 genes of the sets have no statistic"):
        pylimma.barcodeplot(T, ["a", "f"])
    with pytest.raises(UnknownNameError, match="None of the 1 genes of `index` \\('TP53'\\)"):
        pylimma.barcodeplot(T, ["TP53"])
    with pytest.raises(UnknownNameError, match="no names; give `index` by position"):
        pylimma.barcodeplot(T.to_numpy(), ["a"])


def test_weights_are_ignored_beside_a_second_set():
    with pytest.warns(InputWarning, match="`gene_weights` are ignored"):
        pylimma.barcodeplot(T, ["a"], ["b"], gene_weights=[1])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, InputError, "Give the genes of a set as `index`"),
        ({"index": [9]}, UnknownNameError, "at position 9"),
        ({"index": [-1]}, UnknownNameError, "count from 0; got -1"),
        ({"index": [True]}, InputError, "mask of 1 values"),
        ({"index": ["a"], "gene_weights": [1, 2]}, ShapeError, "2 values; 1 are expected"),
        ({"index": ["a"], "gene_weights": [0]}, InputError, "are all 0"),
        ({"index": ["a"], "gene_weights": [np.nan]}, InputError, "missing or infinite"),
        ({"gene_weights": [1, 2]}, ShapeError, "2 values; there are 6 genes"),
        ({"index": ["a"], "quantiles": [1, -1]}, InputError, "ascending; got 1 and -1"),
        ({"index": ["a"], "labels": ["x"]}, ShapeError, "the two ends need one each"),
        ({"index": ["a"], "set_names": ["x", "y"]}, ShapeError, "2 values; 1 sets are shown"),
        ({"index": ["a"], "span_worm": 2}, InputError, "between 0 and 1; got 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        pylimma.barcodeplot(T, **options)


def test_statistics_must_be_known_and_finite():
    with pytest.raises(InputError, match="no value to show"):
        pylimma.barcodeplot([np.nan, np.nan], [0])
    with pytest.raises(InputError, match="1 infinite values"):
        pylimma.barcodeplot([np.inf, 0], [0])
