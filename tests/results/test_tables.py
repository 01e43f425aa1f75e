"""The builder of result tables, with arrays of sets that come from no fit."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pylimma.results.tables import (
    labelled_rows,
    result_columns,
    sorted_rows,
    syntactic,
    top_positions,
)

P = np.array([0.2, 0.001, np.nan, 0.04])
SETS = pd.DataFrame({"n_genes": [5, 9, 7, 3]}, index=list("wxyz"))


@pytest.fixture
def table():
    change = np.array([1.0, -3.0, 0.5, 2.0])
    columns = result_columns({"change": change}, P, "BH", log_p_value=np.log(P))
    return labelled_rows(SETS, columns, slice(None), "m")


def top_rows(table, *arguments, **options):
    return table.iloc[top_positions(table, *arguments, **options)]


def test_columns_are_annotation_statistics_and_p_values(table):
    assert list(table.columns) == [
        "n_genes", "change", "p_value", "adj_p_value", "log10_p_value", "log10_adj_p_value",
    ]  # fmt: skip
    known = ~np.isnan(P)
    adjusted = stats.false_discovery_control(P[known])
    np.testing.assert_allclose(table["adj_p_value"][known], adjusted)
    np.testing.assert_allclose(10 ** table["log10_adj_p_value"][known], adjusted)
    assert table.attrs["meaning"] == "m"


def test_rows_are_ordered_with_missing_ones_last_and_cut(table):
    assert list(top_rows(table, "p_value", np.inf).index) == list("xzwy")
    assert list(top_rows(table, "change", np.inf, by_size=True).index) == list("xzwy")
    assert list(sorted_rows(table, "change").index) == list("zwyx")
    assert list(top_rows(table, "p_value", 2, 0.1).index) == list("xz")
    assert list(top_rows(table, None, 2, passing=SETS["n_genes"].to_numpy() > 6).index) == [
        "x",
        "y",
    ]
    assert len(top_rows(table, "p_value", -1)) == 0


def test_coefficient_names_are_written_as_r_writes_them():
    assert syntactic(["b - a", "2x", "(Intercept)", ".1"]) == [
        "b...a", "X2x", "X.Intercept.", "X.1",
    ]  # fmt: skip
