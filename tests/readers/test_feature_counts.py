"""Output of featureCounts."""

import pytest

import pylimma
from pylimma.errors import InputError

HEADER = "# Program:featureCounts v2.0.6; Command: ...\nGeneid\tChr\tStart\tEnd\tStrand\tLength\t"
ROWS = "g1\tchr1;chr1\t1;50\t9;90\t+;+\t50\t{}\ng2\tchrX\t5\t9\t-\t5\t{}\n"


def write(file, columns, first, second):
    file.write_text(HEADER + columns + "\n" + ROWS.format(first, second))
    return file


def test_counts_annotation_and_short_names_are_read(tmp_path):
    columns = "/data/s1Aligned.sortedByCoord.out.bam\t/data/s2.sorted.bam"
    y = pylimma.read_feature_counts(write(tmp_path / "fc.txt", columns, "3\t4", "5\t6"))
    assert y.col_names.tolist() == ["s1", "s2"]
    assert y.counts.tolist() == [[3, 4], [5, 6]]
    assert y.genes.columns.tolist() == ["Chr", "Start", "End", "Strand", "Length"]
    assert y.genes["Length"].tolist() == [50, 5]
    assert pylimma.rpkm(y).shape == (2, 2)


def test_files_of_one_sample_each_are_joined(tmp_path):
    one = write(tmp_path / "1.txt", "a.bam", "3", "5")
    two = write(tmp_path / "2.txt", "b.bam", "4", "6")
    assert pylimma.read_feature_counts([one, two]).counts.tolist() == [[3, 4], [5, 6]]
    y = pylimma.read_feature_counts(str(tmp_path / "*.txt"), labels=["x", "y"], group=["k", "k"])
    assert y.col_names.tolist() == ["x", "y"]


def test_names_stay_long_enough_to_differ(tmp_path):
    y = pylimma.read_feature_counts(write(tmp_path / "fc.txt", "p/a.bam\tq/a.bam", "3\t4", "5\t6"))
    assert y.col_names.tolist() == ["p/a.bam", "q/a.bam"]


def test_other_tables_and_other_genes_are_refused(tmp_path):
    one = write(tmp_path / "1.txt", "a.bam", "3", "5")
    (tmp_path / "t.txt").write_text("gene\ta\nx\t1\n")
    with pytest.raises(InputError, match=r"no output of featureCounts.*`read_counts`"):
        pylimma.read_feature_counts(tmp_path / "t.txt")
    two = tmp_path / "2.txt"
    two.write_text(one.read_text().replace("g2", "g3").replace("a.bam", "b.bam"))
    with pytest.raises(InputError, match="has other genes"):
        pylimma.read_feature_counts([one, two])
    with pytest.raises(InputError, match="2 names; there are 1 samples"):
        pylimma.read_feature_counts(one, labels=["a", "b"])
