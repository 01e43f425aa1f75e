"""Files of GenePix: wavelengths, headers, quotes and grids."""

import pytest
from readers.arrays import made_up_scans as scans

import pylimma as pl
from pylimma.errors import InputError, InputWarning, Note

GENEPIX = scans.text("genepix")


def one(tmp_path, text, **options):
    """What a file with a text holds."""
    (tmp_path / "scan.gpr").write_text(text)
    return pl.read_maimages([tmp_path / "scan.gpr"], source="genepix", **options)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('"5" probe"', '5" probe'),
        ('"say ""a"""', 'say "a"'),
        ('5" probe', '5" probe'),
        ('"', '"'),
        ('"half', '"half'),
        ('half"', 'half"'),
        ('"a\tb"', "a\tb"),
        ('""', ""),
    ],
)
def test_quotes_inside_names_are_text(tmp_path, written, name):
    found = one(tmp_path, GENEPIX.replace('"5\' probe (a)"', written, 1))
    assert found.genes["Name"][0] == name
    assert found.R[:, 0].tolist() == scans.values("genepix")["R"].tolist()


def test_a_header_record_over_two_lines_is_one_record(tmp_path):
    found = one(tmp_path, GENEPIX.replace('"Comment="', '"ImageFiles=a.tif\nb.tif"'))
    assert found.R[:, 0].tolist() == scans.values("genepix")["R"].tolist()


@pytest.mark.parametrize(
    ("waves", "formula", "red", "green"),
    [
        ("647\t555", "", "647", "555"),
        ("594\t488", "W1/W2 (594/488)", "594", "488"),
        ("555\t647", "W2/W1 (647/555)", "647", "555"),
        ("", "", "647", "555"),
    ],
)
def test_other_wavelengths_are_told_by_the_header(tmp_path, waves, formula, red, green):
    text = GENEPIX.replace("635\t532", waves).replace("F635", f"F{red}").replace("B635", f"B{red}")
    text = text.replace("F532", f"F{green}").replace("B532", f"B{green}")
    text = text.replace('"Comment="', f'"RatioFormulations={formula}"')
    with pytest.warns(Note, match=f"red is {red} and green is {green}"):
        found = one(tmp_path, text)
    for channel, values in scans.values("genepix").items():
        assert found[channel][:, 0].tolist() == values.tolist()


def test_a_ratio_in_the_other_order_is_said(tmp_path):
    with pytest.warns(Note, match="its ratios are 532/635"):
        one(tmp_path, GENEPIX.replace('"Comment="', '"RatioFormulations=W2/W1 (532/635)"'))


def test_one_wavelength_gives_one_channel(tmp_path):
    rows = [line.split("\t") for line in GENEPIX.split("\n")[4:-1]]
    kept = [k for k, title in enumerate(rows[0]) if "532" not in title]
    table = "\n".join("\t".join(row[k] for k in kept) for row in rows)
    with pytest.warns(Note, match="one channel, 635"):
        found = one(tmp_path, "\n".join(GENEPIX.split("\n")[:4]) + "\n" + table + "\n")
    assert isinstance(found, pl.EListRaw)
    assert found.Eb[:, 0].tolist() == scans.values("genepix")["Rb"].tolist()


def test_places_tell_the_rows_of_grids(tmp_path):
    where = scans.places()
    across = ((where["Block"] - 1) % 2 * 5000 + where["Column"]).tolist()
    lines = GENEPIX.split("\n")[:-1]
    lines[4] += '\t"X"'
    lines[5:] = [f"{line}\t{x}" for line, x in zip(lines[5:], across, strict=True)]
    found = one(tmp_path, "\n".join(lines), other_columns="X")
    assert dict(found.printer) == {"ngrid_r": 2, "ngrid_c": 2, "nspot_r": 3, "nspot_c": 2}


def test_a_grid_that_is_not_full_is_said(tmp_path):
    with pytest.warns(InputWarning, match="has 23 spots; 4 blocks of 3 rows and 2 columns are 24"):
        one(tmp_path, GENEPIX.rstrip("\n").rpartition("\n")[0])


def test_the_header_must_count_its_records(tmp_path):
    with pytest.raises(InputError, match=r"Line 2 of 'scan.gpr' must give two numbers"):
        one(tmp_path, GENEPIX.replace("\n2\t", "\nx\t"))
    with pytest.raises(InputError, match=r"Line 4 .*must name .* since line 2 counts 1 header"):
        one(tmp_path, GENEPIX.replace("\n2\t", "\n1\t"))
    with pytest.raises(InputError, match=r"ends before the end of a header record"):
        one(tmp_path, GENEPIX.replace('"Comment="', '"Comment='))
