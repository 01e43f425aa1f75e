"""The table of benchmarks: as lines on the terminal, as JSON, as Markdown for the documentation."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from processes import Side

HEADER = " " * 46 + "".join(
    f"{word:>{width}}"
    for word, width in zip(
        ("wall s", "cpu s", "MB", "R wall", "R cpu", "R MB", "ratio", "cpu"),
        (9, 9, 7, 9, 9, 7, 8, 8),
        strict=True,
    )
)
LEAST = 2  # ratio of every workload that is wanted
DIFFERENT = 1e-6  # sums further apart are shown
START, END = "<!-- table -->", "<!-- end of table -->"
R_VERSIONS = """
setup <- Sys.getenv("BENCHMARK_R_SETUP"); if (nzchar(setup)) source(setup)
cat("R", format(getRversion()), ", limma", format(packageVersion("limma")),
    ", edgeR", format(packageVersion("edgeR")), ", ", basename(extSoftVersion()[["BLAS"]]))
"""


def about(sides: list[Side], runs: int) -> dict[str, Any]:
    """Machine, versions and date, for the head of the results."""
    versions = [f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas")]
    languages = {"python": f"Python {platform.python_version()}, " + ", ".join(versions)}
    for side in sides:
        if side.name == "r":
            done = subprocess.run(
                ["Rscript", "-e", R_VERSIONS],
                check=False,
                capture_output=True,
                text=True,
                env=os.environ | side.environment,
            )
            languages["r"] = done.stdout.replace(" ,", ",").strip()
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "as many as processors")
    return {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "machine": f"{processor()}, {os.cpu_count()} processors, {platform.system()}",
        "threads of linear algebra": threads,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "runs": runs,
        "versions": languages,
        "workloads": {},
    }


def processor() -> str:
    """Name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "unknown")


def line(name: str, row: dict[str, Any]) -> str:
    """A row on the terminal."""
    if "skipped" in row:
        return f"{name:<46}  skipped: {row['skipped']}"
    text = f"{name:<46}{figures(row.get('python'))}{figures(row.get('r'))}"
    if "python" in row and "r" in row:
        text += "".join(f"{ratio(row, 'r', key):8.1f}" for key in ("wall", "cpu"))
    if "earlier" in row and "python" in row:
        earlier = (f"{ratio(row, 'earlier', key):.2f}" for key in ("wall", "cpu", "memory"))
        text += "  earlier / now " + " ".join(earlier)
    if (row.get("difference") or 0) > DIFFERENT:
        text += f"  sums differ by {row['difference']}"
    text += "".join(f"\n  {side} failed: {why}" for side, why in row["failed"].items())
    for size, found in row.get("growth", {}).items():
        text += f"\n  by {size} {found['sizes']}: " + growth_words(found)
    return text


def figures(found: dict[str, float] | None) -> str:
    """Seconds and megabytes of a side in columns."""
    if found is None:
        return " " * 25
    return f"{found['wall']:9.4f}{found['cpu']:9.4f}{found['memory']:7.0f}"


def growth_words(found: dict[str, Any]) -> str:
    """Exponents of seconds and memory for each side."""
    return "; ".join(
        f"{side} " + ", ".join(f"{key} {found[side][key]['exponent']}" for key in ("cpu", "memory"))
        for side in ("python", "r")
        if side in found
    )


def ratio(row: dict[str, Any], side: str, key: str) -> float:
    """How many times the figure of a side is ours."""
    return row[side][key] / max(row["python"][key], 1e-9)


def ratios(rows: dict[str, Any], side: str, key: str) -> dict[str, float]:
    """Ratios of a side's figure to ours, of the workloads that both ran."""
    both = {name: row for name, row in rows.items() if side in row and "python" in row}
    return {name: ratio(row, side, key) for name, row in both.items()}


def means(rows: dict[str, Any], side: str = "r") -> str:
    """Geometric means of the ratios in words."""
    found = [ratios(rows, side, key).values() for key in ("wall", "cpu")]
    clock, cpu = (math.exp(sum(map(math.log, x)) / max(len(x), 1)) for x in found)
    return (
        f"geometric mean of {len(found[0])}: {clock:.2f} by the clock, {cpu:.2f} by the processor"
    )


def summary(rows: dict[str, Any]) -> str:
    """Geometric means of the ratios, and the workloads below 2."""
    slow = sorted((x, name) for name, x in ratios(rows, "r", "cpu").items() if x < LEAST)
    return "\n".join(
        [
            f"R / Python, {means(rows)}",
            f"earlier / now, {means(rows, 'earlier')}",
            f"below {LEAST} by the processor: " + "; ".join(f"{name} {x:.2f}" for x, name in slow),
        ]
    )


def save(results: dict[str, Any], path: Path) -> None:
    """Save the results; rows of workloads that were not run again stay."""
    before = load(path)["workloads"] if path.exists() else {}
    path.write_text(
        json.dumps(results | {"workloads": before | results["workloads"]}, indent=1) + "\n"
    )


def load(path: Path) -> dict[str, Any]:
    """Results of a file."""
    return json.loads(path.read_text())


def write_page(results: dict[str, Any], path: Path) -> None:
    """Put the table into a page, between its two marks."""
    before, rest = path.read_text().split(START)
    _, after = rest.split(END)
    path.write_text(f"{before}{START}\n{table(results)}\n{END}{after}")


def table(results: dict[str, Any]) -> str:
    """Return the tables in Markdown, with machine, versions and the means."""
    rows = results["workloads"]
    threads = results["threads of linear algebra"]
    head = [
        f"Measured on {results['date']}: {results['machine']}. Medians of runs: {results['runs']};",
        f"threads of linear algebra: {threads}; load average at the start:",
        f"{results['load']} (beyond the number of processors, CPU seconds alone can be compared).",
        *(f"{languages}." for languages in results["versions"].values()),
        "",
        f"R ÷ pylimma, {means(rows)}.",
        "",
        "| | s | CPU s | MB | R: s | CPU s | MB | ratio of s | of CPU s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    grown = [
        f"| {name} | {size} | {', '.join(map(str, found['sizes']))} | {growth_words(found)} |"
        for name, row in rows.items()
        for size, found in row.get("growth", {}).items()
    ]
    title = ["", "| exponents of growth | by | sizes | |", "|---|---|---|---|"] if grown else []
    return "\n".join([*head, *(markdown_row(*item) for item in rows.items()), *title, *grown])


def markdown_row(name: str, row: dict[str, Any]) -> str:
    """A row in Markdown."""
    cells = [name]
    for side in ("python", "r"):
        found = row.get(side)
        keys = ("wall", "cpu", "memory")
        cells += [""] * 3 if found is None else [number(found[key]) for key in keys]
    both = "python" in row and "r" in row
    cells += [f"{ratio(row, 'r', key):.1f}" if both else "" for key in ("wall", "cpu")]
    return "| " + " | ".join(cells) + " |"


def number(value: float) -> str:
    """Three digits of a figure."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
