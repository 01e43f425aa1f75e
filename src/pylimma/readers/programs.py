"""Output of quantification programs, by one reader and a table of their names.

Each program writes, for every sample, a table of transcripts with estimated reads, mostly with
transcripts per million and lengths too. What differs is a `Program`: names of files and columns,
and where the counts of bootstrap or Gibbs samples are kept (`resampled_counts`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pylimma.errors import InputError
from pylimma.readers.compression import without_compression
from pylimma.readers.delimited import Layout, read_columns
from pylimma.readers.files import existing_file, open_hdf
from pylimma.readers.overdispersion import Resamples
from pylimma.readers.resampled_counts import (
    kallisto_resamples,
    parquet_resamples,
    rsem_resamples,
    salmon_resamples,
)

ESTIMATES = ("counts", "abundance", "effective_length")
ANNOTATED = ("counts", "effective_length", "length")
_HDF = ".h5"


@dataclass(frozen=True, slots=True)
class Program:
    """Where a quantification program writes what."""

    text: Layout  # columns of its tables
    files: tuple[str, ...]  # files of a run: the first has estimates, the last resamples too
    resamples: Callable[[Path, pd.DataFrame], Resamples]  # of a file with its table
    option: str  # of the program, that makes it draw resamples
    prefix: str = ""  # of the files in the folder of a run; "" if runs have a stem, no folder
    hdf: Layout | None = None  # data sets of its HDF5 file

    def sample_name(self, path: Path) -> str:
        """Name of the sample that a run belongs to."""
        if self.prefix:
            return self._folder(path).name
        name = without_compression(path.name)
        for ending in self.files:
            name = name.removesuffix(ending)
        return name

    def file(self, path: Path, *, resampled: bool) -> Path:
        """File of a run, which may be given as its folder, its stem or one of its files."""
        ending = self.files[-1 if resampled else 0]
        if not self.prefix:
            named = without_compression(path.name).endswith(self.files) or path.is_file()
            return path if named else path.with_name(path.name + ending)
        if resampled and path.suffix != _HDF:
            path = self._folder(path)
        if not path.is_dir():
            return path / ending if resampled and path.suffix != _HDF else path
        there = (name for name in self.files[:: -1 if resampled else 1] if (path / name).exists())
        return path / next(there, ending)

    def table(self, file: Path, needed: Sequence[str]) -> pd.DataFrame:
        """Table of a run by transcript, its columns named as in the layout."""
        if self.hdf is not None and file.suffix == _HDF:
            return _read_hdf(existing_file(file), self.hdf)
        known = [column for column in needed if column in self.text.columns]
        if "effective_length" not in self.text.columns:
            known.append("length")
        table = read_columns(file, self.text, known)
        numbers = [name for name in self.text.columns if name not in self.text.texts]
        return completed(_numeric(table, [name for name in numbers if name in table], file))

    def _folder(self, path: Path) -> Path:
        return path.parent if path.name.startswith(self.prefix) else path


def _read_hdf(path: Path, layout: Layout) -> pd.DataFrame:
    """Table of an HDF5 file, with abundances computed from counts and effective lengths."""
    with open_hdf(path) as file:
        names = [name.decode() for name in file[layout.row_names][:]]
        table = {column: file[theirs][:] for column, theirs in layout.columns.items()}
    rate = table["counts"] / table["effective_length"]
    return pd.DataFrame({**table, "abundance": rate / rate.sum() * 1e6}, index=names)


def _numeric(table: pd.DataFrame, columns: Sequence[str], file: Path) -> pd.DataFrame:
    """Table whose estimates are numbers; ``-nan``, of a sample without reads, is one."""
    found = {}
    for column in columns:
        found[column] = pd.to_numeric(table[column], errors="coerce")
        text = table[column].astype(str).str.strip().str.lower().str.lstrip("-")
        wrong = (found[column].isna() & (text != "nan")).to_numpy()
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(
                f"'{file}' has {table[column].iloc[row]!r} for the {column.replace('_', ' ')} of "
                f"'{table.index[row]}', which is not a number."
            )
    return table.assign(**found)


def completed(table: pd.DataFrame) -> pd.DataFrame:
    """Table with the columns that a program for long reads does not need, or does not write.

    A long read is of a whole transcript: abundances do not depend on lengths.
    """
    missing = {}
    if "abundance" not in table:
        missing["abundance"] = table["counts"] / max(table["counts"].sum(), 1e-300) * 1e6
    if "effective_length" not in table and "length" in table:
        missing["effective_length"] = table["length"].astype(float)
    if "length" not in table and "effective_length" in table:
        missing["length"] = table["effective_length"]
    return table.assign(**missing)


KALLISTO = Program(
    text=Layout(
        program="kallisto",
        row_names="target_id",
        columns={
            "counts": "est_counts",
            "abundance": "tpm",
            "effective_length": "eff_length",
            "length": "length",
        },
    ),
    files=("abundance.tsv", "abundance.h5"),
    resamples=kallisto_resamples,
    option="-b 50",
    prefix="abundance.",
    hdf=Layout(
        program="kallisto",
        row_names="aux/ids",
        columns={
            "counts": "est_counts",
            "effective_length": "aux/eff_lengths",
            "length": "aux/lengths",
        },
    ),
)

SALMON = Program(
    text=Layout(
        program="Salmon",
        row_names="Name",
        columns={
            "counts": "NumReads",
            "abundance": "TPM",
            "effective_length": "EffectiveLength",
            "length": "Length",
        },
    ),
    files=("quant.sf",),
    resamples=salmon_resamples,
    option="--numGibbsSamples 50",
    prefix="quant.sf",
)

RSEM = Program(
    text=Layout(
        program="RSEM",
        columns={
            "counts": "expected_count",
            "abundance": "TPM",
            "effective_length": "effective_length",
            "length": "length",
            "gene": "gene_id",
            "posterior_mean": "posterior_mean_count",
            "posterior_sd": "posterior_standard_deviation_of_count",
        },
        texts=("gene",),
    ),
    files=(".genes.results", ".isoforms.results"),
    resamples=rsem_resamples,
    option="--calc-pme",
)

OARFISH = Program(
    text=Layout(
        program="oarfish", row_names="tname", columns={"counts": "num_reads", "length": "len"}
    ),
    files=(".quant",),
    resamples=parquet_resamples,
    option="--num-bootstraps 50",
)

PISCEM = Program(
    text=Layout(
        program="piscem-infer",
        row_names="target_name",
        columns={
            "counts": "ecount",
            "abundance": "tpm",
            "effective_length": "eelen",
            "length": "len",
        },
    ),
    files=(".quant",),
    resamples=parquet_resamples,
    option="--num-bootstraps 50",
)
