"""Output of RSEM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.containers.counts import DGEList
from pylimma.errors import InputError
from pylimma.readers.delimited import existing_file, read_delimited
from pylimma.readers.overdispersion import Resamples, TranscriptCounts, caught
from pylimma.readers.quantifications import CountsFromAbundance, quantified_list
from pylimma.readers.sample_files import files_by_name, sample_files

_GENES, _ISOFORMS = ".genes.results", ".isoforms.results"
_COLUMNS = {"expected_count": "counts", "TPM": "abundance", "effective_length": "length"}
_SPREAD = ("posterior_mean_count", "posterior_standard_deviation_of_count")


def read_rsem(
    paths: Any,
    tx2gene: Any = None,
    *,
    counts_from_abundance: CountsFromAbundance = "no",
    ignore_version: bool = False,
    labels: Any = None,
    group: Any = None,
) -> DGEList:
    """Counts of genes or isoforms that RSEM estimated.

    Parameters
    ----------
    paths : sequence of paths, pattern, dict, Series or DataFrame
        Files ``*.genes.results`` or ``*.isoforms.results``, or their names up to there, which
        stand for genes. The keys of a dict name the samples; a DataFrame has a column `files`,
        and its others describe the samples.
    tx2gene : DataFrame, dict, Series, path or True, optional
        Gene of each isoform; True for the genes that RSEM names. Without it the rows stay
        what the files hold.
    counts_from_abundance : {"no", "scaled_tpm", "length_scaled_tpm"}
        Whether counts are the estimated reads, or abundances scaled to the same library sizes, with
        or without the mean length of the gene. "length_scaled_tpm" suits `voom`.
    ignore_version : bool
        Whether versions of transcripts, as in ``ENST00000456328.2``, are ignored when they are
        looked up in `tx2gene`.
    labels : sequence of str, optional
        Names of the samples; those of the files when not given.
    group : sequence of shape (samples,), optional
        Groups of the samples.

    Returns
    -------
    DGEList
        Counts; abundances and average lengths of each sample in `other`, mean effective lengths
        in the column `Length` of `genes`.

    Raises
    ------
    InputError
        If a file is not there, samples differ in their rows, or no isoform is in `tx2gene`.

    See Also
    --------
    catch_rsem : Isoforms with the overdispersion of their mapping.

    References
    ----------
    Li B, Dewey CN (2011). BMC Bioinformatics 12:323. https://doi.org/10.1186/1471-2105-12-323
    """
    samples = sample_files(paths, _sample_name, labels=labels)
    frames = {name: _results(file, _GENES) for name, file in files_by_name(samples).items()}
    first = next(iter(frames.values()))
    if tx2gene is True:
        tx2gene = dict(zip(first.index, first.get("gene_id", first.index), strict=True))
    return quantified_list(
        {
            name: frame.drop(columns="length").rename(columns=_COLUMNS)
            for name, frame in frames.items()
        },
        samples,
        tx2gene,
        counts_from_abundance,
        ignore_version=ignore_version,
        group=group,
    )


def catch_rsem(paths: Any, ngibbs: int = 100, *, labels: Any = None) -> TranscriptCounts:
    """Counts of isoforms with the overdispersion that ambiguous mapping adds, from RSEM.

    Parameters
    ----------
    paths : sequence of paths, pattern, dict, Series or DataFrame
        Files ``*.isoforms.results`` that hold posterior means and standard deviations, or
        their names up to there.
    ngibbs : int
        Number of Gibbs samples that RSEM drew.
    labels : sequence of str, optional
        Names of the samples; those of the files when not given.

    Returns
    -------
    TranscriptCounts
        Counts, annotation with the column `Overdispersion`, and the prior.

    Raises
    ------
    InputError
        If a file is not there or holds no posterior standard deviations.

    See Also
    --------
    catch_salmon, catch_kallisto : The same for other programs.

    References
    ----------
    Baldoni PL et al. (2024). Nucleic Acids Res 52:e13. https://doi.org/10.1093/nar/gkad1167
    """
    samples = sample_files(paths, _sample_name, labels=labels)
    tables = {name: _results(file, _ISOFORMS) for name, file in files_by_name(samples).items()}
    columns = {
        "counts": "expected_count",
        "Length": "length",
        "EffectiveLength": "effective_length",
    }
    return caught(tables, columns, [_spread(*item, ngibbs) for item in tables.items()], "gibbs")


def _spread(name: str, table: pd.DataFrame, ngibbs: int) -> Resamples:
    """Index of dispersion from the mean and the standard deviation over Gibbs samples."""
    if not set(_SPREAD) <= set(table.columns):
        raise InputError(
            f"Sample '{name}' has no column '{_SPREAD[1]}'; run RSEM with `--calc-pme`."
        )
    mean, spread = (table[column].to_numpy(float) for column in _SPREAD)
    counted = mean > 0
    statistic = np.divide((ngibbs - 1) * spread**2, mean, out=np.zeros(len(mean)), where=counted)
    return Resamples(statistic, np.where(counted, ngibbs - 1.0, 0.0))


def _results(path: Path, extension: str) -> pd.DataFrame:
    """Table of a sample, named by its first column."""
    name = path.name.removesuffix(".gz")
    if not name.endswith((_GENES, _ISOFORMS)) and not path.is_file():
        path = path.with_name(path.name + extension)
    frame = read_delimited(existing_file(path), sep="\t").frame
    if not set(_COLUMNS) <= set(frame.columns):
        raise InputError(f"'{path}' is no output of RSEM: it has no column 'expected_count'.")
    return frame.set_index(frame.columns[0])


def _sample_name(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(_GENES).removesuffix(_ISOFORMS)
