"""Quantiles, medians and cyclic loess of any kind of data."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputWarning, ShapeError

RNG = np.random.default_rng(42)
Y = pd.DataFrame(
    RNG.normal(8, 1, (60, 4)) * [1, 1.2, 0.8, 1],
    index=[f"g{k}" for k in range(60)],
    columns=list("abcd"),
)
FUNCTIONS = [
    pylimma.normalize_quantiles,
    pylimma.normalize_median_values,
    pylimma.normalize_median_abs_values,
    pylimma.normalize_cyclic_loess,
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_kind_of_data_and_its_labels_are_kept(function):
    expected = function(Y.to_numpy())
    assert isinstance(expected, np.ndarray)
    frame = function(Y)
    pd.testing.assert_frame_equal(frame, pd.DataFrame(expected, Y.index, Y.columns))
    data = pylimma.EList(E=Y, weights=np.ones(Y.shape))
    found = function(data)
    np.testing.assert_array_equal(found["E"], expected)
    assert list(found.row_names) == list(Y.index)
    assert "weights" in found


@pytest.mark.parametrize("function", FUNCTIONS[:3])
def test_a_single_array_is_returned_as_it_is(function):
    series = Y["a"]
    assert function(series) is series
    np.testing.assert_array_equal(function(Y[["a"]]), Y[["a"]])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_arrays_in_another_order_get_the_same_values(function):
    np.testing.assert_allclose(function(Y[list("dbca")])[list("abcd")], function(Y), rtol=1e-9)


def test_medians_become_equal():
    assert np.ptp(pylimma.normalize_median_values(Y).median()) == pytest.approx(0, abs=1e-12)
    found = pylimma.normalize_median_abs_values(Y - Y.mean())
    assert np.ptp(found.abs().median()) == pytest.approx(0, abs=1e-12)


def test_medians_that_are_not_positive_cannot_be_scaled():
    with pytest.raises(InputError, match="positive median of every array; that of arrays '1'"):
        pylimma.normalize_median_values(Y.assign(b=-Y["b"]))
    with pytest.raises(InputError, match="median absolute value"):
        pylimma.normalize_median_abs_values(Y.assign(c=0.0))


@pytest.mark.filterwarnings("ignore:Every value of:pylimma.errors.InputWarning")
def test_quantiles_need_two_values_of_each_array():
    with pytest.raises(InputError, match="at least two values in every array; arrays '2'"):
        pylimma.normalize_quantiles(Y.assign(c=np.nan))


def test_the_span_of_cyclic_loess_follows_the_number_of_genes_unless_told_otherwise():
    adaptive = pylimma.normalize_cyclic_loess(Y)
    span = pylimma.choose_lowess_span(60)
    for adaptive_span in (True, False):
        given = pylimma.normalize_cyclic_loess(Y, span=span, adaptive_span=adaptive_span)
        pd.testing.assert_frame_equal(adaptive, given)
    fixed = pylimma.normalize_cyclic_loess(Y, adaptive_span=False)
    pd.testing.assert_frame_equal(fixed, pylimma.normalize_cyclic_loess(Y, span=0.7))


@pytest.mark.parametrize("method", ["affy", "pairs", "fast"])
def test_three_cycles_of_loess_are_on_the_way_and_more_come_closer(method):
    rng = np.random.default_rng(7)
    level = rng.uniform(4, 14, 300)
    bent = (
        level[:, None]
        + np.sin(level[:, None] * [0.3, 0.5, 0.8, 1.1])
        + rng.normal(0, 0.2, (300, 4))
    )
    end, three, ten = (
        pylimma.normalize_cyclic_loess(bent, iterations=n, method=method) for n in (60, 3, 10)
    )
    np.testing.assert_array_equal(three, pylimma.normalize_cyclic_loess(bent, method=method))
    far, near = (np.abs(found - end).max() for found in (three, ten))
    assert 1e-4 < near < far


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "slow"}, InputError, "`method` must be one of 'fast', 'affy', 'pairs'"),
        ({"iterations": 0}, InputError, "`iterations` must lie between 1 and"),
        ({"weights": [1.0]}, ShapeError, "`weights` has 1 values; there are 60 genes"),
        ({"weights": np.full(60, -1.0)}, InputError, "negative"),
        ({"span": -1, "adaptive_span": False}, InputError, "span"),
    ],
)
def test_what_cyclic_loess_cannot_use_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        pylimma.normalize_cyclic_loess(Y, **options)


def test_missing_values_that_move_quantiles_are_said():
    few = Y.where(RNG.random(Y.shape) > 0.02)
    with pytest.warns(InputWarning, match="missing among 60 genes"):
        pylimma.normalize_quantiles(few)
    many = pd.concat([Y] * 4, ignore_index=True)
    pylimma.normalize_quantiles(many.mask(many["a"].rank() < 9))
    many.loc[:59, "c"] = np.nan
    with pytest.warns(InputWarning, match=r"More than 20% .* arrays '2' \(called 'c'\)"):
        pylimma.normalize_quantiles(many)
