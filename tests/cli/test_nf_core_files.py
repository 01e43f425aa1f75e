"""The numbers that nf-core's module asserts, and its files for the same inputs.

The counts in `pipelines` are of nf-core's test data (MIT licence).
"""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pylimma.cli.commands import main

PIPELINES = Path(__file__).parent / "pipelines"
MOUSE = ("mouse_counts.tsv.gz", "mouse_samples.csv")
HEADER = "id,variable,reference,target,blocking\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(contrasts, *more, data=MOUSE, out="out"):
    counts, samples = (PIPELINES / name for name in data)
    given = ["--counts", counts, "--samples", samples, "--contrasts", contrasts, "--out", out]
    options = ["--style", "nf-core", "--no-plots", "--no-report", "--quiet"]
    with pytest.raises(SystemExit) as stopped:
        main([str(text) for text in ("run", *given, *options, *more)])
    return stopped.value.code


def contrasts(text, name="contrasts.csv"):
    Path(name).write_text(text)
    return name


def table(name):
    return pd.read_csv(name, sep="\t", index_col=0, keep_default_na=False)


def checksum(name):
    return hashlib.md5(Path(name).read_bytes(), usedforsecurity=False).hexdigest()


def test_the_number_of_the_voom_test_is_the_modules():
    assert run(contrasts(HEADER + "test,treatment,hND6,mCherry,\n")) == 0
    found = table("out/test.limma.results.tsv").loc["ENSMUSG00000023978"]
    assert found["logFC"] == pytest.approx(-2.84055986312942, abs=1e-14)
    normalised = table("out/test.normalised_counts.tsv").loc["ENSMUSG00000023978"]
    assert normalised["8042381"] == pytest.approx(6.11247620232167, abs=1e-14)


def test_tables_have_the_checksums_of_the_pipelines_own_test():
    pytest.importorskip("yaml")
    text = (
        "contrasts:\n"
        "  - id: treatment_mCherry_hND6_\n"
        '    comparison: ["treatment", "mCherry", "hND6"]\n'
        "  - id: treatment_mCherry_hND6_sample_number\n"
        '    comparison: ["treatment", "mCherry", "hND6"]\n'
        '    blocking_factors: ["sample_number"]\n'
    )
    more = ["--filtering-min-abundance", 10, "--round-digits", 3]
    assert run(contrasts(text, "contrasts.yaml"), *more) == 0
    start = "out/treatment_mCherry_hND6_"
    assert checksum(f"{start}.limma.results.tsv") == "e44a3f1f7edea37ed356d120a6a52a52"
    assert checksum(f"{start}sample_number.limma.results.tsv") == "0fdff826c0a2dc5ac340251284a89045"
    assert checksum(f"{start}.limma.results_filtered.tsv") == "0bfc9215edc6aad064c3ce6abc81bfce"
    assert Path(f"{start}_limma.annotated.tsv").exists(), "an id keeps its last underscore"
    assert Path(f"{start}sample_number.limma.model.txt").read_text() == (
        "~ 0 + treatment + sample_number\n"
    )


def test_interactions_under_names_of_r_give_the_modules_tables():
    pytest.importorskip("yaml")
    data = ("factorial_counts.tsv.gz", "factorial_samples.tsv")
    assert run(PIPELINES / "factorial_contrasts.yaml", data=data) == 0
    for name in ("interaction_genotype_treatment", "full_model_with_interactions"):
        expected = table(PIPELINES / f"{name}.tsv")
        found = table(f"out/{name}.limma.results.tsv").loc[expected.index]
        pd.testing.assert_frame_equal(found, expected, rtol=1e-10, atol=0)


def test_blocks_have_one_round_unless_our_numbers_are_wanted(capsys):
    listed = contrasts(HEADER + "test,treatment,hND6,mCherry,\n")
    assert run(listed, "--block", "sample_number") == 0
    found = table("out/test.limma.results.tsv").loc["ENSMUSG00000023978"]
    # limma 3.68: voom (span 0.5), duplicateCorrelation, lmFit, once each
    expected = [-2.83634443365030, 6.10851755922484, -1.15627457748688, 0.286139055747515]
    np.testing.assert_allclose(found.iloc[:4], expected, rtol=1e-12)
    assert "one round" in capsys.readouterr().err
    assert "one round" in Path("out/test.R_sessionInfo.log").read_text()
    assert run(listed, "--block", "sample_number", "--pylimma-numbers", out="ours") == 0
    assert "one round" not in capsys.readouterr().err
    assert "one round" not in Path("ours/test.R_sessionInfo.log").read_text()
    ours = table("ours/test.limma.results.tsv")["logFC"]
    assert np.abs(ours - table("out/test.limma.results.tsv")["logFC"]).max() > 1e-4


def test_samples_are_excluded_by_their_own_names(capsys):
    listed = contrasts(HEADER + "test,treatment,hND6,mCherry,\n")
    more = ["--sample_id_col", "sample", "--exclude_samples_col", "sample"]  # as in ext.args
    assert run(listed, *more, "--exclude_samples_values=8042381;8042386") == 0
    assert "excluded: '8042381', '8042386'" in capsys.readouterr().err
    kept = ["8042382", "8042383", "8042384", "8042385"]
    assert list(table("out/test.normalised_counts.tsv").columns) == kept


def test_the_first_of_several_sequencing_runs_describes_a_sample(folder, capsys):
    lines = (PIPELINES / "mouse_samples.csv").read_text().splitlines()
    runs = [lines[0] + ",run", *(f"{line},run{k}" for line in lines[1:] for k in (1, 2))]
    (folder / "runs.csv").write_text("\n".join(runs) + "\n")
    listed = contrasts(HEADER + "test,treatment,hND6,mCherry,\n")
    data = (PIPELINES / "mouse_counts.tsv.gz", folder / "runs.csv")
    assert run(listed, data=data) == 0
    assert "Repeated rows of 'runs.csv' are removed: '8042381'," in capsys.readouterr().err
    assert table("out/test.limma.results.tsv").loc["ENSMUSG00000023978", "logFC"] == (
        pytest.approx(-2.84055986312942, abs=1e-14)
    )


def test_contrasts_without_an_id_are_named_by_their_rows_and_na_blocks_nothing(folder):
    text = "variable,reference,target,blocking\ntreatment,mCherry,hND6,NA\n"
    listed = contrasts(text + "treatment,mCherry,hND6,sample_number\n")
    assert run(listed) == 0
    names = {path.name for path in (folder / "out").glob("*.limma.results.tsv")}
    assert names == {
        "treatment_mCherry_hND6_.limma.results.tsv",
        "treatment_mCherry_hND6_sample_number.limma.results.tsv",
    }
    assert Path("out/treatment_mCherry_hND6_.limma.model.txt").read_text() == "~ 0 + treatment\n"


def test_filtered_results_change_twofold_unless_another_change_is_given(folder):
    rng = np.random.default_rng(1)
    counts = rng.poisson(200, (400, 6)) * np.where(np.arange(400) < 40, 2, 1)[:, None]
    counts[:20, 3:] *= 3
    counts[20:40, 3:] = counts[20:40, 3:] * 3 // 2
    index = pd.Index([f"g{k}" for k in range(400)], name="gene_id")
    pd.DataFrame(counts, index, list("abcdef")).to_csv("counts.tsv", sep="\t")
    Path("samples.csv").write_text("sample,group\n" + "".join(f"{s},x\n" for s in "abc")
                                   + "".join(f"{s},y\n" for s in "def"))  # fmt: skip
    data = (folder / "counts.tsv", folder / "samples.csv")
    listed = contrasts(HEADER + "c,group,x,y,\n")
    assert run(listed, data=data) == 0
    every = table("out/c.limma.results.tsv")
    passed = (every["adj.P.Val"] <= 0.05) & (every["logFC"].abs() >= 1)
    assert 10 < passed.sum() < ((every["adj.P.Val"] <= 0.05).sum())
    assert list(table("out/c.limma.results_filtered.tsv").index) == list(every.index[passed])
    assert run(listed, "--differential-min-fold-change", 1, data=data, out="all") == 0
    assert len(table("all/c.limma.results_filtered.tsv")) == (every["adj.P.Val"] <= 0.05).sum()


def test_our_other_styles_have_no_filter_of_the_pipeline(capsys):
    listed = contrasts(HEADER + "c,treatment,hND6,mCherry,\n")
    assert run(listed, "--style", "pylimma", "--min-fold-change", 2) == 1
    assert "--min-fold-change goes with --style nf-core" in capsys.readouterr().err
    assert run(listed, "--style", "pylimma", "--min-samples", 2) == 1
    assert "--min-samples goes with --min-cpm or --min-count" in capsys.readouterr().err


def test_log_expression_is_filtered_and_written_too(folder):
    values = pd.DataFrame(
        np.random.default_rng(2).normal(8, 1, (50, 6)).round(3),
        pd.Index([f"p{k}" for k in range(50)], name="probe"),
        [f"80423{k}" for k in range(81, 87)],
    )
    values.iloc[0] = 0.2
    values.to_csv("arrays.tsv", sep="\t")
    listed = contrasts(HEADER + "c,treatment,hND6,mCherry,\n")
    data = (folder / "arrays.tsv", PIPELINES / "mouse_samples.csv")
    assert run(listed, "--method", "ls", "--probe-id-col", "probe", data=data) == 0
    found = table("out/c.limma.results.tsv")
    assert found.index.name == "probe"
    assert list(found.index) == list(values.index[1:]), "values below one are not abundant"


def test_columns_and_levels_go_by_the_names_of_r(folder):
    table = pd.read_csv(PIPELINES / "mouse_samples.csv").rename(columns={"treatment": "cell type"})
    table["cell type"] += "-cells"
    table.to_csv("named.csv", index=False)
    text = (
        "contrasts: [{id: c, formula: ~ 0 + cell.type, "
        "make_contrasts_str: cell.typemCherry.cells - cell.typehND6.cells}]"
    )
    pytest.importorskip("yaml")
    data = (PIPELINES / "mouse_counts.tsv.gz", folder / "named.csv")
    assert run(contrasts(text, "c.yaml"), data=data) == 0
    found = pd.read_csv("out/c.limma.results.tsv", sep="\t", index_col=0)
    assert found.loc["ENSMUSG00000023978", "logFC"] == pytest.approx(-2.84055986312942, abs=1e-14)


def test_annotation_is_joined_as_csvtk_does(folder):
    counts = pd.read_csv(PIPELINES / "mouse_counts.tsv.gz", sep="\t")
    known = counts.iloc[1:, 0]
    table = pd.DataFrame({"chrom": "07", "gene_id": known, "length": range(len(known))})
    table.to_csv("features.tsv", sep="\t", index=False)
    listed = contrasts(HEADER + "test,treatment,hND6,mCherry,\n")
    more = ["--annotation", "features.tsv", "--features_id_col", "gene_id"]
    assert run(listed, *more, "--features_name_col", "gene_name") == 0
    lines = Path("out/test_limma.annotated.tsv").read_text().splitlines()
    results = Path("out/test.limma.results.tsv").read_text().splitlines()
    assert lines[0] == f"{results[0]}\tchrom\tlength\tgene_name"
    assert lines[1] == f"{results[1]}\t\t\tPrph2", "a gene without annotation has empty cells"
    assert lines[2] == f"{results[2]}\t07\t0\tRho"
