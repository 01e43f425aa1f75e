"""Association of two contrasts, predicted changes, and choice of a design."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError

GROUPS = pd.get_dummies(pd.Series(list("aaaabbbbcccc")), dtype=float)


def contrasts(correlation, n_genes=3000, seed=61):
    """Two contrasts against one control, with true changes of a known correlation."""
    rng = np.random.default_rng(seed)
    covariance = [[1.0, correlation], [correlation, 1.0]]
    changes = rng.multivariate_normal([0, 0], covariance, size=n_genes)
    y = rng.normal(0, 0.5, size=(n_genes, 12))
    y[:, 4:8] += changes[:, [0]]
    y[:, 8:] += changes[:, [1]]
    fit = pylimma.contrasts_fit(pylimma.lm_fit(y, GROUPS), {"b": "b - a", "c": "c - a"})
    return pylimma.e_bayes(fit)


@pytest.mark.parametrize("correlation", [-0.6, 0.0, 0.7])
def test_the_true_correlation_is_found_apart_from_that_of_the_design(correlation):
    found = pylimma.genas(contrasts(correlation))
    assert found.biological_correlation == pytest.approx(correlation, abs=0.06)
    assert found.technical_correlation == pytest.approx(0.5)
    assert found.n == 3000
    assert (found.p_value < 0.001) == (correlation != 0)


@pytest.mark.parametrize("subset", ["Fpval", "p.union", "p.int", "logFC", "predFC"])
def test_a_subset_takes_some_of_the_genes(subset):
    found = pylimma.genas(contrasts(0.5, 400), subset=subset)
    assert 0 < found.n < 400


def test_predicted_changes_shrink_towards_zero():
    fit = contrasts(0.5, 400)
    predicted = pylimma.pred_fcm(fit, coef="c")
    estimate = fit["coefficients"][:, 1]
    assert (np.abs(predicted) < np.abs(estimate)).all()
    assert (np.sign(predicted) == np.sign(estimate)).all()
    some = pylimma.pred_fcm(fit, coef="c", all_de=False)
    assert (np.abs(some) <= np.abs(predicted) + 1e-12).all()


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
        (lambda fit: pylimma.genas(fit, subset="some"), InputError, "`subset` must be one of"),
        (lambda fit: pylimma.genas(fit[:, "b"]), InputError, "compares two coefficients"),
        (lambda _: pylimma.genas(3), InputTypeError, "needs a fit"),
        (lambda _: pylimma.pred_fcm(3), InputTypeError, "needs a fit"),
        (lambda _: pylimma.select_model(np.ones((2, 3)), {}), InputError, "is empty"),
        (
            lambda _: pylimma.select_model([[1, np.nan]], [np.ones((2, 1))]),
            InputError,
            "complete data",
        ),
        (
            lambda _: pylimma.select_model(np.ones((2, 3)), [np.ones((3, 1))], df_prior=1),
            InputError,
            "`s2_prior`",
        ),
        (
            lambda _: pylimma.select_model(
                np.ones((2, 3)), [np.ones((3, 1))], criterion="mallowscp"
            ),
            InputError,
            "`s2_true`",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(contrasts(0.5, 50))
