"""GenePix Array Lists (GAL): what is spotted where on a slide."""

from __future__ import annotations

import re
from typing import Any

from pylimma.arguments import number, whole
from pylimma.containers.two_color import PrintLayout
from pylimma.errors import InputError
from pylimma.readers.files import existing_file, read_text

_HEADER_LINES = 100  # that are searched for blocks
_BLOCK = re.compile(r"Block\s*\d+\s*=(.*)")
_BLOCK_FIELDS = 7  # x, y, diameter, columns, column spacing, rows, row spacing


def get_layout2(galfile: Any) -> PrintLayout:
    """Layout of a slide, from the blocks that the head of a GAL file describes.

    Parameters
    ----------
    galfile : path
        GenePix Array List, plain or compressed.

    Returns
    -------
    PrintLayout
        Rows of grids are the different heights of blocks; spots are those of the first block.

    Raises
    ------
    InputError
        If the file describes no blocks, or a description is incomplete.

    See Also
    --------
    get_layout : From a table of spots.
    """
    path = existing_file(galfile)
    blocks = []
    for line, text in enumerate(read_text(path).split("\n")[:_HEADER_LINES], 1):
        if (found := _BLOCK.search(text)) is None:
            continue
        fields = [field.strip() for field in re.split(r"[,\t]", found[1].rstrip('" \t'))]
        if len(fields) < _BLOCK_FIELDS:
            raise InputError(
                f"Line {line} of '{path.name}' describes a block by {len(fields)} numbers; "
                f"{_BLOCK_FIELDS} are expected."
            )
        where = f"line {line} of '{path.name}'"
        blocks.append([number(_float(field), where, finite=True) for field in fields])
    if not blocks:
        raise InputError(
            f"'{path.name}' describes no blocks, as in \"Block1= 400, 400, 100, 4, 185, 3, 180\", "
            f"in its first {_HEADER_LINES} lines."
        )
    height = [block[1] for block in blocks]
    return PrintLayout(
        ngrid_r=len(set(height)),
        ngrid_c=height.count(min(height)),
        nspot_r=whole(blocks[0][5], "rows of the first block", 1),
        nspot_c=whole(blocks[0][3], "columns of the first block", 1),
    )


def _float(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
