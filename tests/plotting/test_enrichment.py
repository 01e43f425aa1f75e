"""Dot and bar plots of tested gene sets."""

import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from plotting_checks import legend_texts, offsets

import pylimma
from pylimma.errors import InputError, InputTypeError, UnknownNameError
from pylimma.plotting.axes import BLUE, GREEN, VERMILLION

ONE = pd.DataFrame(
    {
        "n_genes": [10, 40, 90],
        "direction": ["Up", "Down", "Up"],
        "p_value": [0.2, 1e-8, 1e-4],
        "fdr": [0.2, 1e-7, 1e-3],
    },
    index=["A", "B", "C"],
)
OTHER = ONE.assign(p_value=[1e-9, 0.5, 0.4], fdr=[1e-8, 0.5, 0.5])
BOTH = pd.concat([ONE.assign(contrast="x - y"), OTHER.assign(contrast="y - z")])


def labels(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def points(ax):
    """Place, area and fill of every dot."""
    found = []
    for collection in ax.collections:
        colors = np.broadcast_to(collection.get_facecolors(), (len(collection.get_offsets()), 4))
        for (x, y), area, color in zip(
            offsets(collection), collection.get_sizes(), colors, strict=True
        ):
            found.append((float(y), float(x), float(area), to_hex(color).upper()))
    return sorted(found)


def bars(ax):
    """Row, start, length, colour and opacity of every bar."""
    found = []
    for patch in ax.patches:
        row = round(patch.get_y() + patch.get_height() / 2)
        color = to_hex(patch.get_facecolor()).upper()
        found.append((row, patch.get_x(), patch.get_width(), color, patch.get_alpha()))
    return sorted(found)


def caption(ax):
    return " ".join(line for line in ax.get_xlabel().splitlines() if "log" not in line)


def test_sets_stand_in_the_order_of_their_p_values_at_their_fdr():
    ax = pylimma.plot_sets(ONE)
    assert labels(ax) == ["B", "C", "A"]
    assert [x for _, x, *_ in points(ax)] == pytest.approx([7, 3, -np.log10(0.2)])
    assert [color for *_, color in points(ax)] == [BLUE, VERMILLION, "#FFFFFF"]
    assert caption(ax) == "3 of 3 sets shown; 2 with FDR < 0.05"


def test_areas_grow_with_the_number_of_genes():
    area = {row: area for row, _, area, _ in points(pylimma.plot_sets(ONE))}
    assert area[1] > area[0] > area[2]  # of 90, 40 and 10 genes
    assert legend_texts(pylimma.plot_sets(ONE))[-3:] == ["10", "40", "90"]


def test_contrasts_are_columns_and_the_number_of_sets_not_shown_is_said():
    ax = pylimma.plot_sets(BOTH, number=2)
    assert labels(ax) == ["A", "B"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["x - y", "y - z"]
    assert [(row, x) for row, x, *_ in points(ax)] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert caption(ax) == "2 of 3 sets shown; 3 with FDR < 0.05 in some contrast"
    shade = {(row, x): color for row, x, _, color in points(ax)}
    assert shade[0, 1] == VERMILLION  # the most significant has the full colour
    assert shade[0, 0] not in (VERMILLION, "#FFFFFF")
    assert len(ax.child_axes) == 1  # the scale of colours


def test_tables_by_contrast_are_one_table():
    apart = pylimma.plot_sets({"x - y": ONE, "y - z": OTHER})
    assert points(apart) == points(pylimma.plot_sets(BOTH))


def test_contrasts_are_chosen_by_name():
    ax = pylimma.plot_sets(BOTH, contrasts="y - z")
    assert ax.get_title(loc="left") == "y - z"
    assert labels(ax) == ["A", "C", "B"]
    turned = pylimma.plot_sets(BOTH, contrasts=["y - z", "x - y"])
    assert [t.get_text() for t in turned.get_xticklabels()] == ["y - z", "x - y"]


def test_sets_that_are_asked_for_are_shown_besides():
    assert labels(pylimma.plot_sets(ONE, number=1, sets="A")) == ["A", "B"]
    assert labels(pylimma.plot_sets(ONE, number=0, sets=["C", "A"])) == ["C", "A"]


def test_bars_have_a_panel_for_each_contrast():
    ax = pylimma.plot_sets(BOTH, "bar")
    lane = 1.25 * 8
    assert [(row, x) for row, x, *_ in bars(ax)] == [
        (row, column * lane) for row in range(3) for column in range(2)
    ]
    by_place = {(row, x): (length, color, alpha) for row, x, length, color, alpha in bars(ax)}
    assert by_place[0, lane] == (8, VERMILLION, 1.0)
    assert by_place[0, 0] == (pytest.approx(-np.log10(0.2)), VERMILLION, 0.35)
    assert by_place[1, 0] == (7, BLUE, 1.0)
    assert {"x - y", "y - z", "10", "40", "90"} <= {text.get_text() for text in ax.texts}


@pytest.mark.parametrize("kind", ["dot", "bar"])
@pytest.mark.parametrize("table", [ONE, BOTH], ids=["one", "several"])
@pytest.mark.parametrize("fdr", [1.0, 1e-300])
def test_none_or_all_may_be_significant(kind, table, fdr):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = pylimma.plot_sets(table.assign(fdr=fdr, p_value=fdr), kind)
        ax.figure.draw_without_rendering()
    assert len(labels(ax)) == 3
    assert f"{0 if fdr == 1 else 3} with FDR < 0.05" in caption(ax)


@pytest.mark.parametrize("kind", ["dot", "bar"])
@pytest.mark.parametrize("table", [ONE, BOTH], ids=["one", "several"])
def test_sets_that_were_not_tested_give_an_empty_picture(kind, table):
    for empty in (table.assign(p_value=np.nan, fdr=np.nan), table.iloc[:0]):
        ax = pylimma.plot_sets(empty, kind)
        assert caption(ax) == "no set was tested"
        assert not points(ax)
        assert not ax.patches


def test_a_single_set_has_no_fdr_but_its_p_value():
    ax = pylimma.plot_sets(ONE.iloc[[1]].drop(columns="fdr"))
    assert points(ax)[0][1] == 8


def test_p_values_that_read_zero_are_told_apart_by_their_logarithms():
    table = ONE.assign(p_value=0.0, fdr=0.0, log10_p_value=[-400.0, -350, -500])
    ax = pylimma.plot_sets(table)
    assert labels(ax) == ["C", "A", "B"]
    assert [x for _, x, *_ in points(ax)] == [500, 400, 350]


def test_tests_without_a_direction_have_one_colour():
    ax = pylimma.plot_sets(ONE.drop(columns="direction"), "bar")
    assert {color for *_, color, _ in bars(ax)} == {GREEN}
    mixed = ONE.assign(p_value_mixed=[1e-9, 1, 1], fdr_mixed=[1e-9, 1, 1])
    assert labels(pylimma.plot_sets(mixed, mixed=True))[0] == "A"
    assert {color for *_, color, _ in bars(pylimma.plot_sets(mixed, "bar", mixed=True))} == {GREEN}


def test_long_names_lose_their_middle_unless_they_become_alike():
    long = "GOBP_NEGATIVE_REGULATION_OF_TRANSCRIPTION_BY_RNA_POLYMERASE_II"
    ax = pylimma.plot_sets(ONE.set_axis([long, "B", "C"]), letters=20)
    assert labels(ax)[2] == "GOBP_NEGATIVE…ASE_II"
    alike = [long, long.replace("TRANSCRIPTION", "TRANSLATION"), "C"]
    assert set(labels(pylimma.plot_sets(ONE.set_axis(alike), letters=20))) == set(alike)


def test_names_may_stand_in_a_column():
    table = ONE.reset_index(names="set")
    assert labels(pylimma.plot_sets(table)) == ["B", "C", "A"]


def test_lists_of_over_representation_are_contrasts():
    sets = {"repair": ["a", "b", "c"], "growth": ["d", "e"], "none": ["f", "g", "h"]}
    lists = {"up": ["a", "b", "c"], "down": ["d", "e"]}
    found = pylimma.kegga(lists, universe=list("abcdefghijkl"), gene_pathway=sets)
    ax = pylimma.plot_sets(found, "bar", fdr=0.5)
    assert labels(ax) == ["repair", "growth", "none"]
    shown = {(row, x > 0): (length, color) for row, x, length, color, _ in bars(ax)}
    assert shown[0, False] == (pytest.approx(-np.log10(found.loc["repair", "fdr_up"])), VERMILLION)
    assert shown[1, True] == (pytest.approx(-np.log10(found.loc["growth", "fdr_down"])), BLUE)
    named = found.assign(pathway=["DNA repair", "Growth", "Other"])
    ax = pylimma.plot_sets({"x": named, "y": named})
    assert labels(ax)[0] == "DNA repair"
    columns = [text.get_text() for text in ax.get_xticklabels()]
    assert columns == ["x: up", "x: down", "y: up", "y: down"]


def test_colours_are_given_by_direction():
    ax = pylimma.plot_sets(ONE, col={"Up": "black"})
    assert [color for *_, color in points(ax)] == [BLUE, "#000000", "#FFFFFF"]
    assert pylimma.plot_sets(ONE, legend=False).get_legend() is None


@pytest.mark.parametrize(
    ("table", "options", "error", "message"),
    [
        (3, {}, InputTypeError, "must be a table of sets"),
        ({}, {}, InputError, "holds no tables"),
        (ONE.drop(columns="fdr"), {}, InputError, "lacks 'fdr'"),
        (ONE, {"mixed": True}, InputError, "lacks 'p_value_mixed', 'fdr_mixed'"),
        (pd.concat([ONE, ONE]), {}, InputError, "several rows for a set in a contrast: 'A'"),
        (ONE.assign(direction="up"), {}, InputError, "'Up' or 'Down'; got 'up'"),
        (ONE, {"kind": "pie"}, InputError, "`kind` must be one of"),
        (ONE, {"fdr": 0}, InputError, "`fdr` must lie between 0 and 1"),
        (ONE, {"sets": "D"}, UnknownNameError, "`sets` has 'D'; the table has 'A'"),
        (BOTH, {"contrasts": "x"}, UnknownNameError, "`contrasts` has 'x'; the table has 'x - y'"),
        (ONE, {"number": -1}, InputError, "`number` must be at least 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(table, options, error, message):
    with pytest.raises(error, match=message):
        pylimma.plot_sets(table, **options)
