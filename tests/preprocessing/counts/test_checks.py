"""Warnings and errors for values that are hardly counts."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import pylimma
from pylimma.adapters.expression import parse_counts
from pylimma.errors import InputError, InputWarning, Note
from pylimma.preprocessing.counts.checks import check_counts

RNG = np.random.default_rng(7)
COUNTS = pd.DataFrame(
    RNG.poisson(50, (30, 4)), index=[f"g{k}" for k in range(30)], columns=list("abcd")
)


@pytest.mark.parametrize("kind", [pd.DataFrame, np.asarray, sp.csr_array, sp.csc_matrix])
def test_negative_counts_are_counted_and_the_first_is_named(kind):
    values = COUNTS.to_numpy().copy()
    values[[3, 5], 1] = -2
    with pytest.raises(InputError, match=r"2 negative values, the first for gene 3, sample 1.*log"):
        pylimma.cpm(kind(values))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_missing_and_infinite_counts_point_to_vooma(value):
    values = COUNTS.astype(float)
    values.iloc[4, 2] = value
    with pytest.raises(InputError, match=r"gene 'g4', sample 'c'.*`vooma`"):
        pylimma.cpm(values)


def test_log_values_are_suspected():
    with pytest.warns(InputWarning, match="look like log values"):
        pylimma.cpm(np.log2(COUNTS + 1.5))


def test_transcripts_per_million_are_suspected():
    with pytest.warns(InputWarning, match="look like TPM"):
        pylimma.cpm(COUNTS / COUNTS.sum() * 1e6)


@pytest.mark.parametrize("counts", [COUNTS, COUNTS * 1.5, COUNTS % 7, COUNTS.astype("uint8")])
def test_reads_and_estimated_reads_are_taken_without_a_word(counts):
    check_counts(parse_counts(counts))


def test_genes_without_reads_and_uneven_libraries_are_mentioned_before_a_fit():
    counts = COUNTS.copy()
    counts.iloc[:3] = 0
    with pytest.warns(InputWarning, match=r"^3 genes have no reads.*filter_by_expr"):
        check_counts(parse_counts(counts), normalised_hint="voom")
    with pytest.warns(Note, match="quality_weights"):
        check_counts(parse_counts(COUNTS * [1, 1, 1, 150]), normalised_hint="voom")
    check_counts(parse_counts(counts * [1, 1, 1, 150]))
