"""Reports of Spectronaut, long and pivoted."""

import numpy as np
import pandas as pd
import pytest
from readers.proteomics.made_up_results import FRAGMENTS

import pylimma as pl
from pylimma.errors import InputError

PRECURSORS = pd.DataFrame(
    {
        "R.FileName": ["u1", "u2", "u1", "u2"],
        "R.Condition": ["x", "y", "x", "y"],
        "R.Replicate": [1, 1, 1, 1],
        "PG.ProteinAccessions": ["P1", "P1", "P2", "P2"],
        "EG.PrecursorId": ["_AAK_.2", "_AAK_.2", "_CCR_.3", "_CCR_.3"],
        "EG.Qvalue": [0.001, np.nan, 0.001, 0.02],
        "EG.IsImputed": [False, True, False, False],
        "EG.TotalQuantity (Settings)": [1024.0, 2048, 0, 4096],
        "PG.Quantity": [512.0, 1024, 2048, 4096],
    }
)


def read(table, **options):
    return pl.read_spectronaut(table, verbose=False, **options)


def test_areas_of_fragments_are_summed_without_neutral_losses():
    with pytest.warns(pl.errors.InputWarning, match="left for samples 'u2'"):
        found = read(FRAGMENTS, quantity="F.PeakArea")
    assert found.E.tolist() == [[7]]
    assert found.dropped == {"without F.PeakArea": 1, "fragments with neutral losses": 1}


def test_precursors_are_named_by_sequence_and_charge_where_they_have_no_name():
    table = FRAGMENTS.replace({"Filtered": "256"})
    found = read(table, quantity="F.PeakArea", level="precursor")
    assert list(found.row_names) == ["_AAK_.2"]
    assert found.E.tolist() == [[7, 8]]


def test_groups_are_read_where_the_report_has_their_quantity():
    found = read(PRECURSORS, q_cutoffs=0.05)
    assert list(found.row_names) == ["P1", "P2"]
    assert np.array_equal(found.E, [[9, np.nan], [11, 12]], equal_nan=True)
    assert found.targets["R.Condition"].to_list() == ["x", "y"]


def test_imputed_values_and_large_errors_leave():
    found = read(PRECURSORS, level="precursor", q_cutoffs=0.05)
    assert np.array_equal(found.E, [[10, np.nan], [np.nan, 12]], equal_nan=True)
    assert found.dropped == {"imputed": 1}


@pytest.mark.parametrize("sep", ["\t", ";"])
def test_decimal_commas_are_read_in_the_whole_file(tmp_path, sep):
    table = PRECURSORS.drop(columns="PG.Quantity").assign(**{"EG.IsImputed": False})
    table["EG.TotalQuantity (Settings)"] = [1024.5, 2048.5, 0.5, 4096.5]
    table.to_csv(tmp_path / "Report.tsv", sep=sep, decimal=",", index=False)
    found = read(tmp_path / "Report.tsv", q_cutoffs=0.05)
    assert np.allclose(found.E, np.log2([[1024.5, 2048.5], [0.5, 4096.5]]))


def test_mixed_decimal_marks_are_an_error_with_the_line(tmp_path):
    table = PRECURSORS.drop(columns="PG.Quantity").astype({"EG.TotalQuantity (Settings)": object})
    table.loc[2, "EG.TotalQuantity (Settings)"] = "1,5"
    table.to_csv(tmp_path / "Report.tsv", sep="\t", index=False)
    with pytest.raises(InputError, match=r"Line 4 of 'Report.tsv'.*'1,5'"):
        read(tmp_path / "Report.tsv")


def test_pivot_report_has_a_column_for_each_run():
    table = pd.DataFrame(
        {
            "PG.ProteinGroups": ["P1", "P2"],
            "PG.Genes": ["A", "B"],
            "[1] u1.raw.PG.Quantity": [1024.0, 2048.0],
            "[2] u2.raw.PG.Quantity": ["Filtered", "4096"],
            "[1] u1.raw.PG.NrOfPrecursorsUsedForQuantification": [3, 2],
            "[2] u2.raw.PG.NrOfPrecursorsUsedForQuantification": [0, 1],
        }
    )
    found = read(table)
    assert list(found.col_names) == ["u1", "u2"]
    assert np.array_equal(found.E, [[10, np.nan], [11, 12]], equal_nan=True)
    assert found.other["n_precursors"].tolist() == [[3, 0], [2, 1]]


def test_column_left_out_of_the_export_is_named_with_the_setting():
    with pytest.raises(InputError, match=r"'EG.TotalQuantity .Settings.'.*schema"):
        read(PRECURSORS.drop(columns=["PG.Quantity", "EG.TotalQuantity (Settings)"]))


def test_conditions_are_those_of_the_samples_in_any_order():
    found = read(PRECURSORS, samples=["u2", "u1"], q_cutoffs=0.05)
    assert found.targets["R.Condition"].to_list() == ["y", "x"]
