"""Data and tables of samples from files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from pylimma.adapters.anndata import layer_names, open_h5ad
from pylimma.analysis.options import OF_INTENSITIES
from pylimma.cli.conventions import parse_factors
from pylimma.cli.inputs import (
    CELLS,
    GEO,
    H5AD,
    SAMPLE,
    SEARCHED,
    TABLE,
    Inputs,
    find_inputs,
    named_inputs,
    read_inputs,
    read_searched,
)
from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EList, EListRaw
from pylimma.errors import InputError, Note, PylimmaError, UnknownNameError, nearest, quoted, warn
from pylimma.preprocessing.counts.pseudobulk import pseudobulk
from pylimma.readers.arrays.geo import read_geo
from pylimma.readers.cells import numbers_or_text
from pylimma.readers.count_tables import annotation_column, split_table
from pylimma.readers.delimited import read_delimited
from pylimma.readers.row_names import warn_of_names
from pylimma.readers.sample_tables import read_sample_table
from pylimma.record import Record

_FILES = ("samples", "annotation", "contrasts", "tx2gene", "cells", "logo")


@dataclass(frozen=True, slots=True, eq=False)
class Source(Record):
    """The input of a run."""

    data: Any  # cells for a pseudobulk analysis
    samples: pd.DataFrame | None  # None where it is stored with the data
    files: tuple[Path, ...]  # those read
    gene_column: str | None = None  # name of the genes' column in the file of annotation
    sample_column: str | None = None  # of the cells, by which they are summed


def read_source(options: Mapping[str, Any]) -> Source:
    """Data and samples of a run."""
    others = [*(options[name] for name in _FILES if options[name]), *options["sets"]]
    samples = None
    if options["samples"]:
        first = options["style"] == "nf-core"
        samples = read_samples(Path(options["samples"]), options["sample_id_col"], first=first)
    found = _inputs(options, samples)
    files = (*found.files, *map(Path, others))
    if options["files_col"] and samples is not None:
        samples = samples.drop(columns=options["files_col"])
    if found.format in (H5AD, CELLS):
        return _of_cells(found, samples, options, files)
    series = _series(found.files[0], options) if found.format == GEO else None
    if series is not None and samples is None and not options["factor"]:
        samples = series.targets
    if (samples is None) == (not options["factor"]):
        raise InputError("Give the table of samples by either --samples or --factor.")
    known = () if samples is None else samples.index
    data = _data(found, options, known) if series is None else series
    if samples is None:
        samples = parse_factors(options["factor"], data.col_names, data.shape[1])
    gene_column = None
    if options["annotation"]:
        data, gene_column = annotated(data, Path(options["annotation"]), options["gene_id_col"])
    return Source(data, samples, files, gene_column)


def _data(found: Inputs, options: Mapping[str, Any], known: Collection[str]) -> DGEList | EList:
    """Counts or log2 intensities of files, by their format."""
    if found.format in SEARCHED:
        return _intensities(found, options, known)
    if found.format == TABLE:
        return _table_of_genes(found.files[0], options, known)
    result: DGEList = read_inputs(found, options, known)
    return result


def _inputs(options: Mapping[str, Any], samples: pd.DataFrame | None) -> Inputs:
    """Where the data are: by --counts, by --h5ad, or by a column of the table of samples."""
    given = [name for name in ("counts", "h5ad", "files_col") if options[name]]
    if len(given) != 1:
        raise InputError("Give the data by one of --counts, --h5ad and --files-col.")
    if options["h5ad"]:
        return find_inputs(Path(options["h5ad"]), H5AD)
    if options["counts"]:
        return find_inputs(Path(options["counts"]), options["format"])
    column = options["files_col"]
    if samples is None or column not in samples.columns:
        columns = [] if samples is None else list(map(str, samples.columns))
        raise UnknownNameError(
            f"--files-col is '{column}'; the table of samples has "
            f"{quoted(nearest(column, columns)) or 'no columns'}."
        )
    folder = Path(options["samples"]).parent
    paths = {str(name): folder / str(file) for name, file in samples[column].items()}
    missing = [str(path) for path in paths.values() if not path.exists()]
    if missing:
        raise InputError(f"Files of the column '{column}' are missing: {quoted(missing, 4)}.")
    return named_inputs(paths, list(paths.values()), options["format"])


def _of_cells(
    found: Inputs, samples: pd.DataFrame | None, options: Mapping[str, Any], files: tuple[Path, ...]
) -> Source:
    """Cells for an analysis of each type, their sums by sample, or an AnnData of samples."""
    data = _h5ad(found.files[0]) if found.format == H5AD else read_inputs(found, options, ())
    by = options["pseudobulk_sample"] or (SAMPLE if found.format == CELLS else None)
    if options["cells"]:
        table = read_sample_table(Path(options["cells"]))
        data.obs = data.obs.join(table[[name for name in table if name not in data.obs]])
    if options["pseudobulk_group"]:
        if samples is not None and by in data.obs:
            added = samples[[name for name in samples if name not in data.obs]]
            data.obs = data.obs.join(added, on=by)
        return Source(data, None, files, sample_column=by)
    if by is None:
        if options["layer"] is not None:
            data = _layer(data, options["layer"])
        return Source(data, data.obs if samples is None else samples, files)
    least = {name: options[name] for name in ("min_cells", "min_counts")}
    bulk = pseudobulk(data, by, layer=options["layer"], **least)
    if samples is None:
        made = ["lib_size", "norm_factors"] + ["group"] * ("group" not in data.obs)
        return Source(bulk.frame(), bulk.samples.drop(columns=made), files)
    return Source(bulk.frame(), samples[samples.index.isin(bulk.frame().columns)], files)


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


def _of_intensities(options: Mapping[str, Any]) -> bool:
    """Whether the data are logarithms rather than counts."""
    return options["intensities"] or options["method"] in OF_INTENSITIES


def _intensities(found: Inputs, options: Mapping[str, Any], known: Collection[str]) -> EList:
    """Log2 intensities of a table of a search engine."""
    if not _of_intensities(options):
        engine = SEARCHED[found.format][0].name
        raise InputError(
            f"'{found.files[0].name}' is a table of {engine}, of intensities: give --intensities, "
            f"or --format table if it holds counts."
        )
    return read_searched(found, known)


def _table_of_genes(
    path: Path, options: Mapping[str, Any], samples: Collection[str]
) -> DGEList | EList:
    annotation = [name for name in (options.get("gene_name_col"),) if name] or None
    table = read_delimited(path, header=None)
    if _of_intensities(options):
        table = replace(table, frame=table.frame.apply(_with_missing))
    values, genes = split_table(table, annotation, samples)
    warn_of_names(values.index, quoted([path.name]), genes)
    if _of_intensities(options):
        return EList(E=values, genes=genes)
    return DGEList(values, genes=genes)


def _series(path: Path, options: Mapping[str, Any]) -> EList:
    """Logarithms of a series matrix file of GEO."""
    data = read_geo(path)
    if not _of_intensities(options):
        raise InputError(f"'{path.name}' is a series of GEO, without counts: give --method ls.")
    if isinstance(data, EListRaw):
        raise InputError(
            f"'{path.name}' holds intensities. Normalise them first, in Python: "
            f"normalize_between_arrays(read_geo(path)), and take logarithms."
        )
    return data


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
