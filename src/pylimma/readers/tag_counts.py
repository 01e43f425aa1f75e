"""Counts of each sample in a file of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.containers.counts import DGEList
from pylimma.errors import UnknownNameError, nearest, quoted
from pylimma.readers.count_tables import warn_of_names
from pylimma.readers.delimited import TextTable, read_delimited
from pylimma.readers.sample_files import files_by_name, sample_files, without_common_extension


def read_dge(
    files: Any,
    path: Any = None,
    columns: tuple[int | str, int | str] = (0, 1),
    group: Any = None,
    labels: Any = None,
    *,
    sep: str | None = "\t",
    header: bool = True,
    comment: str = "#",
) -> DGEList:
    """Counts of files that hold one sample each: genes and their counts.

    Parameters
    ----------
    files : sequence of paths, pattern, dict, Series or DataFrame
        Text files, plain or compressed by gzip. A DataFrame has a column `files`; its other
        columns describe the samples.
    path : path, optional
        Folder that the files are in.
    columns : (int or str, int or str)
        Columns of the genes and of the counts, by position from 0 or by name.
    group : sequence of shape (samples,), optional
        Groups of the samples; else the column `group` of a DataFrame, else one group "1".
    labels : sequence of str, optional
        Names of the samples; when not given, the names of the files, without the extension if
        all share one.
    sep : str, optional
        Separator; found in the first line when None.
    header : bool
        Whether the first line names the columns.
    comment : str
        Lines that begin so are left out.

    Returns
    -------
    DGEList
        All genes of all files, in order of appearance; a gene that a file does not have
        counts 0. The column `files` of `samples` says where each sample came from.

    Raises
    ------
    InputError
        If a file is not there, a gene repeats in it, or a count is no number; the message
        gives the line.
    UnknownNameError
        If there is no such column.

    Warns
    -----
    InputWarning
        If rows hold the summaries that HTSeq and STAR write.

    See Also
    --------
    read_counts : All samples in one file.
    """
    given = sample_files(files, lambda file: file.name, labels=labels, folder=path)
    if labels is None and not _named(files):
        names = without_common_extension(list(given["files"]))
        given = given.set_axis(pd.Index(names), axis=0)
    series = {
        name: _one_sample(read_delimited(file, sep=sep, comment=comment, header=header), columns)
        for name, file in files_by_name(given).items()
    }
    counts = _joined(series)
    warn_of_names(counts.index, quoted(given["files"].map(lambda file: file.name), 3))
    return DGEList(counts, samples=given.assign(files=given["files"].map(str)), group=group)


def _named(files: Any) -> bool:
    """Whether the files came with names of samples."""
    index = getattr(files, "index", None)
    return isinstance(files, dict) or (
        isinstance(index, pd.Index) and not isinstance(index, pd.RangeIndex)
    )


def _one_sample(table: TextTable, columns: tuple[int | str, int | str]) -> pd.Series:
    """Counts of a file by gene."""
    frame = table.frame
    genes, counts = (frame.iloc[:, _position(frame, column)] for column in columns)
    names = pd.Index(genes.astype(str).to_numpy())
    repeated = names.duplicated()
    if repeated.any():
        row = int(np.argmax(repeated))
        raise table.fault(row, f"gene '{names[row]}' occurs for the second time")
    if counts.dtype.kind not in "iuf":
        row = int(np.argmax(pd.to_numeric(counts, errors="coerce").isna().to_numpy()))
        raise table.fault(row, f"{counts.iloc[row]!r} is no count")
    return counts.set_axis(names, axis=0)


def _position(frame: pd.DataFrame, column: int | str) -> int:
    if isinstance(column, str):
        if column not in frame.columns:
            raise UnknownNameError(
                f"No column '{column}'; there are {quoted(nearest(column, frame.columns))}."
            )
        return int(frame.columns.get_loc(column))  # type: ignore[arg-type]
    if not -frame.shape[1] <= column < frame.shape[1]:
        raise UnknownNameError(
            f"`columns` has {column}; there are {frame.shape[1]} columns, counted from 0."
        )
    return column


def _joined(series: dict[str, pd.Series]) -> pd.DataFrame:
    """Counts of all samples for the genes of all of them, absent ones being zero."""
    genes = pd.Index(pd.unique(np.concatenate([s.index.to_numpy() for s in series.values()])))
    columns = {name: s.reindex(genes, fill_value=0).to_numpy() for name, s in series.items()}
    return pd.DataFrame(columns, index=genes)
