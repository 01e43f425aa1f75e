"""Matrices of AlphaDIA."""

from __future__ import annotations

from typing import Any

from pylimma.containers.expression import EList
from pylimma.readers.proteomics.intensities import parse_reading
from pylimma.readers.proteomics.search_tables import Program, key, open_table
from pylimma.readers.proteomics.wide_tables import Wide, read_wide

ALPHADIA = Program(
    "AlphaDIA",
    ("pg.matrix.tsv", "pg.matrix.parquet", "precursor.matrix.tsv", "precursor.matrix.parquet"),
    " Read its pg.matrix or precursor.matrix.",
    (("pg",), ("mod_seq_charge_hash",)),
)
_FEATURES = ("mod_seq_charge_hash", "mod_seq_hash", "precursor", "peptide", "pg", "pg_master")
_ANNOTATION = (
    *("pg", "pg_master", "genes", "proteins", "decoy", "sequence", "mods", "mod_sites", "charge"),
    *("precursor", "peptide", "mod_seq_hash", "mod_seq_charge_hash"),
)


def read_alphadia(
    file: Any,
    *,
    samples: Any = None,
    keep_contaminants: bool = False,
    log: bool = True,
    verbose: bool = True,
) -> EList:
    """Log2 intensities from a matrix of protein groups or precursors of AlphaDIA.

    Parameters
    ----------
    file : path or DataFrame
        ``pg.matrix`` or ``precursor.matrix``, as text or Parquet; or a folder with one of them.
    samples : DataFrame of samples or sequence of str, optional
        The samples to read, by name, and what is known of them; all when not given.
    keep_contaminants : bool
        Whether proteins called contaminants stay.
    log : bool
        Whether to return log2 values.
    verbose : bool
        Whether a note says what was read and dropped.

    Returns
    -------
    EList or EListRaw
        Intensities, NaN (or 0, not logged) where there is none; `genes` has the annotation,
        `dropped` the numbers of rows that left, by reason.

    Raises
    ------
    InputError
        If a column is missing, a feature occurs twice, or a cell is not a number; the message gives
        the line.

    See Also
    --------
    read_diann, read_spectronaut, read_maxquant, read_fragpipe : Other programs.

    References
    ----------
    Wallmann G et al. (2025). Nat Biotechnol. https://doi.org/10.1038/s41587-025-02791-w

    Examples
    --------
    >>> import pandas as pd
    >>> import pylimma
    >>> matrix = pd.DataFrame({"pg": ["P1", "P2"], "a": [1024.0, 0.0], "b": [2048.0, 4096.0]})
    >>> pylimma.read_alphadia(matrix, verbose=False).E
    array([[10., 11.],
           [nan, 12.]])
    """
    table = open_table(file, ALPHADIA)
    feature = table.need(*_FEATURES)
    is_group = key(feature).startswith("pg")
    wide = Wide(
        features=((feature,),),
        annotation=_ANNOTATION,
        proteins=("pg", "pg_master", "proteins"),
        marks={"decoy": "decoys"},
    )
    known = set(map(key, _ANNOTATION))
    columns = {name: name for name in table.columns if key(name) not in known}
    what = "protein groups" if is_group else "precursors"
    reading = parse_reading(samples, keep_contaminants, log, verbose)
    return read_wide(table, wide, columns, what, reading)
