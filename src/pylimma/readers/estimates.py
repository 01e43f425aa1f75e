"""Estimates of several samples as one object, for any quantification program.

Samples are matched by the names of their transcripts, which are cut at the first ``|``: GENCODE
puts those of the gene behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from pylimma.containers.counts import DGEList
from pylimma.errors import InputError, check_choice, quoted
from pylimma.readers.files import files_by_name, sample_files
from pylimma.readers.overdispersion import TranscriptCounts, transcript_counts
from pylimma.readers.programs import ANNOTATED, ESTIMATES, Program
from pylimma.readers.transcript_sums import (
    Abundances,
    parse_tx2gene,
    scaled_counts,
    sum_estimates,
    transcript_names,
)
from pylimma.typing import IntArray

CountsFromAbundance: TypeAlias = Literal["no", "scaled_tpm", "length_scaled_tpm"]
_SCALES = ("no", "scaled_tpm", "length_scaled_tpm")


def read_estimates(
    program: Program,
    paths: Any,
    tx2gene: Any,
    counts_from: CountsFromAbundance,
    *,
    ignore_version: bool,
    labels: Any,
    group: Any,
) -> DGEList:
    """DGEList of the estimates for several samples."""
    check_choice(counts_from, _SCALES, "counts_from_abundance")
    samples = sample_files(paths, program.sample_name, labels=labels)
    tables = {
        name: program.table(program.file(path, resampled=False), ESTIMATES)
        for name, path in files_by_name(samples).items()
    }
    first = next(iter(tables.values()))
    names, places = first.index, _places(tables)
    if tx2gene is True and "gene" in program.text.columns:
        tx2gene = dict(zip(names, first.get("gene", names), strict=True))
    matrices = [
        np.column_stack([t[column].to_numpy(float)[places[k]] for k, t in tables.items()])
        for column in ESTIMATES
    ]
    genes = None if tx2gene is None else parse_tx2gene(tx2gene)
    names, found = sum_estimates(names, Abundances(*matrices), genes, ignore_version=ignore_version)
    counts = found.counts
    if counts_from != "no":
        counts = scaled_counts(found, by_length=counts_from == "length_scaled_tpm")
    return DGEList(
        pd.DataFrame(counts, index=names, columns=list(tables)),
        samples=samples.assign(files=samples["files"].map(str)),
        group=group,
        genes=pd.DataFrame({"Length": found.length.mean(axis=1)}, index=names),
        other={"abundance": found.abundance, "length": found.length},
    )


def catch_estimates(
    program: Program, paths: Any, labels: Any, *, folder: Any = None
) -> TranscriptCounts:
    """Transcripts of several samples with the overdispersion of their mapping."""
    samples = sample_files(paths, program.sample_name, labels=labels, folder=folder)
    tables, resamples = {}, {}
    for name, path in files_by_name(samples).items():
        file = program.file(path, resampled=True)
        tables[name] = program.table(file, ANNOTATED)
        resamples[name] = program.resamples(file, tables[name])
    places = _places(tables)
    names = transcript_names(next(iter(tables.values())).index)
    return transcript_counts(
        {name: table.iloc[places[name]].set_axis(names, axis=0) for name, table in tables.items()},
        {name: sample.take(places[name]) for name, sample in resamples.items()},
        hint=f"{program.text.program} with {program.option}",
    )


def _places(tables: Mapping[str, pd.DataFrame]) -> dict[str, IntArray]:
    """Positions of the transcripts of the first table in each of them."""
    (first, table), *others = tables.items()
    places = {first: np.arange(len(table))}
    for name, other in others:
        if other.index.equals(table.index):
            places[name] = places[first]
            continue
        unknown = other.index.difference(table.index)
        unique = other.index.is_unique and table.index.is_unique
        if len(other) != len(table) or len(unknown) or not unique:
            raise InputError(
                f"Sample '{name}' has other transcripts than '{first}': {len(other):,} and "
                f"{len(table):,}, of which {len(unknown):,} are not in '{first}' "
                f"({quoted(unknown, 3)}); quantify all samples against the same index."
            )
        places[name] = other.index.get_indexer(table.index)
    return places
