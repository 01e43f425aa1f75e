"""Files of scanners: every source, every way to write them, and the line that a refusal names."""

import gzip
import re

import numpy as np
import pandas as pd
import pytest
from readers.arrays import made_up_scans as scans

import pylimma as pl
from pylimma.errors import (
    InputError,
    InputWarning,
    Note,
    ShapeError,
    UnknownNameError,
)
from pylimma.readers.arrays.sources import SOURCES

N = scans.N_SPOTS
GENEPIX = scans.text("genepix")


def one(tmp_path, text, source="genepix", **options):
    """What a file with a text holds."""
    file = tmp_path / "scan.gpr"
    if isinstance(text, bytes):
        file.write_bytes(text)
    else:
        file.write_text(text, encoding="utf-8")
    return pl.read_maimages([file], source=source, **options)


@pytest.mark.parametrize("source", scans.READ)
def test_each_source_gives_its_channels_annotation_and_names(tmp_path, source):
    files = scans.write(tmp_path, source)
    found = pl.read_maimages(files, source=source, other_columns="Flags")
    assert found.source == source
    for channel in SOURCES[source].columns:
        expected = [scans.values(source, seed)[channel] for seed in (1, 2)]
        np.testing.assert_array_equal(found[channel], np.transpose(expected))
    if SOURCES[source].annotation:
        assert found.genes.columns.tolist() == list(SOURCES[source].annotation)
    stem = source.replace(".", "")
    assert found.col_names.tolist() == found.targets.index.tolist() == [f"{stem}1", f"{stem}2"]
    assert found.other["Flags"][:3, 1].tolist() == [0, -50, 100]


def test_intensities_are_the_nearest_doubles_of_what_is_written(tmp_path):
    cells = ["0.1", "123456.789", "1e3", "65535", "-3.25", "1234567890.12345678", "NA", "", " 7 "]
    (tmp_path / "t.txt").write_text("ID\tE\n" + "".join(f"{k}\t{c}\n" for k, c in enumerate(cells)))
    found = pl.read_maimages([tmp_path / "t.txt"], columns="E", annotation="ID").E[:, 0]
    expected = [float(cell) if cell not in ("NA", "") else np.nan for cell in cells]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "encoded",
    [
        GENEPIX.replace("\n", "\r\n").encode(),
        GENEPIX.replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + GENEPIX.encode(),
        GENEPIX.encode("utf-16"),
        GENEPIX.encode("utf-16-le"),
        GENEPIX.encode("utf-16-be"),
        gzip.compress(GENEPIX.encode(), mtime=0),
        scans.text("genepix", sep=",").encode(),
        GENEPIX.replace("\n", "\t\t\t\n").encode(),
        (GENEPIX + "\t\t\t\n\n").encode(),
        GENEPIX.rstrip("\n").encode(),
        GENEPIX.replace('"', "").encode(),
    ],
)
def test_the_same_values_come_from_every_way_to_write_a_file(tmp_path, encoded):
    found = one(tmp_path, encoded)
    for channel, values in scans.values("genepix").items():
        assert found[channel][:, 0].tolist() == values.tolist()
    assert found.genes["ID"].tolist() == scans.cells("ID")
    assert found.genes["Name"].tolist() == scans.cells("Name")
    assert dict(found.printer) == {"ngrid_r": 1, "ngrid_c": 4, "nspot_r": 3, "nspot_c": 2}


def test_names_in_latin_1_are_read(tmp_path):
    found = one(tmp_path, GENEPIX.replace("5' probe", "5 µm probe").encode("latin-1"))
    assert found.genes["Name"][0] == "5 µm probe (a)"


def test_green_only_and_one_colour_files_give_the_same(tmp_path):
    text = scans.text("agilent")
    green = one(tmp_path, text, "agilent", green_only=True)
    with pytest.warns(Note, match="green channel alone"):
        found = one(tmp_path, re.sub(r"\tr(BG)?MedianSignal", r"\tx\1", text), "agilent")
    assert isinstance(found, pl.EListRaw)
    np.testing.assert_array_equal(found.E, green.E)
    np.testing.assert_array_equal(found.Eb, green.Eb)


def test_a_compact_export_says_what_may_be_read_instead(tmp_path):
    with pytest.raises(
        InputError, match=r"'rMeanSignal', 'gMeanSignal'.*'agilent', 'agilent.median'"
    ):
        one(tmp_path, scans.text("agilent.median"), "agilent.mean")
    text = scans.text("agilent").replace("MedianSignal", "ProcessedSignal")
    with pytest.raises(InputError, match=r"names no column .*'gMedianSignal'.*gProcessedSignal"):
        one(tmp_path, text, "agilent")


def test_columns_that_are_asked_for_replace_those_of_the_source(tmp_path):
    found = one(tmp_path, GENEPIX, columns={"Rf": "F532 Mean", "G": "F635 Mean"})
    assert set(found) >= {"R", "G"}
    assert "Rb" not in found
    assert found.G[:, 0].tolist() == scans.values("genepix")["R"].tolist()
    single = one(tmp_path, GENEPIX, columns={"R": "F635 Mean", "Rb": "B635 Median"})
    assert isinstance(single, pl.EListRaw)
    assert single.Eb[:, 0].tolist() == scans.values("genepix")["Rb"].tolist()


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"R": "F635 Mean", "E": "F532 Mean"}, "must name R and G"),
        ({"Rb": "F635 Mean"}, "must name R and G"),
        ({"red": "F635 Mean"}, "has 'red'"),
        (["F635 Mean", "F532 Mean"], "must be the name of a column"),
        ({"E": "F636 Mean"}, "names no column 'F636 Mean'; it names 'F635 Mean'"),
    ],
)
def test_columns_that_make_no_array_are_refused(tmp_path, columns, problem):
    with pytest.raises((InputError, TypeError), match=problem):
        one(tmp_path, GENEPIX, columns=columns)


def test_files_are_named_by_a_table_an_extension_or_a_folder(tmp_path):
    scans.write(tmp_path, "spot")
    targets = pd.DataFrame({"FileName": ["spot2.txt", "spot1.txt"], "Label": ["u", "v"]})
    by_table = pl.read_maimages(targets, source="spot", path=tmp_path)
    assert by_table.col_names.tolist() == ["u", "v"]
    assert by_table.targets["FileName"].tolist() == ["spot2.txt", "spot1.txt"]
    found = pl.read_maimages(source="spot", path=tmp_path, ext="txt")
    assert found.col_names.tolist() == ["spot1", "spot2"]
    np.testing.assert_array_equal(found.R, by_table.R[:, ::-1])
    with pytest.raises(ShapeError, match="1 names; there are 2 arrays"):
        pl.read_maimages(["spot1", "spot2"], "spot", tmp_path, "txt", names=["a"])


def test_a_source_may_be_shortened_while_it_is_unique(tmp_path):
    files = scans.write(tmp_path, "scanarrayexpress")
    assert pl.read_maimages(files, source="scan").source == "scanarrayexpress"
    with pytest.raises(InputError, match=r"must be one of 'genepix', .*; got 'genep'"):
        pl.read_maimages(files, source="genep")
    with pytest.raises(InputError, match="need `columns`"):
        pl.read_maimages(files)


def test_weights_come_from_a_function_of_the_table(tmp_path):
    files = scans.write(tmp_path, "genepix")
    found = pl.read_maimages(files, source="genepix", wt_fun=lambda t: t["Flags"] >= 0)
    assert found.weights[:3].tolist() == [[1, 1], [0, 0], [1, 1]]
    by_flag = pl.read_maimages(files, source="genepix", wt_fun=pl.wtflags(0.5))
    assert by_flag.weights[:3, 0].tolist() == [1, 0.5, 1]
    with pytest.raises(UnknownNameError, match=r"need a column 'area'; the table .* has"):
        pl.read_maimages(files, source="genepix", wt_fun=pl.wtarea())
    with pytest.raises(InputError, match=r"`wt_fun` fails on the table of 'genepix1"):
        pl.read_maimages(files, source="genepix", wt_fun=int)
    with pytest.raises(UnknownNameError, match=r"`wt_fun` wants 'area' of 'genepix1"):
        pl.read_maimages(files, source="genepix", wt_fun=lambda t: t["area"])
    with pytest.raises(ShapeError, match=f"2 values; {N} are expected"):
        pl.read_maimages(files, source="genepix", wt_fun=lambda _: [1, 2])


def test_columns_that_are_not_there_are_said(tmp_path):
    with pytest.warns(InputWarning, match=r"no column 'Flag' \(`other_columns`\); it has 'Flags'"):
        found = one(tmp_path, GENEPIX, other_columns=["Flag", "Flags"])
    assert list(found.other) == ["Flags"]
    with pytest.warns(InputWarning, match=r"no column 'Id' \(`annotation`\)"):
        found = one(tmp_path, GENEPIX, annotation=["Id", "ID"])
    assert found.genes.columns.tolist() == ["ID"]


def test_types_of_annotation_are_those_of_all_cells(tmp_path):
    text = "ID\tE\tn\tx\tb\tname\tpad\n1\t2\t3\t1.5\tT\ta\t007\n2\t3\tNA\t2\tF\tNA\t012\n"
    names = ["ID", "n", "x", "b", "name", "pad"]
    genes = one(tmp_path, text, "generic", columns="E", annotation=names).genes
    assert genes["ID"].tolist() == [1, 2]
    assert genes["ID"].dtype.kind == "i"
    assert genes["n"][0] == 3
    assert genes["n"].isna().tolist() == [False, True]
    assert genes["x"].tolist() == [1.5, 2]
    assert genes["b"].tolist() == [True, False]
    assert genes["name"].isna().tolist() == [False, True]
    assert genes["pad"].tolist() == ["007", "012"]


def test_rows_with_names_of_their_own_are_read(tmp_path):
    found = one(tmp_path, "E\tx\nr1\t5\t1\nr2\t6\t2\n", "generic", columns="E")
    assert found.E[:, 0].tolist() == [5, 6]


def changed(text, line, change):
    lines = text.split("\n")
    lines[line - 1] = change(lines[line - 1])
    return "\n".join(line for line in lines if line is not None)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda s: s[: s.rindex("\t")], "Line 9 of 'genepix2.txt' has 9 cells; line 5"),
        (lambda s: s + "\t7", "Line 9 of 'genepix2.txt' has 11 cells; line 5"),
        (lambda s: s.replace("\t", ","), "Line 9 of 'genepix2.txt' has 1 cells"),
        (lambda _: "# a comment", "Line 9 of 'genepix2.txt' has 1 cells"),
        (lambda s: s[:-1] + "x", "Line 9 of 'genepix2.txt': column 'B532 Median' holds"),
        (lambda s: s.replace(".", ","), "numbers have decimal points"),
        (lambda _: None, "Line 9 of 'genepix2.txt': column 'Column' holds '1', but '2'"),
    ],
)
def test_a_line_that_does_not_fit_is_named(tmp_path, change, problem):
    files = scans.write(tmp_path, "genepix")
    files[1].write_text(changed(files[1].read_text(), 9, change))
    with pytest.raises(InputError, match=re.escape(problem)):
        pl.read_maimages(files, source="genepix")


@pytest.mark.parametrize("source", scans.READ)
def test_a_file_that_is_cut_off_is_refused_or_said(tmp_path, source):
    files = scans.write(tmp_path, source)
    whole = files[1].read_text()
    files[1].write_text("".join(whole.splitlines(keepends=True)[:-4]))
    with pytest.raises(InputError, match="cut off"):
        pl.read_maimages(files, source=source)
    if SOURCES[source].heading not in ("imagene", "quantarray"):
        with pytest.warns(InputWarning, match=r"spots after the last one|cut off unless"):
            found = pl.read_maimages(files[::-1], source=source)
        assert found.shape == (N - 4, 2)


@pytest.mark.parametrize("source", scans.READ)
def test_files_of_another_scanner_are_refused(tmp_path, source):
    others = [name for name in scans.READ if name.split(".")[0] != source.split(".")[0]]
    for other in others:
        (tmp_path / "x.txt").write_text(scans.text(other))
        with pytest.raises(InputError):
            pl.read_maimages([tmp_path / "x.txt"], source=source)


def test_the_scanner_of_a_file_is_guessed(tmp_path):
    with pytest.raises(InputError, match=r"begins with 'TYPE.*columns of 'agilent'"):
        one(tmp_path, scans.text("agilent"))
    with pytest.raises(InputError, match=r"names no column 'AMPCH2'.*columns of 'genepix'"):
        one(tmp_path, GENEPIX, "bluefuse")


def test_identifiers_that_differ_at_the_same_places_are_said(tmp_path):
    files = scans.write(tmp_path, "genepix")
    files[1].write_text(files[1].read_text().replace("H003", "Q003"))
    with pytest.warns(
        InputWarning, match=r"'ID' of 1 of 24 spots in 'genepix2.txt'.*line 9.*'Q003'"
    ):
        pl.read_maimages(files, source="genepix")
    pl.read_maimages(files, source="genepix", annotation=["Block", "Name"])


def test_the_same_spots_in_another_order_are_refused(tmp_path):
    files = scans.write(tmp_path, "genepix")
    text = (
        files[1].read_text().replace("H003", "H").replace("H004", "H003").replace('"H"', '"H004"')
    )
    files[1].write_text(text)
    with pytest.raises(InputError, match=r"Line 9 .* column 'ID' holds 'H004', but 'H003'"):
        pl.read_maimages(files, source="genepix")


def test_a_table_without_rows_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no rows of data below line 5"):
        one(tmp_path, "\n".join(GENEPIX.split("\n")[:5]))


def test_a_column_that_is_named_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"Line 5 .* names the column 'F635 Mean' 2 times"):
        one(tmp_path, GENEPIX.replace('"Flags"', '"F635 Mean"'))


def test_a_channel_without_a_column_of_its_own_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"Line 2 .* names the column 'Bkgd' 1 times; 2 expected"):
        one(tmp_path, scans.text("arrayvision").replace("\tBkgd\n", "\tb\n"), "arrayvision")


def test_spots_are_told_apart_by_identifiers_where_no_places_are_known(tmp_path):
    text = "ID\tE\na\t1\nb\t2\nblank\t3\nblank\t4\n"
    (tmp_path / "x.txt").write_text(text)
    (tmp_path / "y.txt").write_text(text.replace("b\t", "c\t"))
    options = {"path": tmp_path, "columns": "E", "annotation": "ID"}
    with pytest.raises(InputError, match=r"Line 3 of 'y.txt': column 'ID' holds 'c', but 'b'"):
        pl.read_maimages(["x.txt", "y.txt"], **options)
    (tmp_path / "y.txt").write_text(text.replace("b\t", "a\t"))
    (tmp_path / "x.txt").write_text(text.replace("b\t", "blank\t"))
    with pytest.warns(InputWarning, match=r"'ID' of 1 of 4 spots .* matched by position"):
        pl.read_maimages(["x.txt", "y.txt"], **options)


def test_sections_of_scanarray_end_the_table(tmp_path):
    text = "BEGIN HEADER\nEND HEADER\n\nBEGIN DATA\n" + scans.text("scanarrayexpress", sep=",")
    found = one(tmp_path, text + "END DATA\n\nBEGIN NOTES\nx\n", "scanarrayexpress")
    assert found.shape == (N, 1)


def test_other_columns_may_hold_text(tmp_path):
    files = scans.write(tmp_path, "bluefuse")
    for file in files:
        rows = [line.split("\t") for line in file.read_text().splitlines()]
        flags = ["FLAG", *("ABC"[k % 3] for k in range(N))]
        lines = ["\t".join([*row, flag]) for row, flag in zip(rows, flags, strict=True)]
        file.write_text("\n".join(lines))
    found = pl.read_maimages(files, source="bluefuse", other_columns=["FLAG", "Flags"])
    assert found.other["FLAG"][:3].tolist() == [["A", "A"], ["B", "B"], ["C", "C"]]
    assert found[1:3, 0].other["FLAG"].tolist() == [["B"], ["C"]]
    assert pl.cbind(found, found).other["FLAG"].shape == (N, 4)
    ma = pl.avereps(pl.ma_rg(found).replace(other=found.other), id=list("ab") * (N // 2))
    assert ma.other["FLAG"].tolist() == [["A", "A"], ["B", "B"]]
