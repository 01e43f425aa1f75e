"""Reports and matrices of DIA-NN, text and Parquet."""

import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from readers.proteomics.made_up_results import REPORT, write

import pylimma as pl
from pylimma.errors import InputError, InputWarning, Note, UnknownNameError


def read(table, **options):
    return pl.read_diann(table, verbose=False, **options)


def test_groups_have_maxlfq_and_the_numbers_of_their_precursors():
    found = read(REPORT)
    assert list(found.row_names) == ["P1", "P2;P3"]
    assert np.allclose(found.E, np.log2([[1000, 1100], [np.nan, 600]]), equal_nan=True)
    assert found.genes["n_precursors"].to_list() == [2, 1]
    assert found.dropped == {
        "contaminants": 1,
        "with Q.Value > 0.01": 1,
        "with PG.Q.Value > 0.05": 1,
    }


def test_precursors_keep_their_proteins_and_contaminants():
    with pytest.warns(Note, match="1 rows of contaminants are kept"):
        found = pl.read_diann(REPORT, level="precursor")
    assert list(found.row_names) == ["AAK2", "AAR2", "CCK3", "DDK2"]
    expected = [[100, 500], [200, np.nan], [np.nan, 400], [np.nan, 600]]
    assert np.allclose(found.E, np.log2(expected), equal_nan=True)
    assert found.genes["Protein.Group"].to_list() == ["P1", "P1", "P2;P3", "contam_P7"]
    assert read(REPORT, level="precursor", keep_contaminants=False).shape == (3, 2)


def test_level_follows_the_intensities_that_there_are_or_are_asked_for():
    assert read(REPORT.drop(columns="PG.MaxLFQ")).shape == (4, 2)
    assert read(REPORT, intensity_column="Precursor.Normalised").shape == (4, 2)
    assert read(REPORT, intensity_column="PG.MaxLFQ").shape == (2, 2)


def test_group_level_of_a_first_pass_is_refused_with_the_reason():
    with pytest.raises(InputError, match=r"no column 'PG.MaxLFQ'.*first pass"):
        read(REPORT.drop(columns="PG.MaxLFQ"), level="group")


@pytest.mark.parametrize(
    ("of_library", "kept"), [(0.0, ["AAK2", "DDK2"]), (0.005, ["AAK2", "AAR2", "CCK3", "DDK2"])]
)
def test_errors_over_all_runs_stand_in_where_runs_were_not_matched(of_library, kept):
    errors = np.where(REPORT["Precursor.Id"].isin(["AAK2", "DDK2"]), 0.001, 0.5)
    table = REPORT.assign(**{"Lib.Q.Value": of_library, "Global.Q.Value": errors})
    assert list(read(table, level="precursor").row_names) == kept


def test_cutoffs_are_those_asked_for():
    found = read(REPORT, level="precursor", q_columns="Q.Value", q_cutoffs=0.05)
    assert np.isfinite(found.E).sum() == 6
    with pytest.raises(InputError, match="`q_cutoffs` has 1 values; 2"):
        read(REPORT, q_columns=["Q.Value", "PG.Q.Value"], q_cutoffs=[0.1])
    with pytest.raises(UnknownNameError, match=r"'Q.Valu'.*it has 'Q.Value'"):
        read(REPORT, q_columns="Q.Valu")


def test_decoys_of_version_2_are_dropped():
    table = REPORT.assign(Decoy=[0, 0, 0, 0, 1, 0, 0])
    assert read(table, level="precursor").dropped["decoys"] == 1


def test_a_sample_is_a_run_and_a_channel():
    table = REPORT.assign(Channel=["0", "4", "0", "0", "4", "0", "0"])
    with pytest.warns(InputWarning, match="left for samples 'u2_4'"):
        assert list(read(table).col_names) == ["u1_0", "u1_4", "u2_0"]
    assert list(read(REPORT.assign(Channel="")).col_names) == ["u1", "u2"]


def test_runs_are_named_by_their_files_where_they_have_no_name():
    assert list(read(REPORT.drop(columns="Run")).col_names) == ["u1", "u2"]


def test_parquet_is_read_as_text_is(tmp_path):
    text = read(write(REPORT, tmp_path / "report.tsv"))
    REPORT.to_parquet(tmp_path / "report.parquet")
    found = read(tmp_path)
    assert np.array_equal(found.E, text.E, equal_nan=True)
    assert found.genes.equals(text.genes)


def test_parquet_without_its_library_is_refused_with_the_command(tmp_path, monkeypatch):
    REPORT.to_parquet(tmp_path / "report.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"pyarrow is needed.*pip install pyarrow"):
        read(tmp_path / "report.parquet")


def test_damaged_parquet_is_refused(tmp_path):
    REPORT.to_parquet(tmp_path / "report.parquet")
    content = (tmp_path / "report.parquet").read_bytes()
    (tmp_path / "report.parquet").write_bytes(content[:-40])
    with pytest.raises(InputError, match="cut off, damaged or not a Parquet"):
        read(tmp_path / "report.parquet")


def test_samples_come_first_so_that_others_decide_nothing():
    with pytest.warns(Note, match="not read: 'u1'"):
        found = read(REPORT, samples=["u2"])
    assert list(found.row_names) == ["P2;P3", "P1"]
    assert found.dropped["of other samples"] == 3


def test_sample_without_rows_left_is_named():
    table = REPORT.assign(**{"Q.Value": np.where(REPORT["Run"] == "u1", 0.5, 0.001)})
    with pytest.warns(InputWarning, match="left for samples 'u1'"):
        assert list(read(table).col_names) == ["u2"]


def test_values_that_differ_are_counted_and_the_last_is_taken():
    table = pd.concat([REPORT, REPORT.iloc[[0]].assign(**{"Precursor.Normalised": 128.0})])
    with pytest.warns(InputWarning, match=r"several values.*1 times; the last"):
        assert read(table, level="precursor").E[0, 0] == 7


def test_matrix_has_its_runs_as_columns(tmp_path):
    table = pd.DataFrame(
        {
            "Protein.Group": ["P1", "P2"],
            "Protein.Names": ["A_X", ""],
            "Genes": ["A", ""],
            r"D:\x\u1.raw": [1024.0, None],
            "/y/u2.d": [2048.0, 4096.0],
        }
    )
    found = read(write(table, tmp_path / "report.pg_matrix.tsv"))
    assert list(found.col_names) == ["u1", "u2"]
    assert np.array_equal(found.E, [[10, 11], [np.nan, 12]], equal_nan=True)
    with pytest.raises(InputError, match="a matrix of groups, not of precursors"):
        read(table, level="precursor")
    assert read(table.assign(**{"Precursor.Id": ["AAK2", "CCK2"]})).row_names[0] == "AAK2"


def test_q_value_that_is_no_number_is_an_error_with_its_line(tmp_path):
    wrong = REPORT.astype({"Q.Value": object})
    wrong.loc[1, "Q.Value"] = "x"
    with pytest.raises(InputError, match=r"Line 3 of 'report.tsv'.*'x'"):
        read(write(wrong, tmp_path / "report.tsv"))


def test_missing_quantity_names_both_spellings_and_what_is_there():
    bare = REPORT.drop(columns=["PG.MaxLFQ", "Precursor.Normalised"])
    with pytest.raises(InputError, match=r"'Precursor.Normalised' or 'Precursor.Quantity'"):
        read(bare)


@pytest.mark.parametrize("missing", [0.0, np.nan])
def test_nearly_all_values_may_be_missing(missing):
    table = REPORT.assign(**{"PG.MaxLFQ": [1000] + [missing] * 6})
    with warnings.catch_warnings(action="ignore"):
        assert np.isfinite(read(table).E).sum() == 1
