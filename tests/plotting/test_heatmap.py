"""Order, colours and labels of heat maps."""

import numpy as np
import pandas as pd
import pytest
from plotting_checks import legend_texts

import pylimma
from pylimma.errors import InputError, InputTypeError, ShapeError, UnknownNameError
from pylimma.plotting.heatmap import standardised


@pytest.fixture
def values():
    rng = np.random.default_rng(9)
    y = rng.normal(size=(12, 6))
    y[:6, 3:] += 4
    return pd.DataFrame(y, index=[f"g{k}" for k in range(12)], columns=[f"s{k}" for k in range(6)])


def cells(axes):
    return np.ma.filled(axes[0].collections[0].get_array(), np.nan)


def rows(axes):
    return [label.get_text() for label in axes[0].get_yticklabels()]


def columns(axes):
    return [label.get_text() for label in axes[0].get_xticklabels()]


def test_cells_are_z_scores_in_the_order_of_the_labels(values):
    axes = pylimma.coolmap(values)
    centred = values.sub(values.mean(axis=1), axis=0)
    expected = centred.div(np.sqrt(values.var(axis=1) + 0.01), axis=0)
    np.testing.assert_allclose(cells(axes), expected.loc[rows(axes), columns(axes)])


def test_shifted_genes_and_samples_stand_together(values):
    axes = pylimma.coolmap(values)
    left = {name in {"s3", "s4", "s5"} for name in columns(axes)[:3]}
    assert len(left) == 1


def test_expression_levels_are_shown_as_they_are(values):
    axes = pylimma.coolmap(values, "expression level", linkage_row="none", linkage_col="none")
    np.testing.assert_array_equal(cells(axes), values.iloc[::-1])
    assert rows(axes) == list(values.index[::-1])


def test_trees_have_a_line_for_each_merge(values):
    axes = pylimma.coolmap(values, show_dendrogram="row")
    assert len(axes[1].collections[0].get_segments()) == 11
    assert not axes[2].collections


def test_groups_are_shown_above_the_columns(values):
    axes = pylimma.coolmap(values, groups=list("aaabbb"), group_col={"a": "k", "b": "r"})
    colors = [tuple(bar.get_facecolor()[:3]) for bar in axes[3].patches]
    assert colors == [(0, 0, 0) if c < "s3" else (1, 0, 0) for c in columns(axes)]
    assert legend_texts(axes[4]) == ["a", "b"]


def test_colours_are_symmetric_about_no_change(values):
    mesh = pylimma.coolmap(values, col="redblue")[0].collections[0]
    assert mesh.norm.vmin == -mesh.norm.vmax
    assert mesh.cmap.name == "redblue"


def test_missing_values_stay_blank(values):
    values.iloc[2, 1] = np.nan
    axes = pylimma.coolmap(values)
    found = pd.DataFrame(cells(axes), index=rows(axes), columns=columns(axes))
    assert np.argwhere(found.isna()).shape == (1, 2)
    assert np.isnan(found.loc["g2", "s1"])


def test_flat_rows_stay_flat():
    assert (standardised(np.full((2, 4), 7.0)) == 0).all()


def test_the_most_significant_genes_are_shown_in_groups(fit):
    y = pd.DataFrame(np.random.default_rng(1).normal(size=(60, 6)), index=fit.row_names)
    axes = pylimma.plot_top_genes(fit, y, "A", groups=list("babaab"), number=8)
    expected = {f"g{k}" for k in np.argsort(fit["p_value"][:, 0], kind="stable")[:8]}
    assert set(rows(axes)) == expected
    assert {int(c) for c in columns(axes)[:3]} == {1, 3, 4}


def test_rows_are_matched_by_name(fit):
    y = pd.DataFrame(np.random.default_rng(1).normal(size=(60, 4)), index=fit.row_names)
    one = pylimma.plot_top_genes(fit, y, 0, number=5)
    other = pylimma.plot_top_genes(fit, y.iloc[::-1], 0, number=5)
    assert rows(one) == rows(other)
    np.testing.assert_array_equal(cells(one), cells(other))


def test_genes_can_be_chosen_by_name(fit):
    y = np.random.default_rng(1).normal(size=(60, 4))
    axes = pylimma.plot_top_genes(fit, y, 0, genes=["g3", "g9", "g20"])
    assert set(rows(axes)) == {"g3", "g9", "g20"}


def test_what_cannot_be_shown_is_named(values, fit):
    with pytest.raises(ShapeError, match="at least two samples"):
        pylimma.coolmap(values[["s1"]])
    with pytest.raises(InputError, match="`linkage_row` must be one of"):
        pylimma.coolmap(values, linkage_row="centroid")
    with pytest.raises(InputError, match="`cluster_by` must be one of"):
        pylimma.coolmap(values, cluster_by="rank")
    with pytest.raises(InputError, match="`col` must be a colour map"):
        pylimma.coolmap(values, col="rainbowish")
    with pytest.raises(ShapeError, match="`groups` has 2 values; there are 6 samples"):
        pylimma.coolmap(values, groups=["a", "b"])
    with pytest.raises(InputTypeError, match="needs a fit"):
        pylimma.plot_top_genes(values, values)
    with pytest.raises(ShapeError, match="`E` has 12 genes; the fit has 60"):
        pylimma.plot_top_genes(fit, values.to_numpy(), 0)
    with pytest.raises(UnknownNameError):
        pylimma.plot_top_genes(fit, np.ones((60, 3)), 0, genes=["none"])
