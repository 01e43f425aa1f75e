"""Salmon, kallisto and RSEM: the same estimates, by transcript and by gene."""

import csv
import gzip
import lzma

import numpy as np
import pandas as pd
import pytest
from readers import made_up_runs
from readers.made_up_runs import (
    COUNTS,
    EFFECTIVE,
    LENGTH,
    NAMES,
    TX2GENE,
    abundance,
    kallisto,
    oarfish,
    piscem,
    rsem,
    salmon,
)

import pylimma
from pylimma.errors import InputError, Note

READERS = {
    "salmon": lambda folder, *rest, **more: pylimma.read_salmon(salmon(folder), *rest, **more),
    "kallisto": lambda folder, *rest, **more: pylimma.read_kallisto(
        kallisto(folder), *rest, **more
    ),
    "kallisto binary": lambda folder, *rest, **more: pylimma.read_kallisto(
        kallisto(folder, text=False), *rest, **more
    ),
    "piscem": lambda folder, *rest, **more: pylimma.read_piscem(piscem(folder), *rest, **more),
    "rsem": lambda folder, *rest, **more: pylimma.read_rsem(rsem(folder), *rest, **more),
}
COUNT_MATRIX = np.column_stack(list(COUNTS.values()))


@pytest.fixture(params=list(READERS))
def read(request, tmp_path):
    return lambda *rest, **more: READERS[request.param](tmp_path, *rest, **more)


def test_transcripts_are_read_as_they_are(read):
    y = read()
    assert y.row_names.tolist() == NAMES
    assert y.col_names.tolist() == ["s1", "s2"]
    np.testing.assert_allclose(y.counts, COUNT_MATRIX)
    np.testing.assert_allclose(y.other["abundance"][:, 0], abundance("s1"))
    np.testing.assert_allclose(y.other["length"][:, 1], EFFECTIVE["s2"])


@pytest.mark.parametrize(
    "genes", [TX2GENE, pd.Series(TX2GENE), pd.DataFrame(list(TX2GENE.items()))]
)
def test_counts_and_abundances_are_summed_by_gene(read, genes):
    y = read(genes)
    assert y.row_names.tolist() == ["A", "B", "C"]
    np.testing.assert_allclose(y.counts, [[30, 40], [0, 8], [5, 0]])
    np.testing.assert_allclose(y.other["abundance"][0, 0], abundance("s1")[:2].sum())


def test_lengths_are_weighted_by_abundance_and_taken_from_other_samples_where_absent(read):
    y = read(TX2GENE)
    weights = abundance("s1")[:2]
    expected = (weights * EFFECTIVE["s1"][:2]).sum() / weights.sum()
    np.testing.assert_allclose(y.other["length"][0, 0], expected)
    np.testing.assert_allclose(y.other["length"][1], [300, 300])
    np.testing.assert_allclose(y.genes["Length"], y.other["length"].mean(axis=1))


@pytest.mark.parametrize("kind", ["scaled_tpm", "length_scaled_tpm"])
def test_counts_from_abundances_keep_the_library_sizes(read, kind):
    y = read(TX2GENE, counts_from_abundance=kind)
    np.testing.assert_allclose(y.samples["lib_size"], COUNT_MATRIX.sum(axis=0))
    factor = y.genes["Length"].to_numpy()[:, None] if kind.startswith("length") else 1
    shape = y.counts / (y.other["abundance"] * factor + 1e-300)
    np.testing.assert_allclose(shape[0], shape.max(axis=0))


def test_versions_are_left_out_on_request_and_asked_about_otherwise(tmp_path):
    bare = {name.split(".")[0]: gene for name, gene in TX2GENE.items()}
    runs = salmon(tmp_path)
    with pytest.raises(InputError, match="`ignore_version=True` would match some"):
        pylimma.read_salmon(runs, bare)
    assert pylimma.read_salmon(runs, bare, ignore_version=True).shape == (3, 2)


def test_transcripts_of_unknown_genes_are_left_out_with_a_note(tmp_path):
    with pytest.warns(Note, match="1 of 4 transcripts are not in `tx2gene`"):
        y = pylimma.read_salmon(salmon(tmp_path), {"tA1.1": "A", "tA2.1": "A", "tB1.3": "B"})
    assert y.row_names.tolist() == ["A", "B"]


def test_files_patterns_names_and_tables_of_samples_are_taken(tmp_path):
    runs = salmon(tmp_path)
    by_file = pylimma.read_salmon([run / "quant.sf" for run in runs])
    assert by_file.col_names.tolist() == ["s1", "s2"]
    assert pylimma.read_salmon(str(tmp_path / "s*")).shape == (4, 2)
    named = pylimma.read_salmon({"x": runs[0], "y": runs[1]}, group=["p", "q"])
    assert named.col_names.tolist() == ["x", "y"]
    table = pd.DataFrame({"files": runs, "age": [3, 4], "group": ["u", "v"]}, index=["k", "l"])
    y = pylimma.read_salmon(table)
    assert y.samples["age"].tolist() == [3, 4]
    assert y.samples["group"].tolist() == ["u", "v"]


def test_a_table_of_genes_is_read_from_a_file(tmp_path):
    file = tmp_path / "genes.tsv"
    file.write_text("tx\tgene\n" + "".join(f"{tx}\t{gene}\n" for tx, gene in TX2GENE.items()))
    (tmp_path / "runs").mkdir()
    assert pylimma.read_kallisto(kallisto(tmp_path / "runs"), file).shape == (3, 2)


def test_rsem_knows_the_genes_itself_and_finds_files_by_their_stem(tmp_path):
    files = rsem(tmp_path)
    assert pylimma.read_rsem(files, True).row_names.tolist() == ["A", "B", "C"]  # noqa: FBT003
    for file in files:
        text = file.read_text().replace("transcript_id\tgene_id", "gene_id\ttranscript_id(s)")
        (tmp_path / file.name.replace("isoforms", "genes")).write_text(text)
    y = pylimma.read_rsem([tmp_path / "s1", tmp_path / "s2"])
    assert y.col_names.tolist() == ["s1", "s2"]
    assert y.shape == (4, 2)


@pytest.mark.parametrize(
    ("genes", "message"),
    [
        ({"other": "A"}, r"No transcript \('tA1.1', 'tA2.1', … \(4 in all\)\) is in `tx2gene`"),
        (pd.DataFrame({"tx": ["tA1.1"]}), "needs two columns"),
        (pd.DataFrame([["tA1.1", "A"], ["tA1.1", "B"]]), "several genes: 'tA1.1'"),
    ],
)
def test_tables_of_genes_that_do_not_serve_are_refused(tmp_path, genes, message):
    with pytest.raises(InputError, match=message):
        pylimma.read_salmon(salmon(tmp_path), genes)


def test_samples_with_other_transcripts_are_refused(tmp_path):
    runs = salmon(tmp_path)
    file = runs[1] / "quant.sf"
    file.write_text(file.read_text().replace("tC1", "tD1"))
    with pytest.raises(InputError, match="Sample 's2' has other transcripts than 's1'"):
        pylimma.read_salmon(runs)


@pytest.mark.parametrize("reader", [pylimma.read_salmon, pylimma.read_kallisto, pylimma.read_rsem])
def test_other_files_are_refused(tmp_path, reader):
    (tmp_path / "x.tsv").write_text("a\tb\n1\t2\n")
    with pytest.raises(InputError, match="is not output of"):
        reader(tmp_path / "x.tsv")
    with pytest.raises(InputError, match="There is no file"):
        reader(tmp_path / "absent")
    with pytest.raises(InputError, match="must be one of 'no'"):
        pylimma.read_salmon(salmon(tmp_path), counts_from_abundance="yes")


def test_long_reads_have_abundances_without_lengths(tmp_path):
    y = pylimma.read_oarfish(oarfish(tmp_path))
    np.testing.assert_allclose(y.counts, COUNT_MATRIX)
    share = COUNT_MATRIX / COUNT_MATRIX.sum(axis=0) * 1e6
    np.testing.assert_allclose(y.other["abundance"], share)
    np.testing.assert_allclose(y.other["length"], np.column_stack([LENGTH, LENGTH]))
    genes = pylimma.read_oarfish(str(tmp_path / "*.quant"), TX2GENE)
    assert genes.col_names.tolist() == ["s1", "s2"]
    np.testing.assert_allclose(genes.counts, [[30, 40], [0, 8], [5, 0]])


PAIRS = list(TX2GENE.items())
WAYS = {
    "without header": "".join(f"{t}\t{g}\n" for t, g in PAIRS),
    "with header": "TXNAME\tGENEID\n" + "".join(f"{t}\t{g}\n" for t, g in PAIRS),
    "any header": "one\ttwo\n" + "".join(f"{t}\t{g}\n" for t, g in PAIRS),
    "commented header": "#tx\tgene\n" + "".join(f"{t}\t{g}\n" for t, g in PAIRS),
    "more columns": "tx\tgene\tsymbol\n" + "".join(f"{t}\t{g}\tx{g}\n" for t, g in PAIRS),
    "write.csv": '"","tx","gene"\n'
    + "".join(f'"{k}","{t}","{g}"\n' for k, (t, g) in enumerate(PAIRS, 1)),
    "write.table": '"tx" "gene"\n'
    + "".join(f'"{k}" "{t}" "{g}"\n' for k, (t, g) in enumerate(PAIRS, 1)),
    "a gene by its transcript": "ERCC-1\tERCC-1\n" + "".join(f"{t}\t{g}\n" for t, g in PAIRS),
}


@pytest.mark.parametrize("way", list(WAYS))
def test_a_file_of_genes_keeps_its_first_row_with_or_without_header(tmp_path, way):
    (tmp_path / "t2g").write_text(WAYS[way])
    (tmp_path / "runs").mkdir()
    y = pylimma.read_salmon(salmon(tmp_path / "runs"), tmp_path / "t2g")
    assert y.row_names.tolist() == ["A", "B", "C"]
    np.testing.assert_allclose(y.counts, [[30, 40], [0, 8], [5, 0]])


def test_genes_are_named_as_written_and_empty_ones_are_none(tmp_path):
    runs = salmon(tmp_path)
    genes = ["0001", "0001", "100.10", ""]
    rows = zip(NAMES, genes, strict=True)
    (tmp_path / "t2g").write_text("".join(f"{t}\t{g}\n" for t, g in rows))
    with pytest.warns(Note, match="1 of 4 transcripts are not in `tx2gene`"):
        y = pylimma.read_salmon(runs, tmp_path / "t2g")
    assert y.row_names.tolist() == ["0001", "100.10"]


def test_transcripts_that_differ_in_their_version_alone_are_hinted_at(tmp_path):
    genes = {"tA1.1": "A", "tA2.1": "A", "tB1.9": "B", "tC1.1": "C"}
    with pytest.warns(Note, match="excluded. `ignore_version=True` would match some"):
        pylimma.read_salmon(salmon(tmp_path), genes)


def test_versions_of_a_transcript_in_several_genes_are_refused(tmp_path):
    runs = salmon(tmp_path)
    genes = {**TX2GENE, "tA1.2": "A"}
    assert pylimma.read_salmon(runs, genes, ignore_version=True).shape == (3, 2)
    with pytest.raises(InputError, match="belong to several genes: 'tA1'"):
        pylimma.read_salmon(runs, {**genes, "tA1.2": "B"}, ignore_version=True)


def test_identifiers_of_transcripts_and_genes_stay_text(tmp_path):
    names = {"tA1.1": "1E5", "tA2.1": "0001470348", "tB1.3": "100.10", "tC1.1": "TRUE"}
    files = rsem(tmp_path)
    for file in files:
        text = file.read_text()
        for old, new in names.items():
            text = text.replace(f"{old}\t{TX2GENE[old]}\t", f"{new}\t{new}\t")
        file.write_text(text)
    assert pylimma.read_rsem(files).row_names.tolist() == list(names.values())
    y = pylimma.read_rsem(files, True)  # noqa: FBT003
    assert y.row_names.tolist() == sorted(names.values())


def test_samples_in_another_order_are_matched_by_name(tmp_path):
    runs = salmon(tmp_path)
    file = runs[1] / "quant.sf"
    header, *rows = file.read_text().splitlines()
    file.write_text("\n".join([header, *rows[::-1]]) + "\n")
    np.testing.assert_allclose(pylimma.read_salmon(runs).counts, COUNT_MATRIX)


def test_names_of_gencode_are_cut_at_the_first_bar(tmp_path):
    runs = salmon(tmp_path)
    for run in runs:
        text = (run / "quant.sf").read_text()
        for name in NAMES:
            text = text.replace(name, f"{name}|{TX2GENE[name]}|x|")
        (run / "quant.sf").write_text(text)
    assert pylimma.read_salmon(runs).row_names.tolist() == NAMES
    assert pylimma.read_salmon(runs, TX2GENE).row_names.tolist() == ["A", "B", "C"]


def test_compressed_tables_are_found_in_their_folders(tmp_path):
    runs = salmon(tmp_path)
    for run, (suffix, compress) in zip(
        runs, [(".gz", gzip.compress), (".xz", lzma.compress)], strict=True
    ):
        (run / f"quant.sf{suffix}").write_bytes(compress((run / "quant.sf").read_bytes()))
        (run / "quant.sf").unlink()
    np.testing.assert_allclose(pylimma.read_salmon(runs).counts, COUNT_MATRIX)


def test_an_estimate_that_is_no_number_is_named_with_its_transcript(tmp_path):
    runs = salmon(tmp_path)
    file = runs[0] / "quant.sf"
    file.write_text(file.read_text().replace("\t20.0\n", "\tNA\n"))
    with pytest.raises(InputError, match=r"quant\.sf' has 'NA' for the counts of 'tA2\.1'"):
        pylimma.read_salmon(runs)


@pytest.mark.parametrize(
    ("read", "write", "columns"),
    [
        (pylimma.read_salmon, salmon, ("Name", "NumReads", "TPM", "EffectiveLength")),
        (pylimma.read_kallisto, kallisto, ("target_id", "est_counts", "tpm", "eff_length")),
        (pylimma.read_piscem, piscem, ("target_name", "ecount", "tpm", "eelen")),
    ],
)
def test_a_large_run_agrees_with_the_csv_module(tmp_path, monkeypatch, read, write, columns):
    rng = np.random.default_rng(5)
    n = 3000
    monkeypatch.setattr(made_up_runs, "NAMES", [f"ENST{k:011d}.{k % 9}" for k in range(n)])
    monkeypatch.setattr(made_up_runs, "LENGTH", rng.integers(200, 9000, n))
    counts = {s: rng.gamma(0.4, 90, n).round(3) for s in ("s1", "s2")}
    monkeypatch.setattr(made_up_runs, "COUNTS", counts)
    monkeypatch.setattr(made_up_runs, "EFFECTIVE", {s: rng.gamma(5, 300, n) for s in counts})
    runs = write(tmp_path)
    y = read(runs)
    for k, run in enumerate(runs):
        files = [run.with_suffix(".quant")] if not run.is_dir() else run.glob("[qa]*.[st][fs]*")
        with next(iter(files)).open() as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        assert y.row_names.tolist() == [row[columns[0]] for row in rows]
        for values, column in zip(
            (y.counts, y.other["abundance"], y.other["length"]), columns[1:], strict=True
        ):
            assert values[:, k].tolist() == [float(row[column]) for row in rows]
