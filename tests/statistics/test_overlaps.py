"""Counts of combinations against counting by hand."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError, ShapeError

RULES = {"both": lambda v: v != 0, "up": lambda v: v > 0, "down": lambda v: v < 0}


@pytest.mark.parametrize("include", list(RULES))
@pytest.mark.parametrize("n_sets", [1, 3, 5])
def test_each_combination_is_counted(include, n_sets):
    values = np.random.default_rng(n_sets).integers(-1, 2, size=(60, n_sets))
    table = pylimma.venn_counts(values, include)
    inside = RULES[include](values)
    for row, pattern in zip(table.to_numpy(), product([0, 1], repeat=n_sets), strict=True):
        assert tuple(row[:-1]) == pattern
        assert row[-1] == (inside == np.array(pattern)).all(axis=1).sum()


def test_genes_with_a_missing_outcome_are_not_counted():
    table = pylimma.venn_counts(np.array([[1, np.nan], [1, 0], [1, 1]]))
    assert table["Counts"].tolist() == [0, 0, 1, 1]


def test_sets_keep_their_names_or_are_numbered():
    named = pd.DataFrame(np.eye(2), columns=["A", "B"])
    assert list(pylimma.venn_counts(named).columns) == ["A", "B", "Counts"]
    assert list(pylimma.venn_counts(np.eye(2)).columns) == ["Group 1", "Group 2", "Counts"]


def test_what_cannot_be_counted_is_named():
    with pytest.raises(InputError, match="`include` must be one of"):
        pylimma.venn_counts(np.eye(2), include="all")
    with pytest.raises(InputTypeError, match="`x` must be real numbers"):
        pylimma.venn_counts(np.array([["a", "b"]]))
    with pytest.raises(ShapeError, match="genes × sets; got 1 dimensions"):
        pylimma.venn_counts(np.arange(3))
    with pytest.raises(InputError, match="17 sets"):
        pylimma.venn_counts(np.zeros((2, 17)))
