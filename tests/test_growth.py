"""Memory grows with genes × samples, and never with samples × samples."""

import tracemalloc
import warnings

import numpy as np
import pytest

import pylimma

N_GENES, N_SAMPLES = 5, 6000
MOST_BYTES = 30_000_000  # a matrix of samples × samples takes 288 MB, a mask of them 36 MB

RNG = np.random.default_rng(1)
Y = RNG.normal(8, 1, size=(N_GENES, N_SAMPLES))
WITH_MISSING = np.where(RNG.random(Y.shape) < 0.1, np.nan, Y)
WEIGHTS = RNG.gamma(4, size=Y.shape)
SAMPLE_WEIGHTS = RNG.gamma(4, size=N_SAMPLES)
COUNTS = RNG.poisson(50, size=(20, N_SAMPLES))
GROUP = np.tile([0, 1], N_SAMPLES // 2)
BATCH = np.tile([0, 1, 2], N_SAMPLES // 3)
DESIGN = np.column_stack([np.ones(N_SAMPLES), GROUP])
PAIR = np.repeat(np.arange(N_SAMPLES // 2), 2)
BLOCKED = {"block": PAIR, "correlation": 0.3}
SETS = {"first": [0, 1, 2]}

CALLS = {
    "lm_fit": lambda: pylimma.lm_fit(Y, DESIGN),
    "lm_fit, missing values": lambda: pylimma.lm_fit(WITH_MISSING, DESIGN),
    "lm_fit, weights": lambda: pylimma.lm_fit(Y, DESIGN, weights=WEIGHTS),
    "lm_fit, sample weights": lambda: pylimma.lm_fit(Y, DESIGN, weights=SAMPLE_WEIGHTS),
    "lm_fit, blocks": lambda: pylimma.lm_fit(Y, DESIGN, **BLOCKED),
    "lm_fit, blocks and weights": lambda: pylimma.lm_fit(Y, DESIGN, weights=WEIGHTS, **BLOCKED),
    "lm_fit, blocks, missing values": lambda: pylimma.lm_fit(WITH_MISSING, DESIGN, **BLOCKED),
    "lm_fit, robust": lambda: pylimma.lm_fit(Y, DESIGN, method="robust"),
    "lm_fit, random effects": lambda: pylimma.lm_fit(
        Y, "~ group + (1 | pair)", samples={"group": GROUP.astype(str), "pair": PAIR.astype(str)}
    ),
    "duplicate_correlation": lambda: pylimma.duplicate_correlation(Y, DESIGN, block=PAIR),
    "duplicate_correlation, weights": lambda: pylimma.duplicate_correlation(
        Y, DESIGN, block=PAIR, weights=WEIGHTS
    ),
    "array_weights": lambda: pylimma.array_weights(Y, DESIGN),
    "array_weights, groups": lambda: pylimma.array_weights(Y, DESIGN, var_group=BATCH),
    "array_weights, gene by gene, groups": lambda: pylimma.array_weights(
        Y, DESIGN, var_group=BATCH, method="genebygene"
    ),
    "array_weights_quick": lambda: pylimma.array_weights_quick(Y, pylimma.lm_fit(Y, DESIGN)),
    "remove_batch_effect": lambda: pylimma.remove_batch_effect(Y, BATCH, design=DESIGN),
    "remove_batch_effect, blocks": lambda: pylimma.remove_batch_effect(
        Y, BATCH, design=DESIGN, **BLOCKED
    ),
    "wsva": lambda: pylimma.wsva(Y, DESIGN, n_sv=2),
    "wsva, blocks and weights": lambda: pylimma.wsva(Y, DESIGN, weights=WEIGHTS, **BLOCKED),
    "voom": lambda: pylimma.voom(COUNTS, DESIGN),
    "e_bayes": lambda: pylimma.e_bayes(pylimma.lm_fit(Y, DESIGN)),
    "camera": lambda: pylimma.camera(Y, SETS, DESIGN, contrast=1),
    "roast": lambda: pylimma.roast(Y, [0, 1], DESIGN, contrast=1, nrot=9, rng=1),
    "mroast": lambda: pylimma.mroast(Y, SETS, DESIGN, contrast=1, nrot=9, rng=1),
    "fry": lambda: pylimma.fry(Y, SETS, DESIGN, contrast=1),
    "fry, weights": lambda: pylimma.fry(Y, SETS, DESIGN, contrast=1, weights=WEIGHTS),
    "fry, blocks": lambda: pylimma.fry(Y, SETS, DESIGN, contrast=1, **BLOCKED),
    "romer": lambda: pylimma.romer(Y, SETS, DESIGN, contrast=1, nrot=9, rng=1),
    "inter_gene_correlation": lambda: pylimma.inter_gene_correlation(Y, DESIGN),
    "genas": lambda: pylimma.genas(
        pylimma.e_bayes(pylimma.lm_fit(Y, np.column_stack([DESIGN, BATCH == 1])))[:, [1, 2]]
    ),
    "select_model": lambda: pylimma.select_model(Y, [DESIGN, DESIGN[:, :1]]),
    "rldf": lambda: pylimma.rldf(Y, labels_y=GROUP.astype(str), ndim=1, show_dimensions=(0,)),
    "normalize_quantiles": lambda: pylimma.normalize_quantiles(Y),
    "avearrays": lambda: pylimma.avearrays(Y, PAIR),
    "fitted": lambda: pylimma.lm_fit(Y, DESIGN).fitted(),
}


def test_a_factor_of_sample_names_is_refused_before_its_columns_are_made():
    samples = {"name": [f"sample {k}" for k in range(N_SAMPLES)], "group": GROUP.astype(str)}
    tracemalloc.start()
    try:
        for formula in ("~ name", "~ group + name", "~ name * group", "~ 0 + name:group"):
            with pytest.raises(pylimma.errors.DesignError, match="columns"):
                pylimma.model_matrix(formula, samples)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MOST_BYTES


def test_crossed_factors_are_counted_before_their_columns_are_made():
    levels = np.random.default_rng(1).choice(
        list("abcdefghijklmnopqrstuvwxyz"), size=(3, N_SAMPLES)
    )
    samples = dict(zip("xyz", levels, strict=True))
    tracemalloc.start()
    try:
        with pytest.raises(pylimma.errors.DesignError, match="more than 10000 columns"):
            pylimma.model_matrix("~ x * y * z", samples)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MOST_BYTES


@pytest.mark.parametrize("name", CALLS)
def test_no_function_makes_a_matrix_of_samples_by_samples(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pylimma.lm_fit(Y[:, :9], DESIGN[:9])  # modules that every fit loads
        tracemalloc.start()
        try:
            CALLS[name]()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < MOST_BYTES
