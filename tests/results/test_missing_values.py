"""Missing values counted by hand, and by pandas."""

import numpy as np
import pandas as pd
import pytest
from results.valid_calls import GROUPS, VALUES

import pylimma as pl
from pylimma.errors import DesignError, InputError, UnknownNameError

NA = np.nan
SMALL = pd.DataFrame(
    [[5.0, 6, NA, NA], [NA, NA, 9, 7], [1, NA, NA, NA], [1, 2, 3, 4], [NA, NA, 5, NA]],
    index=["on_a", "on_b", "once", "both", "b_once"],
    columns=["s1", "s2", "s3", "s4"],
)
GROUP = ["a", "a", "b", "b"]


def test_every_group_adds_up_to_all_features():
    account = pl.missing_values(VALUES, GROUPS)
    assert (account.groups[["complete", "partial", "absent"]].sum(axis=1) == len(VALUES)).all()
    assert account.patterns["n_features"].sum() == len(VALUES)
    assert account.features.to_numpy().sum() == np.isfinite(VALUES).sum()


def test_account_is_that_of_pandas():
    account = pl.missing_values(VALUES, GROUPS)
    seen = pd.DataFrame(VALUES).notna()
    by_group = seen.T.groupby(GROUPS).sum().T
    assert np.array_equal(account.features, by_group)
    assert np.array_equal(account.samples["n_missing"], (~seen).sum())
    assert np.allclose(account.samples["mean"], pd.DataFrame(VALUES).mean())
    assert np.allclose(account.groups["share_missing"], 1 - seen.T.groupby(GROUPS).mean().T.mean())


def test_groups_may_be_a_column_of_the_samples_and_keep_their_order():
    table = pd.DataFrame({"dose": pd.Categorical(GROUP, ["b", "a"])}, SMALL.columns)
    account = pl.missing_values(pl.EList(E=SMALL, targets=table), "dose")
    assert list(account.samples["group"]) == GROUP
    reordered = pl.missing_values(SMALL, table["dose"])
    assert list(reordered.groups.index) == ["b", "a"]


def test_without_groups_there_is_one():
    assert pl.missing_values(SMALL).groups.index.to_list() == ["all"]


def test_on_and_off_are_listed_both_ways_by_strength():
    table = pl.on_off_table(SMALL, GROUP)
    assert list(table.index) == ["on_b", "on_a"]
    assert table["seen_in"].to_list() == ["b", "a"]
    assert table["ave_expr"].to_list() == [8, 5.5]
    assert table[["n_a", "n_b"]].to_numpy().tolist() == [[0, 2], [2, 0]]


def test_fewer_samples_are_enough_on_request():
    table = pl.on_off_table(SMALL, GROUP, ("b", "a"), least=1)
    assert list(table.index) == ["on_b", "on_a", "b_once", "once"]


def test_annotation_stands_in_front():
    genes = pd.DataFrame({"symbol": list("uvwxy")}, index=SMALL.index)
    table = pl.on_off_table(pl.EList(E=SMALL, genes=genes), GROUP)
    assert table["symbol"].to_list() == ["v", "u"]


def test_nothing_on_and_off_is_an_empty_table_with_its_columns():
    table = pl.on_off_table(SMALL.loc[["both"]], GROUP)
    assert len(table) == 0
    assert list(table.columns) == ["seen_in", "not_seen_in", "n_a", "n_b", "ave_expr"]


def test_wrong_groups_are_refused():
    with pytest.raises(DesignError, match="has 1 group"):
        pl.on_off_table(SMALL, list("aaaa"))
    with pytest.raises(UnknownNameError, match="'c'; the groups are"):
        pl.on_off_table(SMALL, GROUP, ("a", "c"))
    with pytest.raises(InputError, match="must be two groups"):
        pl.on_off_table(SMALL, GROUP, ("a", "a"))
