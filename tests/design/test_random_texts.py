"""Formulas and contrasts of random text are read, or refused by an error that says why."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import PylimmaError

SAMPLES = pd.DataFrame(
    {
        "g": list("abab") * 3,
        "x": np.linspace(1, 7, 12),
        "flag": [True, False, False] * 4,
        "n": ["1", "2", "u"] * 4,
        "L": ["A+B", "A", "B", "A-1"] * 3,
    }
)
NAMES = ["g", "x", "flag", "n", "L", "A", "B", "A+B", "a", "`a`", "1", "0", "2", "1e308", "'a'"]
NAMES += ["TRUE", "Inf", "NULL", ".", "pi", "zz"]
SIGNS = ["+", "-", "*", "/", ":", "^", "%in%", "%%", "%/%", "|", "&", "==", ">", "<=", "!=", "~"]
CALLS = ["log", "poly", "bs", "ns", "cut", "pmax", "as.numeric", "as.character", "I", "factor"]
CALLS += ["C", "relevel", "interaction", "ordered", "scale", "mean", "round", "ifelse", "xor"]
CALLS += ["offset", "c", "quantile", "foo", "contr.sum"]
OPTIONS = ["df", "degree", "knots", "raw", "levels", "labels", "base", "breaks", "right", "ref"]


def pick(rng, choices):
    return choices[rng.integers(len(choices))]


def expression(rng, depth):
    kind = rng.random()
    if depth == 0 or kind < 0.3:
        return pick(rng, NAMES)
    parts = [expression(rng, depth - 1) for _ in range(2)]
    if kind < 0.7:
        return f"{parts[0]} {pick(rng, SIGNS)} {parts[1]}"
    if kind < 0.8:
        return pick(rng, ["({})", "-{}", "!{}"]).format(parts[0])
    name = f"{pick(rng, OPTIONS)} = " * (rng.random() < 0.5)
    return f"{pick(rng, CALLS)}({parts[0]}, {name}{parts[1]})"


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_random_texts_are_read_or_refused():
    rng = np.random.default_rng(1)
    designs = [pl.model_matrix(f, SAMPLES) for f in ("~ g * x", "~ 0 + L", "~ cut(x, 3)")]
    read = 0
    for _ in range(300):
        text = expression(rng, int(rng.integers(0, 5)))
        for call in (
            lambda text=text: pl.model_matrix(f"~ {text}", SAMPLES),
            lambda text=text: pl.make_contrasts(text, levels=pick(rng, designs)),
        ):
            try:
                call()
            except PylimmaError:
                continue
            read += 1
    assert read > 30
