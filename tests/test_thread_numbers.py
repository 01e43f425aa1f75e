"""Results are the same to the last bit for any number of threads."""

import inspect
import warnings

import numpy as np
import pytest
from public_calls import CALLS, leaves, run

import pylimma
from pylimma.numerics import blocks
from pylimma.numerics.threads import at_most_threads

THREADED = [
    name
    for name in CALLS
    if "n_jobs" in inspect.signature(getattr(pylimma, name.split(",")[0])).parameters
]
VALUES = 40  # in a block, so that few genes make several blocks


@pytest.fixture(autouse=True)
def many_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "FEWEST_ROWS", 4)
    monkeypatch.setattr(blocks.gene_blocks, "__defaults__", (VALUES,))


def arrays_of(name, arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = run(name, arguments)
    return {where: np.asarray(array) for where, array in leaves(result)}


def check_equal(first, second):
    assert first.keys() == second.keys()
    for where, array in first.items():
        np.testing.assert_array_equal(second[where], array, err_msg=where)


@pytest.mark.parametrize("name", THREADED)
def test_n_jobs_does_not_change_a_bit(name):
    one = arrays_of(name, {**CALLS[name], "n_jobs": 1})
    assert one
    check_equal(one, arrays_of(name, {**CALLS[name], "n_jobs": 3}))


@pytest.mark.parametrize("name", ["e_bayes", "treat", "camera_pr", "kegga", "analyze"])
def test_a_limit_from_outside_does_not_change_a_bit(name):
    with at_most_threads(1):
        one = arrays_of(name, CALLS[name])
    with at_most_threads(3):
        check_equal(one, arrays_of(name, CALLS[name]))


def test_functions_with_long_work_on_genes_take_n_jobs():
    assert len({name.split(",")[0] for name in THREADED}) >= 20
