"""Curves of densities, and lines of rows."""

import numpy as np
import pandas as pd
import pytest
from plotting_checks import legend_texts

import pylimma
from pylimma.errors import InputError, ShapeError
from pylimma.numerics.smoothing.kernel_density import kernel_density


@pytest.fixture
def values():
    return pd.DataFrame(np.random.default_rng(1).normal(8, 2, size=(80, 4)), columns=list("uvwz"))


def test_each_sample_has_its_curve(values):
    ax = pylimma.plot_densities(values)
    for line, name in zip(ax.lines, values, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), kernel_density(values[name].to_numpy()).y)
    assert legend_texts(ax) == list("uvwz")


def test_groups_share_a_colour(values):
    ax = pylimma.plot_densities(values, group=["b", "a", "a", "b"])
    colors = [line.get_color() for line in ax.lines]
    assert colors[0] == colors[3] != colors[1] == colors[2]
    assert legend_texts(ax) == ["a (2)", "b (2)"]


def test_many_samples_are_drawn_alike():
    ax = pylimma.plot_densities(np.random.default_rng(1).normal(size=(30, 25)))
    assert len({line.get_color() for line in ax.lines}) == 1
    assert ax.get_legend() is None


def test_raw_intensities_lose_their_background_and_become_logs():
    raw = pylimma.EListRaw({"E": np.full((5, 2), 9.0), "Eb": np.full((5, 2), 2.0)})
    line = pylimma.plot_densities(raw).lines[0]
    assert line.get_xdata().mean() == pytest.approx(3.0)


def test_the_background_is_corrected_for_as_asked():
    rng = np.random.default_rng(3)
    parts = {"R": 90, "G": 90, "Rb": 9, "Gb": 9}
    raw = pylimma.RGList(**{k: rng.gamma(9, v, (40, 2)) for k, v in parts.items()})
    none = pylimma.plot_densities(raw, bc_method="none").lines[0].get_ydata()
    expected = kernel_density(np.log2(raw["R"][:, 0] + 1)).y
    np.testing.assert_allclose(none, expected)
    with pytest.raises(InputError, match="`bc_method` must be one of 'auto', 'none'"):
        pylimma.plot_densities(raw, bc_method="least")


def test_two_colours_give_two_curves_an_array():
    array = np.random.default_rng(1).normal(size=(30, 2))
    data = pylimma.MAList({"M": array, "A": array + 9})
    ax = pylimma.plot_densities(data)
    assert len(ax.lines) == 4
    assert legend_texts(ax) == ["G (2)", "R (2)"]


def test_both_channels_of_an_array_have_its_group():
    array = np.random.default_rng(1).normal(size=(30, 3))
    data = pylimma.MAList({"M": array, "A": array + 9})
    ax = pylimma.plot_densities(data, group=["x", "y", "y"])
    assert legend_texts(ax) == ["x (2)", "y (4)"]


def test_axes_tell_the_unit_of_the_values(values):
    counts = pylimma.DGEList(np.random.default_rng(1).poisson(90, (80, 4)) + 1)
    raw = pylimma.EListRaw({"E": np.exp2(values)})
    units = {
        "expression": values, "CPM": counts, "intensity": raw,
        "intensity ": pylimma.EList(E=values),
        "CPM ": pylimma.voom(counts, np.ones((4, 1))),
        "intensity  ": pylimma.RGList(R=np.exp2(values), G=np.exp2(values)),
    }  # fmt: skip
    for unit, data in units.items():
        name = unit.strip()
        assert pylimma.plot_densities(data).get_xlabel() == rf"$\log_2$ {name}"
        plain = pylimma.plot_densities(data, log=False).get_xlabel()
        assert plain == {"CPM": "CPM", "intensity": "Intensity"}.get(name, "Expression")
    line = pylimma.plot_densities(counts).lines[0]
    assert line.get_xdata().mean() == pytest.approx(np.log2(1e6 / 80), abs=0.5)


@pytest.mark.filterwarnings("ignore:Every value of:pylimma.errors.InputWarning")
def test_a_sample_without_values_is_named(values):
    with pytest.raises(InputError, match="Sample 1 of `object` has no value"):
        pylimma.plot_densities(values.assign(v=np.nan))
    with pytest.raises(ShapeError, match="`group` has 1 values"):
        pylimma.plot_densities(values, group=["a"])


def test_each_row_has_its_line(values):
    ax = pylimma.plotlines(values[:3], first_column_origin=True, col=["r", "b"])
    expected = values[:3].sub(values["u"][:3], axis=0)
    for line, (_, row) in zip(ax.lines, expected.iterrows(), strict=True):
        np.testing.assert_allclose(line.get_ydata(), row)
    assert [line.get_color() for line in ax.lines] == ["r", "b", "r"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == list("uvwz")
