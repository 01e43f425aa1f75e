"""Files like those of each program, beside plain readings by the csv module and h5py."""

import csv
import gzip
import os
from pathlib import Path

import h5py
import numpy as np
import pytest
from readers import made_up_runs
from scipy.sparse import csc_array

import pylimma
from pylimma.readers.delimited import read_delimited

RNG = np.random.default_rng(17)
N = 1500
GENES = [f"ENSG{k:011d}.{k % 20}" for k in range(N)]
COUNTS = RNG.negative_binomial(1, 0.004, (N, 4))
DATA = Path(os.environ.get("PYLIMMA_DATA_DIR", "absent"))
PASILLA = DATA.parent / "real" / "pasilla_exons"


def written(file, rows):
    with file.open("w", newline="") as handle:
        csv.writer(handle, delimiter="\t", lineterminator="\n").writerows(rows)
    return file


def plain(file, **options):
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", newline="") as handle:
        return list(csv.reader(handle, **{"delimiter": "\t", **options}))


def test_feature_counts(tmp_path):
    bams = [f"/data/run {k}/s{k}.Aligned.sortedByCoord.out.bam" for k in range(4)]
    head = ["Geneid", "Chr", "Start", "End", "Strand", "Length", *bams]
    exons = RNG.integers(1, 4, N)
    rows = [
        [
            GENES[k],
            *(";".join([x] * exons[k]) for x in (str(k % 22 + 1), "5", "9", "+")),
            200 + k,
            *COUNTS[k],
        ]
        for k in range(N)
    ]
    file = written(tmp_path / "counts.txt", [["# Program:featureCounts v2.0.6"], head, *rows])
    y = pylimma.read_feature_counts(file)
    _, names, *lines = plain(file)
    assert [f"s{k}" for k in range(4)] == y.col_names.tolist()
    assert y.row_names.tolist() == [line[0] for line in lines]
    assert y.counts.tolist() == [[int(x) for x in line[6:]] for line in lines]
    for column in names[1:6]:
        k = names.index(column)
        assert y.genes[column].astype(str).tolist() == [line[k] for line in lines]


@pytest.mark.filterwarnings("ignore:Rows of")
@pytest.mark.parametrize("column", [1, 2, 3])
def test_star(tmp_path, column):
    summary = [["N_unmapped", 7, 7, 7], ["N_ambiguous", 1, 2, 3]]
    files = []
    for k in range(3):
        rows = [[GENES[i], *np.roll(COUNTS[i], k)[:3]] for i in range(N)]
        files.append(written(tmp_path / f"s{k}ReadsPerGene.out.tab", [*summary, *rows]))
    y = pylimma.read_dge(files, columns=(0, column))
    assert y.row_names.tolist() == [line[0] for line in plain(files[0])]
    for k, file in enumerate(files):
        assert y.counts[:, k].tolist() == [int(line[column]) for line in plain(file)]


def test_rsem(tmp_path):
    files = []
    for k in range(2):
        rows = zip(
            GENES,
            ["ENST1,ENST2"] * N,
            (COUNTS[:, 0] + 300.25).tolist(),
            (COUNTS[:, 1] + 100.5).tolist(),
            (COUNTS[:, k] / 7).round(2).tolist(),
            (COUNTS[:, k] / 3).round(2).tolist(),
            (COUNTS[:, k] / 5).round(2).tolist(),
            strict=True,
        )
        head = ["gene_id", "transcript_id(s)", "length", "effective_length", "expected_count"]
        file = tmp_path / f"s{k}.genes.results"
        files.append(written(file, [[*head, "TPM", "FPKM"], *rows]))
    y = pylimma.read_rsem(files)
    for k, file in enumerate(files):
        lines = plain(file)[1:]
        assert y.row_names.tolist() == [line[0] for line in lines]
        assert y.counts[:, k].tolist() == [float(line[4]) for line in lines]
        assert y.other["abundance"][:, k].tolist() == [float(line[5]) for line in lines]
        assert y.other["length"][:, k].tolist() == [float(line[3]) for line in lines]


def test_binary_files_of_kallisto(tmp_path, monkeypatch):
    monkeypatch.setattr(made_up_runs, "NAMES", GENES)
    monkeypatch.setattr(made_up_runs, "LENGTH", RNG.integers(200, 9000, N))
    monkeypatch.setattr(made_up_runs, "COUNTS", {s: RNG.gamma(0.4, 90, N) for s in ("a", "b")})
    monkeypatch.setattr(made_up_runs, "EFFECTIVE", {s: RNG.gamma(5, 300, N) for s in ("a", "b")})
    drawn = RNG.poisson(30, (2, 6, N)).astype(float)
    runs = made_up_runs.kallisto(tmp_path, drawn, text=False)
    y, caught = pylimma.read_kallisto(runs), pylimma.catch_kallisto(runs)
    total = np.zeros(N)
    for k, run in enumerate(runs):
        with h5py.File(run / "abundance.h5") as file:
            assert y.row_names.tolist() == [name.decode() for name in file["aux/ids"]]
            np.testing.assert_array_equal(y.counts[:, k], file["est_counts"])
            np.testing.assert_array_equal(y.other["length"][:, k], file["aux/eff_lengths"])
            values = np.array([file[f"bootstrap/bs{b}"][:] for b in range(6)])
        total += values.var(axis=0, ddof=1) / values.mean(axis=0) / 2
    prior = caught.overdispersion_prior
    expected = np.maximum((3 * prior + 10 * total) / 13, 1)
    np.testing.assert_allclose(caught.annotation["Overdispersion"], expected, rtol=1e-12)


def test_binary_files_of_10x(tmp_path):
    dense = RNG.poisson(0.05, (N, 300))
    stored = csc_array(dense)
    with h5py.File(tmp_path / "m.h5", "w") as file:
        for name in ("data", "indices", "indptr"):
            file.create_dataset(f"matrix/{name}", data=getattr(stored, name), compression="gzip")
        file["matrix/shape"] = np.array(dense.shape, dtype="i4")
        file["matrix/barcodes"] = np.array([f"AC{k:05d}-1" for k in range(300)], dtype="S18")
        file["matrix/features/id"] = np.array(GENES, dtype="S")
        file["matrix/features/name"] = [f"G{k}" for k in range(N)]  # text of variable length
        kinds = np.where(np.arange(N) % 50, "Gene Expression", "Antibody Capture")
        file["matrix/features/feature_type"] = kinds.astype("S")
        file["matrix/features/genome"] = np.full(N, b"GRCh38")
    adata = pylimma.read_10x(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        group = file["matrix"]
        kept = [k for k in range(N) if group["features/feature_type"][k] == b"Gene Expression"]
        assert adata.var_names.tolist() == [group["features/id"][k].decode() for k in kept]
        for cell in range(0, 300, 37):
            low, high = group["indptr"][cell], group["indptr"][cell + 1]
            column = np.zeros(N, dtype=int)
            column[group["indices"][low:high]] = group["data"][low:high]
            np.testing.assert_array_equal(adata.X[[cell]].toarray()[0], column[kept])


@pytest.mark.filterwarnings("ignore:Rows of")
@pytest.mark.skipif(
    not PASILLA.exists(), reason="no real data: the exon counts of pasilla are absent"
)
def test_published_counts_of_exons():
    files = sorted(PASILLA.glob("*fb.txt.gz"))
    y = pylimma.read_dge(files)
    lines = [plain(file) for file in files]
    assert y.row_names.tolist() == [line[0] for line in lines[0]]
    assert y.counts.T.tolist() == [[int(line[1]) for line in one] for one in lines]
    assert y.col_names.tolist() == [file.name.removesuffix(".txt.gz") for file in files]


@pytest.mark.skipif(not DATA.exists(), reason="no real data: PYLIMMA_DATA_DIR names no folder")
@pytest.mark.parametrize("name", ["gse60450_counts.csv.gz", "yoruba_counts.csv.gz"])
def test_published_matrices(name):
    table = read_delimited(DATA / name)
    header, *lines = plain(DATA / name, delimiter=",")
    assert table.frame.columns.tolist() == header
    assert table.texts().to_numpy().tolist() == lines
    numbers = [k for k in range(1, len(header)) if table.frame.dtypes.iloc[k].kind in "iuf"]
    assert len(numbers) >= 12
    for k in numbers:
        assert table.frame.iloc[:, k].tolist() == [float(line[k]) for line in lines]
