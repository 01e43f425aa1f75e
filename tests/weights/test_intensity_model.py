"""What `vooma` and its relatives share."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.adapters.expression import parse_expression
from pylimma.errors import InputError
from pylimma.weights.intensity_model import (
    intensity_span,
    or_grand_mean,
    parse_intensities,
    parse_predictor,
)

Y = pd.DataFrame(np.arange(12.0).reshape(4, 3), index=list("wxyz"), columns=list("abc"))
DATA = parse_expression(Y)


def test_span_is_the_given_one_or_follows_the_number_of_genes():
    assert intensity_span(400, None, legacy=False) == pytest.approx(0.3 + 0.7 / 2)
    assert intensity_span(4000, None, legacy=True) == pytest.approx(0.3 + 0.7 / 20)
    assert intensity_span(400, 0.2, legacy=True) == 0.2
    with pytest.raises(InputError, match="`span` must be finite and above 0"):
        intensity_span(400, -0.2, legacy=False)


def test_a_predictor_by_observation_is_matched_by_both_names():
    found = parse_predictor(Y.iloc[::-1, [2, 0, 1]], DATA)
    np.testing.assert_array_equal(found, Y)


@pytest.mark.parametrize("given", [[1, 2, 3, 4], np.arange(1.0, 5)[:, None]])
def test_a_predictor_by_gene_is_a_column(given):
    np.testing.assert_array_equal(parse_predictor(given, DATA), [[1], [2], [3], [4]])


def test_no_predictor_is_none():
    assert parse_predictor(None, DATA) is None


def test_a_grand_mean_stands_in_for_a_design_that_is_neither_given_nor_stored():
    assert list(or_grand_mean(None, DATA).columns) == ["GrandMean"]
    assert or_grand_mean("~ x", DATA) == "~ x"
    stored = pylimma.EList(E=Y, design=np.ones((3, 1)))
    assert or_grand_mean(None, parse_expression(stored)) is None


def test_a_table_of_samples_takes_the_place_of_the_stored_one():
    table = pd.DataFrame({"dose": [3, 1, 2]}, index=list("cab"))
    assert list(parse_intensities(Y, None, table).samples["dose"]) == [1, 2, 3]
