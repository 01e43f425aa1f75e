"""GAL files: the layout that their head tells."""

import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError

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
