"""Processes that run a workload, and the figures of their runs: seconds, processors, memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import inputs
from workload import Workload

HERE = Path(__file__).parent
MEGABYTE = 1024  # the system counts in kilobytes
FEW = {
    "genes": 300,
    "sets": 5,
    "zeros": 20,
    "contrasts": 30,
}  # the most of each size in the run before the real one
Figures = dict[str, float]


class FailedError(Exception):
    """A workload that a process could not run."""


@dataclass(frozen=True)
class Side:
    """A language, or an earlier version, and how it is started."""

    name: str
    command: tuple[str, ...]
    whole: tuple[str, ...]
    environment: dict[str, str]

    @property
    def suffix(self) -> str:
        """The ending of its files."""
        return ".R" if self.name == "r" else ".py"


def python_side(name: str, source: Path | None = None) -> Side:
    """Python with the package installed here, or with that of a source tree.

    It may keep what it compiles, as an installed package does.
    """
    path = {"PYTHONDONTWRITEBYTECODE": ""}
    if source is not None:
        path["PYTHONPATH"] = str(source)
    return Side(name, (sys.executable, str(HERE / "worker.py")), (sys.executable,), path)


def r_side(setup: str | None) -> Side | None:
    """R, if it can be started and has limma and edgeR."""
    environment = {"BENCHMARK_R_SETUP": str(Path(setup).resolve())} if setup else {}
    if shutil.which("Rscript") is None:
        return None
    code = "quit(status = !all(sapply(c('limma', 'edgeR'), requireNamespace, quietly = TRUE)))"
    found = subprocess.run(["Rscript", "-e", code], check=False, capture_output=True)
    if found.returncode and not setup:
        return None
    start = ("Rscript", "--vanilla")
    return Side("r", (*start, str(HERE / "worker.R")), start, environment)


class Worker:
    """A process that holds a workload's data and runs it on request."""

    def __init__(self, side: Side, folder: Path) -> None:
        environment = os.environ | side.environment
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        self.process = subprocess.Popen(
            [*side.command, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment,
            text=True,
        )
        self.answer()

    def answer(self) -> str:
        """The next line of the process."""
        line = self.process.stdout.readline().strip()
        if line:
            return line
        self.process.wait()
        self.errors.seek(0)
        raise FailedError(last_words(self.errors.read()))

    def ask(self, question: str) -> str:
        """The answer to a line."""
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return self.answer()

    def run(self, times: int) -> Figures:
        """Figures of one of so many runs; memory is what they add to the process at the peak."""
        before = self._memory("VmRSS", reset=True)
        clock, cpu = map(float, self.ask(str(times)).split())
        memory = self._memory("VmHWM") - before
        return {"wall": clock / times, "cpu": cpu / times, "memory": max(memory, 0.0)}

    def total(self) -> float:
        """Sum of the last result."""
        return float(self.ask("total"))

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.terminate()
        self.process.wait()
        self.errors.close()

    def _memory(self, what: str, *, reset: bool = False) -> float:
        """Memory of the process in megabytes; known on Linux only."""
        place = Path("/proc") / str(self.process.pid)
        if not place.exists():
            return float("nan")
        if reset:
            (place / "clear_refs").write_text("5")
        lines = (place / "status").read_text().splitlines()
        return float(next(line for line in lines if line.startswith(what)).split()[1]) / MEGABYTE


def write_job(job: Workload, sides: list[Side], folder: Path, sizes: dict[str, int]) -> None:
    """Write the arrays, few and all, and the code of every language."""
    code = {".py": (job.prepare[0], job.python), ".R": (job.prepare[1], job.r or "")}
    for suffix, (prepared, timed) in code.items():
        (folder / f"prepared{suffix}").write_text(prepared)
        (folder / f"timed{suffix}").write_text(timed)
    named = " ".join(text for side in sides for text in code[side.suffix])
    for place, chosen in (("few", few(job)), ("all", job.usual_sizes() | sizes)):
        (folder / place).mkdir()
        arrays = {} if job.make is None else job.make(**chosen)
        inputs.write(inputs.named_in(named, arrays), folder / place)


def few(job: Workload) -> dict[str, int]:
    """The sizes of a workload with few genes, and few of what else may be many."""
    usual = job.usual_sizes()
    return {name: min(n, FEW.get(name, n)) for name, n in usual.items()}


def last_words(errors: bytes) -> str:
    """The last line that a process wrote; R's own last line says nothing."""
    lines = errors.decode(errors="replace").strip().splitlines()
    said = [line.strip() for line in lines if line != "Execution halted"]
    return said[-1] if said else "ended without a word"


def run_whole(side: Side, code: str, folder: Path) -> Figures:
    """Figures of a process of its own; memory is its peak, in megabytes."""
    script = folder / f"script{side.suffix}"
    script.write_text(code)
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            [*side.whole, str(script)],
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=os.environ | side.environment,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise FailedError(last_words(errors.read()))
    cpu = usage.ru_utime + usage.ru_stime
    return {"wall": wall, "cpu": cpu, "memory": usage.ru_maxrss / MEGABYTE}
