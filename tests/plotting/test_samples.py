"""Labels, groups and axes of plots of samples."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from plotting_checks import legend_texts, offsets

import pylimma
from pylimma.errors import InputError, ShapeError

NAMES = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
GROUP = ["x", "x", "y", "y", "y", "x"]


@pytest.fixture
def values():
    return pd.DataFrame(np.random.default_rng(7).normal(size=(50, 6)), columns=NAMES)


def test_samples_are_drawn_at_their_coordinates(values):
    result = pylimma.mds(values)
    ax = pylimma.plot_mds(values)
    np.testing.assert_allclose(offsets(ax.collections[0]), np.c_[result.x, result.y])


def test_samples_are_named_by_default(values):
    assert sorted(text.get_text() for text in pylimma.plot_mds(values).texts) == sorted(NAMES)


def test_groups_are_coloured_and_counted(values):
    ax = pylimma.plot_mds(values, group=GROUP)
    assert legend_texts(ax) == ["x (3)", "y (3)"]
    colors = [tuple(c) for c in ax.collections[0].get_facecolors()]
    assert colors[0] == colors[1] == colors[5] != colors[2]


def test_groups_keep_the_order_of_their_categories(values):
    group = pd.Categorical(GROUP, categories=["y", "x", "none"])
    assert legend_texts(pylimma.plot_mds(values, group=group)) == ["y (3)", "x (3)"]


def test_short_labels_stand_for_points_and_are_coloured(values):
    ax = pylimma.plot_mds(values, labels=GROUP)
    assert [text.get_text() for text in ax.texts] == GROUP
    assert ax.texts[0].get_color() != ax.texts[2].get_color()
    assert legend_texts(ax) == ["x (3)", "y (3)"]


def test_axes_tell_the_share_of_variation(values):
    result = pylimma.mds(values)
    ax = pylimma.plot_mds(result, dim_plot=(0, 2))
    assert ax.get_xlabel() == f"Leading logFC dim 1 ({100 * result.var_explained[0]:.0f}%)"
    assert ax.get_ylabel() == f"Leading logFC dim 3 ({100 * result.var_explained[2]:.0f}%)"
    plain = pylimma.plot_mds(result, var_explained=False)
    assert plain.get_xlabel() == "Leading logFC dim 1"


def test_markers_and_colours_can_be_given_for_each_sample(values):
    ax = pylimma.plot_mds(values, pch=["o", "s", "o", "s", "o", "s"], col=list("rgbcmy"))
    assert len(ax.collections) == 2
    np.testing.assert_array_equal(ax.collections[0].get_facecolors()[1][:3], [0, 0, 1])


def test_each_sample_of_a_group_may_have_its_colour(values):
    colors = pd.Series(list("rgbcmy"), values.columns)
    shown = [
        pylimma.plot_mds(values, group=GROUP, col=col).collections[0].get_facecolors()
        for col in (colors.tolist(), colors.iloc[::-1])
    ]
    np.testing.assert_array_equal(shown[0], shown[1])
    np.testing.assert_array_equal(shown[0][2][:3], [0, 0, 1])
    by_group = pylimma.plot_mds(values, group=GROUP, col=pd.Series({"x": "r", "y": "b"}))
    np.testing.assert_array_equal(by_group.collections[0].get_facecolors()[2][:3], [0, 0, 1])


def test_given_axes_are_drawn_into(values):
    axes = plt.subplots(1, 2)[1]
    assert pylimma.plot_mds(values, ax=axes[1]) is axes[1]
    assert not axes[0].collections


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"labels": ["a"]}, ShapeError, "`labels` has 1 values; there are 6 samples"),
        ({"group": ["a"]}, ShapeError, "`group` has 1 values; there are 6 samples"),
        ({"pch": ["o", "s"]}, ShapeError, "`pch` has 2 values; there are 6 samples"),
        ({"group": GROUP, "col": {"x": "r"}}, InputError, "`col` has no colour for 'y'"),
    ],
)
def test_what_does_not_fit_the_samples_is_named(values, options, error, message):
    with pytest.raises(error, match=message):
        pylimma.plot_mds(values, **options)
