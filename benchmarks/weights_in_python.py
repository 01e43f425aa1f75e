"""One task on counts from a file; prints its seconds and the memory that it adds."""

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

import pylimma

FEW = 500
KILOBYTE = 1024

name, path, n_genes, n_samples = sys.argv[1:]
counts = np.fromfile(path, dtype="<i4").reshape(int(n_genes), int(n_samples))
design = np.column_stack([np.ones(counts.shape[1]), np.arange(counts.shape[1]) % 2])
block = np.arange(counts.shape[1]) // 2

TASKS: dict[str, Callable[[Any], Any]] = {
    "voom": lambda y: pylimma.voom(y, design),
    "array_weights": lambda v: pylimma.array_weights(v, design),
    "array_weights_reml": lambda y: pylimma.array_weights(y, design, method="reml"),
    "voom_with_quality_weights": lambda y: pylimma.voom_with_quality_weights(y, design),
    "voom_lm_fit": lambda y: pylimma.voom_lm_fit(y, design, block=block),
    "tmm": pylimma.norm_lib_sizes,
    "cyclicloess": lambda y: pylimma.normalize_cyclic_loess(y, span=0.4, adaptive_span=False),
    "quantile": pylimma.normalize_quantiles,
}
PREPARED: dict[str, Callable[[Any], Any]] = {
    "array_weights": lambda y: pylimma.EList(pylimma.voom(y, design), design=None),
    "array_weights_reml": lambda y: pylimma.voom(y, design)["E"],
    "cyclicloess": lambda y: np.log2(y + 1.0),
    "quantile": lambda y: np.log2(y + 1.0),
}


def same(y: Any) -> Any:
    """Return the counts themselves."""
    return y


def peak(*, reset: bool = False) -> float:
    """Most memory that the process has held at once, in bytes; known on Linux only."""
    process = Path("/proc/self")
    if not process.exists():
        return float("nan")
    if reset:
        (process / "clear_refs").write_text("5")
    lines = (process / "status").read_text().splitlines()
    return KILOBYTE * float(next(line for line in lines if line.startswith("VmHWM")).split()[1])


warnings.simplefilter("ignore")
task, prepare = TASKS[name], PREPARED.get(name, same)
task(prepare(counts[:FEW]))
data = prepare(counts)
before, clock, cpu = peak(reset=True), perf_counter(), process_time()
task(data)
figures = {"clock": perf_counter() - clock, "cpu": process_time() - cpu}
print(json.dumps({**figures, "memory": (peak() - before) / (8 * counts.size)}))
