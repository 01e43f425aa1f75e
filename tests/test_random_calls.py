"""Random calls of every public function: no foreign error, no hang, no changed input.

A call takes valid arguments and replaces some, at random, by junk or by something near the valid
one: other types, units, orders, gaps. The seed is fixed by the function's name and the number of
the call; PYLIMMA_RANDOM_CALLS=500 makes as many calls of each function.
"""

import os
import signal
import warnings
import zlib
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from test_junk_arguments import ARGUMENTS, CALLS, JUNK, SLOW, places
from test_unchanged_arguments import copied, same

from pylimma.errors import PylimmaError, PylimmaWarning

N_CALLS = int(os.environ.get("PYLIMMA_RANDOM_CALLS", "3"))
LONGEST = 60  # seconds of one call; more is a hang
DATA_SETS = {"mammary", "yoruba"}  # fetch files, and take no arguments
UNCHANGEABLE = {"fit_to_anndata", "to_rank_genes_groups"}  # change an AnnData by name


def gaps(values, rng):
    values = np.array(values, dtype=float)
    values[rng.random(values.shape) < rng.choice([0.02, 0.3, 1.0])] = np.nan
    return values


def odd_values(values, rng):
    values = np.array(values, dtype=float)
    values.flat[rng.integers(values.size)] = rng.choice([np.inf, -np.inf, -1.0, 1e160, 1e-300, 0.0])
    return values


ARRAYS = [
    lambda v, _: v.T,
    lambda v, _: np.asfortranarray(v),
    lambda v, _: v[::-1],
    lambda v, _: v[:0],
    lambda v, _: v[:1],
    lambda v, _: np.zeros_like(v),
    lambda v, _: np.ones_like(v),
    lambda v, _: v.astype(np.float32),
    lambda v, _: v.astype(">f8"),
    lambda v, _: v.astype(object),
    lambda v, rng: v * rng.choice([1e-300, 1e-8, -1.0, 1e8, 1e160]),
    lambda v, _: np.rint(np.nan_to_num(v)).astype(np.int64),
    lambda v, _: v > np.mean(v),
    gaps,
    odd_values,
    lambda v, _: pd.DataFrame(v) if v.ndim == 2 else pd.Series(v),
    lambda v, rng: pd.DataFrame(v, index=rng.integers(0, 9, len(v))) if v.ndim == 2 else v,
    lambda v, _: scipy.sparse.csr_matrix(v) if v.ndim == 2 else list(v),
]
FRAMES = [
    lambda f, rng: f.sample(frac=1, random_state=int(rng.integers(99))),
    lambda f, rng: f.iloc[:, rng.permutation(f.shape[1])],
    lambda f, _: f.iloc[:0],
    lambda f, _: f.iloc[:, :1],
    lambda f, _: f.T,
    lambda f, _: f.reset_index(),
    lambda f, _: f.set_axis(range(len(f))),
    lambda f, _: f.set_axis(["1"] * len(f)),
    lambda f, _: f.astype(str),
    lambda f, _: f.astype("category"),
    lambda f, rng: f.mask(pd.DataFrame(rng.random(f.shape) < 0.2, f.index, f.columns)),
]
NUMBERS = (-1, 0, 1, 2, 7, 0.5, 1.5, np.nan, np.inf, True, None, "1")


def near(value, rng):
    """Something like a valid argument."""
    if isinstance(value, pd.DataFrame):
        return FRAMES[rng.integers(len(FRAMES))](value, rng)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and value.size:
        return ARRAYS[rng.integers(len(ARRAYS))](value.astype(float), rng)
    if isinstance(value, bool | int | float):
        return NUMBERS[rng.integers(len(NUMBERS))]
    if isinstance(value, list) and value:
        return [value[i] for i in rng.permutation(len(value))[: rng.integers(len(value) + 1)]]
    return value


def arguments(function, number, valid):
    """The arguments of one call."""
    rng = np.random.default_rng([zlib.crc32(function.encode()), number])
    names = [name for name in places(CALLS[function]) if not name.startswith("*")]
    if not names:
        return {}
    given = dict(valid)
    for name in rng.choice(names, min(len(names), rng.integers(1, 5)), replace=False).tolist():
        known = name in given and rng.random() < 0.7
        given[name] = near(given[name], rng) if known else JUNK[rng.integers(len(JUNK))]
    return given


def too_long(*_):
    raise TimeoutError


def fault(function, given):
    """What is wrong with a call, or None."""
    before = {name: copied(value) for name, value in given.items()}
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(LONGEST)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PylimmaWarning)
            CALLS[function](**given)
    except PylimmaError:
        pass
    except Exception as error:  # noqa: BLE001 - any other is the failure
        return repr(error)
    finally:
        signal.alarm(0)
        plt.close("all")
    changed = [
        name
        for name, value in given.items()
        if isinstance(value, np.ndarray | pd.DataFrame | pd.Series | Mapping | list)
        and not same(before[name], copied(value))
    ]
    return f"changed {changed}" if changed and function not in UNCHANGEABLE else None


@pytest.mark.parametrize("function", sorted(set(ARGUMENTS) - DATA_SETS))
def test_random_calls_end_well(function, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    valid = ARGUMENTS[function]
    valid = valid(tmp_path) if callable(valid) else valid
    faults = []
    for number in range(1 if function in SLOW and N_CALLS < 10 else N_CALLS):
        given = arguments(function, number, valid)
        if found := fault(function, given):
            faults.append(
                f"call {number}, {found}: { ({k: str(v)[:80] for k, v in given.items()}) }"
            )
    assert not faults, "\n".join(faults)
