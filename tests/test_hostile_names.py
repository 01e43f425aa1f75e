"""Odd input meets the same answers, with names of genes, samples and functions, everywhere."""

import anndata
import numpy as np
import pytest
from test_hostile_inputs import COUNTS, DESIGN, SAMPLES, E, changed, lm

import pylimma as pl
from pylimma.errors import EstimationWarning, InputError, InputWarning, ShapeError, UnknownNameError

ANNDATA = anndata.AnnData(COUNTS.T.to_numpy(float), obs=SAMPLES)
ANNDATA.X[0, 0] = np.nan

# What is done, the type of the error, and words of its message.
ERRORS = {
    "offsets that are no logarithms": (
        lambda: pl.voom(COUNTS, DESIGN, offset=np.full(8, 1e6)),
        InputError,
        "offsets are natural logarithms",
    ),
    "transposed data and a table": (
        lm(E.T.to_numpy(), design="~ group", samples=SAMPLES),
        ShapeError,
        "look transposed",
    ),
    "transposed data and batches": (
        lambda: pl.remove_batch_effect(E.T, SAMPLES["batch"]),
        UnknownNameError,
        "look transposed",
    ),
    "negative counts in a picture": (
        lambda: pl.plot_library_sizes(COUNTS - 60),
        InputError,
        "negative or missing values in samples 's0'",
    ),
    "infinite counts in a picture": (
        lambda: pl.plot_library_sizes(changed(COUNTS, {(1, 1): np.inf})),
        InputError,
        "negative or missing values in samples 's1'",
    ),
    "a missing count among counts of a model": (
        lambda: pl.Limma(ANNDATA, "~ group").fit(),
        InputError,
        "1 missing or infinite values",
    ),
    "an array without quantiles": (
        lambda: pl.normalize_between_arrays(E.assign(s3=np.nan), "quantile"),
        InputError,
        "called 's3'.* have fewer",
    ),
    "an array without a positive median": (
        lambda: pl.normalize_between_arrays(E.assign(s3=-1.0), "scale"),
        InputError,
        "called 's3'.* is",
    ),
    "a sample without values in a picture": (
        lambda: pl.plot_densities(E.assign(s3=np.nan)),
        InputError,
        "Sample 3 of.* called 's3'",
    ),
    "a sample without values in a heat map": (
        lambda: pl.coolmap(E.assign(s3=np.nan)),
        InputError,
        "cannot be clustered",
    ),
    "a gene without values in a heat map": (
        lambda: pl.coolmap(changed(E, {(1, k): np.nan for k in range(8)})),
        InputError,
        "cannot be clustered",
    ),
}

# What is done, the category of the warning, and words of its message.
WARNINGS = {
    "missing weights": (
        lm(weights=np.array([1.0, np.nan, *np.ones(6)])),
        InputWarning,
        "`weights` are missing for 60 observations, the first of gene 'gene0' in sample 's1'",
    ),
    "negative weights of voom_lm_fit": (
        lambda: pl.voom_lm_fit(COUNTS, DESIGN, prior_weights=[-1.0, *np.ones(7)]),
        InputWarning,
        "negative or infinite",
    ),
    "weights of samples in a saturated design": (
        lambda: pl.array_weights(E, np.eye(8)),
        EstimationWarning,
        "nothing is known of the quality",
    ),
    "a correlation of blocks of one sample": (
        lm(block=list("abcdefgh"), correlation=0.3),
        InputWarning,
        "every block has one sample; the one that is given, 0.3",
    ),
    "a correlation of blocks that are the groups": (
        lm(block=list("aaaabbbb"), correlation=0.3),
        InputWarning,
        "the design already contains the blocks",
    ),
    "counts given to vooma": (
        lambda: pl.vooma(COUNTS * 1000, DESIGN),
        InputWarning,
        "`vooma` expects log-expression",
    ),
    "counts given to vooma_lm_fit": (
        lambda: pl.vooma_lm_fit(COUNTS * 1000, DESIGN),
        InputWarning,
        "counts.*use `voom`",
    ),
    "counts given to array_weights": (
        lambda: pl.array_weights(COUNTS * 1000, DESIGN),
        InputWarning,
        "`array_weights` expects log-expression",
    ),
    "intensities given to duplicate_correlation": (
        lambda: pl.duplicate_correlation(2**E, DESIGN, block=list("aabbccdd")),
        InputWarning,
        "`duplicate_correlation` expects log-expression",
    ),
}


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_used_is_refused_by_name(case):
    call, kind, words = ERRORS[case]
    with pytest.raises(kind, match=words):
        call()


@pytest.mark.parametrize("case", WARNINGS)
def test_what_is_suspicious_is_warned_about_by_every_function(case):
    call, kind, words = WARNINGS[case]
    with pytest.warns(kind, match=words):
        call()
