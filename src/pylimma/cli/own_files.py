"""The files of our own style: tables, plots, the report and the analysis itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.analysis.result import Analysis
from pylimma.cli.jobs import Job
from pylimma.cli.tables import TableFormat, file_names, with_row_names
from pylimma.errors import InputError

_PLOTS_OF_ALL = ("library_sizes", "densities", "missing", "mds", "trend", "sa", "weights", "sets")
_PLOTS_OF_CONTRASTS = ("volcano", "md", "p_values", "heatmap")
_LABELLED = ("volcano", "md")


def write_own(
    folder: Path, jobs: list[Job], options: Mapping[str, Any], tables: TableFormat
) -> None:
    """Our own files; each of several analyses has a folder."""
    names = file_names(job.name for job in jobs)
    for job in jobs:
        place = folder / names[job.name] if len(jobs) > 1 else folder
        _write_job(place, job, options, tables)


def _write_job(place: Path, job: Job, options: Mapping[str, Any], tables: TableFormat) -> None:
    analysis = job.analysis
    gene = options["gene_id_col"] or "gene"
    (place / "tables").mkdir(parents=True)
    slugs = file_names(analysis.tables)
    for name, table in analysis.tables.items():
        chosen = with_row_names(table, gene).head(options["number"] or len(table))
        tables.write(chosen, place / "tables" / f"{slugs[name]}.tsv")
    tables.write(with_row_names(analysis.expression.frame("E"), gene), place / "expression.tsv")
    tables.write(with_row_names(analysis.sample_table, "sample"), place / "samples.tsv")
    tables.write(_genes(analysis, gene), place / "genes.tsv")
    tables.write(with_row_names(analysis.design, "sample"), place / "design.tsv")
    contrasts = analysis.fit.frame("contrasts").set_axis(list(analysis.tables), axis=1)
    tables.write(with_row_names(contrasts, "coefficient"), place / "contrasts.tsv")
    tables.write(with_row_names(analysis.summary, "contrast"), place / "summary.tsv")
    write_sets(place / "sets", analysis, slugs, tables)
    _write_on_off(place / "on_off", analysis, slugs, tables)
    (place / "summary.txt").write_text(f"{analysis!r}\n", encoding="utf-8")
    if options["plots"]:
        write_plots(place / "plots", analysis, slugs, options)
    if options["report"]:
        write_page(analysis, place / "report.html", options, job.name)
    analysis.save(place / "analysis.pylimma")


def write_page(analysis: Analysis, path: Path, options: Mapping[str, Any], name: str = "") -> None:
    """The report, of one of several analyses where it has a name."""
    title = f"{options['title']}: {name}" if name else options["title"]
    sections = options["sections"] or None
    analysis.report(path, title=title, sections=sections, logo=options["logo"])


def write_sets(
    place: Path, analysis: Analysis, slugs: Mapping[str, str], tables: TableFormat
) -> None:
    """Tables of tested gene sets, where there are some."""
    if analysis.sets is None:
        return
    place.mkdir()
    for name, slug in slugs.items():
        tables.write(with_row_names(analysis.sets.of_contrast(name), "set"), place / f"{slug}.tsv")


def _write_on_off(
    place: Path, analysis: Analysis, slugs: Mapping[str, str], tables: TableFormat
) -> None:
    """Tables of what one side of a contrast alone shows, where intensities are missing."""
    if analysis.options.takes_counts or np.isfinite(analysis.expression["E"]).all():
        return
    place.mkdir()
    for name, slug in slugs.items():
        found = with_row_names(analysis.on_off_table(name), "gene")
        tables.write(found, place / f"{slug}.tsv")


def write_plots(
    place: Path, analysis: Analysis, slugs: Mapping[str, str], options: Mapping[str, Any]
) -> None:
    """Draw every plot that an analysis has."""
    from pylimma.plotting.saving import save_picture  # noqa: PLC0415 - loads Matplotlib

    place.mkdir()
    suffix = options["plot_format"]
    for kind in _PLOTS_OF_ALL:
        try:
            axes = getattr(analysis, f"plot_{kind}")()
        except InputError:
            continue  # this analysis has no such plot
        save_picture(axes, place / f"{kind}.{suffix}")
    for name, slug in slugs.items():
        for kind in _PLOTS_OF_CONTRASTS:
            more = {"highlight": options["top_genes"]} if kind in _LABELLED else {}
            axes = getattr(analysis, f"plot_{kind}")(name, **more)
            save_picture(axes, place / f"{kind}_{slug}.{suffix}")


def _genes(analysis: Analysis, gene: str) -> pd.DataFrame:
    data = analysis.data
    names = pd.RangeIndex(1, data.shape[0] + 1) if data.row_names is None else data.row_names
    annotation = data.get("genes")
    frame = pd.DataFrame(index=names) if annotation is None else annotation.set_axis(names, axis=0)
    return with_row_names(frame.assign(kept=analysis.kept), gene)
