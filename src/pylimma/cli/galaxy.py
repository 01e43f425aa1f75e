"""Results with the files and columns of Galaxy's limma tool."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.analysis.result import Analysis
from pylimma.cli.layout import write_plots
from pylimma.cli.nf_core import r_columns
from pylimma.cli.running import Job
from pylimma.cli.tables import TableFormat, file_names, with_genes
from pylimma.errors import InputError


def write_galaxy(
    folder: Path, jobs: list[Job], options: Mapping[str, Any], tables: TableFormat
) -> None:
    """Write results of a run."""
    if len(jobs) > 1:
        raise InputError("Galaxy's tool fits one model; run these contrasts one by one.")
    analysis = jobs[0].analysis
    start = "limma-trend" if options["method"] in ("trend", "ls") else "limma-voom"
    slugs = file_names(analysis.tables)
    for name, table in analysis.tables.items():
        result = _with_annotation(table.head(options["number"] or len(table)))
        tables.write_like_r(result, folder / f"{start}_{slugs[name]}.tsv")
    if analysis.counts is not None:
        kept = analysis.counts
        tables.write_like_r(_matrix(kept.frame("counts"), kept), folder / f"{start}_filtcounts")
        tables.write_like_r(_library_sizes(analysis), folder / "libsizeinfo")
    values = analysis.expression
    tables.write_like_r(_matrix(values.frame("E"), values), folder / f"{start}_normcounts")
    if options["plots"]:
        write_plots(folder / "plots", analysis, slugs, options)
    if options["report"]:
        analysis.report(folder / "report.html", title=options["title"])


def _with_annotation(table: pd.DataFrame) -> pd.DataFrame:
    numbers = r_columns(table)
    known = ("log_fc", "ci_l", "ci_r", "ave_expr", "t", "p_value", "adj_p_value", "b")
    annotation = table[[name for name in table.columns if name not in known]]
    return with_genes(pd.concat([annotation, numbers], axis=1), "GeneID")


def _matrix(frame: pd.DataFrame, source: Any) -> pd.DataFrame:
    annotation = source.get("genes")
    if annotation is None or not annotation.shape[1]:
        return with_genes(frame, "GeneID")
    beside = annotation.set_axis(frame.index, axis=0)
    return with_genes(pd.concat([beside, frame], axis=1), "GeneID")


def _library_sizes(analysis: Analysis) -> pd.DataFrame:
    table = analysis.sample_table
    return pd.DataFrame(
        {
            "SampleID": table.index.astype(str),
            "groups": analysis.groups.astype(str).to_numpy(),
            "LibrarySize": table["lib_size_kept"].to_numpy(),
            "NormalisationFactor": table["norm_factors"].to_numpy(),
            "EffectiveLibrarySize": table["effective_lib_size"].to_numpy(),
        }
    )
