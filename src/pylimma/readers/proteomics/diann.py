"""Reports and matrices of DIA-NN."""

from __future__ import annotations

from typing import Any

from pylimma.arguments import text
from pylimma.containers.expression import EList
from pylimma.errors import InputError
from pylimma.readers.proteomics.intensities import Reading, parse_reading
from pylimma.readers.proteomics.long_reports import (
    Level,
    Report,
    Rows,
    Wanted,
    choose_level,
    read_report,
)
from pylimma.readers.proteomics.search_tables import Program, SearchTable, key, open_table
from pylimma.readers.proteomics.wide_tables import Wide, read_wide

DIANN = Program(
    "DIA-NN",
    ("report.parquet", "report.tsv", "report.pg_matrix.tsv"),
    " Read its main report, report.parquet or report.tsv, or one of its matrices.",
    (("Run", "Precursor.Id"), ("Protein.Group", "Genes")),
)
_PROTEINS = ("Protein.Group", "Protein.Ids", "Protein.Names", "Genes")
# Errors of the run, and those of the library where runs were matched, or else over all runs.
_ERRORS = (
    (("Q.Value",), 0.01),
    (("Lib.Q.Value", "Global.Q.Value"), 0.01),
    (("Lib.PG.Q.Value", "Global.PG.Q.Value"), 0.01),
)
_COUNTED = {"n_precursors": ("Precursor.Id",), "n_peptides": ("Stripped.Sequence",)}
_REPORT = Report(
    runs=("Run", "File.Name"),
    channel="Channel",
    proteins=("Protein.Group",),
    marks={"Decoy": "decoys"},
    numeric=("Proteotypic",),
    of_groups=("pg.", "genes."),
    levels={
        "precursor": Rows(
            what="precursors",
            features=(("Precursor.Id",),),
            quantities=("Precursor.Normalised", "Precursor.Quantity"),
            annotation=("Protein.Group", "Protein.Names", "Genes", "Proteotypic"),
            errors=_ERRORS,
        ),
        "group": Rows(
            what="protein groups",
            features=(("Protein.Group",),),
            quantities=("PG.MaxLFQ",),
            annotation=_PROTEINS,
            errors=(*_ERRORS, (("PG.Q.Value",), 0.05)),
            counts=_COUNTED,
            repeated="first",
            hint=" Reports of a first pass lack it: read the final one, or `level='precursor'`.",
        ),
    },
)
_MATRIX = Wide(
    features=(("Precursor.Id", "Protein.Group", "Genes"),),
    annotation=(
        *_PROTEINS,
        *("First.Protein.Description", "Proteotypic", "Stripped.Sequence", "Modified.Sequence"),
        *("Precursor.Charge", "Precursor.Id", "N.Sequences", "N.Proteotypic.Sequences"),
    ),
    numeric=("Proteotypic", "Precursor.Charge", "N.Sequences", "N.Proteotypic.Sequences"),
    proteins=("Protein.Group",),
)


def read_diann(
    file: Any,
    level: Level | None = None,
    intensity_column: str | None = None,
    q_columns: Any = None,
    q_cutoffs: Any = None,
    annotation_columns: Any = None,
    *,
    samples: Any = None,
    keep_contaminants: bool | None = None,
    log: bool = True,
    verbose: bool = True,
) -> EList:
    """Log2 intensities of precursors or protein groups from a report or matrix of DIA-NN.

    Parameters
    ----------
    file : path or DataFrame
        ``report.parquet`` or ``report.tsv``, plain or compressed; a ``pg_matrix``, ``pr_matrix``
        or ``gg_matrix``; or a folder with one of them.
    level : {"group", "precursor"}, optional
        What the rows are. When not given: protein groups where the report has ``PG.MaxLFQ``, else
        precursors; or what the intensities asked for are of.
    intensity_column : str, optional
        Column of the intensities; ``PG.MaxLFQ`` or ``Precursor.Normalised`` when not given.
    q_columns : sequence of str, optional
        Columns of q-values by which rows are dropped. When not given: ``Q.Value``; ``Lib.Q.Value``
        and ``Lib.PG.Q.Value``, or ``Global.Q.Value`` and ``Global.PG.Q.Value`` where runs were not
        matched; and for protein groups ``PG.Q.Value``.
    q_cutoffs : float or sequence of float, optional
        Largest q-values; 0.01 when not given, and 0.05 for ``PG.Q.Value``.
    annotation_columns : sequence of str, optional
        Columns kept as `genes`.
    samples : DataFrame of samples or sequence of str, optional
        The samples to read, by name, and what is known of them; all when not given.
    keep_contaminants : bool, optional
        Whether proteins called contaminants stay. When not given, they do among precursors, which
        all tell of the detection of peptides, and not among groups.
    log : bool
        Whether to return log2 values.
    verbose : bool
        Whether a note says what was read and dropped.

    Returns
    -------
    EList or EListRaw
        Intensities, NaN (or 0, not logged) where there is none. `genes` has the proteins of a
        precursor, or the numbers of precursors and peptides of a group; `dropped` the numbers of
        rows that left, by reason. With several channels a sample is a run and a channel.

    Raises
    ------
    InputError
        If a column is missing, or a cell is not a number; the message gives the line.

    Warns
    -----
    InputWarning
        If a feature has several values in a sample, or no row of a sample is left.

    See Also
    --------
    read_spectronaut, read_maxquant, read_fragpipe, read_alphadia : Other programs.

    Notes
    -----
    Samples are chosen first, then rows are dropped, then features are formed, in order of
    appearance.

    References
    ----------
    Demichev V et al. (2020). Nat Methods 17:41-44. https://doi.org/10.1038/s41592-019-0638-x

    Examples
    --------
    >>> import pandas as pd
    >>> import pylimma
    >>> report = pd.DataFrame({"Run": ["a", "b"], "Protein.Group": "P1", "Precursor.Id": "PEK2",
    ...                        "Q.Value": 0.001, "Precursor.Normalised": [1024.0, 0.0]})
    >>> pylimma.read_diann(report, verbose=False).E
    array([[10., nan]])
    """
    table = open_table(file, DIANN)
    quantity = None if intensity_column is None else text(intensity_column, "intensity_column")
    is_matrix = table.find(*_REPORT.runs) is None and table.find(*_MATRIX.features[0]) is not None
    if is_matrix:
        level = _level_of_matrix(table, level)
    level = choose_level(table, _REPORT, level, quantity)
    reading = parse_reading(samples, keep_contaminants, log, verbose, level)
    if is_matrix:
        return _read_matrix(table, level, reading)
    wanted = Wanted(level, quantity, q_columns, q_cutoffs, annotation_columns)
    return read_report(table, _REPORT, wanted, reading)


def _level_of_matrix(table: SearchTable, level: Level | None) -> Level:
    """What the rows of a matrix are, which must be what is asked for."""
    is_precursor = table.find("Precursor.Id") is not None
    found: Level = "precursor" if is_precursor else "group"
    if level not in (None, found):
        raise InputError(f"'{table.name}' is a matrix of {found}s, not of {level}s.")
    return found


def _read_matrix(table: SearchTable, level: Level, reading: Reading) -> EList:
    """Container of a matrix, whose columns behind the annotation are samples."""
    known = {key(name) for name in _MATRIX.annotation}
    samples = {name: name for name in table.columns if key(name) not in known}
    return read_wide(table, _MATRIX, samples, _REPORT.levels[level].what, reading)
