"""Output of kallisto."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.containers.counts import DGEList
from pylimma.errors import InputError
from pylimma.readers.delimited import existing_file, read_delimited
from pylimma.readers.hierarchical import open_hdf
from pylimma.readers.overdispersion import Resamples, TranscriptCounts, caught
from pylimma.readers.quantifications import CountsFromAbundance, quantified_list
from pylimma.readers.sample_files import files_by_name, sample_files

_TEXT, _HDF = "abundance.tsv", "abundance.h5"


def read_kallisto(
    paths: Any,
    tx2gene: Any = None,
    *,
    counts_from_abundance: CountsFromAbundance = "no",
    ignore_version: bool = False,
    labels: Any = None,
    group: Any = None,
) -> DGEList:
    """Counts of transcripts or genes that kallisto estimated.

    Parameters
    ----------
    paths : sequence of paths, pattern, dict, Series or DataFrame
        Folders that kallisto wrote, or the files ``abundance.tsv`` or ``abundance.h5`` in them.
        The keys of a dict name the samples; a DataFrame has a column `files`, and its others
        describe the samples.
    tx2gene : DataFrame, dict, Series or path, optional
        Gene of each transcript; without it the rows stay transcripts.
    counts_from_abundance : {"no", "scaled_tpm", "length_scaled_tpm"}
        Whether counts are the estimated reads, or abundances scaled to the same library sizes, with
        or without the mean length of the gene. "length_scaled_tpm" suits `voom`.
    ignore_version : bool
        Whether versions of transcripts, as in ``ENST00000456328.2``, are ignored when they are
        looked up in `tx2gene`.
    labels : sequence of str, optional
        Names of the samples; those of the folders when not given.
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
        If a file is not there, samples differ in their transcripts, or none of these is in
        `tx2gene`.

    See Also
    --------
    catch_kallisto : Transcripts with the overdispersion of their mapping.

    References
    ----------
    Bray NL, Pimentel H, Melsted P, Pachter L (2016). Nat Biotechnol 34:525-527.
    https://doi.org/10.1038/nbt.3519
    """
    samples = sample_files(paths, _folder_name, labels=labels)
    tables = {name: _quantified(file) for name, file in files_by_name(samples).items()}
    return quantified_list(
        tables, samples, tx2gene, counts_from_abundance, ignore_version=ignore_version, group=group
    )


def catch_kallisto(paths: Any, *, labels: Any = None) -> TranscriptCounts:
    """Counts of transcripts with the overdispersion that ambiguous mapping adds, from kallisto.

    Parameters
    ----------
    paths : sequence of paths, pattern, dict, Series or DataFrame
        Folders that kallisto wrote with bootstrap samples, in ``abundance.h5``.
    labels : sequence of str, optional
        Names of the samples; those of the folders when not given.

    Returns
    -------
    TranscriptCounts
        Counts, annotation with the column `Overdispersion`, and the prior.

    Raises
    ------
    InputError
        If a file is not there, or the library h5py is not installed.

    See Also
    --------
    catch_salmon, catch_rsem : The same for other programs.

    References
    ----------
    Baldoni PL et al. (2024). Nucleic Acids Res 52:e13. https://doi.org/10.1093/nar/gkad1167
    """
    samples = sample_files(paths, _folder_name, labels=labels)
    tables, resamples = {}, []
    for name, path in files_by_name(samples).items():
        file = path / _HDF if path.suffix != ".h5" else path
        tables[name] = _from_hdf(existing_file(file))
        resamples.append(_resampled(file, len(tables[name])))
    columns = {"counts": "counts", "Length": "full_length", "EffectiveLength": "length"}
    return caught(tables, columns, resamples)


def _quantified(path: Path) -> pd.DataFrame:
    if path.is_dir():
        path = (
            path / _HDF if not (path / _TEXT).exists() and (path / _HDF).exists() else path / _TEXT
        )
    if path.suffix == ".h5":
        return _from_hdf(existing_file(path))
    frame = read_delimited(path, sep="\t").frame
    columns = {"est_counts": "counts", "tpm": "abundance", "eff_length": "length"}
    if not {"target_id", *columns} <= set(frame.columns):
        raise InputError(f"'{path}' is no output of kallisto: it has no column 'est_counts'.")
    frame = frame.drop(columns="length").set_index("target_id")
    return frame.rename(columns=columns)


def _from_hdf(path: Path) -> pd.DataFrame:
    """Estimates of a binary file, with abundances made of counts and effective lengths."""
    with open_hdf(path) as file:
        names = [name.decode() for name in file["aux/ids"][:]]
        counts, length = file["est_counts"][:], file["aux/eff_lengths"][:]
        full_length = file["aux/lengths"][:]
    rate = counts / length
    return pd.DataFrame(
        {
            "counts": counts,
            "abundance": rate / rate.sum() * 1e6,
            "length": length,
            "full_length": full_length,
        },
        index=names,
    )


def _resampled(path: Path, n_transcripts: int) -> Resamples:
    with open_hdf(path) as file:
        n_resamples = int(np.ravel(file["aux/num_bootstrap"][()])[0])
        if n_resamples == 0:
            return Resamples.none(n_transcripts)
        return Resamples.of(np.stack([file[f"bootstrap/bs{k}"][:] for k in range(n_resamples)]))


def _folder_name(path: Path) -> str:
    return path.parent.name if path.name.startswith("abundance.") else path.name
