"""Discriminant functions against a generalised eigenproblem, and what cannot be separated."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import eigh

import pylimma
from pylimma.errors import DesignError, InputError, ShapeError

GROUPS = np.array(list("aaabbbccc"))


@pytest.fixture
def values():
    rng = np.random.default_rng(8)
    y = rng.normal(size=(40, 9))
    y[:10, 3:6] += 2
    y[10:20, 6:] += 3
    return pd.DataFrame(y, columns=[f"s{k}" for k in range(9)])


def test_functions_solve_the_eigenproblem_of_between_and_within(values):
    result = pylimma.rldf(values, labels_y=GROUPS, nprobes=40, var_prior=0.8, df_prior=5.0)
    y = values.to_numpy()
    means = np.column_stack([y[:, group == GROUPS].mean(axis=1) for group in "abc"])
    centred = y - means.repeat(3, axis=1)
    within = (centred @ centred.T + 5 * 0.8 * np.eye(40)) / (5 + 6)
    shifts = means - y.mean(axis=1, keepdims=True)
    eigen_values = eigh(3 * shifts @ shifts.T, within, eigvals_only=True)[::-1][:2]
    np.testing.assert_allclose(result.singular_values**2, eigen_values, rtol=1e-9)


def test_groups_lie_apart_along_the_functions(values):
    scores = pylimma.rldf(values, labels_y=GROUPS, nprobes=20).training
    centres = np.array([scores[group == GROUPS].mean(axis=0) for group in "abc"])
    within = scores - centres.repeat(3, axis=0)
    gaps = [np.linalg.norm(centres[k] - centres[k - 1]) for k in range(3)]
    assert min(gaps) > 3 * within.std()


def test_labels_and_their_design_give_the_same(values):
    design = pylimma.model_matrix("~ g", pd.DataFrame({"g": GROUPS}, index=values.columns))
    one = pylimma.rldf(values, design, nprobes=15)
    other = pylimma.rldf(values, labels_y=GROUPS, nprobes=15)
    np.testing.assert_array_equal(one.top, other.top)
    np.testing.assert_allclose(np.abs(one.training), np.abs(other.training), rtol=1e-8)


def test_new_samples_that_repeat_old_ones_get_their_scores(values):
    result = pylimma.rldf(values, labels_y=GROUPS, z=values.iloc[:, [4, 0]])
    np.testing.assert_allclose(result.predicting, result.training[[4, 0]])
    assert list(result.labels_z) == ["s4", "s0"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, DesignError, "makes 9 groups of 9 samples"),
        ({"labels_y": ["a"] * 9}, DesignError, "makes 1 groups of 9 samples"),
        ({"labels_y": ["a"]}, ShapeError, "`labels_y` has 1 values"),
        ({"design": np.ones((9, 1))}, DesignError, "a single column"),
        ({"design": np.eye(9)}, DesignError, "no residual degrees of freedom"),
        ({"labels_y": GROUPS, "nprobes": 0}, InputError, "`nprobes` must be at least 1"),
        ({"labels_y": GROUPS, "ndim": 1}, InputError, "are outside the 1 functions"),
        ({"labels_y": GROUPS, "nprobes": 1}, InputError, "1 genes are too few for 2 functions"),
        ({"labels_y": GROUPS, "z": np.ones((3, 2))}, ShapeError, "`z` has 3 genes; `y` has 40"),
    ],
)
def test_what_cannot_be_separated_is_named(values, options, error, message):
    with pytest.raises(error, match=message):
        pylimma.rldf(values, **options)


def test_missing_values_are_refused(values):
    values.iloc[0, 0] = np.nan
    with pytest.raises(InputError, match="`y` has missing values"):
        pylimma.rldf(values, labels_y=GROUPS)
