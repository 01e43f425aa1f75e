"""Detection along a covariate."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import InputError, UnknownNameError


def test_masks_positions_and_names_are_one():
    covariate = pd.Series([9.0, 1, 2, 7], list("abcd"))
    expected = pl.goana_trend([True, False, False, True], covariate)
    for index in ([0, 3], np.array([3.0, 0.0]), ["a", "d"]):
        pd.testing.assert_series_equal(pl.goana_trend(index, covariate), expected)
    pd.testing.assert_series_equal(
        pl.goana_trend(pd.Series([True, False, True, False], list("dcab")), covariate), expected
    )


def test_the_average_is_kept_when_the_prior_is_strong():
    covariate = np.random.default_rng(2).normal(size=300)
    detected = covariate > 0.5
    strong = pl.goana_trend(detected, covariate, n_prior=1e12)
    np.testing.assert_allclose(strong, detected.mean())
    weak = pl.goana_trend(detected, covariate, n_prior=0)
    assert weak[covariate.argmin()] == 0
    assert weak[covariate.argmax()] > 0.98


def test_missing_covariates_get_the_share_of_all_genes():
    found = pl.goana_trend([True, False, False, True], [1.0, 2, 3, np.nan])
    assert found[3] == 0.5


def test_nothing_detected_is_nearly_impossible():
    np.testing.assert_array_equal(pl.goana_trend([False] * 3, [1, 2, 3]), 1e-5)
    assert pl.goana_trend([], []).size == 0


@pytest.mark.parametrize(
    ("index", "error"),
    [([None, True], InputError), ([9], UnknownNameError), (["a"], UnknownNameError)],
)
def test_unknown_genes_are_refused(index, error):
    with pytest.raises(error):
        pl.goana_trend(index, [1.0, 2.0])
