"""Transcripts summed by gene, beside loops over genes and samples."""

import numpy as np

from pylimma.readers.transcript_sums import (
    Abundances,
    complete_lengths,
    scaled_counts,
    sum_by_gene,
)

RNG = np.random.default_rng(12)
GENE = np.array([0, 2, 1, 0, 2, 2, 1])
ABUNDANCE = RNG.uniform(0, 50, (7, 4))
ABUNDANCE[GENE == 1, :2] = 0
ABUNDANCE[GENE == 2] = 0
TRANSCRIPTS = Abundances(RNG.uniform(0, 90, (7, 4)), ABUNDANCE, RNG.uniform(100, 3000, (7, 4)))


def test_sums_and_lengths_agree_with_loops():
    genes = sum_by_gene(TRANSCRIPTS, GENE, 3)
    for gene in range(3):
        rows = np.flatnonzero(gene == GENE)
        known = []
        for sample in range(4):
            weight = ABUNDANCE[rows, sample]
            np.testing.assert_allclose(
                genes.counts[gene, sample], sum(TRANSCRIPTS.counts[row, sample] for row in rows)
            )
            np.testing.assert_allclose(genes.abundance[gene, sample], sum(weight))
            if sum(weight):
                length = np.average(TRANSCRIPTS.length[rows, sample], weights=weight)
                np.testing.assert_allclose(genes.length[gene, sample], length)
                known.append(length)
        plain = TRANSCRIPTS.length[rows].mean()
        fill = np.prod(known) ** (1 / len(known)) if known else plain
        for sample in range(4 - len(known)):
            np.testing.assert_allclose(genes.length[gene, sample], fill)


def test_zero_lengths_count_as_unknown():
    length = complete_lengths(np.array([[100.0, 0, 400], [0, 0, 0]]), np.array([1.0, 7]))
    np.testing.assert_allclose(length, [[100, 200, 400], [7, 7, 7]])


def test_counts_from_abundances_are_free_of_the_lengths_of_samples():
    genes = sum_by_gene(TRANSCRIPTS, GENE, 3)
    for by_length in (False, True):
        counts = scaled_counts(genes, by_length=by_length)
        np.testing.assert_allclose(counts.sum(axis=0), genes.counts.sum(axis=0))
    stretched = Abundances(genes.counts, genes.abundance, genes.length * [1, 2, 3, 4])
    np.testing.assert_allclose(
        scaled_counts(stretched, by_length=False),
        scaled_counts(genes, by_length=False),
    )
