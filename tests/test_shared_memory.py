"""Writing to a result changes neither what was given nor another result."""

import copy
import warnings

import numpy as np
import pandas as pd
import pytest
from public_calls import CALLS, COUNTS, FIT, SAMPLES, WHOLE, leaves, run

import pylimma as pl
from pylimma.errors import PylimmaWarning

GENES = pd.DataFrame({"symbol": [f"g{k}" for k in range(len(WHOLE))], "length": 1.0})
CONTAINER = pl.EList({"E": WHOLE, "genes": GENES, "targets": SAMPLES, "weights": WHOLE})
LIST = pl.DGEList(COUNTS, samples=SAMPLES, genes=GENES)

# Other ways to an object: the call, and what it is given.
WAYS = {
    "EList": (pl.EList, ({"E": WHOLE, "genes": GENES, "targets": SAMPLES, "other": {"x": WHOLE}},)),
    "EList, frame": (pl.EList, ({"E": pd.DataFrame(WHOLE)},)),
    "MAList": (pl.MAList, ({"M": WHOLE, "A": WHOLE},)),
    "DGEList": (pl.DGEList, (COUNTS,)),
    "DGEList, frame": (pl.DGEList, (pd.DataFrame(COUNTS),)),
    "DGEList, tables": (
        lambda y, s, g: pl.DGEList(y, samples=s, genes=g), (COUNTS, SAMPLES, GENES)
    ),
    "MArrayLM": (pl.MArrayLM, ({"coefficients": WHOLE},)),
    "a component that is set": (lambda fit, t: fit.replace(t=t), (FIT, WHOLE[:, :2])),
    "replace": (lambda x: x.replace(), (CONTAINER,)),
    "with_names": (lambda x: x.with_names(samples=list("abcdefghij")), (CONTAINER,)),
    "subset": (lambda x: x.subset(), (CONTAINER,)),
    "subset by slices": (lambda x: x[:40, :5], (CONTAINER,)),
    "subset by rows": (lambda x: x[:40], (LIST,)),
    "frame": (lambda x: x.frame(), (CONTAINER,)),
    "to_frame": (lambda x: x.to_frame(), (CONTAINER,)),
    "residuals": (lambda f, y: f.residuals(y), (FIT, WHOLE)),
    "lm_fit of a container": (lambda x: pl.lm_fit(x, "~ group"), (CONTAINER,)),
    "lm_fit with a table": (
        lambda y, s: pl.lm_fit(y, "~ group", samples=s), (WHOLE, SAMPLES)
    ),
    "vooma of a container": (lambda x: pl.vooma(x, "~ group"), (CONTAINER,)),
    "vooma_lm_fit of a container": (lambda x: pl.vooma_lm_fit(x, "~ group"), (CONTAINER,)),
    "voom of a container": (lambda x: pl.voom(x, "~ group"), (LIST,)),
    "voom_lm_fit of a container": (lambda x: pl.voom_lm_fit(x, "~ group"), (LIST,)),
    "normalize_between_arrays of a container": (
        lambda x: pl.normalize_between_arrays(x, "none"), (CONTAINER,)
    ),
    "remove_batch_effect of a container": (
        lambda x: pl.remove_batch_effect(x, list("uvuvuvuvvu")), (CONTAINER,)
    ),
    "remove_batch_effect without a batch": (pl.remove_batch_effect, (WHOLE,)),
    "norm_lib_sizes of a container": (pl.norm_lib_sizes, (LIST,)),
    "sum_tech_reps of different samples": (
        lambda x: pl.sum_tech_reps(x, list("abcdefghij")), (LIST,)
    ),
    "as_dge_list of a container": (pl.as_dge_list, (LIST,)),
    "get_eawp of a container": (pl.get_eawp, (CONTAINER,)),
    "cpm of a container": (pl.cpm, (LIST,)),
    "analyze of a container": (lambda x: pl.analyze(x, formula="~ group"), (LIST,)),
    "contrasts_fit of names": (lambda f: pl.contrasts_fit(f, "x2"), (FIT,)),
}  # fmt: skip


def everything(value):
    return {path: copy.deepcopy(leaf) for path, leaf in leaves(value)}


def overwrite(value):
    """Write to everything that can be written to."""
    for _, leaf in list(leaves(value)):
        if isinstance(leaf, np.ndarray) and leaf.flags.writeable and leaf.size:
            leaf[...] = 0 if leaf.dtype.kind in "biuf" else leaf.flat[0]
        elif isinstance(leaf, pd.DataFrame) and leaf.size:
            for column in range(leaf.shape[1]):
                leaf.iloc[:, column] = leaf.iloc[::-1, column].to_numpy()
            leaf["new"] = 1
        elif isinstance(leaf, pd.Series) and leaf.size:
            leaf.iloc[:] = leaf.iloc[::-1].to_numpy()


def unchanged(before, value):
    after = dict(leaves(value))
    assert after.keys() == before.keys()
    for path, old in before.items():
        new = after[path]
        if isinstance(old, pd.DataFrame | pd.Series):
            assert old.equals(new), path
        else:
            np.testing.assert_array_equal(new, old, err_msg=path)


def check(call, arguments):
    # the data that are shared by all tests are never written to
    given = copy.deepcopy(arguments)
    first, second = call(given), call(given)
    if first is None:
        return
    before, expected = everything(given), everything(second)
    overwrite(first)
    unchanged(before, given)
    unchanged(expected, second)
    overwrite(given)
    unchanged(expected, second)


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        yield


@pytest.mark.parametrize("name", CALLS)
def test_results_of_functions_are_apart_from_arguments(name):
    check(lambda given: run(name, given), CALLS[name])


@pytest.mark.parametrize("way", WAYS)
def test_objects_are_apart_from_what_they_are_made_of(way):
    call, arguments = WAYS[way]
    check(lambda given: call(*given), arguments)
