"""Pictures that computations ask for by name."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from plotting_checks import legend_texts, offsets

import pylimma
from pylimma.draw import draw


def test_ellipses_have_the_slope_and_width_of_their_correlation():
    effects = np.random.default_rng(1).normal(size=(200, 2))
    technical, biological = np.array([[4.0, 0.4], [0.4, 1]]), np.array([[1, 0.8], [0.8, 1]])
    ax = draw("genas", x=effects[:, 0], y=effects[:, 1], technical=technical, biological=biological)
    technical, biological = ax.patches
    assert legend_texts(ax) == ["technical ρ = 0.200", "biological ρ = 0.800"]
    assert (technical.width / technical.height) ** 2 == pytest.approx(1.2 / 0.8)
    assert (biological.width / biological.height) ** 2 == pytest.approx(1.8 / 0.2)
    np.testing.assert_array_equal(offsets(ax.collections[0]), effects)


def test_an_ellipse_holds_95_per_cent_of_normal_effects():
    rng = np.random.default_rng(2)
    effects = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=20_000)
    correlated, free = np.array([[1, 0.5], [0.5, 1]]), np.eye(2)
    ax = draw("genas", x=effects[:, 0], y=effects[:, 1], technical=correlated, biological=free)
    patch = next(p for p in ax.patches if "technical" in p.get_label())
    back = patch.get_patch_transform().inverted()
    share = np.mean((back.transform(effects) ** 2).sum(axis=1) < 1)
    assert share == pytest.approx(0.95, abs=0.01)


def test_shares_of_surrogates_are_counted_from_one():
    ax = draw("surrogate_variance", proportion=np.array([0.5, 0.2]))
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[1, 0.5], [2, 0.2]])


def test_ticks_stand_at_the_genes_of_a_set():
    ax = draw(
        "set_trend", covariate_rank=np.array([2.0, 1, 3]), probability=np.ones(3), index=[0, 2]
    )
    assert [segment[0][0] for segment in ax.collections[0].get_segments()] == [2.0, 3.0]
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [1, 2, 3])


def test_new_samples_are_drawn_over_the_groups():
    y = np.random.default_rng(3).normal(size=(30, 6)) + np.array([0, 0, 0, 4, 4, 4])
    result = pylimma.rldf(y, labels_y=list("aaabbb"), z=y[:, :2] + 0.1)
    ax = pylimma.plot_rldf(result)
    assert legend_texts(ax) == ["a (3)", "b (3)", "new (2)"]
    np.testing.assert_allclose(offsets(ax.collections[0]), result.predicting)


def test_functions_are_drawn_along_the_dimensions_chosen():
    y = np.random.default_rng(3).normal(size=(30, 6)) + np.array([0, 0, 2, 2, 4, 4])
    ax = pylimma.plot_rldf(y, labels_y=list("aabbcc"), show_dimensions=(1, 0))
    assert ax.get_xlabel() == "Discriminant function 2"
    result = pylimma.rldf(y, labels_y=list("aabbcc"))
    np.testing.assert_allclose(offsets(ax.collections[0]), result.training[:, ::-1])


def test_nothing_is_shown_on_a_screen(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a picture was shown"))
    draw("surrogate_variance", proportion=np.array([0.5, 0.2]))


def test_an_effect_that_does_not_vary_has_no_ellipse():
    effects = np.random.default_rng(1).normal(size=(20, 2))
    ax = draw(
        "genas", x=effects[:, 0], y=effects[:, 1], technical=np.eye(2), biological=np.zeros((2, 2))
    )
    assert legend_texts(ax) == ["technical ρ = 0.000"]


def test_the_last_density_is_drawn_over_the_histogram():
    densities = np.array([[1.0, 1, 1], [2, 1, 0.5]])
    ax = draw("convex_densities", p=np.linspace(0, 1, 41), densities=densities)
    np.testing.assert_array_equal(ax.lines[1].get_xydata(), [[0, 2], [0.5, 1], [1, 0.5]])
    assert legend_texts(ax) == ["no difference (50%)"]
