"""Data and tables of samples from files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from pylimma.adapters.anndata import layer_names, open_h5ad
from pylimma.cli.conventions import parse_factors
from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EList
from pylimma.errors import InputError, Note, PylimmaError, UnknownNameError, nearest, quoted, warn
from pylimma.readers.cells import numbers_or_text
from pylimma.readers.count_tables import annotation_column, read_counts, split_table
from pylimma.readers.delimited import read_delimited
from pylimma.readers.row_names import warn_of_names
from pylimma.readers.sample_tables import read_sample_table
from pylimma.record import Record


@dataclass(frozen=True, slots=True, eq=False)
class Source(Record):
    """The input of a run."""

    data: Any  # cells for a pseudobulk analysis
    samples: pd.DataFrame | None  # None where it is stored with the data
    files: tuple[Path, ...]  # those read
    gene_column: str | None = None  # name of the genes' column in the file of annotation


def read_source(options: Mapping[str, Any]) -> Source:
    """Data and samples of a run."""
    paths = [options.get(name) for name in ("counts", "h5ad", "samples", "annotation", "contrasts")]
    files = tuple(Path(path) for path in paths if path)
    if bool(options.get("counts")) == bool(options.get("h5ad")):
        raise InputError("Give the data by either --counts or --h5ad.")
    samples = None
    if options.get("samples"):
        samples = read_samples(
            Path(options["samples"]),
            options.get("sample_id_col"),
            first=options["style"] == "nf-core",
        )
    if options.get("h5ad"):
        data = _h5ad(Path(options["h5ad"]))
        if options.get("pseudobulk_group"):
            return Source(data, None, files)
        if options["layer"] is not None:
            data = _layer(data, options["layer"])
        return Source(data, data.obs if samples is None else samples, files)
    if (samples is None) == (not options["factor"]):
        raise InputError("Give the table of samples by either --samples or --factor.")
    known = () if samples is None else samples.index
    data = _table_of_genes(Path(options["counts"]), options, known)
    if samples is None:
        samples = parse_factors(options["factor"], data.col_names, data.shape[1])
    gene_column = None
    if options.get("annotation"):
        data, gene_column = annotated(data, Path(options["annotation"]), options["gene_id_col"])
    return Source(data, samples, files, gene_column)


def read_samples(path: Path, id_column: str | None = None, *, first: bool = False) -> pd.DataFrame:
    """Table of samples with their names as index; empty cells are missing values.

    Several rows of a sample must be the same, unless the `first` is taken of its sequencing runs.
    """
    table = read_sample_table(path, id_column)
    names = table.index
    repeated = table.index.duplicated()
    if repeated.any():
        kept = table[~repeated]
        if not (first or table[repeated].equals(kept.loc[table.index[repeated]])):
            raise InputError(
                f"'{path.name}' names {quoted(set(names[repeated]))} more than once, with "
                f"different values."
            )
        again = quoted(dict.fromkeys(names[repeated]))
        warn(f"Repeated rows of '{path.name}' are removed: {again}.", Note)
        table = kept
    return table


def annotated(
    data: DGEList | EList, path: Path, key: str | None = None
) -> tuple[DGEList | EList, str]:
    """Data with the annotation of the genes from a file, and the name of the column of these.

    Genes are named by the column `key`, or by the first one where there is none of this name.
    """
    read = read_delimited(path)
    headers = list(map(str, read.frame.columns))
    place = headers.index(key) if key in headers else 0
    rest = [k for k in range(len(headers)) if k != place]
    table = read.texts().iloc[:, rest].set_axis(read.row_names(place), axis=0)
    table = table[~table.index.duplicated()]
    genes = pd.Index([] if data.row_names is None else data.row_names.astype(str))
    if not genes.isin(table.index).any():
        raise InputError(f"'{path.name}' has none of the genes of the data.")
    found = table.apply(annotation_column).apply(_with_whole_numbers).reindex(genes)
    stored = data.get("genes")
    if stored is not None and stored.shape[1]:
        rest = [name for name in stored.columns if name not in found.columns]
        found = pd.concat([found, stored[rest].set_axis(genes, axis=0)], axis=1)
    return data.replace(genes=found), headers[place]


def _table_of_genes(
    path: Path, options: Mapping[str, Any], samples: Collection[str]
) -> DGEList | EList:
    annotation = [name for name in (options.get("gene_name_col"),) if name] or None
    if path.suffix == ".h5ad":
        return read_counts(path)
    table = read_delimited(path, header=None)
    if options["method"] == "ls":
        table = replace(table, frame=table.frame.apply(_with_missing))
    values, genes = split_table(table, annotation, samples)
    warn_of_names(values.index, path.name, genes)
    if options["method"] == "ls":
        return EList(E=values, genes=genes)
    return DGEList(values, genes=genes)


def _with_whole_numbers(column: pd.Series) -> pd.Series:
    """Whole numbers that stay whole beside missing ones."""
    return column.astype("Int64") if column.dtype.kind in "iu" else column


def _with_missing(column: pd.Series) -> pd.Series:
    """Values with empty cells as missing ones."""
    return column if is_numeric_dtype(column) else numbers_or_text(column)


def _h5ad(path: Path) -> Any:
    try:
        return open_h5ad(path)
    except PylimmaError:
        raise
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"'{path.name}' is not an h5ad file of an AnnData.") from error


def _layer(data: Any, layer: str) -> Any:
    names = layer_names(data)
    if layer not in names:
        raise UnknownNameError(
            f"No layer '{layer}'; the file has {quoted(nearest(layer, names)) or 'none'}."
        )
    changed = data.copy()
    changed.X = data.layers[layer]
    return changed
