"""One table of every heavy function: Python, R limma where it is installed, an earlier version.

``python benchmarks/run.py [--runs 5] [--only PATTERN] [--against GITREF] [--growth] [--large]``

Made-up data are the same on all sides; real data are read from PYLIMMA_DATA_DIR and its neighbour
``real``. Each side is a process that prepares a workload, runs it once on a few genes, and then as
often as it is told, in turn with the others. ``--r-setup`` names R code that loads limma and edgeR
where ``library`` alone does not (R_LIBS is respected anyway).
"""

from __future__ import annotations

import argparse
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import report
from processes import (
    FailedError,
    Figures,
    Side,
    Worker,
    few,
    python_side,
    r_side,
    run_whole,
    write_job,
)
from workload import Workload
from workloads import WORKLOADS

Timer = Callable[[], Figures]
ROOT = Path(__file__).parents[1]
SHORTEST = 0.1  # processor seconds of one timing; shorter work is repeated
MOST_REPEATS = 500
GROWTH = (0.25, 0.5, 1.0, 2.0)  # of each size


def main(arguments: list[str] | None = None) -> None:
    """Run the chosen workloads and print, save and render the table."""
    options = parsed(arguments)
    chosen = [
        job
        for job in WORKLOADS
        if re.search(options.only, job.name) and (options.large or not job.large)
    ]
    with sides_of(options) as sides:
        results: dict[str, Any] = report.about(sides, options.runs)
        print(report.HEADER, flush=True)
        for job in chosen:
            row = measured(job, sides, options)
            results["workloads"][job.name] = row
            print(report.line(job.name, row), flush=True)
            if options.json:
                report.save(results, options.json)
    print(report.summary(results["workloads"]))
    if options.markdown:
        saved = report.load(options.json) if options.json else results
        report.write_page(saved, options.markdown)


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """Options of the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="timings of each side (5)")
    parser.add_argument("--only", default="", help="workloads whose name holds this expression")
    parser.add_argument("--against", help="an earlier version, as a reference of git")
    parser.add_argument("--growth", action="store_true", help="measure growth with the sizes")
    parser.add_argument("--large", action="store_true", help="run the large workloads too")
    parser.add_argument("--small", action="store_true", help="few genes, to see that all works")
    parser.add_argument("--no-r", action="store_true", help="leave R out")
    parser.add_argument("--r-setup", help="R code that loads limma and edgeR")
    parser.add_argument("--json", type=Path, help="save results, added to those of the file")
    parser.add_argument("--markdown", type=Path, help="write the table into this page")
    return parser.parse_args(arguments)


@contextmanager
def sides_of(options: argparse.Namespace) -> Iterator[list[Side]]:
    """The sides to compare; an earlier version is checked out for the time of the run."""
    with ExitStack() as stack:
        sides = [python_side("python", ROOT / "src")]
        if options.against:
            tree = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "earlier"
            git = ["git", "-C", str(ROOT), "worktree"]
            subprocess.run([*git, "add", "--detach", "-q", tree, options.against], check=True)
            stack.callback(subprocess.run, [*git, "remove", "--force", tree], check=True)
            sides.append(python_side("earlier", tree / "src"))
        r = None if options.no_r else r_side(options.r_setup)
        yield [*sides, r] if r else sides


def measured(job: Workload, sides: list[Side], options: argparse.Namespace) -> dict[str, Any]:
    """Row of a workload: figures of each side, or why there are none."""
    data = Path(os.environ.get("PYLIMMA_DATA_DIR", "absent"))
    for name in job.files:
        room, file = name.split("/", 1)
        if not (data if room == "data" else data.parent / room).joinpath(file).exists():
            return {"skipped": f"no file {name}"}
    sides = [side for side in sides if side.name != "r" or job.r is not None]
    row = compared(job, sides, options.runs, few(job) if options.small else {})
    if options.growth and job.grows:
        row["growth"] = {size: grown(job, sides, options.runs, size) for size in job.grows}
    return row


def compared(job: Workload, sides: list[Side], runs: int, sizes: dict[str, int]) -> dict[str, Any]:
    """Medians of each side's runs in turn, and the relative difference of the sums."""
    row: dict[str, Any] = {"failed": {}}
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        if job.whole:
            timers = {side.name: whole_runner(job, side, folder) for side in sides}
        else:
            write_job(job, sides, folder, sizes)
            workers = started(sides, folder, stack, row["failed"])
            timers = {name: repeated(worker) for name, worker in workers.items()}
        found: dict[str, list[Figures]] = {}
        for _ in range(runs):
            for name, timer in list(timers.items()):
                try:
                    found.setdefault(name, []).append(timer())
                except FailedError as error:
                    row["failed"][name] = str(error)
                    del timers[name]
        if not job.whole and not job.random:
            row["difference"] = difference({name: workers[name].total() for name in timers})
    for name in timers:
        row[name] = {
            key: float(f"{statistics.median(run[key] for run in found[name]):.4g}")
            for key in found[name][0]
        }
    return row


def started(
    sides: list[Side], folder: Path, stack: ExitStack, failed: dict[str, str]
) -> dict[str, Worker]:
    """The workers that could prepare the workload."""
    workers = {}
    for side in sides:
        try:
            workers[side.name] = worker = Worker(side, folder)
        except FailedError as error:
            failed[side.name] = str(error)
        else:
            stack.callback(worker.close)
    return workers


def repeated(worker: Worker) -> Timer:
    """A timer that repeats short work as often as a first run says; memory is that one's."""
    first = worker.run(1)
    times = min(math.ceil(SHORTEST / max(first["cpu"], 1e-6)), MOST_REPEATS)
    runs = [first] if times == 1 else []
    return lambda: runs.pop() if runs else worker.run(times) | {"memory": first["memory"]}


def whole_runner(job: Workload, side: Side, folder: Path) -> Timer:
    """A timer of a process of its own."""
    code = job.r if side.name == "r" else job.python
    return lambda: run_whole(side, code, folder)


def difference(totals: dict[str, float]) -> float | None:
    """Relative difference of R's sum, or the earlier version's, from ours."""
    ours = totals.pop("python", None)
    if ours is None or not totals:
        return None
    worst = max(abs(other - ours) for other in totals.values())
    return float(f"{worst / max(abs(ours), 1e-300):.1e}")


def grown(job: Workload, sides: list[Side], runs: int, size: str) -> dict[str, Any]:
    """Figures at a quarter to twice a size, and the exponents of seconds and memory."""
    usual = job.usual_sizes()[size]
    sizes = [max(2, round(factor * usual)) for factor in GROWTH]
    rows = [compared(job, sides, runs, {size: n}) for n in sizes]
    names = [side.name for side in sides if all(side.name in row for row in rows)]
    growth: dict[str, Any] = {"sizes": sizes}
    for name in names:
        values = {key: [row[name][key] for row in rows] for key in ("cpu", "memory")}
        growth[name] = {
            key: {"values": found, "exponent": exponent(sizes, found)}
            for key, found in values.items()
        }
    return growth


def exponent(sizes: list[int], values: list[float]) -> float | None:
    """Slope of the logarithm of the values on that of the sizes."""
    if min(values) <= 0:
        return None
    x, y = ([math.log(n) for n in numbers] for numbers in (sizes, values))
    return round(statistics.linear_regression(x, y).slope, 2)


if __name__ == "__main__":
    main(sys.argv[1:])
