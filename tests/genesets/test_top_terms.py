"""Top rows of over-representation."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import InputError, InputTypeError, UnknownNameError

TABLE = pd.DataFrame(
    {
        "term": ["zeta", "alpha with a long name", "Beta", "gamma"],
        "ont": ["BP", "BP", "CC", "MF"],
        "n": [5, 5, 4, 8],
        "Up": [1, 1, 1, 0],
        "Down": [0, 0, 0, 3],
        "p_Up": [0.2, 0.2, 0.2, 1.0],
        "p_Down": [1.0, 1, 1, 0.01],
        "fdr_Up": [0.3, 0.3, 0.3, 1],
        "fdr_Down": [1.0, 1, 1, 0.04],
        "n_given": [9, 9, 9, 9],
    },
    index=list("wxyz"),
)


def test_ties_go_to_small_terms_then_by_name_regardless_of_case():
    assert pl.top_go(TABLE).index.tolist() == ["z", "y", "x", "w"]
    assert pl.top_go(TABLE, sort="up").index.tolist() == ["y", "x", "w", "z"]
    assert pl.top_go(TABLE, sort=["UP", "down"], number=1).index.tolist() == ["z"]


def test_rows_are_chosen_by_branch_limit_and_number():
    assert pl.top_go(TABLE, "BP").index.tolist() == ["x", "w"]
    assert pl.top_go(TABLE, p_value=0.1).index.tolist() == ["z"]
    assert len(pl.top_go(TABLE, number=None)) == len(pl.top_go(TABLE, number=np.inf)) == 4
    empty = pl.top_go(TABLE, number=0)
    assert list(empty.columns) == list(TABLE.columns)


def test_names_are_cut():
    kegg = TABLE.rename(columns={"term": "pathway"}).drop(columns="ont")
    assert pl.top_kegg(kegg, truncate_path=8)["pathway"].tolist() == [
        "gamma",
        "Beta",
        "alpha...",
        "zeta",
    ]
    assert pl.top_kegg(kegg, truncate_path=1)["pathway"].tolist()[2] == "al..."


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pl.top_go([1]), InputTypeError, "must be a table"),
        (lambda: pl.top_kegg(TABLE), InputError, "no column 'pathway'; `top_kegg` takes"),
        (lambda: pl.top_go(TABLE[["term", "ont", "n"]]), InputError, "has no lists"),
        (lambda: pl.top_go(TABLE, sort="x"), UnknownNameError, "the lists are 'Up', 'Down'"),
        (lambda: pl.top_go(TABLE, "XX"), InputError, "'BP', 'CC', 'MF'; got 'XX'"),
        (lambda: pl.top_go(TABLE, p_value=2), InputError, "between 0 and 1"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
