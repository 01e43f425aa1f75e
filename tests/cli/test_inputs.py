import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import mmwrite
from scipy.sparse import csr_matrix

import pylimma
from pylimma.cli.commands import main

MODEL = ["--formula", "~ 0 + group", "--contrast", "treated - control"]
FEW = ["--no-plots", "--no-report", "--quiet"]
NAMES = [f"s{k}" for k in range(1, 7)]


@pytest.fixture
def counts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = pylimma.simulate_counts(n_genes=120, n_samples=6, rng=3)
    data.samples.set_axis(NAMES, axis=0).to_csv("samples.csv", index_label="sample")
    found = data.counts.set_axis(NAMES, axis=1)
    found.to_csv("counts.tsv", sep="\t", index_label="gene")
    return found


def status(*arguments):
    with pytest.raises(SystemExit) as stopped:
        main(["run", *FEW, *arguments])
    return stopped.value.code


def table(folder):
    return pd.read_csv(Path(folder) / "tables/treated-control.tsv", sep="\t", index_col="gene")


def expected(samples="samples.csv"):
    assert status("--counts", "counts.tsv", "--samples", samples, *MODEL, "--out", "expected") == 0
    return table("expected")


def star(folder, counts):
    for name in counts:
        lines = [f"N_{kind}\t9\t9\t9" for kind in ("unmapped", "multimapping", "noFeature")]
        lines += [f"{gene}\t1\t1\t{count}" for gene, count in counts[name].items()]
        (folder / f"{name}_ReadsPerGene.out.tab").write_text("\n".join(lines) + "\n")
    return ["--strand", "reverse"]


def htseq(folder, counts):
    for name in counts:
        lines = [f"{gene}\t{count}" for gene, count in counts[name].items()]
        (folder / f"{name}.htseq.txt").write_text("\n".join([*lines, "__no_feature\t7"]) + "\n")
    return []


def feature_counts(folder, counts):
    about = pd.DataFrame(
        {"Chr": "1", "Start": 1, "End": 9, "Strand": "+", "Length": 9}, index=counts.index
    )
    for name in counts:
        lines = pd.concat([about, counts[[name]]], axis=1)
        lines.columns = [*about, f"/scratch/run 1/{name}.markdup.sorted.bam"]
        text = lines.to_csv(sep="\t", index_label="Geneid")
        (folder / f"{name}.featureCounts.txt").write_text(f"# Program:featureCounts v2\n{text}")
        (folder / f"{name}.featureCounts.txt.summary").write_text("Status\tx\nAssigned\t1\n")
    return []


def estimates(counts, name, columns):
    values = {"length": 1000, "eff_length": 900.0, "count": counts[name].astype(float), "tpm": 1.0}
    return pd.DataFrame({new: values[old] for old, new in columns.items()}, index=counts.index)


def salmon(folder, counts):
    names = {"length": "Length", "eff_length": "EffectiveLength", "tpm": "TPM", "count": "NumReads"}
    for name in counts:
        (folder / name).mkdir()
        found = estimates(counts, name, names).to_csv(sep="\t", index_label="Name")
        (folder / name / "quant.sf.gz").write_bytes(gzip.compress(found.encode()))
    return []


def kallisto(folder, counts):
    names = {"length": "length", "eff_length": "eff_length", "count": "est_counts", "tpm": "tpm"}
    for name in counts:
        (folder / name).mkdir()
        found = estimates(counts, name, names)
        found.to_csv(folder / name / "abundance.tsv", sep="\t", index_label="target_id")
        (folder / name / "run_info.json").write_text("{}")
    return []


def rsem(folder, counts):
    names = {"length": "length", "eff_length": "effective_length", "count": "expected_count",
             "tpm": "TPM"}  # fmt: skip
    for name in counts:
        found = estimates(counts, name, names)
        found.to_csv(folder / f"{name}.genes.results", sep="\t", index_label="gene_id")
        (folder / f"{name}.isoforms.results").write_text("transcript_id\tgene_id\n")
    return ["--counts-from-abundance", "no"]


def oarfish(folder, counts):
    for name in counts:
        found = estimates(counts, name, {"length": "len", "count": "num_reads"})
        found.to_csv(folder / f"{name}.quant", sep="\t", index_label="tname")
    return []


EVERY = [star, htseq, feature_counts, salmon, kallisto, rsem, oarfish]


@pytest.mark.parametrize("written", EVERY, ids=lambda written: written.__name__)
def test_a_folder_of_a_program_gives_what_the_table_of_its_counts_gives(written, counts):
    Path("quants").mkdir()
    more = written(Path("quants"), counts)
    Path("quants/.hidden").write_text("x")
    given = ["--counts", "quants", "--samples", "samples.csv", *MODEL, *more]
    assert status(*given, "--out", "found") == 0
    columns = ["log_fc", "t", "p_value"]
    np.testing.assert_allclose(table("found")[columns], expected()[columns], rtol=1e-9)
    manifest = json.loads(Path("found/run.json").read_text())
    assert manifest["options"]["counts"] == "../quants"
    assert len(manifest["inputs"]) == 7
    assert status("--from", "found", "--out", "again") == 0


@pytest.mark.parametrize("written", [htseq, salmon], ids=lambda written: written.__name__)
def test_the_table_of_samples_names_the_file_of_each(written, counts):
    Path("quants").mkdir()
    written(Path("quants"), counts)
    samples = pd.read_csv("samples.csv")
    paths = sorted(path.as_posix() for path in Path("quants").iterdir())
    samples.assign(place=paths).to_csv("with_files.csv", index=False)
    given = ["--samples", "with_files.csv", "--files-col", "place", *MODEL]
    assert status(*given, "--out", "found") == 0
    np.testing.assert_allclose(table("found")["t"], expected()["t"], rtol=1e-9)


def test_a_pattern_names_the_files_of_all_samples(counts):
    Path("quants").mkdir()
    htseq(Path("quants"), counts)
    Path("quants/README").write_text("no counts")
    given = ["--counts", "quants/*.htseq.txt", "--samples", "samples.csv", *MODEL]
    assert status(*given, "--out", "found") == 0
    np.testing.assert_allclose(table("found")["t"], expected()["t"], rtol=1e-9)


def test_transcripts_are_summed_by_gene(counts):
    Path("quants").mkdir()
    transcripts = counts.loc[counts.index.repeat(2)] // 2
    transcripts.index = [f"{gene}.t{k % 2}" for k, gene in enumerate(transcripts.index)]
    kallisto(Path("quants"), transcripts)
    genes = pd.DataFrame({"tx": transcripts.index, "gene": counts.index.repeat(2)})
    genes.to_csv("tx2gene.tsv", sep="\t", index=False)
    given = ["--counts", "quants", "--samples", "samples.csv", "--tx2gene", "tx2gene.tsv", *MODEL]
    assert status(*given, "--counts-from-abundance", "no", "--out", "found") == 0
    (counts // 2 * 2).to_csv("counts.tsv", sep="\t", index_label="gene")
    np.testing.assert_allclose(table("found")["t"], expected()["t"], rtol=1e-9)


def cells_of(counts):
    """Three cells of each of two types a sample, which add up to the counts of both types."""
    rng = np.random.default_rng(1)
    return {name: np.stack([rng.binomial(counts[name], 0.2) for _ in range(6)]) for name in counts}


def write_10x(folder, cells, genes):
    for name, values in cells.items():
        (folder / name).mkdir(parents=True)
        mmwrite(folder / name / "matrix.mtx", csr_matrix(values.T))
        lines = [f"{gene}\t{gene}\tGene Expression" for gene in genes]
        (folder / name / "features.tsv").write_text("\n".join(lines) + "\n")
        barcodes = [f"{name}c{k}-1" for k in range(len(values))]
        (folder / name / "barcodes.tsv").write_text("\n".join(barcodes) + "\n")


def test_folders_of_10x_are_summed_by_sample(counts):
    cells = cells_of(counts)
    write_10x(Path("cells"), cells, counts.index)
    given = ["--counts", "cells", "--samples", "samples.csv", "--min-cells", "1", *MODEL]
    assert status(*given, "--out", "found") == 0
    sums = pd.DataFrame({name: values.sum(axis=0) for name, values in cells.items()}, counts.index)
    sums.to_csv("counts.tsv", sep="\t", index_label="gene")
    np.testing.assert_allclose(table("found")["t"], expected()["t"], rtol=1e-9)


def test_cells_of_10x_have_their_types_in_a_table(counts):
    cells = cells_of(counts)
    write_10x(Path("cells"), cells, counts.index)
    rows = [(f"{name}c{k}-1-{name}", "B" if k < 3 else "T") for name in cells for k in range(6)]
    pd.DataFrame(rows, columns=["barcode", "type"]).to_csv("cells.csv", index=False)
    given = ["--counts", "cells", "--cells", "cells.csv", "--samples", "samples.csv", *MODEL]
    more = ["--pseudobulk-group", "type", "--min-cells", "1"]
    assert status(*given, *more, "--out", "found") == 0
    sums = pd.DataFrame({name: part[:3].sum(axis=0) for name, part in cells.items()}, counts.index)
    sums.to_csv("counts.tsv", sep="\t", index_label="gene")
    np.testing.assert_allclose(table("found/B")["t"], expected()["t"], rtol=1e-9)


def test_an_h5ad_of_cells_is_summed_by_sample_alone(counts):
    anndata = pytest.importorskip("anndata")
    cells = cells_of(counts)
    groups = pd.read_csv("samples.csv", index_col=0)["group"]
    obs = pd.DataFrame({"donor": np.repeat(NAMES, 6)}, index=[f"c{k}" for k in range(36)])
    obs["group"] = groups[obs["donor"]].to_numpy()
    x = np.concatenate(list(cells.values())).astype(np.float32)
    anndata.AnnData(x, obs, pd.DataFrame(index=counts.index)).write_h5ad("cells.h5ad")
    given = ["--counts", "cells.h5ad", "--pseudobulk-sample", "donor", "--min-cells", "1", *MODEL]
    assert status(*given, "--out", "found") == 0
    sums = pd.DataFrame({name: values.sum(axis=0) for name, values in cells.items()}, counts.index)
    sums.to_csv("counts.tsv", sep="\t", index_label="gene")
    np.testing.assert_allclose(table("found")["t"], expected()["t"], rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--samples", "samples.csv"], "Give the data by one of --counts, --h5ad and --files-col"),
        (["--samples", "samples.csv", "--files-col", "file"], "--files-col is 'file'"),
        (["--samples", "samples.csv", "--files-col", "group"], "of the column 'group' are missing"),
        (["--counts", "empty", "--samples", "samples.csv"], "'empty' holds no counts"),
    ],
)
def test_what_is_no_input_is_named(arguments, message, counts, capsys):
    Path("empty").mkdir()
    assert status(*arguments, "--out", "x") == 1
    assert message in capsys.readouterr().err


def test_a_series_of_geo_brings_its_samples(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    y = np.random.default_rng(2).normal(8, 1, (40, 6)).round(4)
    names = "\t".join(f'"GSM{k}"' for k in range(6))
    groups = "\t".join(f'"group: {name}"' for name in ["control", "treated"] * 3)
    head = f"!Sample_geo_accession\t{names}\n!Sample_characteristics_ch1\t{groups}\n"

    def series(values):
        rows = ["\t".join([f'"p{k}"', *map(str, row)]) for k, row in enumerate(values)]
        begin = f'!series_matrix_table_begin\n"ID_REF"\t{names}\n'
        return head + begin + "\n".join(rows) + "\n!series_matrix_table_end\n"

    Path("GSE1.txt").write_text(series(y))
    Path("GPL1.txt").write_text("#ID = x\nID\tSymbol\np3\tTP53\n")
    options = ["--counts", "GSE1.txt", *MODEL, "--out", "out", "--no-filter"]
    assert status(*options) == 1
    assert "without counts: give --method ls" in capsys.readouterr().err
    assert status(*options, "--method", "ls", "--annotation", "GPL1.txt") == 0
    found = table("out")
    assert found.loc["p3", "Symbol"] == "TP53"
    np.testing.assert_allclose(
        found["log_fc"].loc["p7"], y[7, 1::2].mean() - y[7, ::2].mean(), rtol=1e-6
    )
    Path("GSE1.txt").write_text(series(2**y))
    assert status(*options, "--method", "ls", "--overwrite") == 1
    assert "holds intensities" in capsys.readouterr().err
