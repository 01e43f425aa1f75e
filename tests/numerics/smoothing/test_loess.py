"""Vertices of the tree and of halved intervals, and the lines through them."""

import numpy as np

from pylimma.numerics.smoothing.loess import (
    halved_intervals,
    locfit_sorted,
    loess_sorted,
    quadratic_loess,
    tree_vertices,
)

RNG = np.random.default_rng(5)


def test_every_point_is_a_vertex_when_there_are_few():
    x = np.sort(np.random.default_rng(1).normal(size=60))
    margin = 0.005 * np.ptp(x)
    np.testing.assert_allclose(tree_vertices(x), [x[0] - margin, *x, x[-1] + margin])


def test_many_points_share_cells_of_one_percent():
    x = np.sort(np.random.default_rng(2).normal(size=2000))
    vertices = tree_vertices(x)
    per_cell = np.diff(np.searchsorted(x, vertices, side="right"))
    assert set(vertices[1:-1]) <= set(x)
    assert per_cell.max() <= 20


def test_tied_points_are_cut_where_x_changes():
    x = np.repeat(np.arange(5.0), 60)
    np.testing.assert_allclose(tree_vertices(x), [-0.02, 0, 1, 2, 3, 4, 4.02])


def test_intervals_are_halved_until_short_beside_their_bandwidths():
    x = np.sort(np.random.default_rng(3).exponential(size=200))
    vertices, bandwidth = halved_intervals(x, 40)
    expected = [np.sort(np.abs(x - vertex))[39] for vertex in vertices]
    np.testing.assert_allclose(bandwidth, expected)
    assert np.all(np.diff(vertices) <= 0.8 * np.minimum(bandwidth[1:], bandwidth[:-1]))
    assert {vertices[0], vertices[-1]} == {x[0], x[-1]}


def test_direct_local_lines_are_met_at_the_vertices():
    rng = np.random.default_rng(4)
    x, y, w = np.sort(rng.normal(size=50)), rng.normal(size=50), rng.exponential(size=50)
    direct = []
    for place in x:
        distance = np.abs(x - place)
        kernel = np.clip(1 - (distance / np.sort(distance)[24]) ** 3, 0, None) ** 3
        direct.append(np.polyval(np.polyfit(x, y, 1, w=np.sqrt(kernel * w)), place))
    np.testing.assert_allclose(loess_sorted(x, y, w, 0.5), direct, rtol=1e-9)


def test_a_straight_line_is_reproduced_between_vertices():
    x = np.sort(np.random.default_rng(5).uniform(size=500))
    y, w = 3 - 2 * x, np.ones(500)
    np.testing.assert_allclose(loess_sorted(x, y, w, 0.2), y, rtol=1e-11)
    np.testing.assert_allclose(locfit_sorted(x, y, w, 0.2, 3), y, rtol=1e-11)


def test_points_at_one_place_give_their_mean():
    y = np.array([1.0, 2.0, 6.0, 3.0])
    np.testing.assert_allclose(locfit_sorted(np.ones(4), y, np.ones(4), 0.5, 1), 3)


def test_local_quadratics_reproduce_a_parabola_at_its_vertices():
    x = np.sort(RNG.uniform(0, 4, 60))
    vertices = tree_vertices(x, leaf=0.15)
    found = quadratic_loess(x, 1 + x - 3 * x**2, vertices[1:-1], 0.75)
    assert len(vertices) < 20
    assert np.allclose(found, 1 + vertices[1:-1] - 3 * vertices[1:-1] ** 2)


def test_a_local_quadratic_is_a_weighted_polynomial():
    x = np.sort(RNG.uniform(0, 4, 60))
    y = np.sin(x)
    at = tree_vertices(x, leaf=0.15)[2]
    distance = np.abs(x - at)
    weight = np.maximum(1 - (distance / np.sort(distance)[44]) ** 3, 0) ** 3
    slow = np.polyval(np.polyfit(x, y, 2, w=np.sqrt(weight)), at)
    assert np.isclose(quadratic_loess(x, y, np.array([at]), 0.75)[0], slow)


def test_local_quadratics_take_heavy_ties():
    x = np.repeat([0.0, 1, 2], [50, 3, 2])
    y = RNG.normal(size=55)
    found = quadratic_loess(x, y, np.array([0.0, 1, 2]), 0.75)
    assert np.isclose(found[0], y[:50].mean(), atol=0.2)
    assert np.isfinite(found).all()
