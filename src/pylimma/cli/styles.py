"""The files that a run writes, in our own style and in those of nf-core and Galaxy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from pylimma.analysis.result import Analysis
from pylimma.analysis.summary import describe_prior
from pylimma.cli.folder import versions
from pylimma.cli.jobs import Job
from pylimma.cli.tables import R_COLUMNS, TableFormat, file_names, with_row_names
from pylimma.errors import InputError
from pylimma.plotting.saving import save_picture

_PLOTS_OF_SAMPLES = ("library_sizes", "densities", "mds", "trend", "sa", "weights")
_PLOTS_OF_CONTRASTS = ("volcano", "md", "p_values", "heatmap")
_LABELLED = ("volcano", "md")
_PROCESS = "LIMMA_DIFFERENTIAL"  # of nf-core

Writer: TypeAlias = Callable[[Path, list[Job], Mapping[str, Any], TableFormat], None]


def _write_own(
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
    (place / "summary.txt").write_text(f"{analysis!r}\n", encoding="utf-8")
    if options["plots"]:
        _write_plots(place / "plots", analysis, slugs, options)
    if options["report"]:
        title = f"{options['title']}: {job.name}" if job.name else options["title"]
        analysis.report(place / "report.html", title=title)
    analysis.save(place / "analysis.pylimma")


def _write_plots(
    place: Path, analysis: Analysis, slugs: Mapping[str, str], options: Mapping[str, Any]
) -> None:
    """Draw every plot that an analysis has."""
    place.mkdir()
    suffix = options["plot_format"]
    for kind in _PLOTS_OF_SAMPLES:
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


def _write_nf_core(
    folder: Path, jobs: list[Job], options: Mapping[str, Any], tables: TableFormat
) -> None:
    """The files and columns of nf-core/differentialabundance."""
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
    table = analysis.table_of(name, sort_by="none")
    result = with_row_names(_r_columns(table), gene)
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
    expression = with_row_names(analysis.expression.frame("E"), gene)
    tables.write_like_r(expression, Path(f"{start}.normalised_counts.tsv"))
    if options["plots"]:
        save_picture(analysis.plot_md(name), Path(f"{start}.limma.mean_difference.png"))
    analysis.save(Path(f"{start}.MArrayLM.limma.pylimma"))
    Path(f"{start}.limma.model.txt").write_text(_model_text(analysis, name), encoding="utf-8")


def _r_columns(table: pd.DataFrame) -> pd.DataFrame:
    """The statistics of a table under R's names, in R's order."""
    return table[[name for name in R_COLUMNS if name in table]].rename(columns=R_COLUMNS)


def _model_text(analysis: Analysis, name: str) -> str:
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


def _write_galaxy(
    folder: Path, jobs: list[Job], options: Mapping[str, Any], tables: TableFormat
) -> None:
    """The files and columns of Galaxy's limma tool, which has one model."""
    if len(jobs) > 1:
        raise InputError("Galaxy's tool fits one model; run these contrasts one at a time.")
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
        _write_plots(folder / "plots", analysis, slugs, options)
    if options["report"]:
        analysis.report(folder / "report.html", title=options["title"])


def _with_annotation(table: pd.DataFrame) -> pd.DataFrame:
    numbers = _r_columns(table)
    annotation = table[[name for name in table.columns if name not in R_COLUMNS]]
    return with_row_names(pd.concat([annotation, numbers], axis=1), "GeneID")


def _matrix(frame: pd.DataFrame, source: Any) -> pd.DataFrame:
    annotation = source.get("genes")
    if annotation is None or not annotation.shape[1]:
        return with_row_names(frame, "GeneID")
    beside = annotation.set_axis(frame.index, axis=0)
    return with_row_names(pd.concat([beside, frame], axis=1), "GeneID")


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


WRITERS: Mapping[str, Writer] = {
    "pylimma": _write_own,
    "nf-core": _write_nf_core,
    "galaxy": _write_galaxy,
}
