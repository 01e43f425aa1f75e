"""Tables as people have them: names that are numbers, damaged files, text among the samples."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.cli.commands import main

N_GENES = 60
RNG = np.random.default_rng(11)
COUNTS = RNG.negative_binomial(5, 0.04, (N_GENES, 6))
COUNTS[:6, 3:] *= 8
GROUP = ["ctl"] * 3 + ["trt"] * 3


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def status(counts, *more):
    given = ["--counts", counts, "--samples", "s.csv", "--formula", "~ 0 + group"]
    quiet = ["--quiet", "--no-plots", "--no-report", "--no-parquet", "--contrast", "trt - ctl"]
    with pytest.raises(SystemExit) as stopped:
        main(["run", *given, *quiet, "--no-filter", *more, "--out", "out"])
    return stopped.value.code


def table(names, **columns):
    frame = pd.DataFrame(COUNTS, columns=names)
    frame.insert(0, "gene", [f"{k + 1:04d}" for k in range(N_GENES)])
    return frame.assign(**columns)


def write_samples(names, groups=GROUP):
    rows = "".join(f"{name},{group}\n" for name, group in zip(names, groups, strict=True))
    Path("s.csv").write_text("sample,group\n" + rows)


def results():
    [file] = Path("out/tables").glob("*.tsv")
    return pd.read_csv(file, sep="\t", dtype=str, keep_default_na=False)


@pytest.mark.parametrize("order", [[3, 0, 5, 1, 4, 2], [5, 0, 4, 1, 3, 2]])
@pytest.mark.parametrize("names", [list("123456"), ["01", "02", "1E5", "1e5", "1.0", "1.10"]])
def test_samples_called_by_numbers_are_matched_by_name(order, names):
    counts = table(names)
    counts.to_csv("c.tsv", sep="\t", index=False)
    write_samples([names[k] for k in order], [GROUP[k] for k in order])
    assert status("c.tsv") == 0
    expected = pylimma.analyze(
        counts.set_index("gene"),
        pd.DataFrame({"group": GROUP}, index=names),
        "~ 0 + group",
        "trt - ctl",
        filter=False,
    )
    found = results().set_index("gene")["log_fc"].astype(float)
    np.testing.assert_allclose(found, expected.tables["trt - ctl"]["log_fc"].loc[found.index])
    assert found.index[0].startswith("00")


def test_a_damaged_file_is_one_line_with_its_name(capsys):
    write_samples("abcdef")
    whole = gzip.compress(table(list("abcdef")).to_csv(sep="\t", index=False).encode())
    Path("c.tsv.gz").write_bytes(whole[: len(whole) // 2])
    assert status("c.tsv.gz") == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("pylimma: 'c.tsv.gz' is cut off or damaged (gzip)")


def test_annotation_is_written_as_it_was_read():
    table(list("abcdef")).to_csv("c.tsv", sep="\t", index=False)
    write_samples("abcdef")
    known = [f"{k + 1:04d}\t{11300 + k}\t{k % 5}\t{4000 + k}\t00{k}\tTRUE" for k in range(50)]
    head = "gene\tEntrez\tChr\tLength\tacc\tcoding\n"
    Path("a.tsv").write_text(head + "\n".join(known) + "\n")
    assert status("c.tsv", "--annotation", "a.tsv") == 0
    rows = {line.split("\t")[0]: line.split("\t") for line in known}
    for row in results().iloc[:, :6].to_numpy().tolist():
        assert row == rows.get(row[0], [row[0], *["NA"] * 5])
    saved = pylimma.Analysis.load("out/analysis.pylimma")
    assert saved.data.genes["Length"].isna().sum() == 10


def test_text_among_the_samples_is_annotation(capsys):
    frame = table(list("abcdef"), description="some text")
    frame.to_csv("c.tsv", sep="\t", index=False)
    write_samples("abcdef")
    assert status("c.tsv") == 0
    assert "taken for annotation of genes: 'description'" in capsys.readouterr().err
    assert (results()["description"] == "some text").all()
