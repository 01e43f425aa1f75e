"""Transcript counts of oarfish and piscem-infer, which write files of one prefix for each sample.

``P.quant`` is the table of transcripts; ``P.infreps.pq`` has a column for each bootstrap sample.
"""

from __future__ import annotations

from typing import Any

from pylimma.containers.counts import DGEList
from pylimma.readers.estimates import CountsFromAbundance, catch_estimates, read_estimates
from pylimma.readers.overdispersion import TranscriptCounts
from pylimma.readers.programs import OARFISH, PISCEM


def read_oarfish(
    paths: Any,
    tx2gene: Any = None,
    *,
    ignore_version: bool = False,
    labels: Any = None,
    group: Any = None,
) -> DGEList:
    """Counts of transcripts or genes that oarfish estimated from long reads.

    Parameters
    ----------
    paths : sequence of paths, pattern, dict, Series or DataFrame
        Files ``*.quant`` that oarfish wrote, or their names up to there. The keys of a dict name
        the samples; a DataFrame has a column `files`, and its others describe the samples.
    tx2gene : DataFrame, dict, Series or path, optional
        Gene of each transcript; without it the rows stay transcripts.
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
        Counts; abundances, in reads per million, and average lengths of each sample in `other`,
        mean lengths in the column `Length` of `genes`.

    Raises
    ------
    InputError
        If a file does not exist, samples differ in their transcripts, or none is in `tx2gene`.

    See Also
    --------
    catch_oarfish : Transcripts with the overdispersion of their mapping.

    Notes
    -----
    A long read is of a whole transcript, so that counts do not depend on lengths and need not be
    computed from abundances.

    References
    ----------
    Zare Jousheghani Z, Singh NP, Patro R (2025). Bioinformatics 41(S1):i304-i313.
    https://doi.org/10.1093/bioinformatics/btaf240
    """
    return read_estimates(
        OARFISH, paths, tx2gene, "no", ignore_version=ignore_version, labels=labels, group=group
    )


def catch_oarfish(prefixes: Any, path: Any = None, *, labels: Any = None) -> TranscriptCounts:
    """Counts of transcripts with the overdispersion that ambiguous mapping adds, from oarfish.

    Parameters
    ----------
    prefixes : sequence of paths, pattern, dict, Series or DataFrame
        Files ``*.quant`` that oarfish wrote with bootstrap samples, or their names up to there.
    path : path, optional
        Folder that the files are in.
    labels : sequence of str, optional
        Names of the samples; those of the files when not given.

    Returns
    -------
    TranscriptCounts
        Counts, annotation with the column `Overdispersion`, and the prior.

    Raises
    ------
    InputError
        If a file does not exist, does not hold as many resamples as announced, or the library
        pyarrow is not installed.

    Warns
    -----
    InputWarning
        If samples have no resamples.

    See Also
    --------
    catch_salmon, catch_kallisto, catch_rsem : The same for other programs.

    References
    ----------
    Baldoni PL et al. (2024). Nucleic Acids Res 52:e13. https://doi.org/10.1093/nar/gkad1167
    """
    return catch_estimates(OARFISH, prefixes, labels, folder=path)


def read_piscem(
    paths: Any,
    tx2gene: Any = None,
    *,
    counts_from_abundance: CountsFromAbundance = "no",
    ignore_version: bool = False,
    labels: Any = None,
    group: Any = None,
) -> DGEList:
    """Counts of transcripts or genes that piscem-infer estimated from bulk reads.

    Parameters
    ----------
    paths : sequence of paths, pattern, dict, Series or DataFrame
        Files ``*.quant`` that piscem-infer wrote, or their names up to there. The keys of a dict
        name the samples; a DataFrame has a column `files`, and its others describe the samples.
    tx2gene : DataFrame, dict, Series or path, optional
        Gene of each transcript; without it the rows stay transcripts.
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
        If a file does not exist, samples differ in their transcripts, or none is in `tx2gene`.

    See Also
    --------
    read_salmon, read_kallisto : The same for other programs.
    """
    return read_estimates(
        PISCEM,
        paths,
        tx2gene,
        counts_from_abundance,
        ignore_version=ignore_version,
        labels=labels,
        group=group,
    )
