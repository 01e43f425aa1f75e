"""Rank sum tests of one set, against SciPy and definitions."""

import warnings
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import pylimma
from pylimma.errors import InputError, InputWarning, Note
from pylimma.genesets.ranks import Ranks

RNG = np.random.default_rng(8)
VALUES = RNG.normal(size=60)
SET = np.array([2, 5, 11, 17, 30, 44])
REST = np.setdiff1d(np.arange(60), SET)


def quietly(function, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Note)
        return function(*arguments, **options)


@pytest.mark.parametrize("digits", [9, 1, 0], ids=["no ties", "some ties", "many ties"])
@pytest.mark.parametrize("side", ["less", "greater"])
def test_without_correlation_it_is_the_mann_whitney_test(side, digits):
    values = VALUES.round(digits)
    found = pylimma.rank_sum_test_with_correlation(SET, values)[side]
    expected = stats.mannwhitneyu(
        values[SET], values[REST], alternative=side, method="asymptotic"
    ).pvalue
    assert found == pytest.approx(expected, rel=1e-12)


def test_its_variance_is_that_of_correlated_normal_statistics():
    rho, m, n = 0.3, 5, 20
    rng = np.random.default_rng(1)
    common = np.sqrt(rho) * rng.normal(size=(40_000, 1))
    within = common + np.sqrt(1 - rho) * rng.normal(size=(40_000, m))
    u = (rng.normal(size=(40_000, n, 1)) > within[:, None, :]).sum(axis=(1, 2))
    found = Ranks.of(np.arange(25.0)).log_tails(np.array([80.0]), np.array([5.0]), rho, np.inf)
    below = m * n + m * (m + 1) / 2 - 80.0 - m * n / 2
    z = stats.norm.isf(np.exp(found[1][0]))
    assert -(below + 0.5) / z == pytest.approx(u.std(), rel=0.02)


def test_a_correlation_that_cannot_be_gives_no_p_value():
    test = pylimma.rank_sum_test_with_correlation(np.arange(30), VALUES, correlation=-0.9)
    assert np.isnan(test.less)
    assert np.isnan(test.greater)


def test_the_two_p_values_are_an_array_too():
    test = pylimma.rank_sum_test_with_correlation(SET, VALUES)
    assert np.asarray(test).tolist() == [test.less, test.greater]


def test_missing_statistics_are_excluded_with_a_warning():
    values = np.append(VALUES, [np.nan, np.nan])
    with pytest.warns(InputWarning, match="2 missing"):
        test = pylimma.rank_sum_test_with_correlation([*SET, 60], values)
    assert dict(test) == dict(pylimma.rank_sum_test_with_correlation(SET, VALUES))


def test_a_set_may_be_names_positions_or_a_mask():
    named = pd.Series(VALUES, index=[f"g{k}" for k in range(60)])
    mask = np.isin(np.arange(60), SET)
    tests = [
        dict(pylimma.rank_sum_test_with_correlation(index, named))
        for index in (SET, mask, [f"g{k}" for k in SET])
    ]
    assert tests[0] == tests[1] == tests[2]
    with pytest.raises(InputError, match="other"):
        pylimma.rank_sum_test_with_correlation(["other"], named)


def test_gene_set_test_says_that_genes_are_taken_as_independent():
    with pytest.warns(Note, match="independent"):
        pylimma.gene_set_test(SET, VALUES)


@pytest.mark.parametrize(
    ("word", "same"),
    [("up", "greater"), ("down", "less"), ("either", "two.sided"), ("mi", "mixed")],
)
def test_alternatives_have_synonyms_and_may_be_cut(word, same):
    one, other = (quietly(pylimma.gene_set_test, SET, VALUES, alternative=w) for w in (word, same))
    assert one == other


def test_a_p_value_of_both_sides_is_at_most_one():
    assert quietly(pylimma.gene_set_test, [0, 2], [1.0, 2, 3], "either", "t") == 1


def test_one_sided_statistics_have_no_direction():
    with pytest.raises(InputError, match="type='t'"):
        pylimma.gene_set_test(SET, np.abs(VALUES), alternative="up")


@pytest.mark.parametrize("alternative", ["mixed", "either", "up", "down"])
def test_random_sets_give_the_share_of_all_sets(alternative):
    values = np.array([-1.2, 0.3, 2.0, 0.7, -0.4, 1.1])
    size = {"mixed": np.abs(values), "down": -values}.get(alternative, values)
    means = np.array([size[list(c)].mean() for c in combinations(range(6), 2)])
    observed = size[[2, 3]].mean()
    if alternative == "either":
        means, observed = np.abs(means), abs(observed)
    expected = (means >= observed - 1e-12).mean()
    found = quietly(
        pylimma.gene_set_test,
        [2, 3],
        values,
        alternative,
        "t",
        ranks_only=False,
        nsim=20_000,
        rng=1,
    )
    assert found == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 20_000))


def test_the_seed_decides_on_random_sets():
    options = {"ranks_only": False, "nsim": 99, "rng": 5}
    assert quietly(pylimma.gene_set_test, SET, VALUES, **options) == quietly(
        pylimma.gene_set_test, SET, VALUES, **options
    )


def test_p_values_by_ranks_are_uniform_without_correlation():
    rng = np.random.default_rng(2)
    p = [
        quietly(pylimma.wilcox_gst, np.arange(12), rng.normal(size=60), alternative="up")
        for _ in range(400)
    ]
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_p_values_by_ranks_are_uniform_with_the_correlation_there_is():
    rng = np.random.default_rng(3)
    p = []
    for _ in range(400):
        values = rng.normal(size=60)
        values[:12] = np.sqrt(0.8) * values[:12] + np.sqrt(0.2) * rng.normal()
        p.append(pylimma.rank_sum_test_with_correlation(range(12), values, correlation=0.2).greater)
    assert stats.kstest(p, "uniform").pvalue > 0.01
