"""The summary of an analysis: a few lines of text and a table of counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pylimma.analysis.record import AnalysisRecord
from pylimma.containers.counts import DGEList
from pylimma.containers.fit import MArrayLM
from pylimma.design.rank import non_estimable

METHODS = {
    "voom": "voom: log2 counts per million, weighted by their mean-variance trend",
    "voom_lm_fit": "voom with correct residual degrees of freedom for genes with zeros",
    "quality_weights": "voom with observation weights and sample weights",
    "trend": "limma-trend: log2 counts per million, prior variance with a trend over expression",
    "ls": "log-expression as given, without weights",
    "vooma": "vooma: log-intensities, weighted by their mean-variance trend",
}
_TREND_OF_INTENSITIES = "limma-trend: log-intensities, prior variance with a trend over them"


def summary_text(analysis: AnalysisRecord, *, with_warnings: bool = True) -> str:
    """What was analysed, and how many genes are up or down."""
    text = [f"{label:<10} {value}" for label, value in facts(analysis)]
    counts = call_counts(analysis)
    text += ["", *counts.to_string().splitlines()]
    if with_warnings and analysis.warnings:
        text += ["", *(f"warning: {message}" for message in analysis.warnings)]
    return "\n".join(["Differential expression analysis", *text])


def facts(analysis: AnalysisRecord) -> list[tuple[str, str]]:
    """Samples, genes, model and tests, each by a label and a text."""
    lines = [
        ("samples", _samples(analysis)),
        (analysis.words.features, _genes(analysis)),
        ("method", _method(analysis)),
        ("missing", _missing(analysis)),
        ("design", _design(analysis)),
        ("estimable", _estimable(analysis.design)),
        ("blocks", _blocks(analysis)),
        ("spots", _spots(analysis)),
        ("prior", describe_prior(analysis.fit)),
        ("calls", _calling_rule(analysis)),
        ("sets", _sets(analysis)),
    ]
    return [(label, value) for label, value in lines if value]


def call_counts(analysis: AnalysisRecord) -> pd.DataFrame:
    """Numbers of genes down, not called and up for each contrast."""
    values = analysis.decisions.values
    counts = [(values < 0).sum(axis=0), (values == 0).sum(axis=0), (values > 0).sum(axis=0)]
    return pd.DataFrame(
        dict(zip(("down", "not called", "up"), counts, strict=True)), index=list(analysis.tables)
    )


def _method(analysis: AnalysisRecord) -> str:
    options = analysis.options
    if options.method == "trend" and options.intensities:
        return _TREND_OF_INTENSITIES
    return METHODS[options.method]


def _missing(analysis: AnalysisRecord) -> str:
    if analysis.options.takes_counts:
        return ""
    missing = np.isnan(analysis.expression["E"])
    if not missing.any():
        return ""
    incomplete = int(missing.any(axis=1).sum())
    features = analysis.words.features
    return f"{missing.mean():.1%} of the values, in {incomplete:,} {features}; none is imputed"


def _estimable(design: pd.DataFrame) -> str:
    lost = non_estimable(design)
    n_coefs = design.shape[1]
    if not lost:
        return f"all {n_coefs} coefficients"
    return f"{n_coefs - len(lost)} of {n_coefs} coefficients; not {', '.join(map(str, lost))}"


def describe_prior(fit: MArrayLM) -> str:
    """The prior of the variances, in words."""
    df, s2 = np.atleast_1d(fit["df_prior"]), np.atleast_1d(fit["s2_prior"])
    return f"variance {_range(s2)}, {_range(df)} degrees of freedom"


def adjusted_name(adjust_method: str) -> str:
    """What p-values are called that were adjusted by a method."""
    if adjust_method == "none":
        return "p-value"
    return "FDR" if adjust_method in ("BH", "BY", "fdr") else "adjusted p-value"


def _calling_rule(analysis: AnalysisRecord) -> str:
    options = analysis.options
    adjusted = "p-value" if options.adjust_method == "none" else "adjusted p-value"
    rule = f"{adjusted} below {options.p_value:g}"
    if options.adjust_method != "none":
        rule += f" ({options.adjust_method})"
    if options.tests_threshold:
        return f"{rule}, tested against a log2 fold change of {options.lfc:g}"
    return f"{rule}, absolute log2 fold change above {options.lfc:g}" if options.lfc else rule


def _sets(analysis: AnalysisRecord) -> str:
    if analysis.sets is None:
        return ""
    found, fdr = analysis.sets, analysis.options.p_value
    numbers = [f"{n:,} in {name}" for name, n in found.significant(fdr).items()]
    return f"{len(found.members):,} tested by {found.test}; FDR below {fdr:g}: {', '.join(numbers)}"


def _range(values: np.ndarray) -> str:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if np.isinf(low):
        return "infinite"
    text = f"{low:.3g}"
    return text if low == high else f"{text} to {'infinity' if np.isinf(high) else f'{high:.3g}'}"


def _samples(analysis: AnalysisRecord) -> str:
    text = f"{analysis.data.shape[1]}"
    if isinstance(analysis.counts, DGEList):
        size = analysis.counts.samples["lib_size"]
        text += f", libraries of {size.min():,.0f} to {size.max():,.0f} reads"
    return text


def _genes(analysis: AnalysisRecord) -> str:
    n_kept, n_genes = int(analysis.kept.sum()), len(analysis.kept)
    if n_kept == n_genes:
        return f"{n_genes:,}, all kept"
    return f"{n_kept:,} kept of {n_genes:,} ({n_kept / n_genes:.0%})"


def _design(analysis: AnalysisRecord) -> str:
    n_samples, n_coefs = analysis.design.shape
    return f"{analysis.formula} ({n_samples} samples × {n_coefs} coefficients)"


def _spots(analysis: AnalysisRecord) -> str:
    ndups = analysis.options.ndups
    if ndups is None:
        return ""
    feature = analysis.words.feature
    return f"{ndups} of each {feature}, correlation of them {analysis.fit['correlation']:.3f}"


def _blocks(analysis: AnalysisRecord) -> str:
    if analysis.block is None:
        return ""
    number = len(set(analysis.block))
    found = analysis.fit.get("correlation")
    return f"{number}, correlation within them {found:.3f}" if found is not None else f"{number}"
