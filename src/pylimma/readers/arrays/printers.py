"""How the spots of an array lie on the slide, as files of scanners tell it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.containers.two_color import PrintLayout
from pylimma.errors import warn
from pylimma.typing import AnyArray

_USUAL_COLUMNS = 4  # of grids, where their number allows it


def agilent_printer(genes: pd.DataFrame) -> PrintLayout | None:
    """One grid, where each place of the rows and columns has a spot."""
    if not {"Row", "Col"} <= set(genes.columns):
        return None
    rows, columns = genes["Row"].nunique(), genes["Col"].nunique()
    if rows * columns != len(genes):
        return None
    return PrintLayout(ngrid_r=1, ngrid_c=1, nspot_r=rows, nspot_c=columns)


def genepix_printer(genes: pd.DataFrame, x: AnyArray | None, name: str) -> PrintLayout | None:
    """Grids by block; their rows are told by the places of the spots where these were read."""
    if not {"Block", "Row", "Column"} <= set(genes.columns):
        return None
    blocks, rows, columns = (
        pd.to_numeric(genes[c], errors="coerce").to_numpy(float) for c in ("Block", "Row", "Column")
    )
    if not all(np.isfinite(values).all() for values in (blocks, rows, columns)):
        return None
    n_blocks, n_rows, n_columns = (int(values.max()) for values in (blocks, rows, columns))
    across: float = _USUAL_COLUMNS if n_blocks % _USUAL_COLUMNS == 0 else 1
    down: float = n_blocks // across
    if n_blocks * n_rows * n_columns != len(genes):
        warn(
            f"'{name}' has {len(genes):,} spots; {n_blocks} blocks of {n_rows} rows and "
            f"{n_columns} columns are {n_blocks * n_rows * n_columns:,}. It is cut off unless some "
            f"places have no spot."
        )
    if x is not None and n_blocks > 1:
        last = pd.Series(x).groupby(blocks).last().to_numpy()
        first = pd.Series(x).groupby(blocks).first().to_numpy()
        down = 1 + int((last[:-1] > first[1:]).sum())
        across = n_blocks / down
        if n_blocks % down:
            warn(f"The places of the blocks in '{name}' do not form rows: no layout of the grids.")
            down = across = np.nan
    return PrintLayout(ngrid_r=down, ngrid_c=across, nspot_r=n_rows, nspot_c=n_columns)


def imagene_printer(fields: Any) -> PrintLayout | None:
    """Grids of all fields below each other, where these are equally wide."""
    sizes = np.asarray(fields, dtype=int)
    if (sizes[:, 1:] != sizes[0, 1:]).any():
        return None
    across, rows, columns = sizes[0, 1:].tolist()
    return PrintLayout(
        ngrid_r=int(sizes[:, 0].sum()), ngrid_c=across, nspot_r=rows, nspot_c=columns
    )
