"""GAL files: the layout that their head tells."""

import numpy as np
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError, InputWarning, ShapeError

SIZES = ("ngrid_r", "ngrid_c", "nspot_r", "nspot_c")
GAL_HEAD = """ATF\t1.0
8\t5
"Type=GenePix ArrayList V1.0"
"BlockCount=6"
"""


@pytest.mark.parametrize("sep", [", ", "\t", ","])
def test_the_head_of_a_gal_file_gives_the_layout(tmp_path, sep):
    blocks = [(400 + 4500 * c, 400 + 4500 * r) for r in range(3) for c in range(2)]
    lines = [
        '"' + f"Block{k}= " + sep.join(map(str, (x, y, 100, 21, 185, 19, 180))) + ' "'
        for k, (x, y) in enumerate(blocks, 1)
    ]
    path = tmp_path / "slide.gal"
    path.write_text(
        GAL_HEAD + "\r\n".join(lines) + "\nBlock\tColumn\tRow\tID\tName\n1\t1\t1\ta\tb\n"
    )
    assert pylimma.get_layout2(path) == dict(zip(SIZES, (3, 2, 19, 21), strict=True))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Block\tRow\n1\t1\n", "describes no blocks"),
        ('a\n"Block1= 1, 2, 3"\n', "Line 2 of 'x.gal' describes a block by 3 numbers; 7"),
        ('"Block1= 1, 2, 3, 4, x, 6, 7"\n', "line 1 of 'x.gal'` must be a number; got 'x'"),
    ],
)
def test_a_gal_file_without_whole_blocks_is_refused(tmp_path, text, message):
    (tmp_path / "x.gal").write_text(text)
    with pytest.raises((InputError, InputTypeError), match=message):
        pylimma.get_layout2(tmp_path / "x.gal")


def gal_text(rng, sep="\t"):
    """A GAL file whose spots are in any order, and its cells in the order of the slide."""
    spots = [(b, r, c) for b in (1, 2, 3) for r in (1, 2) for c in (1, 2, 3)]
    order = rng.permutation(len(spots))
    rows = [(b, c, r, f"H{k:03d}", f'"gene {k}"') for k, (b, r, c) in enumerate(spots)]
    lines = [sep.join(map(str, rows[k])) for k in order]
    header = sep.join(["Block", "Column", "Row", '"ID"', '"Name"'])
    return GAL_HEAD + header + "\n" + "\n".join(lines) + "\n", order


@pytest.mark.parametrize("sep", ["\t", ","])
def test_spots_are_sorted_grid_by_grid_and_keep_their_numbers_in_the_file(tmp_path, sep):
    text, order = gal_text(np.random.default_rng(1), sep)
    (tmp_path / "b.GAL").write_text(text)
    found = pylimma.read_gal(path=tmp_path)
    assert found["ID"].tolist() == [f"H{k:03d}" for k in range(18)]
    assert found["Name"].tolist() == [f"gene {k}" for k in range(18)]
    assert found.index.tolist() == [str(place + 1) for place in np.argsort(order)]
    layout = pylimma.get_layout(found)
    assert layout == dict(zip(SIZES, (3, 1, 2, 3), strict=True))
    again = pylimma.read_gal(tmp_path / "b.GAL", skip=4, sep=sep)
    assert again.equals(found)


def test_a_file_in_order_stays_as_it_is(tmp_path):
    (tmp_path / "a.gal").write_text("ID\tName\tBlock\tRow\tColumn\nx\ty\t1\t1\t1\n\tz\t1\t1\t2\n")
    found = pylimma.read_gal("a.gal", tmp_path)
    assert found.index.tolist() == [0, 1]
    assert found["ID"].tolist() == ["x", ""]


def test_the_first_of_several_files_is_read_with_a_warning(tmp_path):
    for name in ("b.gal", "a.gal"):
        (tmp_path / name).write_text(f"ID\tName\n{name}\ty\n")
    with pytest.warns(InputWarning, match="'a.gal' is read of several"):
        assert pylimma.read_gal(path=tmp_path)["ID"].tolist() == ["a.gal"]


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("Block\tRow\n1\t1\n", InputError, "names columns ID and Name; give `skip`"),
        (
            "ID\tName\tBlock\tRow\tColumn\nx\ty\tone\t1\t1\n",
            InputError,
            "Column 'Block' of 'x.gal' must hold whole numbers",
        ),
        ("ID\tName\nx\ty\tz\nu\tv\tw\t1\n", ShapeError, "Line 3 of 'x.gal' has 4 cells"),
    ],
)
def test_a_file_that_lists_no_spots_is_refused(tmp_path, text, error, message):
    (tmp_path / "x.gal").write_text(text)
    with pytest.raises(error, match=message):
        pylimma.read_gal(tmp_path / "x.gal")


def test_a_folder_without_such_a_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no file with the extension gal"):
        pylimma.read_gal(path=tmp_path)
