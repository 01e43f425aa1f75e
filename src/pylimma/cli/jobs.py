"""The analyses that the options of a run ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.analysis.analyze import analyze
from pylimma.analysis.cell_types import analyze_pseudobulk
from pylimma.analysis.result import Analysis
from pylimma.cli.comparisons import Comparison, read_comparisons
from pylimma.cli.conventions import abundant_genes, made_columns, spelled_contrast
from pylimma.cli.defaults import STYLES
from pylimma.cli.sources import Source, read_source
from pylimma.errors import InputError, Note, UnknownNameError, nearest, quoted, warn
from pylimma.record import Record

_PASSED = (
    *("method", "block", "correlation", "lfc", "p_value", "adjust_method", "confint"),
    *("prior_count", "fit_method", "proportion", "stdev_coef_lim", "winsor_tail_p"),
    *("normalization", "trend", "ndups", "spacing"),
)
_OF_NF_CORE = ("min_proportion", "filter_group", "min_proportion_not_na", "min_fold_change")
_LIMITS = {
    "min_cpm": "cpm",
    "min_count": "count",
    "min_total": "total",
    "min_samples": "samples",
}


@dataclass(frozen=True, slots=True, eq=False)
class Job(Record):
    """One analysis of a run."""

    name: str  # model or cell type; empty for a single analysis
    analysis: Analysis
    # in the order of the tables; empty where the model decides what is compared
    comparisons: tuple[Comparison, ...]
    gene_column: str | None = None  # name of the genes' column in the file of annotation


def run_all(options: Mapping[str, Any]) -> tuple[list[Job], tuple[Path, ...]]:
    """Run every analysis; returns them with the files read."""
    source, wanted = read_plan(options)
    if options.get("pseudobulk_group"):
        return _cell_types(source, wanted, options), source.files
    jobs = [job_of(source, group, options) for group in models_of(wanted, options)]
    if len(jobs) == 1:
        return [replace(jobs[0], name="")], source.files
    return jobs, source.files


def read_plan(options: Mapping[str, Any]) -> tuple[Source, list[Comparison]]:
    """The input of a run, and the comparisons that are asked for."""
    _check_style(options)
    source = read_source(options)
    wanted = _comparisons(options, source.samples)
    style = STYLES[options["style"]]
    if style.statement and not options["pylimma_numbers"]:
        warn(style.statement, Note)
    return source, wanted


def models_of(wanted: list[Comparison], options: Mapping[str, Any]) -> list[list[Comparison]]:
    """The comparisons of each model; one model without comparisons where none are asked for."""
    models: dict[Any, list[Comparison]] = {}
    for comparison in wanted:
        key = (comparison.model, _compared_samples(comparison, options))
        models.setdefault(key, []).append(comparison)
    return list(models.values()) or [[]]


def _check_style(options: Mapping[str, Any]) -> None:
    """Options of one style are for it alone."""
    for name in _OF_NF_CORE:
        if options[name] is not None and options["style"] != "nf-core":
            raise InputError(f"--{name.replace('_', '-')} goes with --style nf-core.")


def settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of `analyze`, with the defaults of the style."""
    passed = {name: options[name] for name in _PASSED}
    style = STYLES[options["style"]]
    for name, value in style.choices(own_numbers=options["pylimma_numbers"]).items():
        given = options.get(name)
        passed[name] = value if given is None else given
    limits = {ours: options[name] for name, ours in _LIMITS.items() if options[name] is not None}
    if limits and options.get("filter") is not False:
        passed["filter"] = _limits(limits, style.defaults["filter"])
    passed["intensities"] = options["intensities"] or None
    passed["reference"] = _pairs(options["reference"]) or None
    passed["sets"] = [Path(path) for path in options["sets"]] or None
    passed |= {"set_test": options["set_test"], "geneid": options["set_id_col"]}
    return passed


def _limits(given: Mapping[str, float], default: Any) -> Mapping[str, float]:
    """Limits of the filter, which complete those of the style where these are of one kind."""
    if isinstance(default, Mapping) and set(given) <= set(default):
        return {**default, **given}
    if set(given) == {"samples"}:
        raise InputError("--min-samples goes with --min-cpm or --min-count.")
    return given


def _is_abundance(chosen: Any) -> bool:
    return isinstance(chosen, Mapping) and set(chosen) == {"count", "samples"}


def job_of(source: Source, group: list[Comparison], options: Mapping[str, Any]) -> Job:
    """The analysis of one model."""
    samples = _chosen_samples(source.samples, group, options)
    passed = settings(options)
    if samples is not None and source.samples is not None:
        passed["subset_samples"] |= len(samples) < len(source.samples)
    if options["style"] == "nf-core" and _is_abundance(passed["filter"]):
        passed["filter"] = abundant_genes(source.data, source.samples, passed["filter"], options)
    formula = _formula(group, samples, options)
    if samples is not None:
        texts = [formula or "", *(name for item in group for name in item.variables)]
        renamed = made_columns(samples, texts)
        samples = _as_factors(samples.rename(columns=renamed), group, options)
        passed["block"] = renamed.get(passed["block"], passed["block"])
    contrasts = {item.name: item.contrast for item in group} or None
    found = analyze(source.data, samples, formula, contrasts, **passed)
    return Job(group[0].name if group else "", found, tuple(group), source.gene_column)


def _cell_types(source: Source, wanted: list[Comparison], options: Mapping[str, Any]) -> list[Job]:
    passed = settings(options)
    del passed["subset_samples"], passed["intensities"]
    if source.sample_column is None:
        raise InputError("--pseudobulk-group also needs --pseudobulk-sample.")
    found = analyze_pseudobulk(
        source.data,
        source.sample_column,
        options["pseudobulk_group"],
        _formula(wanted, None, options),
        {item.name: item.contrast for item in wanted} or None,
        layer=options["layer"],
        min_cells=options["min_cells"],
        min_counts=options["min_counts"],
        **passed,
    )
    return [Job(name, analysis, tuple(wanted)) for name, analysis in found.items()]


def _comparisons(options: Mapping[str, Any], samples: pd.DataFrame | None) -> list[Comparison]:
    """Comparisons of the command line or of a file; Galaxy's as its tool spells them."""
    found = _given_comparisons(options)
    if options["style"] != "galaxy" or samples is None:
        return found
    spelled = []
    for item in found:
        text = item.contrast
        if isinstance(text, str):
            text = spelled_contrast(text, samples)
        name = text if item.name == item.contrast else item.name
        spelled.append(replace(item, name=name, contrast=text))
    return spelled


def _given_comparisons(options: Mapping[str, Any]) -> list[Comparison]:
    typed = []
    for text in options["contrast"]:
        name, sign, expression = text.partition("=")
        named = Comparison(name.strip(), expression.strip())
        typed.append(named if sign else Comparison(text.strip(), text.strip()))
    if not options.get("contrasts"):
        return typed
    if typed:
        raise InputError("Give contrasts by either --contrast or --contrasts, not both.")
    return read_comparisons(Path(options["contrasts"]), options["style"])


def _formula(
    group: list[Comparison], samples: pd.DataFrame | None, options: Mapping[str, Any]
) -> str | None:
    """The formula of the comparison or of the run, or one made of the variables."""
    own = group[0].formula if group else None
    if own or options["formula"]:
        return own or str(options["formula"])
    variables = group[0].variables if group else ()
    if not variables and options["style"] == "galaxy" and samples is not None:
        variables = tuple(map(str, samples.columns))
    covariates = [name for name in options["covariates"] if name not in variables]
    if not variables:
        return None
    return "~ 0 + " + " + ".join(_word(name) for name in (*variables, *covariates))


def _as_factors(
    samples: pd.DataFrame, group: list[Comparison], options: Mapping[str, Any]
) -> pd.DataFrame:
    """Variables of a table of contrasts, and numbers in Galaxy, as factors unless covariates."""
    variables = [name for item in group for name in item.variables]
    for name in variables:
        if name not in samples.columns:
            raise UnknownNameError(
                f"Contrasts compare '{name}'; the table of samples has "
                f"{quoted(nearest(name, samples.columns))}."
            )
    if options["style"] == "galaxy":
        variables += [
            str(name) for name in samples if _holds_levels(samples[name], options["formula"])
        ]
    changed = {
        name: samples[name].map(_level, na_action="ignore").astype(object)
        for name in variables
        if name not in options["covariates"]
    }
    return samples.assign(**changed)


def _holds_levels(column: pd.Series, formula: str | None) -> bool:
    """Whether Galaxy's tool takes numbers for levels: all without a formula, else whole ones."""
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return False
    return formula is None or bool((column.dropna() % 1 == 0).all())


def _level(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value)


def _compared_samples(comparison: Comparison, options: Mapping[str, Any]) -> Any:
    triple = not isinstance(comparison.contrast, str)
    return comparison.contrast if options["subset_to_contrast_samples"] and triple else None


def _chosen_samples(
    samples: pd.DataFrame | None, group: list[Comparison], options: Mapping[str, Any]
) -> pd.DataFrame | None:
    """The table without the samples that are excluded."""
    if samples is None:
        return None
    rules = [(options["exclude_samples_col"], options["exclude_samples_values"])]
    rules += [(item.exclude_column, item.exclude_values) for item in group[:1]]
    for column, values in rules:
        if column:
            samples = samples[~_text(samples, column).isin([str(value) for value in values])]
    compared = _compared_samples(group[0], options) if group else None
    if compared is not None:
        samples = samples[_text(samples, compared[0]).isin([str(level) for level in compared[1:]])]
    if samples.empty:
        raise InputError("All samples are excluded.")
    return samples


def _text(samples: pd.DataFrame, column: str) -> pd.Series:
    if column == samples.index.name:
        return samples.index.to_series().astype(str)
    if column not in samples.columns:
        raise UnknownNameError(
            f"Samples are selected by '{column}'; the table of samples has "
            f"{quoted(nearest(column, samples.columns))}."
        )
    return samples[column].map(_level, na_action="ignore").astype(str)


def _word(name: str) -> str:
    return name if name.isidentifier() else f"`{name}`"


def _pairs(texts: Any) -> dict[str, str]:
    result = {}
    for text in texts:
        name, sign, level = text.partition("=")
        if not sign:
            raise InputError(f"--reference takes VARIABLE=LEVEL; got '{text}'.")
        result[name.strip()] = level.strip()
    return result
