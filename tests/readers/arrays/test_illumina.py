"""Profiles of bead chips: arrays by name, controls below probes, and what is refused."""

import gzip
import warnings

import numpy as np
import pandas as pd
import pytest
from readers.arrays.made_up_beads import ARRAYS, KINDS, profile, write

import pylimma
from pylimma.errors import InputError, InputWarning, Note, PylimmaError, ShapeError


def test_every_quantity_stands_under_its_array(tmp_path):
    text, values = profile()
    y = pylimma.read_ilmn(
        write(tmp_path, text), other_columns=["Detection", "avg_nbeads"], annotation="symbol"
    )
    assert isinstance(y, pylimma.EListRaw)
    assert y.col_names.tolist() == ARRAYS
    assert y.row_names.tolist() == [f"ILMN_{k}" for k in range(1, 13)]
    assert y.genes["SYMBOL"].tolist() == [f"SYM{k}" for k in range(12)]
    np.testing.assert_array_equal(y.E, values["AVG_Signal"])
    np.testing.assert_array_equal(y.other["Detection"], values["Detection Pval"])
    np.testing.assert_array_equal(y.other["avg_nbeads"], values["Avg_NBEADS"])
    assert y.source == "illumina"


@pytest.mark.parametrize("old", [False, True])
def test_the_order_of_columns_moves_no_value(tmp_path, old):
    words = ["AVG_Signal", "Detection"]
    text, values = profile(quantities=words, old=old)
    lines = text.splitlines()
    start = next(k for k, line in enumerate(lines) if "AVG_Signal" in line)
    order = np.random.default_rng(2).permutation(8)
    for k in range(start, len(lines)):
        cells = lines[k].split("\t")
        lines[k] = "\t".join(cells[place] for place in order)
    y = pylimma.read_ilmn(write(tmp_path, "\n".join(lines)))
    place = [ARRAYS.index(name) for name in y.col_names]
    np.testing.assert_array_equal(y.E, values["AVG_Signal"][:, place])
    np.testing.assert_array_equal(y.other["Detection"], values["Detection"][:, place])


def test_a_name_inside_another_is_not_taken_for_it(tmp_path):
    arrays = ["A", "A.B", "B", "A-B", "Detection"]
    for old in (False, True):
        text, values = profile(arrays, quantities=["Detection", "AVG_Signal"], old=old)
        y = pylimma.read_ilmn(write(tmp_path, text))
        assert y.col_names.tolist() == arrays
        np.testing.assert_array_equal(y.other["Detection"], values["Detection"])


def test_controls_stand_below_probes_with_their_kinds(tmp_path):
    probes, controls = profile(), profile(controls=True, seed=2)
    write(tmp_path, probes[0])
    write(tmp_path, controls[0], "control.txt")
    y = pylimma.read_ilmn("probe profile.txt", "control.txt", path=tmp_path)
    assert y.genes["Status"].tolist() == ["regular"] * 12 + KINDS
    np.testing.assert_array_equal(
        y.E, np.vstack([probes[1]["AVG_Signal"], controls[1]["AVG_Signal"]])
    )
    alone = pylimma.read_ilmn(ctrlfiles="control.txt", ctrlpath=tmp_path)
    assert alone.genes["Status"].tolist() == KINDS
    assert "Status" not in pylimma.read_ilmn("probe profile.txt", path=tmp_path).genes


def test_controls_go_by_the_names_of_the_arrays(tmp_path):
    write(tmp_path)
    text, values = profile(ARRAYS[::-1], controls=True)
    write(tmp_path, text, "control.txt")
    y = pylimma.read_ilmn("probe profile.txt", "control.txt", path=tmp_path)
    np.testing.assert_array_equal(y.E[12:], values["AVG_Signal"][:, ::-1])
    write(tmp_path, profile(["1234_A", "other"], controls=True)[0], "control.txt")
    with pytest.raises(InputError, match=r"'1234_B', 'S.3' have no controls, 'other' have nothing"):
        pylimma.read_ilmn("probe profile.txt", "control.txt", path=tmp_path)


def test_controls_without_negatives_are_all_negative(tmp_path):
    text = profile(controls=True)[0].replace("NEGATIVE", "x").replace("SYMBOL", "TargetID")
    y = pylimma.read_ilmn(ctrlfiles=write(tmp_path, text))
    assert set(y.genes["Status"]) == {"negative"}


def test_files_are_joined_by_probe(tmp_path):
    first, second = profile(["A"]), profile(["B", "C"], seed=4)
    lines = second[0].splitlines()
    write(tmp_path, first[0], "1.txt")
    write(tmp_path, "\n".join(lines[:5] + lines[:4:-1]), "2.txt")
    y = pylimma.read_ilmn(["1.txt", "2.txt"], path=tmp_path)
    assert y.col_names.tolist() == ["A", "B", "C"]
    np.testing.assert_array_equal(y.E[:, 1:], second[1]["AVG_Signal"])
    write(tmp_path, second[0].replace("ILMN_3\t", "ILMN_x\t"), "2.txt")
    with pytest.raises(
        InputError, match=r"'1.txt' and '2.txt' differ in their probes: 1 are in .*ILMN_3"
    ):
        pylimma.read_ilmn(["1.txt", "2.txt"], path=tmp_path)
    write(tmp_path, first[0], "2.txt")
    with pytest.raises(InputError, match="Several files have an array 'A'"):
        pylimma.read_ilmn(["1.txt", "2.txt"], path=tmp_path)


def test_a_file_for_each_array_may_leave_its_name_out(tmp_path):
    for name in "ab":
        write(tmp_path, f"ProbeID\tAVG_Signal\tDetection\n1\t{ord(name)}\t0.5\n", f"{name}.txt.gz")
        content = (tmp_path / f"{name}.txt.gz").read_bytes()
        (tmp_path / f"{name}.txt.gz").write_bytes(gzip.compress(content))
    y = pylimma.read_ilmn(tmp_path / "?.txt.gz")
    assert y.col_names.tolist() == ["a", "b"]
    assert y.E.tolist() == [[97, 98]]


def test_cells_may_be_missing_and_commas_decimal(tmp_path):
    text = "ProbeID\tA.AVG_Signal\tB.AVG_Signal\nx\t1,5\t\ny\t2\tNaN\n"
    with pytest.warns(Note, match="decimal commas"):
        y = pylimma.read_ilmn(write(tmp_path, text), other_columns=None)
    np.testing.assert_array_equal(y.E, [[1.5, np.nan], [2, np.nan]])
    assert "other" not in y
    assert "genes" not in y


def test_quantities_that_some_arrays_lack_are_missing(tmp_path):
    text = profile()[0].replace("S.3.Detection Pval", "S.3.x")
    with pytest.warns(InputWarning, match=r"no 'Detection' of 'S.3'"):
        y = pylimma.read_ilmn(write(tmp_path, text))
    assert np.isnan(y.other["Detection"]).all(axis=0).tolist() == [False, False, True]
    y = pylimma.read_ilmn(write(tmp_path, text.replace("Detection", "z")))
    assert np.isnan(y.other["Detection"]).all()


def test_other_columns_of_probes_do_not_hide_the_identifier(tmp_path):
    text = "PROBE_TYPE\tPROBE_SEQUENCE\tPROBE_ID\tA.AVG_Signal\nI\tACGT\tx1\t5\n"
    assert pylimma.read_ilmn(write(tmp_path, text)).row_names.tolist() == ["x1"]


def test_repeated_and_padded_identifiers_are_kept(tmp_path):
    text = "ProbeID\tTargetID\tA.AVG_Signal\n007\ta\t5\n007\t\t6\n"
    y = pylimma.read_ilmn(write(tmp_path, text))
    assert y.row_names.tolist() == ["007", "007"]
    assert y.genes["TargetID"].tolist() == ["a", ""]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_do_not_matter(tmp_path, encoding):
    path = tmp_path / "x"
    path.write_bytes("ProbeID\tSYMBOL\tÅ1.AVG_Signal\r\nx\tµ\t5\r\n".encode(encoding))
    y = pylimma.read_ilmn(path)
    assert y.col_names.tolist() == ["Å1"]
    assert y.genes["SYMBOL"].tolist() == ["µ"]


def test_negative_signals_are_noted(tmp_path):
    with pytest.warns(Note, match=r"Negative signals \(1\): background was subtracted"):
        pylimma.read_ilmn(write(tmp_path, "ProbeID\tA.AVG_Signal\nx\t-5\ny\t6\n"))


def test_verbose_says_how_much_was_read(tmp_path):
    with pytest.warns(Note, match="12 probes, 0 controls, 3 arrays"):
        pylimma.read_ilmn(write(tmp_path), verbose=True)


def test_other_separators_and_literal_quotes_are_read(tmp_path):
    text = 'ProbeID,SYMBOL,A.AVG_Signal\n1,"a,b",5\n'
    assert pylimma.read_ilmn(write(tmp_path, text), sep=",").genes["SYMBOL"].tolist() == ["a,b"]
    text = 'ProbeID\tSYMBOL\tA.AVG_Signal\n1\t"a"\t5\n2\t"b\t6\n'
    assert pylimma.read_ilmn(write(tmp_path, text)).genes["SYMBOL"].tolist() == ["a", '"b']
    y = pylimma.read_ilmn(write(tmp_path, text), quote="")
    assert y.genes["SYMBOL"].tolist() == ['"a"', '"b']


FAULTS = {
    "no signal": (("AVG_Signal", "Signal"), "no column 'AVG_Signal'; it has '1234_B.Signal'"),
    "a signal twice": (("1234_B.AVG", "1234_A.AVG"), "Line 5 of 'x' repeats names"),
    "two signals": (
        ("1234_B.AVG_Signal", "AVG_Signal-1234_A"),
        "two columns 'AVG_Signal' of array",
    ),
    "two of another": (("1234_B.Detection Pval", "1234_A.Detection"), "two columns 'Detection' of"),
    "no array": (
        ("1234_B.Detection Pval", "12_B.Detection"),
        "'12_B.Detection' that belongs to none",
    ),
    "no name": (("1234_B.AVG_Signal", "AVG_Signal"), "that names no array, beside others"),
    "no identifier": (("PROBE_ID", "x"), "no column of probes, 'Probe'.* such as"),
    "a word": (
        ("ILMN_3\tSYM2\t", "ILMN_3\tSYM2\tlow"),
        "Line 8 of 'x': column '1234_A.AVG_Signal'",
    ),
    "a field more": (("SYM2", "SYM\t2"), "Line 8 of 'x' has 15 cells"),
    "a zero byte": (("SYM2", "SYM\0"), "Line 8 of 'x' holds"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_with_its_place(tmp_path, fault):
    (old, new), message = FAULTS[fault]
    with pytest.raises(InputError, match=message):
        pylimma.read_ilmn(write(tmp_path, profile()[0].replace(old, new), "x"))


def test_arguments_that_name_nothing_are_refused(tmp_path):
    path = write(tmp_path)
    with pytest.raises(InputError, match="Give `files`, `ctrlfiles` or both"):
        pylimma.read_ilmn()
    with pytest.raises(InputError, match="`expr` must not be empty"):
        pylimma.read_ilmn(path, expr="")
    with pytest.raises(InputError, match="`other_columns` must not hold an empty text"):
        pylimma.read_ilmn(path, other_columns=[""])
    with pytest.raises(InputError, match="`sep` must be one character"):
        pylimma.read_ilmn(path, sep="ab")
    with pytest.raises(InputError, match="`sep` must be a mark such as a tab"):
        pylimma.read_ilmn(path, sep=" ")


def test_targets_name_the_files_and_go_by_array(tmp_path):
    write(tmp_path)
    write(tmp_path, profile(controls=True)[0], "control.txt")
    table = pd.DataFrame(
        {
            "files": "probe profile.txt",
            "ctrlfiles": "control.txt",
            "Label": ARRAYS[::-1],
            "x": [3, 2, 1],
        }
    )
    y = pylimma.read_ilmn_targets(table, path=tmp_path)
    assert y.shape == (19, 3)
    assert y.targets["x"].tolist() == [1, 2, 3]
    assert y.targets["files"].tolist() == ["probe profile.txt"] * 3
    with pytest.warns(Note, match="rows are taken in the order of the arrays"):
        y = pylimma.read_ilmn_targets(table.drop(columns="Label"), path=tmp_path)
    assert y.targets["x"].tolist() == [3, 2, 1]
    with pytest.raises(ShapeError, match="`targets` has 2 rows; its files have 3 arrays"):
        pylimma.read_ilmn_targets(table[:2], path=tmp_path)
    with pytest.raises(InputError, match="`targets` has no column 'files'"):
        pylimma.read_ilmn_targets(table[["x"]], path=tmp_path)
    with pytest.raises(InputError, match="`files` is a column of `targets`"):
        pylimma.read_ilmn_targets(table, files="x")


def test_damage_gives_our_errors_or_values_of_the_file(tmp_path):
    rng = np.random.default_rng(8)
    content = profile()[0].encode()
    path = tmp_path / "x.txt"
    for _ in range(200):
        damaged = bytearray(content)
        for place in rng.integers(len(damaged), size=rng.integers(1, 4)):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged[: rng.integers(len(damaged)) if rng.random() < 0.3 else None])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                y = pylimma.read_ilmn(path)
            except PylimmaError as error:
                assert "x.txt" in str(error)  # noqa: PT017
            else:
                assert np.isfinite(y.E).mean() > 0.8
