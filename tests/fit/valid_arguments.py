"""Valid values of the arguments that functions of random effects and of many groups need."""

import warnings

import numpy as np
import pandas as pd

import pylimma as pl

RNG = np.random.default_rng(8)
SAMPLES = pd.DataFrame({"donor": np.repeat(list("abcd"), 2)})
with warnings.catch_warnings():
    warnings.simplefilter("ignore", pl.errors.Note)
    FIT = pl.lm_fit(RNG.normal(size=(30, 8)), "~ 1 + (1 | donor)", samples=SAMPLES)

RANDOM_EFFECTS = {
    "MixedModelFit": {"components": {"coefficients": np.ones((3, 2))}},
    "plot_variance_fractions": {"fit": FIT},
}

VALUES = RNG.normal(8, 1, (64, 10)).astype(np.float32).astype(float)
MANY_GROUPS = {
    "fit_against_control": {"object": VALUES, "group": list("aabbaabbab"), "control": "a"},
}
