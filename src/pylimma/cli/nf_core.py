"""Results with the files and columns of nf-core/differentialabundance."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.analysis.result import Analysis
from pylimma.analysis.summary import describe_prior
from pylimma.cli.manifest import versions
from pylimma.cli.running import Job
from pylimma.cli.tables import R_COLUMNS, TableFormat, file_names, with_genes
from pylimma.plotting.saving import save_picture

_COLUMNS = ("log_fc", "ci_l", "ci_r", "ave_expr", "t", "p_value", "adj_p_value", "b")
_PROCESS = "LIMMA_DIFFERENTIAL"


def write_nf_core(
    folder: Path, jobs: list[Job], options: Mapping[str, Any], tables: TableFormat
) -> None:
    """Write results of a run."""
    every = [name for job in jobs for name in job.analysis.tables]
    slugs = file_names(every)
    for job in jobs:
        analysis = job.analysis
        for name in analysis.tables:
            start = str(folder / slugs[name])
            _write_contrast(start, analysis, name, options, tables)
    if options["report"]:
        for job in jobs:
            slug = slugs[next(iter(job.analysis.tables))]
            path = folder / ("report.html" if len(jobs) == 1 else f"{slug}.report.html")
            job.analysis.report(path, title=options["title"])
    _write_versions(folder)


def _write_contrast(
    start: str, analysis: Analysis, name: str, options: Mapping[str, Any], tables: TableFormat
) -> None:
    gene = options["gene_id_col"] or "gene_id"
    table = in_matrix_order(analysis, name)
    result = with_genes(r_columns(table), gene)
    if options["number"] is not None:
        order = table["p_value"].reset_index(drop=True).sort_values(kind="stable").index
        result = result.loc[order[: options["number"]]]
    tables.write_like_r(result, Path(f"{start}.limma.results.tsv"))
    called = pd.Series(analysis.decisions.values[:, analysis.contrast(name)] != 0)
    tables.write_like_r(
        result[called.reindex(result.index).to_numpy()],
        Path(f"{start}.limma.results_filtered.tsv"),
    )
    annotation = analysis.expression.get("genes")
    if annotation is not None and annotation.shape[1]:
        beside = annotation.reset_index(drop=True).loc[result.index]
        whole = pd.concat([result.iloc[:, :1], beside, result.iloc[:, 1:]], axis=1)
        tables.write_like_r(whole, Path(f"{start}.annotated.tsv"))
    expression = with_genes(analysis.expression.frame("E"), gene)
    tables.write_like_r(expression, Path(f"{start}.normalised_counts.tsv"))
    if options["plots"]:
        save_picture(analysis.plot_md(name), Path(f"{start}.limma.mean_difference.png"))
    analysis.save(Path(f"{start}.MArrayLM.limma.pylimma"))
    Path(f"{start}.limma.model.txt").write_text(_model(analysis, name), encoding="utf-8")


def in_matrix_order(analysis: Analysis, name: str) -> pd.DataFrame:
    """The table of a contrast with its genes in the order of the data."""
    return analysis.table_of(name, sort_by="none")


def r_columns(table: pd.DataFrame) -> pd.DataFrame:
    """The columns of a table by R's names, in R's order, without annotation."""
    return table[[name for name in _COLUMNS if name in table]].rename(columns=R_COLUMNS)


def _model(analysis: Analysis, name: str) -> str:
    weights = analysis.fit.frame("contrasts").iloc[:, analysis.contrast(name)]
    meaning = analysis.tables[name].attrs.get("meaning", "")
    lines = [
        analysis.formula,
        "",
        f"contrast: {name}",
        *(f"  {value:+g} {coef}" for coef, value in weights.items() if value),
        *([f"a {meaning}"] if meaning else []),
        "",
        f"prior: {describe_prior(analysis.fit)}",
        f"samples: {', '.join(map(str, analysis.design.index))}",
    ]
    return "\n".join(lines) + "\n"


def _write_versions(folder: Path) -> None:
    found = versions()
    lines = [f'"{_PROCESS}":', *(f"    {name}: {text}" for name, text in found.items())]
    (folder / "versions.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    session = [f"Python {sys.version.split()[0]}", *(f"{k} {v}" for k, v in found.items())]
    (folder / "R_sessionInfo.log").write_text("\n".join(session) + "\n", encoding="utf-8")
