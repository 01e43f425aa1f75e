"""Counts of cells in folders and binary files of 10x Genomics."""

import gzip

import h5py
import numpy as np
import pytest
from scipy.sparse import csc_array

import pylimma
from pylimma.errors import InputError

COUNTS = np.array([[1, 0, 3, 0], [0, 0, 2, 5], [7, 0, 0, 1]])  # features × cells
IDS, SYMBOLS = ["ENSG1", "ENSG2", "AB1"], ["A#1", "B", "CD3"]
KINDS = ["Gene Expression", "Gene Expression", "Antibody Capture"]
CELLS = ["AAAC-1", "AAAG-1", "AAAT-1", "AACA-1"]


def matrix_market():
    rows, columns = np.nonzero(COUNTS)
    entries = [f"{r + 1} {c + 1} {COUNTS[r, c]}" for r, c in zip(rows, columns, strict=True)]
    head = "%%MatrixMarket matrix coordinate integer general\n%\n"
    return head + f"3 4 {len(entries)}\n" + "\n".join(entries) + "\n"


def folder(path, *, old=False, prefix=""):
    columns = [IDS, SYMBOLS] if old else [IDS, SYMBOLS, KINDS]
    features = "".join("\t".join(row) + "\n" for row in zip(*columns, strict=True))
    files = {
        "matrix.mtx": matrix_market(),
        "barcodes.tsv": "\n".join(CELLS) + "\n",
        ("genes.tsv" if old else "features.tsv"): features,
    }
    for name, text in files.items():
        if old:
            (path / (prefix + name)).write_text(text)
        else:
            (path / f"{prefix}{name}.gz").write_bytes(gzip.compress(text.encode()))
    return path


def binary(path):
    stored = csc_array(COUNTS)
    with h5py.File(path / "filtered.h5", "w") as file:
        for name in ("data", "indices", "indptr"):
            file[f"matrix/{name}"] = getattr(stored, name)
        file["matrix/shape"] = COUNTS.shape
        file["matrix/barcodes"] = np.array(CELLS, dtype="S")
        for name, values in {"id": IDS, "name": SYMBOLS, "feature_type": KINDS}.items():
            file[f"matrix/features/{name}"] = np.array(values, dtype="S")
    return path / "filtered.h5"


@pytest.mark.parametrize("write", [folder, binary])
def test_genes_of_cells_are_read_and_antibodies_left_out(tmp_path, write):
    adata = pylimma.read_10x(write(tmp_path))
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS[:2].T)
    assert adata.obs_names.tolist() == CELLS
    assert adata.var_names.tolist() == IDS[:2]
    assert adata.var["gene_names"].tolist() == SYMBOLS[:2]


def test_antibodies_are_kept_on_request(tmp_path):
    assert pylimma.read_10x(folder(tmp_path), gene_expression_only=False).shape == (4, 3)


def test_old_folders_and_prefixes_are_read(tmp_path):
    adata = pylimma.read_10x(folder(tmp_path, old=True, prefix="GSM1_"), prefix="GSM1_")
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS.T)


def test_files_that_do_not_fit_together_are_refused(tmp_path):
    path = folder(tmp_path, old=True)
    (path / "barcodes.tsv").write_text("A\nB\n")
    with pytest.raises(InputError, match="is 3 × 4; there are 3 features and 2 barcodes"):
        pylimma.read_10x(path)
    with pytest.raises(InputError, match="There is no folder"):
        pylimma.read_10x(tmp_path / "absent")
    with h5py.File(tmp_path / "y.h5", "w") as file:
        file["mm10"] = 1
    with pytest.raises(InputError, match="no group 'matrix'; it has 'mm10'"):
        pylimma.read_10x(tmp_path / "y.h5")
