from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose
from scipy import stats

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
