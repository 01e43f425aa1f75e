"""Counts of single cells as 10x Genomics software of any version writes them.

Cell Ranger 2 keeps a group, or folder, for each genome, with `genes`; from version 3 on there is
one `matrix` with `features` of several types, each of a genome.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.io import mmread
from scipy.sparse import csc_array, csr_array, hstack

from pylimma.adapters.anndata import new_anndata
from pylimma.arguments import flag, text
from pylimma.arguments import path as file_path
from pylimma.errors import InputError, InputWarning, UnknownNameError, nearest, quoted, warn
from pylimma.readers.compression import read_content, without_compression
from pylimma.readers.delimited import read_delimited
from pylimma.readers.files import existing_file, open_hdf
from pylimma.typing import AnyArray

_FEATURES = ("gene_ids", "gene_names", "feature_types")
_HDF = (".h5", ".hdf5")
EXPRESSION = "Gene Expression"

# SciPy asks for the choice from 1.15 on; before, there was none.
_AS_ARRAY: dict[str, Any] = (
    {"spmatrix": False} if "spmatrix" in signature(mmread).parameters else {}
)

Cells = tuple[csr_array, pd.Index, pd.DataFrame]  # cells × features, barcodes, features


def read_10x(
    path: Any, *, prefix: str = "", gene_expression_only: bool = True, genome: str | None = None
) -> Any:
    """Counts of single cells as an AnnData, for `pseudobulk`.

    Parameters
    ----------
    path : str or Path
        Folder that holds ``matrix.mtx``, ``barcodes.tsv`` and ``features.tsv`` or
        ``genes.tsv``, plain or compressed; a folder of such folders, one for each genome; or a
        ``.h5`` file. All versions of Cell Ranger are read.
    prefix : str
        Prefix of the names of the files in the folder.
    gene_expression_only : bool
        Whether features other than genes, such as antibodies, are dropped.
    genome : str, optional
        Genome whose genes are kept; those of all genomes when not given.

    Returns
    -------
    AnnData of shape (cells, genes)
        Sparse counts. Genes are named by their identifiers; their symbols are in the column
        `gene_names` of `var`, their genomes in `genome` where the files tell.

    Raises
    ------
    InputError
        If a file does not exist or is damaged, the files do not fit together, or an optional
        library is not installed.
    UnknownNameError
        If there is no such genome.

    Warns
    -----
    InputWarning
        If identifiers repeat.

    See Also
    --------
    pseudobulk : Sums over the cells of a sample.
    """
    path, prefix = file_path(path, "path"), text(prefix, "prefix")
    if without_compression(path.name).endswith(_HDF):
        counts, barcodes, features = _from_hdf(existing_file(path))
    else:
        counts, barcodes, features = _joined(
            [_from_folder(*place, prefix) for place in _folders(path, prefix)]
        )
    kept = np.ones(len(features), dtype=bool)
    if flag(gene_expression_only, "gene_expression_only") and "feature_types" in features:
        kept &= (features["feature_types"] == EXPRESSION).to_numpy()
    if genome is not None:
        kept &= _of_genome(features, text(genome, "genome"))
    counts, features = counts[:, np.flatnonzero(kept)], features[kept].set_index("gene_ids")
    repeated = features.index[features.index.duplicated()].unique()
    if len(repeated):
        warn(f"Identifiers of features repeat: {quoted(repeated, 4)}.", InputWarning)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Variable names are not unique")
        return new_anndata(counts, pd.DataFrame(index=barcodes), features)


def _of_genome(features: pd.DataFrame, genome: str) -> Any:
    """Mask of the features of a genome."""
    known = features["genome"] if "genome" in features else pd.Series(dtype=str)
    if genome not in set(known):
        there = quoted(nearest(genome, [name for name in known.unique() if name])) or "none"
        raise UnknownNameError(f"`genome` is '{genome}'; the genomes named are {there}.")
    return (known == genome).to_numpy()


def _folders(path: Path, prefix: str) -> list[tuple[Path, str]]:
    """Folders with a matrix and the genomes they are of, "" where one folder has all."""
    if not path.is_dir():
        raise InputError(f"There is no folder '{path}'.")
    if _has_matrix(path, prefix):
        return [(path, "")]
    below = sorted(folder for folder in path.iterdir() if folder.is_dir())
    of_genomes = [folder for folder in below if _has_matrix(folder, prefix)]
    old = [folder for folder in of_genomes if any(folder.glob("*genes.tsv*"))]
    if of_genomes and old != of_genomes:
        raise InputError(
            f"'{path}' holds no {prefix}matrix.mtx, but folders that do: "
            f"{quoted(folder.name for folder in of_genomes)}; name one of them."
        )
    return [(folder, folder.name) for folder in old] or [(path, "")]


def _has_matrix(folder: Path, prefix: str) -> bool:
    return any(without_compression(file.name) == f"{prefix}matrix.mtx" for file in folder.iterdir())


def _from_folder(folder: Path, genome: str, prefix: str) -> Cells:
    old = any(without_compression(file.name) == f"{prefix}genes.tsv" for file in folder.iterdir())
    features = _text_table(folder / f"{prefix}{'genes' if old else 'features'}.tsv")
    features = features.iloc[:, : len(_FEATURES)]
    features.columns = pd.Index(_FEATURES[: features.shape[1]])
    barcodes = pd.Index(_text_table(folder / f"{prefix}barcodes.tsv").iloc[:, 0].to_numpy())
    matrix = _matrix(existing_file(folder / f"{prefix}matrix.mtx"))
    features = features.assign(genome=genome) if genome else features
    return _checked(matrix, barcodes, features, folder)


def _text_table(path: Path) -> pd.DataFrame:
    return read_delimited(existing_file(path), sep="\t", comment="", header=False).texts()


def _matrix(path: Path) -> Any:
    try:
        return mmread(str(path), **_AS_ARRAY)
    except (ValueError, OverflowError, OSError, EOFError, zlib.error) as error:
        read_content(path)  # says where, if the compression is damaged
        raise InputError(f"'{path}' is cut off or damaged: {error}") from error


def _from_hdf(path: Path) -> Cells:
    with open_hdf(path) as file:
        if "matrix" in file:
            return _group(file["matrix"], file["matrix"]["features"], "")
        genomes = [name for name in file if "genes" in getattr(file[name], "keys", list)()]
        if not genomes:
            hint = " It is a file of molecules: take that of the matrix." if "count" in file else ""
            raise InputError(f"'{path.name}' has no group 'matrix'; it has {quoted(file)}.{hint}")
        return _joined([_group(file[name], file[name], name) for name in genomes])


def _group(group: Any, features: Any, genome: str) -> Cells:
    """Counts of one group, with features under their names of either version."""
    arrays = tuple(group[name][:] for name in ("data", "indices", "indptr"))
    stored = csc_array(arrays, shape=tuple(group["shape"][:]))
    stored.check_format(full_check=True)
    columns = ("genes", "gene_names") if genome else ("id", "name", "feature_type")
    table = pd.DataFrame(
        {ours: _text(features[theirs][:]) for ours, theirs in zip(_FEATURES, columns, strict=False)}
    )
    if genome:
        table["genome"] = genome
    elif "genome" in features:
        table["genome"] = _text(features["genome"][:])
    return _checked(stored, _text(group["barcodes"][:]), table, group.name)


def _checked(matrix: Any, barcodes: pd.Index, features: pd.DataFrame, place: object) -> Cells:
    """Cells of a matrix of features × cells that has as many names."""
    if matrix.shape != (len(features), len(barcodes)):
        raise InputError(
            f"The matrix of '{place}' is {matrix.shape[0]} × {matrix.shape[1]}; there are "
            f"{len(features)} features and {len(barcodes)} barcodes."
        )
    return csr_array(matrix.T), barcodes, features


def _joined(parts: Sequence[Cells]) -> Cells:
    """Features of several genomes beside each other, cells matched by their barcodes."""
    if len(parts) == 1:
        return parts[0]
    barcodes = pd.Index(dict.fromkeys(name for _, names, _ in parts for name in names))
    placed = []
    for counts, names, _ in parts:
        rows = barcodes.get_indexer(names)
        n_cells = len(names)
        place: Any = csr_array(
            (np.ones(n_cells, counts.dtype), (rows, np.arange(n_cells))),
            shape=(len(barcodes), n_cells),
        )
        placed.append(place @ counts)
    features = pd.concat([table for _, _, table in parts], ignore_index=True)
    return csr_array(hstack(placed)), barcodes, features


def _text(names: AnyArray) -> pd.Index:
    return pd.Index([x.decode() if isinstance(x, bytes) else str(x) for x in names])
