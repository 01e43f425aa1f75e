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


def test_what_was_not_done_is_not_said():
    text, references = paragraph(filter=False, normalization="none", adjust_method="none")
    assert "kept" not in text
    assert "normalised" not in text
    assert "unadjusted p-value" in text
    assert REFERENCES["BH"] not in references
