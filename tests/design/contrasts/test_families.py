"""Families of contrasts."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import DesignError

LEVELS = ["A", "B", "C", "D"]


def test_all_pairs_are_those_written_out():
    names = ["B-A", "C-A", "D-A", "C-B", "D-B", "D-C"]
    frame = pl.all_pairs(LEVELS)
    assert sorted(frame.columns) == sorted(names)
    pd.testing.assert_frame_equal(frame[names], pl.make_contrasts(names, levels=LEVELS))


def test_every_level_is_compared_with_the_control():
    expected = pl.make_contrasts("A-C", "B-C", "D-C", levels=LEVELS)
    pd.testing.assert_frame_equal(pl.against_control(LEVELS, "C"), expected)


def test_every_level_is_compared_with_the_mean_of_the_rest():
    frame = pl.against_rest(LEVELS)
    expected = pl.make_contrasts("B-(A+C+D)/3", levels=LEVELS)
    np.testing.assert_allclose(frame["B-rest"], expected.iloc[:, 0])
    np.testing.assert_allclose(frame.sum(axis=1), 0, atol=1e-15)


def test_a_comparison_needs_two_levels_and_a_known_control():
    for family in (pl.all_pairs, pl.against_rest):
        with pytest.raises(DesignError, match="needs two levels; got 'A'"):
            family(["A"])
    with pytest.raises(DesignError, match="`control` 'Z' is not a level"):
        pl.against_control(LEVELS, "Z")
