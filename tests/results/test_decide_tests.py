"""Four ways of multiple testing over genes and contrasts."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import pylimma
from pylimma.errors import InputError, StageError

GROUPS = pd.get_dummies(pd.Series(list("aaaabbbbcccc")), dtype=float)


def moderated(n_genes=500, n_real=50, seed=41):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(n_genes, 12))
    y[:n_real, 4:8] += 3
    fit = pylimma.lm_fit(pd.DataFrame(y, index=[f"g{k}" for k in range(n_genes)]), GROUPS)
    return pylimma.e_bayes(pylimma.contrasts_fit(fit, ["b - a", "c - a", "c - b"]))


@pytest.fixture(scope="module")
def fit():
    return moderated()


def holm(p):
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    return np.minimum(stepped, 1)[np.argsort(order)]


def test_separate_tests_adjust_each_contrast(fit):
    found = pylimma.decide_tests(fit)
    for contrast in range(3):
        adjusted = stats.false_discovery_control(fit["p_value"][:, contrast])
        expected = np.sign(fit["coefficients"][:, contrast]) * (adjusted < 0.05)
        np.testing.assert_array_equal(found.values[:, contrast], expected)
    assert list(found.row_names[:2]) == ["g0", "g1"]
    assert list(found.col_names) == ["b - a", "c - a", "c - b"]


def test_global_tests_adjust_all_together(fit):
    adjusted = stats.false_discovery_control(fit["p_value"].ravel()).reshape(fit.shape)
    found = pylimma.decide_tests(fit, method="global")
    np.testing.assert_array_equal(found != 0, adjusted < 0.05)


@pytest.mark.parametrize("adjust_method", ["none", "bonferroni", "holm", "BH", "BY"])
def test_hierarchical_tests_agree_with_a_loop_over_genes(fit, adjust_method):
    n = fit.shape[0]
    multiple = {
        "none": lambda p: p,
        "bonferroni": lambda p: np.minimum(p * p.size, 1),
        "holm": holm,
        "BH": lambda p: stats.false_discovery_control(p, method="bh"),
        "BY": lambda p: stats.false_discovery_control(p, method="by"),
    }[adjust_method]
    chosen = np.flatnonzero(multiple(fit["F_p_value"]) < 0.1)
    i = chosen.size
    share = {
        "none": 1,
        "bonferroni": 1 / n,
        "holm": 1 / (n - i + 1),
        "BH": i / n,
        "BY": i / n / np.sum(1 / np.arange(1, n + 1)),
    }[adjust_method]
    expected = np.zeros(fit.shape)
    df = fit["df_residual"] + fit["df_prior"]
    for gene in chosen:
        p = multiple(2 * stats.t.sf(np.abs(fit["t"][gene]), df[gene]))
        expected[gene] = np.sign(fit["t"][gene]) * (p < 0.1 * share)
    found = pylimma.decide_tests(
        fit, method="hierarchical", adjust_method=adjust_method, p_value=0.1
    )
    np.testing.assert_array_equal(found, expected)


def test_nested_f_tests_agree_with_a_loop_over_genes(fit):
    chosen = np.flatnonzero(stats.false_discovery_control(fit["F_p_value"]) < 0.05)
    level = 0.05 * chosen.size / fit.shape[0]
    covariance = fit["cov_coefficients"]
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    inverse, rank = np.linalg.pinv(correlation, rcond=1e-8), np.linalg.matrix_rank(correlation)
    df = fit["df_residual"] + fit["df_prior"]
    expected = np.zeros(fit.shape)
    for gene in chosen:
        t = fit["t"][gene]
        for k in np.argsort(-np.abs(t)):
            cut = np.sign(t) * np.minimum(np.abs(t), np.abs(t[k]))
            if stats.f.sf(cut @ inverse @ cut / rank, rank, df[gene]) >= level:
                break
            expected[gene, k] = np.sign(t[k])
    np.testing.assert_array_equal(pylimma.decide_tests(fit, method="nestedF"), expected)


def test_false_discoveries_stay_at_the_level():
    shares = []
    for seed in range(10):
        found = pylimma.decide_tests(moderated(1000, 100, seed), p_value=0.1).values[:, 0] != 0
        shares.append(found[100:].sum() / max(found.sum(), 1))
    assert np.mean(shares) < 0.13


def test_small_fold_changes_are_not_called(fit):
    found = pylimma.decide_tests(fit, lfc=3.0)
    assert (np.abs(fit["coefficients"])[found != 0] > 3).all()


def test_a_fit_is_moderated_first_if_it_is_not_yet():
    y = np.random.default_rng(42).normal(size=(40, 12))
    fit = pylimma.lm_fit(y, GROUPS)
    np.testing.assert_array_equal(
        pylimma.decide_tests(fit), pylimma.decide_tests(pylimma.e_bayes(fit))
    )


def test_p_values_alone_give_no_direction():
    found = pylimma.decide_tests([[0.001, 0.9], [0.6, 0.04]], adjust_method="none")
    assert list(found.summary().index) == ["NotSig", "Sig"]
    np.testing.assert_array_equal(found, [[1, 0], [0, 1]])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"method": "nested"}, InputError, "`method` must be one of"),
        ({"adjust_method": "hommel"}, InputError, "`adjust_method` must be one of"),
        ({"p_value": -0.1}, InputError, "between 0 and 1"),
        ({"lfc": -1}, InputError, "must be at least 0"),
    ],
)
def test_options_that_cannot_be_are_refused(fit, arguments, error, message):
    with pytest.raises(error, match=message):
        pylimma.decide_tests(fit, **arguments)


def test_p_values_out_of_range_are_refused():
    with pytest.raises(InputError, match="between 0 and 1"):
        pylimma.decide_tests([[1.5]])
    with pytest.raises(InputError, match="need a fit"):
        pylimma.decide_tests([[0.5]], method="nestedF")


def test_f_tests_that_are_missing_are_named(fit):
    with pytest.raises(StageError, match="need F-tests"):
        pylimma.decide_tests(fit.replace(F=None, F_p_value=None), method="hierarchical")


def test_f_statistics_come_with_their_degrees_of_freedom(fit):
    f = pylimma.classify_tests_f(fit, fstat_only=True)
    np.testing.assert_allclose(f, fit["F"])
    assert f.df1 == 2
    np.testing.assert_allclose(f.df2, fit["df_residual"] + fit["df_prior"])


def test_threshold_tests_are_cut_once():
    fit = pylimma.treat(moderated(), lfc=0.5)
    assert (pylimma.decide_tests(fit).values != 0).any()
    with pytest.raises(StageError, match="`lfc` would cut a second time"):
        pylimma.decide_tests(fit, lfc=1)
    for method in ("hierarchical", "nestedF"):
        with pytest.raises(StageError, match="`treat` gives none"):
            pylimma.decide_tests(fit, method=method)


@pytest.mark.parametrize("option", [{"lfc": -1}, {"p_value": 1.5}, {"p_value": -0.1}])
def test_options_out_of_range_are_refused(fit, option):
    with pytest.raises(InputError, match=f"`{next(iter(option))}` must"):
        pylimma.decide_tests(fit, **option)
