"""Contrasts of a fit, by matrix, name and text."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pylimma
from pylimma.errors import (
    DesignError,
    EstimationWarning,
    InputError,
    InputWarning,
    Note,
    ShapeError,
    UnknownNameError,
)

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


def covariance_of(design, weights, block=None, correlation=0.0):
    """The unscaled covariance of one gene's coefficients by the textbook."""
    seen = weights > 0
    c = np.eye(len(design))
    if block is not None:
        c = np.where(np.equal.outer(block, block), correlation, 0.0)
        np.fill_diagonal(c, 1.0)
    root = np.sqrt(weights[seen])
    c = c[np.ix_(seen, seen)] / np.outer(root, root)
    return np.linalg.inv(design[seen].T @ np.linalg.solve(c, design[seen]))


@pytest.fixture
def awkward():
    """Data of three groups and a covariate, with weights, missing values and blocks."""
    rng = np.random.default_rng(12)
    design = np.column_stack(
        [np.ones(12), np.repeat(np.eye(3)[:, 1:], 4, axis=0), rng.normal(size=12)]
    )
    y = rng.normal(8, 1, (40, 12))
    y[:20][rng.random((20, 12)) < 0.1] = np.nan
    return y, design, rng.uniform(0.2, 3, y.shape), np.tile(np.arange(6), 2)


@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
@pytest.mark.parametrize("blocked", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_standard_errors_are_those_of_each_genes_own_covariance(awkward, weighted, blocked):
    y, design, weights, block = awkward
    options = {"weights": weights} if weighted else {}
    options |= {"block": block, "correlation": 0.3} if blocked else {}
    c = np.array([0, -1.0, 1, 0.5])
    fit = pylimma.contrasts_fit(pylimma.lm_fit(y, design, **options), c)
    for gene, values in enumerate(y):
        own = np.where(np.isnan(values), 0.0, weights[gene] if weighted else 1.0)
        v = covariance_of(design, own, block if blocked else None, 0.3)
        assert fit["stdev_unscaled"][gene, 0] == pytest.approx(np.sqrt(c @ v @ c), rel=1e-9)


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    weighted=st.booleans(),
    by_sample=st.booleans(),
    missing=st.booleans(),
    blocked=st.booleans(),
    robust=st.booleans(),
)
def test_a_contrast_has_the_same_t_in_every_parametrisation(
    seed, weighted, by_sample, missing, blocked, robust
):
    rng = np.random.default_rng(seed)
    groups, n = rng.integers(2, 5), 16
    labels = np.concatenate([np.arange(groups), rng.integers(0, groups, n - groups)])
    cells = np.equal.outer(labels, np.arange(groups)).astype(float)
    x = np.column_stack([cells, rng.normal(size=n)])
    y = rng.normal(size=(30, n))
    if missing:
        y[rng.random(y.shape) < 0.15] = np.nan
    options = {}
    if weighted:
        options["weights"] = rng.uniform(0.1, 4, n if by_sample else y.shape)
    if blocked and not robust:
        options |= {"block": rng.integers(0, 6, n), "correlation": 0.4}
    if robust:
        options |= {"method": "robust", "maxit": 1}  # one step is the same in every basis
    change = rng.normal(size=(groups + 1, groups + 1)) + 3 * np.eye(groups + 1)
    c = np.concatenate([rng.normal(size=groups), [0.0]])
    c[:groups] -= c[:groups].mean()
    first = pylimma.lm_fit(y, x, contrasts=c, **options)
    # y = X b = (X A) (A⁻¹ b): the contrast becomes A' c
    second = pylimma.contrasts_fit(pylimma.lm_fit(y, x @ change, **options), change.T @ c)
    for name in ("coefficients", "stdev_unscaled"):
        np.testing.assert_allclose(second[name], first[name], rtol=1e-8, atol=1e-10)


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_f_tests_survive_a_change_of_the_reference_level(awkward):
    y, design, weights, _ = awkward
    moved = np.column_stack([np.ones(12), 1 - design[:, 1] - design[:, 2], design[:, 2:]])
    pairs = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, -1, 1, 0]], float).T
    first = pylimma.e_bayes(pylimma.lm_fit(y, design, weights=weights, contrasts=pairs))
    # B - A, C - A, C - B by coefficients of A and C against B
    other = np.array([[0, -1, 0, 0], [0, -1, 1, 0], [0, 0, 1, 0]], float).T
    second = pylimma.e_bayes(pylimma.lm_fit(y, moved, weights=weights, contrasts=other))
    np.testing.assert_allclose(second["t"], first["t"], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(second["F"], first["F"], rtol=1e-8)
    for method in ("nestedF", "hierarchical"):
        calls = [
            np.asarray(pylimma.decide_tests(fit, method=method, p_value=0.5))
            for fit in (first, second)
        ]
        np.testing.assert_array_equal(*calls)


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_a_gene_without_the_reference_group_has_the_contrasts_of_the_others(y, design):
    full = np.column_stack([np.ones(9), design.to_numpy()[:, 1:]])
    y[0, :3] = np.nan
    fit = pylimma.lm_fit(y, full, contrasts=np.array([[0, 1, 0], [0, -1, 1]]).T)
    assert np.isnan(fit["coefficients"][0, 0])
    assert fit["coefficients"][0, 1] == pytest.approx(y[0, 6:].mean() - y[0, 3:6].mean())
    assert fit["stdev_unscaled"][0, 1] == pytest.approx(np.sqrt(2 / 3))


def test_the_older_approximation_is_told_and_can_be_had(awkward):
    y, design, weights, _ = awkward
    fit = pylimma.lm_fit(y[20:], design, weights=weights[20:])
    c = np.array([0, -1.0, 1, 0])
    with pytest.warns(Note, match='by at most .*compat="3.68"'):
        exact = pylimma.contrasts_fit(fit, c)
    older = pylimma.contrasts_fit(fit, c, compat="3.68")
    correlation = fit["cov_coefficients"][1, 2] / np.sqrt(
        fit["cov_coefficients"][1, 1] * fit["cov_coefficients"][2, 2]
    )
    s1, s2 = fit["stdev_unscaled"][:, 1:3].T
    expected = np.sqrt(s1**2 + s2**2 - 2 * correlation * s1 * s2)
    np.testing.assert_allclose(older["stdev_unscaled"][:, 0], expected)
    assert np.abs(exact["stdev_unscaled"][:, 0] / expected - 1).max() > 0.01


def test_covariances_are_kept_only_where_they_are_needed(awkward):
    y, design, weights, _ = awkward
    assert "cov_by_gene" not in pylimma.lm_fit(y[20:], design)
    assert "cov_by_gene" not in pylimma.lm_fit(y[20:], design, weights=np.arange(1.0, 13))
    cells = np.column_stack([1 - design[:, 1] - design[:, 2], design[:, 1:3]])
    assert "cov_by_gene" not in pylimma.lm_fit(y[20:], cells, weights=weights[20:])
    fit = pylimma.lm_fit(y[20:], design, weights=weights[20:])
    assert fit["cov_by_gene"].shape == (20, 10)
    assert fit[:3]["cov_by_gene"].shape == (3, 10)
    without = pylimma.lm_fit(y[20:], design, weights=weights[20:], keep=())
    assert "cov_by_gene" not in without
    with pytest.warns(EstimationWarning, match="approximate"):
        pylimma.contrasts_fit(without, [0, -1, 1, 0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"contrast": [0, 1]}, "no argument 'contrast'"),
        ({"maxit": 3}, 'without method="robust"'),
        ({"keep": ["E"]}, "`keep` must be one of 'cov_by_gene'"),
    ],
)
def test_unknown_arguments_of_a_fit_are_refused(y, design, options, message):
    with pytest.raises(InputError, match=message):
        pylimma.lm_fit(y, design, **options)
