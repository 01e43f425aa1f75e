"""Series matrix files of GEO: read right, or refused with the line."""

import gzip
import warnings

import numpy as np
import pandas as pd
import pytest
from readers.arrays.made_up_series import HEADER, PLATFORM, SERIES, TABLE, write

import pylimma
from pylimma.errors import InputError, InputWarning, Note, PylimmaError, ShapeError

# As in the cases recorded from R: a line that is too short, a quote inside, a second colon.
RECORDED = (
    '!Sample_title\t"liver, rep1"\t"liver, rep2"\t"brain, rep1"\t"brain ""x"""\n'
    '!Sample_characteristics_ch1\t"tissue: liver"\t"tissue: liver"\t"tissue: b"\t"tissue: b"\n'
    '!Sample_characteristics_ch1\t"age: 12"\t"sex: M"\t"age: 14"\t""\n'
    '!Sample_characteristics_ch1\t"sex: F"\t"age: 13"\t"sex: F"\t"age: 15: years"\n'
    '!Sample_short\t"only one"\n'
)


def noted(path, annotation=None):
    """A series, and what was said while it was read."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        y = pylimma.read_geo(path, annotation)
    return y, [(warning.category, str(warning.message)) for warning in said]


def quietly(path, annotation=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Note)
        return pylimma.read_geo(path, annotation)


def test_values_stand_as_in_the_table(tmp_path):
    y = quietly(write(tmp_path))
    assert y.row_names.tolist() == ["001", "p 2", "p3"]
    assert y.col_names.tolist() == ["GSM1", "GSM2", "GSM3", "GSM4"]
    np.testing.assert_array_equal(y.E, [[7.5, 8, 9.25, 10], [1, 2, np.nan, 4], [3, np.nan, 5, 6]])
    assert type(y) is pylimma.EList


def test_characteristics_go_by_their_keys(tmp_path):
    targets = quietly(write(tmp_path)).targets
    assert targets.index.tolist() == ["GSM1", "GSM2", "GSM3", "GSM4"]
    assert targets["sex"].tolist() == ["F", "M", "M", "F"]
    assert targets["age"].fillna(-1).tolist() == [10, 12, -1, 15]
    assert targets["title"].tolist() == list("abcd")


def test_two_channels_are_kept_apart(tmp_path):
    more = '!Sample_characteristics_ch2\t"sex: M"\t"sex: M"\t"sex: F"\t"sex: F"\n'
    targets = quietly(write(tmp_path, HEADER + more + TABLE)).targets
    assert targets["sex_ch1"].tolist() == ["F", "M", "M", "F"]
    assert targets["sex_ch2"].tolist() == ["M", "M", "F", "F"]
    assert "age_ch1" in targets
    assert "age_ch2" not in targets


def test_a_key_may_be_called_like_a_line(tmp_path):
    more = '!Sample_characteristics_ch1\t"title: Dr"\t""\t"Mrs"\t"title: Mr: x"\n'
    targets = quietly(write(tmp_path, HEADER + more + TABLE)).targets
    assert targets["title"].tolist() == list("abcd")
    assert targets["title_ch1"].fillna("-").tolist() == ["Dr", "-", "-", "Mr: x"]
    assert targets["characteristics_ch1"].fillna("-").tolist() == ["-", "-", "Mrs", "-"]


def test_a_key_that_repeats_in_a_sample_keeps_both_values(tmp_path):
    more = '!Sample_characteristics_ch1\t"drug: a"\t"drug: b"\t""\t""\n' * 2
    more += '!Sample_characteristics_ch1\t"drug: c"\t"drug:"\t""\t""\n'
    targets = quietly(write(tmp_path, HEADER + more + TABLE)).targets
    assert targets["drug"].fillna("-").tolist() == ["a; c", "b; ", "-", "-"]


def test_lines_that_repeat_are_numbered(tmp_path):
    more = "".join(f'!Sample_contact\t"{k}"\t"x"\t"y"\t"z"\n' for k in "pqr")
    targets = quietly(write(tmp_path, HEADER + more + TABLE)).targets
    assert [targets[f"contact{k}"].iloc[0] for k in ("", "_2", "_3")] == ["p", "q", "r"]


def test_samples_go_by_name_whatever_their_order(tmp_path):
    turned = TABLE.replace('"GSM1"\t"GSM2"', '"GSM2"\t"GSM1"')
    y = quietly(write(tmp_path, HEADER + turned))
    assert y.col_names.tolist() == ["GSM2", "GSM1", "GSM3", "GSM4"]
    assert y.targets["age"].fillna(-1).tolist() == [12, 10, -1, 15]


def test_notes_say_what_is_known_of_the_series(tmp_path):
    with pytest.warns(Note, match="look logged \\(1 to 10\\): take no logarithms"):
        notes = pylimma.read_geo(write(tmp_path)).notes
    assert notes["geo_accession"] == "GSE1"
    assert notes["platform"] == "GPL1"
    assert "logged" in notes["scale"]


def test_intensities_are_raw(tmp_path):
    table = TABLE.replace("7.5\t8\t9.25\t10", "750\t800\t925\t1000")
    with pytest.warns(Note, match="take logarithms"):
        assert isinstance(pylimma.read_geo(write(tmp_path, HEADER + table)), pylimma.EListRaw)


def test_quoted_cells_may_hold_quotes_tabs_and_lines(tmp_path):
    more = '!Sample_description\t"a ""b"""\t"c\td"\t"e\nf\r\ng"\t"h\ri"\n'
    path = tmp_path / "x_series_matrix.txt"
    path.write_bytes((HEADER + more + TABLE).encode())
    assert quietly(path).targets["description"].tolist() == ['a "b"', "c\td", "e f g", "h i"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("change", [str, lambda text: text.replace("\n", "\r\n")])
def test_encodings_and_compression_do_not_matter(tmp_path, encoding, change):
    path = tmp_path / "GSE1_series_matrix.txt.gz"
    more = '!Sample_dose\t"5 µl"\t"6 µl"\t"7 µl"\t"8 µl"\n'
    path.write_bytes(gzip.compress(change(HEADER + more + TABLE).encode(encoding)))
    y = quietly(path)
    assert y.targets["dose"].iloc[0] == "5 µl"
    pd.testing.assert_frame_equal(y.frame("E"), quietly(write(tmp_path)).frame("E"))


def test_decimal_commas_are_read_where_all_numbers_have_them(tmp_path):
    table = TABLE.replace("7.5", "7,5").replace("9.25", "9,25")
    y, said = noted(write(tmp_path, HEADER + table))
    assert (Note, "Numbers of 'GSE1_series_matrix.txt' are read with decimal commas.") in said
    assert y.E[0].tolist() == [7.5, 8, 9.25, 10]


def test_the_annotation_of_the_platform_is_joined_by_identifier(tmp_path):
    annotation = write(tmp_path, PLATFORM, "GPL1.txt")
    y, said = noted(write(tmp_path), annotation)
    assert (Note, "'GPL1.txt' annotates 2 of 3 probes.") in said
    genes = y.genes
    assert genes["Symbol"].fillna("-").tolist() == ["5'-\"a", "-", "TP53"]
    assert genes["Chr"].fillna(-1).tolist() == [2, -1, 17]


SHORT = '!Sample_short\t"x"\n'
LONG = '!Sample_long\t"1"\t"2"\t"3"\t"4"\t"5"\n'
SECOND = HEADER.replace('"GPL1"\n', '"GPL2"\n')
EMPTY = '!series_matrix_table_begin\n"ID_REF"\t"GSM1"\n"p"\tNA\n!series_matrix_table_end\n'
FAULTS = {
    "several platforms": (SECOND + TABLE, r"2 platforms: GPL1 \(3 samples\), GPL2 \(1 sample\)"),
    "no rows": (HEADER + "\n".join(TABLE.split("\n")[:2] + TABLE.split("\n")[-2:]), "supplementar"),
    "no header": (HEADER + "!series_matrix_table_begin\n!series_matrix_table_end\n", "GSE1_RAW"),
    "two tables": (SERIES + TABLE, "2 tables, on lines 11 and 17"),
    "no end": (SERIES.replace("!series_matrix_table_end", ""), "no end"),
    "no table": (HEADER, "no line '!series_matrix_table_begin'"),
    "lines behind": (SERIES + "x\n", "Line 17"),
    "an open quote": (HEADER.replace('"b"', '"b') + TABLE, "Line 5 .* opens a quote"),
    "an open quote in the table": (HEADER + TABLE.replace('"p3"', '"p3'), "Line 15"),
    "a word": (SERIES.replace("9.25", "high"), "Line 13 .*'GSM3' holds 'high', which is not a num"),
    "thousands": (SERIES.replace("9.25", "9,250"), "Line 13"),
    "infinity": (SERIES.replace("9.25", "inf"), "Line 13"),
    "a lost field": (SERIES.replace("\t9.25", ""), "Line 14 .* has 5 fields; line 13 has 4"),
    "a strange line": (HEADER + "hello\n" + TABLE, "Line 11"),
    "other samples": (SERIES.replace('\t"GSM4"\n', '\t"GSM5"\n', 1), "'GSM4' have no"),
    "a name twice": (HEADER + TABLE.replace("GSM4", "GSM1"), "repeat: 'GSM1'"),
    "no value": ('!Sample_geo_accession\t"GSM1"\n' + EMPTY, "are missing"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_with_its_place(tmp_path, fault):
    text, message = FAULTS[fault]
    with pytest.raises(InputError, match=message):
        quietly(write(tmp_path, text))


def test_lines_with_too_few_cells_are_said(tmp_path):
    with pytest.warns(InputWarning, match=r"Line 11 .* has 1 of 4 cells"):
        assert "short" not in quietly(write(tmp_path, HEADER + SHORT + TABLE)).targets
    with pytest.raises(ShapeError, match="5 cells for 4 samples"):
        quietly(write(tmp_path, HEADER + LONG + TABLE))


def test_lost_rows_are_said(tmp_path):
    with pytest.warns(InputWarning, match="has 2 rows; its samples have 3"):
        quietly(write(tmp_path, SERIES.replace('"p 2"\t1\t2\t\t4\n', "")))


def test_a_file_that_is_cut_anywhere_is_never_read(tmp_path):
    for size in range(0, len(SERIES) - len("!series_matrix_table_end\n"), 5):
        with pytest.raises(PylimmaError):
            quietly(write(tmp_path, SERIES[:size]))


def test_damage_gives_our_errors_or_a_table(tmp_path):
    rng = np.random.default_rng(8)
    path = tmp_path / "x.txt"
    for _ in range(300):
        damaged = bytearray(SERIES.encode())
        for place in rng.integers(len(damaged), size=rng.integers(1, 4)):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            y, _said = noted(path)
        except PylimmaError as error:
            assert "x.txt" in str(error)  # noqa: PT017
        else:
            assert y.targets.shape[0] == y.shape[1]


def test_recorded_information_of_samples(tmp_path):
    found = pylimma.sample_info_from_geo(write(tmp_path, RECORDED))
    assert found.sample_info["title"].tolist()[-1] == "brain x"
    assert found.characteristics_ch1["age"].tolist() == ["12", "13", "14", "15"]
    assert found.characteristics_ch1["sex"].fillna("-").tolist() == ["F", "M", "F", "-"]
    assert found.characteristics_ch2 is None


def test_constant_columns_are_kept_on_request(tmp_path):
    path = write(tmp_path)
    assert "platform_id" not in pylimma.sample_info_from_geo(path).sample_info
    whole = pylimma.sample_info_from_geo(path, remove_constant_columns=False)
    assert whole.sample_info["platform_id"].tolist() == ["GPL1"] * 4


@pytest.mark.parametrize("text", ['!Series_title\t"x"\n', '!Sample_title "a" "b"\n'])
def test_information_of_samples_must_be_there(tmp_path, text):
    with pytest.raises(InputError, match=r"has no line '!Sample_\.\.\.' with a cell"):
        pylimma.sample_info_from_geo(write(tmp_path, text))
