"""Counts of single cells as 10x Genomics software writes them."""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.io import mmread
from scipy.sparse import csc_array, csr_array

from pylimma.adapters.anndata import new_anndata
from pylimma.arguments import flag, text
from pylimma.arguments import path as file_path
from pylimma.errors import InputError, quoted
from pylimma.readers.delimited import read_delimited
from pylimma.readers.files import existing_file, open_hdf
from pylimma.typing import AnyArray

_FEATURES = ("gene_ids", "gene_names", "feature_types")
EXPRESSION = "Gene Expression"

# SciPy asks for the choice from 1.15 on; before, there was none.
_AS_ARRAY: dict[str, Any] = (
    {"spmatrix": False} if "spmatrix" in signature(mmread).parameters else {}
)


def read_10x(path: Any, *, prefix: str = "", gene_expression_only: bool = True) -> Any:
    """Counts of single cells as an AnnData, for `pseudobulk`.

    Parameters
    ----------
    path : str or Path
        Folder that holds ``matrix.mtx``, ``barcodes.tsv`` and ``features.tsv`` or
        ``genes.tsv``, plain or compressed by gzip; or a ``.h5`` file.
    prefix : str
        Prefix of the names of the files in the folder.
    gene_expression_only : bool
        Whether features other than genes, such as antibodies, are dropped.

    Returns
    -------
    AnnData of shape (cells, genes)
        Sparse counts. Genes are named by their identifiers; their symbols are in the column
        `gene_names` of `var`.

    Raises
    ------
    InputError
        If a file does not exist, the files do not fit together, or an optional library is not
        installed.

    See Also
    --------
    pseudobulk : Sums over the cells of a sample.
    """
    path, prefix = file_path(path, "path"), text(prefix, "prefix")
    if path.suffix in {".h5", ".hdf5"}:
        counts, barcodes, features = _from_hdf(path)
    else:
        counts, barcodes, features = _from_folder(path, prefix)
    if flag(gene_expression_only, "gene_expression_only") and "feature_types" in features:
        genes = (features["feature_types"] == EXPRESSION).to_numpy()
        counts, features = counts[:, np.flatnonzero(genes)], features[genes]
    return new_anndata(counts, pd.DataFrame(index=barcodes), features.set_index("gene_ids"))


def _from_folder(folder: Path, prefix: str) -> tuple[csr_array, pd.Index, pd.DataFrame]:
    if not folder.is_dir():
        raise InputError(f"There is no folder '{folder}'.")
    old = list(folder.glob(f"{prefix}genes.tsv*"))
    names = existing_file(old[0] if old else folder / f"{prefix}features.tsv")
    features = read_delimited(names, sep="\t", comment="", header=False).frame
    if features.shape[1] > len(_FEATURES):
        features = features.iloc[:, : len(_FEATURES)]
    features.columns = pd.Index(_FEATURES[: features.shape[1]])
    barcode_file = existing_file(folder / f"{prefix}barcodes.tsv")
    barcodes = read_delimited(barcode_file, sep="\t", comment="", header=False).frame.iloc[:, 0]
    matrix_file = existing_file(folder / f"{prefix}matrix.mtx")
    matrix: Any = mmread(str(matrix_file), **_AS_ARRAY)
    if matrix.shape != (len(features), len(barcodes)):
        raise InputError(
            f"The matrix of '{folder}' is {matrix.shape[0]} × {matrix.shape[1]}; there are "
            f"{len(features)} features and {len(barcodes)} barcodes."
        )
    return csr_array(matrix.T), _text(barcodes), features.astype(str)


def _from_hdf(path: Path) -> tuple[csr_array, pd.Index, pd.DataFrame]:
    with open_hdf(existing_file(path)) as file:
        if "matrix" not in file:
            raise InputError(f"'{path.name}' has no group 'matrix'; it has {quoted(file)}.")
        group = file["matrix"]
        arrays = tuple(group[name][:] for name in ("data", "indices", "indptr"))
        counts = csr_array(csc_array(arrays, shape=tuple(group["shape"][:])).T)
        stored = zip(_FEATURES, ("id", "name", "feature_type"), strict=True)
        features = pd.DataFrame({name: _text(group["features"][key][:]) for name, key in stored})
        return counts, _text(group["barcodes"][:]), features


def _text(names: AnyArray | pd.Series) -> pd.Index:
    return pd.Index([x.decode() if isinstance(x, bytes) else str(x) for x in names])
