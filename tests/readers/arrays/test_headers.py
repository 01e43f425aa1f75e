"""Headers of files of scanners."""

import numpy as np
import pytest
from readers.arrays import made_up_scans as scans

import pylimma as pl
from pylimma.errors import InputError, InputWarning


def written(tmp_path, text):
    (tmp_path / "h.txt").write_text(text)
    return tmp_path / "h.txt"


@pytest.mark.parametrize("sep", ["\t", ","])
@pytest.mark.parametrize("quote", ['"', ""])
def test_records_of_genepix_are_split_at_the_equals_sign(tmp_path, sep, quote):
    records = ["Type=GenePix Results 3", "Settings=", "GalFile=C:\\a=b.gal", "Wavelengths=635 532"]
    lines = [f"{quote}{record}{quote}" for record in records]
    head = "\n".join([f"ATF{sep}1.0", f"4{sep}2", *lines, f"Block{sep}ID", f"1{sep}a"])
    found = pl.read_gpr_header(written(tmp_path, head))
    assert np.isnan(found.pop("Settings"))
    assert found == {
        "Type": "GenePix Results 3",
        "GalFile": "C:\\a",
        "Wavelengths": "635 532",
        "NHeaderRecords": 6,
        "NDataFields": 2,
    }


def test_separators_after_the_records_are_no_part_of_them(tmp_path):
    text = 'ATF\t1.0\t\t\n2\t3\t\t\nType=a b\t\t\n"Wavelengths=635\t532"\t\t\nBlock\tID\tx\n'
    found = pl.read_gpr_header(written(tmp_path, text))
    assert (found["Type"], found["Wavelengths"]) == ("a b", "635\t532")


def test_blocks_of_imagene_are_tables_or_dicts(tmp_path):
    files, _ = scans.imagene(tmp_path)
    found = pl.read_imagene_header(files[0])
    assert found["version"] == "5.6"
    assert found["Field Dimensions"].loc["A", "Rows"] == scans.N_ROWS
    assert found["Measurement parameters"] == {"Segmentation Method": "auto"}
    assert found["NHeaderRecords"] == 11
    alerts = "Begin Alerts\nType\tif\nlow\ttrue\nEnd Alerts\n"
    alerts = f"Begin Header\nOperator: km\nEnd Date\t5 May\n{alerts}"
    with pytest.warns(InputWarning, match="no line 'End Header'"):
        found = pl.read_imagene_header(written(tmp_path, alerts))
    assert (found["Operator"], found["End Date"]) == ("km", "5 May")
    assert found["Alerts"].loc["low", "if"] == "true"


def test_leading_records_of_smd_are_read(tmp_path):
    found = pl.read_smd_header(written(tmp_path, "!Exptid=5\n!Slide Name=\n!x=a=b\nSpot\tID\n"))
    assert np.isnan(found.pop("Slide Name"))
    assert found == {"Exptid": "5", "x": "a", "NHeaderRecords": 3}
    with pytest.raises(InputError, match=r"Line 1 .* is empty"):
        pl.read_smd_header(written(tmp_path, "\n!Exptid=5\nSpot\n"))
    with pytest.raises(InputError, match="cut off"):
        pl.read_smd_header(written(tmp_path, "!Exptid=5\n"))


def test_headings_are_parts_of_a_line(tmp_path):
    file = written(tmp_path, 'a,b\n\n"ID","F Mean","F SD"\n')
    assert pl.read_generic_header(file, ["F Mean", "SD"], ",") == {
        "NHeaderRecords": 2,
        "ColumnNames": ['"ID"', '"F Mean"', '"F SD"'],
    }
    with pytest.raises(
        InputError, match=r"No line .* holds all of 'F Mean', 'B Mean'; line 3 has 'ID'"
    ):
        pl.read_generic_header(file, ["F Mean", "B Mean"], ",")
    with pytest.raises(InputError, match="must not be empty"):
        pl.read_generic_header(file, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Begin Header\n\tEnd Alerts\nEnd Header\n", "Line 2 .* ends a block 'Alerts' that is not"),
        ("Begin Header\n\tBegin A\n\tEnd B\nEnd Header\n", "Line 3 .* ends a block 'B' that is"),
        ("Begin Header\n\tBegin A\nEnd Header\n", "Line 3 .* ends the header within its block 'A'"),
    ],
)
def test_blocks_of_imagene_must_nest(tmp_path, text, problem):
    with pytest.raises(InputError, match=problem):
        pl.read_imagene_header(written(tmp_path, text))
