"""Time the linear models, moderation and decisions in Python and, where installed, in R limma.

Both languages run the same tasks on the same made-up data, in turn, each in fresh processes;
times are taken inside. ``python benchmarks/core.py [RUNS] [TASK ...]``
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
from tutorial import has_limma, measured

HERE = Path(__file__).parent
TASKS = (
    "lm_fit",
    "lm_fit weights",
    "lm_fit missing",
    "lm_fit robust",
    "duplicate_correlation",
    "duplicate_correlation weights",
    "e_bayes trend robust",
    "genas",
    "decide_tests hierarchical",
    "decide_tests nestedF",
)


def main(runs: int, tasks: list[str]) -> None:
    """Run each language in turn and print medians and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        write_data(Path(folder))
        commands = {"Python": [sys.executable, str(HERE / "core_in_python.py"), folder]}
        if has_limma():
            commands["R"] = ["Rscript", "--vanilla", str(HERE / "core_in_r.R"), folder]
        print(f"{'median of ' + str(runs) + ' runs':<32} {'Python':>9} {'R':>9} {'ratio':>7}")
        for task in tasks:
            seconds: dict[str, list[float]] = {name: [] for name in commands}
            for _ in range(runs):
                for name, command in commands.items():
                    seconds[name].append(measured([*command, task])["seconds"])
            medians = {name: statistics.median(found) for name, found in seconds.items()}
            line = f"{task:<32} {medians['Python']:8.3f}s"
            if "R" in medians:
                line += f" {medians['R']:8.3f}s {medians['R'] / medians['Python']:7.1f}"
            print(line, flush=True)


def write_data(folder: Path) -> None:
    """Write matrices as raw doubles, column by column as R reads them, with their shapes."""
    rng = np.random.default_rng(1)
    sigma = np.sqrt(1 / rng.chisquare(4, size=20_000))[:, None]
    missing = sigma * rng.normal(size=(20_000, 40))
    missing[rng.random(missing.shape) < 0.2] = np.nan
    paired = np.repeat(rng.normal(size=(10_000, 12)), 2, axis=1) + rng.normal(size=(10_000, 24))
    changed = rng.normal(0, 1, size=(20_000, 3)) * (rng.random((20_000, 1)) < 0.1)
    groups = sigma * rng.normal(size=(20_000, 12)) + np.repeat(changed, 4, axis=1)
    data = {
        "wide": sigma * rng.normal(size=(20_000, 60)),
        "wide_weights": rng.gamma(2.0, size=(20_000, 60)),
        "missing": missing,
        "robust": rng.standard_t(3, size=(5_000, 20)),
        "paired": paired,
        "paired_weights": rng.gamma(2.0, size=(10_000, 24)),
        "groups": groups,
    }
    for name, matrix in data.items():
        np.asfortranarray(matrix).T.tofile(folder / f"{name}.bin")
    shapes = {name: list(matrix.shape) for name, matrix in data.items()}
    (folder / "shapes.json").write_text(json.dumps(shapes))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3, sys.argv[2:] or list(TASKS))
