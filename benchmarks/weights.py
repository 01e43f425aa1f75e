"""Time precision and quality weights in Python and, where they are installed, in limma and edgeR.

Each task runs in fresh processes, Python and R in turn, on the same counts. Seconds are taken
inside the process, after the same task on a few genes: of the clock, and of all processors.
Memory is what the task adds at its peak, in matrices of doubles of the shape of the counts.
``python benchmarks/weights.py [RUNS] [TASK ...]``
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
TASKS = {  # genes and samples
    "voom": (30_000, 1000),
    "array_weights": (15_000, 24),
    "array_weights_reml": (15_000, 24),
    "voom_with_quality_weights": (15_000, 24),
    "voom_lm_fit": (6000, 24),
    "tmm": (30_000, 200),
    "cyclicloess": (15_000, 24),
    "quantile": (15_000, 200),
}


def main(runs: int, names: list[str]) -> None:
    """Run each task in both languages in turn and print medians and ratios."""
    print(f"{'median of ' + str(runs) + ' runs':<28}{'clock':>9}{'processor':>11}{'memory':>9}")
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            data = write_counts(Path(folder), *TASKS[name])
            medians = compared(name, data, runs)
        for language, m in medians.items():
            print(
                f"{name + ', ' + language:<28}{m['clock']:8.2f}s{m['cpu']:10.2f}s{m['memory']:9.1f}"
            )
        if "R" in medians:
            ratios = (medians["R"][key] / medians["Python"][key] for key in ("clock", "cpu"))
            print("{:<28}{:8.1f} {:10.1f}".format("R / Python", *ratios))


def write_counts(folder: Path, n_genes: int, n_samples: int) -> list[str]:
    """Negative binomial counts as 32-bit integers, gene after gene; returns the arguments."""
    rng = np.random.default_rng(1)
    path = folder / "counts.bin"
    means = rng.gamma(0.7, 200, n_genes) + 5
    spread = rng.uniform(0.2, 0.5, n_samples)
    with path.open("wb") as file:
        for mean in means:
            block_effects = np.repeat(rng.normal(0, 0.2, n_samples // 2), 2)
            rate = mean * np.exp(block_effects + rng.normal(0, spread))
            file.write(rng.poisson(rate).astype("<i4").tobytes())
    return [str(path), str(n_genes), str(n_samples)]


def compared(name: str, data: list[str], runs: int) -> dict[str, dict[str, float]]:
    """Medians of the figures that each language prints, over runs in turn."""
    commands = {"Python": [sys.executable, str(HERE / "weights_in_python.py")]}
    if has_packages():
        commands["R"] = ["Rscript", "--vanilla", str(HERE / "weights_in_r.R")]
    results: dict[str, list[dict[str, float]]] = {language: [] for language in commands}
    for _ in range(runs):
        for language, command in commands.items():
            done = subprocess.run([*command, name, *data], check=True, capture_output=True)
            results[language].append(json.loads(done.stdout))
    return {
        language: {key: statistics.median(run[key] for run in found) for key in found[0]}
        for language, found in results.items()
    }


def has_packages() -> bool:
    """Whether Rscript, limma and edgeR can be started."""
    if shutil.which("Rscript") is None:
        return False
    code = "quit(status = !all(sapply(c('limma', 'edgeR'), requireNamespace, quietly = TRUE)))"
    return subprocess.run(["Rscript", "-e", code], check=False, capture_output=True).returncode == 0


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3, sys.argv[2:] or list(TASKS))
