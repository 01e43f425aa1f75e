"""Families of contrasts and contrasts in words."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import DesignError, ShapeError

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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("B-A", "higher in B than in A"),
        ("(B+C)/2-A", "higher in the mean of B and C than in A"),
        ("B-(A+C+D)/3", "higher in B than in the mean of A, C and D"),
        ("(B-A)-(D-C)", "higher in B + C than in A + D"),
        ("2*B-2*A", "higher in 2 × B than in 2 × A"),
        ("B", "that B is above zero"),
        ("-B", "that B is below zero"),
    ],
)
def test_a_contrast_is_said_in_words(text, words):
    contrast = pl.make_contrasts(text, levels=LEVELS)[text]
    assert pl.describe_contrast(contrast) == f"positive log fold change means {words}"
    assert pl.describe_contrast(contrast.to_dict()) == pl.describe_contrast(contrast)
    assert pl.describe_contrast(contrast.tolist(), LEVELS) == pl.describe_contrast(contrast)


def test_a_contrast_needs_weights_and_names():
    with pytest.raises(DesignError, match="all zero"):
        pl.describe_contrast([0, 0], ["a", "b"])
    with pytest.raises(DesignError, match="`names`"):
        pl.describe_contrast([1, -1])
    with pytest.raises(ShapeError, match="there are 3 names"):
        pl.describe_contrast([1, -1], ["a", "b", "c"])
