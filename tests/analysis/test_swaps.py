"""Swapped labels are found, and nobody is accused for what pairs, batches and factors explain."""

import itertools
import re
import warnings

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.analysis.swaps import swapped_samples

N_GENES = 600
SEEDS = range(30)
MOST_FALSE = 1  # of 30 data sets
FEWEST_FOUND = 20


def of_labels(rng, labels, share, size):
    """Effects of the levels of a factor on a share of the genes."""
    codes, levels = pd.factorize(labels)
    effect = rng.normal(0, size, (N_GENES, len(levels))) * (rng.random((N_GENES, 1)) < share)
    return effect[:, codes]


def noise(rng, n_samples):
    """Gene means, noise of unequal variance, and something unknown that samples differ in."""
    sd = 0.3 * np.sqrt(4 / rng.chisquare(4, (N_GENES, 1)))
    unknown = rng.normal(0, rng.choice([0, 0.2, 0.4]), (N_GENES, 1)) * rng.normal(size=n_samples)
    return rng.normal(8, 2, (N_GENES, 1)) + sd * rng.normal(size=(N_GENES, n_samples)) + unknown


def paired(rng):
    n = rng.integers(4, 9)
    table = pd.DataFrame({"donor": np.repeat(np.arange(n), 2).astype(str), "group": ["a", "b"] * n})
    return table, of_labels(rng, table["donor"], 1, rng.uniform(0.3, 1)), "~ donor + group"


def crossed(rng):
    cells = itertools.product(["k", "m"], ["a", "b"])
    table = pd.DataFrame(list(cells) * rng.integers(3, 6), columns=["type", "group"])
    effect = of_labels(rng, table["type"], rng.choice([0.1, 0.3]), rng.uniform(0.5, 1.5))
    formulas = ["~ type + group", "~ type * group", "~ 0 + type:group", "~ group"]
    return table, effect, str(rng.choice(formulas))


def batches(rng):
    cells = itertools.product("xyz"[: rng.integers(2, 4)], "ab")
    table = pd.DataFrame(list(cells) * rng.integers(3, 5), columns=["batch", "group"])
    kept = np.sort(rng.permutation(len(table))[: int(0.9 * len(table))])
    table = table.iloc[kept].reset_index(drop=True)
    return table, of_labels(rng, table["batch"], 1, rng.uniform(0.2, 1)), "~ batch + group"


def accused(values, table, formula):
    """Positions of the samples accused."""
    design = pylimma.model_matrix(formula, table)
    terms = pylimma.describe_design(design).terms
    columns = [pd.factorize(table[name])[0] for name in table if name not in formula]
    found = swapped_samples(values, design.to_numpy(), terms, columns=columns)
    return [set(swap.samples.tolist()) for swap in found]


@pytest.mark.parametrize("kind", [paired, crossed, batches])
def test_right_labels_are_hardly_ever_accused_and_swapped_ones_mostly_found(kind):
    false = found = 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        table, effect, formula = kind(rng)
        share = rng.choice([0, 0.02, 0.1, 0.2])
        values = noise(rng, len(table)) + effect
        small = of_labels(rng, table["group"], share, 1)
        false += bool(accused(values + small, table, formula))
        clear = values + of_labels(rng, table["group"], 0.3, 1)
        first = rng.choice(np.flatnonzero(table["group"] == "a"))
        other = table["group"] == "b"
        if kind is paired:
            other &= table["donor"] == table["donor"][first]
        swapped = [first, rng.choice(np.flatnonzero(other))]
        wrong = table.copy()
        wrong.loc[swapped, "group"] = table["group"].to_numpy()[swapped[::-1]]
        found += set(swapped) in accused(clear, wrong, formula)
    assert false <= MOST_FALSE
    assert found >= FEWEST_FOUND


@pytest.mark.parametrize("options", [{"formula": "~ group", "block": "donor"}, {}])
def test_pairs_known_from_the_table_or_as_blocks_are_accounted_for(options):
    false = 0
    for seed in SEEDS[:10]:
        rng = np.random.default_rng(seed)
        table, effect, formula = paired(rng)
        values = noise(rng, len(table)) + effect + of_labels(rng, table["group"], 0.1, 1)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            pylimma.analyze(values, table, **({"formula": formula} | options), method="ls")
        false += any("were labels swapped" in str(item.message) for item in caught)
    assert false == 0


def test_a_condition_unlike_the_others_has_no_outlying_samples():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"group": ["a", "b", "c"] * 4})
    values = noise(rng, 12)
    values[:, table["group"] == "c"] += rng.normal(0, 2, (N_GENES, 1))
    found = pylimma.analyze(values, table, "~ group", method="ls")
    assert not [text for text in found.warnings if "Outlying samples" in text]
    values[:, 0] = rng.permutation(values[:, 0])
    with pytest.warns(pylimma.errors.InputWarning, match=r"Outlying samples.* others: 0 "):
        pylimma.analyze(values, table, "~ group", method="ls")


def test_a_sample_of_another_condition_is_named_without_a_partner():
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"group": ["a", "b"] * 6}, index=[f"s{k}" for k in range(12)])
    values = noise(rng, 12) + of_labels(rng, table["group"], 0.3, 2)
    table.loc["s3", "group"] = "a"
    data = pd.DataFrame(values, columns=table.index)
    with pytest.warns(pylimma.errors.InputWarning, match="'s3' look like the condition of 's1'"):
        found = pylimma.analyze(data, table, "~ group", method="ls")
    assert len(re.findall(r"'s\d+'", found.warnings[0])) == 2
