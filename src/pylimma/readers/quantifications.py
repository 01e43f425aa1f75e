"""Estimates for transcripts of several samples, as counts of transcripts or genes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from pylimma.containers.counts import DGEList
from pylimma.errors import InputError, Note, check_choice, quoted, warn
from pylimma.readers.delimited import read_delimited
from pylimma.record import Record

if TYPE_CHECKING:
    from pylimma.typing import FloatArray, IntArray

CountsFromAbundance: TypeAlias = Literal["no", "scaled_tpm", "length_scaled_tpm"]
_SCALES = ("no", "scaled_tpm", "length_scaled_tpm")
COLUMNS = ("counts", "abundance", "length")


@dataclass(frozen=True, slots=True, eq=False)
class Abundances(Record):
    """What a quantification says of some features, transcripts or genes."""

    counts: FloatArray  # (features, samples) estimated reads
    abundance: FloatArray  # (features, samples) transcripts per million
    length: FloatArray  # (features, samples) effective lengths, in bases


def sum_by_gene(transcripts: Abundances, gene: IntArray, n_genes: int) -> Abundances:
    """Counts and abundances summed by gene, and average lengths."""
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
    """Lengths with missing ones put in."""
    known = length > 0
    logs = np.log(length, out=np.zeros(length.shape), where=known)
    number = known.sum(axis=1)
    mean = np.divide(logs.sum(axis=1), number, out=np.zeros(len(number)), where=number > 0)
    fill = np.where(number > 0, np.exp(mean), plain)
    return np.where(known, length, fill[:, None])


def counts_from_abundance(found: Abundances, *, by_length: bool) -> FloatArray:
    """Counts that do not follow the lengths of samples, with the same library sizes."""
    scaled = (
        found.abundance * found.length.mean(axis=1, keepdims=True)
        if by_length
        else (found.abundance)
    )
    total = scaled.sum(axis=0)
    share = np.divide(found.counts.sum(axis=0), total, out=np.zeros(len(total)), where=total > 0)
    return np.asarray(scaled * share)


def quantified_list(
    tables: Mapping[str, pd.DataFrame],
    samples: pd.DataFrame,
    tx2gene: Any = None,
    counts_from: CountsFromAbundance = "no",
    *,
    ignore_version: bool = False,
    group: Any = None,
) -> DGEList:
    """DGEList of the estimates for several samples."""
    check_choice(counts_from, _SCALES, "counts_from_abundance")
    names = _shared_names(tables)
    estimates = Abundances(
        *(
            np.column_stack([table[column].to_numpy(dtype=float) for table in tables.values()])
            for column in COLUMNS
        )
    )
    if tx2gene is None:
        estimates = Abundances(
            estimates.counts,
            estimates.abundance,
            complete_lengths(estimates.length, np.ones(len(names))),
        )
    else:
        names, estimates = _genes(names, estimates, gene_of_transcript(tx2gene), ignore_version)
    counts = estimates.counts
    if counts_from != "no":
        counts = counts_from_abundance(estimates, by_length=counts_from == "length_scaled_tpm")
    return DGEList(
        pd.DataFrame(counts, index=names, columns=list(tables)),
        samples=samples.assign(files=samples["files"].map(str)),
        group=group,
        genes=pd.DataFrame({"Length": estimates.length.mean(axis=1)}, index=names),
        other={"abundance": estimates.abundance, "length": estimates.length},
    )


def gene_of_transcript(tx2gene: Any) -> pd.Series:
    """Genes by transcript."""
    if isinstance(tx2gene, str | Path):
        tx2gene = read_delimited(tx2gene).frame
    if isinstance(tx2gene, pd.DataFrame):
        if tx2gene.shape[1] < 2:
            raise InputError(
                f"`tx2gene` needs two columns, transcripts and genes; it has "
                f"{quoted(tx2gene.columns) or 'none'}."
            )
        genes = tx2gene.iloc[:, 1].set_axis(pd.Index(tx2gene.iloc[:, 0].to_numpy()), axis=0)
    else:
        genes = pd.Series(tx2gene, dtype=object)
    genes = genes.dropna().astype(str)
    genes.index = genes.index.astype(str)
    genes = genes[~pd.MultiIndex.from_arrays([genes.index, genes]).duplicated()]
    if not genes.index.is_unique:
        several = genes.index[genes.index.duplicated()].unique()
        raise InputError(f"Transcripts of `tx2gene` belong to several genes: {quoted(several)}.")
    return genes


def without_version(names: pd.Index) -> pd.Index:
    """Names of transcripts without what follows a bar or the last full stop."""
    return names.str.replace(r"\|.*$", "", regex=True).str.replace(r"\.\d+$", "", regex=True)


def _genes(
    names: pd.Index,
    estimates: Abundances,
    genes: pd.Series,
    ignore_version: bool,
) -> tuple[pd.Index, Abundances]:
    """Sum the estimates of transcripts whose genes are known."""
    if ignore_version:
        names = without_version(names)
        genes = genes[~without_version(genes.index).duplicated()]
        genes.index = without_version(genes.index)
    else:
        bare = names.str.replace(r"\|.*$", "", regex=True)
        names = names if names.isin(genes.index).any() else bare
    known = names.isin(genes.index)
    if not known.any():
        hint = (
            " `ignore_version=True` would match some."
            if (without_version(names).isin(without_version(genes.index)).any())
            else ""
        )
        raise InputError(
            f"No transcript ({quoted(names, 2)}) is in `tx2gene` ({quoted(genes.index, 2)}).{hint}"
        )
    if not known.all():
        warn(
            f"{(~known).sum():,} of {len(known):,} transcripts are not in `tx2gene` and left out.",
            Note,
        )
    codes, levels = pd.factorize(genes.loc[names[known]].to_numpy(), sort=True)
    parts = Abundances(*(estimates[name][known] for name in COLUMNS))
    return pd.Index(levels), sum_by_gene(parts, codes, len(levels))


def _shared_names(tables: Mapping[str, pd.DataFrame]) -> pd.Index:
    (first, table), *others = tables.items()
    for name, other in others:
        if not other.index.equals(table.index):
            raise InputError(
                f"Sample '{name}' has other transcripts than '{first}': {len(other):,} and "
                f"{len(table):,}; quantify all samples against the same index."
            )
    return table.index
