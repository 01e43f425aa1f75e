"""Estimates for transcripts summed by gene [1].

Counts and abundances of a gene are sums over its transcripts. Its length in a sample is the mean of
the effective lengths, weighted by abundance; where the gene is absent, the geometric mean over the
other samples, or, where it is absent from all, the plain mean over transcripts and samples.

References
----------
.. [1] Soneson C, Love MI, Robinson MD (2016). F1000Research 4:1521.
   https://doi.org/10.12688/f1000research.7563.2
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from pylimma.arguments import flag, mapping
from pylimma.errors import InputError, Note, ShapeError, quoted, warn
from pylimma.readers.cells import MISSING
from pylimma.readers.delimited import read_delimited
from pylimma.readers.headers import is_identifier
from pylimma.record import Record
from pylimma.typing import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Abundances(Record):
    """Estimates for features: transcripts or genes."""

    counts: FloatArray  # (features, samples) estimated reads
    abundance: FloatArray  # (features, samples) transcripts per million
    length: FloatArray  # (features, samples) effective lengths, in bases


def sum_by_gene(transcripts: Abundances, gene: IntArray, n_genes: int) -> Abundances:
    """Counts and abundances summed by gene, and average lengths; every gene has transcripts."""
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
    """Lengths, with unknown ones (NaN or zero) replaced by the geometric mean over samples.

    `plain`, of shape (features,), holds the lengths of features that are unknown in all samples.
    """
    known = length > 0
    logs = np.log(length, out=np.zeros(length.shape), where=known)
    number = known.sum(axis=1)
    mean = np.divide(logs.sum(axis=1), number, out=np.zeros(len(number)), where=number > 0)
    fill = np.where(number > 0, np.exp(mean), plain)
    return np.where(known, length, fill[:, None])


def scaled_counts(found: Abundances, *, by_length: bool) -> FloatArray:
    """Counts that do not follow the lengths of samples, with the same library sizes."""
    mean_length = found.length.mean(axis=1, keepdims=True)
    scaled = found.abundance * mean_length if by_length else found.abundance
    total = scaled.sum(axis=0)
    share = np.divide(found.counts.sum(axis=0), total, out=np.zeros(len(total)), where=total > 0)
    return np.asarray(scaled * share)


def parse_tx2gene(tx2gene: Any) -> pd.Series:
    """Genes by transcript: two columns, whatever their names, or anything that makes a Series."""
    if isinstance(tx2gene, str | Path):
        tx2gene = _read_pairs(tx2gene)
    if isinstance(tx2gene, pd.DataFrame):
        if tx2gene.shape[1] < 2:
            raise InputError(
                f"`tx2gene` needs two columns, transcripts and genes; it has "
                f"{quoted(tx2gene.columns) or 'none'}."
            )
        genes = tx2gene.iloc[:, 1].set_axis(pd.Index(tx2gene.iloc[:, 0].to_numpy()), axis=0)
    else:
        genes = pd.Series(mapping(tx2gene, "tx2gene"), dtype=object)
    genes = genes.dropna().astype(str)
    genes.index = genes.index.astype(str)
    return _one_gene_each(genes)


def _one_gene_each(genes: pd.Series) -> pd.Series:
    """Genes by transcript without repetitions; raise where a transcript has several."""
    genes = genes[~pd.MultiIndex.from_arrays([genes.index, genes]).duplicated()]
    if not genes.index.is_unique:
        several = genes.index[genes.index.duplicated()].unique()
        raise InputError(f"Transcripts of `tx2gene` belong to several genes: {quoted(several)}.")
    return genes


def _read_pairs(path: Any) -> pd.DataFrame:
    """Columns of a file with all its rows: a header is a transcript that no sample has."""
    try:
        table = read_delimited(path, header=False)
    except ShapeError:  # the header lacks the column of row names, as R writes it
        table = read_delimited(path)
    pairs = table.texts()
    numbered = [str(k + 1) for k in range(len(pairs))]
    rows = pairs.iloc[:, 0].tolist()
    if pairs.shape[1] > 2 and (rows == numbered or rows[1:] == numbered[:-1]):
        pairs = pairs.iloc[:, 1:]
    if len(pairs) > 1 and all(is_identifier(str(cell)) for cell in pairs.iloc[0, :2]):
        pairs = pairs.iloc[1:]
    return pairs.where(~pairs.isin(MISSING))


def sum_estimates(
    names: pd.Index, transcripts: Abundances, genes: pd.Series | None, *, ignore_version: bool
) -> tuple[pd.Index, Abundances]:
    """Sums over the transcripts of each gene, with its name; without genes, the transcripts."""
    if genes is None:
        length = complete_lengths(transcripts.length, np.ones(len(names)))
        counts, abundance = transcripts.counts, transcripts.abundance
        return transcript_names(names), Abundances(counts, abundance, length)
    if flag(ignore_version, "ignore_version"):
        names = _without_version(names)
        genes = _one_gene_each(genes.set_axis(_without_version(genes.index), axis=0))
    elif not names.isin(genes.index).any():
        names = _without_bar(names)
    known = names.isin(genes.index)
    if not known.any():
        hint = _version_hint(names, genes.index)
        raise InputError(
            f"No transcript ({quoted(names, 2)}) is in `tx2gene` ({quoted(genes.index, 2)}).{hint}"
        )
    if not known.all():
        warn(
            f"{(~known).sum():,} of {len(known):,} transcripts are not in `tx2gene` and were "
            f"excluded.{_version_hint(names[~known], genes.index)}",
            Note,
        )
    codes, levels = pd.factorize(genes.loc[names[known]].to_numpy(), sort=True)
    parts = Abundances(
        transcripts.counts[known], transcripts.abundance[known], transcripts.length[known]
    )
    return pd.Index(levels), sum_by_gene(parts, codes, len(levels))


def _version_hint(names: pd.Index, known: pd.Index) -> str:
    """What to do where names differ in their versions alone."""
    matching = _without_version(names).isin(_without_version(known)).any()
    return " `ignore_version=True` would match some." if matching else ""


def transcript_names(names: pd.Index) -> pd.Index:
    """Names cut at the first ``|``, where they stay different."""
    short = _without_bar(names)
    return short if short.is_unique else names


def _without_bar(names: pd.Index) -> pd.Index:
    """First field of names such as ``ENST00000456328.2|ENSG00000290825.1``."""
    return names.str.replace(r"\|.*$", "", regex=True)


def _without_version(names: pd.Index) -> pd.Index:
    """The same without the version after the last full stop."""
    return _without_bar(names).str.replace(r"\.\d+$", "", regex=True)
