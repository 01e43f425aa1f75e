"""Small tables of counts that are easy to write down in R as well."""

import numpy as np


def patterned_counts():
    """Forty genes in four samples, a fifth of the counts zero.

    In R: ``outer(0:39, 0:3, function(g, j) (g*g*7 + j*13*g + 5*j) %% (11 + 9*j) *
    ifelse((g + j) %% 5 == 0, 0, 1))``.
    """
    gene, sample = np.ogrid[:40, :4]
    table = (gene * gene * 7 + sample * 13 * gene + 5 * sample) % (11 + 9 * sample)
    return table * ((gene + sample) % 5 != 0)


def random_counts(rng, n_genes, n_samples, mean=20.0, size=2.0):
    """Negative binomial counts whose means differ between genes and samples."""
    means = np.outer(rng.gamma(0.5, 2 * mean, n_genes), rng.uniform(0.3, 3.0, n_samples))
    return rng.negative_binomial(size, size / (size + means))
