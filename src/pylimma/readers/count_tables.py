"""Counts of reads by gene in text files.

One matrix (`read_counts`), a file for each sample (`read_dge`), or the output of featureCounts, a
matrix with known columns of annotation (`read_feature_counts`).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.anndata import open_h5ad
from pylimma.adapters.dge_list import as_dge_list
from pylimma.arguments import sequence
from pylimma.containers.counts import DGEList
from pylimma.errors import InputError, Note, quoted, warn
from pylimma.readers.cells import MISSING, lossless_numbers, numbers_or_text, padded
from pylimma.readers.delimited import Layout, TextTable, read_columns, read_delimited
from pylimma.readers.files import files_by_name, sample_files, without_common_extension
from pylimma.readers.row_names import warn_of_names

_FEATURE_COUNTS_ANNOTATION = ("Chr", "Start", "End", "Strand", "Length")
FEATURE_COUNTS = Layout(
    program="featureCounts",
    row_names="Geneid",
    columns={name: name for name in _FEATURE_COUNTS_ANNOTATION},
    hint=" Use `read_counts` for other tables.",
)

_ANNOTATION = frozenset(
    {"chr", "chrom", "chromosome", "start", "end", "strand", "length", "gene_length", "width"}
    | {"biotype", "gene_biotype", "gc", "gc_content", "entrezid", "entrezgeneid", "entrez"}
    | {"symbol", "gene_name", "genename", "description"}
)
_MEASURED = frozenset({"start", "end", "length", "gene_length", "width", "gc", "gc_content"})
_MAY_BE_SAMPLES = frozenset({"chr", "chrom", "chromosome", "start", "end", "strand"})
_COMMAS = r"-?\d+,\d+|-?\d{1,3}(?:[,. ']\d{3})+(?:[.,]\d+)?"  # counts as some write them
_MOST_SLIPS = 0.5  # share of cells without a number up to which a column holds counts with slips
_ALIGNMENT = re.compile(
    r"(?:[._]?Aligned\.(?:sortedByCoord\.)?out)?(?:[._]sorted)?\.(?:bam|sam|cram)$"
)


def read_counts(
    path: Any,
    *,
    sep: str | None = None,
    annotation_columns: Any = None,
    comment: str = "#",
    samples: Any = None,
    group: Any = None,
    layer: str | None = None,
    header: bool | None = None,
) -> DGEList:
    r"""Counts of a text file with genes in rows and samples in columns.

    Parameters
    ----------
    path : str or Path
        Text with genes in the first column, plain or compressed by gzip, bzip2, xz or zstd; a GCT
        file; or an ``.h5ad`` file. ``-`` is standard input.
    sep : str, optional
        Separator; tab, comma, semicolon or blanks, as found in the first lines, when not given.
    annotation_columns : names or positions, optional
        Columns that annotate the genes. When not given: the first one, and those that hold text
        or are called "Length", "Chr", "Start" and the like.
    comment : str
        Lines that begin with it are skipped, but for a header such as ``#OTU ID``.
    samples : DataFrame of samples, optional
        What is known of the samples, matched by name.
    group : sequence of shape (samples,), optional
        Groups of the samples.
    layer : str, optional
        Layer of an ``.h5ad`` file.
    header : bool, optional
        Whether the first line names the samples; when not given, it does unless it holds numbers
        like the lines below it.

    Returns
    -------
    DGEList
        Genes named by the first column, as it is written; other annotation columns are in
        `genes`, and what a GCT file says of the samples in `samples`.

    Raises
    ------
    InputError
        If there is no such file, names of columns repeat, a line has more or fewer fields
        than the others, a quote stays open, or a count is not a number; the message gives the
        line. If a compressed file is damaged.

    Warns
    -----
    InputWarning
        If a spreadsheet turned names of genes into dates or numbers, or rows hold the summaries
        that HTSeq and STAR write.
    Note
        If columns among the samples are annotation, or the file has no header.

    See Also
    --------
    read_dge : A file for each sample.
    read_feature_counts : Output of featureCounts.

    Examples
    --------
    >>> import pylimma, pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "counts.csv"
    >>> _ = file.write_text("gene,a,b\nBRCA1,10,12\nTP53,0,3\n")
    >>> pylimma.read_counts(file).counts
    array([[10, 12],
           [ 0,  3]])
    """
    if str(path).endswith(".h5ad"):
        return as_dge_list(open_h5ad(path), layer=layer, samples=samples, group=group)
    table = read_delimited(path, sep=sep, comment=comment, header=header)
    known = samples.index.map(str) if isinstance(samples, pd.DataFrame) else ()
    counts, genes = split_table(table, annotation_columns, known)
    warn_of_names(counts.index, quoted([table.path.name]), genes)
    told = table.samples if samples is None else samples
    return DGEList(counts, samples=told, group=group, genes=genes)


def read_dge(
    files: Any,
    path: Any = None,
    columns: tuple[int | str, int | str] = (0, 1),
    group: Any = None,
    labels: Any = None,
    *,
    sep: str | None = "\t",
    header: bool | None = None,
    comment: str = "#",
) -> DGEList:
    """Counts of files that hold one sample each: genes and their counts.

    Parameters
    ----------
    files : sequence of paths, pattern, dict, Series or DataFrame
        Text files, plain or compressed. A DataFrame has a column `files`; its other columns
        describe the samples.
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
    header : bool, optional
        Whether the first line names the columns; when not given, it does unless it holds a count,
        as in the files of HTSeq and STAR.
    comment : str
        Lines that begin with it are skipped.

    Returns
    -------
    DGEList
        All genes of all files, in order of appearance; a gene that a file lacks has count 0.
        The column `files` of `samples` gives the file of each sample.

    Raises
    ------
    InputError
        If a file does not exist, a gene repeats in it, or a count is not a number; the message
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


def read_feature_counts(
    paths: Any, *, labels: Any = None, samples: Any = None, group: Any = None
) -> DGEList:
    """Counts of one or more files that featureCounts wrote.

    Parameters
    ----------
    paths : path, pattern or sequence of paths
        Text files, plain or compressed, all for the same genes.
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
        With the columns `Chr`, `Start`, `End`, `Strand` and `Length` in `genes`, and those of
        `--extraAttributes`.

    Raises
    ------
    InputError
        If a file does not exist or is not output of featureCounts, or if files differ in their
        genes.

    References
    ----------
    Liao Y, Smyth GK, Shi W (2014). Bioinformatics 30:923-930.
    https://doi.org/10.1093/bioinformatics/btt656
    """
    files = sample_files(paths, str)["files"]
    tables = [read_columns(file, FEATURE_COUNTS, _FEATURE_COUNTS_ANNOTATION) for file in files]
    for table, file in zip(tables, files, strict=True):
        if not table.index.equals(tables[0].index):
            raise InputError(f"'{file}' has other genes than '{files.iloc[0]}'.")
    parts = [_split_features(table, file) for table, file in zip(tables, files, strict=True)]
    counts = pd.concat([part for part, _ in parts], axis=1)
    names = (
        _alignment_names(list(counts.columns))
        if labels is None
        else list(map(str, sequence(labels, "labels")))
    )
    if len(names) != counts.shape[1]:
        raise InputError(f"`labels` has {len(names)} names; there are {counts.shape[1]} samples.")
    genes = pd.Index(counts.index.astype(str).to_numpy())
    return DGEList(
        counts.set_axis(names, axis=1).set_axis(genes, axis=0),
        samples=samples,
        group=group,
        genes=parts[0][1].set_axis(genes, axis=0),
    )


def _split_features(table: pd.DataFrame, file: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts and annotation, to which `--extraAttributes` adds columns."""
    annotates = [
        name in _FEATURE_COUNTS_ANNOTATION or _is_annotation(table[name], among_samples=True)
        for name in table.columns
    ]
    counts = table.loc[:, ~np.array(annotates)]
    for name, column in counts.items():
        wrong = pd.to_numeric(column, errors="coerce").isna().to_numpy()
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(
                f"'{file}' has {column.iloc[row]!r} for gene '{table.index[row]}' in column "
                f"'{name}', which is not a count."
            )
    return counts, table.loc[:, annotates]


def split_table(
    table: TextTable, annotation_columns: Any, samples: Collection[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Counts and annotation of a table, each with the genes as row names.

    `samples` are the names of those that are known to be such.
    """
    annotates = _annotates(table, annotation_columns, samples)
    of_counts = np.flatnonzero(~annotates).tolist()
    counts = table.numbers(of_counts)
    of_names = table.id_column()
    names = table.row_names(of_names)
    if counts.shape[1] == 0:
        raise InputError(f"'{table.path.name}' has no column of counts after the annotation.")
    if not table.has_header:
        warn(
            f"The first line of '{table.path.name}' holds counts, so that the file has no header; "
            f"samples are numbered. Use `header=True` if it names the samples.",
            Note,
        )
        counts.columns = pd.Index([f"Sample{k + 1}" for k in range(counts.shape[1])])
    beside = np.flatnonzero(annotates)
    texts = table.texts(beside[beside > of_names].tolist())
    genes = texts.apply(annotation_column).set_axis(names, axis=0)
    return counts.set_axis(names, axis=0), genes if genes.shape[1] else None


def _annotates(table: TextTable, columns: Any, samples: Collection[str]) -> Any:
    """Mask of the columns that hold no counts; the first is always one of them."""
    frame = table.frame
    mask = np.zeros(frame.shape[1], dtype=bool)
    mask[0] = True
    if columns is not None:
        several = [columns] if isinstance(columns, str | int) else columns
        for column in sequence(several, "annotation_columns"):
            mask[table.position(column, "annotation_columns")] = True
        return mask
    if table.n_annotation is not None:
        mask[: table.n_annotation] = True
        return mask
    is_sample = [str(name) in samples for name in frame.columns]
    while mask.sum() < len(mask) and not is_sample[k := int(mask.sum())]:
        if not _is_annotation(frame.iloc[:, k]):
            break
        mask[k] = True
    lead = int(mask.sum())
    for k in range(lead, len(mask)):
        mask[k] = not is_sample[k] and _is_annotation(frame.iloc[:, k], among_samples=True)
    beside = frame.columns[lead:][mask[lead:]]
    if len(beside) and not mask.all():
        warn(
            f"Columns of '{table.path.name}' among the samples are taken for annotation of genes: "
            f"{quoted(beside)}.",
            Note,
        )
    return mask


def _is_annotation(column: pd.Series, *, among_samples: bool = False) -> bool:
    """Whether a column is named like annotation, or holds text in most of its cells."""
    name = str(column.name).lower()
    if name in _ANNOTATION and not (among_samples and name in _MAY_BE_SAMPLES):
        return True
    if column.dtype.kind in "iuf":
        return False
    if padded(column):
        return True
    known = pd.to_numeric(column, errors="coerce").notna() | column.str.fullmatch(_COMMAS)
    if among_samples:  # a sample may lack all of its counts
        known |= column.isin(MISSING)
    return bool(known.mean() < _MOST_SLIPS)


def annotation_column(column: pd.Series) -> pd.Series:
    """Annotation as numbers where it measures genes; what names something stays text."""
    if str(column.name).lower() in _MEASURED:
        return numbers_or_text(column, missing=())
    return lossless_numbers(column)


def _named(files: Any) -> bool:
    """Whether the files came with names of samples."""
    index = getattr(files, "index", None)
    return isinstance(files, dict) or (
        isinstance(index, pd.Index) and not isinstance(index, pd.RangeIndex)
    )


def _one_sample(table: TextTable, columns: tuple[int | str, int | str]) -> pd.Series:
    """Counts of a file by gene."""
    pair = sequence(columns, "columns")
    if len(pair) != 2:
        raise InputError(f"`columns` are those of the genes and of the counts; got {quoted(pair)}.")
    of_genes, of_counts = (table.position(column, "columns") for column in pair)
    names = table.row_names(of_genes)
    repeated = names.duplicated()
    if repeated.any():
        row = int(np.argmax(repeated))
        raise table.fault(row, f"gene '{names[row]}' occurs for the second time")
    return table.numbers([of_counts]).iloc[:, 0].set_axis(names, axis=0)


def _joined(series: dict[str, pd.Series]) -> pd.DataFrame:
    """Counts of all samples for the genes of all of them, zero where a file lacks one."""
    genes = pd.Index(pd.unique(np.concatenate([s.index.to_numpy() for s in series.values()])))
    columns = {name: s.reindex(genes, fill_value=0).to_numpy() for name, s in series.items()}
    return pd.DataFrame(columns, index=genes)


def _alignment_names(columns: list[str]) -> list[str]:
    """Shortest of three ways to name the samples after their alignments that keeps them apart."""
    bare = [Path(column.replace("\\", "/")).name for column in columns]
    short = [_ALIGNMENT.sub("", name) for name in bare]
    return next((names for names in (short, bare) if len(set(names)) == len(names)), columns)
