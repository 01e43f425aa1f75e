"""Filters of precursors, by pandas, and what they say."""

import anndata
import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import InputError, InputTypeError, Note, UnknownNameError

GENES = pd.DataFrame(
    {
        "Protein.Group": ["P2", "P1", "P1;P3", "P2", "P10"],
        "Proteotypic": [1, 1, 0, 1, 1],
    },
    index=["e", "d", "c", "b", "a"],
)
E = np.array([[1.0, 2], [3, np.nan], [5, 6], [np.nan, np.nan], [7, 8]])
Y = pl.EList(E=pd.DataFrame(E, GENES.index), genes=GENES)


def test_rows_of_one_protein_stay():
    with pytest.warns(Note, match="1 of 5 rows dropped: of several proteins"):
        found = pl.filter_compound_proteins(Y)
    assert list(found.row_names) == ["e", "d", "b", "a"]
    assert found.dropped == {"of several proteins": 1}


def test_proteotypic_peptides_stay_and_their_mark_goes():
    with pytest.warns(Note, match="peptides in several proteins"):
        found = pl.filter_non_proteotypic_peptides(Y)
    assert list(found.genes.columns) == ["Protein.Group"]
    assert found.shape == (4, 2)


def test_proteins_of_several_rows_stay_sorted_with_their_number():
    with pytest.warns(Note, match="3 of 5 rows dropped"):
        found = pl.filter_singleton_peptides(Y)
    assert list(found.row_names) == ["b", "e"]
    assert found.genes["NPeptides"].to_list() == [2, 2]
    every = pl.filter_singleton_peptides(Y, min_n_peptides=1)
    assert list(every.row_names) == ["d", "a", "c", "b", "e"]


@pytest.mark.parametrize(("least", "rows"), [(0, 5), (1, 4), (2, 3)])
@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
def test_rows_with_enough_values_stay_in_any_kind_of_data(least, rows):
    kinds = [E, pd.DataFrame(E, GENES.index), Y, pl.MAList(M=E, A=E)]
    for data in kinds:
        found = pl.remove_na_rows(data, least)
        assert type(found) is type(data)
        assert len(np.asarray(found)) == rows
    cells = anndata.AnnData(E.T.copy(), var=GENES)
    assert pl.remove_na_rows(cells, least).n_vars == rows


def test_filters_add_up_what_they_drop():
    with pytest.warns(Note):
        found = pl.remove_na_rows(pl.filter_compound_proteins(Y))
    assert found.dropped == {"of several proteins": 1, "with fewer than 1 values": 1}


def test_wrong_input_is_refused():
    with pytest.raises(InputTypeError, match="must be an EList"):
        pl.filter_compound_proteins(E)
    with pytest.raises(UnknownNameError, match="is 'Protein'; `genes` has 'Protein"):
        pl.filter_singleton_peptides(Y, "Protein")
    with pytest.raises(InputError, match="must hold 0 and 1"):
        pl.filter_non_proteotypic_peptides(Y, "Protein.Group")
    with pytest.raises(InputError, match="All 5 rows are of proteins with fewer than 9"):
        pl.filter_singleton_peptides(Y, min_n_peptides=9)
    lacking = Y.replace(genes=GENES.assign(**{"Protein.Group": ["P1", None, "P2", "P2", "P1"]}))
    with pytest.raises(InputError, match="1 rows have no protein"):
        pl.filter_singleton_peptides(lacking)
