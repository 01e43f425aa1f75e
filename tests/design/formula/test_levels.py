"""Levels of factors and their order."""

import numpy as np
import pandas as pd
import pytest

from pylimma.design.formula.levels import (
    Factor,
    factor_from_categorical,
    factor_from_values,
    factor_with_levels,
    sorted_names,
    used_levels,
    with_reference,
)
from pylimma.errors import DesignError, Note


def test_names_are_sorted_as_by_the_unicode_collation():
    # the order of ICU for the locale en_US
    names = "(x)|+|1|10|2|a|A|a b|a_1|A_1|a_b|a-b|a:b|a.b|a1|ab|aB|Ab|ab2|b|B|ea|éa|ref|Ref|ref1"
    names = [*names.split("|"), "T_1", "T1", "T1_x", "TA", "z"]
    shuffled = np.random.default_rng(1).permutation(names).tolist()
    assert sorted_names(shuffled + shuffled) == names


def test_levels_of_numbers_are_sorted_as_numbers():
    factor = factor_from_values([10, 2.5, 2.5, -1])
    assert factor.levels == ("-1", "2.5", "10")
    assert factor.codes.tolist() == [2, 1, 1, 0]


def test_categories_keep_their_order():
    factor = factor_from_categorical(pd.Categorical(["b", "a"], ["b", "a"], ordered=True))
    assert factor.levels == ("b", "a")
    assert factor.ordered


def test_unused_levels_are_dropped_with_a_note():
    factor = Factor(np.array([2, 0, 2]), ("a", "b", "c"))
    with pytest.warns(Note, match="Levels of 'g' that no sample has were dropped: 'b'"):
        used = used_levels(factor, "g")
    assert used.levels == ("a", "c")
    assert used.codes.tolist() == [1, 0, 1]


def test_a_reference_comes_first_and_the_others_keep_their_order():
    factor = with_reference(Factor(np.array([0, 1, 2]), ("a", "b", "c")), "c", "g")
    assert factor.levels == ("c", "a", "b")
    assert [factor.levels[code] for code in factor.codes] == ["a", "b", "c"]


def test_a_reference_must_be_a_level_of_an_unordered_factor():
    factor = Factor(np.array([0, 1]), ("a", "b"), ordered=True)
    with pytest.raises(DesignError, match="'z' is not a level of 'g', which has 'a', 'b'"):
        with_reference(factor, "z", "g")
    with pytest.raises(DesignError, match="'g' is ordered"):
        with_reference(factor, "b", "g")


def test_an_unknown_label_is_refused():
    with pytest.raises(DesignError, match="'c' is not a level of 'g'"):
        factor_with_levels(["a", "c"], ("a", "b"), "g")
