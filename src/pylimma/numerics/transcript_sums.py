r"""Estimates for transcripts, summed over the transcripts of each gene.

A gene's average transcript length in sample *j* weighs the effective lengths
:math:`\ell_{tj}` of its transcripts by their abundance :math:`a_{tj}`,
:math:`\bar\ell_{gj} = \sum_t a_{tj}\ell_{tj} / \sum_t a_{tj}`, so that a change of isoforms is
told from a change of expression [1]_.

References
----------
.. [1] Soneson C, Love MI, Robinson MD (2016). F1000Research 4:1521.
   https://doi.org/10.12688/f1000research.7563.2
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from pylimma.record import Record

if TYPE_CHECKING:
    from pylimma.typing import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Abundances(Record):
    """What a quantification says of some features, transcripts or genes.

    Attributes
    ----------
    counts : array of shape (features, samples)
        Estimated reads.
    abundance : array of shape (features, samples)
        Transcripts per million.
    length : array of shape (features, samples)
        Effective lengths, in bases.
    """

    counts: FloatArray
    abundance: FloatArray
    length: FloatArray


def sum_by_gene(transcripts: Abundances, gene: IntArray, n_genes: int) -> Abundances:
    """Counts and abundances summed by gene, and average lengths.

    Parameters
    ----------
    transcripts : Abundances
        Estimates for transcripts.
    gene : int array of shape (transcripts,)
        Number of each transcript's gene, from zero.
    n_genes : int
        Number of genes, all of which have transcripts.

    Returns
    -------
    Abundances
        Estimates for genes. Where a gene has no abundance in a sample, its length is the
        geometric mean over the other samples, or, when it has none in any, the plain mean over
        its transcripts and all samples.
    """
    place = (gene, np.arange(len(gene)))
    member: Any = csr_array((np.ones(len(gene)), place), shape=(n_genes, len(gene)))
    abundance = member @ transcripts.abundance
    weighted = member @ (transcripts.abundance * transcripts.length)
    length = np.divide(
        weighted, abundance, out=np.full(weighted.shape, np.nan), where=abundance > 0
    )
    plain = (member @ transcripts.length.mean(axis=1)) / member.sum(axis=1)
    return Abundances(member @ transcripts.counts, abundance, complete_lengths(length, plain))


def complete_lengths(length: FloatArray, plain: FloatArray) -> FloatArray:
    """Lengths with missing ones put in.

    Parameters
    ----------
    length : array of shape (features, samples)
        In bases; NaN or zero where unknown.
    plain : array of shape (features,)
        Lengths of features that are unknown in every sample.

    Returns
    -------
    array of shape (features, samples)
        Unknown lengths are the geometric mean over the other samples.
    """
    known = length > 0
    logs = np.log(length, out=np.zeros(length.shape), where=known)
    number = known.sum(axis=1)
    mean = np.divide(logs.sum(axis=1), number, out=np.zeros(len(number)), where=number > 0)
    fill = np.where(number > 0, np.exp(mean), plain)
    return np.where(known, length, fill[:, None])


def counts_from_abundance(found: Abundances, *, by_length: bool) -> FloatArray:
    """Counts that do not follow the lengths of samples, with the same library sizes.

    Parameters
    ----------
    found : Abundances
        Estimates for genes.
    by_length : bool
        Whether abundances are multiplied by the average length of the gene over samples, so
        that counts keep the scale of reads.

    Returns
    -------
    array of shape (genes, samples)
        Counts whose columns sum as those of `found`.
    """
    scaled = (
        found.abundance * found.length.mean(axis=1, keepdims=True)
        if by_length
        else (found.abundance)
    )
    total = scaled.sum(axis=0)
    share = np.divide(found.counts.sum(axis=0), total, out=np.zeros(len(total)), where=total > 0)
    return np.asarray(scaled * share)
