"""Tables of FragPipe: proteins, peptides and ions without labels, and with isobaric labels."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from pylimma.arguments import text
from pylimma.containers.expression import EList
from pylimma.errors import InputError, Note, quoted, warn
from pylimma.readers.proteomics.intensities import Reading, parse_reading
from pylimma.readers.proteomics.search_tables import Program, SearchTable, key, open_table
from pylimma.readers.proteomics.wide_tables import Wide, read_wide

FRAGPIPE = Program(
    "FragPipe",
    ("combined_protein.tsv", "combined_modified_peptide.tsv", "combined_ion.tsv"),
    " Read a combined_*.tsv or abundance_*.tsv; results of DIA-NN are in diann-output.",
    (("Protein ID", "Gene"), ("Index", "ReferenceIntensity")),
)
_MARKS = {"Is Decoy": "decoys", "Is Contaminant": "contaminants"}
_OF_PEPTIDES = ("Protein", "Protein ID", "Gene", "Protein Description", "Mapped Proteins")
_KINDS = {  # of tables, by the columns that only they have
    "ions": Wide(
        features=(("Modified Sequence", "Peptide Sequence"), ("Charge",)),
        annotation=_OF_PEPTIDES,
        proteins=("Protein", "Protein ID"),
        marks=_MARKS,
    ),
    "peptides": Wide(
        features=(("Modified Sequence", "Peptide Sequence", "Sequence", "Peptide"),),
        annotation=_OF_PEPTIDES,
        proteins=("Protein", "Protein ID"),
        marks=_MARKS,
    ),
    "proteins": Wide(
        features=(("Protein ID", "Protein"),),
        annotation=(
            *("Protein", "Protein ID", "Entry Name", "Gene", "Description", "Protein Description"),
            *("Combined Total Peptides", "Combined Spectral Count", "Indistinguishable Proteins"),
        ),
        numeric=("Combined Total Peptides", "Combined Spectral Count"),
        proteins=("Protein", "Protein ID"),
        marks=_MARKS,
        identified=("Combined Total Peptides", "Combined Spectral Count"),
    ),
}
_LABELLED = Wide(
    features=(("Index",),),
    annotation=(
        *("Index", "NumberPSM", "ProteinID", "Proteins", "Gene", "Peptide", "MaxPepProb"),
        "ReferenceIntensity",
    ),
    numeric=("NumberPSM", "MaxPepProb", "ReferenceIntensity"),
    proteins=("ProteinID", "Proteins", "Index"),
    identified=("NumberPSM",),
)
_ENDING = re.compile(r"(.+?)((?:\.(?:maxlfq|unique|total|razor))*\.intensity)", re.DOTALL)
_BESIDE = {"n_spectra": " Spectral Count"}
_LEAST_LOG = 3.0  # median of log2 abundances, below which they are ratios


def read_fragpipe(
    file: Any,
    quantity: str | None = None,
    *,
    samples: Any = None,
    keep_contaminants: bool = False,
    log: bool = True,
    verbose: bool = True,
) -> EList:
    """Log2 intensities of proteins, peptides or ions from a table of FragPipe.

    Parameters
    ----------
    file : path or DataFrame
        ``combined_protein.tsv``, ``combined_peptide.tsv``, ``combined_modified_peptide.tsv`` or
        ``combined_ion.tsv``; a table ``abundance_*.tsv`` of isobaric labels; or a folder with one
        of the first.
    quantity : str, optional
        Which intensities, by the end of their columns, such as "MaxLFQ Intensity". When not given,
        "MaxLFQ Intensity" of proteins, if all samples have it, else "Intensity".
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
        Intensities, NaN (or 0, not logged) where there is none; those of labels are log2 in the
        file already. `genes` has the proteins and the numbers of peptides or spectra, `other` has
        `n_spectra` of each sample where the table has, `dropped` the numbers of rows that left, by
        reason.

    Raises
    ------
    InputError
        If a column is missing, a feature occurs twice, or a cell is not a number; the message gives
        the line. If the table holds ratios to the reference, which have lost the intensities that
        precision follows.

    Warns
    -----
    Note
        If other intensities than the preferred ones are read.

    See Also
    --------
    read_maxquant, read_diann, read_spectronaut, read_alphadia : Other programs.

    References
    ----------
    Yu F et al. (2021). Mol Cell Proteomics 20:100077. https://doi.org/10.1016/j.mcpro.2021.100077

    Examples
    --------
    >>> import pandas as pd
    >>> import pylimma
    >>> table = pd.DataFrame({"Protein ID": ["P1"], "a Spectral Count": [3],
    ...                       "a Intensity": [512.0], "a MaxLFQ Intensity": [1024.0]})
    >>> pylimma.read_fragpipe(table, verbose=False).E
    array([[10.]])
    """
    table = open_table(file, FRAGPIPE)
    reading = parse_reading(samples, keep_contaminants, log, verbose)
    kind = None if quantity is None else text(quantity, "quantity")
    if table.find("ReferenceIntensity") is not None:
        return _read_labelled(table, reading)
    what = _kind(table)
    columns, found = _columns(table, what, kind)
    counts = {
        name: {sample: f"{sample}{end}" for sample in columns}
        for name, end in _BESIDE.items()
        if all(table.find(f"{sample}{end}") for sample in columns)
    }
    return read_wide(table, _KINDS[what], columns, f"{what} ({found})", reading, counts)


def _kind(table: SearchTable) -> str:
    """What the rows are: ions have a charge, peptides a sequence."""
    if table.find("Charge") is not None:
        return "ions"
    sequence = table.find(*_KINDS["peptides"].features[0])
    return "proteins" if sequence is None else "peptides"


def _columns(table: SearchTable, what: str, kind: str | None) -> tuple[dict[str, str], str]:
    """Columns of one kind of intensities by sample, and their kind."""
    kinds: dict[str, dict[str, str]] = {}
    for column in table.columns:
        match = _ENDING.fullmatch(key(column))
        if match is not None:
            kinds.setdefault(match[2][1:], {})[column[: match.end(1)]] = column
    wanted = "MaxLFQ Intensity" if kind is None and what == "proteins" else kind or "Intensity"
    found, plain = kinds.get(key(wanted), {}), kinds.get("intensity", {})
    if kind is None and what == "proteins" and not _complete(table, found, plain):
        wanted, found = "Intensity", plain
        warn(f"Not all samples of '{table.name}' have MaxLFQ; 'Intensity' is read.", Note)
    if not found:
        raise InputError(
            f"'{table.name}' has no columns of samples that end in '{wanted}'; it has "
            f"{quoted(table.columns)}.{FRAGPIPE.hint}"
        )
    return found, wanted


def _complete(table: SearchTable, found: dict[str, str], plain: dict[str, str]) -> bool:
    """Whether every sample with an intensity has one of a kind."""

    def quantified(columns: dict[str, str]) -> set[str]:
        values = table.numbers(list(columns.values()))
        return {
            sample for sample, value in zip(columns, values.T, strict=True) if (value > 0).any()
        }

    return quantified(plain) <= quantified(found)


def _read_labelled(table: SearchTable, reading: Reading) -> EList:
    """Container of a table of isobaric labels, whose samples stand behind the reference."""
    reference = table.need("ReferenceIntensity")
    columns = table.columns[table.columns.index(reference) + 1 :]
    values = table.numbers(columns)
    known = values[~np.isnan(values)]
    if known.size and np.median(known) < _LEAST_LOG:
        raise InputError(
            f"'{table.name}' holds ratios to the reference, not abundances: precision follows "
            f"intensity, which they have lost. Read the table abundance_*.tsv beside it."
        )
    samples = {name: name for name in columns}
    return read_wide(table, _LABELLED, samples, "features (log2 abundance)", reading, logged=True)
