"""Order, colours and labels of heat diagrams."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputWarning, ShapeError
from pylimma.plotting.heat_diagram import significant_effects

RESULTS = np.array([[1, 0], [-1, 1], [0, 1], [1, np.nan]])
EFFECTS = pd.DataFrame({"T1": [1.0, -2, 9, 3], "T2": [5.0, 6, 7, 8]}, index=list("abcd"))


def test_significant_effects_fall_from_the_largest():
    found = significant_effects(RESULTS, EFFECTS)
    assert found.index.tolist() == [3, 0, 1]
    np.testing.assert_array_equal(found.to_numpy(), [[3, np.nan], [1, np.nan], [-2, 6]])


def test_effects_beyond_the_limit_are_cut():
    found = significant_effects(RESULTS, EFFECTS, primary="T2", limit=6.5)
    np.testing.assert_array_equal(found["T2"], [6.5, 6.0])


@pytest.mark.parametrize("orientation", ["landscape", "portrait"])
def test_a_gap_parts_rising_from_falling_genes(orientation):
    ax = pylimma.heat_diagram(RESULTS, EFFECTS, orientation=orientation)
    shown = np.ma.filled(ax.collections[1].get_array(), np.nan)
    shown = shown if orientation == "portrait" else shown.T
    np.testing.assert_array_equal(shown[:, 0], [3, 1, np.nan, -2])
    ticks = ax.get_yticklabels() if orientation == "portrait" else ax.get_xticklabels()
    assert [tick.get_text() for tick in ticks] == ["d", "a", "b"]


def test_no_significant_gene_is_said():
    with pytest.warns(InputWarning, match="No gene is significant"):
        ax = pylimma.heat_diagram(np.zeros((4, 2)), EFFECTS)
    assert not ax.collections


def test_heat_diagrams_name_what_does_not_fit():
    with pytest.raises(ShapeError, match=r"`results` has shape \(4, 2\) and `coef` \(3, 2\)"):
        pylimma.heat_diagram(RESULTS, EFFECTS[:3])
    with pytest.raises(InputError, match="`limit` must be above 0"):
        pylimma.heat_diagram(RESULTS, EFFECTS, limit=-1)
    with pytest.raises(InputError, match="`orientation` must be one of"):
        pylimma.heat_diagram(RESULTS, EFFECTS, orientation="square")
    with pytest.raises(ShapeError, match="`treatments` has 1 values"):
        pylimma.heat_diagram(RESULTS, EFFECTS, treatments=["one"])
