"""Histograms of p-values, and of their convex density."""

import numpy as np
import pytest
from plotting_checks import legend_texts

import pylimma
from pylimma.draw import draw
from pylimma.errors import InputError, StageError


def test_bars_count_the_p_values(fit):
    ax = pylimma.plot_p_values(fit, coef="B", bins=4)
    expected = [
        ((fit["p_value"][:, 1] >= low) & (fit["p_value"][:, 1] < low + 0.25)).sum()
        for low in (0, 0.25, 0.5, 0.75)
    ]
    assert [bar.get_height() for bar in ax.patches] == expected
    assert sum(expected) == 60


def test_the_height_under_no_difference_is_drawn():
    ax = pylimma.plot_p_values(np.r_[np.zeros(50), np.full(50, 0.9)], bins=10)
    levels = [float(line.get_ydata()[0]) for line in ax.lines]
    assert levels == pytest.approx([10, 10])


def test_genes_without_p_value_are_counted():
    ax = pylimma.plot_p_values([0.2, np.nan, 0.4, np.nan])
    assert ax.texts[0].get_text() == "2 genes without p-value"


def test_what_is_no_p_value_is_refused(fit):
    with pytest.raises(InputError, match="between 0 and 1; got -1 to 2"):
        pylimma.plot_p_values([-1.0, 2.0])
    with pytest.raises(InputError, match="no p-value"):
        pylimma.plot_p_values([np.nan])
    with pytest.raises(StageError, match="run `e_bayes`"):
        pylimma.plot_p_values(fit.replace(p_value=None))


def test_the_last_density_is_drawn_over_the_histogram():
    densities = np.array([[1.0, 1, 1], [2, 1, 0.5]])
    ax = draw("convex_densities", p=np.linspace(0, 1, 41), densities=densities)
    np.testing.assert_array_equal(ax.lines[1].get_xydata(), [[0, 2], [0.5, 1], [1, 0.5]])
    assert legend_texts(ax) == ["no difference (50%)"]
