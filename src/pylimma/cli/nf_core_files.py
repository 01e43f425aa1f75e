"""The files and columns of nf-core/differentialabundance."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.analysis.result import Analysis
from pylimma.cli.defaults import STYLES
from pylimma.cli.jobs import Job
from pylimma.cli.manifest import versions
from pylimma.cli.own_files import write_page
from pylimma.cli.tables import TableFormat, file_names, r_columns, with_row_names

_PROCESS = "LIMMA_DIFFERENTIAL"
_FOLD_CHANGE = 2.0  # the smallest of filtered results, as the pipeline's default has it


def write_nf_core(
    folder: Path, jobs: list[Job], options: Mapping[str, Any], tables: TableFormat
) -> None:
    """The files of all contrasts, their names starting with the ids of these."""
    every = [(job, name) for job in jobs for name in job.analysis.tables]
    repeated = len({name for _, name in every}) < len(every)
    ids = [f"{job.name}_{name}" if repeated else name for job, name in every]
    files = file_names(ids, _whole)
    for (job, name), text in zip(every, ids, strict=True):
        _write_contrast(str(folder / files[text]), job.analysis, name, options, tables)
    if options["report"]:
        for job in jobs:
            text = ids[[owner for owner, _ in every].index(job)]
            name = "report.html" if len(jobs) == 1 else f"{files[text]}.report.html"
            write_page(job.analysis, folder / name, options)
    lines = [f'"{_PROCESS}":', *(f"    {name}: {text}" for name, text in versions().items())]
    (folder / "versions.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _whole(text: str) -> str:
    """An id as it stands, but for what no file name can hold."""
    return re.sub(r"[/\\\x00-\x1f\x7f]", "_", text)


def _write_contrast(
    start: str, analysis: Analysis, name: str, options: Mapping[str, Any], tables: TableFormat
) -> None:
    gene = options["gene_id_col"] or "gene_id"
    table = analysis.table_of(name, sort_by="none")
    result = with_row_names(r_columns(table), gene)
    if options["number"] is not None:
        order = table["p_value"].reset_index(drop=True).sort_values(kind="stable").index
        result = result.loc[order[: options["number"]]]
    tables.write_like_r(result, Path(f"{start}.limma.results.tsv"))
    filtered = result[_passes(result, options)]
    tables.write_like_r(filtered, Path(f"{start}.limma.results_filtered.tsv"))
    annotation = analysis.expression.get("genes")
    if annotation is not None and annotation.shape[1]:
        beside = annotation.reset_index(drop=True).loc[result.index].astype(object)
        # as csvtk joins two tables: the first one's columns first, cells without a partner empty
        whole = pd.concat([result, beside.where(beside.notna(), "")], axis=1)
        tables.write_like_r(whole, Path(f"{start}_limma.annotated.tsv"))
    expression = with_row_names(analysis.expression.frame("E"), gene)
    tables.write_like_r(expression, Path(f"{start}.normalised_counts.tsv"))
    if options["plots"]:
        from pylimma.plotting.saving import save_picture  # noqa: PLC0415 - loads Matplotlib

        save_picture(analysis.plot_md(name), Path(f"{start}.limma.mean_difference.png"))
    if analysis.sets is not None:
        found = with_row_names(analysis.sets.of_contrast(name), "set")
        tables.write(found, Path(f"{start}.limma.gene_sets.tsv"))
    analysis.save(Path(f"{start}.MArrayLM.limma.pylimma"))
    Path(f"{start}.limma.model.txt").write_text(f"{analysis.formula}\n", encoding="utf-8")
    Path(f"{start}.R_sessionInfo.log").write_text(_session(options), encoding="utf-8")


def _passes(result: pd.DataFrame, options: Mapping[str, Any]) -> np.ndarray:
    """The significant genes that change by the smallest fold change or more."""
    least = options["min_fold_change"]
    threshold = max(np.log2(_FOLD_CHANGE if least is None else least), options["lfc"])
    changes = result["logFC"].abs().to_numpy() >= threshold
    return np.asarray(changes & (result["adj.P.Val"].to_numpy() <= options["p_value"]))


def _session(options: Mapping[str, Any]) -> str:
    found = versions()
    lines = [
        f"Python {sys.version.split()[0]}",
        *(f"{name} {text}" for name, text in found.items()),
    ]
    if not options["pylimma_numbers"]:
        lines.append(STYLES["nf-core"].statement)
    return "\n".join(lines) + "\n"
