"""The files and columns of Galaxy's limma tool."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.analysis.result import Analysis
from pylimma.cli.jobs import Job
from pylimma.cli.own_files import write_page, write_plots, write_sets
from pylimma.cli.tables import R_COLUMNS, TableFormat, file_names, r_columns, with_row_names
from pylimma.errors import InputError


def write_galaxy(
    folder: Path, jobs: list[Job], options: Mapping[str, Any], tables: TableFormat
) -> None:
    """The files of the one model that the tool fits."""
    if len(jobs) > 1:
        raise InputError("Galaxy's tool fits one model; run these contrasts one at a time.")
    analysis = jobs[0].analysis
    gene = options["gene_id_col"] or jobs[0].gene_column or "GeneID"
    start = "limma-trend" if options["method"] in ("trend", "ls") else "limma-voom"
    names = file_names(analysis.tables, _whole)
    for name, table in analysis.tables.items():
        result = _with_annotation(table.head(options["number"] or len(table)), gene)
        tables.write_like_r(result, folder / f"{start}_{names[name]}.tsv")
    if analysis.counts is not None:
        kept = analysis.counts
        tables.write_like_r(
            _matrix(kept.frame("counts"), kept, gene), folder / f"{start}_filtcounts"
        )
        tables.write_like_r(_library_sizes(analysis), folder / "libsizeinfo")
    values = analysis.expression
    tables.write_like_r(_matrix(values.frame("E"), values, gene), folder / f"{start}_normcounts")
    write_sets(folder / "sets", analysis, names, tables)
    if options["plots"]:
        write_plots(folder / "plots", analysis, names, options)
    if options["report"]:
        write_page(analysis, folder / "report.html", options)


def _whole(text: str) -> str:
    """A contrast as it stands, without blanks and what no file name can hold."""
    return re.sub(r"[/\\\x00-\x1f\x7f]", "_", re.sub(r"\s+", "", text))


def _with_annotation(table: pd.DataFrame, gene: str) -> pd.DataFrame:
    annotation = table[[name for name in table.columns if name not in R_COLUMNS]]
    return with_row_names(pd.concat([annotation, r_columns(table)], axis=1), gene)


def _matrix(frame: pd.DataFrame, source: Any, gene: str) -> pd.DataFrame:
    annotation = source.get("genes")
    if annotation is None or not annotation.shape[1]:
        return with_row_names(frame, gene)
    beside = annotation.set_axis(frame.index, axis=0)
    return with_row_names(pd.concat([beside, frame], axis=1), gene)


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
