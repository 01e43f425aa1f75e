"""Tables of MaxQuant: protein groups, peptides and evidence, told apart by their columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from pylimma.arguments import number, text
from pylimma.containers.expression import EList
from pylimma.errors import InputError, Note, quoted, warn
from pylimma.readers.proteomics.intensities import parse_reading
from pylimma.readers.proteomics.long_reports import Report, Rows, Wanted, read_report
from pylimma.readers.proteomics.search_tables import Program, SearchTable, key, open_table
from pylimma.readers.proteomics.wide_tables import Wide, columns_of, read_wide

MAXQUANT = Program(
    "MaxQuant",
    ("proteinGroups.txt", "peptides.txt", "evidence.txt"),
    " Read its proteinGroups.txt, peptides.txt or evidence.txt.",
    (("Protein IDs", "Majority protein IDs"), ("Leading razor protein", "PEP")),
)
_PEP_CUTOFF = 0.01
_MARKS = {
    "Reverse": "decoys",
    "Potential contaminant": "contaminants",
    "Contaminant": "contaminants",
    "Only identified by site": "only identified by site",
}
_PROTEINS = Wide(
    features=(("Majority protein IDs", "Protein IDs"),),
    annotation=(
        *("Protein IDs", "Majority protein IDs", "Gene names", "Protein names", "Fasta headers"),
        *("Peptides", "Razor + unique peptides", "Unique peptides", "MS/MS count"),
    ),
    numeric=("Peptides", "Razor + unique peptides", "Unique peptides", "MS/MS count"),
    proteins=("Majority protein IDs", "Protein IDs"),
    marks=_MARKS,
    identified=("Peptides", "MS/MS count"),
    first_of_group=True,
)
_PEPTIDE_COLUMNS = ("Proteins", "Leading razor protein", "Gene names")
_PEPTIDES = Wide(
    features=(("Sequence",),),
    annotation=(*_PEPTIDE_COLUMNS, "Unique (Groups)", "Protein group IDs", "Charges"),
    proteins=("Leading razor protein", "Proteins"),
    marks=_MARKS,
    identified=("MS/MS count",),
)
_EVIDENCE = Report(
    runs=("Experiment", "Raw file"),
    proteins=("Leading razor protein", "Proteins"),
    marks=_MARKS,
    levels={
        "precursor": Rows(
            what="precursors",
            features=(("Modified sequence",), ("Charge",)),
            quantities=("Intensity",),
            annotation=(*_PEPTIDE_COLUMNS, "Sequence", "Protein group IDs"),
            repeated="sum",
        )
    },
)
# Kinds of intensities in the order of preference, by the beginning of their columns.
_OF_PROTEINS = ("LFQ intensity", "Reporter intensity corrected", "Reporter intensity", "Intensity")
_OF_PEPTIDES = ("Intensity", "Reporter intensity corrected", "Reporter intensity")
_COUNTS = {"n_peptides": "Razor + unique peptides ", "n_spectra": "MS/MS count "}


def read_maxquant(
    file: Any,
    quantity: str | None = None,
    *,
    pep_cutoff: float | None = None,
    samples: Any = None,
    keep_contaminants: bool = False,
    log: bool = True,
    verbose: bool = True,
) -> EList:
    """Log2 intensities of protein groups, peptides or precursors from a table of MaxQuant.

    Parameters
    ----------
    file : path or DataFrame
        ``proteinGroups.txt``, ``peptides.txt`` or ``evidence.txt``, plain or compressed, as
        MaxQuant or R wrote it; or a folder with one of them.
    quantity : str, optional
        Which intensities, by the beginning of their columns, such as "iBAQ" or "Intensity". When
        not given, "LFQ intensity" of protein groups and "Intensity" of peptides, or
        "Reporter intensity corrected".
    pep_cutoff : float, optional
        Largest posterior error probability of a peptide. When not given, 0.01 for a table without
        decoys, and none for one with them, which is at the false discovery rate of the search.
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
        Intensities, NaN (or 0, not logged) where there is none. A group is named by its first
        protein; `genes` has all of them and the numbers of peptides, `other` has `n_peptides` and
        `n_spectra` of each sample where the table has, `dropped` the numbers of rows that left, by
        reason. Rows without intensity stay if peptides or spectra identify them.

    Raises
    ------
    InputError
        If a column is missing, a feature occurs twice, or a cell is not a number; the message gives
        the line.

    Warns
    -----
    Note
        If other intensities than the preferred ones are read.

    See Also
    --------
    read_diann, read_fragpipe, read_spectronaut, read_alphadia : Other programs.
    spectra_count_e_bayes : Variances that follow the numbers of peptides.

    References
    ----------
    Cox J, Mann M (2008). Nat Biotechnol 26:1367-1372. https://doi.org/10.1038/nbt.1511

    Cox J et al. (2014). Mol Cell Proteomics 13:2513-2526. https://doi.org/10.1074/mcp.M113.031591

    Examples
    --------
    >>> import pandas as pd
    >>> import pylimma
    >>> groups = pd.DataFrame({"Majority protein IDs": ["P1;P2", "CON__P3"], "Peptides": [3, 9],
    ...                        "LFQ intensity a": [1024, 512], "LFQ intensity b": [2048, 0]})
    >>> proteins = pylimma.read_maxquant(groups, verbose=False)
    >>> proteins.E
    array([[10., 11.]])
    >>> proteins.dropped
    {'contaminants': 1}
    """
    table = open_table(file, MAXQUANT)
    reading = parse_reading(samples, keep_contaminants, log, verbose)
    kind = None if quantity is None else text(quantity, "quantity")
    if table.find("Majority protein IDs") is not None:
        columns, found = _columns(table, kind, _OF_PROTEINS)
        counts = {name: columns_of(table, start) for name, start in _COUNTS.items()}
        return read_wide(table, _PROTEINS, columns, f"protein groups ({found})", reading, counts)
    cutoffs = _pep_cutoff(table, pep_cutoff)
    if table.find("Raw file") is not None and table.find("Modified sequence") is not None:
        wanted = Wanted("precursor", kind, list(cutoffs), list(cutoffs.values()))
        return read_report(table, _EVIDENCE, wanted, reading)
    table.need("Sequence", "Majority protein IDs")
    columns, found = _columns(table, kind, _OF_PEPTIDES)
    what = f"peptides ({found})"
    return read_wide(table, _PEPTIDES, columns, what, reading, cutoffs=cutoffs)


def _columns(
    table: SearchTable, kind: str | None, preferred: tuple[str, ...]
) -> tuple[dict[str, str], str]:
    """Columns of the intensities by sample, and their kind."""
    for name in preferred if kind is None else (kind,):
        every = columns_of(table, f"{name} ")
        found = {sample: every[sample] for sample in _of_samples(table, list(every), name)}
        if found:
            if kind is None and name != preferred[0]:
                warn(f"'{table.name}' has no '{preferred[0]}' of samples; '{name}' is read.", Note)
            return found, name
    wanted = quoted(preferred if kind is None else [kind])
    raise InputError(
        f"'{table.name}' has no columns of samples that begin with {wanted}; its columns are "
        f"{quoted(table.columns)}."
    )


def _of_samples(table: SearchTable, names: list[str], quantity: str) -> list[str]:
    """Names of samples, without labels of SILAC and channels summed over experiments."""
    first = [name.split(" ", maxsplit=1)[0] for name in names]
    if quantity.startswith("Reporter"):
        within = [name for name, channel in zip(names, first, strict=True) if name != channel]
        return within if within and all(map(str.isdigit, first)) else names
    is_silac = any(key(column).startswith(("ratio.h.l", "ratio.m.l")) for column in table.columns)
    pairs = zip(names, first, strict=True)
    return [name for name, label in pairs if not (is_silac and label in ("L", "M", "H"))]


def _pep_cutoff(table: SearchTable, cutoff: float | None) -> dict[str, float]:
    """Cut-off of posterior errors: as given, or for tables that do not show their decoys."""
    column, reverse = table.find("PEP"), table.find("Reverse")
    if cutoff is not None:
        return {table.need("PEP"): number(cutoff, "pep_cutoff", 0, 1)}
    has_decoys = reverse is not None and bool(np.any(table.marks(reverse)))
    return {} if column is None or has_decoys else {column: _PEP_CUTOFF}
