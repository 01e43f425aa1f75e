"""Time the tutorial's analysis in Python and, where it is installed, in R limma.

Every run is a fresh process, Python and R in turn. Two times are taken: from the filter to the
top table inside the process, and the whole process with its start, imports and reading.
``python benchmarks/tutorial.py [RUNS]``
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pylimma.datasets import locate

HERE = Path(__file__).parent
MEGABYTE = 1024  # the system counts in kilobytes


def main(runs: int) -> None:
    """Run each language in turn and print medians, ratios and peak memory."""
    files = [str(locate(f"yoruba_{name}")) for name in ("counts.csv.gz", "targets.csv")]
    commands = {"Python": [sys.executable, str(HERE / "tutorial_in_python.py"), *files]}
    if has_limma():
        commands["R"] = ["Rscript", "--vanilla", str(HERE / "tutorial_in_r.R"), *files]
    results: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            results[name].append(measured(command))
    medians = {
        name: {key: statistics.median(run[key] for run in found) for key in found[0]}
        for name, found in results.items()
    }
    print(f"median of {runs} runs      pipeline    process    peak memory   genes called")
    for name, m in medians.items():
        print(
            f"{name:<20} {m['pipeline']:8.3f} s {m['process']:8.3f} s "
            f"{m['memory']:10.0f} MB {m['called']:12.0f}"
        )
    if "R" in medians:
        ratios = (
            medians["R"][key] / medians["Python"][key] for key in ("pipeline", "process", "memory")
        )
        print("R / Python           {:8.2f}   {:8.2f}   {:10.2f}".format(*ratios))


def has_limma() -> bool:
    """Whether Rscript and R limma can be started."""
    if shutil.which("Rscript") is None:
        return False
    test = ["Rscript", "-e", "quit(status = !requireNamespace('limma', quietly = TRUE))"]
    return subprocess.run(test, check=False, capture_output=True).returncode == 0


def measured(command: list[str]) -> dict[str, float]:
    """Seconds and peak megabytes of one process, with the figures that it prints as JSON."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        output.seek(0)
        figures = json.loads(output.read())
    return {**figures, "process": seconds, "memory": usage.ru_maxrss / MEGABYTE}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
