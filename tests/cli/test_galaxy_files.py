"""The files of Galaxy's limma tool for the inputs of its own tests."""

import numpy as np
import pandas as pd
import pytest

from pylimma.cli.commands import main

NAMES = ["2-1", "2-2", "2-3", "1-1", "1-2", "1-3"]
COUNTS = """GeneID	2-1	2-2	2-3	1-1	1-2	1-3
11287	1463	1441	1495	1699	1528	1601
11298	1345	1291	1346	1905	1744	1834
11302	5	6	5	6	8	7
11303	1574	1519	1654	2099	1974	2100
11304	361	397	346	356	312	337
11305	1762	1942	2027	2528	2438	2493
"""
ANNOTATION = """EntrezID	Symbol	GeneName	Chr	Length
11302	Aatk	apoptosis-associated tyrosine kinase	11	5743
11287	Pzp	pregnancy zone protein	6	4681
11303	Abca1	ATP-binding cassette, sub-family A (ABC1), member 1	4	10260
11304	Abca4	ATP-binding cassette, sub-family A (ABC1), member 4	3	7248
11305	Abca2	ATP-binding cassette, sub-family A (ABC1), member 2	2	8061
11298	Aanat	arylalkylamine N-acetyltransferase	11	1455
"""
BESIDE = ["Symbol", "GeneName", "Chr", "Length"]


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "matrix.txt").write_text(COUNTS)
    (tmp_path / "anno.txt").write_text(ANNOTATION)
    rows = [f"{name}\t{name[0]}\n" for name in NAMES]
    (tmp_path / "factors.txt").write_text("Sample\tGroup\n" + "".join(rows))
    return tmp_path


def run(*more):
    given = ["--counts", "matrix.txt", "--style", "galaxy", "--no-plots", "--no-report", "--quiet"]
    with pytest.raises(SystemExit) as stopped:
        main(["run", *given, "--out", "out", *more])
    return stopped.value.code


def table(name):
    return pd.read_csv(f"out/{name}", sep="\t", index_col=0)


FILTER = ["--min-count", "10", "--min-samples", "3"]


def test_levels_that_are_numbers_are_levels():
    assert run("--samples", "factors.txt", "--annotation", "anno.txt", "--contrast", "2-1",
               *FILTER) == 0  # fmt: skip
    found = table("limma-voom_X2-X1.tsv")
    statistics = ["logFC", "AveExpr", "t", "P.Value", "adj.P.Val", "B"]
    assert list(found.columns) == [*BESIDE, *statistics]
    expected = [0.45298, 15.5266, 4.9481, 7.744e-05, 0.000129, 5.2779]
    np.testing.assert_allclose(found.loc[11304, statistics].astype(float), expected, rtol=6e-4)
    normalised = table("limma-voom_normcounts")
    assert list(normalised.columns) == [*BESIDE, *NAMES]


def test_the_annotation_names_the_column_of_genes():
    assert run("--samples", "factors.txt", "--annotation", "anno.txt", "--contrast", "2-1") == 0
    for name in ("limma-voom_X2-X1.tsv", "limma-voom_normcounts", "limma-voom_filtcounts"):
        assert table(name).index.name == "EntrezID"


def test_without_annotation_genes_stand_under_gene_id():
    assert run("--samples", "factors.txt", "--contrast", "2-1") == 0
    assert table("limma-voom_X2-X1.tsv").index.name == "GeneID"


def test_factors_may_be_text_and_contrasts_a_file(files):
    (files / "contrasts.txt").write_text("Contrasts\nMut - WT\nWT-Mut\n")
    factor = "Genotype::Mut,Mut,Mut,WT,WT,WT|Batch::1,2,3,1,2,3"
    assert run("--factor", factor, "--contrasts", "contrasts.txt") == 0
    forth, back = table("limma-voom_Mut-WT.tsv"), table("limma-voom_WT-Mut.tsv")
    np.testing.assert_allclose(back.loc[forth.index, "logFC"], -forth["logFC"], rtol=1e-12)
    assert table("libsizeinfo")["groups"].str.startswith("Mut").tolist() == [True] * 3 + [False] * 3


def test_samples_are_described_once(capsys):
    assert run("--contrast", "2-1") == 1
    assert "either --samples or --factor" in capsys.readouterr().err
    assert run("--samples", "factors.txt", "--factor", "A::1,1,1,2,2,2", "--contrast", "2-1") == 1
    assert "either --samples or --factor" in capsys.readouterr().err


def test_whole_numbers_are_levels_with_a_formula_too_and_covariates_stay_numbers(files):
    rows = [f"{name}\t{name[0]}\t{k / 2}\n" for k, name in enumerate(NAMES)]
    (files / "factors.txt").write_text("Sample\tGroup\tage\n" + "".join(rows))
    formula = ["--formula", "~ 0 + Group + age"]
    assert run("--samples", "factors.txt", *formula, "--contrast", "2-1") == 0
    assert table("limma-voom_X2-X1.tsv").shape == (6, 6)


def test_a_style_says_whose_numbers_it_gives(capsys):
    assert run("--samples", "factors.txt", "--contrast", "2-1") == 0
    assert "Numbers as Galaxy's tool gives them" in capsys.readouterr().err
    first = table("limma-voom_X2-X1.tsv")
    assert run("--samples", "factors.txt", "--contrast", "2-1", "--pylimma-numbers",
               "--overwrite") == 0  # fmt: skip
    assert "Numbers as" not in capsys.readouterr().err
    assert not first.equals(table("limma-voom_X2-X1.tsv"))
