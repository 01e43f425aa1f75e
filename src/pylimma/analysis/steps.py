"""The steps of an analysis, each taking the result of the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.labels import aligned
from pylimma.analysis.options import LIBRARY_SCALING, Options
from pylimma.arguments import described, number, plain_array
from pylimma.containers.coefficients import coefficient_labels
from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EList
from pylimma.containers.fit import MArrayLM
from pylimma.containers.names import INTERCEPTS
from pylimma.design.contrasts.families import against_control, all_pairs
from pylimma.design.description import DesignDescription
from pylimma.design.intake import Design
from pylimma.errors import InputError, Note, ShapeError, quoted, warn
from pylimma.fit.correlation import DuplicateCorrelation, duplicate_correlation
from pylimma.fit.linear_model import lm_fit
from pylimma.moderation.e_bayes import e_bayes
from pylimma.moderation.treat import treat
from pylimma.numerics.counts.rates import library_sizes
from pylimma.preprocessing.arrays.duplicates import avedups
from pylimma.preprocessing.counts.filtering import filter_by_expr
from pylimma.preprocessing.counts.library_sizes import norm_lib_sizes
from pylimma.preprocessing.counts.rates import cpm
from pylimma.record import Record
from pylimma.results.decide_tests import decide_tests
from pylimma.results.top_table import top_table, top_treat
from pylimma.typing import BoolArray
from pylimma.weights.log_counts import normalized
from pylimma.weights.quality_weights import voom_with_quality_weights
from pylimma.weights.voom import voom
from pylimma.weights.voom_lm_fit import voom_lm_fit
from pylimma.weights.vooma_lm_fit import vooma_lm_fit

LIMITS = ("cpm", "count", "total", "samples")
EXPRESSION_LIMITS = ("min_count", "min_total_count", "large_n", "min_prop")
_MOST_LEVELS_IN_PAIRS = 4  # six pairs; more levels are each compared with the reference


def kept_genes(data: DGEList | EList, design: Any, chosen: Any) -> BoolArray:
    """Mask of the genes that pass the filter."""
    n_genes = data.shape[0]
    if isinstance(chosen, Mapping):
        mask = _by_limits(data, design, chosen)
    elif isinstance(chosen, bool | np.bool_):
        counts = chosen and isinstance(data, DGEList)
        mask = np.asarray(filter_by_expr(data, design)) if counts else np.ones(n_genes, dtype=bool)
    else:
        mask = plain_array(aligned(chosen, data.row_names, "genes", "filter"), "filter")
        if mask.dtype != bool or mask.shape != (n_genes,):
            raise ShapeError(
                f"`filter` must be True, False, limits, or a mask of {n_genes} genes; got "
                f"{described(chosen)}."
            )
    if not mask.any():
        raise InputError(
            f"The filter leaves none of {n_genes:,} genes. Are these raw counts? `filter=False` "
            f"keeps all."
        )
    return mask


def _by_limits(data: DGEList | EList, design: Any, limits: Mapping[str, Any]) -> BoolArray:
    unknown = [name for name in limits if name not in (*LIMITS, *EXPRESSION_LIMITS)]
    if unknown:
        raise InputError(
            f"`filter` has no limit '{unknown[0]}'; it has {quoted((*LIMITS, *EXPRESSION_LIMITS))}."
        )
    if not isinstance(data, DGEList):
        raise InputError("Limits of `filter` are for counts; pass a mask of genes instead.")
    if not set(limits) & set(LIMITS):
        return np.asarray(filter_by_expr(data, design, **limits))
    limits = {name: number(limits[name], f"filter[{name!r}]", 0.0) for name in limits}
    counts = np.asarray(data.counts, dtype=float)
    mask = np.ones(len(counts), dtype=bool)
    least = limits.get("samples", 1)
    if "cpm" in limits:
        mask &= (np.asarray(cpm(counts)) >= limits["cpm"]).sum(axis=1) >= least
    if "count" in limits:
        mask &= (counts >= limits["count"]).sum(axis=1) >= least
    if "total" in limits:
        mask &= counts.sum(axis=1) >= limits["total"]
    return mask


def scaled_counts(data: DGEList, kept: BoolArray, options: Options) -> DGEList:
    """The kept genes, their library sizes recomputed, with normalisation factors."""
    counts = data.subset(kept)
    table = counts.samples.assign(lib_size=library_sizes(counts.counts), norm_factors=1.0)
    counts = counts.replace(samples=table)
    if options.normalization not in LIBRARY_SCALING:
        return counts
    result: DGEList = norm_lib_sizes(counts, method=options.normalization)  # type: ignore[arg-type]
    return result


def seen_genes(data: DGEList | EList) -> BoolArray:
    """Genes with a value in some sample; the number of others is said."""
    seen = np.isfinite(data[data.MAIN]).any(axis=1)
    if not seen.all():
        warn(f"{int((~seen).sum()):,} rows have no value in any sample and are excluded.", Note)
    return np.asarray(seen)


@dataclass(frozen=True, slots=True, eq=False)
class FittedModels(Record):
    """Log-expression and its linear models."""

    expression: EList  # log2 expression with weights
    fit: MArrayLM  # the models, a coefficient for each column of the design
    # correlation within blocks, with the estimates of all genes where there are any
    correlation: DuplicateCorrelation | None


def fit_models(
    data: DGEList | EList,
    design: Any,
    options: Options,
    block: np.ndarray | None,
    correlation: float | None,
) -> FittedModels:
    """Weights of the observations, and the linear models of all genes."""
    if options.method == "voom_lm_fit":
        fit = voom_lm_fit(
            data,
            design,
            block=block,
            normalize_method=options.between_samples,
            save_plot=True,
            compat=options.compat,
            **_span(options),
        )
        return FittedModels(fit["EList"], fit.replace(EList=None), None)
    if options.method == "vooma":
        expression = _expression(data, design, options, None, None)
        fit = vooma_lm_fit(expression, design, block=block, span=options.span, save_plot=True)
        return FittedModels(fit.get("EList", expression), fit.replace(EList=None), None)
    # weights and the correlation within blocks depend on each other: a second round of both
    expression = _expression(data, design, options, None, None)
    if options.ndups is not None:
        return _fit_spots(expression, design, options.ndups, options.spacing, correlation)
    if block is None:
        return FittedModels(expression, lm_fit(expression, design, method=options.fit_method), None)
    found, number = None, correlation
    if options.rounds > 1 and options.method in ("voom", "quality_weights"):
        if correlation is None:
            number = duplicate_correlation(expression, design, block=block).consensus_correlation
        expression = _expression(data, design, options, block, number)
    if correlation is None:
        found = duplicate_correlation(expression, design, block=block)
        number = found.consensus_correlation
    fit = lm_fit(expression, design, block=block, correlation=number)
    return FittedModels(expression, fit, found)


def _fit_spots(
    spots: EList, design: Any, ndups: int, spacing: int | None, correlation: float | None
) -> FittedModels:
    """Models of genes by all their spots, and the averages of these."""
    found = None
    if correlation is None:
        found = duplicate_correlation(spots, design, ndups=ndups, spacing=spacing)
        correlation = found.consensus_correlation
    fit = lm_fit(spots, design, ndups=ndups, spacing=spacing, correlation=correlation)
    return FittedModels(avedups(spots, ndups, spacing), fit, found)


def _expression(
    data: DGEList | EList, design: Any, options: Options, block: Any, correlation: Any
) -> EList:
    between = options.between_samples
    if isinstance(data, EList):
        return data if between == "none" else data.replace(E=normalized(data["E"], between))
    if options.method == "trend":
        values = np.asarray(cpm(data, log=True, prior_count=options.prior_count))
        result = EList(
            E=normalized(values, between), genes=data.get("genes"), targets=data.get("samples")
        )
        return result.with_names(genes=data.row_names, samples=data.col_names)
    weighted = voom if options.method == "voom" else voom_with_quality_weights
    return weighted(
        data,
        design,
        normalize_method=between,
        block=block,
        correlation=correlation,
        save_plot=True,
        compat=options.compat,
        **_span(options),
    )


def _span(options: Options) -> dict[str, Any]:
    return {} if options.span is None else {"span": options.span, "adaptive_span": False}


def default_contrasts(design: pd.DataFrame, model: Design) -> pd.DataFrame:
    """Every coefficient but the intercept; differences of groups where each has a coefficient."""
    names = [str(name) for name in design.columns]
    about = DesignDescription.read(design)
    if about is not None and about.references and not set(names) & set(INTERCEPTS):
        factor = next(iter(about.references))
        few = len(about.columns[factor]["levels"]) <= _MOST_LEVELS_IN_PAIRS
        return all_pairs(design, by=factor) if few else against_control(design, by=factor)
    lost = set(map(str, model.names[model.pivot[model.rank :]]))
    tested = [name for name in names if name not in INTERCEPTS and name not in lost]
    if not tested:
        raise InputError("The model has only an intercept; there is nothing to compare.")
    return pd.DataFrame(np.eye(len(names)), names, names)[tested]


def moderated_tests(fit: MArrayLM, options: Options) -> dict[str, Any]:
    """The fields of an analysis that belong to its contrasts."""
    tail = options.winsor_tail_p
    moderated = e_bayes(
        fit,
        proportion=options.proportion,
        stdev_coef_lim=options.stdev_coef_lim,
        trend=options.trend,
        robust=options.robust,
        winsor_tail_p=tail,
        compat=options.compat,
    )
    treated = None
    if options.tests_threshold:
        treated = treat(
            fit,
            lfc=options.lfc,
            trend=options.trend,
            robust=options.robust,
            winsor_tail_p=tail,
            compat=options.compat,
        )
    tested = moderated if treated is None else treated
    decisions = decide_tests(
        tested,
        adjust_method=options.adjust_method,
        p_value=options.p_value,
        lfc=0.0 if options.tests_threshold else options.lfc,
    )
    labels = coefficient_labels(tested)
    return {
        "fit": moderated,
        "treated": treated,
        "decisions": decisions,
        "tables": {label: result_table(tested, k, options) for k, label in enumerate(labels)},
    }


def result_table(fit: MArrayLM, position: int, options: Options, **more: Any) -> pd.DataFrame:
    """Table of all genes for one contrast, sorted by p-value unless `more` says otherwise."""
    chosen: dict[str, Any] = {
        "number": None,
        "sort_by": "p",
        "adjust_method": options.adjust_method,
        "confint": options.confint,
    }
    table = top_treat if "treat_lfc" in fit else top_table
    return table(fit, coef=position, **chosen | more)
