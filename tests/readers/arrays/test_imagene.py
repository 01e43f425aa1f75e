"""Pairs of files of ImaGene."""

import numpy as np
import pytest
from readers.arrays import made_up_scans as scans

import pylimma as pl
from pylimma.errors import InputError, InputWarning, ShapeError


@pytest.mark.parametrize(("method", "background"), [("auto", 71.5), ("circle", 70)])
def test_pairs_give_both_channels_and_the_background_of_the_method(tmp_path, method, background):
    files, signal = scans.imagene(tmp_path, method)
    found = pl.read_imagene(files, other_columns="Flag", wt_fun=lambda t: t["Flag"] + 1)
    np.testing.assert_array_equal(found.G, signal[:, :, 0])
    np.testing.assert_array_equal(found.R, signal[:, :, 1])
    assert (found.Rb == background).all()
    assert found.col_names.tolist() == ["a1_cy3.a1_cy5", "a2_cy3.a2_cy5"]
    assert sorted(found.other) == ["G Flag", "R Flag"]
    assert (found.weights == 1).all()
    assert dict(found.printer) == {"ngrid_r": 2, "ngrid_c": 2, "nspot_r": 3, "nspot_c": 2}
    assert found.field_dimensions.loc["A"].tolist() == [2, 2, 3, 2]
    assert found[:3, :1].field_dimensions is not None


def test_the_general_reader_takes_pairs_and_a_matrix_of_them(tmp_path):
    files, signal = scans.imagene(tmp_path)
    columns = {"f": "Signal Mean", "b": "Background Median"}
    matrix = np.reshape([file.name for file in files], (2, 2))
    found = pl.read_maimages(matrix, "imagene", tmp_path, names=["u", "v"], columns=columns)
    np.testing.assert_array_equal(found.R, signal[:, :, 1])
    assert found.col_names.tolist() == ["u", "v"]
    assert (found.Gb == 70).all()


def test_files_that_do_not_pair_are_refused(tmp_path):
    files, _ = scans.imagene(tmp_path)
    with pytest.raises(ShapeError, match="3 files; each array has two"):
        pl.read_imagene(files[:3])
    with pytest.raises(ShapeError, match="3 columns; green and red are expected"):
        pl.read_imagene([files[:3]])
    with pytest.raises(ShapeError, match="1 names; there are 2 arrays"):
        pl.read_imagene(files, names=["a"])
    with pytest.raises(InputError, match=r"must be \{'f': name, 'b': name\}"):
        pl.read_imagene(files, columns={"R": "Signal Mean"})
    with pytest.raises(InputError, match="names no column 'Signal'; it names 'Signal Mean'"):
        pl.read_imagene(files, columns={"f": "Signal"})


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("\tA\t2\t2\t3\t2", "\tA\t2\t2\t2\t3", r"The fields of 'a2_cy3.txt' are not those"),
        ("\tA\t2\t2\t3\t2", "\tA\t2\t2\t3\t3", r"header \('Field Dimensions'\) says 36"),
        ("\tA\t2\t2\t3\t2", "\tA\t2\t2\t3", r"Line 5 .* has 4 cells; the titles are 'Field'"),
        ("\tA\t2\t2\t3\t2", "\tA\t2\t2\t3\tx", r"Line 5 .* must give whole numbers"),
        ("Field Dimensions", "Dimensions", r"has no 'Field Dimensions' with Metarows"),
        ("End Header", "End", r"Line 10 .* ends a block '' that is not begun"),
        ("Begin Raw Data", "Raw", "Line 11 .* must be 'Begin Raw Data'; it is 'Raw'"),
        ("A\t1\t1\t2\t1", "A\t1\t1\t1\t1", r"column 'Row' holds '1', but '2' in 'a1_cy3.txt'"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(tmp_path, old, new, problem):
    files, _ = scans.imagene(tmp_path)
    files[2].write_text(files[2].read_text().replace(old, new))
    with pytest.raises(InputError, match=problem):
        pl.read_imagene(files)


def test_other_identifiers_are_said(tmp_path):
    files, _ = scans.imagene(tmp_path)
    files[3].write_text(files[3].read_text().replace("H002", "Q002"))
    with pytest.warns(InputWarning, match="'Gene ID' of 1 of 24 spots in 'a2_cy5.txt'"):
        pl.read_imagene(files)


def test_fields_of_several_sizes_have_no_layout(tmp_path):
    files, _ = scans.imagene(tmp_path, n_arrays=1)
    for file in files:
        fields = "\tA\t2\t2\t3\t1\n\t\tB\t2\t2\t1\t3\n"
        file.write_text(file.read_text().replace("\tA\t2\t2\t3\t2\n", fields))
    assert "printer" not in pl.read_imagene(files)
