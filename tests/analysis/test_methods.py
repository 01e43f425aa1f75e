import re

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.analysis.methods import REFERENCES, methods_paragraph


def paragraph(**options):
    data = pylimma.simulate_counts(n_genes=300, n_samples=6, rng=1)
    samples = data.samples.assign(person=list("abcabc"))
    return methods_paragraph(pylimma.analyze(data.counts, samples, "~ group", **options), "1.0")


@pytest.mark.parametrize(
    ("options", "cited"),
    [
        ({}, ["limma", "filter", "TMM", "voom", "e_bayes", "BH"]),
        ({"method": "quality_weights"}, ["quality_weights"]),
        ({"method": "voom_lm_fit"}, ["voom_lm_fit"]),
        ({"robust": True, "adjust_method": "BY"}, ["robust", "BY"]),
        ({"lfc": 0.5}, ["treat"]),
        ({"block": "person"}, ["blocks"]),
        ({"normalization": "upperquartile"}, ["upperquartile"]),
        ({"sets": {"a": ["gene1", "gene2"]}}, ["camera"]),
        ({"sets": {"a": ["gene1", "gene2"]}, "set_test": "fry"}, ["fry"]),
    ],
)
def test_what_was_done_is_cited(options, cited):
    text, references = paragraph(**options)
    dois = [reference.doi for reference in references]
    assert [key for key in cited if REFERENCES[key].doi not in dois] == []
    assert all(f"[{k + 1}]" in text for k in range(len(references)))


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (
            True,
            r"with 0\.\d+ or more counts per million \(10 reads .*\) in 3 or more samples, and 15",
        ),
        ({"min_count": 30, "min_total_count": 7}, r"\(30 reads .* and 7 or more reads in total"),
        ({"cpm": 2, "samples": 3}, "those with 2 or more counts per million in 3 or more samples."),
        (
            {"count": 5, "total": 50},
            "5 or more reads in one or more samples and 50 or more reads in",
        ),
        (np.arange(300) > 4, "Of 300 genes, 295 were kept, chosen beforehand."),
    ],
)
def test_the_limits_of_the_filter_are_said(limits, said):
    assert re.search(said, paragraph(filter=limits)[0])


def test_the_limit_said_is_the_limit_used():
    data = pylimma.simulate_counts(n_genes=2000, n_samples=7, rng=3)
    found = pylimma.analyze(data.counts, data.samples, "~ group", treat=False)
    text, _ = methods_paragraph(found, "1.0")
    limit, least = re.search(
        r"those with ([\d.]+) or more .* in (\d+) or more samples", text
    ).groups()
    cpm = np.asarray(pylimma.cpm(data.counts))
    said = ((cpm >= float(limit)).sum(axis=1) >= int(least)) & (data.counts.sum(axis=1) >= 15)
    assert np.mean(said == found.kept) > 0.995  # the limit is printed with two digits


def test_an_analysis_of_proteins_speaks_of_proteins():
    y = np.random.default_rng(1).normal(8, 1, (60, 6))
    names = [f"P{k:04d}5" for k in range(60)]
    data = pd.DataFrame(y, names, list("abcdef"))
    samples = pd.DataFrame({"group": list("xxxyyy")}, data.columns)
    found = pylimma.analyze(data, samples, "~ group", method="ls")
    text, _ = methods_paragraph(found, "1.0")
    assert "gene" not in text.replace("Genes", "genes")
    assert "proteins" in str(found)


def test_what_was_not_done_is_not_said():
    text, references = paragraph(filter=False, normalization="none", adjust_method="none")
    assert "kept" not in text
    assert "normalised" not in text
    assert "unadjusted p-value" in text
    assert REFERENCES["BH"] not in references
