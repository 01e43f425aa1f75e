"""Matrices of counts in text files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.anndata import open_h5ad
from pylimma.adapters.dge_list import as_dge_list
from pylimma.containers.counts import DGEList
from pylimma.errors import InputError, InputWarning, UnknownNameError, nearest, quoted, warn
from pylimma.readers.delimited import TextTable, read_delimited

_ANNOTATION = frozenset(
    {"chr", "chrom", "chromosome", "start", "end", "strand", "length", "gene_length", "width"}
    | {"biotype", "gene_biotype", "gc", "gc_content", "entrezid", "entrezgeneid", "entrez"}
    | {"symbol", "gene_name", "genename", "description"}
)
_DATES = r"(?i)\d{1,2}-(?:mar|sep|dec|oct)|(?:mar|sep|dec|oct)-\d{1,2}"
_SUMMARIES = ("_", "N_")  # rows of HTSeq and STAR that count reads without a gene


def read_counts(
    path: Any,
    *,
    sep: str | None = None,
    annotation_columns: Any = None,
    comment: str = "#",
    samples: Any = None,
    group: Any = None,
    layer: str | None = None,
) -> DGEList:
    r"""Counts of a text file with genes in rows and samples in columns.

    Parameters
    ----------
    path : str or Path
        Text, plain or compressed by gzip, with genes in the first column; or an ``.h5ad`` file.
    sep : str, optional
        Separator; tab, comma, semicolon or blanks, as found in the header, when not given.
    annotation_columns : names or positions, optional
        Columns that annotate the genes. When not given: the first one, and those after it that
        hold text or are called "Length", "Chr", "Start" and the like.
    comment : str
        Lines that begin so are left out.
    samples : DataFrame of samples, optional
        What is known of the samples, matched by name.
    group : sequence of shape (samples,), optional
        Groups of the samples.
    layer : str, optional
        Layer of an ``.h5ad`` file.

    Returns
    -------
    DGEList
        Genes named by the first column; other annotation columns are in `genes`.

    Raises
    ------
    InputError
        If there is no such file, names of columns repeat, a line has more or fewer fields
        than the others, or a count is no number; the message gives the line.

    Warns
    -----
    InputWarning
        If names of genes were turned into dates by a spreadsheet, or if rows hold the
        summaries that HTSeq and STAR write.

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
    table = read_delimited(path, sep=sep, comment=comment)
    counts, genes = split_table(table, annotation_columns)
    warn_of_names(counts.index, table.path.name)
    return DGEList(counts, samples=samples, group=group, genes=genes)


def split_table(
    table: TextTable, annotation_columns: Any = None
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Counts and annotation of a table of genes."""
    frame = table.frame
    annotates = _annotates(frame, annotation_columns)
    names = pd.Index(frame.iloc[:, 0].astype(str).to_numpy())
    counts = frame.loc[:, ~annotates].set_axis(names, axis=0)
    for column in counts.columns[[dtype.kind not in "iuf" for dtype in counts.dtypes]]:
        wrong = pd.to_numeric(counts[column], errors="coerce").isna().to_numpy()
        row = int(np.argmax(wrong))
        cell = counts[column].iloc[row]
        raise table.fault(row, f"column '{column}' holds {cell!r}, which is no count")
    if counts.shape[1] == 0:
        raise InputError(f"'{table.path.name}' has no column of counts after the annotation.")
    genes = frame.loc[:, annotates].iloc[:, 1:].set_axis(names, axis=0)
    return counts, genes if genes.shape[1] else None


def warn_of_names(names: pd.Index, file: str) -> None:
    """Warn of names of genes that are none."""
    text = names.astype(str)
    dates = text[text.str.fullmatch(_DATES)]
    if len(dates):
        warn(
            f"Genes of '{file}' are called {quoted(dates, 4)}: a spreadsheet took their names for "
            f"dates. Export the counts anew, with names as text.",
            InputWarning,
        )
    summaries = text[text.str.startswith(_SUMMARIES)]
    if len(summaries):
        warn(
            f"Rows of '{file}' are no genes but summaries: {quoted(summaries)}; leave them out, as "
            f"they add to the library sizes.",
            InputWarning,
        )


def _annotates(frame: pd.DataFrame, columns: Any) -> Any:
    """Mask of the columns that hold no counts, the first always among them."""
    mask = np.zeros(frame.shape[1], dtype=bool)
    mask[0] = True
    if columns is None:
        while mask.sum() < len(mask) and _is_annotation(frame.iloc[:, int(mask.sum())]):
            mask[mask.sum()] = True
        return mask
    for name in [columns] if isinstance(columns, str | int) else columns:
        known = range(-len(mask), len(mask)) if isinstance(name, int) else frame.columns
        if name not in known:
            raise UnknownNameError(
                f"`annotation_columns` has {name!r}; the columns are "
                f"{quoted(nearest(name, frame.columns))}."
            )
        mask[name if isinstance(name, int) else frame.columns.get_loc(name)] = True
    return mask


def _is_annotation(column: pd.Series) -> bool:
    """Whether a column is named like annotation, or holds text in most of its cells."""
    if str(column.name).lower() in _ANNOTATION:
        return True
    if column.dtype.kind in "iuf":
        return False
    numeric = pd.to_numeric(column, errors="coerce").notna()
    return bool(numeric.mean() < 0.5)  # noqa: PLR2004 - a slip in a count is not annotation
