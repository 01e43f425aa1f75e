"""Matrices of AlphaDIA."""

import numpy as np
import pytest
from readers.proteomics.made_up_results import MATRIX, write

import pylimma as pl
from pylimma.errors import InputError, Note


def test_matrix_is_read_with_zeros_missing(tmp_path):
    with pytest.warns(Note, match=r"1 of 4 intensities missing \(1 written as 0\)"):
        found = pl.read_alphadia(write(MATRIX, tmp_path / "pg.matrix.tsv"))
    assert np.array_equal(found.E, [[10, 11], [np.nan, 12]], equal_nan=True)
    assert list(found.row_names) == ["P1", "P2"]


def test_other_matrices_are_refused():
    with pytest.raises(InputError, match="which AlphaDIA writes"):
        pl.read_alphadia(MATRIX.rename(columns={"pg": "gene"}))


def test_result_survives_the_archive(tmp_path):
    found = pl.read_alphadia(MATRIX.replace({"P1": "contam_P1"}), verbose=False)
    assert found[:1].dropped == {"contaminants": 1}
