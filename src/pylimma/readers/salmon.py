"""Output of Salmon."""

from __future__ import annotations

import gzip
import json
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

_TABLE = "quant.sf"


def read_salmon(
    paths: Any,
    tx2gene: Any = None,
    *,
    counts_from_abundance: CountsFromAbundance = "no",
    ignore_version: bool = False,
    labels: Any = None,
    group: Any = None,
) -> DGEList:
    """Counts of transcripts or genes that Salmon estimated.

    Parameters
    ----------
    paths : sequence of paths, pattern, dict, Series or DataFrame
        Folders that Salmon wrote, or the files ``quant.sf`` in them. The keys of a dict name
        the samples; a DataFrame has a column `files`, and its others describe the samples.
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
    catch_salmon : Transcripts with the overdispersion of their mapping.

    References
    ----------
    Patro R et al. (2017). Nat Methods 14:417-419. https://doi.org/10.1038/nmeth.4197

    Soneson C, Love MI, Robinson MD (2016). F1000Research 4:1521.
    https://doi.org/10.12688/f1000research.7563.2
    """
    samples = sample_files(paths, _folder_name, labels=labels)
    tables = {name: _quantified(file) for name, file in files_by_name(samples).items()}
    return quantified_list(
        tables, samples, tx2gene, counts_from_abundance, ignore_version=ignore_version, group=group
    )


def catch_salmon(paths: Any, *, labels: Any = None) -> TranscriptCounts:
    """Counts of transcripts with the overdispersion that ambiguous mapping adds, from Salmon.

    Parameters
    ----------
    paths : sequence of paths, pattern, dict, Series or DataFrame
        Folders that Salmon wrote with bootstrap or Gibbs samples.
    labels : sequence of str, optional
        Names of the samples; those of the folders when not given.

    Returns
    -------
    TranscriptCounts
        Counts, annotation with the column `Overdispersion`, and the prior.

    Raises
    ------
    InputError
        If a file is not there, or does not hold as many resamples as announced.

    See Also
    --------
    catch_kallisto, catch_rsem : The same for other programs.

    References
    ----------
    Baldoni PL et al. (2024). Nucleic Acids Res 52:e13. https://doi.org/10.1093/nar/gkad1167
    """
    samples = sample_files(paths, _folder_name, labels=labels)
    runs = {name: _folder(file) for name, file in files_by_name(samples).items()}
    tables = {name: read_delimited(run / _TABLE, sep="\t").frame for name, run in runs.items()}
    resamples, kind = [], None
    for name, run in runs.items():
        found, kind = _resampled(run, len(tables[name]))
        resamples.append(found)
    return caught(
        {name: table.set_index("Name") for name, table in tables.items()},
        {"counts": "NumReads", "Length": "Length", "EffectiveLength": "EffectiveLength"},
        resamples,
        kind,
    )


def _resampled(run: Path, n_transcripts: int) -> tuple[Resamples, str | None]:
    """Mean and spread of the resamples of a run, and how they were drawn."""
    meta = json.loads(existing_file(run / "aux_info" / "meta_info.json").read_text())
    n_resamples = int(meta.get("num_bootstraps", 0))
    if n_resamples == 0:
        return Resamples.none(n_transcripts), None
    file = existing_file(run / "aux_info" / "bootstrap" / "bootstraps.gz")
    values = np.frombuffer(gzip.decompress(file.read_bytes()), dtype="<f8")
    if values.size != n_resamples * n_transcripts:
        raise InputError(
            f"'{file}' holds {values.size} values; {n_resamples} resamples of {n_transcripts} "
            f"transcripts are announced."
        )
    return Resamples.of(values.reshape(n_resamples, n_transcripts)), meta.get("samp_type")


def _quantified(path: Path) -> pd.DataFrame:
    frame = read_delimited(_folder(path) / _TABLE if path.is_dir() else path, sep="\t").frame
    columns = {"NumReads": "counts", "TPM": "abundance", "EffectiveLength": "length"}
    if not {"Name", *columns} <= set(frame.columns):
        raise InputError(f"'{path}' is no output of Salmon: it has no column 'NumReads' and so on.")
    return frame.set_index("Name").rename(columns=columns)


def _folder(path: Path) -> Path:
    return path.parent if path.name.startswith(_TABLE) else path


def _folder_name(path: Path) -> str:
    return _folder(path).name
