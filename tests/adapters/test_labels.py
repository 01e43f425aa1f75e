"""What belongs to samples is matched by name."""

import numpy as np
import pandas as pd
import pytest

from pylimma.adapters.labels import aligned, parse_block, per_gene, per_sample
from pylimma.errors import InputError, ShapeError, UnknownNameError

NAMES = pd.Index(["s", "t", "u"])


def test_a_series_in_another_order_is_aligned():
    given = pd.Series([3, 1, 2], index=["u", "s", "t"])
    np.testing.assert_array_equal(per_sample(given, 3, NAMES, "lib_size"), [1, 2, 3])


def test_positions_are_used_where_one_side_has_no_names():
    np.testing.assert_array_equal(per_sample(pd.Series([3, 1, 2]), 3, NAMES, "x"), [3, 1, 2])
    named = pd.Series([3, 1, 2], index=["u", "s", "t"])
    np.testing.assert_array_equal(per_gene(named, 3, None, "x"), [3, 1, 2])


def test_other_names_are_an_error_that_lists_both():
    given = pd.Series([1, 2, 3], index=["s", "t", "v"])
    with pytest.raises(UnknownNameError, match=r"`block`.*missing: 'u'; not in the data: 'v'"):
        per_sample(given, 3, NAMES, "block")


def test_repeated_names_cannot_be_matched():
    given = pd.DataFrame({"x": [1, 2, 3]}, index=["t", "s", "s"])
    with pytest.raises(InputError, match="repeat"):
        aligned(given, pd.Index(["s", "s", "t"]), "samples", "design")


def test_another_length_is_an_error_with_both_numbers():
    with pytest.raises(ShapeError, match="`block` has 2 values; there are 3 samples"):
        per_sample([1, 2], 3, NAMES, "block")


def test_blocks_are_numbered_from_labels_of_any_kind():
    np.testing.assert_array_equal(parse_block(["x", "y", "x"], 3, None), [0, 1, 0])
    with pytest.raises(InputError, match="`block` is missing for samples '1'"):
        parse_block(["x", None, "x"], 3, None)
