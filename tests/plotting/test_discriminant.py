"""Samples along discriminant functions."""

import numpy as np
from plotting_checks import legend_texts, offsets

import pylimma


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
