"""IDAT files: values matched by address; damaged files and other kinds are refused."""

import gzip

import numpy as np
import pytest
from readers.arrays.made_up_idat import ADDRESSES, MANIFEST, content, values, write

import pylimma
from pylimma.errors import InputError, InputWarning, Note, PylimmaError


def read(folder, **options):
    return pylimma.read_idat(**{**write(folder), **options})


def test_values_are_matched_by_address(tmp_path):
    y = read(tmp_path)
    assert isinstance(y, pylimma.EListRaw)
    assert y.row_names.tolist() == [str(address) for address in ADDRESSES]
    assert y.col_names.tolist() == ["1234_A", "1234_B"]
    for k, seed in enumerate((1, 2)):
        mean, stdev, beads = values(seed)
        np.testing.assert_array_equal(y.E[:, k], mean)
        np.testing.assert_array_equal(y.other["STDEV"][:, k], stdev)
        np.testing.assert_array_equal(y.other["NumBeads"][:, k], beads)


def test_probes_stand_above_controls_with_their_annotation(tmp_path):
    genes = read(tmp_path, annotation=["Symbol", "Entrez_Gene_ID", "Definition"]).genes
    assert genes["Probe_Id"].tolist() == [f"ILMN_{k}" for k in (1, 2, 3, 4, 8, 9)]
    assert genes["Array_Address_Id"].tolist() == ADDRESSES
    assert genes["Status"].tolist() == ["regular"] * 4 + ["negative", "housekeeping"]
    assert genes["Symbol"].tolist() == ["SYM1", "", "SYM3", "SYM4", "", "ACTB"]
    assert genes["Entrez_Gene_ID"].fillna("-").tolist()[3:] == ["88743", "-", "-"]
    assert genes["Definition"].tolist()[:4] == ['a "quoted" gene', "5' end", "", '"']


def test_dates_of_decoding_and_scanning_are_told_on_request(tmp_path):
    assert read(tmp_path).targets.columns.tolist() == ["IDATfile"]
    targets = read(tmp_path, dateinfo=True).targets
    assert targets["IDATfile"].tolist() == [str(tmp_path / f"1234_{k}.idat") for k in "AB"]
    assert targets["ScanInfo"].tolist() == ["2/4/2011 Scan q iScan 3.2"] * 2
    assert targets["DecodeInfo"].iloc[0].startswith("2/3/2011 Decoding ppp")


def test_an_array_may_lack_as_many_probes_as_tolerated(tmp_path):
    call = write(tmp_path)
    (tmp_path / "1234_B.idat").write_bytes(content(ADDRESSES[:2] + ADDRESSES[3:]))
    with pytest.raises(
        InputError, match=r"'1234_B.idat' \(chip type 'HT12', 5 addresses\) lacks 1 of the 6"
    ):
        pylimma.read_idat(**call)
    with pytest.warns(Note, match=r"'1234_B.idat' lacks 1 of the 6 addresses of 'chip.bgx.gz'"):
        y = pylimma.read_idat(**call, tolerance=1)
    assert np.isnan(y.E).tolist() == [[False, row == 2] for row in range(6)]
    assert np.isnan(y.other["NumBeads"][2, 1])


def test_compressed_files_and_patterns_are_read(tmp_path):
    expected = read(tmp_path)
    for name in ("1234_A.idat", "1234_B.idat"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        (tmp_path / name).unlink()
    y = pylimma.read_idat("*.idat.gz", "chip.bgx", path=tmp_path)
    assert y.col_names.tolist() == ["1234_A", "1234_B"]
    np.testing.assert_array_equal(y.E, expected.E)


def test_files_of_one_name_are_told_apart_by_folder(tmp_path):
    call = write(tmp_path)
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.idat").write_bytes(content())
    y = pylimma.read_idat(**{**call, "idatfiles": ["a/x.idat", "b/x.idat"]})
    assert y.col_names.tolist() == [str(tmp_path / name / "x") for name in "ab"]
    with pytest.raises(InputError, match="of the same name"):
        pylimma.read_idat(**{**call, "idatfiles": ["1234_A.idat"] * 2})


def test_annotation_that_is_not_there_is_said(tmp_path):
    with pytest.warns(InputWarning, match="has no annotation 'symbol'; it has 'Symbol'"):
        assert "symbol" not in read(tmp_path, annotation="symbol").genes


def test_verbose_says_what_was_read(tmp_path):
    with pytest.warns(Note, match="2 arrays with chip type 'HT12', 6 addresses; 6 in the manif"):
        read(tmp_path, verbose=True)


METHYLATION = np.arange(54_300) + 100_000


def test_methylation_arrays_are_refused(tmp_path):
    call = write(tmp_path)
    (tmp_path / "1234_B.idat").write_bytes(content(METHYLATION, chip="BeadChip 12x1"))
    message = (
        r"this is a methylation array \(27k; chip type 'BeadChip 12x1', 54,300 addresses\); "
        "read_idat reads expression arrays.*mepylome"
    )
    with pytest.raises(InputError, match=message):
        pylimma.read_idat(**call)
    (tmp_path / "chip.csv").write_text("IlmnID,Name\ncg1,cg1\n")
    with pytest.raises(InputError, match=message):
        pylimma.read_idat(**{**call, "bgxfile": "chip.csv"})


def test_their_channels_are_read_by_a_manifest_of_their_addresses(tmp_path):
    call = write(tmp_path)
    (tmp_path / "1234_A.idat").write_bytes(content(METHYLATION))
    known = MANIFEST
    for old, new in zip(("0000023737", *map(str, ADDRESSES[1:])), METHYLATION, strict=False):
        known = known.replace(old, str(new))
    (tmp_path / "chip.bgx").write_text(known)
    with pytest.warns(Note, match="is of a methylation array"):
        y = pylimma.read_idat("1234_A.idat", "chip.bgx", path=call["path"])
    np.testing.assert_array_equal(y.E[:, 0], values(size=len(METHYLATION))[0][:6])


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (b"IDAX" + content()[4:], "does not begin with 'IDAT'"),
        (b"IDAT\1\0\0\0\x08" + bytes(range(99)), "encrypted IDAT file .version 1.*`read_ilmn`"),
        (content(version=2), "of version 2; version 3 is read"),
        (content()[:200], "cut off or damaged .200 bytes"),
        (content(ADDRESSES[:5] + ADDRESSES[:1]), "addresses repeat"),
        (content([]), "it holds 0 addresses"),
        (
            content()[:12] + b"\xff\xff\xff\x7f" + content()[16:],
            "it says that it has 2147483647 fields",
        ),
        (content()[:16] + b"\x01" + content()[17:], "it lacks the fields 1000"),
        (content()[:18] + b"\xff" + content()[19:], "overlap|outside|holds|go beyond|differ"),
        (b"", "does not begin"),
    ],
)
def test_damaged_files_are_refused(tmp_path, damaged, message):
    call = write(tmp_path)
    (tmp_path / "1234_A.idat").write_bytes(damaged)
    with pytest.raises(InputError, match=f"'1234_A.idat'.*{message}"):
        pylimma.read_idat(**call)


def test_a_file_that_is_cut_anywhere_is_never_read(tmp_path):
    call, whole = write(tmp_path), content()
    for size in range(0, len(whole), 7):
        (tmp_path / "1234_A.idat").write_bytes(whole[:size])
        with pytest.raises(PylimmaError, match=r"1234_A\.idat"):
            pylimma.read_idat(**call)


def test_a_flipped_byte_is_refused_or_changes_its_own_value_alone(tmp_path):
    call, whole = write(tmp_path), content()
    expected = pylimma.read_idat(**call)
    rng = np.random.default_rng(5)
    for place in range(0, len(whole), 2):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.integers(8)
        (tmp_path / "1234_A.idat").write_bytes(damaged)
        try:
            y = pylimma.read_idat(**call)
        except PylimmaError as error:
            assert "1234_A.idat" in str(error)  # noqa: PT017
            continue
        changed = [y.E != expected.E]
        changed += [y.other[name] != expected.other[name] for name in y.other]
        assert sum(map(np.sum, changed)) <= 1, place


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[: text.index("ILMN_3")], "it has no line '.Controls.'"),
        (lambda text: text[: text.index("ILMN_9")], "'Number of Controls' is 2; it has 1"),
        (lambda text: text[: text.index("Probe_Id", 200)], "'Number of Controls' is 2; it has 0"),
        (lambda text: text[:0] + "[Probes]\n[Controls]\n", "holds no probes"),
        (lambda text: text.replace("32644", "x"), "Line 9 .*'Array_Address_Id' is 'x'"),
        (lambda text: text.replace("\t87837", ""), "Line 10 .*has 4 fields"),
        (lambda text: text.replace("Reporter_Group_Name", "y"), "no column 'Reporter_Group_Name'"),
    ],
)
def test_a_damaged_manifest_is_refused(tmp_path, change, message):
    call = write(tmp_path)
    (tmp_path / "chip.bgx.gz").write_bytes(gzip.compress(change(MANIFEST).encode()))
    with pytest.raises(InputError, match=f"'chip.bgx.gz'.*{message}|{message}"):
        pylimma.read_idat(**call)


def test_a_manifest_may_have_no_controls(tmp_path):
    call = write(tmp_path)
    text = MANIFEST[: MANIFEST.index("ILMN_8")].replace("Controls\t2", "Controls\t0")
    (tmp_path / "chip.bgx.gz").write_bytes(gzip.compress(text.encode()))
    assert pylimma.read_idat(**call).genes["Status"].tolist() == ["regular"] * 4
