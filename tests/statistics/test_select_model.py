"""Criteria of designs against textbook formulas, gene by gene."""

import numpy as np
import pytest

import pylimma
from pylimma.errors import InputError
from pylimma.statistics.select_model import mallows_cp, moderated_information


def residual_variances(y, x):
    """Residual variances and degrees of freedom, gene by gene."""
    df = len(x) - x.shape[1]
    rss = np.array([np.linalg.lstsq(x, values, rcond=None)[1][0] for values in y])
    return rss / df, np.full(len(y), float(df))


def designs():
    groups = np.repeat([0, 1], 10)
    return np.ones((20, 1)), np.column_stack([np.ones(20), groups])


def test_without_prior_differences_are_those_of_akaikes_criterion_of_normal_models():
    y = np.random.default_rng(1).normal(size=(8, 20))
    found, expected = [], []
    for x in designs():
        s2, df = residual_variances(y, x)
        found.append(moderated_information(s2, df, 20, 2.0))
        log_likelihood = -10 * (np.log(2 * np.pi * s2 * df / 20) + 1)
        expected.append(-2 * log_likelihood + 2 * (x.shape[1] + 1))
    np.testing.assert_allclose(found[1] - found[0], expected[1] - expected[0], rtol=1e-10)


def test_schwarzs_price_of_a_coefficient_is_the_log_of_the_sample_size():
    s2, df = np.ones(3), np.full(3, 17.0)
    difference = moderated_information(s2, df, 20, np.log(20)) - moderated_information(
        s2, df, 20, 0.0
    )
    np.testing.assert_allclose(difference, 4 * np.log(20))


def test_a_strong_prior_leaves_only_the_number_of_coefficients():
    y = np.random.default_rng(2).normal(size=(5, 20))
    found = [moderated_information(*residual_variances(y, x), 20, 2.0, 1e9, 1.0) for x in designs()]
    rss = [residual_variances(y, x)[0] * (20 - x.shape[1]) for x in designs()]
    np.testing.assert_allclose(found[1] - found[0], 2 + rss[1] - rss[0], atol=1e-4)


def test_mallows_cp_of_a_true_model_is_its_number_of_coefficients_on_average():
    y = np.random.default_rng(3).normal(size=(4000, 20))
    for x in designs():
        s2, df = residual_variances(y, x)
        assert abs(np.mean(mallows_cp(s2, df, 20, 1.0)) - x.shape[1]) < 0.3


def test_the_design_that_made_the_data_is_preferred():
    rng = np.random.default_rng(62)
    y = rng.normal(size=(200, 12))
    y[100:, 6:] += 4
    designs = {
        "none": np.ones((12, 1)),
        "group": np.column_stack([np.ones(12), np.repeat([0.0, 1.0], 6)]),
    }
    for options in ({"criterion": "aic"}, {"criterion": "bic"},
                    {"criterion": "mallowscp", "s2_true": 1.0}):  # fmt: skip
        found = pylimma.select_model(y, designs, **options)
        assert (found.pref[100:] == "group").all()
        assert np.mean(found.pref[:100] == "none") > 0.7
        assert list(found.IC.columns) == ["none", "group"]


def test_akaikes_criterion_is_that_of_the_textbook():
    y = np.random.default_rng(63).normal(size=(3, 10))
    design = np.column_stack([np.ones(10), np.arange(10.0)])
    rss = np.linalg.lstsq(design, y.T, rcond=None)[1]
    found = pylimma.select_model(y, [design]).IC["1"]
    np.testing.assert_allclose(found, 10 * np.log(rss / 10) + 2 * 3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pylimma.select_model(np.ones((2, 3)), {}), InputError, "is empty"),
        (
            lambda: pylimma.select_model([[1, np.nan]], [np.ones((2, 1))]),
            InputError,
            "complete data",
        ),
        (
            lambda: pylimma.select_model(np.ones((2, 3)), [np.ones((3, 1))], df_prior=1),
            InputError,
            "`s2_prior`",
        ),
        (
            lambda: pylimma.select_model(np.ones((2, 3)), [np.ones((3, 1))], criterion="mallowscp"),
            InputError,
            "`s2_true`",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:Every value of:pylimma.errors.InputWarning")
def test_designs_that_cannot_be_compared_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
