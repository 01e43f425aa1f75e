"""The files and columns that nf-core/differentialabundance and Galaxy's limma tool write."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.cli.commands import main

RESULTS = ["logFC", "AveExpr", "t", "P.Value", "adj.P.Val", "B"]


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = pylimma.simulate_counts(n_genes=300, n_samples=8, rng=3)
    data.counts.to_csv("counts.tsv", sep="\t", index_label="gene_id")
    samples = data.samples.assign(
        dose=[1, 1, 2, 2, 1, 1, 2, 2], age=range(30, 38), donor=list("pqpqpqpq")
    )
    samples.to_csv("samples.csv", index_label="sample")
    pd.DataFrame({"gene_id": data.counts.index, "gene_name": "S" + data.counts.index}).to_csv(
        "genes.tsv", sep="\t", index=False
    )
    return data.counts, samples


def run(*arguments):
    base = ["run", "--counts", "counts.tsv", "--samples", "samples.csv", "--quiet"]
    with pytest.raises(SystemExit) as stopped:
        main([*base, *arguments, "--out", "out"])
    return stopped.value.code


def table(name):
    return pd.read_csv(name, sep="\t", index_col=0)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_nf_core_gets_its_files_and_columns(files, tmp_path):
    counts, samples = files
    (tmp_path / "contrasts.csv").write_text(
        "id,variable,reference,target,blocking\ntreat_vs,group,control,treated,donor\n"
        "dose_2_1,dose,1,2,\n"
    )
    given = ["--contrasts", "contrasts.csv", "--style", "nf-core", "--no-report"]
    assert run(*given, "--annotation", "genes.tsv") == 0
    assert names(tmp_path / "out") == sorted(
        [
            *("run.json", "versions.yml"),
            *(
                f"{name}{part}"
                for name in ("treat_vs", "dose_2_1")
                for part in (
                    ".limma.results.tsv",
                    ".limma.results_filtered.tsv",
                    ".limma.mean_difference.png",
                    ".limma.model.txt",
                    ".MArrayLM.limma.pylimma",
                    ".normalised_counts.tsv",
                    "_limma.annotated.tsv",
                    ".R_sessionInfo.log",
                )
            ),
        ]
    )
    found = table("out/treat_vs.limma.results.tsv")
    assert found.index.name == "gene_id"
    assert list(found.columns) == RESULTS
    kept = counts[(counts >= 1).any(axis=1)]
    assert list(found.index) == list(kept.index), "in the order of the matrix"
    design = pylimma.model_matrix("~ 0 + group + donor", samples)
    y = pylimma.norm_lib_sizes(pylimma.DGEList(kept))
    v = pylimma.voom(y, design, span=0.5, adaptive_span=False)
    fit = pylimma.lm_fit(v, design)
    fit = pylimma.e_bayes(pylimma.contrasts_fit(fit, "treated - control", compat="3.68"))
    np.testing.assert_allclose(found["t"], fit["t"][:, 0], rtol=1e-9)
    np.testing.assert_allclose(
        table("out/treat_vs.normalised_counts.tsv"), v["E"], rtol=1e-12, atol=1e-12
    )
    annotated = table("out/treat_vs_limma.annotated.tsv")
    assert list(annotated.columns) == [*RESULTS, "gene_name"], "as csvtk joins them"
    assert "0.123" not in (tmp_path / "out" / "versions.yml").read_text()
    text = (tmp_path / "out" / "treat_vs.limma.model.txt").read_text()
    assert text == "~ 0 + group + donor\n"


def test_numbers_of_a_contrast_table_are_levels_unless_called_covariates(files, tmp_path):
    (tmp_path / "contrasts.csv").write_text(
        "id,variable,reference,target,blocking\ncase,group,control,treated,dose;age\n"
    )
    given = ["--contrasts", "contrasts.csv", "--style", "nf-core", "--no-report", "--no-plots"]
    assert run(*given) == 1, "as many ages as samples"
    assert run(*given, "--covariates", "age") == 0
    text = (tmp_path / "out" / "case.limma.model.txt").read_text()
    assert text.startswith("~ 0 + group + dose + age")


def test_long_numbers_of_a_column_with_gaps_stay_different_levels(files, tmp_path):
    _, samples = files
    days = [20230101, 20230101, 20230102, 20230102, 20230101, 20230101, None, 20230102]
    samples.assign(day=days).to_csv("samples.csv", index_label="sample")
    (tmp_path / "c.csv").write_text(
        "id,variable,reference,target,exclude_samples_col,exclude_samples_values\n"
        "x,day,20230101,20230102,sample,sample7\n"
    )
    given = ["--contrasts", "c.csv", "--style", "nf-core", "--no-report", "--no-plots"]
    assert run(*given) == 0
    assert len(table("out/x.limma.results.tsv")) > 0


def test_contrasts_in_yaml_exclude_samples_and_name_formulas(files, tmp_path):
    pytest.importorskip("yaml")
    (tmp_path / "contrasts.yaml").write_text(
        "contrasts:\n"
        "  - id: young\n    comparison: [group, control, treated]\n"
        "    exclude_samples_col: age\n    exclude_samples_values: [36, 37]\n"
        "  - id: formula\n    formula: ~ group * dose\n"
        "    make_contrasts_str: grouptreated:dose\n"
    )
    given = ["--contrasts", "contrasts.yaml", "--style", "nf-core", "--no-report", "--no-plots"]
    assert run(*given, "--round-digits", "4", "--confint") == 0
    found = table("out/young.limma.results.tsv")
    assert list(found.columns) == ["logFC", "CI.L", "CI.R", *RESULTS[1:]]
    np.testing.assert_array_equal(found["logFC"], found["logFC"].round(4))
    assert table("out/young.normalised_counts.tsv").shape[1] == 6
    assert table("out/formula.normalised_counts.tsv").shape[1] == 8


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("c.csv", "id,variable,target\nx,group,treated\n", "no column 'reference'"),
        ("c.csv", "id,variable,reference,target\nx,arm,a,b\n", "compare 'arm'"),
        ("c.csv", "id,variable,reference,target\nx,group,,b\n", "needs variable, reference"),
        ("c.csv", "id,variable,reference,target\nx,group,no,treated\n", "not a level of 'group'"),
        ("c.csv", "id,variable,reference,target\nx,group,control,treated\n" * 2, "x"),
        ("c.yml", "contrasts: [", "is not valid YAML"),
        ("c.yml", "other: 1", "a list `contrasts`"),
        ("c.yml", "contrasts: [{id: a, comparison: [a, b]}]", "must be [variable"),
    ],
)
def test_a_wrong_table_of_contrasts_is_one_line(files, tmp_path, capsys, name, text, message):
    (tmp_path / name).write_text(text)
    assert run("--contrasts", name, "--style", "nf-core") == 1
    errors = capsys.readouterr().err.strip().splitlines()
    assert message in errors[-1]
    assert errors[-1].startswith("pylimma: ")
    assert not (tmp_path / "out").exists()


def test_samples_of_the_matrix_without_a_row_are_excluded_in_nf_core(files, tmp_path, capsys):
    _, samples = files
    samples.iloc[:6].to_csv("samples.csv", index_label="sample")
    (tmp_path / "c.csv").write_text("id,variable,reference,target\nx,group,control,treated\n")
    assert run("--contrasts", "c.csv", "--style", "nf-core", "--no-report", "--no-plots") == 0
    assert "excluded: 'sample7', 'sample8'" in capsys.readouterr().err
    assert table("out/x.normalised_counts.tsv").shape[1] == 6


def test_galaxy_gets_its_files_and_columns(files, tmp_path):
    counts, samples = files
    samples[["group", "donor"]].to_csv("samples.csv", index_label="sample")
    (tmp_path / "contrasts.tsv").write_text("Contrast\ntreated-control\n")
    given = ["--contrasts", "contrasts.tsv", "--style", "galaxy", "--no-plots"]
    assert run(*given, "--annotation", "genes.tsv", "--min-cpm", "1", "--min-samples", "2") == 0
    assert names(tmp_path / "out") == sorted(
        [
            *("limma-voom_treated-control.tsv", "limma-voom_filtcounts", "limma-voom_normcounts"),
            *("libsizeinfo", "report.html", "run.json"),
        ]
    )
    found = table("out/limma-voom_treated-control.tsv")
    assert found.index.name == "gene_id", "as the annotation calls it"
    assert list(found.columns) == ["gene_name", *RESULTS]
    assert found["P.Value"].is_monotonic_increasing
    kept = counts[(counts / counts.sum() * 1e6 >= 1).sum(axis=1) >= 2]
    filtered = table("out/limma-voom_filtcounts")
    pd.testing.assert_frame_equal(filtered.drop(columns="gene_name"), kept, check_names=False)
    sizes = pd.read_csv("out/libsizeinfo", sep="\t")
    assert list(sizes.columns) == [
        *("SampleID", "groups", "LibrarySize", "NormalisationFactor", "EffectiveLibrarySize"),
    ]
    np.testing.assert_array_equal(sizes["LibrarySize"], kept.sum())
    expected = pylimma.analyze(
        counts,
        samples,
        "~ 0 + group + donor",
        "treated - control",
        filter={"cpm": 1, "samples": 2},
        robust=True,
        span=0.5,
        compat="3.68",
    )
    best = found["P.Value"].to_numpy()
    np.testing.assert_allclose(best, expected.tables["treated - control"]["p_value"], rtol=1e-9)


def test_galaxys_trend_and_treat_have_their_names_and_columns(files):
    given = ["--formula", "~ 0 + group", "--contrast", "treated-control", "--style", "galaxy"]
    more = ["--method", "trend", "--lfc", "0.5", "--treat", "--no-plots", "--no-report"]
    assert run(*given, *more) == 0
    found = table("out/limma-trend_treated-control.tsv")
    assert list(found.columns) == RESULTS[:-1]


def test_cell_types_of_an_h5ad_get_folders_of_their_own(tmp_path, monkeypatch):
    anndata = pytest.importorskip("anndata")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    donor = np.arange(240) % 6
    obs = pd.DataFrame({"donor": donor, "kind": np.where(np.arange(240) < 120, "B", "T")})
    obs = obs.astype(str).assign(group=np.where(donor < 3, "a", "b")).rename(index=str)
    cells = anndata.AnnData(rng.poisson(5.0, (240, 60)).astype(np.float32), obs)
    cells.write_h5ad("cells.h5ad")
    given = ["--h5ad", "cells.h5ad", "--pseudobulk-sample", "donor", "--pseudobulk-group", "kind"]
    with pytest.raises(SystemExit) as stopped:
        main(["run", *given, "--formula", "~ group", "--no-plots", "--out", "out", "--quiet"])
    assert stopped.value.code == 0
    assert names(tmp_path / "out") == ["B", "T", "run.json"]
    assert len(table("out/T/tables/groupb.tsv")) == 60
