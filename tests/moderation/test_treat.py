"""Tests against a threshold."""

import numpy as np
import pytest
from scipy import integrate, stats

import pylimma
from pylimma.errors import EstimationWarning, InputError

DESIGN = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4)])


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(21)
    y = rng.normal(size=(300, 8)) + np.outer(rng.normal(0, 1, 300), DESIGN[:, 1])
    return pylimma.lm_fit(y, DESIGN)


def tails(fit, threshold):
    error = fit["stdev_unscaled"] * np.sqrt(fit["s2_post"])[:, None]
    size, df = np.abs(fit["coefficients"]), fit["df_total"][:, None]
    return stats.t.sf((size - threshold) / error, df) + stats.t.sf((size + threshold) / error, df)


def test_the_p_value_is_that_of_the_ends_of_the_interval(fit):
    found = pylimma.treat(fit, lfc=0.5)
    np.testing.assert_allclose(found["p_value"], tails(found, 0.5), rtol=1e-10)
    assert found["treat_lfc"] == 0.5
    assert "lods" not in found


def test_a_threshold_of_zero_is_the_ordinary_test(fit):
    np.testing.assert_allclose(
        pylimma.treat(fit, fc=1)["p_value"], pylimma.e_bayes(fit)["p_value"], rtol=1e-10
    )


def test_upshot_averages_over_all_thresholds(fit):
    found = pylimma.treat(fit, lfc=0.8, upshot=True)
    for gene in (0, 17, 100):
        one = found[[gene], 1]
        mean = integrate.quad(lambda x, one=one: tails(one, x)[0, 0], 0, 0.8)[0] / 0.8
        np.testing.assert_allclose(found["p_value"][gene, 1], mean, rtol=1e-7)


def test_an_effect_at_the_threshold_is_called_at_most_at_the_level():
    rng = np.random.default_rng(22)
    y = rng.normal(size=(6000, 8)) + np.outer(np.full(6000, 0.5), DESIGN[:, 1])
    found = pylimma.treat(pylimma.lm_fit(y, DESIGN), lfc=0.5)
    assert np.mean(found["p_value"][:, 1] < 0.05) < 0.06


def test_effects_within_the_threshold_have_t_of_zero(fit):
    found = pylimma.treat(fit, lfc=0.5)
    inside = np.abs(found["coefficients"]) <= 0.5
    assert (found["t"][inside] == 0).all()
    assert (np.sign(found["t"][~inside]) == np.sign(found["coefficients"][~inside])).all()


def test_a_fold_change_below_one_is_refused(fit):
    with pytest.raises(InputError, match="`fc` must be at least 1"):
        pylimma.treat(fit, fc=0.5)


def test_far_tails_are_kept_as_logarithms(fit):
    strong = fit.replace(coefficients=fit["coefficients"] + 1e40)
    table = pylimma.top_treat(pylimma.treat(strong, lfc=1), coef=1, log10_p_value=True)
    assert (table["log10_p_value"] < -300).all()
    assert np.isfinite(table["log10_adj_p_value"]).all()


@pytest.mark.parametrize("moderate", [pylimma.e_bayes, pylimma.treat])
@pytest.mark.parametrize("upshot", [False, True])
def test_genes_with_nothing_to_test_are_missing(moderate, upshot):
    y = np.random.default_rng(14).normal(size=(200, 8))
    y[7, 1:] = np.nan
    y[8] = np.nan
    y[9, 4:] = np.nan
    with pytest.warns(EstimationWarning):
        fit = pylimma.lm_fit(y, DESIGN)
    options = {"upshot": upshot} if moderate is pylimma.treat else {}
    with pytest.warns(EstimationWarning, match="1 genes were observed in a single sample"):
        tested = moderate(fit, **options)
    for name in ("t", "p_value"):
        assert np.isnan(tested[name][[7, 8]]).all()
        assert np.isnan(tested[name][9, 1])
        assert np.isfinite(np.delete(tested[name], [7, 8, 9], axis=0)).all()


@pytest.mark.parametrize("moderate", [pylimma.e_bayes, pylimma.treat])
def test_genes_that_are_all_constant_are_refused(moderate):
    constant = pylimma.lm_fit(np.ones((5, 8)) * np.arange(5)[:, None], DESIGN)
    with pytest.raises(InputError, match="All genes have residual variance zero"):
        moderate(constant)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fc": 2, "lfc": 1}, "`fc` or `lfc`, not both"),
        ({"lfc": -1}, "`lfc` must be at least 0"),
        ({"lfc": np.nan}, "`lfc` must be at least 0"),
        ({"compat": "4.0"}, "`compat` must be"),
    ],
)
def test_thresholds_that_say_nothing_are_refused(fit, options, message):
    with pytest.raises(InputError, match=message):
        pylimma.treat(fit, **options)
