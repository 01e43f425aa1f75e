"""Output of kallisto, Salmon and RSEM, by one reader and a table of their names.

Each program writes, for every sample, a table of transcripts with estimated reads, transcripts per
million and lengths. What differs is a `Program`: names of files and columns, and where the counts
of bootstrap or Gibbs samples are kept.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pylimma.errors import InputError
from pylimma.readers.delimited import Layout, read_columns
from pylimma.readers.files import existing_file, open_hdf
from pylimma.readers.overdispersion import Resamples

ESTIMATES = ("counts", "abundance", "effective_length")
ANNOTATED = ("counts", "effective_length", "length")
_HDF = ".h5"


@dataclass(frozen=True, slots=True)
class Program:
    """Where a quantification program writes what."""

    text: Layout  # columns of its tables
    files: tuple[str, ...]  # files of a run: the first has estimates, the last resamples too
    resamples: Callable[[Path, pd.DataFrame], Resamples]  # of a file with its table
    prefix: str = ""  # of the files in the folder of a run; "" if runs have a stem, no folder
    hdf: Layout | None = None  # data sets of its HDF5 file

    def sample_name(self, path: Path) -> str:
        """Name of the sample that a run belongs to."""
        if self.prefix:
            return self._folder(path).name
        name = path.name.removesuffix(".gz")
        for ending in self.files:
            name = name.removesuffix(ending)
        return name

    def file(self, path: Path, *, resampled: bool) -> Path:
        """File of a run, which may be given as its folder, its stem or one of its files."""
        ending = self.files[-1 if resampled else 0]
        if not self.prefix:
            named = path.name.removesuffix(".gz").endswith(self.files) or path.is_file()
            return path if named else path.with_name(path.name + ending)
        if resampled:
            return path if path.suffix == _HDF else self._folder(path) / ending
        if not path.is_dir():
            return path
        there = (name for name in self.files if (path / name).exists())
        return path / next(there, ending)

    def table(self, file: Path, needed: Sequence[str]) -> pd.DataFrame:
        """Table of a run by transcript, its columns named as in the layout."""
        if self.hdf is not None and file.suffix == _HDF:
            return _read_hdf(existing_file(file), self.hdf)
        return read_columns(file, self.text, needed)

    def _folder(self, path: Path) -> Path:
        return path.parent if path.name.startswith(self.prefix) else path


def _read_hdf(path: Path, layout: Layout) -> pd.DataFrame:
    """Table of an HDF5 file, with abundances computed from counts and effective lengths."""
    with open_hdf(path) as file:
        names = [name.decode() for name in file[layout.row_names][:]]
        table = {column: file[theirs][:] for column, theirs in layout.columns.items()}
    rate = table["counts"] / table["effective_length"]
    return pd.DataFrame({**table, "abundance": rate / rate.sum() * 1e6}, index=names)


def _kallisto_resamples(file: Path, table: pd.DataFrame) -> Resamples:
    """A data set of the HDF5 file for each bootstrap sample."""
    with open_hdf(file) as content:
        n_resamples = int(np.ravel(content["aux/num_bootstrap"][()])[0])
        if n_resamples == 0:
            return Resamples.none(len(table))
        values = np.stack([content[f"bootstrap/bs{k}"][:] for k in range(n_resamples)])
    return Resamples.of(values)


def _salmon_resamples(file: Path, table: pd.DataFrame) -> Resamples:
    """Doubles compressed by gzip, one resample after the other."""
    folder, n_transcripts = file.parent / "aux_info", len(table)
    meta = json.loads(existing_file(folder / "meta_info.json").read_text())
    n_resamples = int(meta.get("num_bootstraps", 0))
    if n_resamples == 0:
        return Resamples.none(n_transcripts)
    stored = existing_file(folder / "bootstrap" / "bootstraps.gz")
    values = np.frombuffer(gzip.decompress(stored.read_bytes()), dtype="<f8")
    if values.size != n_resamples * n_transcripts:
        raise InputError(
            f"'{stored}' holds {values.size} values; {n_resamples} resamples of {n_transcripts} "
            f"transcripts are announced."
        )
    return Resamples.of(values.reshape(n_resamples, n_transcripts), meta.get("samp_type"))


def rsem_resamples(file: Path, table: pd.DataFrame, n_resamples: int = 100) -> Resamples:
    """Posterior means and standard deviations over Gibbs samples, beside the estimates."""
    if not {"posterior_mean", "posterior_sd"} <= set(table.columns):
        raise InputError(
            f"'{file}' has no column '{RSEM.text.columns['posterior_sd']}'; run RSEM with "
            f"`--calc-pme`."
        )
    mean, sd = (table[column].to_numpy(float) for column in ("posterior_mean", "posterior_sd"))
    known = mean > 0
    statistic = np.divide((n_resamples - 1) * sd**2, mean, out=np.zeros(len(mean)), where=known)
    return Resamples(statistic, np.where(known, n_resamples - 1.0, 0.0), "gibbs")


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
    resamples=_kallisto_resamples,
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
    resamples=_salmon_resamples,
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
    ),
    files=(".genes.results", ".isoforms.results"),
    resamples=rsem_resamples,
)
