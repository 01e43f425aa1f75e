"""Normalisation factors of whatever holds counts."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import pylimma
from pylimma.errors import InputError, UnknownNameError

RNG = np.random.default_rng(5)
COUNTS = pd.DataFrame(RNG.negative_binomial(5, 0.1, (150, 4)), columns=list("abcd"))


@pytest.mark.parametrize("method", ["TMM", "TMMwsp", "RLE", "upperquartile"])
def test_factors_undo_a_change_of_composition(method):
    counts = np.repeat(RNG.negative_binomial(5, 0.1, (500, 1)) + 20, 3, axis=1)
    counts[:20, 0] *= 50
    size = counts.sum(axis=0)
    effective = size * pylimma.norm_lib_sizes(counts, method)
    np.testing.assert_allclose(effective, effective[0], rtol=0.02)
    assert size[0] > 1.5 * size[1]


def test_a_dgelist_gets_its_factors_and_the_given_one_stays():
    y = pylimma.DGEList(COUNTS)
    normed = pylimma.norm_lib_sizes(y)
    factors = pylimma.norm_lib_sizes(COUNTS)
    np.testing.assert_allclose(normed.samples["norm_factors"], factors)
    assert factors.index.tolist() == list("abcd")
    assert (y.samples["norm_factors"] == 1).all()
    np.testing.assert_allclose(pylimma.norm_lib_sizes(normed).samples["norm_factors"], factors)


def test_the_reference_is_a_name_or_a_position():
    by_name = pylimma.norm_lib_sizes(COUNTS, ref_column="c")
    assert by_name.equals(pylimma.norm_lib_sizes(COUNTS, ref_column=2))


@pytest.mark.parametrize("kind", [sp.csr_array, sp.coo_matrix])
def test_sparse_counts_have_the_same_factors(kind):
    np.testing.assert_allclose(
        pylimma.norm_lib_sizes(kind(COUNTS.to_numpy())), pylimma.norm_lib_sizes(COUNTS)
    )


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "TPM"}, InputError, "must be one of 'TMM'"),
        ({"ref_column": 4}, UnknownNameError, "there are 4 samples, counted from 0"),
        ({"ref_column": "z"}, UnknownNameError, "'z'; samples are"),
        ({"logratio_trim": 0.5}, InputError, "`logratio_trim` must be at least 0 and below 0.5"),
        ({"p": 1.5}, InputError, "between 0 and 1"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        pylimma.norm_lib_sizes(COUNTS, **options)
