"""Estimates for transcripts of several samples, as counts of transcripts or genes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from pylimma.containers.counts import DGEList
from pylimma.errors import InputError, Note, check_choice, quoted, warn
from pylimma.numerics.transcript_sums import (
    Abundances,
    complete_lengths,
    counts_from_abundance,
    sum_by_gene,
)
from pylimma.readers.delimited import read_delimited

CountsFromAbundance: TypeAlias = Literal["no", "scaled_tpm", "length_scaled_tpm"]
_SCALES = ("no", "scaled_tpm", "length_scaled_tpm")
COLUMNS = ("counts", "abundance", "length")


def quantified_list(
    tables: Mapping[str, pd.DataFrame],
    samples: pd.DataFrame,
    tx2gene: Any = None,
    counts_from: CountsFromAbundance = "no",
    *,
    ignore_version: bool = False,
    group: Any = None,
) -> DGEList:
    """DGEList of the estimates for several samples.

    Parameters
    ----------
    tables : dict of DataFrame
        For each sample, columns `counts`, `abundance` and `length`, named by transcript.
    samples : DataFrame of samples
        What else is known of them.
    tx2gene : DataFrame, dict, Series or path, optional
        Gene of each transcript; without it the rows stay transcripts.
    counts_from : {"no", "scaled_tpm", "length_scaled_tpm"}
        Whether counts are the estimated reads, or are made of abundances, which leaves out the
        differences of length between samples.
    ignore_version : bool
        Whether a version at the end of a transcript's name, as in ``ENST00000456328.2``, is
        left out when transcripts are looked up in `tx2gene`.
    group : sequence of shape (samples,), optional
        Groups of the samples.

    Returns
    -------
    DGEList
        Abundances and average lengths of each sample are in `other`, mean lengths in the
        column `Length` of `genes`.

    Raises
    ------
    InputError
        If samples differ in their transcripts, or none is in `tx2gene`.
    """
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
    """Genes by transcript.

    Parameters
    ----------
    tx2gene : DataFrame, dict, Series or path
        Transcripts in the first column and genes in the second, whatever they are called.

    Returns
    -------
    Series of str
        Genes, named by transcript.

    Raises
    ------
    InputError
        If there are no two columns, or a transcript belongs to several genes.
    """
    if isinstance(tx2gene, str | Path):
        tx2gene = read_delimited(tx2gene).frame
    if isinstance(tx2gene, pd.DataFrame):
        if tx2gene.shape[1] < 2:  # noqa: PLR2004 - transcript and gene
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
    """Names of transcripts without what follows a bar or the last full stop.

    Parameters
    ----------
    names : Index
        Names such as ``ENST00000456328.2|ENSG00000290825.1``.

    Returns
    -------
    Index
    """
    return names.str.replace(r"\|.*$", "", regex=True).str.replace(r"\.\d+$", "", regex=True)


def _genes(
    names: pd.Index,
    estimates: Abundances,
    genes: pd.Series,
    ignore_version: bool,  # noqa: FBT001
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
