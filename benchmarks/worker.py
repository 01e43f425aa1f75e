"""The Python side of a workload: prepares it, then runs it as often as standard input says.

``worker.py FOLDER`` reads the code and the arrays from the folder. A number on standard input is
answered with the seconds of so many runs; ``total`` with the sum of the result's absolute values.
"""

import gc
import os
import re
import sys
import warnings
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd

import pylimma

WARM_UPS = 3


def main(folder: Path) -> None:
    """Prepare with a few genes first, so that every module is loaded, then with all."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    prepared, timed = (
        compile((folder / f"{part}.py").read_text(), part, mode)
        for part, mode in (("prepared", "exec"), ("timed", "eval"))
    )
    made = (folder / "few" / "arrays.txt").stat().st_size > 0
    result = None
    for size in ("few", "all"):
        names = public_names(folder) | arrays_in(folder / size)
        exec(prepared, names)  # noqa: S102 - the table's own code
        for _ in range((WARM_UPS if made else 1) if size == "few" else 0):
            result = eval(timed, names)  # noqa: S307
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        if line.strip() == "total":
            print(total(result), file=answers, flush=True)
            continue
        result = None
        gc.collect()
        clock, cpu = perf_counter(), process_time()
        for _ in range(int(line)):
            result = eval(timed, names)  # noqa: S307
        print(perf_counter() - clock, process_time() - cpu, file=answers, flush=True)


def public_names(folder: Path) -> dict:
    """The functions of pylimma that the code names, and the helpers that it may use."""
    code = (folder / "prepared.py").read_text() + (folder / "timed.py").read_text()
    words = set(re.findall(r"\w+", code)) & set(pylimma.__all__)
    data = Path(os.environ.get("PYLIMMA_DATA_DIR", "absent"))
    helpers = {"np": np, "pd": pd, "pylimma": pylimma, "split": split, "Path": Path}
    helpers |= {"data": data, "real": data.parent / "real"}
    return helpers | {name: getattr(pylimma, name) for name in words}


def arrays_in(folder: Path) -> dict:
    """The arrays of a folder."""
    found = {}
    for line in (folder / "arrays.txt").read_text().splitlines():
        name, kind, *shape = line.split()
        flat = np.fromfile(folder / f"{name}.bin", "<f8" if kind == "double" else "<i4")
        found[name] = np.ascontiguousarray(flat.reshape([int(n) for n in reversed(shape)]).T)
    return found


def split(values: np.ndarray, by: np.ndarray) -> dict[str, np.ndarray]:
    """Values by their labels, as R's function of this name gives them."""
    order = np.argsort(by, kind="stable")
    labels, starts = np.unique(by[order], return_index=True)
    parts = np.split(values[order], starts[1:])
    return {str(label): part for label, part in zip(labels, parts, strict=True)}


def total(result: object) -> float:
    """Sum of the absolute values that are finite."""
    numbers = np.asarray(result, dtype=float)
    return float(np.abs(numbers[np.isfinite(numbers)]).sum())


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main(Path(sys.argv[1]))
