"""Names of points that stay apart."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from pylimma.plotting.labels import label_points, spread

BOUNDS = np.array([0.0, 0.0, 500.0, 400.0])


def crossings(points, sizes, shift):
    """Number of pairs of labels that cover each other, one by one."""
    centre, n = points + shift, len(points)
    return sum(
        (np.abs(centre[i] - centre[j]) < (sizes[i] + sizes[j]) / 2 - 1e-9).all()
        for i in range(n)
        for j in range(i)
    )


def scattered(n, seed=1, width=60.0):
    rng = np.random.default_rng(seed)
    points = rng.uniform([150, 120], [350, 280], (n, 2))
    return points, np.column_stack([rng.uniform(0.5, 1, n) * width, np.full(n, 12.0)])


@pytest.mark.parametrize("seed", range(5))
def test_labels_do_not_cover_each_other_or_leave_the_axes(seed):
    points, sizes = scattered(60, seed)
    shift = spread(points, sizes, BOUNDS)
    assert crossings(points, sizes, shift) == 0
    assert crossings(points, sizes, np.zeros_like(shift)) > 0  # the test can fail
    low, high = points + shift - sizes / 2, points + shift + sizes / 2
    assert (low >= BOUNDS[:2]).all()
    assert (high <= BOUNDS[2:]).all()


def test_a_label_alone_stands_beside_its_point():
    points, sizes = np.array([[250.0, 200.0]]), np.array([[40.0, 10.0]])
    shift = spread(points, sizes, BOUNDS)[0]
    assert np.abs(shift).max() < 30
    assert (np.abs(shift) > sizes[0] / 2).any()  # and does not cover it


def test_a_label_at_the_border_moves_inwards():
    points, sizes = np.array([[499.0, 399.0]]), np.array([[80.0, 10.0]])
    shift = spread(points, sizes, BOUNDS)[0]
    assert shift[0] < -40
    assert shift[1] < 0


def test_the_first_labels_stand_nearest():
    points, sizes = np.full((30, 2), 200.0), np.full((30, 2), [50.0, 12.0])
    distance = np.hypot(*spread(points, sizes, BOUNDS).T)
    assert distance[:5].max() < distance[-5:].min()


def test_too_many_labels_are_still_all_drawn():
    ax = plt.subplots()[1]
    x = np.linspace(0, 1, 300)
    label_points(ax, x, x, [f"gene{i}" for i in range(300)])
    assert sum(text.get_text().startswith("gene") for text in ax.texts) == 300
    plt.close("all")


def test_names_without_room_are_left_out_unless_they_are_required():
    points, sizes = scattered(200, width=90.0)
    required = np.arange(200) < 15
    shift = spread(points, sizes, BOUNDS, required)
    kept = np.isfinite(shift[:, 0])
    assert kept[:15].all()
    assert 15 < kept.sum() < 200
    assert crossings(points[kept], sizes[kept], shift[kept]) == 0


def test_missing_points_have_no_label():
    ax = plt.subplots()[1]
    label_points(ax, np.array([0.0, np.nan]), np.array([0.0, 1.0]), ["a", "b"])
    assert [text.get_text() for text in ax.texts] == ["a"]
    label_points(ax, np.array([np.nan]), np.array([0.0]), ["c"])
    assert [text.get_text() for text in ax.texts] == ["a"]
    plt.close("all")


def test_the_same_picture_comes_every_time():
    points, sizes = scattered(40)
    np.testing.assert_array_equal(spread(points, sizes, BOUNDS), spread(points, sizes, BOUNDS))
