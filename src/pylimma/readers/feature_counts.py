"""Output of featureCounts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.containers.counts import DGEList
from pylimma.errors import InputError, quoted
from pylimma.readers.delimited import read_delimited
from pylimma.readers.sample_files import sample_files

_ANNOTATION = ["Chr", "Start", "End", "Strand", "Length"]
_ALIGNMENT = re.compile(
    r"(?:[._]?Aligned\.(?:sortedByCoord\.)?out)?(?:[._]sorted)?\.(?:bam|sam|cram)$"
)


def read_feature_counts(
    paths: Any, *, labels: Any = None, samples: Any = None, group: Any = None
) -> DGEList:
    """Counts of one or more files that featureCounts wrote.

    Parameters
    ----------
    paths : path, pattern or sequence of paths
        Text files, plain or compressed by gzip, all for the same genes.
    labels : sequence of str, optional
        Names of the samples; when not given, those of the alignment files, without folder and
        extension where they stay different.
    samples : DataFrame of samples, optional
        What is known of the samples, matched by name.
    group : sequence of shape (samples,), optional
        Groups of the samples.

    Returns
    -------
    DGEList
        With the columns `Chr`, `Start`, `End`, `Strand` and `Length` in `genes`.

    Raises
    ------
    InputError
        If a file is not there or is no output of featureCounts, or if files differ in their
        genes.

    References
    ----------
    Liao Y, Smyth GK, Shi W (2014). Bioinformatics 30:923-930.
    https://doi.org/10.1093/bioinformatics/btt656
    """
    files = sample_files(paths, str)["files"]
    tables = [_table(file) for file in files]
    for table, file in zip(tables, files, strict=True):
        if not table.index.equals(tables[0].index):
            raise InputError(f"'{file}' has other genes than '{files.iloc[0]}'.")
    counts = pd.concat([table.drop(columns=_ANNOTATION) for table in tables], axis=1)
    names = _sample_names(list(counts.columns)) if labels is None else list(labels)
    if len(names) != counts.shape[1]:
        raise InputError(f"`labels` has {len(names)} names; there are {counts.shape[1]} samples.")
    return DGEList(
        counts.set_axis(names, axis=1),
        samples=samples,
        group=group,
        genes=tables[0][_ANNOTATION],
    )


def _table(file: Path) -> pd.DataFrame:
    frame = read_delimited(file, sep="\t").frame
    if list(frame.columns[:6]) != ["Geneid", *_ANNOTATION]:
        raise InputError(
            f"'{file.name}' is no output of featureCounts: its columns are "
            f"{quoted(frame.columns[:6])}; use `read_counts` for other tables."
        )
    return frame.set_axis(pd.Index(frame["Geneid"].astype(str).to_numpy()), axis=0).iloc[:, 1:]


def _sample_names(columns: list[str]) -> list[str]:
    """Shortest of three ways to name the samples after their files that keeps them apart."""
    bare = [Path(column.replace("\\", "/")).name for column in columns]
    short = [_ALIGNMENT.sub("", name) for name in bare]
    return next((names for names in (short, bare) if len(set(names)) == len(names)), columns)
