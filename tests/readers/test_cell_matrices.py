"""Counts of cells in folders and binary files of 10x Genomics."""

import gzip

import h5py
import numpy as np
import pytest
from scipy.sparse import csc_array

import pylimma
from pylimma.errors import InputError, InputWarning, UnknownNameError

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


GENOMES = {
    "GRCh38": (["ENSG1", "1E5"], [[1, 0, 3, 0], [0, 0, 2, 5]]),
    "mm10": (["ENSM1"], [[7, 0, 1]]),
}
OF_MOUSE = ["AACA-1", "AAAC-1", "TTTT-1"]  # cells of the second genome, in another order


def old_binary(path, genomes=("GRCh38", "mm10")):
    """The groups of Cell Ranger 2, as its documentation lists them."""
    with h5py.File(path / "old.h5", "w") as file:
        for genome in genomes:
            ids, counts = GENOMES[genome]
            stored = csc_array(np.array(counts))
            for name in ("data", "indices", "indptr"):
                file[f"{genome}/{name}"] = getattr(stored, name)
            cells = CELLS if genome == "GRCh38" else OF_MOUSE
            file[f"{genome}/shape"] = np.array(counts).shape
            file[f"{genome}/barcodes"] = np.array(cells, dtype="S")
            file[f"{genome}/genes"] = np.array(ids, dtype="S")
            file[f"{genome}/gene_names"] = np.array([f"{x}_name" for x in ids], dtype="S")
    return path / "old.h5"


def old_folders(path, genomes=("GRCh38", "mm10")):
    for genome in genomes:
        ids, counts = GENOMES[genome]
        place = path / "filtered_gene_bc_matrices" / genome
        place.mkdir(parents=True)
        (place / "genes.tsv").write_text("".join(f"{x}\t{x}_name\n" for x in ids))
        cells = CELLS if genome == "GRCh38" else OF_MOUSE
        (place / "barcodes.tsv").write_text("\n".join(cells) + "\n")
        entries = [
            f"{r + 1} {c + 1} {n}" for r, row in enumerate(counts) for c, n in enumerate(row) if n
        ]
        head = f"%%MatrixMarket matrix coordinate integer general\n%\n{len(ids)} {len(cells)} "
        text = head + "\n".join([str(len(entries)), *entries]) + "\n"
        (place / "matrix.mtx").write_text(text)
    return path / "filtered_gene_bc_matrices"


@pytest.mark.parametrize("write", [old_binary, old_folders])
def test_genomes_of_version_2_stand_beside_each_other_with_cells_matched_by_name(tmp_path, write):
    path = write(tmp_path)
    adata = pylimma.read_10x(path)
    assert adata.obs_names.tolist() == [*CELLS, "TTTT-1"]
    assert adata.var_names.tolist() == ["ENSG1", "1E5", "ENSM1"]
    assert adata.var["genome"].tolist() == ["GRCh38", "GRCh38", "mm10"]
    assert adata.var["gene_names"].tolist() == ["ENSG1_name", "1E5_name", "ENSM1_name"]
    expected = [[1, 0, 0], [0, 0, 0], [3, 2, 0], [0, 5, 7], [0, 0, 1]]
    np.testing.assert_array_equal(adata.X.toarray(), expected)
    mouse = pylimma.read_10x(path, genome="mm10")
    assert mouse.var_names.tolist() == ["ENSM1"]
    with pytest.raises(UnknownNameError, match="is 'hg19'; the genomes named are 'GRCh38'"):
        pylimma.read_10x(path, genome="hg19")


@pytest.mark.parametrize("write", [old_binary, old_folders])
def test_one_genome_of_version_2_is_read(tmp_path, write):
    adata = pylimma.read_10x(write(tmp_path, ("GRCh38",)))
    np.testing.assert_array_equal(adata.X.toarray(), np.array(GENOMES["GRCh38"][1]).T)
    assert adata.obs_names.tolist() == CELLS


def test_genomes_of_later_versions_are_chosen_by_name(tmp_path):
    path = binary(tmp_path)
    with h5py.File(path, "a") as file:
        file["matrix/features/genome"] = np.array(["GRCh38", "mm10", ""], dtype="S")
        file["matrix/features/_all_tag_keys"] = np.array(["genome"], dtype="S")
    assert pylimma.read_10x(path).var["genome"].tolist() == ["GRCh38", "mm10"]
    assert pylimma.read_10x(path, genome="mm10").var_names.tolist() == ["ENSG2"]
    with pytest.raises(UnknownNameError, match="the genomes named are none"):
        pylimma.read_10x(folder(tmp_path), genome="mm10")


def test_names_stay_as_written(tmp_path):
    path = folder(tmp_path, old=True)
    names = [("0001", "1E5"), ("100.10", "TRUE"), ("3", "5'\"N")]
    (path / "genes.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in names))
    (path / "barcodes.tsv").write_text("01\n1E5\n3\n4\n")
    adata = pylimma.read_10x(path)
    assert list(zip(adata.var_names, adata.var["gene_names"], strict=True)) == names
    assert adata.obs_names.tolist() == ["01", "1E5", "3", "4"]


def test_repeated_identifiers_are_named(tmp_path):
    path = folder(tmp_path, old=True)
    (path / "genes.tsv").write_text("A\tx\nB\ty\nA\tz\n")
    with pytest.warns(InputWarning, match="Identifiers of features repeat: 'A'"):
        assert pylimma.read_10x(path).shape == (4, 3)


@pytest.mark.parametrize("name", ["matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz"])
def test_files_of_a_folder_that_are_cut_off_are_named(tmp_path, name):
    path = folder(tmp_path)
    content = (path / name).read_bytes()
    (path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=f"'{name}' is cut off or damaged \\(gzip\\)"):
        pylimma.read_10x(path)


def test_a_matrix_that_ends_too_early_is_named(tmp_path):
    path = folder(tmp_path, old=True)
    text = (path / "matrix.mtx").read_text()
    (path / "matrix.mtx").write_text(text[: text.rindex("\n", 0, -1) + 1])
    with pytest.raises(InputError, match=r"matrix\.mtx' is cut off or damaged: "):
        pylimma.read_10x(path)


@pytest.mark.parametrize("write", [binary, old_binary])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_binary_file_that_is_cut_off_is_one_error_that_names_it(tmp_path, write, share):
    path = write(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=path.name):
        pylimma.read_10x(path)


def test_a_compressed_binary_file_is_read(tmp_path):
    content = binary(tmp_path).read_bytes()
    (tmp_path / "x.h5.gz").write_bytes(gzip.compress(content))
    assert pylimma.read_10x(tmp_path / "x.h5.gz").shape == (4, 2)


def test_missing_parts_and_other_kinds_of_files_are_named(tmp_path):
    path = binary(tmp_path)
    with h5py.File(path, "a") as file:
        del file["matrix/indptr"]
    with pytest.raises(InputError, match=r"filtered\.h5' is cut off, damaged or of another kind"):
        pylimma.read_10x(path)
    with h5py.File(tmp_path / "molecule_info.h5", "w") as file:
        file["count"], file["barcodes"] = [1], [2]
    with pytest.raises(InputError, match=r"It is a file of molecules: take that of the matrix"):
        pylimma.read_10x(tmp_path / "molecule_info.h5")
    (tmp_path / "outs" / "filtered_feature_bc_matrix").mkdir(parents=True)
    folder(tmp_path / "outs" / "filtered_feature_bc_matrix")
    with pytest.raises(InputError, match="folders that do: 'filtered_feature_bc_matrix'; name one"):
        pylimma.read_10x(tmp_path / "outs")


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [("indices", 0, 9), ("indptr", 1, 7), ("indptr", 4, 9), ("shape", 0, 2), ("shape", 1, 5)],
)
def test_a_binary_matrix_that_contradicts_itself_is_refused(tmp_path, name, place, value):
    path = binary(tmp_path)
    with h5py.File(path, "a") as file:
        file[f"matrix/{name}"][place] = value
    with pytest.raises(InputError, match=r"filtered\.h5' is cut off|The matrix of '/matrix' is"):
        pylimma.read_10x(path)


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
