"""The scale of values: what is said of intensities, logs, ratios, centred genes, proportions."""

import numpy as np
import pandas as pd
import pytest

from pylimma.errors import InputError, InputWarning, Note
from pylimma.readers.arrays.scales import judge_scale

RNG = np.random.default_rng(3)
LOGGED = RNG.normal(8, 2, (500, 1)) + RNG.normal(0, 0.3, (500, 6))
SAMPLES = pd.Index([f"s{k}" for k in range(6)])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (2**LOGGED, "intensities"),
        (2**LOGGED - 100, "intensities"),
        (np.rint(2**LOGGED), "intensities"),
        (RNG.poisson(RNG.gamma(0.5, 400, (500, 1)), (500, 6)), "counts"),
        (LOGGED, "logged"),
        (LOGGED - LOGGED.mean(axis=1, keepdims=True), "centred"),
        (LOGGED - np.median(LOGGED, axis=1, keepdims=True), "centred"),
        (RNG.normal(0, 1, (500, 6)), "ratios"),
        (RNG.beta(0.5, 0.5, (500, 6)), "proportions"),
    ],
)
def test_the_scale_is_told_by_the_values(values, kind):
    holed = np.where(RNG.random(values.shape) < 0.02, np.nan, values)
    for given in (values, holed):
        with pytest.warns(Note, match="^'x': Values look "):
            scale = judge_scale(given, SAMPLES, "x")
        assert scale.kind == kind
        assert scale.raw == (kind in ("intensities", "counts"))


def test_samples_on_several_scales_are_named():
    mixed = LOGGED.copy()
    mixed[:, 2] = 2 ** mixed[:, 2]
    with (
        pytest.warns(InputWarning, match="'s2' look like intensities, 's0', 's1'"),
        pytest.warns(Note, match="logged"),
    ):
        assert judge_scale(mixed, SAMPLES, "x").kind == "logged"


def test_a_sample_without_values_has_no_say():
    values = LOGGED.copy()
    values[:, 1] = np.nan
    with pytest.warns(Note, match="logged"):
        judge_scale(values, SAMPLES, "x")
    with pytest.raises(InputError, match="All values of 'x' are missing"):
        judge_scale(np.full((3, 6), np.nan), SAMPLES, "x")
