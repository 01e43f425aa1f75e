"""Reports of Spectronaut, long or pivoted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pylimma.arguments import text
from pylimma.containers.expression import EList
from pylimma.readers.proteomics.intensities import Reading, parse_reading
from pylimma.readers.proteomics.long_reports import (
    Level,
    Report,
    Rows,
    Wanted,
    choose_level,
    read_report,
)
from pylimma.readers.proteomics.row_filter import RowFilter
from pylimma.readers.proteomics.search_tables import Program, SearchTable, key, open_table
from pylimma.readers.proteomics.wide_tables import Wide, columns_of, read_wide

SPECTRONAUT = Program(
    "Spectronaut",
    ("Report.tsv", "Report.csv"),
    " Add it to the report's schema (Report, Schema, Edit) and export again.",
    (
        *(("R.FileName", name) for name in ("PG.ProteinGroups", "PG.ProteinAccessions")),
        *(("R.Label", name) for name in ("PG.ProteinGroups", "PG.ProteinAccessions")),
    ),
)
_ACCESSIONS = ("PG.ProteinGroups", "PG.ProteinAccessions")
_ERRORS = ((("EG.Qvalue",), 0.01), (("PG.Qvalue",), 0.01))
_PRECURSOR = ("EG.PrecursorId", "FG.Id", "EG.ModifiedSequence")
_PEPTIDE = ("PEP.StrippedSequence", "PEP.GroupingKey", "EG.ModifiedSequence")
_OF_PROTEINS = ("PG.ProteinGroups", "PG.ProteinAccessions", "PG.Genes", "PG.ProteinDescriptions")
_REPORT = Report(
    runs=("R.FileName", "R.Label", "Run"),
    proteins=_ACCESSIONS,
    marks={
        "EG.IsDecoy": "decoys",
        "EG.IsImputed": "imputed",
        "F.ExcludedFromQuantification": "fragments not used",
    },
    of_groups=("pg.", "f."),
    of_samples=("R.Condition", "R.Replicate", "R.Fraction", "R.Label"),
    levels={
        "precursor": Rows(
            what="precursors",
            features=(_PRECURSOR,),
            quantities=("EG.TotalQuantity (Settings)", "FG.Quantity", "FG.MS2Quantity"),
            annotation=_OF_PROTEINS,
            errors=_ERRORS,
        ),
        "group": Rows(
            what="protein groups",
            features=(_ACCESSIONS,),
            quantities=("PG.Quantity",),
            annotation=_OF_PROTEINS,
            errors=_ERRORS,
            counts={"n_precursors": _PRECURSOR, "n_peptides": _PEPTIDE},
            repeated="first",
        ),
    },
)
_PIVOT = {
    level: Wide(
        features=(features,),
        annotation=(*_OF_PROTEINS, "EG.PrecursorId", "PEP.StrippedSequence"),
        proteins=_ACCESSIONS,
    )
    for level, features in (("precursor", _PRECURSOR), ("group", _ACCESSIONS))
}


def read_spectronaut(
    file: Any,
    level: Level | None = None,
    quantity: str | None = None,
    q_columns: Any = None,
    q_cutoffs: Any = None,
    annotation_columns: Any = None,
    *,
    samples: Any = None,
    keep_contaminants: bool | None = None,
    log: bool = True,
    verbose: bool = True,
) -> EList:
    """Log2 intensities of precursors or protein groups from a report of Spectronaut.

    Parameters
    ----------
    file : path or DataFrame
        Long report, or a pivot report with a column for each run; tab, comma or semicolon between
        columns, decimal points or commas.
    level : {"group", "precursor"}, optional
        What the rows are. When not given: protein groups where the report has ``PG.Quantity``, else
        precursors; or what the intensities asked for are of, groups if of fragments.
    quantity : str, optional
        Column of the intensities; ``PG.Quantity`` or ``EG.TotalQuantity (Settings)`` when not
        given. Those of fragments, such as ``F.PeakArea``, are summed without neutral losses.
    q_columns : sequence of str, optional
        Columns of q-values by which rows are dropped; ``EG.Qvalue`` and ``PG.Qvalue`` when not
        given.
    q_cutoffs : float or sequence of float, optional
        Largest q-values; 0.01 when not given.
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
        Intensities, NaN (or 0, not logged) where there is none or it is "Filtered" or imputed.
        `genes` has the proteins of a precursor, or the numbers of precursors and peptides of a
        group; `targets` the conditions and replicates; `dropped` the numbers of rows that left, by
        reason.

    Raises
    ------
    InputError
        If a column is missing from the report, or a cell is not a number; the message gives the
        line.

    Warns
    -----
    InputWarning
        If a feature has several values in a sample, or no row of a sample is left.

    See Also
    --------
    read_diann, read_maxquant, read_fragpipe, read_alphadia : Other programs.

    References
    ----------
    Bruderer R et al. (2015). Mol Cell Proteomics 14:1400-1410.
    https://doi.org/10.1074/mcp.M114.044305

    Examples
    --------
    >>> import pandas as pd
    >>> import pylimma
    >>> report = pd.DataFrame({"R.FileName": ["a.raw", "b.raw"], "R.Condition": ["u", "v"],
    ...                        "PG.ProteinGroups": "P1", "PG.Quantity": ["1024,0", "2048,0"]})
    >>> proteins = pylimma.read_spectronaut(report, verbose=False)
    >>> proteins.E
    array([[10., 11.]])
    >>> proteins.targets["R.Condition"].to_list()
    ['u', 'v']
    """
    table = open_table(file, SPECTRONAUT)
    chosen = None if quantity is None else text(quantity, "quantity")
    level = choose_level(table, _REPORT, level, chosen)
    reading = parse_reading(samples, keep_contaminants, log, verbose, level)
    if table.find(*_REPORT.runs) is None and _pivoted(table, level, chosen):
        return _read_pivot(table, level, chosen, reading)
    wanted = Wanted(level, chosen, q_columns, q_cutoffs, annotation_columns)
    of_fragments = chosen is not None and key(chosen).startswith("f.")
    report = _adapted(table, level, of_fragments=of_fragments)
    return read_report(table, report, wanted, reading, _without_losses if of_fragments else None)


def _adapted(table: SearchTable, level: Level, *, of_fragments: bool) -> Report:
    """The report with fragments summed, and precursors by sequence and charge if not by name."""
    rows = _REPORT.levels[level]
    if of_fragments:
        rows = replace(rows, repeated="sum")
    if level == "precursor" and not table.find(*_PRECURSOR[:-1]):
        rows = replace(rows, features=(*rows.features, ("FG.Charge",)))
    return replace(_REPORT, levels={**_REPORT.levels, level: rows})


def _without_losses(rows: RowFilter) -> None:
    """Drop fragments that lost water or ammonia."""
    column = rows.table.find("F.FrgLossType")
    if column is not None:
        kind = rows.table.texts(column).fillna("noloss").str.lower()
        rows.drop((kind != "noloss").to_numpy(), "fragments with neutral losses")


def _pivoted(table: SearchTable, level: Level, quantity: str | None) -> dict[str, str]:
    """Columns of a pivot report with some intensities, by sample."""
    for name in _REPORT.levels[level].quantities if quantity is None else (quantity,):
        found = columns_of(table, end=f".{name}")
        if found:
            return found
    return {}


def _read_pivot(table: SearchTable, level: Level, quantity: str | None, reading: Reading) -> EList:
    """Container of a pivot report, whose cells are filtered by Spectronaut itself."""
    columns = _pivoted(table, level, quantity)
    found = quantity or _REPORT.levels[level].quantities[0]
    what = f"{_REPORT.levels[level].what} ({found})"
    counts = {"n_precursors": columns_of(table, end=".PG.NrOfPrecursorsUsedForQuantification")}
    return read_wide(table, _PIVOT[level], columns, what, reading, counts)
