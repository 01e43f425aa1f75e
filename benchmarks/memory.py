"""Measure the peak memory of functions of whole matrices, relative to their input.

Every run is a fresh process. The function runs on a few genes first, so that modules and libraries
are loaded; the peak is what the resident set grows by at most in the run on all genes. "over" is
(peak - results) / input, what the function takes for itself, and "total" (input + peak) / input.

``python benchmarks/memory.py [TASK ...]``, a task being the start of a name, as ``"voom 1000000"``.
Inputs are kept in the folder PYLIMMA_INPUTS, where that is set, for the next run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

SHAPES = ((1_000_000, 6), (100_000, 60), (20_000, 1_000))
KINDS = ("float64", "float32", "int32", "csr", "anndata")
MEGABYTE = 1e6
WARM_UP = 300  # genes


def tasks() -> list[str]:
    """Names of all tasks: function, genes x samples, kind of input."""
    wide = [f"{genes}x{samples}" for genes, samples in SHAPES]
    first, last = wide[0], wide[-1]
    fits = [f"{name} {shape} {kind}" for name in ("voom", "lm_fit+e_bayes") for shape in wide
            for kind in KINDS]  # fmt: skip
    counts = ("cpm", "cpm log", "norm_lib_sizes", "filter_by_expr", "ave_log_cpm")
    return [
        *fits,
        *(f"{name} {first} float64" for name in ("lm_fit weights", "lm_fit missing")),
        *(f"{name} {last} float64" for name in ("lm_fit weights", "lm_fit missing")),
        *(f"{name} {shape} {kind}" for name in counts for shape in (first, last)
          for kind in ("int32", "csr")),
        *(f"{name} {first} float64" for name in ("top_table", "e_bayes", "decide_tests")),
        "voom_lm_fit 20000x1000 int32",
        "voom_with_quality_weights 20000x60 int32",
        "vooma 20000x1000 float64",
        "mixed 100000x24 float64",
        "analyze 20000x12 int32",
        "analyze 60000x60 int32",
    ]  # fmt: skip


def measure(names: list[str]) -> Iterator[dict[str, Any]]:
    """Peak, results and input of each task, in bytes."""
    with tempfile.TemporaryDirectory() as top:
        for name in names:
            folder = Path(os.environ.get("PYLIMMA_INPUTS", top)) / name.replace(" ", "_")
            for stage in ("write", "run"):  # what makes the input takes memory of its own
                if stage == "run" or not folder.exists():
                    folder.mkdir(parents=True, exist_ok=True)
                    command = [sys.executable, __file__, stage, str(folder), name]
                    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            yield {"task": name, **json.loads(done.stdout)}


def main(wanted: list[str]) -> None:
    """Print a line for each task."""
    print(f"{'task':<42} {'input':>9} {'results':>9} {'peak':>9}   over  total")
    for found in measure([n for n in tasks() if not wanted or n.startswith(tuple(wanted))]):
        given, results, peak = (found[key] for key in ("input", "results", "peak"))
        sizes = " ".join(f"{size / MEGABYTE:6.0f} MB" for size in (given, results, peak))
        over, total = (peak - results) / given, (peak + given) / given
        print(f"{found['task']:<42} {sizes} {over:6.2f} {total:6.2f}", flush=True)


def parsed(task: str) -> tuple[str, int, int, str]:
    """Function, genes, samples and kind of input of a task."""
    name, shape, kind = task.rsplit(" ", 2)
    genes, samples = map(int, shape.split("x"))
    return name, genes, samples, kind


def write(folder: Path, task: str) -> None:
    """Write the matrix of a task, counts or logarithms, in the type that it is read in."""
    from scipy import sparse  # noqa: PLC0415 - the process that runs loads what it needs

    name, genes, samples, kind = parsed(task)
    logs = name.startswith(("lm_fit", "e_bayes", "top_table", "decide", "mixed", "vooma"))
    rng = np.random.default_rng(1)
    mean = np.exp(rng.normal(4 if kind in ("float64", "float32", "int32") else 0, 2, size=genes))
    counts = rng.poisson(rng.gamma(10.0, mean[:, None] / 10.0, size=(genes, samples)))
    values = np.log2(counts + 1.0) if logs else counts
    if name == "lm_fit missing":
        values[rng.random(values.shape) < 0.1] = np.nan
    if kind in ("csr", "anndata"):
        matrix = sparse.csr_array(values if kind == "csr" else np.ascontiguousarray(values.T))
        for part in ("data", "indices", "indptr"):
            held = getattr(matrix, part)
            kept = held.astype(np.float32) if part == "data" else held.astype(np.int32)
            np.save(folder / f"{part}.npy", kept)
        return
    np.save(folder / "matrix.npy", values.astype(kind))


def read(folder: Path, task: str, first: int | None = None) -> Any:
    """Input of a task; of its first genes if that is asked for."""
    _, genes, samples, kind = parsed(task)
    if kind not in ("csr", "anndata"):
        file = folder / "matrix.npy"
        return np.load(file) if first is None else np.load(file, mmap_mode="r")[:first].copy()
    from scipy import sparse  # noqa: PLC0415 - only where it is asked for

    parts = [np.load(folder / f"{part}.npy") for part in ("data", "indices", "indptr")]
    if kind == "csr":
        return sparse.csr_array(tuple(parts), shape=(genes, samples))[:first]
    import anndata  # noqa: PLC0415 - likewise

    held = sparse.csr_matrix(tuple(parts), shape=(samples, genes))
    return anndata.AnnData(held if first is None else held[:, :first])


def run(folder: Path, task: str) -> dict[str, float]:
    """Input, results and peak growth of one task, in bytes."""
    warnings.simplefilter("ignore")
    name, _, samples, _ = parsed(task)
    call = calls(samples)[name]
    for first in (WARM_UP, None):
        data = read(folder, task, first)
        given = prepared(name, data, samples)
        before = resident(reset=True)
        result = call(given)
        growth = resident() - before
    return {"input": bytes_of(data), "results": bytes_of(result), "peak": max(growth, 0)}


def prepared(name: str, data: Any, samples: int) -> Any:
    """What the function of a task takes: the data, or a fit of them."""
    import pylimma  # noqa: PLC0415 - measured in its own process

    if name not in ("e_bayes", "top_table", "decide_tests"):
        return data
    fit = pylimma.lm_fit(data, design(samples))
    return fit if name == "e_bayes" else pylimma.e_bayes(fit)


def design(samples: int) -> Any:
    """Two groups."""
    return np.column_stack([np.ones(samples), np.arange(samples) % 2])


def calls(samples: int) -> Mapping[str, Callable[[Any], Any]]:
    """The call that each name stands for."""
    import pandas as pd  # noqa: PLC0415 - likewise

    import pylimma  # noqa: PLC0415 - likewise

    x = design(samples)
    table = pd.DataFrame({"group": np.where(x[:, 1], "b", "a"), "donor": np.arange(samples) // 2})
    table["donor"] = table["donor"].astype(str)

    def fitted(y: Any, **options: Any) -> Any:
        fit = pylimma.lm_fit(y, x, **options)
        return fit, pylimma.e_bayes(fit)

    def mixed(y: Any) -> Any:
        fit = pylimma.lm_fit(y, "~ group + (1 | donor)", samples=table)
        return fit, pylimma.e_bayes(fit)

    return {
        "voom": lambda y: pylimma.voom(y, x),
        "lm_fit+e_bayes": fitted,
        "lm_fit missing": fitted,
        "lm_fit weights": lambda y: fitted(y, weights=np.linspace(1, 2, samples)),
        "cpm": pylimma.cpm,
        "cpm log": lambda y: pylimma.cpm(y, log=True),
        "norm_lib_sizes": pylimma.norm_lib_sizes,
        "filter_by_expr": lambda y: pylimma.filter_by_expr(y, x),
        "ave_log_cpm": pylimma.ave_log_cpm,
        "e_bayes": pylimma.e_bayes,
        "top_table": lambda fit: pylimma.top_table(fit, coef=1, number=None),
        "decide_tests": pylimma.decide_tests,
        "voom_lm_fit": lambda y: pylimma.voom_lm_fit(y, x),
        "voom_with_quality_weights": lambda y: pylimma.voom_with_quality_weights(y, x),
        "vooma": lambda y: pylimma.vooma(y, x),
        "mixed": mixed,
        "analyze": lambda y: pylimma.analyze(y, table, "~ group", progress=False),
    }


def bytes_of(value: Any, seen: set[int] | None = None) -> int:
    """Bytes of the arrays that a value holds, each counted once."""
    seen = set() if seen is None else seen
    if value is None or id(value) in seen:
        return 0
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        owner = (
            value if value.base is None or not isinstance(value.base, np.ndarray) else value.base
        )
        held = 0 if owner is not value and id(owner) in seen else owner.nbytes
        seen.add(id(owner))
        return held
    if hasattr(value, "indptr"):
        return sum(bytes_of(getattr(value, part), seen) for part in ("data", "indices", "indptr"))
    if hasattr(value, "obs_names"):
        return bytes_of(value.X, seen)
    if hasattr(value, "memory_usage"):
        used = value.memory_usage(deep=True)
        return int(used if np.ndim(used) == 0 else used.sum())
    if isinstance(value, Mapping):
        return sum(bytes_of(item, seen) for item in value.values())
    if isinstance(value, tuple | list):
        return sum(bytes_of(item, seen) for item in value)
    return 0


def resident(*, reset: bool = False) -> int:
    """Peak resident set in bytes; the present one, from which peaks count anew, after a reset."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    field = "VmRSS" if reset else "VmHWM"
    status = Path("/proc/self/status").read_text().split(f"{field}:")[1]
    return int(status.split()[0]) * 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write(Path(sys.argv[2]), sys.argv[3])
    elif sys.argv[1:2] == ["run"]:
        print(json.dumps(run(Path(sys.argv[2]), sys.argv[3])))
    else:
        main(sys.argv[1:])
