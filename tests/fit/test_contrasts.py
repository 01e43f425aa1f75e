"""Contrasts of a fit, by matrix, name and text."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import DesignError, InputError, InputWarning, ShapeError, UnknownNameError

GROUPS = list("aaabbbccc")


@pytest.fixture
def y():
    return np.random.default_rng(5).normal(size=(25, 9))


@pytest.fixture
def design():
    return pd.get_dummies(pd.Series(GROUPS), dtype=float)


def test_a_contrast_is_the_difference_of_its_groups(y, design):
    fit = pylimma.contrasts_fit(pylimma.lm_fit(y, design), "b - a")
    difference = y[:, 3:6].mean(axis=1) - y[:, :3].mean(axis=1)
    np.testing.assert_allclose(fit["coefficients"][:, 0], difference)
    np.testing.assert_allclose(fit["stdev_unscaled"][:, 0], np.sqrt(2 / 3))
    np.testing.assert_allclose(fit["cov_coefficients"], [[2 / 3]])


def test_correlated_coefficients_give_the_textbook_standard_error(y, design):
    covariate = np.arange(9.0)
    full = design.assign(x=covariate)
    fit = pylimma.contrasts_fit(pylimma.lm_fit(y, full), "(b + c)/2 - a")
    beta = np.linalg.lstsq(full.to_numpy(), y.T, rcond=None)[0].T
    np.testing.assert_allclose(fit["coefficients"][:, 0], beta @ [-1, 0.5, 0.5, 0])
    covariance = np.linalg.inv(full.T @ full)
    c = np.array([-1, 0.5, 0.5, 0])
    np.testing.assert_allclose(fit["stdev_unscaled"][:, 0], np.sqrt(c @ covariance @ c))


@pytest.mark.parametrize(
    "contrasts",
    [
        [-1, 1, 0],
        np.array([[-1.0], [1.0], [0.0]]),
        pd.Series([-1, 1, 0], index=list("abc")),
        pd.DataFrame({"x": [0, 1, -1]}, index=list("cba")),
        ["b - a"],
        {"x": "b - a"},
    ],
)
def test_every_kind_of_contrast_gives_the_same(y, design, contrasts):
    fit = pylimma.contrasts_fit(pylimma.lm_fit(y, design), contrasts)
    difference = y[:, 3:6].mean(axis=1) - y[:, :3].mean(axis=1)
    np.testing.assert_allclose(fit["coefficients"][:, 0], difference)


def test_contrasts_of_contrasts_are_those_of_the_design(y, design):
    fit = pylimma.lm_fit(y, design)
    first = pylimma.contrasts_fit(fit, {"ba": "b - a", "ca": "c - a"})
    second = pylimma.contrasts_fit(first, "ca - ba")
    straight = pylimma.contrasts_fit(fit, "c - b")
    np.testing.assert_allclose(second["coefficients"], straight["coefficients"])
    np.testing.assert_allclose(second["stdev_unscaled"], straight["stdev_unscaled"])
    np.testing.assert_allclose(second["contrasts"], straight["contrasts"])


def test_a_missing_coefficient_spoils_only_the_contrasts_that_need_it(y, design):
    y[0, :3] = np.nan
    with pytest.warns(pylimma.errors.EstimationWarning):
        fit = pylimma.lm_fit(y, design)
    fit = pylimma.contrasts_fit(fit, ["b - a", "c - b"])
    assert np.isnan(fit["coefficients"][0, 0])
    assert np.isfinite(fit["coefficients"][0, 1])
    assert np.isfinite(fit["stdev_unscaled"][0, 1])


def test_chosen_coefficients_are_columns(y, design):
    fit = pylimma.lm_fit(y, design)
    chosen = pylimma.contrasts_fit(fit, coefficients=["c", "a"])
    np.testing.assert_array_equal(chosen["coefficients"], fit["coefficients"][:, [2, 0]])


def test_rows_with_other_names_are_warned_of(y, design):
    fit = pylimma.lm_fit(y, design)
    with pytest.warns(InputWarning, match="are not the coefficients"):
        pylimma.contrasts_fit(fit, pd.DataFrame({"x": [-1, 1, 0]}, index=list("xyz")))


def test_what_cannot_be_estimated_is_named(y, design):
    design["d"] = design["a"]
    with pytest.warns(InputWarning):
        fit = pylimma.lm_fit(y, design)
    with pytest.raises(DesignError, match=r"'d', which the design cannot estimate.*'a', 'b', 'c'"):
        pylimma.contrasts_fit(fit, "d - b")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, InputError, "exactly one"),
        ({"contrasts": [1, 0, 0], "coefficients": 0}, InputError, "exactly one"),
        ({"contrasts": [1, 0]}, ShapeError, "2 rows; the fit has 3"),
        ({"contrasts": [0, 0, 0]}, DesignError, "tests nothing"),
        ({"contrasts": [1, np.nan, 0]}, DesignError, "missing or infinite"),
        ({"contrasts": "b - x"}, (DesignError, UnknownNameError), "x"),
        ({"coefficients": "x"}, UnknownNameError, "No coefficients named 'x'"),
        ({"coefficients": 7}, UnknownNameError, "position 7; there are 3"),
    ],
)
def test_contrasts_that_say_nothing_are_refused(y, design, arguments, error, message):
    with pytest.raises(error, match=message):
        pylimma.contrasts_fit(pylimma.lm_fit(y, design), **arguments)


def test_the_fit_that_was_given_is_left_alone(y, design):
    fit = pylimma.lm_fit(y, design)
    before = fit["coefficients"].copy()
    pylimma.contrasts_fit(fit, "b - a")
    np.testing.assert_array_equal(fit["coefficients"], before)
    assert "contrasts" not in fit
