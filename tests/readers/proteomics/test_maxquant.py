"""Tables of MaxQuant against what they say, read by pandas alone."""

import numpy as np
import pandas as pd
import pytest
from readers.proteomics.made_up_results import GROUPS, write

import pylimma as pl
from pylimma.errors import InputError, InputWarning, Note, UnknownNameError

LFQ = [[10, 11], [np.nan, 12], [np.nan, np.nan]]
EVIDENCE = pd.DataFrame(
    {
        "Raw file": ["u1", "u1", "u2", "u2"],
        "Modified sequence": ["_AAK_", "_AAK_", "_AAK_", "_CCR_"],
        "Charge": [2, 2, 2, 3],
        "Proteins": ["P1", "P1", "P1", "P2"],
        "PEP": [0.001, 0.002, 0.003, 0.5],
        "Intensity": [100.0, 28.0, 256.0, 512.0],
        "Reverse": ["", "", "", ""],
    }
)


def read(table, **options):
    return pl.read_maxquant(table, verbose=False, **options)


def test_lfq_intensities_are_log2_with_zeros_missing():
    found = read(GROUPS)
    assert np.array_equal(found.E, LFQ, equal_nan=True)
    assert list(found.row_names) == ["P1", "P4", "P5"]
    assert list(found.col_names) == ["u1", "u2"]
    assert found.genes["Majority protein IDs"].to_list() == ["P1;P2", "P4", "P5"]


def test_decoys_contaminants_and_rows_without_anything_are_dropped_and_counted():
    with pytest.warns(Note, match="2 of 6 intensities|3 of 6 rows dropped: 1 decoys") as said:
        found = pl.read_maxquant(GROUPS)
    assert found.dropped == {"decoys": 1, "contaminants": 1, "without any intensity": 1}
    assert len(said) == 1


def test_contaminants_stay_on_request():
    assert "CON__P00761" in read(GROUPS, keep_contaminants=True).row_names


def test_names_alone_tell_contaminants_and_decoys_where_columns_do_not():
    bare = GROUPS.drop(columns=["Reverse", "Potential contaminant"])
    assert read(bare).dropped == read(GROUPS).dropped


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sp|Cont_P1|X", "contaminants"),
        ("contam_P1", "contaminants"),
        ("DECOY_P1", "decoys"),
        ("rev_P1", "decoys"),
    ],
)
def test_prefixes_of_other_databases_are_known(name, kind):
    renamed = GROUPS.replace({"P4": name})
    assert read(renamed).dropped[kind] == 2


def test_peptide_counts_are_kept_for_groups_and_for_samples():
    found = read(GROUPS)
    assert found.genes["Razor + unique peptides"].to_list() == [4, 2, 3]
    assert found.other["n_peptides"].tolist() == [[4, 3], [0, 2], [0, 0]]


def test_table_written_by_r_is_read_the_same(tmp_path):
    dotted = GROUPS.rename(columns=lambda name: "".join(c if c.isalnum() else "." for c in name))
    found = read(write(dotted, tmp_path / "proteinGroups.txt"))
    assert np.array_equal(found.E, LFQ, equal_nan=True)
    assert found.genes["Gene names"].iloc[0] == "A;B"


def test_intensity_is_read_with_a_note_where_there_is_no_lfq():
    bare = GROUPS.drop(columns=["LFQ intensity u1", "LFQ intensity u2"])
    with pytest.warns(Note, match="has no 'LFQ intensity'"):
        found = read(bare)
    assert np.allclose(found.E[0], np.log2([100, 200]))


def test_intensity_by_name_is_that_of_samples_not_their_sum():
    assert read(GROUPS, quantity="Intensity").shape == (3, 2)


def test_intensities_of_silac_labels_are_no_samples():
    table = GROUPS.assign(**{"Intensity L": 5, "Intensity L u1": 6, "Ratio H/L": 1.0})
    assert list(read(table, quantity="Intensity").col_names) == ["u1", "u2"]


@pytest.mark.parametrize("experiment", ["", " x"])
def test_reporter_channels_are_samples_and_their_sums_are_not(experiment):
    channels = {f"Reporter intensity corrected {k}{experiment}": 100.0 * k for k in (1, 2)}
    sums = {f"Reporter intensity corrected {k}": 500.0 for k in (1, 2)}
    others = {f"Reporter intensity count {k}": 3 for k in (1, 2)}
    bare = GROUPS.loc[:, [c for c in GROUPS if "ntensity" not in c]]
    with pytest.warns(Note, match="Reporter"):
        found = read(bare.assign(**{**sums, **channels, **others}))
    assert list(found.col_names) == [f"{k}{experiment}" for k in (1, 2)]
    assert np.allclose(found.E[0], np.log2([100, 200]))


def test_groups_that_share_their_first_protein_keep_their_whole_names():
    renamed = GROUPS.replace({"P4": "P1;P8"})
    assert list(read(renamed).row_names) == ["P1;P2", "P1;P8", "P5"]


def test_evidence_of_one_precursor_is_summed():
    found = read(EVIDENCE)
    assert found.E.tolist() == [[7, 8]]
    assert list(found.row_names) == ["_AAK_.2"]
    assert found.dropped == {"with PEP > 0.01": 1}


def test_posterior_errors_are_cut_where_no_decoy_shows_the_rate_of_the_search():
    peptides = pd.DataFrame(
        {
            "Sequence": ["AAK", "CCK", "DDK", "EEK"],
            "PEP": [0.001, 0.05, np.nan, 0.001],
            "Intensity u1": [1024.0, 1024, 1024, 0],
            "Reverse": "",
        }
    )
    assert list(read(peptides).row_names) == ["AAK"]
    assert len(read(peptides, pep_cutoff=0.1).row_names) == 1 + 1
    with_decoy = peptides.assign(Reverse=["", "", "", "+"])
    assert list(read(with_decoy).row_names) == ["AAK", "CCK", "DDK"]


def test_samples_are_chosen_by_name_and_described():
    table = pd.DataFrame({"run": ["u2.raw"], "dose": [3]})
    with pytest.warns(Note) as said:
        found = read(GROUPS, samples=table)
    assert found.E.tolist() == [[11.0], [12.0], [np.nan]] or np.isnan(found.E[2, 0])
    assert found.targets["dose"].to_list() == [3]
    assert [str(w.message) for w in said] == [
        "Samples are matched by the column 'run' of `samples`.",
        "Samples of 'the table' that `samples` lacks are not read: 'u1'.",
    ]


def test_samples_that_the_table_lacks_are_named():
    with pytest.raises(UnknownNameError, match=r"'v1'.*lacks; it has 'u2'"):
        read(GROUPS, samples=["u1", "v1"])


def test_plain_intensities_keep_zeros():
    found = read(GROUPS, log=False)
    assert type(found) is pl.EListRaw
    assert found.E[1].tolist() == [0, 4096]


def test_intensity_that_is_no_number_is_an_error_with_its_line(tmp_path):
    wrong = GROUPS.astype({"LFQ intensity u2": object})
    wrong.loc[3, "LFQ intensity u2"] = "many"
    path = write(wrong, tmp_path / "proteinGroups.txt")
    with pytest.raises(InputError, match=r"Line 5 of 'proteinGroups.txt'.*'many'"):
        read(path)


def test_group_that_occurs_twice_is_an_error_with_its_line(tmp_path):
    path = write(pd.concat([GROUPS, GROUPS.iloc[[3]]]), tmp_path / "proteinGroups.txt")
    with pytest.raises(InputError, match=r"Line 8 of 'proteinGroups.txt': 'P4' occurs for the sec"):
        read(path)


def test_line_that_is_cut_off_is_an_error_with_its_number(tmp_path):
    path = write(GROUPS, tmp_path / "proteinGroups.txt")
    path.write_text(path.read_text().rstrip("\n")[:-5] + "\n")
    with pytest.raises(InputError, match=r"Line 7 of 'proteinGroups.txt'"):
        read(path)


def test_table_of_another_program_is_refused_with_what_is_wanted():
    with pytest.raises(InputError, match=r"no column 'Sequence'.*which MaxQuant writes"):
        read(pd.DataFrame({"gene": ["a"], "s1": [1.0]}))


def test_logged_and_negative_intensities_are_noticed():
    columns = ["LFQ intensity u1", "LFQ intensity u2"]
    with pytest.warns(InputWarning, match="logged already"):
        read(GROUPS.assign(**{c: np.log2(GROUPS[c] + 1) for c in columns}))
    with pytest.raises(InputError, match="the intensity -1 for 'P1' in 'u1'"):
        read(GROUPS.assign(**{columns[0]: -1.0}))


def test_nothing_left_is_an_error_that_says_why():
    with pytest.raises(InputError, match="is left: 6 contaminants"):
        read(
            GROUPS.assign(**{"Potential contaminant": "+", "Reverse": ""}).iloc[[0, 1, 3, 4, 5, 1]]
        )


def test_folder_is_searched_for_the_tables_of_maxquant(tmp_path):
    with pytest.raises(InputError, match=r"holds none of 'proteinGroups.txt'"):
        read(tmp_path)
    write(GROUPS, tmp_path / "proteinGroups.txt")
    assert read(tmp_path).shape == (3, 2)


def test_infinite_intensities_and_no_samples_are_refused():
    with pytest.raises(InputError, match=r"Row 1 .* holds an infinite value"):
        read(GROUPS.assign(**{"LFQ intensity u1": np.inf}))
    with pytest.raises(InputError, match="`samples` names no sample"):
        read(GROUPS, samples=[])
