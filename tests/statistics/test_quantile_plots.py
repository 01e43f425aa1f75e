"""Plotting positions and quantiles against SciPy."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import pylimma
from pylimma.errors import InputError
from pylimma.statistics.quantile_plots import f_quantiles_of, plotting_positions, t_quantiles_of


def test_positions_are_those_of_r():
    assert_allclose(plotting_positions(4), [0.1470588235, 0.3823529412, 0.6176470588, 0.8529411765])
    assert_allclose(plotting_positions(20)[[0, 19]], [0.025, 0.975])


def test_quantiles_stand_where_their_observations_do():
    y = np.array([3.0, -1.0, 0.5, 0.5, 9.0])
    expected = np.sort(stats.t.ppf(plotting_positions(5), 6))
    assert_allclose(t_quantiles_of(y, 6), expected[[3, 0, 1, 2, 4]], rtol=1e-9, atol=1e-12)
    expected = stats.f.ppf(plotting_positions(5), 3, 6)
    assert_allclose(f_quantiles_of(y, 3, 6), expected[[3, 0, 1, 2, 4]], rtol=1e-9)
    assert_allclose(t_quantiles_of(y, np.inf)[1], stats.norm.ppf(plotting_positions(5)[0]))


@pytest.mark.parametrize(("size", "offset"), [(8, 3 / 8), (10, 3 / 8), (11, 1 / 2)])
@pytest.mark.parametrize(("df", "law"), [(4, stats.t(4)), (np.inf, stats.norm)])
def test_each_value_meets_the_quantile_of_its_rank(size, offset, df, law):
    y = np.random.default_rng(size).normal(size=size)
    found = pylimma.qqt(y, df, plot_it=False)
    p = (stats.rankdata(y) - offset) / (size + 1 - 2 * offset)
    np.testing.assert_allclose(found.x, law.ppf(p), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(found.y, y)


def test_f_statistics_meet_quantiles_of_f():
    y = np.random.default_rng(1).chisquare(2, size=20)
    found = pylimma.qqf(y, 3, 7.5, plot_it=False)
    np.testing.assert_allclose(np.sort(found.x), stats.f(3, 7.5).ppf((np.arange(20) + 0.5) / 20))


def test_ties_are_broken_by_position():
    found = pylimma.qqt([1.0, 1.0, 0.0], plot_it=False)
    assert found.x[2] < found.x[0] < found.x[1]


def test_missing_values_are_dropped():
    assert pylimma.qqt([np.nan, 2.0, 1.0], plot_it=False).y.tolist() == [2.0, 1.0]


def test_pairs_are_drawn_with_the_line_of_identity():
    found = pylimma.qqt([3.0, 1.0, 2.0], plot_it=True, main="mine")
    ax = plt.gca()
    np.testing.assert_allclose(ax.collections[0].get_offsets(), np.c_[found.x, found.y])
    assert ax.get_title(loc="left") == "mine"
    plt.close("all")


def test_what_has_no_quantiles_is_named():
    with pytest.raises(InputError, match="`y` has no observations"):
        pylimma.qqt([np.nan])
    with pytest.raises(InputError, match="`df` must be above 0"):
        pylimma.qqt([1.0], df=0)
    with pytest.raises(InputError, match="`df2` must be above 0"):
        pylimma.qqf([1.0], 2, -1)
