"""One task of the core benchmark in Python; prints its seconds."""

import json
import sys
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np

import pylimma

folder, task = Path(sys.argv[1]), sys.argv[2]
shapes = json.loads((folder / "shapes.json").read_text())


def matrix(name):
    """One matrix, genes in rows."""
    rows, columns = shapes[name]
    flat = np.fromfile(folder / f"{name}.bin")
    return np.ascontiguousarray(flat.reshape(columns, rows).T)


def groups(n_samples, n_groups):
    """Indicators of equal groups."""
    return np.repeat(np.eye(n_groups), -(-n_samples // n_groups), axis=0)[:n_samples]


def fitted():
    """Three contrasts of three groups, moderated."""
    fit = pylimma.lm_fit(matrix("groups"), groups(12, 3))
    return pylimma.contrasts_fit(fit, np.array([[-1, -1, 0], [1, 0, -1], [0, 1, 1]]))


def timed(function, *arguments, **options):
    """Seconds of one call, once its modules are loaded."""
    start = perf_counter()
    function(*arguments, **options)
    return perf_counter() - start


def run():
    """Prepare the task and time it."""
    if task.startswith("lm_fit"):
        name = {"lm_fit missing": "missing", "lm_fit robust": "robust"}.get(task, "wide")
        y = matrix(name)
        design = groups(y.shape[1], 4 if name == "robust" else 6)
        options = {}
        if task.endswith("weights"):
            options["weights"] = matrix("wide_weights")
        if task.endswith("robust"):
            options["method"] = "robust"
        pylimma.lm_fit(y[:100], design, method=options.get("method", "ls"))
        return timed(pylimma.lm_fit, y, design, **options)
    if task.startswith("duplicate"):
        y, block = matrix("paired"), np.repeat(np.arange(12), 2)
        design = np.column_stack([np.ones(24), np.tile([0.0, 1.0], 12)])
        weights = matrix("paired_weights") if task.endswith("weights") else None
        pylimma.duplicate_correlation(y[:100], design, block=block)
        return timed(pylimma.duplicate_correlation, y, design, block=block, weights=weights)
    fit = fitted()
    if task.startswith("e_bayes"):
        pylimma.e_bayes(fit[:1000], trend=True, robust=True)
        return timed(pylimma.e_bayes, fit, trend=True, robust=True)
    fit = pylimma.e_bayes(fit)
    if task == "genas":
        pylimma.genas(fit[:1000], coef=[0, 1])
        return timed(pylimma.genas, fit, coef=[0, 1])
    pylimma.decide_tests(fit[:1000])
    return timed(pylimma.decide_tests, fit, method=task.split()[1])


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    print(json.dumps({"seconds": run()}))
