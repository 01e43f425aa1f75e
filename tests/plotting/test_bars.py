"""Heights of the bars of samples."""

import numpy as np
import pandas as pd
import pytest
from plotting_checks import legend_texts

import pylimma
from pylimma.errors import InputError, ShapeError, StageError


def heights(ax):
    return [bar.get_height() for bar in sorted(ax.patches, key=lambda bar: bar.get_x())]


@pytest.fixture
def counts():
    return pd.DataFrame([[1e6, 2e6, 0], [1e6, 0, 5e6]], columns=["u", "v", "w"])


def test_column_sums_are_shown_in_millions(counts):
    ax = pylimma.plot_library_sizes(counts)
    assert heights(ax) == [2.0, 2.0, 5.0]
    assert ax.lines[0].get_ydata()[0] == 2.0
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["u", "v", "w"]


def test_groups_are_coloured_and_counted(counts):
    ax = pylimma.plot_library_sizes(counts, group=["x", "y", "x"])
    assert legend_texts(ax) == ["x (2)", "y (1)"]
    assert heights(ax) == [2.0, 2.0, 5.0]


def test_library_sizes_of_a_dge_list_are_taken(counts):
    data = pylimma.DGEList(counts, lib_size=[3e6, 4e6, 5e6], norm_factors=[2.0, 1.0, 0.5])
    assert heights(pylimma.plot_library_sizes(data)) == [3.0, 4.0, 5.0]
    assert heights(pylimma.plot_library_sizes(data, normalized=True)) == [6.0, 4.0, 2.5]


def test_weights_are_shown_around_one():
    ax = pylimma.plot_sample_weights(pd.Series([0.5, 1.5], index=["u", "v"]))
    assert heights(ax) == [0.5, 1.5]
    assert ax.lines[0].get_ydata()[0] == 1.0
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["u", "v"]


def test_weights_of_a_container_are_found():
    targets = pd.DataFrame({"sample_weights": [0.8, 1.2]}, index=["u", "v"])
    elist = pylimma.EList({"E": np.ones((3, 2)), "targets": targets})
    assert heights(pylimma.plot_sample_weights(elist)) == [0.8, 1.2]


def test_what_has_no_bars_is_named(counts):
    with pytest.raises(InputError, match="negative or missing"):
        pylimma.plot_library_sizes(-counts)
    with pytest.raises(InputError, match="`normalized` needs a DGEList"):
        pylimma.plot_library_sizes(counts, normalized=True)
    with pytest.raises(StageError, match="has no sample weights"):
        pylimma.plot_sample_weights(pylimma.EList({"E": np.ones((3, 2))}))
    with pytest.raises(ShapeError, match="`names` has 1 values"):
        pylimma.plot_sample_weights([1.0, 2.0], names=["a"])
