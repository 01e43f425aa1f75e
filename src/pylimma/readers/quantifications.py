"""Transcript counts of kallisto, Salmon and RSEM.

`read_…` sums the estimates by gene where genes are given (`transcript_sums`); `catch_…` keeps
transcripts and estimates the overdispersion of their mapping (`overdispersion`). `programs` holds
what differs between the programs, `estimates` what they share.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from pylimma.arguments import whole
from pylimma.containers.counts import DGEList
from pylimma.readers.estimates import CountsFromAbundance, catch_estimates, read_estimates
from pylimma.readers.overdispersion import TranscriptCounts
from pylimma.readers.programs import KALLISTO, RSEM, SALMON
from pylimma.readers.resampled_counts import rsem_resamples


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
        If a file does not exist, samples differ in their transcripts, or none is in `tx2gene`.

    See Also
    --------
    catch_kallisto : Transcripts with the overdispersion of their mapping.

    References
    ----------
    Bray NL, Pimentel H, Melsted P, Pachter L (2016). Nat Biotechnol 34:525-527.
    https://doi.org/10.1038/nbt.3519
    """
    return read_estimates(
        KALLISTO,
        paths,
        tx2gene,
        counts_from_abundance,
        ignore_version=ignore_version,
        labels=labels,
        group=group,
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
        If a file does not exist, or the library h5py is not installed.

    See Also
    --------
    catch_salmon, catch_rsem : The same for other programs.

    References
    ----------
    Baldoni PL et al. (2024). Nucleic Acids Res 52:e13. https://doi.org/10.1093/nar/gkad1167
    """
    return catch_estimates(KALLISTO, paths, labels)


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
        If a file does not exist, samples differ in their transcripts, or none is in `tx2gene`.

    See Also
    --------
    catch_salmon : Transcripts with the overdispersion of their mapping.

    References
    ----------
    Patro R et al. (2017). Nat Methods 14:417-419. https://doi.org/10.1038/nmeth.4197

    Soneson C, Love MI, Robinson MD (2016). F1000Research 4:1521.
    https://doi.org/10.12688/f1000research.7563.2
    """
    return read_estimates(
        SALMON,
        paths,
        tx2gene,
        counts_from_abundance,
        ignore_version=ignore_version,
        labels=labels,
        group=group,
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
        If a file does not exist, or does not hold as many resamples as announced.

    See Also
    --------
    catch_kallisto, catch_rsem : The same for other programs.

    References
    ----------
    Baldoni PL et al. (2024). Nucleic Acids Res 52:e13. https://doi.org/10.1093/nar/gkad1167
    """
    return catch_estimates(SALMON, paths, labels)


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
        If a file does not exist, samples differ in their rows, or no isoform is in `tx2gene`.

    See Also
    --------
    catch_rsem : Isoforms with the overdispersion of their mapping.

    References
    ----------
    Li B, Dewey CN (2011). BMC Bioinformatics 12:323. https://doi.org/10.1186/1471-2105-12-323
    """
    return read_estimates(
        RSEM,
        paths,
        tx2gene,
        counts_from_abundance,
        ignore_version=ignore_version,
        labels=labels,
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
        If a file does not exist or holds no posterior standard deviations.

    See Also
    --------
    catch_salmon, catch_kallisto : The same for other programs.

    References
    ----------
    Baldoni PL et al. (2024). Nucleic Acids Res 52:e13. https://doi.org/10.1093/nar/gkad1167
    """
    resamples = partial(rsem_resamples, n_resamples=whole(ngibbs, "ngibbs", 1))
    return catch_estimates(replace(RSEM, resamples=resamples), paths, labels)
