"""Public functions read their arguments and never write to them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

import pylimma

pytestmark = pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")

RNG = np.random.default_rng(20)
N_GENES = 60
EXPRESSION = pd.DataFrame(
    RNG.normal(8, 1, (N_GENES, 6)) * RNG.uniform(0.5, 2, (N_GENES, 1)),
    index=[f"gene{k % 30}" for k in range(N_GENES)],
    columns=[f"s{k}" for k in range(6)],
)
COUNTS = pylimma.simulate_counts(200, 6, rng=4).counts
DESIGN = pd.DataFrame(
    {"a": [1.0, 1, 1, 0, 0, 0], "b": [0.0, 0, 0, 1, 1, 1]}, index=EXPRESSION.columns
)
CONTRAST = np.array([[-1.0], [1.0]])
BLOCK = np.array([1, 2, 3, 1, 2, 3])
WEIGHTS = RNG.uniform(0.5, 2, EXPRESSION.shape)
VARIANCES = RNG.chisquare(4, N_GENES) / 4


def linear_fit():
    return pylimma.lm_fit(EXPRESSION.to_numpy(), DESIGN.to_numpy())


def moderated_fit():
    return pylimma.e_bayes(linear_fit())


# By name of the function: what makes its arguments.
ARRAYS = {
    "array_weights": lambda: (EXPRESSION.to_numpy(), DESIGN.to_numpy()),
    "ave_log_cpm": lambda: (COUNTS.to_numpy(),),
    "avearrays": lambda: (EXPRESSION.to_numpy(), ["a", "a", "b", "b", "c", "c"]),
    "avereps": lambda: (EXPRESSION, EXPRESSION.index.to_numpy()),
    "contrasts_fit": lambda: (linear_fit(), CONTRAST),
    "cpm": lambda: (COUNTS.to_numpy(),),
    "decide_tests": lambda: (moderated_fit(),),
    "duplicate_correlation": lambda: {
        "object": EXPRESSION.to_numpy(),
        "design": DESIGN.to_numpy(),
        "block": BLOCK,
    },
    "e_bayes": lambda: (linear_fit(),),
    "filter_by_expr": lambda: (COUNTS.to_numpy(), DESIGN.to_numpy()),
    "genas": lambda: (moderated_fit(), [0, 1]),
    "lm_fit": lambda: {"object": EXPRESSION, "design": DESIGN, "weights": WEIGHTS},
    "lowess": lambda: (np.linspace(0, 1, 50)[::-1], RNG.normal(size=50)),
    "mds": lambda: (EXPRESSION.to_numpy(),),
    "norm_lib_sizes": lambda: (COUNTS.to_numpy(),),
    "normalize_between_arrays": lambda: (EXPRESSION, "quantile"),
    "normalize_between_samples": lambda: (EXPRESSION, "quantile"),
    "normalize_cyclic_loess": lambda: (EXPRESSION.to_numpy(),),
    "normalize_quantiles": lambda: (EXPRESSION.to_numpy(),),
    "prop_true_null": lambda: (RNG.uniform(size=80),),
    "remove_batch_effect": lambda: (EXPRESSION, BLOCK),
    "squeeze_var": lambda: (VARIANCES, np.full(N_GENES, 4.0)),
    "top_table": lambda: (moderated_fit(), 1),
    "treat": lambda: (linear_fit(),),
    "voom": lambda: (COUNTS, DESIGN.set_axis(COUNTS.columns)),
    "voom_with_quality_weights": lambda: (COUNTS.to_numpy(), DESIGN.to_numpy()),
    "vooma": lambda: (EXPRESSION.to_numpy(), DESIGN.to_numpy()),
    "weighted_lowess": lambda: (np.linspace(0, 1, 50), RNG.normal(size=50), np.ones(50)),
    "weighted_median": lambda: (VARIANCES, np.ones(N_GENES)),
}


def copied(value):
    """Everything that a function could write to, copied deeply."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return value.copy(deep=True)
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, Mapping):
        return {name: copied(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [copied(item) for item in value]
    return value


def same(before, after):
    if isinstance(before, pd.DataFrame | pd.Series):
        return before.equals(after)
    if isinstance(before, np.ndarray):
        floats = before.dtype.kind == "f"
        return before.dtype == after.dtype and np.array_equal(before, after, equal_nan=floats)
    if isinstance(before, dict):
        return before.keys() == dict(after).keys() and all(
            same(before[k], after[k]) for k in before
        )
    if isinstance(before, list):
        return len(before) == len(after) and all(map(same, before, after))
    return before is after or before == after


def read_only(value):
    """The same arguments with arrays that refuse to be written to."""
    if isinstance(value, np.ndarray):
        view = value.view()
        view.flags.writeable = False
        return view
    if isinstance(value, dict):
        return {name: read_only(item) for name, item in value.items()}
    return tuple(map(read_only, value)) if isinstance(value, tuple) else value


def call(function, arguments):
    by_name = isinstance(arguments, dict)
    return function(**arguments) if by_name else function(*arguments)


@pytest.mark.parametrize("name", sorted(ARRAYS))
def test_arguments_are_left_alone_and_may_be_read_only(name):
    if name not in pylimma.__all__:
        pytest.skip(f"not public yet: {name}")
    arguments = ARRAYS[name]()
    before = copied(arguments)
    call(getattr(pylimma, name), read_only(arguments))
    assert same(before, copied(arguments))


def test_the_comparison_sees_a_change():
    fit = {"coefficients": np.zeros((2, 2)), "genes": pd.DataFrame({"id": ["a", "b"]})}
    before = copied(fit)
    assert same(before, fit)
    fit["coefficients"][1, 1] = np.nan
    assert not same(before, fit)
