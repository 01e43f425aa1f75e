"""Tables of FragPipe, without labels and with them."""

import numpy as np
import pandas as pd
import pytest
from readers.proteomics.made_up_results import IONS, LABELLED, write

import pylimma as pl
from pylimma.errors import InputError, Note

PROTEINS = pd.DataFrame(
    {
        "Protein": ["sp|P1|A", "sp|P2|B"],
        "Protein ID": ["P1", "P2"],
        "Gene": ["A", ""],
        "Combined Total Peptides": [4, 2],
        "u1 Spectral Count": [3, 1],
        "u2 Spectral Count": [2, 1],
        "u1 Intensity": [512.0, 100],
        "u2 Intensity": [512.0, 100],
        "u1 Unique Intensity": [5.0, 1],
        "u1 MaxLFQ Intensity": [1024.0, 0],
        "u2 MaxLFQ Intensity": [2048.0, 4096],
        "u1 MaxLFQ Unique Intensity": [6.0, 1],
    }
)


def read(table, **options):
    return pl.read_fragpipe(table, verbose=False, **options)


def test_ions_are_named_by_sequence_and_charge():
    found = read(IONS)
    assert list(found.row_names) == ["AAK_2", "EEK_2"]
    assert np.array_equal(found.E, [[10, 11], [np.nan, 12]], equal_nan=True)
    assert found.dropped == {"decoys": 1, "contaminants": 1}
    assert found.other["n_spectra"].tolist() == [[3, 2], [2, 2]]


def test_peptides_are_named_by_sequence():
    assert list(read(IONS.drop(columns="Charge")).row_names) == ["AAK", "EEK"]


def test_proteins_have_maxlfq_where_every_sample_has(tmp_path):
    found = read(write(PROTEINS, tmp_path / "combined_protein.tsv"))
    assert np.array_equal(found.E, [[10, 11], [np.nan, 12]], equal_nan=True)
    assert found.genes["Combined Total Peptides"].to_list() == [4, 2]


@pytest.mark.parametrize("change", ["zero", "absent"])
def test_intensity_is_read_where_a_sample_lacks_maxlfq(change):
    table = PROTEINS.assign(**{"u2 MaxLFQ Intensity": 0.0})
    if change == "absent":
        table = table.drop(columns="u2 MaxLFQ Intensity")
    with pytest.warns(Note, match=r"Not all samples .* have MaxLFQ"):
        found = read(table)
    assert np.array_equal(found.E[0], [9, 9])


def test_kinds_of_intensities_are_told_apart_by_their_whole_ending():
    assert read(PROTEINS, quantity="Intensity").shape == (2, 2)
    assert list(read(PROTEINS.assign(**{"u1 Unique Intensity": 128.0}),
                     quantity="Unique Intensity").col_names) == ["u1"]  # fmt: skip
    with pytest.raises(InputError, match="that end in 'Razor Intensity'"):
        read(PROTEINS, quantity="Razor Intensity")


def test_labelled_abundances_are_logged_already():
    found = read(LABELLED)
    assert np.array_equal(found.E, [[20.1, 20.9], [np.nan, 18.5]], equal_nan=True)
    assert found.genes["NumberPSM"].to_list() == [7, 2]


def test_ratios_to_the_reference_are_refused_with_the_reason():
    with pytest.raises(InputError, match="ratios to the reference, not abundances"):
        read(LABELLED.assign(u1=[-0.4, None], u2=[0.4, 0.5]))
